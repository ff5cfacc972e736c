"""Voices: the notes of one staff as at most two lines of chords.

Notes that start and end together are a chord. Where chords overlap, the higher line is voice 1 and the lower one
voice 2; what does not fit into two lines is cut where its neighbours begin and end, and tied. Where ties would pile up
to a ladder the lines are parted otherwise, if that helps; and where the sound dies away by itself, notes are written
singly, each until the next. A broken chord is then marked as ringing on (E. Gould, *Behind Bars*, "Laissez vibrer" and
"Pedal markings"); a line that moves by step is not, since a pedal would blur it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

__all__ = ["Chord", "Head", "StaffNote", "lines", "written_singly"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class StaffNote:
    """A note as it is written: `start` and `end` in steps from the beginning, MIDI `pitch`.

    ``rings`` is the step at which the broken chord begins in which it sounds on longer than it is written, None for
    others; ``sign`` is what stands over it, one of `composer.rendering.notation.shorthand.SIGNS` or nothing.
    """

    start: float
    end: float
    pitch: int
    rings: float | None = field(default=None, compare=False)
    sign: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A note head: the note it belongs to, and whether it is tied to the one before and after."""

    note: StaffNote
    tied_in: bool
    tied_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord:
    """Heads from `start` to `end` (steps), lowest first."""

    start: float
    end: float
    heads: tuple[Head, ...]


_Block = tuple[StaffNote, ...]
_LADDER = 3
"""Chords in which held notes pile up, from which on they are a ladder of ties."""
_PARTED = 10
"""Blocks of a cluster, at most, for which every way of parting it is looked at."""


def lines(
    notes: Iterable[StaffNote], hands: Sequence[Iterable[StaffNote]] = (), *, fades: bool = False
) -> tuple[list[Chord], list[Chord]]:
    """Voice 1 and voice 2 of a staff; the second is empty where one line says it all.

    Parameters
    ----------
    notes : the staff's notes in any order.
    hands : when given, the two voices' notes as decided before; `notes` is not looked at.
    fades : the sound dies away by itself, so that a held broken chord is written as single notes.
    """
    if hands:
        return _line(hands[0], fades=fades), _line(hands[1], fades=fades)
    voices: tuple[list[StaffNote], list[StaffNote]] = ([], [])
    for cluster in _clusters(_blocks(notes)):
        for voice, block in _parted(_one_by_one(cluster) if fades else cluster, fades=fades):
            voices[voice].extend(block)
    return _line(voices[0], fades=fades), _line(voices[1], fades=fades)


def written_singly(notes: Iterable[StaffNote]) -> list[StaffNote]:
    """The notes of a staff with every held broken chord as single notes; see `lines`."""
    return [note for cluster in _clusters(_blocks(notes)) for block in _one_by_one(cluster) for note in block]


def _blocks(notes: Iterable[StaffNote]) -> list[_Block]:
    """Notes that start and end together."""
    blocks: dict[tuple[float, float], list[StaffNote]] = {}
    for note in sorted(notes):
        blocks.setdefault((note.start, note.end), []).append(note)
    return [tuple(block) for block in blocks.values()]


def _line(notes: Iterable[StaffNote], *, fades: bool) -> list[Chord]:
    chords = _slices(notes)
    return list(_without_ladders(chords)) if fades else chords


def _clusters(blocks: list[_Block]) -> list[list[_Block]]:
    """Runs of blocks that hang together by overlapping."""
    clusters: list[list[_Block]] = []
    end: float = 0
    for block in sorted(blocks):
        if not clusters or block[0].start >= end:
            clusters.append([])
        clusters[-1].append(block)
        end = max(end, block[0].end)
    return clusters


def _one_by_one(cluster: list[_Block]) -> list[_Block]:
    """A broken chord of which every note is held, each note written until the next; other clusters as they are."""
    starts = [block[0].start for block in cluster]
    held = all(block[0].end > starts[-1] for block in cluster)
    if len(cluster) < _LADDER or not held or len(set(starts)) < len(starts):
        return cluster
    pitches = [[note.pitch for note in block] for block in cluster]
    if _by_step(pitches):
        return cluster
    ends = [*starts[1:], cluster[-1][0].end]
    return [
        tuple(replace(note, end=end, rings=starts[0]) for note in block)
        for block, end in zip(cluster, ends, strict=True)
    ]


def _parted(cluster: list[_Block], *, fades: bool) -> list[tuple[int, _Block]]:
    """A voice for each block of a cluster; where ties would pile up, the way to part it without, if there is one."""
    shared = _share(cluster)
    if len(cluster) > _PARTED or not any(_ladders(voice, fades=fades) for voice in _notes_of(shared)):
        return shared
    ways = [list(zip(voices, cluster, strict=True)) for voices in product((0, 1), repeat=len(cluster))]
    plain = [way for way in ways if not any(_ladders(voice) for voice in _notes_of(way)) and not _cross(way)]
    return min(plain, key=lambda way: sum(_ties(voice) for voice in _notes_of(way)), default=shared)


def _notes_of(shared: list[tuple[int, _Block]]) -> tuple[list[StaffNote], list[StaffNote]]:
    first, second = ([note for number, block in shared if number == voice for note in block] for voice in (0, 1))
    return first, second


def _cross(shared: list[tuple[int, _Block]]) -> bool:
    """Whether a note of the lower line lies above one of the upper line that sounds with it."""
    upper, lower = _notes_of(shared)
    return any(one.pitch < other.pitch and _overlap((one,), (other,)) for one in upper for other in lower)


def _ladders(notes: list[StaffNote], *, fades: bool = False) -> bool:
    """Whether the line has a ladder of ties; where sound ``fades``, one that no pedal is to hold."""
    runs = _runs(_slices(notes))
    return any(len(_struck(run)) >= _LADDER and not (fades and not _moves_by_step(_struck(run))) for run in runs)


def _ties(notes: list[StaffNote]) -> int:
    return sum(head.tied_in for chord in _slices(notes) for head in chord.heads)


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


def _ends_by(block: _Block | None, start: float) -> bool:
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


def _runs(chords: Sequence[Chord]) -> Iterator[Sequence[Chord]]:
    """The chords in runs, each of them tied to the one before."""
    at = 0
    while at < len(chords):
        end = at + 1
        while end < len(chords) and any(head.tied_in for head in chords[end].heads):
            end += 1
        yield chords[at:end]
        at = end


def _struck(run: Sequence[Chord]) -> list[Chord]:
    return [chord for chord in run if any(not head.tied_in for head in chord.heads)]


def _without_ladders(chords: Sequence[Chord]) -> Iterator[Chord]:
    """The chords, with every ladder of ties as the notes that are struck one after another."""
    for run in _runs(chords):
        struck = _struck(run)
        yield from _singly(struck) if len(struck) >= _LADDER else run


def _singly(struck: Sequence[Chord]) -> Iterator[Chord]:
    """Chords without what is held over; each ends where the next one begins, or where its own notes end."""
    since = None if _moves_by_step(struck) else struck[0].start
    starts = [*(chord.start for chord in struck[1:]), max(head.note.end for head in struck[-1].heads)]
    for chord, following in zip(struck, starts, strict=True):
        heads = [head for head in chord.heads if not head.tied_in]
        until = min(following, *(head.note.end for head in heads))
        rings = [replace(head.note, end=until, rings=since) for head in heads]
        yield Chord(
            start=chord.start, end=until, heads=tuple(Head(note=note, tied_in=False, tied_out=False) for note in rings)
        )


def _moves_by_step(struck: Sequence[Chord]) -> bool:
    """What comes in is a line over a held note, which a pedal would blur, and no broken chord."""
    return _by_step([[head.note.pitch for head in chord.heads if not head.tied_in] for chord in struck])


def _by_step(pitches: Sequence[Sequence[int]]) -> bool:
    """Whether half of the moves are steps; a broken seventh chord has one too."""
    steps = [any(0 < abs(a - b) <= 2 for a in before for b in after) for before, after in pairwise(pitches)]
    return 2 * sum(steps) >= len(steps)
