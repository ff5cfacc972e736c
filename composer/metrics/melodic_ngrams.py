"""Melodic figures that stay the same when a tune is transposed, played slower or given to another instrument.

A *figure* is `FIGURE_NOTES` successive notes of one voice, known by its intervals and by the ratios of successive times
from onset to onset. A voice is the upper or the lower line of a part.

Conventions
-----------
* Notes of a voice are an array of shape (n, 2), float64: onset in quarter notes, pitch.
* Onsets are rounded to a grid of `GRID` steps to the quarter note; what begins on one step begins together. A
  performance without a bar grid is not recognised reliably.
* The length of a voice's last note counts for nothing: it has no following onset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from composer.midi.notes import ONSET, PITCH, FloatArray, MidiNotes

__all__ = [
    "FIGURE_NOTES",
    "GRID",
    "RATES",
    "Voice",
    "figure_hashes",
    "parts_of",
    "readings",
    "trivial_figures",
    "voices",
]

FIGURE_NOTES = 10
GRID = 24
RATES = (1.0, 2 / 3, 1 / 2, 1 / 3, 1 / 4, 2.0)
"""What the times of a stretched tune may have to be multiplied by."""

_ON_GRID = 0.02
"""Steps; what lies farther from the grid is off it."""
_MAX_INTERVAL = 48
_RATIO_STEPS = 4
"""Ratios of times are told apart by a quarter of a power of two: 1, 4/3, 3/2, 2, 3 and 4 all differ."""
_MAX_RATIO = 16
_TREMOLO = 4
"""Longest period of a figure that turns on the spot: oscillations, Alberti basses, broken chords, short sequences."""
_STEP = 2
"""A step is at most so many semitones."""

IntArray = NDArray[np.int64]
HashArray = NDArray[np.uint64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One line of a part: its name, and of shape (n,) steps on the grid and pitches; `rate` as in `voices`."""

    name: str
    steps: IntArray = field(compare=False, repr=False)
    pitches: IntArray = field(compare=False, repr=False)
    rate: float = 1.0

    @property
    def onsets(self) -> FloatArray:
        """Onsets in quarter notes of the part."""
        return self.steps / (GRID * self.rate)


def voices(name: str, notes: FloatArray, rate: float = 1.0) -> tuple[Voice, ...]:
    """The upper line of a part, and the lower one where it differs.

    Parameters
    ----------
    name : str
        Of the part.
    notes : array, shape (n, 2)
        Onset in quarter notes, pitch; in any order.
    rate : float
        Times are multiplied by it before they are rounded to the grid.
    """
    if not len(notes):
        return ()
    steps = np.floor(notes[:, 0] * (GRID * rate) + 0.5).astype(np.int64)
    pitches = notes[:, 1].astype(np.int64)
    order = np.lexsort((pitches, steps))
    steps, pitches = steps[order], pitches[order]
    apart = np.diff(steps) > 0
    top, low = np.append(apart, [True]), np.append([True], apart)
    upper = Voice(name=name, steps=steps[top], pitches=pitches[top], rate=rate)
    if np.array_equal(pitches[top], pitches[low]):
        return (upper,)
    lower = f"{name}, lower line" if name else "lower line"
    return (upper, Voice(name=lower, steps=steps[low], pitches=pitches[low], rate=rate))


def readings(name: str, notes: FloatArray) -> Iterator[tuple[Voice, ...]]:
    """The voices of a part as written, and at the other `RATES` where its notes do not lie on the grid.

    On the grid the rate makes no difference. A tune that was stretched may have left it: at the right rate it is back.
    """
    yield voices(name, notes)
    places = notes[:, 0] * GRID
    if len(notes) and np.abs(places - np.round(places)).max() > _ON_GRID:
        for rate in RATES[1:]:
            yield voices(name, notes, rate)


def parts_of(midi: MidiNotes) -> Iterator[tuple[str, FloatArray]]:
    """Name and notes (onset, pitch) of a file's pitched parts."""
    for part in midi.parts:
        if not part.is_drums:
            yield part.name, part.notes[:, (ONSET, PITCH)]


def figure_hashes(voice: Voice) -> HashArray:
    """A 64-bit number for the figure that begins at each note, shape (n - FIGURE_NOTES + 1,).

    Equal figures have equal numbers on every machine; different ones differ but for chance.
    """
    count = len(voice.pitches) - FIGURE_NOTES + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    intervals = np.clip(np.diff(voice.pitches), -_MAX_INTERVAL, _MAX_INTERVAL) + _MAX_INTERVAL
    times = np.diff(voice.steps)
    logs = np.round(_RATIO_STEPS * np.log2(times[1:] / times[:-1]))
    ratios = np.clip(logs, -_MAX_RATIO, _MAX_RATIO).astype(np.int64) + _MAX_RATIO
    hashes = np.zeros(count, dtype=np.uint64)
    for symbols, number in ((intervals, FIGURE_NOTES - 1), (ratios, FIGURE_NOTES - 2)):
        for index in range(number):
            hashes = _mixed(hashes * np.uint64(131) + symbols[index : index + count].astype(np.uint64) + np.uint64(1))
    return hashes


def _mixed(values: HashArray) -> HashArray:
    """Spread every bit over all (the finaliser of splitmix64; Steele, Lea & Flood, OOPSLA 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def trivial_figures(voice: Voice) -> BoolArray:
    """Which figures belong to nobody, shape (n - FIGURE_NOTES + 1,).

    A figure is trivial when

    * it never changes direction (scales, arpeggios, repeated notes), or at least half of its intervals are repetitions;
    * its pitches or its intervals recur with a period of at most four notes (oscillation, Alberti bass, sequences);
    * its notes are evenly spaced, and at most a third of its intervals are steps (broken chords);
    * its notes are evenly spaced, all its intervals are steps, and it turns at most once (a scale up and down).
    """
    if len(voice.pitches) < FIGURE_NOTES:
        return np.empty(0, dtype=np.bool_)
    pitches = np.lib.stride_tricks.sliding_window_view(voice.pitches, FIGURE_NOTES)  # (figures, notes)
    moves = np.diff(pitches, axis=1)
    times = np.lib.stride_tricks.sliding_window_view(np.diff(voice.steps), FIGURE_NOTES - 1)
    even = (times == times[:, :1]).all(axis=1)
    step = (np.abs(moves) <= _STEP) & (moves != 0)
    turns = (np.diff(np.sign(moves), axis=1) != 0).sum(axis=1)
    result = (moves >= 0).all(axis=1) | (moves <= 0).all(axis=1)
    result |= 2 * (moves == 0).sum(axis=1) >= FIGURE_NOTES - 1
    result |= even & (3 * step.sum(axis=1) <= FIGURE_NOTES - 1)
    result |= even & step.all(axis=1) & (turns <= 1)
    for period in range(1, _TREMOLO + 1):
        result |= (pitches[:, period:] == pitches[:, :-period]).all(axis=1)
        result |= (moves[:, period:] == moves[:, :-period]).all(axis=1)
    return np.asarray(result, dtype=np.bool_)
