"""Voices: the notes of one staff as at most two lines of chords.

Notes that start and end together are a chord. Where chords overlap, the higher line is voice 1 and the lower one
voice 2; what does not fit into two lines is cut where its neighbours begin and end, and tied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Chord", "Head", "StaffNote", "lines"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class StaffNote:
    """A note of the score: `start` and `end` in steps from the beginning, MIDI `pitch`."""

    start: int
    end: int
    pitch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A note head: the note it belongs to, and whether it is tied to the one before and after."""

    note: StaffNote
    tied_in: bool
    tied_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """Heads from `start` to `end` (steps), lowest first."""

    start: int
    end: int
    heads: tuple[Head, ...]


_Block = tuple[StaffNote, ...]


def lines(notes: Iterable[StaffNote], hands: Sequence[Iterable[StaffNote]] = ()) -> tuple[list[Chord], list[Chord]]:
    """Voice 1 and voice 2 of a staff; the second is empty where one line says it all.

    Parameters
    ----------
    notes : the staff's notes in any order.
    hands : when given, the two voices' notes as decided before; `notes` is not looked at.
    """
    if hands:
        return _slices(hands[0]), _slices(hands[1])
    blocks: dict[tuple[int, int], list[StaffNote]] = {}
    for note in sorted(notes):
        blocks.setdefault((note.start, note.end), []).append(note)
    voices: tuple[list[StaffNote], list[StaffNote]] = ([], [])
    for cluster in _clusters([tuple(block) for block in blocks.values()]):
        for voice, block in _share(cluster):
            voices[voice].extend(block)
    return _slices(voices[0]), _slices(voices[1])


def _clusters(blocks: list[_Block]) -> list[list[_Block]]:
    """Runs of blocks that hang together by overlapping."""
    clusters: list[list[_Block]] = []
    end = 0
    for block in sorted(blocks):
        if not clusters or block[0].start >= end:
            clusters.append([])
        clusters[-1].append(block)
        end = max(end, block[0].end)
    return clusters


def _share(cluster: list[_Block]) -> list[tuple[int, _Block]]:
    """A voice for each block of a cluster: the free one, the one that fits the height, the one that is nearer."""
    if len(cluster) == 1:
        return [(0, cluster[0])]
    last: list[_Block | None] = [None, None]
    shared: list[tuple[int, _Block]] = []
    for block in sorted(cluster, key=lambda block: (block[0].start, -_height(block))):
        others = [other for other in cluster if other is not block and _overlap(other, block)]
        above = sum(_height(other) for other in others) <= _height(block) * len(others)
        wanted = 0 if above else 1
        free = [voice for voice in (0, 1) if _ends_by(last[voice], block[0].start)]
        if not free:
            free = sorted((0, 1), key=lambda voice: abs(_height(last[voice] or block) - _height(block)))[:1]
        voice = wanted if wanted in free else free[0]
        shared.append((voice, block))
        previous = last[voice]
        if previous is None or previous[0].end < block[0].end:
            last[voice] = block
    return _higher_first(shared)


def _higher_first(shared: list[tuple[int, _Block]]) -> list[tuple[int, _Block]]:
    heights = [[_height(block) for number, block in shared if number == voice] for voice in (0, 1)]
    if not all(heights):
        return [(0, block) for _, block in shared]
    first, second = (sum(values) / len(values) for values in heights)
    return shared if first >= second else [(1 - voice, block) for voice, block in shared]


def _height(block: _Block) -> float:
    return sum(note.pitch for note in block) / len(block)


def _overlap(one: _Block, other: _Block) -> bool:
    return one[0].start < other[0].end and other[0].start < one[0].end


def _ends_by(block: _Block | None, start: int) -> bool:
    return block is None or block[0].end <= start


def _slices(notes: Iterable[StaffNote]) -> list[Chord]:
    """One line of chords: wherever a note starts or ends, those that go on are tied."""
    ordered = sorted(notes)
    edges = sorted({edge for note in ordered for edge in (note.start, note.end)})
    chords: list[Chord] = []
    sounding: list[StaffNote] = []
    index = 0
    for start, end in pairwise(edges):
        sounding = [note for note in sounding if note.end > start]
        while index < len(ordered) and ordered[index].start == start:
            sounding.append(ordered[index])
            index += 1
        if sounding:
            heads = tuple(
                Head(note=note, tied_in=note.start < start, tied_out=note.end > end)
                for note in sorted(sounding, key=lambda note: note.pitch)
            )
            chords.append(Chord(start=start, end=end, heads=heads))
    return chords
