"""The octaves of a left hand: a pianist's bass with the octave below, in the louder sections.

How much of a piece is played so follows from the window of music by people that is near its plan
(`composer.proportions`): the loudest sections come first. A bar is doubled whole or not at all, where its line is
simple, unhurried and high enough.
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
_PITCHES = 3
"""Different pitches of a bar that is doubled, at most: what goes up and down through a chord is a figure of its own."""


def doubled_sections(plan: MusicalPlan, layer: Layer) -> frozenset[str]:
    """Names of the sections in which a layer is played in octaves; a plan with a level of difficulty stays plain."""
    if plan.level is not None or layer.octaves < _LEAST_SHARE:
        return frozenset()
    found: set[str] = set()
    bars = 0
    for section in sorted(plan.sections, key=lambda section: -_level(plan, section)):
        if section.opening or _level(plan, section) < _LOUD or bars + section.bars / 2 > layer.octaves * plan.bars:
            break
        found.add(section.name)
        bars += section.bars
    return frozenset(found)


def _level(plan: MusicalPlan, section: Section) -> float:
    levels = plan.dynamics[section.start_bar - 1 : section.end_bar]
    return sum(levels) / len(levels)


def with_octaves(plan: MusicalPlan, layout: Layout, notes: LayerNotes) -> LayerNotes:
    """Add the lower octaves in blocks that are to have them.

    Parameters
    ----------
    plan : its tempo says what is unhurried, its instruments how low they reach.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    """
    out = dict(notes)
    for block in layout.blocks:
        player = plan.instruments[layout.player(block.part)]
        line = notes[block.part][block.bar]
        if block.octaves and _is_simple(block, line, plan, player.low + layout.shift):
            bars = list(out[block.part])
            bars[block.bar] = sorted(note for one in line for note in (one, one._replace(pitch=one.pitch - 12)))
            out[block.part] = bars
    return out


def _is_simple(block: Block, line: list[GridNote], plan: MusicalPlan, lowest: int) -> bool:
    """One note at a time, none quick, few pitches, and room below."""
    gaps = [other.position - one.position for one, other in pairwise(line)]
    quickest = min(gaps, default=GRID) / GRID * 60 / plan.tempo_bpm
    pitches = {note.pitch for note in line}
    low_enough = all(pitch - 12 >= lowest for pitch in pitches)
    return low_enough and quickest >= _LEAST_S and len(pitches) <= _PITCHES and not block.fading
