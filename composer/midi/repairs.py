"""Repairs: what a reader took otherwise than it stands in a MIDI file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Repair", "RepairList"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One kind of repair in one track.

    Attributes
    ----------
    what : what was done, for a person.
    track : from 1; 0 for the file as a whole.
    bar : the first place, from 1; 0 for the file or the track as a whole.
    times : how many places there are.
    """

    what: str
    track: int = 0
    bar: int = 0
    times: int = 1

    def __str__(self) -> str:
        where = ", ".join([f"track {self.track}"] * bool(self.track) + [f"bar {self.bar}"] * bool(self.bar))
        more = f" and {self.times - 1} more" if self.times > 1 else ""
        return self.what + (f" ({where}{more})" if where else more)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON data."""
        return {"what": self.what, "track": self.track or None, "bar": self.bar or None, "times": self.times}


class RepairList:
    """Repairs as they are found, before it is known which bar they are in."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], tuple[int | None, int]] = {}

    def add(self, what: str, *, track: int = 0, tick: int | None = None) -> None:
        """Take note of a repair; the same one in the same track only counts once more."""
        first, times = self._found.get((what, track), (tick, 0))
        self._found[what, track] = first, times + 1

    def has(self, what: str, track: int) -> bool:
        """Whether a repair of a track is known already."""
        return (what, track) in self._found

    def result(self, bar_starts: Sequence[int]) -> tuple[Repair, ...]:
        """The repairs in the order of the tracks, with their bars; what lies behind the last one is in that."""
        return tuple(
            Repair(
                what=what,
                track=track,
                bar=0 if tick is None else max(1, bisect_right(bar_starts, tick)),
                times=times,
            )
            for (what, track), (tick, times) in sorted(self._found.items(), key=lambda item: item[0][1])
        )
