"""The tonal embedding hears tuning and key, the one of order hears time out of order; neither hears loudness."""

from __future__ import annotations

import numpy as np
import pytest

from composer.metrics import sound_order
from composer.metrics.partials import find_partials
from composer.metrics.sound_order import embed_order
from composer.metrics.tonal_embedding import NAMES, embed_tones
from composer.metrics.waveform import Waveform

RATE = 16_000
SCALE = (0, 2, 4, 5, 7, 9, 11)


def tune(tonic: int = 60, cents: float = 0.0, seconds: float = 20.0, seed: int = 0) -> np.ndarray:
    """Half-second tones of a major key, every one `cents` sharp or flat by chance."""
    rng = np.random.default_rng(seed)
    pieces = []
    time = np.arange(RATE // 2) / RATE
    for _ in range(round(2 * seconds)):
        degree = rng.choice(7, p=(0.3, 0.1, 0.2, 0.1, 0.2, 0.05, 0.05))
        pitch = tonic + SCALE[degree] + rng.choice((-1, 1)) * cents / 100
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        tone = np.sin(2 * np.pi * hertz * time) + 0.3 * np.sin(4 * np.pi * hertz * time)
        pieces.append(tone * np.exp(-3 * time))
    return np.concatenate(pieces)


def found(signal: np.ndarray) -> dict[str, float]:
    vectors = embed_tones(find_partials(Waveform(samples=signal[:, None], rate_hz=RATE)))
    return dict(zip(NAMES, vectors.mean(axis=0).tolist(), strict=True))


def test_shape_and_repeatability() -> None:
    wave = Waveform(samples=tune(seconds=32)[:, None], rate_hz=RATE)
    vectors = embed_tones(find_partials(wave))
    assert vectors.shape == (2, len(NAMES))
    assert np.array_equal(vectors, embed_tones(find_partials(wave)))
    silence = embed_tones(find_partials(Waveform(samples=np.zeros((1000, 1)), rate_hz=RATE)))
    assert silence.shape == (1, len(NAMES))
    assert np.isfinite(silence).all()


def test_tones_out_of_tune_are_heard_in_order() -> None:
    deviations = [found(tune(cents=cents))["tempered_deviation"] for cents in (0, 10, 20, 40)]
    assert deviations == sorted(deviations)
    assert deviations[3] - deviations[0] > 0.2
    assert found(tune(cents=30))["untempered_share"] > found(tune())["untempered_share"] + 0.3


@pytest.mark.parametrize("tonic", [60, 63, 66])
def test_the_profile_begins_on_the_tonic_in_every_key(tonic: int) -> None:
    here = found(tune(tonic))
    assert here["degree_0"] > 0.2
    assert here["degree_0"] == max(here[f"degree_{step}"] for step in range(12))
    assert here["key_clarity"] > 0.8


def test_notes_from_everywhere_blur_the_key() -> None:
    rng = np.random.default_rng(1)
    anywhere = np.concatenate([tune(60 + int(rng.integers(12)), seconds=1, seed=seed) for seed in range(20)])
    assert found(anywhere)["key_clarity"] < found(tune())["key_clarity"]
    assert found(anywhere)["pitch_class_entropy"] > found(tune())["pitch_class_entropy"]


def test_loudness_does_not_matter() -> None:
    loud, soft = found(tune()), found(0.01 * tune())
    assert list(loud.values()) == pytest.approx(list(soft.values()), abs=1e-6)


def test_time_out_of_order_is_heard() -> None:
    climbing = [tune(48 + 2 * bar, seconds=2, seed=bar) for bar in range(16)]
    shuffled = [climbing[place] for place in np.random.default_rng(3).permutation(16)]
    vectors = [
        embed_order(find_partials(Waveform(samples=np.concatenate(parts)[:, None], rate_hz=RATE)))
        for parts in (climbing, shuffled)
    ]
    assert vectors[0].shape == (1, len(sound_order.NAMES))
    kept, moved = (dict(zip(sound_order.NAMES, each[0].tolist(), strict=True)) for each in vectors)
    assert kept["register_2s"] < 0.3
    assert moved["register_2s"] > 2 * kept["register_2s"]
    assert (embed_order(find_partials(Waveform(samples=np.zeros((1000, 1)), rate_hz=RATE))) == 1).all()
