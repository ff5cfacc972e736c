"""The base of every rule of the grammar, and what the rules share.

Conventions
-----------
* ``position`` arrays have `MAX_POSITION` + 1 entries, the last of which ends the block; ``pitch`` arrays 128 canonical
  pitches; ``duration`` arrays one entry per `DURATIONS`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from composer.music.rules.context import DecodingContext
from composer.music.tokens import DURATIONS

__all__ = ["FORBIDDEN", "LENGTHS", "PITCHES", "UPPER", "BaseRule", "FloatArray", "Rule"]

FloatArray = NDArray[np.float64]
FORBIDDEN = -1e9
"""Bias that takes a choice away."""
PITCHES = np.arange(128)
LENGTHS = np.array(DURATIONS)
UPPER = ("melody", "counter")
"""Roles that sing."""


class Rule(Protocol):
    """Biases one or more of the three choices, in place."""

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """Where the next note starts, or whether the block ends."""

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """Which pitch it has."""

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """How long it lasts."""


class BaseRule:
    """A rule that has no say; others override what they have a say in."""

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """See `Rule`."""

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
