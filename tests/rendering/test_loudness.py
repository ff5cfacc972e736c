from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from composer.rendering.audio.loudness import CEILING_DBTP, TARGET_LUFS, find_mastering, measure_lufs, true_peaks

RATE = 44_100


def tone(seconds: float, level: float, hertz: float = 440.0) -> NDArray[np.float32]:
    wave = level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def clicks(seconds: float) -> NDArray[np.float32]:
    """A soft tone with a loud click twice a second: peaks stand far out."""
    out = tone(seconds, 0.01)
    for start in range(0, len(out) - 200, RATE // 2):
        out[start : start + 40] += 0.9 * np.hanning(40)[:, None].astype(np.float32)
    return out


def noise(seconds: float, seed: int) -> NDArray[np.float32]:
    chance = np.random.default_rng(seed)
    swell = np.interp(np.arange(round(seconds * RATE)), [0, seconds * RATE / 2, seconds * RATE], [0.001, 0.3, 0.02])
    return (chance.normal(size=(len(swell), 2)) * swell[:, None] * [1.0, 0.5]).astype(np.float32)


@pytest.mark.parametrize("sound", [tone(3.0, 0.3), tone(1.5, 0.05, 60.0), noise(7.0, 1), noise(3.2, 2), clicks(5.0)])
def test_loudness_is_pyloudnorm_s(sound: NDArray[np.float32]) -> None:
    expected = pyloudnorm.Meter(RATE).integrated_loudness(sound.astype(np.float64))
    assert measure_lufs(sound, lambda chunk, _start: chunk) == pytest.approx(expected, abs=0.05)


def test_a_full_scale_tone_has_the_loudness_that_the_standard_says() -> None:
    # EBU Tech 3341, case 1: 1 kHz in both channels at -23 dBFS reads -23 LUFS.
    assert measure_lufs(tone(20, 10 ** (-23 / 20), 1000), lambda c, _s: c) == pytest.approx(-23.0, abs=0.1)


def test_true_peaks_lie_between_the_samples() -> None:
    # A quarter of the sample rate, 45 degrees off: every sample misses the top by 3 dB.
    phase = 2 * np.pi * 0.25 * np.arange(4000) + np.pi / 4
    sound = np.stack([np.sin(phase)] * 2, axis=1).astype(np.float32)
    assert np.abs(sound).max() < 0.71
    assert true_peaks(sound)[5:-5].max() == pytest.approx(1.0, abs=0.02)


def test_true_peaks_do_not_depend_on_where_the_file_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    from composer.rendering.audio import loudness

    sound = noise(1.0, 3)
    whole = true_peaks(sound)
    monkeypatch.setattr(loudness, "_CHUNK", 3200)
    assert np.allclose(true_peaks(sound), whole, atol=1e-3)


@pytest.mark.parametrize("sound", [tone(3.0, 0.002), tone(3.0, 0.9), noise(6.0, 4), clicks(6.0)])
def test_every_sound_ends_at_the_target_under_the_ceiling(sound: NDArray[np.float32]) -> None:
    found = find_mastering(sound)
    out = found.apply(sound, 0)
    peak = 20 * math.log10(np.abs(resample_poly(out, 4, 1, axis=0)).max())
    assert peak <= CEILING_DBTP + 0.02
    assert found.true_peak_dbtp == pytest.approx(peak, abs=0.7)
    heard = pyloudnorm.Meter(RATE).integrated_loudness(out)
    assert found.lufs == pytest.approx(heard, abs=0.1)
    if found.reduction_db < 11.9:
        assert heard == pytest.approx(TARGET_LUFS, abs=0.3)


def test_peaks_that_are_in_nobody_s_way_are_left_alone() -> None:
    found = find_mastering(tone(3.0, 0.2))
    assert found.curve is None
    assert found.reduction_db == 0


def test_peaks_that_stand_out_give_way_for_a_moment_only() -> None:
    sound = clicks(6.0)
    found = find_mastering(sound)
    assert found.curve is not None
    assert 0 < found.reduction_db <= 12.1
    ratio = found.apply(np.ones_like(sound), 0)[:, 0] / found.gain
    assert ratio[RATE // 4] == pytest.approx(1.0, abs=0.01)  # between two clicks
    assert np.abs(np.diff(20 * np.log10(ratio))).max() < 0.3  # no jump that could be heard as a click


def test_the_gain_is_the_same_wherever_a_chunk_begins() -> None:
    sound = clicks(2.0)
    found = find_mastering(sound)
    whole = found.apply(sound, 0)
    for start in (1, 777, RATE):
        assert np.array_equal(found.apply(sound[start : start + 500], start), whole[start : start + 500])


def test_stems_under_one_gain_add_up() -> None:
    parts = [clicks(3.0), noise(3.0, 5), tone(3.0, 0.1)]
    found = find_mastering(sum(parts))
    mix = found.apply(sum(parts), 0)
    residual = sum(found.apply(part, 0) for part in parts) - mix
    assert 20 * math.log10(np.sqrt(np.mean(residual**2)) / np.sqrt(np.mean(mix**2))) < -100


def test_what_is_too_short_for_a_loudness_goes_by_its_peak() -> None:
    found = find_mastering(tone(0.2, 0.1))
    assert found.lufs == -math.inf
    assert found.true_peak_dbtp == pytest.approx(CEILING_DBTP, abs=0.2)


def test_the_values_between_samples_are_those_of_scipy() -> None:
    from scipy.signal import resample_poly

    from composer.rendering.audio.filters import between_samples

    signal = np.random.default_rng(0).normal(0, 0.1, 4000)
    fine = between_samples(signal)
    assert np.array_equal(fine[:, 0], signal)
    # SciPy scales the samples themselves by a thousandth too, because its window is not quite one at its middle.
    assert np.abs(fine.ravel() - resample_poly(signal, 4, 1)).max() < 1e-3


def test_sound_waits_for_no_signal_processing_library(kit, tmp_path) -> None:
    import pickle
    import subprocess
    import sys

    (tmp_path / "piece").write_bytes(pickle.dumps(kit.build(bars=1)))
    code = (
        "import pickle, sys\n"
        "from pathlib import Path\n"
        "from composer.rendering import write\n"
        "write(pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]))\n"
        "print(sorted({'scipy', 'pyloudnorm', 'music21', 'verovio', 'torch', 'soundfile'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "piece"), str(tmp_path / "a.wav")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"
