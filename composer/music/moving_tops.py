"""The highest voice of repeated chords, which moves though the chord stays.

Where an accompaniment strikes one chord again and again its highest note sings: it turns to its neighbour and back, or
passes to the next chord's by step. In 30 songs of our validation split the highest note of the piano moves by step in
.25 of its onsets and is repeated in .15; chords struck as they are had .08 and .23. A section keeps one way of moving,
so that it is heard as part of its figure.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from composer.gm import KEYED_PROGRAMS
from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.tokens import GRID
from composer.types import MusicalPlan

__all__ = ["with_moving_tops"]

_PLAYERS = KEYED_PROGRAMS
"""Whose fingers are free for it; a guitarist's hold the chord."""
_SINGS = 0.7
"""Share of the sections whose repeated chords sing."""
_CALM = 0.5
"""What a whole unit of calm takes from that: what is still does not turn."""
_RUN = 3
"""Strokes with one highest note from which on one of them turns."""
_LEAST_S = 0.16
"""Seconds from stroke to stroke, at least."""
_CLASH = frozenset({1, 11})
"""Semitones above or below another part's note, within an octave, that a turn does not go to."""


def with_moving_tops(plan: MusicalPlan, layout: Layout, notes: LayerNotes, *, seed: int) -> LayerNotes:
    """Let the highest voice of repeated chords move; a plan with a level of difficulty stays plain.

    Parameters
    ----------
    plan : its sections and feeling say where and how much.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    seed : same plan, notes and seed: same chords.
    """
    if plan.level is not None:
        return notes
    out = dict(notes)
    blocks = {(block.part, block.bar): block for block in layout.blocks}
    for part in sorted(notes):
        if not _is_chords(plan, layout, blocks[part, 0]):
            continue
        line = list(notes[part])
        for section in plan.sections:
            rng = random.Random(f"{seed}/moving tops/{part}/{section.varies or section.name}")
            sings = rng.random() < _SINGS * (1 + _CALM * min(0.0, section.arousal))
            upwards = rng.random() < 0.5
            for bar in section.bar_indices if sings else ():
                block = blocks[part, bar]
                others = [note for other in notes if other != part for note in notes[other][bar]]
                if not block.doubles and not block.final:
                    line[bar] = _moved(line[bar], _top(notes[part][bar + 1]), block, others, plan, upwards=upwards)
        out[part] = line
    return out


def _is_chords(plan: MusicalPlan, layout: Layout, block: Block) -> bool:
    return block.role == "harmony" and plan.instruments[layout.player(block.part)].program in _PLAYERS


def _top(bar: Sequence[GridNote]) -> int | None:
    """The highest pitch that a bar begins with."""
    first = min((note.position for note in bar), default=0)
    return max((note.pitch for note in bar if note.position == first), default=None)


def _moved(
    bar: list[GridNote],
    after: int | None,
    block: Block,
    others: Sequence[GridNote],
    plan: MusicalPlan,
    *,
    upwards: bool,
) -> list[GridNote]:
    """The notes of a bar; ``after`` is the highest pitch that the next one begins with, ``others`` sound with them."""
    strokes: dict[int, list[GridNote]] = {}
    for note in bar:
        strokes.setdefault(note.position, []).append(note)
    places = sorted(strokes)
    gaps = [other - one for one, other in pairwise([*places, block.length])]
    tops = [max(note.pitch for note in strokes[place]) for place in places]
    changed: dict[int, int] = {}
    for first, end in _runs(tops):
        target = tops[end] if end < len(tops) else after
        if target is not None and abs(target - tops[first]) in (3, 4) and end - first > 1:
            changed[end - 1] = 1 if target > tops[first] else -1
        elif end - first >= _RUN:
            changed[end - 2] = 1 if upwards else -1
    made = {
        places[index]: _stepped(strokes[places[index]], block, others, way)
        for index, way in changed.items()
        if index and _is_unhurried(gaps[index], plan)
    }
    return sorted(note for place in places for note in made.get(place, strokes[place]))


def _runs(tops: Sequence[int]) -> list[tuple[int, int]]:
    """First stroke, and the one after the last, of all strokes on end that share their highest note."""
    starts = [index for index in range(len(tops)) if not index or tops[index] != tops[index - 1]]
    return list(pairwise([*starts, len(tops)]))


def _is_unhurried(gap: int, plan: MusicalPlan) -> bool:
    return gap / GRID * 60 / plan.tempo_bpm >= _LEAST_S


def _stepped(stroke: list[GridNote], block: Block, others: Sequence[GridNote], way: int) -> list[GridNote]:
    """A stroke whose highest note goes a step up or down the scale; as it is where that would clash."""
    top = max(stroke, key=lambda note: note.pitch)
    allowed = block.harmony_at(min(top.position, block.length - 1)).allowed
    pitch = next((top.pitch + way * by for by in (1, 2) if (top.pitch + way * by) % 12 in allowed), None)
    rest = [note for note in stroke if note is not top]
    end = top.position + top.length
    near = [note.pitch for note in others if note.position < end and top.position < note.position + note.length]
    if pitch is None or not block.low <= pitch <= block.high or any(pitch - note.pitch < 2 for note in rest):
        return stroke
    if any(abs(pitch - other) % 12 in _CLASH for other in near):
        return stroke
    return [*rest, top._replace(pitch=pitch)]
