"""A MIDI file's time on the grid of a score: its bars, however they change, and where each tick stands in them.

A bar that a change of meter cuts short, or whose meter no score is written in here (3/32, 21/8), becomes one or several
bars of a meter as long; what was done is said. A short first bar is an upbeat.

Conventions
-----------
* *Steps* are those of the notation, twelve to the quarter note; bar lines lie on sixteenths (three steps).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from composer.errors import PlanError
from composer.midi.piece import Bar
from composer.music.tokens import GRID
from composer.theory import TICKS_PER_QUARTER, Meter
from composer.types import ScoreBar

if TYPE_CHECKING:
    from composer.midi.piece import MidiPiece

__all__ = ["ScoreGrid", "bar_ranges", "score_grid"]

_STEP = TICKS_PER_QUARTER // GRID
_MOST_BEATS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """A stretch of the file from tick `start` to `end`, and of the score from step `first` on, `steps` long."""

    start: int
    end: int
    first: int
    steps: int
    bar: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGrid:
    """The bars of a score made from a MIDI file.

    Attributes
    ----------
    bars : of the score.
    pickup : the first one is an upbeat.
    replaced : (bar of the score from 0, meter of the file) where another meter is printed.
    """

    bars: tuple[ScoreBar, ...]
    pickup: bool
    replaced: tuple[tuple[int, str], ...]
    _stretches: tuple[_Stretch, ...]

    def step(self, tick: int) -> float:
        """The place of a tick of the file, in steps from the first bar line of the score."""
        at = self._stretches[max(0, bisect_right(self._stretches, tick, key=lambda item: item.start) - 1)]
        return at.first + (tick - at.start) * at.steps / (at.end - at.start)

    def bar_of_step(self, step: float) -> int:
        """The bar, from 0, in which a step lies."""
        return max(0, bisect_right(self.bars, step * _STEP, key=lambda bar: bar.start) - 1)

    def bar_near(self, tick: int) -> int:
        """The bar, from 0, whose first bar line is nearest to a tick of the file."""
        step = self.step(tick)
        bar = self.bar_of_step(step)
        into = step - self.bars[bar].start // _STEP
        return min(len(self.bars) - 1, bar + (2 * into > self.bars[bar].length // _STEP))

    def number(self, bar: int) -> int:
        """The printed number of a bar, which is counted from 0 here."""
        return bar + 1 - self.pickup

    @property
    def steps(self) -> int:
        """The final bar line."""
        return self.bars[-1].end // _STEP


def score_grid(piece: MidiPiece) -> ScoreGrid:
    """The grid of a piece."""
    bars: list[ScoreBar] = []
    replaced: list[tuple[int, str]] = []
    stretches: list[_Stretch] = []
    at = 0
    for bar in piece.bars:
        first = at
        meters = _meters(bar, piece.resolution)
        if [str(meter) for meter in meters] != [bar.meter]:
            replaced.append((len(bars), bar.meter))
        number = len(bars)
        for meter in meters:
            bars.append(ScoreBar(start=at * _STEP, length=meter.bar_ticks, meter=meter))
            at += meter.bar_steps
        stretches.append(_Stretch(start=bar.start, end=bar.end, first=first, steps=at - first, bar=number))
    pickup = _has_pickup(bars)
    if pickup:
        replaced = [item for item in replaced if item[0]]
    return ScoreGrid(bars=tuple(bars), pickup=pickup, replaced=tuple(replaced), _stretches=tuple(stretches))


def _meters(bar: Bar, resolution: int) -> list[Meter]:
    """The meters of the bars that print a bar of the file: its own, or as long as it is, in sixteenths."""
    if bar.whole:
        try:
            return [Meter.parse(bar.meter)]
        except PlanError:
            pass
    return _divided(max(1, round(bar.length * 4 / resolution)))


def _divided(sixteenths: int) -> list[Meter]:
    """The meter of a bar as long as that, or of the parts of one that is longer than any meter."""
    for factor, unit in ((4, 4), (2, 8), (1, 16)):
        beats, rest = divmod(sixteenths, factor)
        if not rest and beats <= _MOST_BEATS:
            return [Meter(numerator=beats, denominator=unit)]
    half = max(4, sixteenths // 8 * 4)
    return _divided(sixteenths - half) + _divided(half)


def _has_pickup(bars: Sequence[ScoreBar]) -> bool:
    """Whether the first bar is the end of one in the meter of the second: shorter, and not the first of a kind."""
    if len(bars) < 3 or bars[0].length >= bars[1].length:
        return False
    return all(bar.meter != bars[0].meter for bar in bars[1:4])


def bar_ranges(bars: Sequence[int]) -> str:
    """Bars, from 1, as people write them: ``bar 3``, ``bars 1-4, 7``."""
    runs: list[list[int]] = []
    for bar in sorted(set(bars)):
        if runs and bar == runs[-1][1] + 1:
            runs[-1][1] = bar
        else:
            runs.append([bar, bar])
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return f"bar {text}" if len(set(bars)) == 1 else f"bars {text}"
