"""The bars of a score with their meters, tempi and keys: what may change in the course of a piece.

Conventions
-----------
* Ticks are 480 to the quarter note, from the first bar line; bars count from 1.
* Every bar is as long as its own meter says: what a file cuts short has the meter of what is left of it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from composer.theory import TICKS_PER_QUARTER, Key, Meter

__all__ = ["KeySpan", "ScoreBar", "ScoreTimeline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBar:
    """A bar: its first tick, its length in ticks, and its meter."""

    start: int
    length: int
    meter: Meter

    @property
    def end(self) -> int:
        """Tick of the next bar line."""
        return self.start + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySpan:
    """From bar `bar` (from 1) on, a key."""

    bar: int
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTimeline:
    """The course of a score.

    Attributes
    ----------
    bars : without gaps from tick 0.
    tempi : (tick, quarter notes per minute) in order; the first at tick 0.
    keys : in order; the first from bar 1.
    pickup : the first bar is an upbeat: incomplete, and numbered 0 in print.
    """

    bars: tuple[ScoreBar, ...]
    tempi: tuple[tuple[int, float], ...]
    keys: tuple[KeySpan, ...]
    pickup: bool = False

    @property
    def end_tick(self) -> int:
        """The final bar line."""
        return self.bars[-1].end

    @property
    def end_seconds(self) -> float:
        """The final bar line in seconds."""
        ends = [tick for tick, _ in self.tempi[1:]] + [self.end_tick]
        return sum(
            max(0, min(end, self.end_tick) - start) / TICKS_PER_QUARTER * 60 / bpm
            for (start, bpm), end in zip(self.tempi, ends, strict=True)
        )

    @property
    def steady(self) -> bool:
        """Whether nothing changes: one meter, one tempo, one key, no upbeat."""
        meters = {bar.meter for bar in self.bars}
        return len(meters) == len(self.tempi) == len(self.keys) == 1 and not self.pickup

    def bar_at(self, tick: int) -> int:
        """The bar, from 0, in which a tick lies; the last one for the end of the piece."""
        return max(0, bisect_right(self.bars, tick, key=lambda bar: bar.start) - 1)

    def shown_meter(self, index: int) -> Meter:
        """The time signature that holds in a bar (from 0); an upbeat stands in the meter of the bar after it."""
        return self.bars[1 if self.pickup and index == 0 and len(self.bars) > 1 else index].meter

    def key_at(self, index: int) -> Key:
        """The key in a bar (from 0)."""
        return next((span for span in reversed(self.keys) if span.bar <= index + 1), self.keys[0]).key
