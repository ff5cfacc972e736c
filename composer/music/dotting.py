"""The dotting of a tune that comes back: even pairs become long and short, or dotted ones even.

Where eighths go in threes the first of each group is dotted, the rhythm of the siciliano. The pitches and the length of
the bar stay; the first bar, the notes on which the tune comes to rest and the cadence are left as they were.
"""

from __future__ import annotations

from itertools import pairwise

from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.tokens import GRID
from composer.types import Section

__all__ = ["dotted"]

_EIGHTH, _GROUP = GRID // 2, GRID * 3 // 2


def dotted(section: Section, layout: Layout, notes: LayerNotes, *, compound: bool, head: bool = False) -> LayerNotes:
    """Dot the tune of a section, or even it where it has more dotted pairs than even ones.

    Parameters
    ----------
    section : where.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    compound : eighths go in threes.
    head : the section's first bar changes too.
    """
    bars = range(section.start_bar - head, section.end_bar)
    blocks = [block for block in layout.blocks if block.role == "melody" and block.bar in bars]
    blocks = [block for block in blocks if not (block.cadence or block.final)]
    own = [(block, notes[block.part][block.bar]) for block in blocks]
    pairs = [pair for _, bar in own for pair in pairwise(bar)]
    evens = sum(one.length == two.length for one, two in pairs)
    uneven = sum(one.length == 3 * two.length for one, two in pairs)
    out = dict(notes)
    for block, bar in own:
        changed = list(out[block.part])
        moving, rest = (bar[:-1], bar[-1:]) if block.closing else (bar, [])
        changed[block.bar] = [*_turned(moving, block, compound=compound, evened=uneven > evens), *rest]
        out[block.part] = changed
    return out


def _turned(bar: list[GridNote], block: Block, *, compound: bool, evened: bool) -> list[GridNote]:
    if compound:
        return _siciliano(bar)
    return _evened(bar) if evened else _dotted(bar, block)


def _dotted(bar: list[GridNote], block: Block) -> list[GridNote]:
    out = list(bar)
    index = 0
    while index + 1 < len(out):
        one, two = out[index], out[index + 1]
        unit = one.length
        fits = unit in (_EIGHTH, GRID, 2 * GRID) and two.length == unit and two.position == one.position + unit
        if fits and one.position % (2 * unit) == 0:
            short = unit * 2 // 3 if block.triplets and unit == _EIGHTH else unit // 2
            longer = 2 * unit - short
            out[index] = one._replace(length=longer)
            out[index + 1] = two._replace(position=one.position + longer, length=short)
            index += 1
        index += 1
    return out


def _evened(bar: list[GridNote]) -> list[GridNote]:
    out = list(bar)
    for index, (one, two) in enumerate(pairwise(bar)):
        unit = 2 * two.length
        if one.length == 3 * two.length and unit % _EIGHTH == 0 and two.position == one.position + one.length:
            out[index] = one._replace(length=unit)
            out[index + 1] = two._replace(position=one.position + unit, length=unit)
    return out


def _siciliano(bar: list[GridNote]) -> list[GridNote]:
    out = list(bar)
    for index in range(len(bar) - 2):
        group = bar[index : index + 3]
        even = [note.length for note in group] == [_EIGHTH] * 3
        if even and group[0].position % _GROUP == 0 and group[2].position == group[0].position + 2 * _EIGHTH:
            short = _EIGHTH // 2
            out[index] = group[0]._replace(length=_EIGHTH + short)
            out[index + 1] = group[1]._replace(position=group[1].position + short, length=short)
    return out
