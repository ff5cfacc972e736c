"""Compression by pattern discovery."""

from __future__ import annotations

import math

import numpy as np
import pytest

from composer.metrics import patterns
from composer.metrics.patterns import compression_ratio

FIGURE = ((0, 60), (1, 64), (1.5, 62), (3, 71), (3.25, 65))


def _copies(shifts):
    """The figure once a bar, each time moved by a number of semitones."""
    return [(4 * bar + onset, 0.25, pitch + shift) for bar, shift in enumerate(shifts) for onset, pitch in FIGURE]


def test_a_figure_and_its_transpositions_cost_the_figure_and_the_places(make_midi):
    # 20 points; the figure (5) and four places of which one is free (3).
    assert compression_ratio(make_midi([_copies([0, 2, 7, -6])])) == pytest.approx(20 / 8)


def test_what_does_not_belong_is_written_out(make_midi):
    strangers = [(13.75, 0.25, 31), (17.5, 0.25, 103)]
    assert compression_ratio(make_midi([_copies([0, 2, 7, -6]) + strangers])) == pytest.approx(22 / 10)


def test_random_points_do_not_compress(make_midi):
    rng = np.random.default_rng(0)
    tones = [(float(n + rng.integers(0, 12) / 12), 0.05, int(rng.integers(30, 100))) for n in range(40)]
    assert compression_ratio(make_midi([tones])) < 1.15


def test_more_repetition_compresses_more(make_midi):
    rng = np.random.default_rng(1)
    shifts = [int(shift) for shift in rng.integers(-12, 12, 8)]
    broken = [(onset, duration, pitch + int(rng.integers(-9, 9))) for onset, duration, pitch in _copies(shifts)]
    kept = compression_ratio(make_midi([_copies(shifts)]))
    half = compression_ratio(make_midi([_copies(shifts)[:20] + broken[20:]]))
    none = compression_ratio(make_midi([broken]))
    assert kept > half > none


def test_doublings_and_note_lengths_do_not_count(make_midi):
    tones = _copies([0, 2, 7])
    longer = [(onset, 0.2, pitch) for onset, _, pitch in tones]
    assert compression_ratio(make_midi([tones, longer])) == compression_ratio(make_midi([tones]))


def test_limits(make_midi, monkeypatch):
    assert math.isnan(compression_ratio(make_midi()))
    assert compression_ratio(make_midi([[(0, 1, 60)]])) == 1
    monkeypatch.setattr(patterns, "MAX_POINTS", 4)
    with pytest.raises(ValueError, match="5 points"):
        compression_ratio(make_midi([_copies([0])]))
