"""An embedding of sound without a trained model: statistics of mel-frequency cepstral coefficients.

It is called by its own name, `EMBEDDING`, wherever it is used. It hears timbre, register, loudness changes and density,
not style or melody, and its distances cannot be compared with those on VGGish or CLAP embeddings.

Conventions
-----------
* Mono, resampled to 16 kHz, scaled to a root mean square of 0.1 (loudness is measured elsewhere).
* Frames of 32 ms every 16 ms, 40 mel bands from 40 Hz to 8 kHz, natural logarithm, cosine transform, 20 coefficients.
* One embedding for every 2 s, 1 s apart: mean and standard deviation of each coefficient, shape (n, 40).
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np

from composer.metrics.waveform import Waveform
from composer.midi.notes import FloatArray

__all__ = [
    "DIMENSIONS",
    "EMBEDDING",
    "RATE_HZ",
    "chroma",
    "embed_audio",
    "mel_cepstrum",
    "mel_filters",
    "power_spectrum",
    "prepared",
]

EMBEDDING = "mfcc-statistics-1"

RATE_HZ = 16_000
_FRAME, _HOP = 512, 256
_BANDS, _COEFFICIENTS = 40, 20
_LOW_HZ, _HIGH_HZ = 40.0, 8_000.0
_FLOOR = 1e-8
_LEVEL = 0.1
_WINDOW_SECONDS, _STEP_SECONDS = 2.0, 1.0
DIMENSIONS = 2 * _COEFFICIENTS


def embed_audio(wave: Waveform) -> FloatArray:
    """Embeddings of a recording, shape (n, 40); one for a recording shorter than two seconds."""
    coefficients = mel_cepstrum(wave)
    window, step = (round(seconds * RATE_HZ / _HOP) for seconds in (_WINDOW_SECONDS, _STEP_SECONDS))
    starts = range(0, max(1, len(coefficients) - window + 1), step)
    parts = [coefficients[start : start + window] for start in starts]
    return np.array([np.concatenate([part.mean(axis=0), part.std(axis=0)]) for part in parts])


def mel_cepstrum(wave: Waveform) -> FloatArray:
    """Mel-frequency cepstral coefficients, shape (frames, 20)."""
    from scipy.fft import dct

    power = power_spectrum(prepared(wave))
    bands = np.log(power @ mel_filters().T + _FLOOR)  # (frames, bands)
    result: FloatArray = dct(bands, type=2, norm="ortho", axis=1)[:, :_COEFFICIENTS]
    return result


def chroma(wave: Waveform, columns: int) -> FloatArray:
    """Energy of the twelve pitch classes in `columns` equal stretches, each column's largest 1, shape (12, columns)."""
    signal = prepared(wave)
    size = 4096
    power = power_spectrum(signal, frame=size, hop=2048)
    frequencies = np.fft.rfftfreq(size, 1 / RATE_HZ)
    usable = (frequencies > 55) & (frequencies < 4000)
    classes = np.round(12 * np.log2(frequencies[usable] / 440) + 69).astype(np.int64) % 12
    energy = np.stack([power[:, usable][:, classes == each].sum(axis=1) for each in range(12)])  # (12, frames)
    edges = np.linspace(0, energy.shape[1], columns + 1).astype(int)
    table = np.stack(
        [energy[:, low : max(high, low + 1)].mean(axis=1) for low, high in pairwise(edges.tolist())],
        axis=1,
    )
    result: FloatArray = table / np.maximum(table.max(axis=0), 1e-12)
    return result


def prepared(wave: Waveform) -> FloatArray:
    """Mono at 16 kHz and a root mean square of 0.1; at least one frame long."""
    from scipy.signal import resample_poly

    common = math.gcd(wave.rate_hz, RATE_HZ)
    signal = resample_poly(wave.mono, RATE_HZ // common, wave.rate_hz // common)
    level = float(np.sqrt(np.mean(signal**2)))
    scaled: FloatArray = signal * (_LEVEL / level) if level > 0 else signal
    return np.pad(scaled, (0, max(0, _FRAME - len(scaled))))


def power_spectrum(signal: FloatArray, frame: int = _FRAME, hop: int = _HOP) -> FloatArray:
    """Power spectrum of every frame, shape (frames, frame // 2 + 1)."""
    signal = np.pad(signal, (0, max(0, frame - len(signal))))
    frames = np.lib.stride_tricks.sliding_window_view(signal, frame)[::hop]
    window = np.hanning(frame + 1)[:-1]
    return np.concatenate(
        [np.abs(np.fft.rfft(frames[start : start + 512] * window)) ** 2 for start in range(0, len(frames), 512)]
    )


@lru_cache(maxsize=1)
def mel_filters() -> FloatArray:
    """Triangles of equal height on the mel scale of O'Shaughnessy (1987), shape (bands, frequencies)."""
    low, high = (2595 * math.log10(1 + hertz / 700) for hertz in (_LOW_HZ, _HIGH_HZ))
    edges_mel = np.linspace(low, high, _BANDS + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    frequencies = np.fft.rfftfreq(_FRAME, 1 / RATE_HZ)
    rising = (frequencies - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - frequencies) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling))
