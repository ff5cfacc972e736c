"""Read training MIDI files onto the grid and cut them into windows of bars in one meter.

Conventions
-----------
* A note array has the columns of `NOTE_COLUMNS`, int64: track index, onset and end in grid steps, pitch.
* A window's onsets count from its first bar line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.music.tokens import GRID, MAX_POSITION
from composer.theory import Meter

__all__ = ["MAX_RESIDUAL", "MIN_BARS", "NOTE_COLUMNS", "WINDOW_BARS", "TrackInfo", "Window", "read_windows"]

NOTE_COLUMNS = ("track", "onset", "end", "pitch")
WINDOW_BARS = 32
MIN_BARS = 4
MAX_RESIDUAL = 0.12
"""Mean distance of onsets from the grid, in grid steps, above which a piece counts as a performance and is left out."""
_WRITTEN_LENGTHS = np.array((3, 4, 6, 8, 9, 12, 16, 18, 24, 36, 48, 72, 96))
"""Note values in grid steps that a performed length is written as."""
_MOST_PERFORMED = 0.3
"""Share of notes whose lengths are no written values, above which a file's lengths count as performed."""
_LEGATO_GAP = 3
"""A performed note that ends this many grid steps, or fewer, before its track's next onset is meant to reach it."""
_PHASE_MARGIN = 1.15
"""How much better than the file's bar line another phase must look before a pickup is assumed."""

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackInfo:
    """Name and General MIDI program of a track."""

    name: str
    program: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Up to `WINDOW_BARS` consecutive bars in one meter."""

    tracks: tuple[TrackInfo, ...]
    meter: str
    bars: int
    ends_piece: bool
    notes: IntArray = field(compare=False, repr=False)


def read_windows(path: Path) -> Iterator[Window]:
    """Yield the windows of a MIDI file; none when it has no usable grid."""
    import symusic

    score = symusic.Score(str(path))
    scale = GRID / score.tpq
    tracks: list[TrackInfo] = []
    rows = []
    for track in score.tracks:
        if track.is_drum or not len(track.notes):
            continue
        data = track.notes.numpy()
        onset = data["time"] * scale
        end = onset + data["duration"] * scale
        rows.append(np.stack([np.full(len(onset), float(len(tracks))), onset, end, data["pitch"]], axis=1))
        tracks.append(TrackInfo(name=track.name, program=track.program))
    if not rows:
        return
    raw = np.concatenate(rows)
    if np.abs(raw[:, 1] - np.round(raw[:, 1])).mean() > MAX_RESIDUAL:
        return
    notes = np.round(raw).astype(np.int64)
    notes[:, 2] = np.maximum(notes[:, 2], notes[:, 1] + 1)
    notes = _written(notes)
    piece_end = int(notes[:, 2].max())
    for start, stop, meter in _meter_spans(score, scale, piece_end):
        yield from _cut(notes, tuple(tracks), start, stop, meter, piece_end)


def _written(notes: IntArray) -> IntArray:
    """Give performed lengths (POP909's) the values that a score would write; leave written ones as they are.

    A note reaches the next onset of its track where it nearly does, or else takes the nearest written value.
    """
    length = notes[:, 2] - notes[:, 1]
    if (~np.isin(length, (*_WRITTEN_LENGTHS, 1, 2, 60))).mean() <= _MOST_PERFORMED:
        return notes
    out = notes.copy()
    for track in np.unique(notes[:, 0]):
        index = np.flatnonzero(notes[:, 0] == track)
        onsets = np.unique(notes[index, 1])
        nearest = np.abs(np.log(length[index, None] / _WRITTEN_LENGTHS)).argmin(axis=1)
        ends = notes[index, 1] + _WRITTEN_LENGTHS[nearest]
        place = np.searchsorted(onsets, notes[index, 2] - _LEGATO_GAP)
        near = onsets[np.minimum(place, len(onsets) - 1)]
        reaches = (np.abs(near - notes[index, 2]) <= _LEGATO_GAP) & (near > notes[index, 1])
        out[index, 2] = np.where(reaches, near, ends)
    return out


def _meter_spans(score: object, scale: float, piece_end: int) -> Iterator[tuple[int, int, str]]:
    """Stretches of one meter that the representation can hold, as (start, stop, meter) in grid steps."""
    changes: list[tuple[int, str]] = []
    for signature in score.time_signatures:  # type: ignore[attr-defined]
        meter = f"{signature.numerator}/{signature.denominator}"
        if not changes or changes[-1][1] != meter:
            changes.append((round(signature.time * scale), meter))
    changes = changes or [(0, "4/4")]
    stops = [start for start, _ in changes[1:]] + [piece_end]
    for (start, meter), stop in zip(changes, stops, strict=True):
        numerator, denominator = (int(part) for part in meter.split("/"))
        if denominator in (2, 4, 8) and numerator * 4 * GRID // denominator <= MAX_POSITION and 1 < numerator <= 16:
            yield start, stop, meter


def _cut(
    notes: IntArray, tracks: tuple[TrackInfo, ...], start: int, stop: int, meter: str, piece_end: int
) -> Iterator[Window]:
    bar = Meter.parse(meter).bar_steps
    inside = notes[(notes[:, 1] >= start) & (notes[:, 1] < stop)]
    if len(inside) < 2 * MIN_BARS:
        return
    first_line = start + _phase(inside[:, 1:] - np.array([start, start, 0]), bar)
    if first_line > start:  # the pickup gets a bar of its own
        first_line -= bar
    bars = -(-(stop - first_line) // bar)
    for first in range(0, bars, WINDOW_BARS):
        last = min(bars, first + WINDOW_BARS)
        low, high = first_line + first * bar, first_line + last * bar
        part = inside[(inside[:, 1] >= low) & (inside[:, 1] < high)].copy()
        part[:, 1:3] -= low
        if last - first >= MIN_BARS and len(part) >= 2 * (last - first):
            yield Window(
                tracks=tracks,
                meter=meter,
                bars=last - first,
                ends_piece=last == bars and stop == piece_end,
                notes=part[np.lexsort((part[:, 3], part[:, 1]))],
            )


def _phase(notes: IntArray, bar: int) -> int:
    """Grid steps from the file's first bar line to the real one (files with an unpadded pickup are out of phase).

    Long and low notes mark bar lines; the file's own phase wins unless another is clearly better.
    """
    weight = np.minimum(notes[:, 1] - notes[:, 0], bar) * np.where(notes[:, 2] < 55, 2.0, 1.0)
    accent = np.bincount(notes[:, 0] % bar, weights=weight, minlength=bar)
    best = int(accent.argmax())
    return best if accent[best] > _PHASE_MARGIN * accent[0] else 0
