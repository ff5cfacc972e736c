"""The doubling of a tune (*colla parte*): a keyboard's right hand plays along with the voice that it accompanies.

In 91 songs of our validation split the piano's highest note is the voice's in .39 of the voice's notes, in a quarter of
them in .58 and more. So the accompaniment sings by step as the tune does, and its chords change their highest note with
it; where the hand only has chords of its own, its highest line repeats and leaps. How much of a piece is doubled
follows from a window of music by people near its plan (`composer.proportions`), section by section.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from composer.gm import KEYBOARD_PROGRAMS, KEYED_PROGRAMS
from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.layers import Layer
from composer.music.tokens import GRID
from composer.music.tune_chords import CLOSE, chord_below
from composer.proportions import Proportions
from composer.types import MusicalPlan

__all__ = ["doubled_bars", "with_doubled_tune"]

_USUAL, _BY_CHANCE = 0.25, 0.15
"""Share of the tune's notes where no window says it, and the share below which tune and chords only meet by chance."""
_BELOW = 2
"""Notes of the hand under the tune's, at most."""
_LONG = 2 * GRID
"""Steps after which a note of the tune that is still held has the hand's own strokes under it."""
_FITS, _LOWER = 0.9, 7
"""Share of the tune's notes that lie within the hand's range where it plays along, and semitones by which it goes below
that range for them."""


def doubled_bars(
    plan: MusicalPlan, layers: Sequence[Layer], near: Proportions, rng: random.Random
) -> dict[int, frozenset[int]]:
    """Layer number -> the bars, from 0, in which a right hand plays along with another player's tune.

    Whole sections are doubled, and what returns as its model is.

    Parameters
    ----------
    plan, layers : a plan with a level of difficulty stays plain, and so does a keyboard that has the tune itself.
    near : its share ``doubled``.
    rng : source of the choices.
    """
    lead = next((layer for layer in layers if layer.role == "melody"), None)
    share = near.get("doubled", _USUAL)
    if plan.level is not None or lead is None or lead.instrument.program in KEYBOARD_PROGRAMS or share < _BY_CHANCE:
        return {}
    names = [section.varies or section.name for section in plan.sections if not section.opening]
    bars: set[int] = set()
    for name in rng.sample(sorted(set(names)), len(set(names))):
        those = {
            bar for section in plan.sections if name in (section.name, section.varies) for bar in section.bar_indices
        }
        if len(bars) + len(those) / 2 <= share * plan.bars:
            bars |= those
    bars.discard(plan.bars - 1)
    return {layer.number: frozenset(bars) for layer in layers if _is_right_hand(layer)}


def _is_right_hand(layer: Layer) -> bool:
    keys = layer.instrument.program in KEYED_PROGRAMS and layer.role == "harmony"
    return keys and not layer.carries and layer.instrument.voices in (None, 2, 3, 4)


def with_doubled_tune(plan: MusicalPlan, layout: Layout, notes: LayerNotes) -> LayerNotes:
    """Let a right hand play the tune with chords below it, in blocks that are to have it.

    A tune that lies beyond the hand is doubled at the octave. The hand's own strokes stay where the tune rests or
    holds a note for two quarters and more.

    Parameters
    ----------
    plan : its instruments say how high they reach.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    """
    out = dict(notes)
    lead = layout.lead
    for block in layout.blocks:
        if not block.doubles or block.silent or lead is None:
            continue
        player = layout.player(block.part)
        keys = plan.instruments[player]
        reach = range(max(block.low - _LOWER, keys.low + layout.shift), keys.high + layout.shift + 1)
        tune = _placed(notes[lead][block.bar], block, reach)
        if tune:
            lefts = [part for part in notes if part != block.part and layout.player(part) == player]
            left = max((note.pitch for part in lefts for note in notes[part][block.bar]), default=0)
            chords = [note for one in tune for note in _below(one, block, max(left, block.low - CLOSE, reach[0] - 1))]
            bars = list(out[block.part])
            bars[block.bar] = sorted([*tune, *chords, *_between(notes[block.part][block.bar], tune)])
            out[block.part] = bars
    return out


def _placed(tune: Sequence[GridNote], block: Block, reach: range) -> list[GridNote]:
    """The tune's notes of a bar within reach, as they are or an octave from there, held to the bar line at most."""
    if not tune:
        return []
    for by in (0, 12, -12):
        fits = [note for note in tune if note.pitch + by in reach]
        if len(fits) >= _FITS * len(tune):
            return [
                note._replace(pitch=note.pitch + by, length=min(note.length, block.length - note.position))
                for note in fits
            ]
    return []


def _below(note: GridNote, block: Block, above: int) -> list[GridNote]:
    """The tones of the chord under a note of the tune that begins on a beat, higher than ``above``."""
    if note.position % GRID:
        return []
    most = max((stroke.notes for stroke in block.figure), default=block.most_at_once)
    return chord_below(note, block, above=above, most=min(_BELOW, most))


def _between(hand: Sequence[GridNote], tune: Sequence[GridNote]) -> list[GridNote]:
    """What the hand strikes of its own: where the tune is silent, and clear of it under a long note."""
    out: list[GridNote] = []
    for note in hand:
        over = next((one for one in tune if one.position <= note.position < _end(one)), None)
        after = min((one.position for one in tune if one.position > note.position), default=_end(note))
        own = note._replace(length=min(note.length, after - note.position))
        if over is None or (note.position - over.position >= _LONG and note.pitch <= over.pitch - CLOSE):
            out.append(own)
    return out


def _end(note: GridNote) -> int:
    return note.position + note.length
