"""Faults between the outer voices, and leaps that nobody answers.

Conventions
-----------
* The outer voices are the highest and the lowest pitch that sound at each onset of any part; what is looked at are the
  *moves* in which both change. A single voice has none.
* Parallel: both move in the same direction from a perfect fifth (or octave, or their compounds) to the same interval.
  music21's `VoiceLeadingQuartet.parallelMotion` says the same of each move; its ``parallelFifth`` also counts contrary
  motion from a fifth to a twelfth.
* Doubling at the octave is an effect of orchestration and counts all the same; pianists' octaves do too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from composer.metrics.repetition import melodic_lines
from composer.midi.notes import DURATION, ONSET, PITCH, STEPS_PER_QUARTER, FloatArray, MidiNotes

__all__ = ["VoiceLeading", "is_parallel", "measure_voice_leading", "outer_voices", "unanswered_leaps"]

_FIFTH = 7
_WIDE = 7
"""A melodic move of more than so many semitones is a leap that asks for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceLeading:
    """Counts and shares of a piece.

    Attributes
    ----------
    moves : in which both outer voices change.
    parallel_fifths, parallel_octaves : number of such moves; compounds included.
    parallel_rate : share of the moves that are parallel; NaN without moves.
    unanswered_leaps : share of leaps wider than a fifth that go on in the same direction; NaN without leaps.
    """

    moves: int
    parallel_fifths: int
    parallel_octaves: int
    parallel_rate: float
    unanswered_leaps: float


def measure_voice_leading(midi: MidiNotes) -> VoiceLeading:
    """Look at the outer voices and the melodic lines of a piece."""
    outer = outer_voices(midi)
    moves = [
        (tuple(before), tuple(after))
        for before, after in zip(outer[:-1].tolist(), outer[1:].tolist(), strict=True)
        if before[0] != after[0] and before[1] != after[1] and before[0] != before[1] and after[0] != after[1]
    ]
    fifths = sum(is_parallel(before, after, _FIFTH) for before, after in moves)
    octaves = sum(is_parallel(before, after, 0) for before, after in moves)
    return VoiceLeading(
        moves=len(moves),
        parallel_fifths=fifths,
        parallel_octaves=octaves,
        parallel_rate=(fifths + octaves) / len(moves) if moves else math.nan,
        unanswered_leaps=unanswered_leaps(midi),
    )


def is_parallel(before: tuple[int, ...], after: tuple[int, ...], interval: int) -> bool:
    """Both voices move the same way, from `interval` (in semitones, octaves aside) to the same.

    ``before`` and ``after`` are the pitches of the upper and the lower voice.
    """
    upper, lower = after[0] - before[0], after[1] - before[1]
    same = (before[0] - before[1]) % 12 == (after[0] - after[1]) % 12 == interval
    return same and upper * lower > 0


def outer_voices(midi: MidiNotes) -> FloatArray:
    """Highest and lowest sounding pitch at every onset, shape (n, 2)."""
    notes = midi.pitched
    start = np.floor(notes[:, ONSET] * STEPS_PER_QUARTER + 0.5)
    end = np.maximum(np.floor((notes[:, ONSET] + notes[:, DURATION]) * STEPS_PER_QUARTER + 0.5), start + 1)
    pairs = []
    for step in np.unique(start):
        sounding = notes[(start <= step) & (end > step), PITCH]
        pairs.append((sounding.max(), sounding.min()))
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def unanswered_leaps(midi: MidiNotes) -> float:
    """Share of melodic leaps wider than a fifth after which the line goes on in the same direction; NaN without any."""
    leaps = unanswered = 0
    for line in melodic_lines(midi):
        moves = np.diff(line[:, PITCH])
        wide = np.abs(moves[:-1]) > _WIDE
        leaps += int(wide.sum())
        unanswered += int((moves[:-1][wide] * moves[1:][wide] > 0).sum())
    return unanswered / leaps if leaps else math.nan
