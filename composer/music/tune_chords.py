"""The chords below a tune that a keyboard's right hand plays: thirds and sixths, or fuller ones on the beats.

The upper staves of 805 piano works of our training split strike 1.4 notes at each onset; a quarter keep to a single
line (1.1 and less), a tenth are chords throughout (2.0). A piece has a fullness of its own, and each section a manner
that it keeps when it returns.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from composer.circumplex import stillness
from composer.gm import KEYED_PROGRAMS
from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.tokens import GRID
from composer.types import MusicalPlan

__all__ = ["CLOSE", "chord_below", "with_tune_chords"]

CLOSE, _REACH = 3, 12
"""Least distance between two notes of a hand, and from its highest to its lowest, in semitones."""
_FULLNESS = (0.0, 0.6, 1.0)
"""Shares of a piece's sections that have chords; one of them is drawn."""
_THIRDS = 0.5
"""Share of those sections in which every note that is slow enough has its third or sixth; the others have chords on
the beats."""
_MOST = 2
_LEAST_S = 0.2
"""Seconds of a note that has another below it, at least."""
_STILL = 0.7
"""What quiet sadness takes from the fullness: a single line."""
_CLASH = frozenset({1, 2, 10, 11})
"""Semitones above another part's note, within an octave, at which no third is set."""


def with_tune_chords(plan: MusicalPlan, layout: Layout, notes: LayerNotes, *, seed: int) -> LayerNotes:
    """Put chords below the tune of a keyboard that leads; a plan with a level of difficulty stays plain.

    Parameters
    ----------
    plan : its instruments say who leads and how many notes at once are asked for.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    seed : same plan, notes and seed: same chords.
    """
    lead = layout.lead
    if plan.level is not None or lead is None or not _is_full(plan, layout.player(lead)):
        return notes
    full = random.Random(f"{seed}/tune chords").choice(_FULLNESS) * (1 - _STILL * stillness(plan.valence, plan.arousal))
    blocks = {block.bar: block for block in layout.blocks if block.part == lead}
    lowest = plan.instruments[layout.player(lead)].low + layout.shift
    line = list(notes[lead])
    for section in plan.sections:
        rng = random.Random(f"{seed}/tune chords/{section.varies or section.name}")
        chords, thirds = rng.random() < full, rng.random() < _THIRDS
        for bar in section.bar_indices if chords and section.variation != "orchestration" else ():
            others = [note for part in notes if part != lead for note in notes[part][bar]]
            line[bar] = sorted(
                note
                for one in notes[lead][bar]
                for note in (one, *_below(one, blocks[bar], others, plan, lowest=lowest, thirds=thirds))
            )
    return {**notes, lead: line}


def _is_full(plan: MusicalPlan, player: int) -> bool:
    """A keyboard that is not asked for a single line."""
    instrument = plan.instruments[player]
    return instrument.program in KEYED_PROGRAMS and instrument.voices != 1


def _below(
    note: GridNote, block: Block, others: Sequence[GridNote], plan: MusicalPlan, *, lowest: int, thirds: bool
) -> list[GridNote]:
    """What the hand strikes below a note of its tune, above what the left hand holds then."""
    if note.length / GRID * 60 / plan.tempo_bpm < _LEAST_S or block.silent:
        return []
    end = note.position + note.length
    near = [other.pitch for other in others if other.position < end and note.position < other.position + other.length]
    above = max([lowest - 1, *(pitch + CLOSE - 1 for pitch in near)])
    if thirds:
        return _third(note, block, above, near)
    return [] if note.position % GRID else chord_below(note, block, above=above, most=_MOST)


def _third(note: GridNote, block: Block, above: int, near: Sequence[int]) -> list[GridNote]:
    """The third below where the chord or the scale has it, else the sixth; none that rubs against another part."""
    harmony = block.harmony_at(min(note.position, block.length - 1))
    tones = harmony.tones if note.pitch % 12 in harmony.tones else harmony.allowed
    for by in (3, 4, 8, 9):
        pitch = note.pitch - by
        if pitch % 12 in tones and pitch > above and not any((pitch - other) % 12 in _CLASH for other in near):
            return [note._replace(pitch=pitch)]
    return []


def chord_below(note: GridNote, block: Block, *, above: int, most: int) -> list[GridNote]:
    """The tones of the chord within a hand under a note, at most ``most`` of them, each higher than ``above``."""
    tones = block.harmony_at(min(note.position, block.length - 1)).tones
    found: list[GridNote] = []
    for pitch in range(note.pitch - CLOSE, max(note.pitch - _REACH, above + 1) - 1, -1):
        apart = min((one.pitch for one in found), default=note.pitch) - pitch
        if pitch % 12 in tones and apart >= CLOSE and len(found) < most:
            found.append(note._replace(pitch=pitch))
    return found
