"""The articulation of notes: staccato dots, slurs and accents from the plan's articulation and dynamics.

The plan has one number, the share of a note's length that sounds. Short shares are written as dots, long ones as slurs,
what lies between needs no sign (E. Gould, *Behind Bars*, "Articulation"). Dots show the manner in a part's first two
bars, then a word says that it goes on (*sempre staccato*, ibid.); notes that are quick anyway have none.

Conventions: a *place* is (bar from 0, voice, index in the voice) in the bars of one staff.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from composer.gm import INSTRUMENTS
from composer.rendering.notation.bars import Bar, Element
from composer.types import Instrument, MusicalPlan

__all__ = ["Place", "accents", "goes_on_staccato", "slurs", "staccatos"]

Place = tuple[int, int, int]
_DETACHED, _CONNECTED = 0.75, 0.9
"""Sounding shares below the first get dots, from the second on slurs."""
_SHORT, _QUARTER = 3, 12
"""A sixteenth is short anyway."""
_QUICK_S = 0.22
"""Notes shorter than this, in seconds, are short whatever is written over them."""
_DOTTED_BARS = 2
"""Bars of a part that show its staccato before a word takes over."""
_LOUD = 0.62
"""Dynamic level from which the climax takes an accent: forte."""
_FIRST_LEVELS = ("primer", "1")


def staccatos(bars: Sequence[Bar], plan: MusicalPlan, instrument: Instrument) -> Iterator[Place]:
    """Eighths and quarters that are not tied in the part's first bars, where the plan asks for short notes.

    The last bar has none.
    """
    shown = _detached_bars(bars, plan, instrument)[:_DOTTED_BARS]
    for index in shown:
        yield from ((index, voice, place) for voice, place in _dotted(bars[index], plan))


def goes_on_staccato(bars: Sequence[Bar], plan: MusicalPlan, instrument: Instrument) -> int | None:
    """The bar from 0 over which *sempre stacc.* stands: where dots end and more notes would have had them."""
    further = _detached_bars(bars, plan, instrument)[_DOTTED_BARS:]
    return further[0] if further else None


def _detached_bars(bars: Sequence[Bar], plan: MusicalPlan, instrument: Instrument) -> list[int]:
    """Bars with notes that call for a dot."""
    if plan.articulation >= _DETACHED or instrument.is_drums:
        return []
    return [index for index, bar in enumerate(bars[:-1]) if any(True for _ in _dotted(bar, plan))]


def _dotted(bar: Bar, plan: MusicalPlan) -> Iterator[tuple[int, int]]:
    """(voice, index) of the notes of a bar that call for a dot."""
    for voice, elements in enumerate(bar.voices):
        for place, element in enumerate(elements):
            steps = element.piece.end - element.piece.start
            tied = any(head.tied_in or head.tied_out for head in element.heads)
            quick = steps / _QUARTER * 60 / plan.tempo_bpm < _QUICK_S
            if element.heads and not tied and not quick and _SHORT < steps <= _QUARTER:
                yield voice, place


def accents(bars: Sequence[Bar], plan: MusicalPlan, instrument: Instrument) -> Iterator[Place]:
    """The first note of the loudest bar, in the parts that lead, where that is forte at least."""
    loudest = max(range(plan.bars), key=lambda bar: plan.dynamics[bar])
    leads = instrument.role in ("melody", "counter") and plan.level not in _FIRST_LEVELS
    if plan.dynamics[loudest] < _LOUD or not leads:
        return
    for place, element in enumerate(bars[loudest].voices[0] if bars[loudest].voices else ()):
        if element.heads and not element.heads[-1].tied_in:
            yield loudest, 0, place
            return


def slurs(bars: Sequence[Bar], plan: MusicalPlan, instrument: Instrument) -> Iterator[tuple[Place, Place]]:
    """First and last note of each slur over the leading voice.

    One bar for bow and breath, two for a keyboard. A slur ends before a rest, a repeated note and a new phrase. Plucked
    and struck instruments, and the first two levels of difficulty, have none.
    """
    if plan.articulation < _CONNECTED or plan.level in _FIRST_LEVELS or not _slurs_at_all(instrument):
        return
    cells = _cells(plan, 2 if INSTRUMENTS[instrument.program].family == "piano" else 1)
    group: list[tuple[Place, int]] = []
    for place, element in _line(bars):
        if element is not None and element.heads[-1].tied_in:
            if group:
                group[-1] = (place, element.heads[-1].note.pitch)
            continue
        top = element.heads[-1].note.pitch if element is not None else -1
        if group and (top in (-1, group[-1][1]) or cells[place[0]] != cells[group[0][0][0]]):
            yield from _closed(group)
            group = []
        if element is not None:
            group.append((place, top))
    yield from _closed(group)


def _closed(group: Sequence[tuple[Place, int]]) -> Iterator[tuple[Place, Place]]:
    if len(group) > 1:
        yield group[0][0], group[-1][0]


def _slurs_at_all(instrument: Instrument) -> bool:
    if instrument.is_drums or instrument.role not in ("melody", "counter"):
        return False
    facts = INSTRUMENTS[instrument.program]
    return facts.sustains or facts.family == "piano"


def _cells(plan: MusicalPlan, reach: int) -> list[tuple[int, int]]:
    """For each bar its phrase, and the stretch of `reach` bars in it that one slur may cover."""
    cells: list[tuple[int, int]] = []
    for length in (length for section in plan.sections for length in section.phrases):
        phrase = len(cells)
        cells += [(phrase, offset // reach) for offset in range(length)]
    return cells


def _line(bars: Sequence[Bar]) -> Iterator[tuple[Place, Element | None]]:
    """Voice 1 in order; None for a rest."""
    for index, bar in enumerate(bars):
        if not bar.voices:
            yield (index, 0, 0), None
        for place, element in enumerate(bar.voices[0] if bar.voices else ()):
            yield (index, 0, place), element if element.heads else None
