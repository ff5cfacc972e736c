"""The articulation of notes: staccato dots, slurs and accents from the plan's articulation and dynamics.

The plan has one number, the share of a note's length that sounds: it says whether a part is detached, mixed or legato
as a whole. A detached part says so in words. Where dots, slurs and accents stand is what was learnt from printed scores
(`composer.touch`), within the habits of engraving: no dot on a note that is quick anyway, no slur over a rest, a
repeated note or the end of a phrase (E. Gould, *Behind Bars*, "Articulation").

Conventions: a *place* is (bar from 0, voice, index in the voice) in the bars of one staff.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from composer.gm import HARPSICHORD, INSTRUMENTS, ORGANS
from composer.rendering.notation.bars import Bar, Element
from composer.rendering.notation.meters import BarSpan
from composer.rendering.notation.voices import StaffNote
from composer.types import Instrument, MusicalPlan

if TYPE_CHECKING:
    from composer.touch import NoteTouch

__all__ = ["Place", "accents", "detached_from", "slurs", "staccatos", "touches"]

Place = tuple[int, int, int]
_RUN = 3
"""Notes of a slur over an accompaniment, at least."""
_DETACHED, _CONNECTED = 0.75, 0.9
"""Sounding shares below the first have no slurs, from the second on no dots."""
_SHORT, _QUARTER = 3, 12
"""A sixteenth is short anyway."""
_QUICK_S = 0.22
"""Notes shorter than this, in seconds, are short whatever is written over them."""
_LOUD = 0.62
"""Dynamic level from which accents stand: forte."""
_LEADS = ("melody", "counter")
_FIRST_LEVELS = ("primer", "1")


def touches(
    bars: Sequence[Bar], spans: Sequence[BarSpan], plan: MusicalPlan, instrument: Instrument
) -> dict[Place, NoteTouch]:
    """The touch of the notes of voice 1; none for drums."""
    from composer.touch import LineNote, touch_of

    if instrument.is_drums:
        return {}
    places, line = [], []
    for place, element in _line(bars):
        if element is not None and not element.heads[-1].tied_in:
            start, top = spans[place[0]].start + element.piece.start, element.heads[-1].note
            places.append(place)
            line.append(LineNote(int(start), max(math.ceil(top.end), int(start) + 1), top.pitch, len(element.heads)))
    starts = [span.start for span in spans]
    return dict(zip(places, touch_of(line, starts, plan.time, instrument.program, plan.articulation), strict=True))


def staccatos(bars: Sequence[Bar], plan: MusicalPlan, touch: Mapping[Place, NoteTouch]) -> Iterator[Place]:
    """Notes that are short, where they can have a dot; none where all is legato."""
    if plan.articulation < _CONNECTED:
        yield from (place for place, own in touch.items() if own.staccato and _takes_dot(bars, place, plan))


def detached_from(bars: Sequence[Bar], plan: MusicalPlan, touch: Mapping[Place, NoteTouch]) -> int | None:
    """The bar from 0 over which *sempre stacc.* stands: in a detached part the first with notes that take dots."""
    if plan.articulation >= _DETACHED:
        return None
    return min((place[0] for place in touch if _takes_dot(bars, place, plan)), default=None)


def _takes_dot(bars: Sequence[Bar], place: Place, plan: MusicalPlan) -> bool:
    """Eighths and quarters that are neither tied nor quick anyway; none in the last bar."""
    bar, voice, index = place
    element = bars[bar].voices[voice][index]
    steps = element.piece.end - element.piece.start
    tied = any(head.tied_in or head.tied_out for head in element.heads)
    quick = steps / _QUARTER * 60 / plan.tempo_bpm < _QUICK_S
    return not tied and not quick and _SHORT < steps <= _QUARTER and bar + 1 < len(bars)


def accents(plan: MusicalPlan, instrument: Instrument, touch: Mapping[Place, NoteTouch]) -> Iterator[Place]:
    """Stressed notes of the parts that lead where it is forte, the first note of the loudest bar among them."""
    loudest = max(range(plan.bars), key=lambda bar: plan.dynamics[bar])
    if instrument.role not in _LEADS or plan.level in _FIRST_LEVELS or instrument.program in (HARPSICHORD, *ORGANS):
        return
    first = min((place for place in touch if place[0] == loudest), default=None)
    for place, own in touch.items():
        if (own.accent or place == first) and plan.dynamics[place[0]] >= _LOUD:
            yield place


def slurs(
    bars: Sequence[Bar], plan: MusicalPlan, instrument: Instrument, touch: Mapping[Place, NoteTouch]
) -> Iterator[tuple[Place, Place]]:
    """First and last note of each slur over a line that leads, or one that accompanies with bow or breath.

    One bar for bow and breath, where they accompany only over notes that run, two bars for a keyboard at most, and only
    as far as the touch binds notes. A slur ends before a rest, a repeated note and a new phrase, and none is left over
    that binds two quick notes across their beat. Plucked and struck instruments, and the first two levels of
    difficulty, have none.
    """
    if plan.articulation < _DETACHED or plan.level in _FIRST_LEVELS or not _slurs_at_all(instrument):
        return
    runs = instrument.role not in _LEADS
    cells = _cells(plan, 2 if INSTRUMENTS[instrument.program].family == "piano" else 1)
    group: list[tuple[Place, StaffNote]] = []
    bound = False
    for place, element in _line(bars):
        top = element.heads[-1].note if element is not None else None
        if element is not None and element.heads[-1].tied_in:
            if group:
                group[-1] = (place, element.heads[-1].note)
            continue
        parted = top is None or (
            group and (top.pitch == group[-1][1].pitch or cells[place[0]] != cells[group[0][0][0]])
        )
        if group and (parted or not bound):
            yield from _closed(group, plan, runs=runs)
            group = []
        if top is not None:
            group.append((place, top))
            bound = touch[place].slurred
    yield from _closed(group, plan, runs=runs)


def _closed(
    group: Sequence[tuple[Place, StaffNote]], plan: MusicalPlan, *, runs: bool
) -> Iterator[tuple[Place, Place]]:
    """The slur over a group; with ``runs`` only over three notes and more, shorter than a quarter on average."""
    steps = sum(note.end - note.start for _, note in group)
    plain = runs and (len(group) < _RUN or steps >= _QUARTER * len(group))
    if len(group) > 1 and not plain and not _crosses_beat([note for _, note in group], plan):
        yield group[0][0], group[-1][0]


def _crosses_beat(notes: Sequence[StaffNote], plan: MusicalPlan) -> bool:
    """Two equal sixteenths or eighths, the second of which is the stronger: bows and breath bind the other two."""
    lengths = {note.end - note.start for note in notes}
    length = max(lengths)
    eighths = length == 2 * _SHORT and plan.time.denominator <= 4
    pair = len(notes) == 2 and len(lengths) == 1 and (length == _SHORT or eighths)
    return pair and notes[0].start % (2 * length) != 0


def _slurs_at_all(instrument: Instrument) -> bool:
    if instrument.is_drums:
        return False
    facts = INSTRUMENTS[instrument.program]
    if instrument.role not in _LEADS:
        return facts.sustains and not facts.polyphonic
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
