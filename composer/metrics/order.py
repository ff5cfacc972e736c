"""The order of bars, and whether it matters: an embedding that hears bars out of order, and nothing else.

The shares and averages of a piece hardly change when its bars change places. What does change: in music neighbouring
bars are more alike than distant ones, harmony, register and density move on from where they were, and melodies cross
bar lines by small steps. Each entry sets neighbours against any two bars, as the ratio of von Neumann (*Distribution of
the ratio of the mean square successive difference to the variance*, Ann. Math. Stat. 12, 1941) does: it is 1 when the
order is that of chance, and lower when what comes next follows from what was.

Conventions
-----------
* Distances of bars: rhythm, one less the Jaccard index of their onsets; harmony, Euclidean between the shares of time
  of their pitch classes; density and register, squared difference of notes and of mean pitch.
* An entry is 1 where nothing can be said: too few bars, or bars that are all alike.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from composer.metrics.repetition import jaccard, melodic_lines, onset_patterns
from composer.midi.notes import DURATION, ONSET, PITCH, FloatArray, MidiNotes

__all__ = ["EMBEDDING", "NAMES", "bar_order"]

EMBEDDING = "bar-order-1"
_LAGS = (1, 2, 4, 8)
_TOLERANCE = 1e-6
_WIDEST = 3.0
"""Limit of the ratio of leaps: a melody that hardly moves within its bars must not decide alone."""

NAMES: tuple[str, ...] = (
    *(f"rhythm_{lag}" for lag in _LAGS),
    *(f"harmony_{lag}" for lag in _LAGS),
    "density",
    "register",
    "leaps_over_bar_lines",
)


def bar_order(midi: MidiNotes) -> FloatArray:
    """The embedding of a piece, shape (len(NAMES),)."""
    lines = midi.bar_lines()
    bars = len(lines) - 1
    if bars < 2 or not len(midi.pitched):
        return np.ones(len(NAMES))
    notes = midi.pitched
    bar = np.clip(np.searchsorted(lines, notes[:, ONSET] + _TOLERANCE, side="right") - 1, 0, bars - 1)
    rhythm = 1 - jaccard(onset_patterns(midi).max(axis=2))
    shares = _classes(notes, lines)
    harmony = np.linalg.norm(shares[:, None, :] - shares[None, :, :], axis=2)
    counts = np.bincount(bar, minlength=bars).astype(np.float64)
    sums = np.bincount(bar, weights=notes[:, PITCH], minlength=bars)
    played = counts > 0
    return np.array(
        [
            *(_neighbours(rhythm, lag) for lag in _LAGS),
            *(_neighbours(harmony, lag) for lag in _LAGS),
            _neighbours((counts[:, None] - counts[None, :]) ** 2, 1),
            _neighbours(_squares(sums[played] / counts[played]), 1),
            _leaps(midi, lines),
        ]
    )


def _squares(values: FloatArray) -> FloatArray:
    result: FloatArray = (values[:, None] - values[None, :]) ** 2
    return result


def _neighbours(distances: FloatArray, lag: int) -> float:
    """Mean distance of bars `lag` apart over the mean distance of any two."""
    count = len(distances)
    overall = float(distances.sum()) / max(1, count * (count - 1))
    return float(np.diagonal(distances, lag).mean()) / overall if lag < count and overall > _TOLERANCE else 1.0


def _classes(notes: FloatArray, lines: FloatArray) -> FloatArray:
    """Share of each pitch class in the sounding time of every bar, shape (bars, 12); zeros in an empty one."""
    result = np.zeros((len(lines) - 1, 12))
    ends = notes[:, ONSET] + notes[:, DURATION]
    classes = notes[:, PITCH].astype(np.int64) % 12
    for index, (low, high) in enumerate(pairwise(lines.tolist())):
        time = np.maximum(0.0, np.minimum(ends, high) - np.maximum(notes[:, ONSET], low))
        result[index] = np.bincount(classes, weights=time, minlength=12)
    shares: FloatArray = result / np.maximum(result.sum(axis=1, keepdims=True), _TOLERANCE)
    return shares


def _leaps(midi: MidiNotes, lines: FloatArray) -> float:
    """Mean interval of the melodic lines over bar lines by that within bars, at most `_WIDEST`."""
    over: list[float] = []
    within: list[float] = []
    for line in melodic_lines(midi):
        bar = np.searchsorted(lines, line[:, ONSET] + _TOLERANCE, side="right")
        steps = np.abs(np.diff(line[:, PITCH]))
        crossing = np.diff(bar) == 1
        over += steps[crossing].tolist()
        within += steps[np.diff(bar) == 0].tolist()
    if not over or not within or math.isclose(sum(within), 0.0):
        return 1.0
    return min(_WIDEST, float(np.mean(over)) / float(np.mean(within)))
