"""Touch: what is bound, short and stressed, and where a line swells, as the embedded trees say it."""

from __future__ import annotations

import numpy as np
import pytest

from composer.theory import Meter
from composer.touch import FEATURES, LineNote, NoteTouch, line_features, load_touch, manner_of, touch_of

FOUR = Meter.parse("4/4")
_VIOLIN = 40


def played(notes: list[tuple[int, int, int]], articulation: float, bars: int = 8) -> list[NoteTouch]:
    """The touch of a violin's (onset, length, pitch) in steps."""
    line = [LineNote(onset, onset + length, pitch) for onset, length, pitch in notes]
    return touch_of(line, range(0, 48 * bars, 48), FOUR, _VIOLIN, articulation)


def scale(count: int, length: int, pitch: int = 60) -> list[tuple[int, int, int]]:
    steps = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2]
    return [(index * length, length, pitch + steps[index % len(steps)]) for index in range(count)]


def test_a_legato_line_is_bound_and_a_detached_one_is_not() -> None:
    legato, detached = (played(scale(64, 6), articulation) for articulation in (1.0, 0.5))
    assert sum(note.slurred for note in legato) > 40
    assert sum(note.slurred for note in detached) < sum(note.slurred for note in legato) / 2
    assert sum(note.staccato for note in detached) > sum(note.staccato for note in legato)


def test_nothing_is_bound_to_a_rest_or_a_repeated_note() -> None:
    notes = [(index * 12, 6, 60 + index) for index in range(8)] + [(96 + index * 12, 12, 67) for index in range(8)]
    assert not any(note.slurred for note in played(notes, 1.0))


def test_no_note_is_bound_and_short_at_once() -> None:
    for articulation in (0.5, 0.8, 1.0):
        touch = played(scale(64, 6), articulation)
        assert not any(note.staccato and note.slurred for note in touch)


def test_a_climb_grows_and_a_fall_dies_away() -> None:
    climb = played([(index * 6, 6, 60 + index) for index in range(16)], 1.0)
    fall = played([(index * 6, 6, 76 - index) for index in range(16)], 1.0)
    assert climb[-1].swell > climb[0].swell
    assert fall[-1].swell < fall[0].swell
    assert all(-1 <= note.swell <= 1 for note in [*climb, *fall])


def test_an_empty_line_has_no_touch() -> None:
    assert played([], 1.0) == []


@pytest.mark.parametrize(("articulation", "manner"), [(0.4, 0), (0.8, 1), (0.95, 2)])
def test_the_plan_says_what_a_line_is_like(articulation: float, manner: int) -> None:
    assert manner_of(articulation) == manner


def test_a_transposed_line_is_touched_alike() -> None:
    assert played(scale(40, 6, 60), 1.0) == played(scale(40, 6, 67), 1.0)


def test_the_arrays_say_what_scikit_learn_says() -> None:
    """The parity of the exported trees with the model that was fitted."""
    ensemble = pytest.importorskip("sklearn.ensemble")
    from composer.training.touch.fit import trees_of

    rng = np.random.default_rng(0)
    table = rng.normal(size=(2000, len(FEATURES))).round(2).astype(np.float32)
    labels = (table[:, 1] + table[:, 3] * table[:, 7] + rng.normal(size=2000) * 0.3) > 0
    model = ensemble.HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=8, random_state=0).fit(table, labels)
    ours = 1 / (1 + np.exp(-trees_of(model, 0.5).logits(table)))
    assert np.abs(ours - model.predict_proba(table)[:, 1]).max() < 1e-5


def test_the_embedded_trees_know_every_feature_they_ask_for() -> None:
    for trees in load_touch().trees.values():
        assert 0 <= trees.feature.min() <= trees.feature.max() < len(FEATURES)
        assert 0 < trees.cut < 1
    assert line_features([], [0], FOUR, family=0, manner=0).shape == (0, len(FEATURES))
