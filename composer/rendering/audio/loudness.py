"""The loudness of a piece, and the gain that brings it to where listening services play music.

Loudness is ITU-R BS.1770-4's (K-weighting, gating), with the filters of pyloudnorm, over blocks, so that an hour needs
no more memory than a minute. The target is -16 LUFS, the ceiling -1 dBTP (AES TD1008; true peak as in BS.1770-4
annex 2, at four times the sample rate).

Where the target would push peaks over the ceiling, the gain gives way around each peak: a curve over time, the same for
both channels *and for every stem*, so that stems still add up to the mix.

Conventions
-----------
* Samples are float, shape (n, 2); levels in LUFS and dBTP; a gain curve has one value for each `BLOCK` samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from composer.rendering.audio.filters import KWeighting, between_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BLOCK", "CEILING_DBTP", "TARGET_LUFS", "Mastering", "find_mastering", "measure_lufs", "true_peaks"]

TARGET_LUFS, CEILING_DBTP = -16.0, -1.0
BLOCK = 32
"""Samples for which a gain curve has one value: 0.7 ms."""
_CHUNK = 1 << 16
_CONTEXT = 16
"""Samples before and after a chunk that the interpolation of its first and last needs."""
_ATTACK_DB = 2.2
"""How fast the gain gives way, in dB per block: 6 dB in 2 ms."""
_SHALLOW_DB, _RELEASE_DB, _DEEP_RELEASE_DB = 3.0, 0.06, 0.25
"""How fast it comes back: the first 3 dB in 35 ms, what lies deeper at 6 dB in 17 ms, so that a hard click does not
take along the note that it begins."""
_MOST_REDUCTION_DB = 12.0
"""A piece whose peaks stand out more than this stays softer than the target."""
_MARGIN_DB = 0.05
"""Kept free for what rounding to 16 bits and the finite interpolation add."""
_TOLERANCE_LU = 0.1
_ROUNDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Mastering:
    """The gain of a piece, and what it leads to.

    Attributes
    ----------
    gain : linear factor.
    curve : float32 array, one factor a `BLOCK`, on top of the gain; None where no peak is in the way.
    lufs : integrated loudness of the result; -inf for what is too short or too soft to have one.
    true_peak_dbtp : its true peak.
    reduction_db : the most that the curve takes away, 0 or more.
    """

    gain: float
    curve: NDArray[np.float32] | None = field(compare=False, repr=False)
    lufs: float
    true_peak_dbtp: float
    reduction_db: float

    def apply(self, samples: NDArray[np.float32], start: int) -> NDArray[np.float64]:
        """The samples from the piece's sample ``start`` on, with the gain; shape (n, 2)."""
        out = samples.astype(np.float64) * self.gain
        if self.curve is not None:
            # A value stands in the middle of its block; between two of them the gain is a straight line.
            places = (np.arange(start, start + len(samples)) - (BLOCK - 1) / 2) / BLOCK
            out *= np.interp(places, np.arange(len(self.curve)), self.curve)[:, None]
        return out


def find_mastering(samples: NDArray[np.float32]) -> Mastering:
    """The gain for a whole piece, samples shape (n, 2); all of it may lie in a file (`numpy.memmap`)."""
    peaks = true_peaks(samples)
    top = _decibels(float(peaks.max(initial=0.0)))
    # Measured at full scale: the gate of the loudness is an absolute level.
    gain_db = CEILING_DBTP - _MARGIN_DB - top
    found = Mastering(gain=_factor(gain_db), curve=None, lufs=0.0, true_peak_dbtp=CEILING_DBTP, reduction_db=0.0)
    lufs = measure_lufs(samples, found.apply)
    if math.isfinite(lufs) and lufs < TARGET_LUFS:
        return _with_curve(samples, peaks, gain_db + TARGET_LUFS - lufs, top)
    # What is too short to have a loudness goes by its peak.
    down = TARGET_LUFS - lufs if math.isfinite(lufs) else 0.0
    return Mastering(
        gain=_factor(gain_db + down),
        curve=None,
        lufs=lufs + down,
        true_peak_dbtp=top + gain_db + down,
        reduction_db=0.0,
    )


def _with_curve(samples: NDArray[np.float32], peaks: NDArray[np.float64], gain_db: float, top: float) -> Mastering:
    """Raise the gain until the loudness is met under the curve, or the curve would take too much."""
    most = CEILING_DBTP - _MARGIN_DB - top + _MOST_REDUCTION_DB
    gain_db = min(gain_db, most)
    for _ in range(_ROUNDS):
        curve = _curve(peaks * _factor(gain_db))
        found = Mastering(gain=_factor(gain_db), curve=curve, lufs=0.0, true_peak_dbtp=0.0, reduction_db=0.0)
        lufs = measure_lufs(samples, found.apply)
        if abs(TARGET_LUFS - lufs) <= _TOLERANCE_LU or (gain_db >= most and lufs < TARGET_LUFS):
            break
        gain_db = min(most, gain_db + TARGET_LUFS - lufs)
    return Mastering(
        gain=found.gain,
        curve=curve,
        lufs=lufs,
        true_peak_dbtp=_decibels(float((peaks * found.gain * _ceiling_of(curve, len(peaks))).max())),
        reduction_db=-_decibels(float(curve.min())),
    )


def _ceiling_of(curve: NDArray[np.float32], blocks: int) -> NDArray[np.float64]:
    """The largest gain within each block: at its middle or where it meets its neighbours."""
    wide = np.pad(curve.astype(np.float64), 1, mode="edge")
    return np.maximum(np.maximum(wide[:-2], wide[2:]) / 2 + wide[1:-1] / 2, wide[1:-1])[:blocks]


def _curve(peaks: NDArray[np.float64]) -> NDArray[np.float32]:
    """One factor a block, so that no peak passes the ceiling; quick to give way, slower to come back."""
    room = (CEILING_DBTP - _MARGIN_DB) - 20 * np.log10(np.maximum(peaks, 1e-12))
    need = np.minimum(room, 0.0)  # dB
    # The gain between two blocks is a straight line: neighbours must satisfy each other's need.
    wide = np.pad(need, 1, mode="edge")
    need = np.minimum(np.minimum(wide[:-2], wide[2:]), need)
    shallow = _eased(np.maximum(need, -_SHALLOW_DB), _RELEASE_DB)
    deep = _eased(np.minimum(need + _SHALLOW_DB, 0.0), _DEEP_RELEASE_DB)
    return (10 ** ((shallow + deep) / 20)).astype(np.float32)


def _eased(need: NDArray[np.float64], release_db: float) -> NDArray[np.float64]:
    """A curve in dB that stays at or under ``need`` and moves no faster than attack and release allow."""
    ramp = np.arange(len(need), dtype=np.float64)
    after = np.minimum.accumulate(need - release_db * ramp) + release_db * ramp
    return np.minimum.accumulate((after + _ATTACK_DB * ramp)[::-1])[::-1] - _ATTACK_DB * ramp


# ------------------------------------------------------------------------------------------ measures


def _chunks(samples: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(samples), _CHUNK):
        yield start, min(len(samples), start + _CHUNK)


def true_peaks(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Largest absolute value between and on the samples of each `BLOCK`, either channel; shape (blocks,)."""
    out = np.zeros(-(-len(samples) // BLOCK))
    for start, stop in _chunks(samples):
        low = max(0, start - _CONTEXT)
        # A channel after the other: along rows it is three times faster than along columns.
        part = np.ascontiguousarray(samples[low : min(len(samples), stop + _CONTEXT)].T, dtype=np.float64)
        highest = np.maximum(*(np.abs(between_samples(channel)).max(axis=1) for channel in part))
        highest = highest[start - low :][: stop - start]
        padded = np.pad(highest, (0, -len(highest) % BLOCK)).reshape(-1, BLOCK)
        out[start // BLOCK : start // BLOCK + len(padded)] = padded.max(axis=1)
    return out


def measure_lufs(
    samples: NDArray[np.float32],
    change: Callable[[NDArray[np.float32], int], NDArray[np.float64] | NDArray[np.float32]],
    *,
    rate: int = 44_100,
) -> float:
    """Integrated loudness of the samples after ``change(chunk, start)``; -inf for less than 0.4 s or silence.

    The same as ``pyloudnorm.Meter(rate).integrated_loudness`` of the whole.
    """
    weighting = KWeighting(rate, channels=2)
    cell = rate // 10  # gating blocks of 400 ms overlap by three quarters
    squares = np.zeros(-(-len(samples) // cell))
    for start, stop in _chunks(samples):
        part = weighting(np.asarray(change(samples[start:stop], start), dtype=np.float64))
        places = np.arange(start, stop) // cell
        power_now = np.square(part[:, 0]) + np.square(part[:, 1])
        squares += np.bincount(places, weights=power_now, minlength=len(squares))
    whole = squares[: len(samples) // cell]
    if len(whole) < 4:
        return -math.inf
    power = np.convolve(whole, np.ones(4), mode="valid") / (4 * cell)
    return _gated(power)


def _gated(power: NDArray[np.float64]) -> float:
    """BS.1770-4: blocks below -70 LUFS, then those 10 LU below the rest, do not count."""
    loudness = -0.691 + 10 * np.log10(np.maximum(power, 1e-20))
    heard = power[loudness >= -70.0]
    if not len(heard):
        return -math.inf
    threshold = -0.691 + 10 * math.log10(float(heard.mean())) - 10
    kept = power[(loudness > threshold) & (loudness > -70.0)]
    return -0.691 + 10 * math.log10(float(kept.mean())) if len(kept) else -math.inf


def _factor(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _decibels(ratio: float) -> float:
    return 20 * math.log10(ratio) if ratio > 0 else -math.inf
