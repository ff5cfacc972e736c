"""The quick notes of a piece: trills, turns, slides, runs and tremolo, put into notes that are written.

The model's grid ends at sixteenths and triplets. What people play in less time is no tune but an ornament of one, so
it is added where the notes are known: long notes are divided as the treatises of ornaments have it (C. P. E. Bach,
*Versuch über die wahre Art das Clavier zu spielen*, 1753), in the scale around them, and what the plan fixes stays:
first notes of bars, ranges, cadences, the last bar. Among 6,883 windows of sixteen bars of our training scores, .29
have notes shorter than a sixteenth: pairs that step into the next beat in .09, turns in .08, runs in .04, trills that
are written out in .01, each some three times a window; short trills and mordents are signs in .44 to .59 of 3,296 piano
scores, some four to sixteen bars. One piece keeps to one habit, the same ornament on the same beat, as players do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from composer.circumplex import is_stormy
from composer.gm import BOWED_PROGRAMS
from composer.music.blocks import Block, Layout
from composer.music.tokens import GRID
from composer.types import THIRTY_SECOND, TICKS_PER_QUARTER, Instrument, MusicalPlan, Note, Score, Section, Track

__all__ = ["with_quick_notes"]

_UNIT, _THIRD = THIRTY_SECOND, TICKS_PER_QUARTER // 6
"""A thirty-second and a sixteenth of a sextuplet, in ticks."""
_LEAST_S = 0.05
"""Seconds of the quickest notes: the fastest twentieth of people's are quicker."""
_PER_SIXTEEN = {"mordent": 4.0, "turn": 2.0, "slide": 3.0, "run": 2.0}
"""Ornaments in sixteen bars, where there are any; trills stand at cadences."""
_RETURN = 3.0
"""How much sooner a note of a section that comes back is decorated."""
_LOWER = 0.3
"""Share of the pieces whose mordents touch the note below instead of the one above."""
_SOFTER = 6
"""Velocity that the added notes of an ornament take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A note of the tune that sounds alone, with the notes beside it.

    ``scale`` are the pitch classes around it as they sound; ``follows`` says that the next note begins where it ends,
    ``leads`` that the next note is the last of the section or begins the last bar.
    """

    track: int
    note: Note
    after: Note | None
    follows: bool
    leads: bool
    section: Section
    block: Block
    step: int
    scale: frozenset[int]
    player: Instrument

    def beside(self, pitch: int, by: int) -> int:
        """The pitch ``by`` steps of the scale from another; that pitch itself where the player does not reach it."""
        found = pitch
        for _ in range(abs(by)):
            found += 1 if by > 0 else -1
            while found % 12 not in self.scale:
                found += 1 if by > 0 else -1
        return found if self.player.low <= found <= self.player.high else pitch


_Shape = Callable[[_Place], list[Note] | None]


def with_quick_notes(plan: MusicalPlan, layout: Layout, score: Score, *, seed: int) -> Score:
    """Put the ornaments that a plan asks for into a score.

    Parameters
    ----------
    plan : its `ornaments` say which; a plan with a level of difficulty has none.
    layout : the blocks that the notes were written for.
    score : of that plan; it is not changed.
    seed : same plan, score and seed: same ornaments.
    """
    if not plan.ornaments or plan.level is not None or layout.lead is None:
        return score
    rng = random.Random(f"{seed}/quick notes")
    made: dict[tuple[int, Note], list[Note]] = {}
    places = list(_places(plan, layout, score))
    for kind, shape in _shapes(plan, rng).items():
        free = [place for place in places if (place.track, place.note) not in made]
        made |= _decorated(kind, free, shape, plan.bars, rng)
    if "tremolo" in plan.ornaments and _playable(plan, _UNIT):
        made |= _tremolo(plan, score)
    return replace(score, tracks=tuple(_woven(track, number, made) for number, track in enumerate(score.tracks)))


def _playable(plan: MusicalPlan, unit: int) -> bool:
    return unit / TICKS_PER_QUARTER * 60 / plan.tempo_bpm >= _LEAST_S


def _woven(track: Track, number: int, made: dict[tuple[int, Note], list[Note]]) -> Track:
    notes = [new for note in track.notes for new in made.get((number, note), [note])]
    return replace(track, notes=tuple(sorted(notes)))


# ------------------------------------------------------------------------------------------- places


def _places(plan: MusicalPlan, layout: Layout, score: Score) -> Iterator[_Place]:
    """The notes of the tune that sound alone, in order of time; the last bar is left as it is."""
    blocks = {block.bar: block for block in layout.blocks if block.part == layout.lead}
    counter = next((block.part for block in layout.blocks if block.role == "counter"), layout.lead)
    for section in plan.sections:
        handed = section.variation == "orchestration"
        number = layout.player(counter if handed and counter is not None else layout.lead or 0)
        notes = score.tracks[number].notes
        alone = set(_alone(notes))
        line = _highest(notes)
        goals = _goals(line, section, plan)
        for note, after in zip(line, [*line[1:], None], strict=True):
            if note not in alone:
                continue
            bar, tick = divmod(note.onset, plan.time.bar_ticks)
            if not section.start_bar - 1 <= bar < section.end_bar or blocks[bar].final or blocks[bar].silent:
                continue
            step = tick * GRID // TICKS_PER_QUARTER
            allowed = blocks[bar].harmony_at(step).allowed
            yield _Place(
                track=number,
                note=note,
                after=after,
                follows=after is not None and after.onset == note.end,
                leads=after in goals,
                section=section,
                block=blocks[bar],
                step=step,
                scale=frozenset((pitch - layout.shift) % 12 for pitch in allowed),
                player=score.tracks[number].instrument,
            )


def _goals(line: Sequence[Note], section: Section, plan: MusicalPlan) -> list[Note]:
    """The last note of a section's tune, and the first of the piece's last bar."""
    bar = plan.time.bar_ticks
    own = [note for note in line if section.start_bar - 1 <= note.onset // bar < section.end_bar]
    return own[-1:] + [note for note in own if note.onset // bar == plan.bars - 1][:1]


def _highest(notes: Sequence[Note]) -> list[Note]:
    """The highest note of each onset, in order of time."""
    return list({note.onset: note for note in sorted(notes)}.values())


def _alone(notes: Sequence[Note]) -> list[Note]:
    """Those that no other note of the part sounds with."""
    found, until = [], 0
    for note, following in zip(
        notes, [*(after.onset for after in notes[1:]), notes[-1].end] if notes else [], strict=True
    ):
        if note.onset >= until and note.end <= following:
            found.append(note)
        until = max(until, note.end)
    return found


def _decorated(
    kind: str, places: Sequence[_Place], shape: _Shape, bars: int, rng: random.Random
) -> dict[tuple[int, Note], list[Note]]:
    """Ornaments of one kind: of the notes that can have it those of one beat and length first, returns sooner."""
    found = [(place, notes) for place in places if (notes := shape(place)) is not None]
    if kind == "trill":
        return {(place.track, place.note): notes for place, notes in found}
    wanted = max(1, round(_PER_SIXTEEN[kind] * bars / 16 * rng.uniform(0.6, 1.4)))
    keys = [(place.step, place.note.duration) for place, _ in found]
    habit = rng.choice(keys) if keys else None
    order = sorted(
        range(len(found)),
        key=lambda index: (
            keys[index] != habit,
            -rng.random() * (_RETURN if found[index][0].section.varies else 1.0),
        ),
    )
    out: dict[tuple[int, Note], list[Note]] = {}
    taken: set[int] = set()
    for index in order:
        place, notes = found[index]
        if len(out) < wanted and place.block.bar not in taken:
            out[place.track, place.note] = notes
            taken.add(place.block.bar)
    return out


# ------------------------------------------------------------------------------------------- shapes


def _shapes(plan: MusicalPlan, rng: random.Random) -> dict[str, _Shape]:
    """What each ornament of a plan makes of a place, where the tempo lets a player play it."""
    up = -1 if rng.random() < _LOWER else 1
    beat, bar = plan.time.beat_ticks, plan.time.bar_ticks
    shapes: dict[str, _Shape] = {}
    if _playable(plan, _UNIT):
        shapes = {
            "trill": _trill,
            "turn": lambda place: _turn(place, beat),
            "slide": lambda place: _slide(place, beat),
            "mordent": lambda place: _mordent(place, beat, bar, up),
        }
    if _playable(plan, _THIRD):
        unit = _UNIT if _playable(plan, _UNIT) and rng.random() < 0.5 else _THIRD
        shapes = {"run": lambda place: _run(place, bar, unit), **shapes}
    return {kind: shape for kind, shape in shapes.items() if kind in plan.ornaments}


def _spun(note: Note, start: int, pitches: Sequence[int], unit: int) -> list[Note]:
    """Notes of one length from a tick on, softer than the note that they belong to."""
    soft = max(1, note.velocity - _SOFTER)
    return [
        Note(onset=start + place * unit, pitch=pitch, duration=unit, velocity=soft)
        for place, pitch in enumerate(pitches)
    ]


def _trill(place: _Place) -> list[Note] | None:
    """The note before the last of a closed section, in turn with the one above; it begins and ends on itself."""
    note, above = place.note, place.beside(place.note.pitch, 1)
    whole = note.duration % (2 * _UNIT) == 0 and 6 * _UNIT <= note.duration <= 16 * _UNIT
    if not whole or not place.follows or above == note.pitch or not _is_before_last(place):
        return None
    count = note.duration // _UNIT - 1
    trill = _spun(note, note.onset, [above if index % 2 else note.pitch for index in range(count)], _UNIT)
    return [replace(trill[0], velocity=note.velocity), *trill[1:-1], replace(trill[-1], duration=2 * _UNIT)]


def _is_before_last(place: _Place) -> bool:
    """A second above the goal of a cadence, or the leading tone below it."""
    return place.after is not None and place.leads and place.note.pitch - place.after.pitch in (1, 2, -1)


def _mordent(place: _Place, beat: int, bar: int, up: int) -> list[Note] | None:
    """A note on the beat, with one quick step away and back."""
    note, other = place.note, place.beside(place.note.pitch, up)
    if note.duration < 4 * _UNIT or note.onset % bar % beat or other == note.pitch or place.block.cadence is not None:
        return None
    first, second = _spun(note, note.onset, [note.pitch, other], _UNIT)
    rest = replace(note, onset=note.onset + 2 * _UNIT, duration=note.duration - 2 * _UNIT)
    return [replace(first, velocity=note.velocity), second, replace(rest, velocity=second.velocity)]


def _slide(place: _Place, beat: int) -> list[Note] | None:
    """The last sixteenth before a beat as two steps into it: through a leap, or round the note itself."""
    note, after = place.note, place.after
    if after is None or not place.follows or note.duration < 4 * _UNIT or after.onset % beat:
        return None
    leap, up = abs(after.pitch - note.pitch), 1 if after.pitch > note.pitch else -1
    near = place.beside(after.pitch, -up)
    if leap >= 5:
        pitches = [place.beside(near, -up), near]
    elif near == note.pitch and leap:
        pitches = [place.beside(note.pitch, -up), note.pitch]
    else:
        return None
    return _ending(note, pitches, after, _UNIT)


def _turn(place: _Place, beat: int) -> list[Note] | None:
    """The last eighth of a note as four steps round it."""
    note, after = place.note, place.after
    if after is None or not place.follows or note.duration < 8 * _UNIT or after.onset % beat:
        return None
    pitches = [place.beside(note.pitch, 1), note.pitch, place.beside(note.pitch, -1), note.pitch]
    return _ending(note, pitches, after, _UNIT) if abs(after.pitch - note.pitch) <= 4 else None


def _run(place: _Place, bar: int, unit: int) -> list[Note] | None:
    """The end of a long note, or of the rest after it, as a scale into the first beat of a section."""
    note, after = place.note, place.after
    if after is None or after.onset % bar or after.onset // bar != place.section.end_bar:
        return None
    count = 4 if unit == _UNIT else 6 if after.onset - note.onset >= 12 * unit else 3
    up = 1 if after.pitch >= note.pitch else -1
    pitches = [place.beside(after.pitch, -up * (count - index)) for index in range(count)]
    return _ending(note, pitches, after, unit) if after.onset - note.onset >= 2 * count * unit else None


def _ending(note: Note, pitches: Sequence[int], after: Note, unit: int) -> list[Note] | None:
    """The note, shortened where it must be, and quick notes up to the next; None where a pitch would be repeated."""
    line = [note.pitch, *pitches, after.pitch]
    if any(one == other for one, other in pairwise(line)):
        return None
    start = after.onset - len(pitches) * unit
    return [replace(note, duration=min(note.end, start) - note.onset), *_spun(note, start, pitches, unit)]


# ------------------------------------------------------------------------------------------ tremolo


def _tremolo(plan: MusicalPlan, score: Score) -> dict[tuple[int, Note], list[Note]]:
    """Held notes of bowed accompaniments in the loudest of the stirred and dark sections, as quick strokes."""
    stirred = [part for part in plan.sections if is_stormy(part.valence, part.arousal)]
    if not stirred:
        return {}
    section = max(stirred, key=lambda part: max(plan.dynamics[part.start_bar - 1 : part.end_bar]))
    bar = plan.time.bar_ticks
    low, high = (section.start_bar - 1) * bar, min(section.end_bar, plan.bars - 1) * bar
    return {
        (number, note): _spun(note, note.onset, [note.pitch] * (note.duration // _UNIT), _UNIT)
        for number, track in enumerate(score.tracks)
        if track.instrument.role == "harmony" and track.instrument.program in BOWED_PROGRAMS
        for note in track.notes
        if low <= note.onset and note.end <= high and note.duration >= 8 * _UNIT and note.duration % _UNIT == 0
    }
