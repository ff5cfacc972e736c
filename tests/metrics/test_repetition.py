"""Repeated figures and similar bars."""

from __future__ import annotations

import math

import numpy as np
import pytest

from composer.metrics.repetition import (
    bar_similarity,
    melodic_lines,
    ngram_repetition,
    section_similarity,
    self_similarity,
)

FIGURE = ((0, 1, 60), (1, 0.5, 62), (1.5, 0.5, 64), (2, 2, 67))


def _at(start, shift=0):
    return [(onset + start, duration, pitch + shift) for onset, duration, pitch in FIGURE]


def test_the_line_is_the_highest_note_of_each_onset(make_midi):
    midi = make_midi(
        [[(0, 1, 60), (0, 1, 72), (0, 1, 64), (1, 1, 50)], [(0, 1, 40)], [(0, 1, 36)]], programs=[0, 1, -1]
    )
    assert [line[:, 2].tolist() for line in melodic_lines(midi)] == [[72, 50], [40]]


def test_a_transposed_return_is_a_repetition(make_midi):
    once = make_midi([[*_at(0), (4, 1, 60)]])
    assert ngram_repetition(once, n=3) == 0
    # The step into each figure differs (-7, -5), the figures themselves do not.
    twice = make_midi([_at(0) + _at(4, 2) + _at(8, 5)])
    assert ngram_repetition(twice, n=3) == pytest.approx(1 - 7 / 9)


def test_constant_music_repeats_itself_entirely(make_midi):
    midi = make_midi([[(n, 1, 60) for n in range(32)]])
    assert ngram_repetition(midi) == pytest.approx(1 - 1 / 28)
    assert self_similarity(midi) == 1


def test_bar_similarity_of_known_bars(make_midi):
    # Bar 2 is bar 1 again; bar 3 has its rhythm on other pitches; bar 4 shares nothing; bar 5 is empty, bar 6 bar 1.
    midi = make_midi([_at(0) + _at(4) + _at(8, 1) + [(12.25, 1, 60)] + _at(20)])
    likeness = bar_similarity(midi)
    assert likeness.shape == (6, 6)
    assert np.allclose(likeness, likeness.T)
    assert np.allclose(np.diag(likeness), 1)
    assert likeness[0, 1] == likeness[0, 5] == 1
    assert likeness[0, 2] == pytest.approx(0.5)
    assert likeness[0, 3] == likeness[0, 4] == 0
    assert self_similarity(midi) == pytest.approx((1 + 0.5 + 0 + 0 + 1) / 5)
    assert section_similarity(likeness, 1, 5, 2) == pytest.approx(0.5)
    assert math.isnan(section_similarity(likeness, 1, 9, 2))


def test_nothing_to_compare(make_midi):
    assert bar_similarity(make_midi()).size == 0
    assert math.isnan(self_similarity(make_midi([[(0, 1, 60)]])))
    assert math.isnan(ngram_repetition(make_midi([[(0, 1, 60), (1, 1, 62)]])))
