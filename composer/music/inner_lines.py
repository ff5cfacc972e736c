"""The inner lines of an accompaniment: what bow and breath do with long and repeated notes.

A line that holds or repeats its notes on every beat is no part that a player likes. People let the rhythm of such lines
return in .26 of the bars and write 7.6 rhythms in sixteen bars (206 lines of our training split); lines from figures
alone had .40 and 4.4. So within a phrase repeated notes are bound, a note turns to its neighbour or passes to a third,
a step down over the bar line is suspended (*prepared, struck and resolved*, J. J. Fux, *Gradus ad Parnassum*, fourth
species), and where the tune rests one line takes up its head. Chords stay: what is added is off the beat, or resolves.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from composer.gm import INSTRUMENTS, KEYED_PROGRAMS
from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.tokens import GRID
from composer.types import MusicalPlan, Section

__all__ = ["with_living_lines"]

_EIGHTH = GRID // 2
_BOUND, _TURNED, _SUSPENDED, _TAKEN_UP = 0.35, 0.45, 0.5, 0.5
"""Shares of the repeated notes that are bound to the one before, of the notes that can turn or pass and do, of the
steps down over a bar line that are suspended, and of the rests of the tune that are answered."""
_CALM = 0.5
"""What a whole unit of calm takes from turns: what is still does not run."""
_HEAD = 4
"""Notes of the tune's head that are taken up, at most."""
_LEAST_S = 0.18
"""Seconds of an added eighth, at least."""

_Line = list[list[GridNote]]


def with_living_lines(plan: MusicalPlan, layout: Layout, notes: LayerNotes, *, seed: int) -> LayerNotes:
    """Vary the single lines that accompany with bow or breath; a plan with a level of difficulty stays plain.

    Parameters
    ----------
    plan : its sections and feeling say where and how much.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    seed : same plan, notes and seed: same lines.
    """
    if plan.level is not None or layout.lead is None:
        return notes
    blocks: dict[int, dict[int, Block]] = {}
    for block in layout.blocks:
        blocks.setdefault(block.part, {})[block.bar] = block
    out = dict(notes)
    answers: set[int] = set()
    for part, own in sorted(blocks.items()):
        single = _is_single_line(plan, layout, own[0])
        if not single and not _is_right_hand(plan, layout, own[0]):
            continue
        rng = random.Random(f"{seed}/inner lines/{part}")
        line = [list(bar) for bar in notes[part]]
        for section in plan.sections:
            inside = range(section.start_bar - 1, min(section.end_bar, plan.bars - 1))
            for bar in inside if single else ():
                line[bar] = list(_varied(plan, line, own, bar, rng))
            if own[0].role == "harmony":
                answers |= _answered(section, line, own, notes[layout.lead], answers, rng)
        out[part] = line
    return out


def _is_single_line(plan: MusicalPlan, layout: Layout, block: Block) -> bool:
    player = INSTRUMENTS[plan.instruments[layout.player(block.part)].program]
    return block.role in ("harmony", "bass") and block.monophonic and player.sustains and not player.polyphonic


def _is_right_hand(plan: MusicalPlan, layout: Layout, block: Block) -> bool:
    """A keyboard's hand that may leave its chords for an answer."""
    keys = plan.instruments[layout.player(block.part)].program in KEYED_PROGRAMS
    return keys and block.role == "harmony" and block.most_at_once > 1 and not block.one_hand


# -------------------------------------------------------------------------------------- one by one


def _varied(
    plan: MusicalPlan, line: _Line, blocks: dict[int, Block], bar: int, rng: random.Random
) -> Iterator[GridNote]:
    """The notes of a bar: bound, turned or suspended."""
    block, notes = blocks[bar], _bound(blocks[bar], line[bar], plan, rng)
    if bar and notes and rng.random() < _SUSPENDED:
        notes = _suspended(notes, line[bar - 1], block)
    after = next((note.pitch for note in line[bar + 1]), None) if bar + 1 < len(line) else None
    quick = _EIGHTH / GRID * 60 / plan.tempo_bpm < _LEAST_S
    share = 0.0 if quick or block.role == "bass" else _TURNED * (1 + _CALM * min(0.0, plan.arousal))
    for number, note in enumerate(notes):
        target = notes[number + 1].pitch if number + 1 < len(notes) else after
        between = _between(note, target, block) if rng.random() < share else None
        if between is None:
            yield note
        else:
            yield note._replace(length=note.length - _EIGHTH)
            yield GridNote(position=note.position + note.length - _EIGHTH, pitch=between, length=_EIGHTH)


def _bound(block: Block, notes: list[GridNote], plan: MusicalPlan, rng: random.Random) -> list[GridNote]:
    """Notes of one pitch that follow each other, of a beat or more, as one; not over the middle of the bar."""
    middle, out = plan.time.middle_step, list[GridNote]()
    for note in notes:
        last = out[-1] if out else None
        follows = last is not None and last.pitch == note.pitch and last.position + last.length == note.position
        whole = min(note.length, last.length if last else 0) >= GRID and note.position != middle
        if last is not None and follows and whole and note.position < block.length and rng.random() < _BOUND:
            out[-1] = last._replace(length=last.length + note.length)
        else:
            out.append(note)
    return out


def _between(note: GridNote, target: int | None, block: Block) -> int | None:
    """A neighbour before the same pitch, a passing note before a third; None where nothing fits."""
    end = note.position + note.length
    if target is None or not GRID <= note.length <= 2 * GRID or end % GRID or end > block.length:
        return None
    allowed = block.harmony_at(min(end, block.length) - 1).allowed
    apart = abs(target - note.pitch)
    if apart == 0:
        ways = [note.pitch - 1, note.pitch - 2, note.pitch + 2, note.pitch + 1]
    elif apart in (3, 4):
        ways = [note.pitch + step * (1 if target > note.pitch else -1) for step in (2, 1)]
    else:
        return None
    return next((pitch for pitch in ways if pitch % 12 in allowed and block.low <= pitch <= block.high), None)


def _suspended(notes: list[GridNote], before: list[GridNote], block: Block) -> list[GridNote]:
    """The last pitch of the bar before, held over as a dissonance that steps down within the first note."""
    first, tones = notes[0], block.harmony_at(0).tones
    prepared = before and before[-1].position + before[-1].length >= block.length
    if (
        first.position
        or first.length < 2 * GRID
        or not prepared
        or block.cadence == "authentic"
        or block.role == "bass"
    ):
        return notes
    pitch = before[-1].pitch
    if pitch - first.pitch not in (1, 2) or pitch % 12 in tones or not block.low <= pitch <= block.high:
        return notes
    held = GridNote(position=0, pitch=pitch, length=GRID)
    return [held, first._replace(position=GRID, length=first.length - GRID), *notes[1:]]


# -------------------------------------------------------------------------------------- the answer


def _answered(
    section: Section, line: _Line, blocks: dict[int, Block], tune: _Line, taken: set[int], rng: random.Random
) -> set[int]:
    """Take up the head of a section's tune in bars where the tune has come to rest; returns these bars."""
    bars = section.bar_indices
    head = [note for bar in bars[:1] for note in tune[bar]][:_HEAD]
    found = set[int]()
    for bar in bars[:-1]:
        block = blocks[bar]
        rests = max((note.position + note.length for note in tune[bar]), default=0)
        start = -(-max(rests, block.length // 2) // GRID) * GRID
        idle = bar not in taken and not block.final and not block.doubles and not block.silent
        free = idle and bar and block.length - start >= GRID
        if len(head) < 2 or not free or rng.random() >= _TAKEN_UP:
            continue
        answer = _answer(head, line[bar], block, start)
        if len(answer) > 1:
            kept = [
                note._replace(length=min(note.length, start - note.position))
                for note in line[bar]
                if note.position < start
            ]
            line[bar] = [*kept, *answer]
            found.add(bar)
    return found


def _answer(head: list[GridNote], notes: list[GridNote], block: Block, start: int) -> list[GridNote]:
    """The rhythm and the steps of a head from a place of the bar on, from the nearest tone of the chord."""
    around = next((note.pitch for note in reversed(notes) if note.position <= start), None)
    harmony = block.harmony_at(start)
    if around is None:
        return []
    near = [pitch for pitch in range(block.low, block.high + 1) if pitch % 12 in harmony.tones]
    pitch = min(near, key=lambda pitch: (abs(pitch - around), pitch), default=None)
    out: list[GridNote] = []
    for number, note in enumerate(head):
        position = start + note.position - head[0].position
        if pitch is None or position >= block.length:
            break
        out.append(GridNote(position=position, pitch=pitch, length=min(note.length, block.length - position)))
        if number + 1 < len(head):
            wished = pitch + head[number + 1].pitch - note.pitch
            fits = [p for p in range(block.low, block.high + 1) if p % 12 in block.harmony_at(position).allowed]
            pitch = min(fits, key=lambda p: (abs(p - wished), p), default=None)
    return out
