"""Repetition: how much of a piece returns as figures and as similar bars."""

from __future__ import annotations

import math

import numpy as np

from composer.midi.notes import ONSET, PITCH, STEPS_PER_QUARTER, FloatArray, MidiNotes

__all__ = [
    "bar_similarity",
    "jaccard",
    "melodic_lines",
    "ngram_repetition",
    "onset_patterns",
    "section_similarity",
    "self_similarity",
]

_TOLERANCE = 1e-6


def melodic_lines(midi: MidiNotes) -> list[FloatArray]:
    """Each part's line: the highest of the notes that begin together, shape (n, 4) per part. Drums have none."""
    lines = []
    for part in midi.parts:
        if not part.is_drums and len(part.notes):
            # Sorted by onset, then pitch: the last note of each onset is the highest.
            steps = np.floor(part.notes[:, ONSET] * STEPS_PER_QUARTER + 0.5)
            lines.append(part.notes[np.append(np.diff(steps) > 0, [True])])
    return lines


def ngram_repetition(midi: MidiNotes, n: int = 4) -> float:
    """Share of figures that occurred before in their part, 0..1; NaN when no part has a figure.

    A figure is `n` successive pairs of (interval in semitones, time to the next onset in twelfths of a quarter note)
    of a melodic line, so that transposed returns count.
    """
    total = distinct = 0
    for line in melodic_lines(midi):
        steps = np.floor(line[:, ONSET] * STEPS_PER_QUARTER + 0.5).astype(np.int64)
        pairs = list(zip(np.diff(line[:, PITCH]).astype(np.int64).tolist(), np.diff(steps).tolist(), strict=True))
        figures = [tuple(pairs[start : start + n]) for start in range(len(pairs) - n + 1)]
        total += len(figures)
        distinct += len(set(figures))
    return 1 - distinct / total if total else math.nan


def bar_similarity(midi: MidiNotes) -> FloatArray:
    """How alike any two bars are, shape (bars, bars), symmetric, 1 on the diagonal.

    The mean of two Jaccard indices: of the sets of onsets in the bar (rhythm), and of the sets of (onset, pitch class).
    Two empty bars are alike (1), an empty bar and another are not (0).
    """
    pitches = onset_patterns(midi)
    if not len(pitches):
        return np.empty((0, 0))
    return (jaccard(pitches.max(axis=2)) + jaccard(pitches.reshape(len(pitches), -1))) / 2


def onset_patterns(midi: MidiNotes) -> FloatArray:
    """1 where a note of a pitch class begins at a step of a bar, shape (bars, steps, 12); drums aside."""
    lines = midi.bar_lines()
    bars = len(lines) - 1
    if bars < 1:
        return np.empty((0, 0, 12))
    notes = midi.pitched
    bar = np.clip(np.searchsorted(lines, notes[:, ONSET] + _TOLERANCE, side="right") - 1, 0, bars - 1)
    step = np.floor((notes[:, ONSET] - lines[bar]) * STEPS_PER_QUARTER + 0.5).astype(np.int64)
    width = int(np.ceil(np.diff(lines).max() * STEPS_PER_QUARTER)) + 1
    pitches = np.zeros((bars, width, 12))
    pitches[bar, step, notes[:, PITCH].astype(np.int64) % 12] = 1
    return pitches


def jaccard(sets: FloatArray) -> FloatArray:
    """Jaccard index of every pair of rows of zeros and ones."""
    common = sets @ sets.T
    sizes = sets.sum(axis=1)
    union = sizes[:, None] + sizes[None, :] - common
    return np.where(union > 0, common / np.maximum(union, 1), 1.0)


def self_similarity(midi: MidiNotes) -> float:
    """Mean over the bars from the second on of the likeness to the most similar earlier bar; NaN with one bar."""
    likeness = bar_similarity(midi)
    if len(likeness) < 2:
        return math.nan
    return float(np.mean([likeness[index, :index].max() for index in range(1, len(likeness))]))


def section_similarity(likeness: FloatArray, first: int, second: int, bars: int) -> float:
    """Mean likeness of two stretches of `bars` bars, bar by bar; they begin at bars `first` and `second` (from 1).

    ``likeness`` is what `bar_similarity` returns; bars beyond its end are left out, NaN when none is left.
    """
    count = min(bars, len(likeness) - max(first, second) + 1)
    if count < 1:
        return math.nan
    offsets = np.arange(count)
    return float(likeness[first - 1 + offsets, second - 1 + offsets].mean())
