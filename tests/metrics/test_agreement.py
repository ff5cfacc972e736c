"""Measures against other people's implementations; docs/evaluation.md lists these tests and all others of the kind."""

from __future__ import annotations

import io

import numpy as np
import pretty_midi
import pytest
from scipy import signal, stats
from scipy.spatial.distance import cdist

from composer.metrics.audio_embedding import mel_filters
from composer.metrics.confidence import bootstrap_interval, wilson_interval
from composer.metrics.repetition import bar_similarity, onset_patterns
from composer.metrics.statistics import interval_histogram, pitch_class_histogram
from composer.metrics.symbolic import measure_symbolic
from composer.metrics.waveform import Waveform, harmonic_distortion, true_peak
from composer.midi.notes import parse_midi_notes


def tones(seed: int, count: int = 60) -> list[tuple[float, float, int, int]]:
    """One note after the other, on the grid, none overlapping."""
    rng = np.random.default_rng(seed)
    lengths = rng.choice([0.25, 0.5, 1.0, 1.5], count)
    onsets = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    pitches = rng.integers(40, 90, count)
    return [
        (float(onset), float(length), int(pitch), int(rng.integers(30, 120)))
        for onset, length, pitch in zip(onsets, lengths, pitches, strict=True)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_facts_and_pitch_classes_are_pretty_midis(make_bytes, seed: int) -> None:
    content = make_bytes([tones(seed), tones(seed + 10)], programs=[0, 40], tempo_us=437_500)
    theirs = pretty_midi.PrettyMIDI(io.BytesIO(content))
    midi = parse_midi_notes(content)
    facts = measure_symbolic(midi).facts
    assert facts.seconds == pytest.approx(theirs.get_end_time(), abs=1e-3)
    assert facts.notes == sum(len(each.notes) for each in theirs.instruments)
    assert facts.tempo_bpm == pytest.approx(theirs.get_tempo_changes()[1][0], rel=1e-6)
    expected = theirs.get_pitch_class_histogram(use_duration=False, use_velocity=False, normalize=True)
    assert pitch_class_histogram(midi) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_melodic_intervals_are_music21s(make_midi, seed: int) -> None:
    from music21.note import Note
    from music21.stream import Stream

    part = tones(seed)
    found = interval_histogram(make_midi([part]))
    steps = [each.semitones for each in Stream([Note(pitch) for _, _, pitch, _ in part]).melodicIntervals()]
    expected = np.bincount(np.clip(steps, -12, 12) + 12, minlength=25) / len(steps)
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_likeness_of_bars_is_scipys_jaccard(make_midi, seed: int) -> None:
    midi = make_midi([tones(seed), tones(seed + 5)])
    patterns = onset_patterns(midi).astype(bool)
    tables = [1 - cdist(each, each, "jaccard") for each in (patterns.any(axis=2), patterns.reshape(len(patterns), -1))]
    assert np.abs(bar_similarity(midi) - (tables[0] + tables[1]) / 2).max() < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_true_peaks_are_those_of_the_band_limited_signal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = signal.sosfilt(signal.butter(8, 0.6, output="sos"), rng.standard_normal(20_000)) * np.hanning(20_000)
    exact = np.abs(signal.resample(low, 16 * len(low))).max()
    found = true_peak(Waveform(samples=np.stack([low, 0.5 * low], axis=1), rate_hz=44_100))
    assert 20 * np.log10(found / exact) == pytest.approx(0, abs=0.2)  # four times oversampled: at most 0.2 dB below


def test_distortion_is_what_the_overtones_were_given() -> None:
    rate, shares = 44_100, {2: 0.3, 3: 0.2, 7: 0.05}
    time = np.arange(3 * rate + 1) / rate  # no round number of periods, and a length with a large prime factor
    sound = np.sin(2 * np.pi * 333 * time)
    sound += sum(share * np.sin(2 * np.pi * 333 * number * time) for number, share in shares.items())
    expected = np.sqrt(sum(share**2 for share in shares.values()))
    assert harmonic_distortion(Waveform(samples=sound[:, None], rate_hz=rate)) == pytest.approx(expected, rel=1e-3)


def test_mel_bands_are_those_of_transformers() -> None:
    from transformers.audio_utils import mel_filter_bank

    theirs = mel_filter_bank(257, 40, 40.0, 8000.0, 16_000, norm=None, mel_scale="htk")
    assert np.abs(mel_filters() - theirs.T).max() < 1e-6


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (3, 7), (57, 88), (200, 200)])
def test_intervals_of_shares_are_scipys(hits: int, n: int) -> None:
    theirs = stats.binomtest(hits, n).proportion_ci(method="wilson")
    ours = wilson_interval(hits, n)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-4)


def test_bootstrap_intervals_are_scipys() -> None:
    sample = np.random.default_rng(0).exponential(size=120)
    ours = bootstrap_interval(lambda drawn: float(drawn.mean()), sample, rng=np.random.default_rng(1), rounds=4000)
    theirs = stats.bootstrap((sample,), np.mean, n_resamples=4000, method="percentile", random_state=2)
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.03)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.03)
