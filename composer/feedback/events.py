"""The events of feedback: A/B choices, nudges and ratings, each read as differences of features and of their squares.

A nudge («calmer») says that a piece a step in its direction would be preferred to the one that sounds. Ratings of a
profile are read against one another: of two rated pieces the higher one is preferred. Both weigh less than a choice
between two pieces that were heard.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from composer.errors import UsageError
from composer.feedback.features import FEATURES, USUAL, Vector

__all__ = ["NUDGES", "Choice", "Comparisons", "Event", "Nudge", "Rating", "comparisons", "terms"]

NUDGES: dict[str, dict[str, float]] = {
    "calmer": {"arousal": -1.0, "tempo": -0.5, "density": -0.5},
    "livelier": {"arousal": 1.0, "tempo": 0.5, "density": 0.5},
    "brighter": {"valence": 1.0, "brightness": 0.5, "register": 0.3},
    "darker": {"valence": -1.0, "brightness": -0.5, "register": -0.3},
    "sparser": {"density": -1.0, "polyphony": -0.5},
    "richer": {"density": 1.0, "polyphony": 0.5},
}
"""Direction -> the features that it moves, in steps."""

_NUDGE_WEIGHT, _RATING_WEIGHT = 0.5, 0.5
_FURTHEST = 100.0
"""Largest feature that is believed."""


def _check_features(name: str, values: tuple[float, ...]) -> None:
    if len(values) != len(FEATURES) or not all(math.isfinite(value) and abs(value) <= _FURTHEST for value in values):
        raise UsageError(
            f"feedback: {name} are no features: {values!r}",
            hint=f"give {len(FEATURES)} numbers from -{_FURTHEST:g} to {_FURTHEST:g}: {', '.join(FEATURES)}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An A/B choice: the features of both pieces, and the `winner`, ``"a"`` or ``"b"``."""

    a: tuple[float, ...]
    b: tuple[float, ...]
    winner: str

    def __post_init__(self) -> None:
        _check_features("a", self.a)
        _check_features("b", self.b)
        if self.winner not in ("a", "b"):
            raise UsageError(f"feedback: winner {self.winner!r} is unknown; allowed: a, b", hint="say which one won")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """A wish: one of `NUDGES`."""

    direction: str

    def __post_init__(self) -> None:
        if self.direction not in NUDGES:
            raise UsageError(
                f"feedback: direction {self.direction!r} is unknown; allowed: {', '.join(NUDGES)}",
                hint="give one of those",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A piece's features, and its `stars`, 1 to 5."""

    piece: tuple[float, ...]
    stars: int

    def __post_init__(self) -> None:
        _check_features("piece", self.piece)
        if self.stars not in range(1, 6):
            raise UsageError(f"feedback: {self.stars!r} stars; allowed: 1 to 5", hint="give 1 to 5 stars")


Event = Choice | Nudge | Rating


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """What a set of events says: preferred minus other.

    Attributes
    ----------
    differences : (n, 16) differences of `terms`, preferred minus other.
    weights : (n,) how much each counts; a choice counts 1.
    """

    differences: Vector
    weights: Vector


def terms(features: Vector) -> Vector:
    """What a utility weighs: the features from the usual piece on, and minus half of their squares; (..., 16)."""
    away = features - USUAL
    return np.concatenate([away, -(away**2) / 2], axis=-1)


def comparisons(events: Sequence[Event]) -> Comparisons:
    """Read events as differences of terms; pieces that do not differ say nothing and stay as rows of zeros.

    A nudge says in which direction, and not from where: its squares are zeros.
    """
    rows: list[Vector] = []
    weights: list[float] = []
    for event in events:
        if isinstance(event, Choice):
            sign = 1.0 if event.winner == "a" else -1.0
            rows.append(sign * (terms(np.array(event.a)) - terms(np.array(event.b))))
            weights.append(1.0)
        elif isinstance(event, Nudge):
            moved = [NUDGES[event.direction].get(name, 0.0) for name in FEATURES]
            rows.append(np.array([*moved, *(0.0 for _ in FEATURES)]))
            weights.append(_NUDGE_WEIGHT)
    rated = [event for event in events if isinstance(event, Rating)]
    for one, other in combinations(rated, 2):
        if one.stars != other.stars:
            sign = 1.0 if one.stars > other.stars else -1.0
            rows.append(sign * (terms(np.array(one.piece)) - terms(np.array(other.piece))))
            weights.append(_RATING_WEIGHT * abs(one.stars - other.stars) / (len(rated) - 1))
    return Comparisons(differences=np.array(rows).reshape(-1, 2 * len(FEATURES)), weights=np.array(weights))
