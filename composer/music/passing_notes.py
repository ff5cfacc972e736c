"""The passing notes of basses, and of keyboards that accompany: what leads from chord to chord.

Of the notes of the piano in 30 songs of our validation split .13 belong to no chord of their half bar, in all voices,
the lowest too; chords and broken chords alone had .02. So before the next stroke the bass passes to a note a third
away, steps into one a fourth or fifth away and turns where it stays, and the highest of the chords passes and turns;
in broken chords an off-beat note does. Whole steps are filled by their half step, the oftener the more chromatic the
window of people's music near the plan is. A section keeps to a
habit of two bars, so that the places are part of its figure and what returns is known again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from composer.circumplex import stillness
from composer.gm import HARP, KEYED_PROGRAMS
from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.tokens import GRID
from composer.types import MusicalPlan

__all__ = ["with_passing_notes"]

_FLOWS = 0.8
"""Share of the sections whose hands and basses pass and turn."""
_CALM, _STILL = 0.5, 0.9
"""What a whole unit of calm, and of quiet sadness, takes from that: what is still stays on its chord."""
_TAKEN = {"pass": 0.8, "approach": 0.6, "turn": 0.5}
"""Shares of the places that are taken, by kind."""
_CHROMATICISM, _MOST_CHROMATIC = 11.0, 0.8
"""A piece's lean towards chromatic notes (`Block.chromaticism`) at which all whole steps would be filled by their half
step, and the most that are; in gladness half as many."""
_MOST = 3
"""Notes that a hand gets in a bar, at most."""
_LEAST_S = 0.17
"""Seconds of such a note, at least."""
_STAND = frozenset({"drone", "held", "tremolo"})
"""Figures that stay as they are."""
_CLASH = frozenset({0, 1, 11})
"""Semitones from another part's note, within an octave, at which none is set."""

_Stroke = list[GridNote]


class _Place(NamedTuple):
    """A place for a note of ``kind`` on the way from one stroke, by number, to the pitch ``target``."""

    number: int
    kind: str
    origin: int
    target: int
    replaces: bool


def with_passing_notes(plan: MusicalPlan, layout: Layout, notes: LayerNotes, *, seed: int) -> LayerNotes:
    """Let basses and keyboards that accompany pass and turn; a plan with a level of difficulty stays plain.

    Parameters
    ----------
    plan : its sections and feeling say where and how much.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    seed : same plan, notes and seed: same hands.
    """
    if plan.level is not None:
        return notes
    out = dict(notes)
    blocks = {(block.part, block.bar): block for block in layout.blocks}
    less = 1 - max(0.0, plan.valence) / 2
    taken = _TAKEN | {"chromatic": min(_MOST_CHROMATIC, layout.blocks[0].chromaticism / _CHROMATICISM * less)}
    flows = _FLOWS * (1 - _STILL * stillness(plan.valence, plan.arousal))
    for part in sorted(notes):
        if not _is_hand(plan, layout, blocks[part, 0]):
            continue
        line = list(out[part])
        for section in plan.sections:
            figure = section.figure_of(plan.instruments[layout.player(part)].name)
            rng = random.Random(f"{seed}/passing notes/{part}/{section.varies or section.name}")
            moves = rng.random() < flows * (1 + _CALM * min(0.0, section.arousal)) and figure not in _STAND
            habits = rng.random(), rng.random()
            for number, bar in enumerate(section.bar_indices):
                chance = random.Random(habits[number % 2])
                block = blocks[part, bar]
                if moves and not (block.doubles or block.final or block.penultimate or block.silent):
                    others = [note for other in out if other != part for note in out[other][bar]]
                    line[bar] = _flowing(
                        line[bar], line[bar + 1], block, others=others, plan=plan, taken=taken, chance=chance
                    )
        out[part] = line
    return out


def _is_hand(plan: MusicalPlan, layout: Layout, block: Block) -> bool:
    """A bass, or a keyboard that accompanies; a harp's pedals and a guitarist's hand stay with the chord."""
    program = plan.instruments[layout.player(block.part)].program
    if block.one_hand or block.strings or program == HARP:
        return False
    return block.role == "bass" or (program in KEYED_PROGRAMS and block.role == "harmony")


def _flowing(
    bar: Sequence[GridNote],
    after: Sequence[GridNote],
    block: Block,
    *,
    others: Sequence[GridNote],
    plan: MusicalPlan,
    taken: Mapping[str, float],
    chance: random.Random,
) -> list[GridNote]:
    """The notes of a bar with those that pass and turn; ``after`` are the next bar's, ``others`` sound with them."""
    strokes = _strokes(bar)
    following = [note._replace(position=block.length) for note in after if note.position == 0]
    step = _step(bar, others)
    if step / GRID * 60 / plan.tempo_bpm < _LEAST_S:
        return list(bar)
    added = 0
    out = [list(stroke) for stroke in strokes]
    line = [*strokes, following] if following else strokes
    for place in _places(line, block):
        if chance.random() >= taken[place.kind] or added >= _MOST:
            continue
        stroke = strokes[place.number]
        end = line[place.number + 1][0].position
        start = stroke[0].position if place.replaces else end - step
        pitch = _pitch(place, block, start)
        if pitch is None or _clashes(pitch, start, end, others):
            continue
        made = GridNote(position=start, pitch=pitch, length=end - start)
        if place.replaces:
            out[place.number] = [made]
        else:
            out[place.number] = [note._replace(length=min(note.length, start - note.position)) for note in stroke]
            out[place.number].append(made)
        added += 1
    return sorted(note for stroke in out for note in stroke)


def _step(bar: Sequence[GridNote], others: Sequence[GridNote]) -> int:
    """Half a quarter note, or a third where the hand, or all others where it does neither, divides it so."""
    for notes in (bar, others):
        within = {note.position % GRID for note in notes}
        if GRID // 2 in within:
            break
        if within & {GRID // 3, 2 * GRID // 3}:
            return GRID // 3
    return GRID // 2


def _strokes(bar: Sequence[GridNote]) -> list[_Stroke]:
    """The notes of a bar by their onsets, in time."""
    found: dict[int, _Stroke] = {}
    for note in bar:
        found.setdefault(note.position, []).append(note)
    return [found[position] for position in sorted(found)]


def _places(strokes: Sequence[_Stroke], block: Block) -> Iterator[_Place]:
    """The places before every stroke but the first, from the last back: what leads on comes first."""
    bass = block.role == "bass"
    for number in range(len(strokes) - 2, -1, -1):
        here, there = strokes[number], strokes[number + 1]
        gap = there[0].position - here[0].position
        origin = (min if bass else max)(note.pitch for note in here)
        target = min((note.pitch for note in there), key=lambda pitch: (abs(pitch - origin), pitch))
        if gap >= GRID:
            kind = _kind(origin, target, bass=bass, chromatic=block.chromatic)
            if kind is not None:
                yield _Place(number, kind, origin, target, replaces=False)
        elif number and len(here) == 1 and here[0].position % GRID:
            before = min((note.pitch for note in strokes[number - 1]), key=lambda pitch: abs(pitch - target))
            kind = _kind(before, target, bass=False, chromatic=False)
            if kind is not None and abs(here[0].pitch - before) > 2:
                yield _Place(number, kind, before, target, replaces=True)


def _kind(origin: int, target: int, *, bass: bool, chromatic: bool) -> str | None:
    """How one note leads to another; None where it is a step away, or too far."""
    apart = abs(target - origin)
    if apart in (3, 4):
        return "pass"
    if apart == 2 and chromatic:
        return "chromatic"
    if apart in (5, 7) and bass:
        return "approach"
    return "turn" if apart == 0 else None


def _pitch(place: _Place, block: Block, start: int) -> int | None:
    """A tone of the scale for a place, or the half step between two of them; None where there is none in range."""
    if place.kind == "chromatic":
        return (place.origin + place.target) // 2
    allowed = block.harmony_at(min(start, block.length - 1)).allowed
    up = place.target > place.origin
    way = 1 if place.kind == "turn" and block.role != "bass" else -1 if up or place.kind == "turn" else 1
    near = (place.target + way * by for by in (1, 2))
    found = next((pitch for pitch in near if pitch % 12 in allowed), None)
    return found if found is not None and block.low <= found <= block.high else None


def _clashes(pitch: int, start: int, end: int, others: Sequence[GridNote]) -> bool:
    near = [note.pitch for note in others if note.position < end and start < note.position + note.length]
    return any(abs(pitch - other) % 12 in _CLASH and abs(pitch - other) < 14 for other in near)
