"""The profile of a person: the posterior, the correction of a plan that follows from it, and the ranking of pieces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from composer.feedback.events import terms
from composer.feedback.features import FEATURES, USUAL, Vector, plan_features, score_features
from composer.feedback.posterior import Posterior
from composer.types import CORRECTION_BOUNDS, Correction, MusicalPlan, Score

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
    posterior : of the weights of the features and of their squares.
    """

    name: str
    choices: int
    posterior: Posterior

    def corrected(self, make: Callable[[Correction], MusicalPlan]) -> MusicalPlan:
        """The plan that `make` makes with the shift for what it makes without one: it is planned twice."""
        shipped = make(Correction())
        shift = self.correction_for(plan_features(shipped))
        return shipped if shift.is_neutral else make(shift)

    def correction_for(self, features: Vector) -> Correction:
        """The shift of the controls of a plan that has these features as shipped.

        It is where the posterior mean's utility, less the square distance from the shipped map, is highest within
        `CORRECTION_BOUNDS`: a quadratic form.
        """
        from scipy.optimize import lsq_linear

        effects = np.array([[_EFFECTS[control].get(name, 0.0) for name in FEATURES] for control in _EFFECTS])
        curvatures = self.posterior.curvatures
        gain = effects @ (self.posterior.slopes - curvatures * (features - USUAL))
        cost = (effects * curvatures) @ effects.T + np.diag([_REACH[control] ** -2 for control in _EFFECTS])
        root = np.linalg.cholesky(cost)
        bounds = np.array([CORRECTION_BOUNDS[control] for control in _EFFECTS])
        found = lsq_linear(root.T, np.linalg.solve(root, gain), (-bounds, bounds), method="bvls").x
        return Correction(source=self.name, **dict(zip(_EFFECTS, np.round(found, 4).tolist(), strict=True)))

    def bonus(self, score: Score) -> float:
        """Points of the ranking for what is preferred in the notes of a candidate, -0.5..0.5.

        Only candidates of one plan are compared by it, by what differs between them.
        """
        weights = np.concatenate([self.posterior.slopes, self.posterior.curvatures])
        utility = float((weights * terms(score_features(score)))[np.tile(_OF_NOTES, 2)].sum())
        return float(_RANK_BOUND * np.tanh(_RANK_SHARE * utility / _RANK_BOUND))

    def to_json(self) -> Mapping[str, Any]:
        """What the provenance says of it: name, count, weights, curvatures, and a checksum of the posterior."""
        mean, covariance = self.posterior.mean.tolist(), self.posterior.covariance.tolist()
        digest = hashlib.sha256(json.dumps([mean, covariance]).encode()).hexdigest()
        return {
            "name": self.name,
            "choices": self.choices,
            "weights": dict(zip(FEATURES, self.posterior.slopes.tolist(), strict=True)),
            "curvatures": dict(zip(FEATURES, self.posterior.curvatures.tolist(), strict=True)),
            "sha256": digest,
        }


_OF_NOTES = np.array([name in ("density", "register", "polyphony", "consonance") for name in FEATURES])
