"""Hands: a keyboard's or harp's notes parted between two staves, and how long each is written.

A hand keeps the music as long as it reads well. What rings by itself or soon dies away is written until the next note.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from composer.rendering.notation.meters import STEPS_PER_QUARTER, BarSpan, bar_at
from composer.rendering.notation.voices import StaffNote, written_singly

__all__ = ["note_by_note", "part_hands", "until_next"]

_MIDDLE_C = 60
_TREBLE_LOW, _BASS_HIGH = 52, 64
"""How low the upper staff and how high the lower one may go where the other could take over: three ledger lines, two.

Chords of the right hand lie low more often than those of the left lie high.
"""
_LINE_LOW, _LINE_HIGH, _COMPASS = 52, 69, 16
"""The same for a broken chord or a run that one hand plays: three ledger lines, and a tenth from end to end."""
_ONE_MORE_HAND, _OTHER_HAND = 1.5, 4.0
"""Cost of a hand that joins or leaves, and of one that takes over, on the scale of `_difficulty`."""
_TORN = 1.0
"""Cost of a chord that is divided between the hands though one of them reaches it."""
_OCTAVE = 12
_RUN = 6
"""Single notes of a bar from which on it runs."""
_TWO_VOICES = 2
"""What two plain voices in one staff count, in overlapping notes."""
_REACH = 13
"""Semitones that a hand spans at most."""


def part_hands(
    notes: Iterable[StaffNote], spans: Sequence[BarSpan], *, fades: bool
) -> tuple[list[StaffNote], list[StaffNote]]:
    """Right and left hand, parted in every bar at a pitch that is easy to read, so that the part seldom changes hands.

    The splits of all bars are found together (Viterbi): a bar's own difficulty, and what a hand that comes or goes
    costs against the bar before.
    """
    bars: dict[int, list[StaffNote]] = {}
    for note in notes:
        bars.setdefault(bar_at(spans, note.start), []).append(note)
    best: list[tuple[float, tuple[int, ...], tuple[bool, ...]]] = [(0.0, (), ())]
    for _, group in sorted(bars.items()):
        ways: dict[tuple[bool, bool], tuple[float, int]] = {}  # hands in use -> difficulty, split
        for split in _splits(group):
            used = (any(note.pitch >= split for note in group), any(note.pitch < split for note in group))
            cost = _difficulty(group, split, fades=fades) + 0.01 * abs(split - _MIDDLE_C)
            ways[used] = min(ways.get(used, (cost, split)), (cost, split))
        best = [
            min((before + cost + _change(last, used), (*splits, split), used) for before, splits, last in best)
            for used, (cost, split) in ways.items()
        ]
    hands: tuple[list[StaffNote], list[StaffNote]] = ([], [])
    for (_, group), split in zip(sorted(bars.items()), min(best)[1], strict=True):
        for note in group:
            hands[note.pitch < split].append(note)
    return hands


def _splits(group: Sequence[StaffNote]) -> Sequence[int]:
    """Lowest pitches of the right hand to choose from: from "all in the left hand" to "all in the right"."""
    pitches = [note.pitch for note in group]
    lowest, highest = min(pitches), max(pitches)
    splits = list(range(max(_TREBLE_LOW, lowest), min(_BASS_HIGH + 1, highest + 1) + 1))
    line = _moving(group)
    if line:
        lowest, highest = min(note.pitch for note in line), max(note.pitch for note in line)
    if highest - lowest <= _COMPASS and (line or _is_line(group)):
        splits += [lowest] * (lowest >= _LINE_LOW) + [highest + 1] * (highest <= _LINE_HIGH)
    return splits or (_MIDDLE_C,)


def _moving(group: Sequence[StaffNote]) -> list[StaffNote]:
    """The line of single notes over a bass that is held below it; empty where a bar is no such thing."""
    bass = {
        note for note in group
        if any(note.start <= other.start < note.end and other.end < note.end for other in group)
        and all(note.pitch <= other.pitch for other in group if note.start <= other.start < note.end)
    }  # fmt: skip
    line = [note for note in group if note not in bass]
    return line if bass and _is_line(line) and _is_line(sorted(bass)) else []


def _is_line(group: Sequence[StaffNote]) -> bool:
    """One note after another."""
    return len({note.start for note in group}) == len(group)


def _change(before: tuple[bool, ...], after: tuple[bool, ...]) -> float:
    """What it costs the reader that the music moves from one hand to the other, or to both, at a bar line."""
    if not before or before == after:
        return 0.0
    return _ONE_MORE_HAND if True in (all(before), all(after)) else _OTHER_HAND


def _difficulty(group: Sequence[StaffNote], split: int, *, fades: bool) -> float:
    """What a bar asks: overlapping lines, chords beyond reach, jumps from staff to staff, waiting, ledger lines."""
    right = [note for note in group if note.pitch >= split]
    left = [note for note in group if note.pitch < split]
    ledgers = sum(max(0, _MIDDLE_C - note.pitch) for note in right) + sum(max(0, n.pitch - _MIDDLE_C) for n in left)
    wide = 3.0 * (_beyond_reach(right) + _beyond_reach(left))
    jumps = 1.5 * max(0, _crossings(group, split) - 1)
    waits = 0.4 * (_waits(right, group) + _waits(left, group)) / STEPS_PER_QUARTER
    tangled = 2.0 * sum(_tangles(written_singly(hand) if fades else hand) for hand in (right, left))
    torn = _TORN * _torn(group, split)
    return tangled + wide + jumps + waits + torn + bool(right and left) + 0.1 * ledgers


def _torn(group: Sequence[StaffNote], split: int) -> float:
    """How many chords that one hand reaches are divided while something else sounds, which the other hand has.

    Where nothing else sounds a chord may be divided at its widest gap.
    """
    blocks: dict[tuple[float, float], list[int]] = {}
    for note in sorted(group):
        blocks.setdefault((note.start, note.end), []).append(note.pitch)
    torn = 0.0
    for (start, end), pitches in blocks.items():
        if pitches[0] < split <= pitches[-1] <= pitches[0] + _REACH:
            others = any(n.start <= start < n.end and (n.start, n.end) != (start, end) for n in group)
            gaps = {upper: upper - lower for lower, upper in pairwise(pitches)}
            here = gaps[min(pitch for pitch in pitches if pitch >= split)]
            torn += 1.0 if others else (max(gaps.values()) - here) / _OCTAVE
    return torn


def _waits(hand: Sequence[StaffNote], group: Sequence[StaffNote]) -> int:
    """Steps for which a hand that plays in a bar rests while the other goes on."""
    if not hand:
        return 0
    sounding = {step for note in hand for step in _covered(note)}
    return len({step for note in group for step in _covered(note)} - sounding)


def _covered(note: StaffNote) -> range:
    """The steps in which a note begins or sounds."""
    return range(math.floor(note.start), math.ceil(note.end))


def _crossings(group: Sequence[StaffNote], split: int) -> int:
    """How often a single line, a broken chord say, goes from hand to hand: each time leaves rests in both staves."""
    line = sorted(_moving(group) or group, key=lambda note: note.start)
    if not _is_line(line):
        return 0
    return sum((one.pitch >= split) != (two.pitch >= split) for one, two in pairwise(line))


def _beyond_reach(notes: Sequence[StaffNote]) -> int:
    """Chords that one hand does not reach."""
    chords: dict[float, list[int]] = {}
    for note in notes:
        chords.setdefault(note.start, []).append(note.pitch)
    return sum(max(pitches) - min(pitches) > _REACH for pitches in chords.values())


def _tangles(hand: Sequence[StaffNote]) -> int:
    """How hard its overlapping notes are to read: a moving line over a held bass is two plain voices."""
    overlaps = _overlaps(hand)
    return min(overlaps, _TWO_VOICES) if _moving(hand) else overlaps


def _overlaps(notes: Iterable[StaffNote]) -> int:
    spans = sorted({(note.start, note.end) for note in notes})
    return sum(other[0] < span[1] for index, span in enumerate(spans) for other in spans[index + 1 :])


# ------------------------------------------------------------------------------------------- lengths


def note_by_note(hand: Sequence[StaffNote], spans: Sequence[BarSpan]) -> list[StaffNote]:
    """A hand on keys; in bars where it runs through a chord, over a bass or not, notes are written until the next."""
    bars: dict[int, list[StaffNote]] = {}
    for note in hand:
        bars.setdefault(bar_at(spans, note.start), []).append(note)
    return [note for bar in bars.values() for note in (until_next(bar, bass=True) if _runs(bar) else _struck_anew(bar))]


def _struck_anew(bar: Sequence[StaffNote]) -> list[StaffNote]:
    """The notes of a bar, with what reaches a little into the hand's next chord written until it comes.

    A single note that is held below or above others is a voice of its own.
    """
    starts, blocks = Counter(note.start for note in bar), Counter((note.start, note.end) for note in bar)
    chords = sorted(start for start, count in starts.items() if count > 1)
    made = []
    for note in bar:
        after = next((start for start in chords if start > note.start), note.end)
        alone = starts[note.start] > blocks[note.start, note.end] == 1
        cut = not alone and 0 < note.end - after <= STEPS_PER_QUARTER
        made.append(replace(note, end=after) if cut else note)
    return made


def _runs(group: Sequence[StaffNote]) -> bool:
    """Single notes, eighths or quicker, some of which are held into the next ones."""
    quick = 2 * (max(n.start for n in group) - min(n.start for n in group)) <= STEPS_PER_QUARTER * (len(group) - 1)
    return len(group) >= _RUN and quick and _is_line(group) and _overlaps(_moving(group) or group) > 0


def until_next(hand: Sequence[StaffNote], *, bass: bool) -> list[StaffNote]:
    """Notes as they are struck, as what rings by itself or soon dies away; only a ``bass`` is held under others."""
    made = []
    for note in hand:
        during = [other for other in hand if note.start < other.start < note.end]
        sounding = [other for other in hand if other.start <= note.start < other.end]
        lowest = all(note.pitch < other.pitch for other in during) and all(note.pitch <= one.pitch for one in sounding)
        until = note.end if bass and lowest else min((other.start for other in during), default=note.end)
        made.append(replace(note, end=until))
    return made
