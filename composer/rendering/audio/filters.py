"""The filters that loudness is measured with, in NumPy alone: importing SciPy's takes longer than using them.

* K-weighting of ITU-R BS.1770-4 as pyloudnorm realises it: a shelf of 4 dB above 1.5 kHz and a high pass at 38 Hz, both
  after R. Bristow-Johnson's *Audio EQ Cookbook*; applied by their frequency response, block by block.
* Interpolation to four times the sample rate for true peaks, with the windowed sinc that `scipy.signal.resample_poly`
  uses (Kaiser window of 5, ten samples to each side).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["OVERSAMPLING", "KWeighting", "between_samples"]

OVERSAMPLING = 4
_REACH = 10
"""Samples to each side that an interpolated value comes from."""
_TAIL = 1 << 13
"""Samples after which the impulse response of the weighting is below 1e-15, at 44.1 kHz and less."""


class KWeighting:
    """The weighting of a signal that comes in blocks.

    Parameters
    ----------
    rate_hz : int
        Samples a second.
    channels : int
        Columns of the blocks.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._rate_hz = rate_hz
        self._tail = np.zeros((_TAIL, channels))

    def __call__(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        """The next block weighted; shape (n, channels)."""
        size = len(block) + _TAIL
        spectrum = np.fft.rfft(block, size, axis=0) * _response(self._rate_hz, size)[:, None]
        weighted = np.fft.irfft(spectrum, size, axis=0)
        weighted[:_TAIL] += self._tail
        self._tail = weighted[len(block) :].copy()
        return weighted[: len(block)]


@lru_cache(maxsize=4)
def _response(rate_hz: int, size: int) -> NDArray[np.complex128]:
    """Frequency response of both stages at the frequencies of a transform of `size` samples."""
    unit = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)  # z^-1
    whole = np.ones(len(unit), dtype=np.complex128)
    for numerator, denominator in (_high_shelf(4.0, math.sqrt(0.5), 1500.0, rate_hz), _high_pass(0.5, 38.0, rate_hz)):
        whole *= np.polyval(numerator[::-1], unit) / np.polyval(denominator[::-1], unit)
    return whole


_Stage = tuple[list[float], list[float]]


def _high_shelf(gain_db: float, quality: float, hertz: float, rate_hz: int) -> _Stage:
    amplitude = 10 ** (gain_db / 40)
    angle = 2 * math.pi * hertz / rate_hz
    cosine, slope = math.cos(angle), 2 * math.sqrt(amplitude) * math.sin(angle) / (2 * quality)
    more, less = amplitude + 1, amplitude - 1
    numerator = [more + less * cosine + slope, -2 * (less + more * cosine), more + less * cosine - slope]
    denominator = [more - less * cosine + slope, 2 * (less - more * cosine), more - less * cosine - slope]
    return [amplitude * value for value in numerator], denominator


def _high_pass(quality: float, hertz: float, rate_hz: int) -> _Stage:
    angle = 2 * math.pi * hertz / rate_hz
    cosine, alpha = math.cos(angle), math.sin(angle) / (2 * quality)
    return [(1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2], [1 + alpha, -2 * cosine, 1 - alpha]


def between_samples(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """One channel at four times its rate: shape (n,) to (n, 4), the first column being the samples themselves."""
    fine = np.empty((len(signal), OVERSAMPLING))
    fine[:, 0] = signal
    for phase, taps in enumerate(_phases(), start=1):
        fine[:, phase] = np.convolve(signal, taps)[_REACH : _REACH + len(signal)]
    return fine


@lru_cache(maxsize=1)
def _phases() -> tuple[NDArray[np.float64], ...]:
    """The taps for each of the places between two samples."""
    half = _REACH * OVERSAMPLING
    window = np.sinc(np.arange(-half, half + 1) / OVERSAMPLING) * np.kaiser(2 * half + 1, 5.0)
    window *= OVERSAMPLING / window.sum()
    return tuple(window[phase::OVERSAMPLING] for phase in range(1, OVERSAMPLING))
