"""Meters, how a bar divides: bar, beats, and halves of beats, as a tree.

The grouping follows common engraving practice (E. Gould, *Behind Bars*, "Grouping of notes"): even meters halve, three
stays three, compound meters fall into dotted beats, five is 3+2 and seven 4+3.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from composer.theory import STEPS_PER_QUARTER, TICKS_PER_QUARTER, Meter
from composer.types import ScoreTimeline

__all__ = [
    "STEPS_PER_QUARTER",
    "BarSpan",
    "Span",
    "bar_at",
    "bar_spans",
    "bar_steps",
    "is_compound",
    "meter_tree",
    "spans_of_length",
]

_TICKS_PER_STEP = TICKS_PER_QUARTER // STEPS_PER_QUARTER


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSpan:
    """A bar from `start` to `end` (exclusive, in steps from the beginning) in its meter; whether it is an upbeat."""

    start: int
    end: int
    meter: str
    upbeat: bool = False

    @property
    def length(self) -> int:
        """Length in steps."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the bar from `start` to `end` (exclusive, in steps) and what it divides into."""

    start: float
    end: float
    parts: tuple[Span, ...] = ()

    @property
    def length(self) -> float:
        """Length in steps."""
        return self.end - self.start

    @property
    def edges(self) -> tuple[float, ...]:
        """Where its parts begin, and its end."""
        return (*(part.start for part in self.parts), self.end)


def bar_spans(timeline: ScoreTimeline) -> tuple[BarSpan, ...]:
    """The bars of a score in steps."""
    return tuple(
        BarSpan(
            start=bar.start // _TICKS_PER_STEP,
            end=bar.end // _TICKS_PER_STEP,
            meter=str(bar.meter),
            upbeat=timeline.pickup and not index,
        )
        for index, bar in enumerate(timeline.bars)
    )


def bar_at(spans: Sequence[BarSpan], step: float) -> int:
    """The bar, from 0, in which a step lies."""
    return max(0, bisect_right(spans, step, key=lambda span: span.start) - 1)


def bar_steps(meter: str) -> int:
    """Length of a bar in steps."""
    return Meter.parse(meter).bar_steps


def is_compound(meter: str) -> bool:
    """True where the felt beat is three units long: 6/8, 9/8, 12/8, 6/4 ..."""
    return Meter.parse(meter).compound


@cache
def meter_tree(meter: str) -> Span:
    """The bar of a meter, divided down to sixteenths."""
    parsed = Meter.parse(meter)
    return _divide(0, parsed.numerator, parsed.beat_steps)


def spans_of_length(span: Span, longest: int) -> tuple[Span, ...]:
    """The largest spans of the tree that are at most `longest` steps long, in order."""
    if span.length <= longest or not span.parts:
        return (span,)
    return tuple(inner for part in span.parts for inner in spans_of_length(part, longest))


def _divide(start: int, units: int, unit: int) -> Span:
    end = start + units * unit
    if units == 1:
        half = unit // 2
        parts = (_divide(start, 1, half), _divide(start + half, 1, half)) if unit % 6 == 0 else ()
        return Span(start=start, end=end, parts=parts)
    inner, at = [], start
    for count in _grouping(units):
        inner.append(_divide(at, count, unit))
        at += count * unit
    return Span(start=start, end=end, parts=tuple(inner))


def _grouping(units: int) -> tuple[int, ...]:
    """How many units each part of a group of units takes."""
    if units == 3:
        return 1, 1, 1
    if units in (5, 7):
        return (3, 2) if units == 5 else (4, 3)
    if units == 9:
        return 3, 3, 3
    if units % 2 == 0:
        return units // 2, units // 2
    threes = (units - 2) // 3 if units % 3 == 2 else (units - 4) // 3 if units % 3 == 1 else units // 3
    return (3,) * threes + (2,) * ((units - 3 * threes) // 2)
