"""The ornaments of a tune that comes back decorated: its long notes divided by passing and neighbour notes.

Division is the oldest way to vary a tune (Ortiz, *Trattado de glosas*, 1553): every note of the model stays where it
was, and what is added moves by step within the scale towards the note that follows. The first bar of the section is
left as it was, so that the tune is recognised, and so are the last notes of phrases and the bars of cadences.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.tokens import GRID
from composer.types import Section

__all__ = ["ornamented"]

_SHARE = 0.75
"""Share of the notes that can be divided and are."""


def ornamented(section: Section, layout: Layout, notes: LayerNotes, *, seed: int, head: bool = False) -> LayerNotes:
    """Decorate the tune of a section.

    Parameters
    ----------
    section : where.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    seed : same section, notes and seed: same ornaments.
    head : the section's first bar is decorated too.
    """
    bars = range(section.start_bar - head, section.end_bar)
    out = dict(notes)
    for block in layout.blocks:
        if block.role == "melody" and block.bar in bars and block.cadence is None and not block.final:
            line = notes[block.part]
            following = line[block.bar + 1] if block.bar + 1 < len(line) and not block.closing else []
            rng = random.Random(f"{seed}/ornaments/{block.part}/{block.bar}")
            changed = list(out[block.part])
            changed[block.bar] = _divided(line[block.bar], following[:1], block, rng)
            out[block.part] = changed
    return out


def _divided(bar: list[GridNote], following: list[GridNote], block: Block, rng: random.Random) -> list[GridNote]:
    targets = [*bar[1:], *following]
    out: list[GridNote] = []
    for number, note in enumerate(bar):
        draw = rng.random()
        target = targets[number] if number < len(targets) else None
        alone = sum(other.position == note.position for other in bar) == 1
        ends_there = target is not None and (
            note.position + note.length == (target.position if number + 1 < len(bar) else block.length)
        )
        if target is not None and alone and ends_there and draw < _SHARE:
            out += _ornament(note, target.pitch, block)
        else:
            out.append(note)
    return out


def _ornament(note: GridNote, target: int, block: Block) -> Iterator[GridNote]:
    """The note, shortened, and what leads from it to the pitch of the next one; the note alone where nothing fits."""
    added = _way(note.pitch, target, block, note.position)
    unit = GRID // 2 if note.length > GRID else GRID // 4
    if len(added) == 1 and note.length >= GRID:
        unit = GRID // 2
    room = note.length - unit * len(added)
    if not added or note.length < GRID // 2 or room < unit or (note.position + room) % unit:
        yield note
        return
    yield note._replace(length=room)
    for place, pitch in enumerate(added):
        yield GridNote(position=note.position + room + place * unit, pitch=pitch, length=unit)


def _way(pitch: int, target: int, block: Block, position: int) -> list[int]:
    """Passing notes to a third or fourth, a neighbour to the same pitch, one on the other side and back to a step."""
    up = 1 if target >= pitch else -1
    between = [p for p in range(pitch + up, target, up) if _fits(p, block, position)]
    if 3 <= abs(target - pitch) <= 7:
        return between if len(between) <= 3 else []
    away = 1 if target == pitch else -up
    neighbours = [p for p in (pitch + away, pitch + 2 * away) if _fits(p, block, position)]
    if target == pitch:
        return neighbours[:1]
    return [neighbours[0], pitch] if neighbours and abs(target - pitch) <= 2 else []


def _fits(pitch: int, block: Block, position: int) -> bool:
    return block.low <= pitch <= block.high and pitch % 12 in block.harmony_at(position).allowed
