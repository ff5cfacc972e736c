"""The usual names of accompaniment figures, told from rhythm, fullness and contour.

`name_of` tries `FIGURE_NAMES` in order; the first that fits is the name. Positions are grid steps, 12 to the quarter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from composer.figures import Stroke

__all__ = ["FIGURE_NAMES", "name_of"]

_QUARTER, _EIGHTH = 12, 6
_HABANERA = ((0, 9, 12, 18), (0, 18, 24, 36))
_ALBERTI = (0, 2, 1, 2)
_OCTAVE = range(11, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outline:
    """What names go by: see `Stroke`; ``step`` is the even distance of the strokes, 0 where they are uneven."""

    meter: str
    role: str
    positions: tuple[int, ...]
    counts: tuple[int, ...]
    ranks: tuple[int, ...]
    step: int
    span: float

    @property
    def single(self) -> bool:
        """One note at a time, at least two of them."""
        return max(self.counts) == 1 and len(self.counts) > 1

    @property
    def chords(self) -> bool:
        """Two notes or more in every stroke, at least two of them."""
        return min(self.counts) > 1 and len(self.counts) > 1

    @property
    def even(self) -> bool:
        """Single notes, evenly spaced from the bar line on."""
        return self.single and self.step > 0


def _alternates(one: _Outline) -> bool:
    return one.even and set(one.ranks) == {0, 1} and len(one.ranks) > 2 and all(a != b for a, b in pairwise(one.ranks))


def _rises(ranks: tuple[int, ...]) -> bool:
    return len(ranks) > 2 and all(a < b for a, b in pairwise(ranks))


def _arches(one: _Outline) -> bool:
    peak = one.ranks.index(max(one.ranks))
    return one.even and 0 < peak < len(one.ranks) - 1 and _rises(one.ranks[: peak + 1]) and _falls(one.ranks[peak:])


def _falls(ranks: tuple[int, ...]) -> bool:
    return all(a > b for a, b in pairwise(ranks))


def _low_then_chords(one: _Outline) -> bool:
    """A low note on the bar line, chords above it after."""
    first = one.positions[0] == 0 and one.counts[0] == 1 and one.ranks[0] == 0
    return first and len(one.counts) > 1 and min(one.counts[1:]) > 1 and min(one.ranks[1:]) > 0


FIGURE_NAMES: dict[str, Callable[[_Outline], bool]] = {
    "held": lambda one: len(one.positions) == 1 and one.positions[0] == 0,
    "off-beat chords": lambda one: min(one.counts) > 1 and one.positions[0] > 0,
    "habanera": lambda one: one.positions in _HABANERA,
    "waltz": lambda one: _low_then_chords(one) and one.meter in ("3/4", "3/8"),
    "oom-pah": _low_then_chords,
    "drone": lambda one: one.even and len(set(one.ranks)) == 1 and one.step >= _EIGHTH and one.role == "bass",
    "repeated notes": lambda one: one.even and len(set(one.ranks)) == 1 and one.step >= _EIGHTH,
    "tremolo": lambda one: one.step in range(1, _EIGHTH) and (len(set(one.ranks)) == 1 or _alternates(one)),
    "broken octaves": lambda one: _alternates(one) and round(one.span) in _OCTAVE,
    "rocking": _alternates,
    "alberti": lambda one: one.even and one.ranks[:4] == _ALBERTI,
    "walking bass": lambda one: one.even and one.role == "bass" and one.step == _QUARTER and len(set(one.ranks)) > 2,
    "arpeggio up": lambda one: one.even and _rises(one.ranks),
    "arpeggio down": lambda one: one.even and len(one.ranks) > 2 and _falls(one.ranks),
    "arpeggio up and down": _arches,
    "broken chords": lambda one: one.even and one.step <= _EIGHTH,
    "repeated chords": lambda one: one.chords and one.step > 0 and len(set(one.ranks)) == 1,
    "chorale": lambda one: one.chords and one.step >= _QUARTER,
}
"""Name -> whether a figure goes by it."""


def name_of(strokes: tuple[Stroke, ...], *, meter: str, role: str, span: float) -> str:
    """Usual name of a figure, ``""`` where it has none; ``span`` semitones part its lowest and highest stroke."""
    positions, counts, ranks, _ = zip(*strokes, strict=True)
    gaps = {after - before for before, after in pairwise(positions)}
    even = len(gaps) == 1 and positions[0] == 0
    outline = _Outline(
        meter=meter,
        role=role,
        positions=positions,
        counts=counts,
        ranks=ranks,
        step=gaps.pop() if even else 0,
        span=span,
    )
    return next((name for name, fits in FIGURE_NAMES.items() if fits(outline)), "")
