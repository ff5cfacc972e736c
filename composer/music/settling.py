"""The settling of a tune: where a section ends, the last note is reached by step or by a third.

The rules of decoding lean that way; what leaps all the same is mended here by the smallest change: the last note goes
to the nearest tone of its chord, or, where it has to be the tonic, the note before it turns to a neighbour of it.
"""

from __future__ import annotations

from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.types import MusicalPlan

__all__ = ["settled"]

_THIRD = 4
_REACH = 7
"""Semitones that the line may move into the note that is changed."""
_Place = tuple[int, int]


def settled(plan: MusicalPlan, layout: Layout, notes: LayerNotes) -> LayerNotes:
    """Mend leaps into the last note of a section's tune; a plan with a level of difficulty stays as it is.

    Parameters
    ----------
    plan : its sections say where.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    """
    lead = layout.lead
    if lead is None or plan.level is not None:
        return notes
    blocks = {block.bar: block for block in layout.blocks if block.part == lead}
    line = [list(bar) for bar in notes[lead]]
    for section in plan.sections:
        places = [(bar, index) for bar in section.bar_indices for index in range(len(line[bar]))]
        if len(places) > 1:
            _mend(line, blocks, places[-3:])
    return {**notes, lead: line}


def _mend(line: list[list[GridNote]], blocks: dict[int, Block], places: list[_Place]) -> None:
    last, before = places[-1], places[-2]
    here, there = _note(line, last), _note(line, before)
    if abs(here.pitch - there.pitch) <= _THIRD or (here.position == there.position and last[0] == before[0]):
        return
    block = blocks[last[0]]
    tones = block.harmony_at(here.position).tones
    if block.final or (block.cadence == "authentic" and here.pitch % 12 == block.tonic):
        tones = frozenset({here.pitch % 12})
    near = [p for p in range(there.pitch - _THIRD, there.pitch + _THIRD + 1) if p % 12 in tones and p != there.pitch]
    near = [pitch for pitch in near if block.low <= pitch <= block.high]
    if near:
        _change(line, last, min(near, key=lambda pitch: abs(pitch - there.pitch)))
        return
    earlier = _note(line, places[0]).pitch if len(places) > 2 else there.pitch
    beside = _beside(blocks[before[0]], there, here.pitch, earlier)
    if beside is not None:
        _change(line, before, beside)


def _beside(block: Block, note: GridNote, target: int, earlier: int) -> int | None:
    """A pitch for the note before the last: near the target, in the chord or the scale, no leap from what precedes."""
    harmony = block.harmony_at(note.position)
    found = [
        pitch
        for pitch in range(target - _THIRD, target + _THIRD + 1)
        if pitch != target and pitch % 12 in harmony.allowed and block.low <= pitch <= block.high
    ]
    found = [pitch for pitch in found if abs(pitch - earlier) <= _REACH] or found

    def cost(pitch: int) -> tuple[bool, bool, int]:
        return (
            abs(pitch - earlier) > _REACH,
            pitch % 12 not in harmony.tones,
            abs(pitch - target) + abs(pitch - earlier),
        )

    return min(found, key=cost, default=None)


def _note(line: list[list[GridNote]], place: _Place) -> GridNote:
    return line[place[0]][place[1]]


def _change(line: list[list[GridNote]], place: _Place, pitch: int) -> None:
    line[place[0]][place[1]] = _note(line, place)._replace(pitch=pitch)
