"""What the encoder hears: windows of a recording and their spectra."""

from __future__ import annotations

import numpy as np
import pytest

from composer.metrics.spectra import BANDS, FRAMES, MEL_BANDS, RATE_HZ, spectra, windows
from composer.metrics.waveform import Waveform


def tone(hertz: float, seconds: float, rate: int = 44_100) -> Waveform:
    signal = 0.3 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return Waveform(samples=np.stack([signal, signal], axis=1), rate_hz=rate)


@pytest.mark.parametrize("pitch", [45, 60, 69, 84, 100])
def test_a_tone_is_loudest_in_its_own_semitone(pitch: int) -> None:
    found = spectra(windows(tone(440 * 2 ** ((pitch - 69) / 12), 10))[0])
    assert found.shape == (BANDS, FRAMES)
    assert found.dtype == np.float32
    assert int(found[MEL_BANDS:].mean(axis=1).argmax()) + 28 == pitch


def test_loudness_is_not_heard() -> None:
    quiet = tone(440, 10)
    loud = Waveform(samples=3 * quiet.samples, rate_hz=quiet.rate_hz)
    assert np.allclose(spectra(windows(quiet)[0]), spectra(windows(loud)[0]), atol=1e-4)


def test_silence_is_no_error() -> None:
    silent = Waveform(samples=np.zeros((44_100, 1)), rate_hz=44_100)
    assert np.isfinite(spectra(windows(silent)[0])).all()


def test_windows_cover_a_recording_and_short_ones_are_repeated() -> None:
    size = 10 * RATE_HZ
    assert [len(each) for each in windows(tone(300, 3))] == [size]
    assert len(windows(tone(300, 10))) == 1
    assert len(windows(tone(300, 25))) == 4
    assert len(windows(tone(300, 500))) == 6
    ramp = Waveform(samples=np.linspace(0, 1, 32 * RATE_HZ)[:, None], rate_hz=RATE_HZ)
    found = windows(ramp)
    assert found[0][0] == pytest.approx(0, abs=1e-6)
    assert found[-1][-1] == pytest.approx(1, abs=1e-6)
