"""The texture of accompaniments: guitars in one line or two, what is waited for, the bar that comes most often.

`run.py` says how each is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from composer.gm import BRIEF_PROGRAMS, GUITAR_STRINGS, GUITARS
from composer.music.rules.fretboard import can_be_stopped
from composer.types import Composition, Note, Track

__all__ = ["commonest_bar", "guitar_beyond", "guitar_line", "waits"]

_QUARTER = 480
"""Ticks."""
_WAIT_S = 1.2
_Figure = tuple[tuple[int, int, int], ...]


def _accompanying(piece: Composition, programs: frozenset[int]) -> list[Track]:
    tracks = [track for track in piece.score.tracks if not track.instrument.is_drums]
    return [track for track in tracks if track.instrument.program in programs and track.instrument.role != "melody"]


def _sounding(track: Track) -> Iterator[list[Note]]:
    """What sounds at each onset."""
    for onset in sorted({note.onset for note in track.notes}):
        yield [note for note in track.notes if note.onset <= onset < note.end]


def guitar_line(piece: Composition) -> float | None:
    """Share of the bars, the last one left out, in which an accompanying guitar never sounds two notes at once."""
    length, alone, bars = piece.plan.time.bar_ticks, 0, 0
    for track in _accompanying(piece, GUITARS):
        full = {max(note.onset for note in notes) // length for notes in _sounding(track) if len(notes) > 1}
        played = {note.onset // length for note in track.notes} - {piece.plan.bars - 1}
        alone, bars = alone + len(played - full), bars + len(played)
    return alone / bars if bars else None


def guitar_beyond(piece: Composition) -> float | None:
    """Share of the strokes of accompanying guitars that no hand can hold together with what sounds."""
    found = [
        not can_be_stopped(GUITAR_STRINGS, tuple(note.pitch for note in notes))
        for track in _accompanying(piece, GUITARS)
        for notes in _sounding(track)
    ]
    return sum(found) / len(found) if found else None


def waits(piece: Composition) -> float | None:
    """Share of the time that lies between strokes too far apart, of accompaniments that soon die away."""
    long = whole = 0.0
    for track in _accompanying(piece, BRIEF_PROGRAMS):
        onsets = sorted({note.onset for note in track.notes})
        for before, after in pairwise(onsets):
            seconds = (after - before) / _QUARTER * 60 / piece.plan.tempo_bpm
            long, whole = long + seconds * (seconds > _WAIT_S), whole + seconds
    return long / whole if whole else None


def commonest_bar(piece: Composition) -> float:
    """Share of the bars that have the commonest figure, in the accompanying part in which it is largest."""
    length, found = piece.plan.time.bar_ticks, [0.0]
    for track in piece.score.tracks:
        if track.instrument.is_drums or track.instrument.role not in ("harmony", "bass"):
            continue
        bars: dict[int, list[Note]] = {}
        for note in track.notes:
            bars.setdefault(note.onset // length, []).append(note)
        figures = Counter(_figure(bar, length) for bar in bars.values())
        found.append(max(figures.values()) / piece.plan.bars)
    return max(found)


def _figure(bar: Sequence[Note], length: int) -> _Figure:
    """Onset, notes struck, and rank of the lowest of them among the bar's strokes."""
    lows: dict[int, int] = {}
    for note in bar:
        lows[note.onset] = min(note.pitch, lows.get(note.onset, note.pitch))
    ranks = {pitch: rank for rank, pitch in enumerate(sorted(set(lows.values())))}
    struck = Counter(note.onset for note in bar)
    return tuple((onset % length, struck[onset], ranks[lows[onset]]) for onset in sorted(lows))
