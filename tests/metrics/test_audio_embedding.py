"""The embedding without a trained model hears what it should hear, and nothing else."""

from __future__ import annotations

import numpy as np
from scipy.signal import resample_poly

from composer.metrics.audio_embedding import chroma, embed_audio
from composer.metrics.waveform import Waveform


def sound(seed: int = 0, rate: int = 32_000, seconds: float = 5.0) -> np.ndarray:
    """A few decaying notes."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    total = np.zeros_like(time)
    for start in np.arange(0, seconds - 0.5, 0.5):
        hertz = 440 * 2 ** (rng.integers(-12, 12) / 12)
        total += (time >= start) * np.exp(-3 * np.maximum(0, time - start)) * np.sin(2 * np.pi * hertz * (time - start))
    return total / 4


def wave(signal: np.ndarray, rate: int = 32_000) -> Waveform:
    return Waveform(samples=signal[:, None], rate_hz=rate)


def test_one_embedding_a_second_always_the_same() -> None:
    first, second = embed_audio(wave(sound())), embed_audio(wave(sound()))
    assert first.shape == (4, 40)
    assert np.array_equal(first, second)
    assert embed_audio(wave(sound(seconds=0.6))).shape == (1, 40)
    assert np.isfinite(embed_audio(wave(np.zeros(1000)))).all()


def test_loudness_and_sample_rate_hardly_matter() -> None:
    base = embed_audio(wave(sound()))
    assert np.abs(embed_audio(wave(0.1 * sound())) - base).max() < 1e-6
    other = embed_audio(wave(resample_poly(sound(), 3, 2), 48_000))
    assert np.abs(other - base).mean() < 0.2


def test_noise_moves_it_more_the_more_there_is() -> None:
    base = embed_audio(wave(sound()))
    rng = np.random.default_rng(0)
    hiss = rng.standard_normal(len(sound()))
    moved = [np.abs(embed_audio(wave(sound() + level * hiss)) - base).mean() for level in (0.001, 0.01, 0.1)]
    assert moved == sorted(moved)
    assert moved[0] > 0


def test_chroma_finds_the_pitch_class() -> None:
    time = np.arange(64_000) / 32_000
    table = chroma(wave(np.sin(2 * np.pi * 440 * time)), 4)
    assert table.shape == (12, 4)
    assert (table.argmax(axis=0) == 9).all()
