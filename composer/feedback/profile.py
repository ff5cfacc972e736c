"""The profile of a person: the posterior, the correction of a plan that follows from it, and the ranking of pieces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from composer.feedback.features import FEATURES, score_features
from composer.feedback.posterior import Posterior
from composer.types import CORRECTION_BOUNDS, Correction, Score

__all__ = ["Profile"]

_EFFECTS: dict[str, dict[str, float]] = {
    "valence": {"valence": 3.3, "tempo": 0.3, "density": 0.2, "register": 1.0, "brightness": 1.5},
    "arousal": {"arousal": 3.3, "tempo": 1.7, "density": 2.4, "register": 0.6},
    "tempo": {"tempo": 3.3, "density": 2.0},
    "density": {"density": 2.0},
    "register": {"register": 0.2},
    "consonance": {"consonance": 1.5},
}
"""Control -> what a unit of it adds to each feature of a plan, in steps: slopes of `composer.planning`."""

_REACH = {"valence": 0.3, "arousal": 0.3, "tempo": 0.2, "density": 0.35, "register": 3.0, "consonance": 0.4}
"""How far from the shipped map each control goes for a slope of one logit over that distance."""

_RANK_SHARE, _RANK_BOUND = 0.25, 0.5
"""Points of the ranking for a logit of preference, and how many at most: no preference outweighs faulty music."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What was learnt of one person.

    Attributes
    ----------
    name : as given to ``--profile``.
    choices : how many events it was learnt from.
    posterior : of the weights of the features.
    """

    name: str
    choices: int
    posterior: Posterior

    @property
    def correction(self) -> Correction:
        """The shift of a plan's controls: the posterior mean held against the distance from the shipped map.

        Each control goes where what is gained in utility is worth its square distance, within `CORRECTION_BOUNDS`.
        """
        weights = dict(zip(FEATURES, self.posterior.mean, strict=True))
        shifts = {}
        for control, effects in _EFFECTS.items():
            slope = sum(size * weights[feature] for feature, size in effects.items())
            bound = CORRECTION_BOUNDS[control]
            shifts[control] = round(float(np.clip(_REACH[control] ** 2 * slope, -bound, bound)), 4)
        return Correction(source=self.name, **shifts)

    def bonus(self, score: Score) -> float:
        """Points of the ranking for what is preferred in the notes of a candidate, -0.5..0.5.

        Only candidates of one plan are compared by it; it is taken from the plan's own middle, which they share.
        """
        utility = float(self.posterior.mean[_OF_NOTES] @ (score_features(score)[_OF_NOTES] - _USUAL_NOTES))
        return float(_RANK_BOUND * np.tanh(_RANK_SHARE * utility / _RANK_BOUND))

    def to_json(self) -> Mapping[str, Any]:
        """What the provenance says of it: name, count, weights, and a checksum of the posterior."""
        mean, covariance = self.posterior.mean.tolist(), self.posterior.covariance.tolist()
        digest = hashlib.sha256(json.dumps([mean, covariance]).encode()).hexdigest()
        return {
            "name": self.name,
            "choices": self.choices,
            "weights": dict(zip(FEATURES, mean, strict=True)),
            "sha256": digest,
        }


_OF_NOTES = np.array([name in ("density", "register", "polyphony", "consonance") for name in FEATURES])
_USUAL_NOTES = np.array([2.0, 0.0, 2.0, 8.0])
"""Density, register, polyphony and consonance of a usual piece, in steps; only keeps the bonus near 0."""
