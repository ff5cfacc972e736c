"""The partials of a recording: where its spectral peaks lie between the notes of the equal-tempered scale.

Conventions
-----------
* Mono at 16 kHz, frames of 512 ms every 128 ms; peaks from 150 Hz to 3 kHz, by parabolic interpolation of the level in
  dB, down to 30 dB below the strongest of their frame. A peak's weight is its amplitude.
* Pitches are MIDI numbers with fractions, 69 is 440 Hz.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from composer.metrics.audio_embedding import RATE_HZ, power_spectrum, prepared
from composer.metrics.waveform import Waveform
from composer.midi.notes import FloatArray

__all__ = ["FRAMES_A_SECOND", "Partials", "find_partials"]

_FRAME, _HOP = 8192, 2048
FRAMES_A_SECOND = RATE_HZ / _HOP
_LOW_HZ, _HIGH_HZ = 150.0, 3000.0
_REACH_DB = 30.0
"""Peaks that lie farther below the strongest of their frame are side lobes, noise and what rings on."""
_SILENCE_DB = -80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Partials:
    """Sums over the peaks of every frame, weighted by amplitude.

    Attributes
    ----------
    weight : of all peaks, shape (n,); 0 in silence.
    classes : by the nearest note's pitch class, shape (n, 12).
    deviation : of the distances to the nearest note, 0..0.5 semitones each, shape (n,).
    untempered : of the peaks more than a sixth of a tone off, shape (n,).
    pitch : of the pitches, shape (n,).
    """

    weight: FloatArray = field(compare=False, repr=False)
    classes: FloatArray = field(compare=False, repr=False)
    deviation: FloatArray = field(compare=False, repr=False)
    untempered: FloatArray = field(compare=False, repr=False)
    pitch: FloatArray = field(compare=False, repr=False)

    def stretches(self, seconds: float, step_seconds: float) -> list[Partials]:
        """Windows of so many seconds; all of it when it is shorter."""
        window, step = (round(each * FRAMES_A_SECOND) for each in (seconds, step_seconds))
        starts = range(0, max(1, len(self.weight) - window + 1), step)
        return [
            Partials(
                weight=self.weight[start : start + window],
                classes=self.classes[start : start + window],
                deviation=self.deviation[start : start + window],
                untempered=self.untempered[start : start + window],
                pitch=self.pitch[start : start + window],
            )
            for start in starts
        ]


def find_partials(wave: Waveform) -> Partials:
    """The partials of a recording of any length."""
    power = power_spectrum(prepared(wave), _FRAME, _HOP)  # (frames, bins)
    low, high = (round(hertz * _FRAME / RATE_HZ) for hertz in (_LOW_HZ, _HIGH_HZ))
    level = 10 * np.log10(power[:, low - 1 : high + 1] + 1e-12)
    middle, before, after = level[:, 1:-1], level[:, :-2], level[:, 2:]
    peaks = (middle > before) & (middle >= after) & (middle > middle.max(axis=1, keepdims=True) - _REACH_DB)
    frame, place = np.nonzero(peaks & (middle > _SILENCE_DB))
    left, top, right = (table[frame, place] for table in (before, middle, after))
    offset = 0.5 * (left - right) / np.minimum(left - 2 * top + right, -1e-9)
    pitch = 69 + 12 * np.log2((place + low + offset) * RATE_HZ / _FRAME / 440.0)
    nearest = np.round(pitch)
    away = np.abs(pitch - nearest)
    weights = 10 ** (top / 20)
    classes = np.zeros((len(power), 12))
    np.add.at(classes, (frame, nearest.astype(np.int64) % 12), weights)

    def summed(values: FloatArray) -> FloatArray:
        return np.bincount(frame, weights=values, minlength=len(power)).astype(np.float64)

    return Partials(
        weight=summed(weights),
        classes=classes,
        deviation=summed(weights * away),
        untempered=summed(weights * (away > 1 / 6)),
        pitch=summed(weights * pitch),
    )
