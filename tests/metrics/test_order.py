"""The embedding of order hears bars that change places, and nothing that stays within a bar."""

from __future__ import annotations

import numpy as np
import pytest

from composer.metrics.order import NAMES, bar_order

CHORDS = ((60, 64, 67), (65, 69, 72), (67, 71, 74), (60, 64, 67))


def climbing(order: list[int]) -> list[tuple[float, float, int]]:
    """Bars of four notes, each a step higher than the one before; ``order`` says which stands where."""
    return [(4 * place + beat, 1, 48 + 2 * bar + beat % 2) for place, bar in enumerate(order) for beat in range(4)]


def entry(vector: np.ndarray, name: str) -> float:
    return float(vector[NAMES.index(name)])


def test_order_is_heard_and_chance_is_one(make_midi) -> None:
    rng = np.random.default_rng(0)
    kept = bar_order(make_midi([climbing(list(range(16)))]))
    shuffled = np.mean([bar_order(make_midi([climbing(rng.permutation(16).tolist())])) for _ in range(100)], axis=0)
    assert kept.shape == (len(NAMES),)
    assert entry(kept, "register") < 0.1
    assert entry(shuffled, "register") == pytest.approx(1, abs=0.1)
    assert entry(kept, "leaps_over_bar_lines") < entry(shuffled, "leaps_over_bar_lines")


def test_a_pattern_of_two_bars_is_nearer_at_two_than_at_one(make_midi) -> None:
    long, short = [(0, 4, 60)], [(n, 1, 60) for n in range(4)]
    tones = [(4 * bar + onset, length, pitch) for bar in range(12) for onset, length, pitch in (long, short)[bar % 2]]
    found = bar_order(make_midi([tones]))
    assert entry(found, "rhythm_2") == 0
    assert entry(found, "rhythm_1") > 1
    chords = [(4 * bar, 4, pitch) for bar in range(12) for pitch in CHORDS[bar % 4]]
    found = bar_order(make_midi([chords]))
    assert entry(found, "harmony_4") == pytest.approx(0, abs=1e-6)
    assert entry(found, "harmony_2") > 0.5


def test_transposing_changes_nothing(make_midi) -> None:
    tones = climbing([3, 1, 4, 1, 5, 9, 2, 6])
    moved = [(onset, length, pitch + 5) for onset, length, pitch in tones]
    assert np.allclose(bar_order(make_midi([tones])), bar_order(make_midi([moved])))


@pytest.mark.parametrize("parts", [[], [[(0, 1, 60)]], [[(0, 1, 60), (4, 1, 60), (8, 1, 60)]]])
def test_where_nothing_can_be_said_it_is_one(make_midi, parts) -> None:
    found = bar_order(make_midi(parts))
    assert np.isfinite(found).all()
    assert (found == 1).all()
