"""Note values: how the stretches of a bar are written as notes, tied notes, rests and tuplets.

A note is written in one piece where that keeps the beats visible: within a beat or half bar, a dotted value from its
start, or a plain syncopation across one beat. Anything else is tied at the strongest beat it crosses. Rests never
cross a beat (E. Gould, *Behind Bars*, "Duration of notes and rests").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from composer.rendering.notation.meters import Span, meter_tree

__all__ = ["NoteValue", "TimeSpan", "notate", "value_of"]

_VALUES: dict[float, tuple[str, int]] = {
    3: ("32nd", 0), 6: ("16th", 0), 9: ("16th", 1), 12: ("eighth", 0), 18: ("eighth", 1), 24: ("quarter", 0),
    36: ("quarter", 1), 48: ("half", 0), 72: ("half", 1), 96: ("whole", 0), 144: ("whole", 1), 192: ("breve", 0),
}  # fmt: skip
"""Half steps -> note value and dots."""
_PLAIN = frozenset(length / 2 for length in _VALUES if length % 6 == 0 or length in (3, 9))
"""Lengths in steps that one note outside tuplets can have."""
_THIRTY_SECOND = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpan:
    """From `start` to `end` (exclusive, steps in the bar): something sounds, or nothing does."""

    start: float
    end: float
    rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteValue:
    """One written note value.

    Attributes
    ----------
    start, end : steps in the bar, end exclusive.
    value, dots : ``"eighth"``, 1 ...
    tuplet : the span that three notes in the time of two fill, or None.
    """

    start: float
    end: float
    value: str
    dots: int
    tuplet: Span | None = None


def notate(stretches: Sequence[TimeSpan], meter: str) -> list[list[NoteValue]]:
    """Write the stretches of one voice, which fill the bar without gap, as pieces; several pieces are tied.

    Parameters
    ----------
    stretches : in order, the first from step 0, the last to the bar line.
    meter : ``"4/4"`` ...

    Returns
    -------
    list of list of NoteValue
        The pieces of each stretch, in order.
    """
    tree = meter_tree(meter)
    starts = frozenset(stretch.start for stretch in stretches)
    tuplets = list(_tuplets(tree, starts))
    return [list(_pieces(stretch, tree, tuplets)) for stretch in stretches]


def value_of(window: Span) -> str:
    """The note value of which a triplet's window holds three in the time of two."""
    return _VALUES[window.length][0]


# ------------------------------------------------------------------------------------------ tuplets


def _tuplets(span: Span, starts: frozenset[float]) -> Iterator[Span]:
    """The smallest spans that need triplets; elsewhere thirty-seconds are fine enough."""
    inner = [start for start in starts if span.start < start < span.end]
    if all(start % _THIRTY_SECOND == 0 for start in inner):
        return
    if not span.parts or _suits_triplet(span, inner):
        yield span
        return
    for part in span.parts:
        yield from _tuplets(part, starts)


def _suits_triplet(span: Span, inner: Sequence[float]) -> bool:
    """Three notes in the time of two fill the span better than its halves would."""
    if len(span.parts) != 2 or span.length not in (6, 12, 24) or span.parts[1].start in inner:
        return False
    places = sorted({span.start, span.end, *inner})
    lengths = [after - before for before, after in pairwise(places)]
    if span.length == 24:
        return all((place - span.start) % 8 == 0 for place in places)
    if span.length == 12:
        return all(length in (2, 4, 6, 8) for length in lengths)
    return True


# ------------------------------------------------------------------------------------------- pieces


def _pieces(stretch: TimeSpan, tree: Span, tuplets: Sequence[Span]) -> Iterator[NoteValue]:
    at = stretch.start
    for window in tuplets:
        if window.end <= at or window.start >= stretch.end:
            continue
        if at < window.start:
            yield from _plain(tree, at, window.start, rest=stretch.rest)
        start, end = max(at, window.start), min(stretch.end, window.end)
        if (start, end) == (window.start, window.end):
            yield from _plain(tree, start, end, rest=stretch.rest)
        else:
            yield from _in_tuplet(window, start, end)
        at = end
    if at < stretch.end:
        yield from _plain(tree, at, stretch.end, rest=stretch.rest)


def _plain(span: Span, start: float, end: float, *, rest: bool) -> Iterator[NoteValue]:
    if end - start in _PLAIN and ((start, end) == (span.start, span.end) or _stays_whole(span, start, end, rest=rest)):
        value, dots = _VALUES[2 * (end - start)]
        yield NoteValue(start=start, end=end, value=value, dots=dots)
        return
    cut = _cut(span, start, end)
    if cut is None:
        yield from _plain(_part_around(span, start, end), start, end, rest=rest)
        return
    for first, last in ((start, cut), (cut, end)):
        yield from _plain(span, first, last, rest=rest)


def _stays_whole(span: Span, start: float, end: float, *, rest: bool) -> bool:
    """Whether a note that crosses an edge of the span's parts may be written in one piece."""
    crossed = [edge for edge in span.edges[1:-1] if start < edge < end]
    if not crossed:
        return False
    aligned = start in span.edges and end in span.edges
    if rest:  # a quarter rest may open a compound beat, nothing else crosses
        return aligned and start == span.start and len(span.parts) == 3 and span.parts[0].length <= 6
    if aligned:
        return True
    lengths = {part.length for part in span.parts}
    if len(lengths) > 1 or len(crossed) > 1 or any(len(part.parts) not in (0, 2) for part in span.parts):
        return False
    half = lengths.pop() / 2
    return (start - span.start) % half == 0 and (end - span.start) % half == 0


def _cut(span: Span, start: float, end: float) -> float | None:
    """The edge at which a note is tied: the last one crossed for a note on the beat, else the first."""
    crossed = [edge for edge in span.edges[1:-1] if start < edge < end]
    if not crossed:
        return None
    return crossed[-1] if start in span.edges else crossed[0]


def _part_around(span: Span, start: float, end: float) -> Span:
    """The part of a span, or the half of a sixteenth, that a stretch lies in."""
    return next(part for part in span.parts or _halves(span) if part.start <= start and end <= part.end)


def _halves(span: Span) -> tuple[Span, ...]:
    middle = (span.start + span.end) / 2
    return Span(start=span.start, end=middle), Span(start=middle, end=span.end)


def _in_tuplet(window: Span, start: float, end: float) -> Iterator[NoteValue]:
    unit = window.length // 3
    key = 3 * (end - start)  # three in the time of two: written half as long again
    if key not in _VALUES:
        into = (start - window.start) % unit
        cut = start + unit - into if into else end - ((end - window.start) % unit or unit)
        yield from _in_tuplet(window, start, cut)
        yield from _in_tuplet(window, cut, end)
        return
    value, dots = _VALUES[key]
    yield NoteValue(start=start, end=end, value=value, dots=dots, tuplet=window)
