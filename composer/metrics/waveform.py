"""An engineer's measures of a recording: loudness, true peak, clipping, silence, DC; and harmonic distortion.

Conventions
-----------
* Samples are float64 of shape (n, channels), full scale is 1. Levels in dBFS (peaks: dBTP), loudness in LUFS.
* Loudness is that of ITU-R BS.1770-4 by pyloudnorm; pieces shorter than its block of 0.4 s have none (NaN).
"""

from __future__ import annotations

import math
import struct
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from composer.errors import ComposerError, UsageError
from composer.midi.notes import FloatArray

__all__ = ["AudioMeasures", "Waveform", "harmonic_distortion", "measure_audio", "read_wav", "true_peak"]

_FULL_SCALE = {"int16": 2**15, "int32": 2**31}
_CLIPPED = 1 - 2**-14
_CLIPPED_RUN = 3
"""So many samples at full scale in a row are taken for clipping, not for a peak that just reaches it."""
_SILENT_DBFS = -60.0
_BLOCK_SECONDS = 0.4
_OVERSAMPLING = 4
_PEAK_BLOCK, _PEAK_EDGE = 4096, 64
_HARMONICS = 10
_MAX_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Waveform:
    """Samples of shape (n, channels), float64, full scale 1."""

    samples: FloatArray = field(compare=False, repr=False)
    rate_hz: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.rate_hz

    @property
    def mono(self) -> FloatArray:
        """Mean of the channels, shape (n,)."""
        # Channel by channel: numpy's mean along two columns takes ten times as long.
        total: FloatArray = sum(self.samples.T) / self.samples.shape[1]
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioMeasures:
    """Figures of a recording.

    Attributes
    ----------
    seconds : length; ``rate_hz``, ``channels`` : of the file.
    loudness_lufs : integrated loudness; -inf for silence, NaN when too short.
    true_peak_dbtp : peak between samples, four times oversampled as BS.1770-4 asks.
    sample_peak_dbfs, rms_dbfs : largest sample, root mean square.
    crest_db : peak above the mean level.
    clipped_samples : in runs of three or more at full scale.
    silent_share : share of blocks of 0.4 s below -60 dBFS.
    dc_offset : largest mean of a channel.
    thd_percent : see `harmonic_distortion`; for polyphonic music it measures the music, not a fault.
    """

    seconds: float
    rate_hz: int
    channels: int
    loudness_lufs: float
    true_peak_dbtp: float
    sample_peak_dbfs: float
    rms_dbfs: float
    crest_db: float
    clipped_samples: int
    silent_share: float
    dc_offset: float
    thd_percent: float


def read_wav(path: Path | str) -> Waveform:
    """Read a WAV file: PCM of 8 to 32 bits, or float.

    Raises
    ------
    UsageError
        It is missing, no WAV file, broken, or empty.
    """
    from scipy.io import wavfile

    path = Path(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{str(path)!r} is larger than {_MAX_BYTES} bytes", hint="give a shorter recording")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # chunks of other programs that scipy does not know
            rate, data = wavfile.read(path)
    except ComposerError:
        raise
    except (OSError, ValueError, EOFError, LookupError, TypeError, MemoryError, struct.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UsageError(f"{str(path)!r} is not a usable WAV file: {reason}", hint="give a PCM or float WAV") from error
    samples = np.atleast_2d(np.asarray(data).T).T
    if not len(samples) or rate <= 0:
        raise UsageError(f"{str(path)!r} holds no samples", hint="give a recording with sound in it")
    if samples.dtype == np.uint8:
        floats = (samples.astype(np.float64) - 128) / 128
    else:
        floats = samples.astype(np.float64) / _FULL_SCALE.get(str(samples.dtype), 1)
    return Waveform(samples=np.nan_to_num(floats), rate_hz=int(rate))


def measure_audio(wave: Waveform) -> AudioMeasures:
    """Take every figure of a recording."""
    samples = wave.samples
    peak = float(np.abs(samples).max())
    rms = float(np.sqrt(np.mean(samples**2)))
    return AudioMeasures(
        seconds=wave.seconds,
        rate_hz=wave.rate_hz,
        channels=samples.shape[1],
        loudness_lufs=_loudness(wave),
        true_peak_dbtp=_decibels(true_peak(wave)),
        sample_peak_dbfs=_decibels(peak),
        rms_dbfs=_decibels(rms),
        crest_db=_decibels(peak / rms) if rms > 0 else math.nan,
        clipped_samples=sum(_clipped(channel) for channel in samples.T),
        silent_share=_silent(wave),
        dc_offset=float(np.abs(samples.mean(axis=0)).max()),
        thd_percent=100 * harmonic_distortion(wave),
    )


def _decibels(ratio: float) -> float:
    return 20 * math.log10(ratio) if ratio > 0 else -math.inf


def _loudness(wave: Waveform) -> float:
    import pyloudnorm

    if wave.seconds <= _BLOCK_SECONDS:
        return math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # log of zero in silence
        # BS.1770 knows up to five channels.
        return float(pyloudnorm.Meter(wave.rate_hz).integrated_loudness(wave.samples[:, :5]))


def true_peak(wave: Waveform) -> float:
    """Largest value of the signal between its samples too, by oversampling; at least the sample peak."""
    from scipy.signal import resample_poly

    size = np.max([np.abs(channel) for channel in wave.samples.T], axis=0)
    peak = float(size.max())
    # Only the neighbourhood of loud samples can hold the peak: most of a piece need not be looked at.
    blocks = np.pad(size, (0, -len(size) % _PEAK_BLOCK)).reshape(-1, _PEAK_BLOCK).max(axis=1)
    for number in np.flatnonzero(blocks > 0.5 * peak).tolist():
        start = number * _PEAK_BLOCK
        low = max(0, start - _PEAK_EDGE)
        part = np.ascontiguousarray(wave.samples[low : start + _PEAK_BLOCK + _PEAK_EDGE].T)
        fine = resample_poly(part, _OVERSAMPLING, 1, axis=1)
        own = fine[:, (start - low) * _OVERSAMPLING :][:, : _PEAK_BLOCK * _OVERSAMPLING]  # it rings beside the cuts
        peak = max(peak, float(np.abs(own).max()))
    return peak


def _clipped(channel: FloatArray) -> int:
    flat = np.concatenate([[0], (np.abs(channel) >= _CLIPPED).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(flat))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= _CLIPPED_RUN].sum())


def _silent(wave: Waveform) -> float:
    size = max(1, round(_BLOCK_SECONDS * wave.rate_hz))
    mono = wave.mono
    count = max(1, len(mono) // size)
    blocks = mono[: count * size].reshape(count, -1)
    return float(np.mean(np.sqrt(np.mean(blocks**2, axis=1)) < 10 ** (_SILENT_DBFS / 20)))


def harmonic_distortion(wave: Waveform) -> float:
    """Root of the power of harmonics 2 to 10 over that of the fundamental, of the whole recording's spectrum.

    So "total harmonic distortion" is defined for a test tone, and so it has been reported for generated music, with the
    strongest partial of the whole piece taken for the fundamental. Music is not a test tone: every note's own overtones
    and every chord raise it, so that neither a low nor a high value is a merit. NaN for silence.
    """
    from scipy.fft import next_fast_len, rfft

    mono = wave.mono - wave.mono.mean()
    size = next_fast_len(len(mono), real=True)  # a length that is prime would take many times longer
    spectrum = np.abs(rfft(mono * np.hanning(len(mono)), size)) ** 2
    low = max(1, math.ceil(20 * size / wave.rate_hz))
    if len(spectrum) <= low or spectrum[low:].max(initial=0.0) <= 0:
        return math.nan
    first = low + int(spectrum[low:].argmax())

    def power(center: int) -> float:
        reach = max(2, center // 200)
        return float(spectrum[max(0, center - reach) : center + reach + 1].sum())

    harmonics = [power(first * number) for number in range(2, _HARMONICS + 1) if first * number < len(spectrum)]
    return math.sqrt(sum(harmonics) / power(first))
