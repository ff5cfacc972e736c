"""Octave signs: the notes that would need four ledger lines and more, and those beside them that go along.

An *8va* or *8vb* stands over notes that lie too far from the staff to be read at sight, and takes in the neighbours
that need several ledger lines themselves, so that it does not come and go note by note (E. Gould, *Behind Bars*,
"Octave signs"). Bars in two voices have none, since the sign would hold for both.

Conventions: a *place* is (bar from 0, voice, index in the voice) in the bars of one staff, and a *line* counts staff
degrees from the middle line, positive above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from composer.rendering.notation.articulation import Place
from composer.rendering.notation.bars import Bar

__all__ = ["OctaveSign", "octave_signs"]

_MOST, _SEVERAL = 3, 2
"""Ledger lines that are read without help, and from which a neighbour goes along."""
_FIRST_LEDGER = 6
"""Degrees from the middle line to the first ledger line."""
_NEAREST = -1
"""Degree of the nearest head of a chord from which on the whole chord may be shifted."""
_GAP = 6
"""Notes between two signs that one sign bridges, where they lie on that side of the staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OctaveSign:
    """An octave sign from the note at `first` to the note at `last`; `above` the staff, else below."""

    first: Place
    last: Place
    above: bool


def octave_signs(bars: Sequence[Bar], degrees: Mapping[Place, tuple[int, int]]) -> Iterator[OctaveSign]:
    """The octave signs of a staff.

    Parameters
    ----------
    bars : of the staff.
    degrees : the lowest and the highest head at every place that has notes, as staff degrees from the middle line.
    """
    for above in (True, False):
        for run in _single_voiced(bars, degrees):
            far = [_distance(degrees[place], above=above) for place in run]
            for first, last in _stretches(bars, run, far):
                yield OctaveSign(first=run[first], last=run[last], above=above)


def _single_voiced(bars: Sequence[Bar], degrees: Mapping[Place, tuple[int, int]]) -> Iterator[list[Place]]:
    """Runs of notes in neighbouring bars that have one voice."""
    run: list[Place] = []
    for index, bar in enumerate(bars):
        if len(bar.voices) > 1:
            yield run
            run = []
        else:
            run += [(index, 0, at) for voice in bar.voices for at in range(len(voice)) if (index, 0, at) in degrees]
    yield run


def _distance(heads: tuple[int, int], *, above: bool) -> int:
    """Degrees from the middle line of the farthest head; of the nearest where a shift would bring that too near."""
    near, far = heads if above else (-heads[1], -heads[0])
    return far if near >= _NEAREST else near


def _stretches(bars: Sequence[Bar], run: Sequence[Place], far: Sequence[int]) -> list[tuple[int, int]]:
    """First and last index of the notes under each sign."""
    found: list[tuple[int, int]] = []
    for index, distance in enumerate(far):
        if _ledgers(distance) <= _MOST or (found and index <= found[-1][1]):
            continue
        first = last = index
        while first > 0 and (_ledgers(far[first - 1]) >= _SEVERAL or _tied(bars, run[first])):
            first -= 1
        while last + 1 < len(run) and (_ledgers(far[last + 1]) >= _SEVERAL or _tied(bars, run[last + 1])):
            last += 1
        near = found and first - found[-1][1] <= _GAP + 1
        if near and all(distance >= 0 for distance in far[found[-1][1] : first]):
            first = found.pop()[0]
        found.append((first, last))
    return found


def _ledgers(distance: int) -> int:
    return max(0, distance - _FIRST_LEDGER + 2) // 2


def _tied(bars: Sequence[Bar], place: Place) -> bool:
    bar, voice, index = place
    return any(head.tied_in for head in bars[bar].voices[voice][index].heads)
