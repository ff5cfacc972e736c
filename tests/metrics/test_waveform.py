"""Levels of tones whose levels are known, and files of every kind."""

from __future__ import annotations

import math
import wave as wave_module
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from scipy.io import wavfile

from composer.errors import UsageError
from composer.metrics.waveform import Waveform, harmonic_distortion, measure_audio, read_wav, true_peak

RATE = 44_100


def tone(hertz: float = 997.0, seconds: float = 3.0, level: float = 0.5, phase: float = 0.0) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE + phase)


def stereo(signal: np.ndarray) -> Waveform:
    return Waveform(samples=np.stack([signal, signal], axis=1), rate_hz=RATE)


def test_a_tone_has_the_loudness_that_the_standard_says() -> None:
    # BS.1770-4: 997 Hz at 0 dBFS in one channel of a mono file reads -3.01 LKFS.
    mono = Waveform(samples=tone(level=1.0)[:, None], rate_hz=RATE)
    assert measure_audio(mono).loudness_lufs == pytest.approx(-3.01, abs=0.05)


def test_loudness_is_pyloudnorms() -> None:
    rng = np.random.default_rng(0)
    sound = Waveform(samples=0.1 * rng.standard_normal((3 * RATE, 2)), rate_hz=RATE)
    expected = pyloudnorm.Meter(RATE).integrated_loudness(sound.samples)
    assert measure_audio(sound).loudness_lufs == pytest.approx(expected, abs=1e-9)


def test_levels_of_a_sine() -> None:
    found = measure_audio(stereo(tone(level=0.5)))
    assert found.sample_peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert found.rms_dbfs == pytest.approx(-9.03, abs=0.01)
    assert found.crest_db == pytest.approx(3.01, abs=0.01)
    assert found.seconds == pytest.approx(3.0)
    assert (found.clipped_samples, found.silent_share) == (0, 0)
    assert found.dc_offset < 1e-4


def test_a_peak_between_samples_is_found() -> None:
    # A quarter of the sample rate, sampled 45 degrees off its peaks: samples reach .707 of it.
    signal = tone(RATE / 4, 1.0, level=0.9, phase=np.pi / 4) * np.hanning(RATE)
    assert np.abs(signal).max() < 0.65
    assert true_peak(stereo(signal)) == pytest.approx(0.9, abs=0.02)


def test_clipping_silence_and_offset_are_counted() -> None:
    loud = np.clip(tone(100, level=2.0), -1, 1)
    found = measure_audio(stereo(np.concatenate([loud, np.zeros(3 * RATE)]) + 0.0))
    assert found.clipped_samples > 1000
    assert found.silent_share == pytest.approx(0.5, abs=0.1)
    assert measure_audio(stereo(tone() + 0.25)).dc_offset == pytest.approx(0.25, abs=1e-3)


def test_silence_is_silent() -> None:
    found = measure_audio(stereo(np.zeros(RATE)))
    assert found.loudness_lufs == -math.inf
    assert found.silent_share == 1
    assert math.isnan(found.thd_percent)


def test_distortion_of_a_tone_with_one_overtone() -> None:
    assert harmonic_distortion(stereo(tone())) < 1e-3
    assert harmonic_distortion(stereo(tone(500) + tone(1000, level=0.05))) == pytest.approx(0.1, abs=0.002)


@pytest.mark.parametrize("kind", ["int16", "int32", "uint8", "float32", "float64"])
def test_every_kind_of_wav_is_read_alike(tmp_path: Path, kind: str) -> None:
    signal = tone(seconds=0.5)
    scale = {"int16": 2**15 - 1, "int32": 2**31 - 1, "uint8": 127}.get(kind, 1)
    wavfile.write(tmp_path / "x.wav", RATE, (signal * scale + (128 if kind == "uint8" else 0)).astype(kind))
    found = read_wav(tmp_path / "x.wav")
    assert found.samples.shape == (RATE // 2, 1)
    assert np.abs(found.samples[:, 0] - signal).max() < 0.02


def test_24_bits_are_read(tmp_path: Path) -> None:
    with wave_module.open(str(tmp_path / "x.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(RATE)
        values = np.round(tone(seconds=0.1) * (2**23 - 1)).astype("<i4")
        file.writeframes(values.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    assert np.abs(read_wav(tmp_path / "x.wav").samples).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"no wave file at all", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + bytes(16)]
)
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(UsageError, match=r"x\.wav"):
        read_wav(tmp_path / "x.wav")
    with pytest.raises(UsageError):
        read_wav(tmp_path / "missing.wav")
