"""Pitch, rhythm and texture of a piece in single numbers and histograms.

Conventions
-----------
* Every function takes a `MidiNotes`; drums take part only where it says so. What is undefined (no notes) is NaN.
* Rhythm is looked at on a grid of `STEPS_PER_QUARTER`; muspy takes the file's own resolution instead, on which groove
  consistency approaches 1 for any music once the resolution is high (480), so the grid belongs to the definition.
* Where muspy (Dong et al., *MusPy: a toolkit for symbolic music generation*, ISMIR 2020; version 0.5) has a measure of
  the same name, ours is the same on the same grid, but for the two points told at `empty_beat_rate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from composer.metrics.repetition import melodic_lines, ngram_repetition, self_similarity
from composer.midi.notes import DURATION, ONSET, PITCH, STEPS_PER_QUARTER, FloatArray, MidiNotes
from composer.theory import parse_chord
from composer.types import MusicalPlan

__all__ = [
    "DURATION_EDGES",
    "ChordTime",
    "Statistics",
    "chord_times",
    "chord_tone_ratio",
    "duration_histogram",
    "empty_bar_rate",
    "empty_beat_rate",
    "groove_consistency",
    "interval_histogram",
    "measure",
    "notes_per_bar",
    "pitch_class_entropy",
    "pitch_class_histogram",
    "polyphony",
    "polyphony_rate",
    "scale_consistency",
]

DURATION_EDGES = (0.1875, 0.29, 0.42, 0.625, 0.875, 1.25, 1.75, 2.5, 3.5)
"""Borders between the classes of `duration_histogram` in quarter notes: they lie between the usual note values
(1/6 and less, 1/4, 1/3, 1/2, 3/4, 1, 3/2, 2, 3, 4 and more)."""

_TOLERANCE = 1e-6
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


# -------------------------------------------------------------------------------------------- pitch


def pitch_class_histogram(midi: MidiNotes) -> FloatArray:
    """Share of the notes on each pitch class, shape (12,); NaN without notes."""
    return _shares(_pitch_class_counts(midi))


def _pitch_class_counts(midi: MidiNotes) -> NDArray[np.int64]:
    return np.bincount(midi.pitched[:, PITCH].astype(np.int64) % 12, minlength=12)


def pitch_class_entropy(midi: MidiNotes) -> float:
    """Shannon entropy of `pitch_class_histogram` in bits, 0..log2(12) (muspy)."""
    shares = pitch_class_histogram(midi)
    if math.isnan(shares[0]):
        return math.nan
    used = shares[shares > 0]
    return float(-(used * np.log2(used)).sum()) + 0.0  # + 0.0: one pitch class gives 0, not -0


def scale_consistency(midi: MidiNotes) -> float:
    """Largest share of notes in any major or natural minor scale, 0..1 (muspy, after Mogren 2016)."""
    counts = _pitch_class_counts(midi)
    scales = [[(root + step) % 12 for step in steps] for root in range(12) for steps in (_MAJOR, _MINOR)]
    total = int(counts.sum())
    return max(int(counts[scale].sum()) for scale in scales) / total if total else math.nan


def interval_histogram(midi: MidiNotes) -> FloatArray:
    """Share of each melodic interval in semitones, -12 and below to +12 and above, shape (25,); NaN without any.

    Intervals lie between the highest notes of successive onsets within a part.
    """
    counts = np.zeros(25, dtype=np.int64)
    for line in melodic_lines(midi):
        counts += np.bincount(np.clip(np.diff(line[:, PITCH]), -12, 12).astype(np.int64) + 12, minlength=25)
    return _shares(counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChordTime:
    """The chord that holds from `start` to `end` (quarter notes), as pitch classes."""

    start: float
    end: float
    pitch_classes: frozenset[int]


def chord_times(plan: MusicalPlan) -> tuple[ChordTime, ...]:
    """A plan's chords with their times."""
    per_bar = plan.time.bar_ticks / 480
    per_beat = plan.time.beat_ticks / 480
    starts = [(span.bar - 1) * per_bar + (span.beat - 1) * per_beat for span in plan.chords]
    ends = [*starts[1:], plan.bars * per_bar]
    return tuple(
        ChordTime(start=start, end=end, pitch_classes=parse_chord(span.symbol).pitch_classes)
        for start, end, span in zip(starts, ends, plan.chords, strict=True)
    )


def chord_tone_ratio(midi: MidiNotes, chords: Sequence[ChordTime]) -> float:
    """Share of the notes that begin while a chord holds and belong to it.

    Yeh et al. (*Automatic melody harmonization with triad chords*, J. New Music Research 2021) also count a non-chord
    tone that resolves by step; ours does not, which gives the lower number.
    """
    inside = total = 0
    notes = midi.pitched
    for chord in chords:
        during = (notes[:, ONSET] >= chord.start - _TOLERANCE) & (notes[:, ONSET] < chord.end - _TOLERANCE)
        classes = notes[during, PITCH].astype(np.int64) % 12
        inside += int(np.isin(classes, list(chord.pitch_classes)).sum())
        total += len(classes)
    return inside / total if total else math.nan


# ------------------------------------------------------------------------------------------- rhythm


def duration_histogram(midi: MidiNotes) -> FloatArray:
    """Share of the notes per class of note value, shape (10,), borders `DURATION_EDGES`; NaN without notes."""
    classes = np.searchsorted(DURATION_EDGES, midi.pitched[:, DURATION])
    return _shares(np.bincount(classes, minlength=len(DURATION_EDGES) + 1))


def notes_per_bar(midi: MidiNotes) -> float:
    """Notes divided by bars, up to the bar in which the last note ends."""
    bars = len(midi.bar_lines()) - 1
    return len(midi.pitched) / bars if bars else math.nan


def groove_consistency(midi: MidiNotes) -> float:
    """One minus the mean Hamming distance of the onset patterns of neighbouring bars (Wu & Yang, ISMIR 2020), 0..1.

    Drums take part. Neighbours of different length are not compared. NaN with less than two bars.
    """
    lines = midi.bar_lines()
    if len(lines) < 3:
        return math.nan
    onsets = midi.notes[:, ONSET]
    bar = np.searchsorted(lines, onsets + _TOLERANCE, side="right") - 1
    lengths = np.round(np.diff(lines) * STEPS_PER_QUARTER).astype(np.int64)
    step = np.floor((onsets - lines[bar]) * STEPS_PER_QUARTER + _TOLERANCE * 10).astype(np.int64)
    pattern = np.zeros((len(lengths), int(lengths.max()) + 1), dtype=bool)
    pattern[bar, step] = True
    alike = lengths[1:] == lengths[:-1]
    if not alike.any():
        return math.nan
    differences = (pattern[1:] != pattern[:-1]).sum(axis=1)[alike]
    return float(1 - differences.sum() / lengths[1:][alike].sum())


def _empty_rate(midi: MidiNotes, lines: FloatArray) -> float:
    if len(lines) < 2:
        return math.nan
    notes = midi.notes
    first = np.searchsorted(lines, notes[:, ONSET] + _TOLERANCE, side="right") - 1
    last = np.searchsorted(lines, notes[:, ONSET] + notes[:, DURATION] - _TOLERANCE, side="left")
    change = np.zeros(len(lines), dtype=np.int64)
    np.add.at(change, first, 1)
    np.add.at(change, np.maximum(last, first + 1), -1)
    return float(np.mean(np.cumsum(change)[:-1] == 0))


def empty_beat_rate(midi: MidiNotes) -> float:
    """Share of quarter-note beats in which nothing sounds (drums take part), up to the end of the last note.

    muspy also calls the beat played in which a note merely ends on the first step, and counts one more beat when the
    piece ends on a beat; so its number is the lower one in music with rests.
    """
    return _empty_rate(midi, np.arange(math.ceil(midi.last_note_end - _TOLERANCE) + 1, dtype=np.float64))


def empty_bar_rate(midi: MidiNotes) -> float:
    """Share of bars in which nothing sounds (drums take part); differs from muspy as `empty_beat_rate` does."""
    return _empty_rate(midi, midi.bar_lines())


# ------------------------------------------------------------------------------------------ texture


def _sounding(midi: MidiNotes) -> NDArray[np.int64]:
    """Number of different pitches that sound at each step of the grid, up to the end of the last pitched note."""
    notes = midi.pitched
    # Half a step more rounds to the nearest step and, unlike `round`, always upwards from the middle.
    start = np.floor(notes[:, ONSET] * STEPS_PER_QUARTER + 0.5).astype(np.int64)
    end = np.floor((notes[:, ONSET] + notes[:, DURATION]) * STEPS_PER_QUARTER + 0.5).astype(np.int64)
    roll = np.zeros((int(end.max(initial=0)), 128), dtype=bool)
    for first, last, pitch in zip(start, end, notes[:, PITCH].astype(np.int64), strict=True):
        roll[first:last, pitch] = True
    return roll.sum(axis=1)


def polyphony(midi: MidiNotes) -> float:
    """Mean number of pitches that sound together, over the steps where any sounds (muspy)."""
    sounding = _sounding(midi)
    return float(sounding[sounding > 0].mean()) if sounding.any() else math.nan


def polyphony_rate(midi: MidiNotes, threshold: int = 2) -> float:
    """Share of the steps at which more than `threshold` pitches sound (muspy, after Dong et al. 2018)."""
    sounding = _sounding(midi)
    return float(np.mean(sounding > threshold)) if len(sounding) else math.nan


def _shares(counts: NDArray[np.int64]) -> FloatArray:
    total = counts.sum()
    return counts / total if total else np.full(len(counts), math.nan)


# --------------------------------------------------------------------------------------- all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """All single numbers of a piece; NaN where undefined. Each is described at the function of its name."""

    pitch_class_entropy: float
    scale_consistency: float
    groove_consistency: float
    notes_per_bar: float
    polyphony: float
    polyphony_rate: float
    empty_beat_rate: float
    empty_bar_rate: float
    ngram_repetition: float
    self_similarity: float

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The measures in order."""
        return tuple(item.name for item in fields(cls))


def measure(midi: MidiNotes) -> Statistics:
    """Take every measure of a piece."""
    return Statistics(
        pitch_class_entropy=pitch_class_entropy(midi),
        scale_consistency=scale_consistency(midi),
        groove_consistency=groove_consistency(midi),
        notes_per_bar=notes_per_bar(midi),
        polyphony=polyphony(midi),
        polyphony_rate=polyphony_rate(midi),
        empty_beat_rate=empty_beat_rate(midi),
        empty_bar_rate=empty_bar_rate(midi),
        ngram_repetition=ngram_repetition(midi),
        self_similarity=self_similarity(midi),
    )
