"""Meters, and the lengths of their beats and bars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from composer.errors import PlanError

__all__ = ["STEPS_PER_QUARTER", "THIRTY_SECOND", "TICKS_PER_QUARTER", "Meter"]

TICKS_PER_QUARTER = 480
THIRTY_SECOND = TICKS_PER_QUARTER // 8
"""A thirty-second note in ticks."""
STEPS_PER_QUARTER = 12
"""The grid that notes are composed and printed on: an eighth is 6 steps, a triplet eighth 4, a sixteenth 3."""

_DENOMINATORS = (2, 4, 8, 16)
_MOST_BEATS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A time signature; `Meter.parse` reads one.

    Attributes
    ----------
    numerator : beats in a bar, 1..16.
    denominator : the beat's note: 2, 4, 8 or 16.
    """

    numerator: int
    denominator: int

    @staticmethod
    def parse(text: str) -> Meter:
        """Read ``"6/8"``.

        Raises
        ------
        PlanError
            It is no meter, or one with more than 16 beats or another unit than 2, 4, 8 or 16.
        """
        return _parse(text)

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    @property
    def beat_ticks(self) -> int:
        """Length of one beat (the denominator's note) in ticks."""
        return TICKS_PER_QUARTER * 4 // self.denominator

    @property
    def bar_ticks(self) -> int:
        """Length of one bar in ticks."""
        return self.numerator * self.beat_ticks

    @property
    def beat_steps(self) -> int:
        """Length of one beat in grid steps."""
        return STEPS_PER_QUARTER * 4 // self.denominator

    @property
    def bar_steps(self) -> int:
        """Length of one bar in grid steps."""
        return self.numerator * self.beat_steps

    @property
    def middle_beat(self) -> int:
        """The beat (from 1) with which the bar's second half begins: 3 of 4/4 and 3/4, 2 of 2/4, 4 of 6/8."""
        if self.compound and self.denominator >= 8:  # whole dotted beats
            return (self.numerator // 3 + 1) // 2 * 3 + 1
        return (self.numerator + 1) // 2 + 1

    @property
    def middle_step(self) -> int:
        """Grid step of `middle_beat`."""
        return (self.middle_beat - 1) * self.beat_steps

    @property
    def quarters(self) -> float:
        """Length of one bar in quarter notes."""
        return self.numerator * 4 / self.denominator

    @property
    def compound(self) -> bool:
        """True where the felt beat is three units long: 6/8, 9/8, 12/8, 6/4 ..."""
        return self.numerator > 3 and self.numerator % 3 == 0

    @property
    def in_dotted_quarters(self) -> bool:
        """True where the felt beat is a dotted quarter: 3/8, 6/8, 9/8, 12/8."""
        return self.denominator == 8 and self.numerator % 3 == 0


@cache
def _parse(text: str) -> Meter:
    head, _, tail = text.partition("/")
    if head.isdecimal() and tail.isdecimal():
        beats, unit = int(head), int(tail)
        if 1 <= beats <= _MOST_BEATS and unit in _DENOMINATORS:
            return Meter(numerator=beats, denominator=unit)
    raise PlanError(f"meter: {text!r} is not a meter; expected BEATS/UNIT such as 4/4 or 6/8 (unit 2, 4, 8 or 16)")
