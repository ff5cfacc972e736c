"""The spectra that the Composer audio-text encoder hears: ten seconds as mel bands and as semitone bands over time.

The mel bands, of short frames, show timbre and attacks; the semitone bands, of long frames, show pitches and so keys
and registers, which mel bands of a fair number blur.

Conventions
-----------
* Mono at 16 kHz, scaled to a root mean square of 0.1: loudness itself is not heard, it is measured elsewhere.
* A *window* is ten seconds, 312 frames 32 ms apart. Its *spectra* are natural logarithms of power, float32, shape
  (148, 312): rows 0..63 are mel bands from 40 Hz to 7.8 kHz of frames of 64 ms, rows 64..147 the semitones of MIDI
  pitches 28..111 of frames of 256 ms around the same instants.
* A recording shorter than a window is repeated until it fills one.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from composer.metrics.waveform import Waveform
from composer.midi.notes import FloatArray

__all__ = ["BANDS", "FRAMES", "MEL_BANDS", "RATE_HZ", "WINDOW_SECONDS", "spectra", "windows"]

RATE_HZ = 16_000
WINDOW_SECONDS = 10.0
FRAMES = 312
MEL_BANDS = 64
BANDS = MEL_BANDS + 84

_HOP = 512
_MEL_FRAME, _PITCH_FRAME = 1024, 4096
_LOW_HZ, _HIGH_HZ = 40.0, 7_800.0
_FIRST_PITCH = 28
_LEVEL = 0.1
_FLOOR = 1e-6
_SAMPLES = round(RATE_HZ * WINDOW_SECONDS)


def windows(wave: Waveform, *, most: int = 6) -> list[FloatArray]:
    """Ten-second windows of a recording, mono at 16 kHz, evenly spaced, neighbours at least five seconds apart.

    Parameters
    ----------
    wave : Waveform
    most : int
        No more windows than this; the first begins at the beginning, the last ends at the end.
    """
    from scipy.signal import resample_poly

    common = math.gcd(wave.rate_hz, RATE_HZ)
    signal: FloatArray = resample_poly(wave.mono, RATE_HZ // common, wave.rate_hz // common)
    if len(signal) <= _SAMPLES:
        return [np.resize(signal, _SAMPLES)]
    count = min(most, 1 + math.ceil((len(signal) - _SAMPLES) / (_SAMPLES // 2)))
    starts = np.linspace(0, len(signal) - _SAMPLES, count).astype(int)
    return [signal[start : start + _SAMPLES] for start in starts]


def spectra(window: FloatArray) -> NDArray[np.float32]:
    """Logarithmic mel and semitone spectra of a window of 160,000 samples, float32, shape (148, 312)."""
    level = float(np.sqrt(np.mean(np.square(window))))
    signal = window * (_LEVEL / level) if level > 0 else window
    mel = _power(signal, _MEL_FRAME) @ _mel_filters().T
    pitch = _power(signal, _PITCH_FRAME) @ _pitch_filters().T
    both = np.concatenate([mel, pitch], axis=1).T  # (bands, frames)
    return np.log(both + _FLOOR).astype(np.float32)


def _power(signal: FloatArray, frame: int) -> FloatArray:
    """Power of every frame, shape (frames, frame // 2 + 1); a sine of amplitude 1 has power 1/4 at its frequency."""
    padded = np.pad(signal, frame // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame)[::_HOP][:FRAMES]
    window = np.hanning(frame + 1)[:-1]
    power: FloatArray = np.abs(np.fft.rfft(frames * window)) ** 2 / window.sum() ** 2
    return power


@lru_cache(maxsize=1)
def _mel_filters() -> FloatArray:
    """Triangles of equal height on the mel scale of O'Shaughnessy (1987), shape (64, frequencies)."""
    low, high = (2595 * math.log10(1 + hertz / 700) for hertz in (_LOW_HZ, _HIGH_HZ))
    edges = 700 * (10 ** (np.linspace(low, high, MEL_BANDS + 2) / 2595) - 1)
    return _triangles(edges[:-2], edges[1:-1], edges[2:], _MEL_FRAME)


@lru_cache(maxsize=1)
def _pitch_filters() -> FloatArray:
    """Triangles a semitone to both sides of each pitch, shape (84, frequencies)."""
    pitches = _FIRST_PITCH + np.arange(BANDS - MEL_BANDS)
    low, center, high = (440.0 * 2 ** ((pitches + step - 69) / 12) for step in (-1, 0, 1))
    # Below 70 Hz a semitone is narrower than the distance of two frequencies of the spectrum.
    reach = RATE_HZ / _PITCH_FRAME
    return _triangles(np.minimum(low, center - reach), center, np.maximum(high, center + reach), _PITCH_FRAME)


def _triangles(low: FloatArray, center: FloatArray, high: FloatArray, frame: int) -> FloatArray:
    frequencies = np.fft.rfftfreq(frame, 1 / RATE_HZ)
    # A band narrower than two frequencies still catches the nearest ones.
    step = frequencies[1]
    low, high = np.minimum(low, center - step), np.maximum(high, center + step)
    rising = (frequencies - low[:, None]) / (center - low)[:, None]
    falling = (high[:, None] - frequencies) / (high - center)[:, None]
    return np.maximum(0.0, np.minimum(rising, falling))
