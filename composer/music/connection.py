"""The connection of a tune: rests within a phrase are filled, so that it does not stop in every bar.

In 382 tunes of our training split a bar has a rest of an eighth or more in .27, begins with one in .08, and hardly two
bars on end do. Ours had .43 and .27, three on end in a quarter of the pieces, because a motif that begins with a rest
is taken up with its rest. Where no phrase ends the note before sounds on, over the bar line too if the chord has it or
the line goes on from it by step, and else a tone of the chord leads over. The same bar is filled the same way whenever
it comes, so that what returns is known again.
"""

from __future__ import annotations

import random

from composer.circumplex import stillness
from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.tokens import GRID
from composer.types import MusicalPlan

__all__ = ["connected"]

_FILLED = 0.8
"""Share of the rests within phrases that are filled, in what is not still."""
_SHORTEST = GRID // 2
_LONGEST = 2 * GRID
"""Grid steps of a rest that is filled: shorter ones articulate, longer ones are meant."""


def connected(plan: MusicalPlan, layout: Layout, notes: LayerNotes, *, seed: int) -> LayerNotes:
    """Fill rests within the phrases of tune and counter-melody; a plan with a level of difficulty stays as it is.

    Parameters
    ----------
    plan : its feeling says how much rest it may have.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    seed : same plan, notes and seed: same tune.
    """
    if plan.level is not None:
        return notes
    share = _FILLED * (1 - stillness(plan.valence, plan.arousal))
    starts = {section.start_bar - 1 for section in plan.sections}
    starts |= {block.bar + 1 for block in layout.blocks if block.role == "melody" and block.closing}
    tunes = {block.part for block in layout.blocks if block.role in ("melody", "counter")}
    out = {part: list(line) if part in tunes else line for part, line in notes.items()}
    for block in (block for block in layout.blocks if block.part in tunes):
        line = out[block.part]
        rng = random.Random(f"{seed}/connection/{[tuple(note) for note in notes[block.part][block.bar]]}")
        before = line[block.bar - 1] if block.bar and block.bar not in starts else []
        filled = _filled(before, line[block.bar], block, share, rng)
        if filled is not None and before:
            line[block.bar - 1], line[block.bar] = filled
        elif filled is not None:
            line[block.bar] = filled[1]
    return out


def _filled(
    before: list[GridNote], bar: list[GridNote], block: Block, share: float, rng: random.Random
) -> tuple[list[GridNote], list[GridNote]] | None:
    """The bar before and the bar without their rests; None where all stays."""
    if block.final or block.silent or not bar:
        return None
    last = before[-1]._replace(position=before[-1].position - block.length) if before else None
    line = [*([last] if last else []), *bar]
    made: list[GridNote] = line[:1]
    for note in line[1:]:
        here = made[-1]
        end = here.position + here.length
        gap = note.position - max(end, 0)
        if _SHORTEST <= note.position - end <= _LONGEST and gap > 0 and rng.random() < share:
            harmony = block.harmony_at(max(end, 0))
            steps_on = abs(note.pitch - here.pitch) in (1, 2) and here.pitch % 12 in harmony.allowed
            if here.pitch % 12 in harmony.tones or steps_on:
                made[-1] = here._replace(length=note.position - here.position)
            else:
                made += _leading(here, note, block)
        made.append(note)
    if made == line:
        return None
    if last is None:
        return [], made
    first = made[0]._replace(position=made[0].position + block.length)
    return [*before[:-1], first], made[1:]


def _leading(here: GridNote, note: GridNote, block: Block) -> list[GridNote]:
    """A tone of the chord in the rest between two notes, as near to both as can be."""
    start = max(here.position + here.length, 0)
    tones = block.harmony_at(start).tones
    found = [p for p in range(block.low, block.high + 1) if p % 12 in tones and p != here.pitch]
    if not found:
        return []
    pitch = min(found, key=lambda p: (abs(p - here.pitch) + abs(p - note.pitch), p))
    return [GridNote(position=start, pitch=pitch, length=note.position - start)]
