"""The octaves of a left hand: a pianist's bass in octaves, in the louder sections.

How much of a piece is played so follows from the window of music by people that is near its plan
(`composer.proportions`): the loudest sections come first. A bar is doubled whole or not at all, where its line is
simple and unhurried.
"""

from __future__ import annotations

from itertools import pairwise

from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.layers import Layer
from composer.music.tokens import GRID
from composer.types import MusicalPlan, Section

__all__ = ["doubled_sections", "with_octaves"]

_LEAST_SHARE, _LOUD = 0.15, 0.4
"""Share of the left hand's strokes that are doubled in the window from which on any section is, and the mean level of
a section (0..1) from which on it may be."""
_LEAST_S = 0.2
"""Seconds from octave to octave, at least."""
_LEFT_ENDS = 60
"""Canonical pitch below which a left hand's octaves end where the right hand rests."""
_PITCHES = 3
"""Different pitches of a bar that is doubled, at most: what goes up and down through a chord is a figure of its own."""


def doubled_sections(plan: MusicalPlan, layer: Layer) -> frozenset[str]:
    """Names of the sections in which a layer is played in octaves; a plan with a level of difficulty stays plain."""
    if plan.level is not None or layer.octaves < _LEAST_SHARE:
        return frozenset()
    found: set[str] = set()
    bars = 0
    stated = [section for section in plan.sections if not section.opening]
    for section in sorted(stated, key=lambda section: -_level(plan, section)):
        if _level(plan, section) < _LOUD or bars + section.bars / 2 > layer.octaves * plan.bars:
            break
        found.add(section.name)
        bars += section.bars
    return frozenset(found)


def _level(plan: MusicalPlan, section: Section) -> float:
    levels = plan.dynamics[section.start_bar - 1 : section.end_bar]
    return sum(levels) / len(levels)


def with_octaves(plan: MusicalPlan, layout: Layout, notes: LayerNotes) -> LayerNotes:
    """Add the octaves in blocks that are to have them: the lower one, or where there is no room the upper one.

    A left hand over somebody else's bass does not go below it: that would be another chord.

    Parameters
    ----------
    plan : its tempo says what is unhurried, its instruments how low they reach.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    """
    out = dict(notes)
    for block in layout.blocks:
        line = notes[block.part][block.bar]
        if not block.octaves or not line or not _is_simple(block, line, plan):
            continue
        lowest = max(plan.instruments[layout.player(block.part)].low + layout.shift, _bass(layout, notes, block))
        if min(note.pitch for note in line) - 12 >= lowest:
            by = -12
        elif max(note.pitch for note in line) + 12 < _other_hand(layout, notes, block):
            by = 12
        else:
            continue
        bars = list(out[block.part])
        bars[block.bar] = sorted(note for one in line for note in (one, one._replace(pitch=one.pitch + by)))
        out[block.part] = bars
    return out


def _bass(layout: Layout, notes: LayerNotes, block: Block) -> int:
    """The lowest note of the other players in the bar, under a part that is no bass itself; 0 where there is none."""
    if block.role == "bass":
        return 0
    player = layout.player(block.part)
    others = [part for part in notes if layout.player(part) != player]
    return min((note.pitch for part in others for note in notes[part][block.bar]), default=0)


def _other_hand(layout: Layout, notes: LayerNotes, block: Block) -> int:
    """The lowest note of the player's other layers in the bar; where there is none, where a left hand ends."""
    player = layout.player(block.part)
    others = [part for part in notes if part != block.part and layout.player(part) == player]
    return min((note.pitch for part in others for note in notes[part][block.bar]), default=_LEFT_ENDS)


def _is_simple(block: Block, line: list[GridNote], plan: MusicalPlan) -> bool:
    """One note at a time, none quick, and few pitches."""
    gaps = [other.position - one.position for one, other in pairwise(line)]
    quickest = min(gaps, default=GRID) / GRID * 60 / plan.tempo_bpm
    return not block.fading and quickest >= _LEAST_S and len({note.pitch for note in line}) <= _PITCHES
