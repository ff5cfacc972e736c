"""The checker finds what breaks a level in files made by hand, and harder music measures as harder."""

from __future__ import annotations

import pytest

from composer.metrics.difficulty import measure_difficulty
from composer.metrics.level_check import check_level

RIGHT = [(0, 1, 60), (1, 1, 62), (2, 2, 64), (4, 1, 65), (5, 1, 67), (6, 2, 64), (8, 4, 60)]
LEFT = [(0, 4, 48), (4, 4, 53), (8, 4, 48)]
SLOW = 750_000
"""80 quarters a minute."""


@pytest.fixture
def hands(make_midi):
    def make(right=RIGHT, left=LEFT, **options):
        return make_midi((right, left), **{"programs": (0, 0), "key": "C", "tempo_us": SLOW, "end": 12} | options)

    return make


@pytest.mark.parametrize("level", ["primer", "1", "2", "3", "4"])
def test_a_primer_piece_holds_every_level_it_fits(hands, level):
    faults = {fault.rule for fault in check_level(hands(), level)}
    # From level 2 on the left hand stays lower than the primer's position reaches.
    assert faults <= {"compass"}
    assert level not in ("primer", "1") or faults == set()


def changed(index, *tones):
    return [*RIGHT[:index], *tones, *RIGHT[index + 1 :]]


@pytest.mark.parametrize(
    ("level", "right", "rule", "bar"),
    [
        ("primer", changed(1, (1, 0.5, 62), (1.5, 0.5, 60)), "value", 1),
        ("1", changed(1, (1, 0.5, 62)), "pairs", 1),
        ("1", changed(1, (1, 0.5, 62), (1.5, 0.5, 64)), None, 0),
        ("1", [(n / 2, 0.5, 60 + 2 * (n % 2)) for n in range(8)] + RIGHT[3:], "pairs", 1),
        ("primer", changed(1, (1, 1, 61)), "altered", 1),
        ("primer", changed(4, (5, 1, 69)), "compass", 2),
        ("2", [(0, 1, 60), (1, 2, 64), (3, 1, 62), *RIGHT[3:]], "syncopation", 1),
        ("4", [(0, 1, 60), (1, 2, 64), (3, 1, 62), *RIGHT[3:]], None, 0),
        ("2", [(0, 1.5, 60), (1.5, 0.5, 62), *RIGHT[2:]], "value", 1),
        ("3", [(0, 1.5, 60), (1.5, 0.5, 62), *RIGHT[2:]], None, 0),
        ("3", [(0, 1 / 3, 60), (1 / 3, 1 / 3, 62), (2 / 3, 1 / 3, 64), *RIGHT[1:]], None, 0),
        ("3", [(0, 1 / 3, 60), (1 / 3, 2 / 3, 62), *RIGHT[1:]], "triplet", 1),
        ("2", [(0, 1 / 3, 60), (1 / 3, 1 / 3, 62), (2 / 3, 1 / 3, 64), *RIGHT[1:]], "value", 1),
        ("3", [(0, 0.25, 60), (0.25, 0.25, 62), (0.5, 0.5, 60), *RIGHT[1:]], "value", 1),
        ("4", [(0, 0.25, 60), (0.25, 0.25, 62), (0.5, 0.5, 60), *RIGHT[1:]], None, 0),
        ("2", [*RIGHT[:2], (2, 3, 64), *RIGHT[4:]], "tie", 1),
        ("2", changed(4, (5, 1, 77)), "leap", 2),
        ("primer", [*RIGHT, (0, 1, 64)], "together", 1),
        ("2", changed(0, (0, 2, 60)), "overlap", 1),
    ],
)
def test_what_breaks_the_melody_is_named_with_its_bar(hands, level, right, rule, bar):
    faults = [fault for fault in check_level(hands(right), level) if fault.part == 1]
    if rule is None:
        assert faults == []
    else:
        assert (rule, bar) in {(fault.rule, fault.bar) for fault in faults}


@pytest.mark.parametrize(
    ("level", "left", "rule"),
    [
        ("1", [(0, 2, 48), (2, 2, 52), *LEFT[1:]], "strokes"),
        ("primer", [(0, 4, 48), (0, 4, 52), *LEFT[1:]], "together"),
        ("1", [(0, 4, 48), (0, 4, 52), *LEFT[1:]], None),
        ("1", [(0, 4, 46), (0, 4, 57), *LEFT[1:]], "span"),
        ("2", [(0, 4, 48), (0, 2, 52), *LEFT[1:]], "overlap"),
        ("2", [(0, 4, 43), (2, 2, 52), *LEFT[1:]], "overlap"),
    ],
)
def test_what_breaks_the_left_hand_is_named(hands, level, left, rule):
    found = {fault.rule for fault in check_level(hands(left=left), level) if fault.part == 2}
    assert rule in found if rule else found == set()


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"tempo_us": 300_000}, "tempo"),
        ({"meter": "6/8"}, "meter"),
        ({"key": "E"}, "key"),
        ({"key": None}, "key"),
        ({"programs": (0, 40)}, "instruments"),
        ({"programs": (0, -1)}, "instruments"),
    ],
)
def test_what_breaks_the_frame_is_named(hands, options, rule):
    assert rule in {fault.rule for fault in check_level(hands(**options), "1")}


def test_the_raised_seventh_belongs_to_minor_from_level_1_on(make_midi):
    tune = [(0, 1, 69), (1, 1, 68), (2, 2, 69), (4, 4, 69)]
    violin = {"programs": (40,), "tempo_us": SLOW, "end": 8}
    minor = make_midi((tune,), key="Bm", **violin)
    assert "altered" in {fault.rule for fault in check_level(minor, "1")}  # A and G sharp are not in B minor
    leading = [(0, 1, 71), (1, 1, 70), (2, 2, 71), (4, 4, 71)]
    assert check_level(make_midi((leading,), key="Bm", **violin), "1") == ()
    assert {fault.rule for fault in check_level(make_midi((leading,), key="Bm", **violin), "primer")} >= {"altered"}


def test_each_feature_of_difficulty_moves_with_what_it_is_named_for(hands):
    base = measure_difficulty(hands())
    changes = {
        "pace": hands(tempo_us=375_000),
        "values": hands(changed(1, (1, 0.25, 62), (1.25, 0.25, 64), (1.5, 0.5, 62))),
        "compass": hands(changed(4, (5, 1, 84))),
        "leaps": hands(changed(4, (5, 1, 72))),
        "texture": hands(left=[(0, 4, 48), (0, 4, 52), (0, 4, 55), *LEFT[1:]]),
        "independence": hands(left=[(0, 1, 48), (1.5, 1, 50), (2.5, 1, 52), *LEFT[1:]]),
        "key": hands(key="E"),
        "moves": hands(left=[(0, 4, 48), (4, 4, 36), (8, 4, 48)]),
        "variety": hands(changed(1, (1, 1.5, 62), (2.5, 0.5, 64))),
    }
    for feature, midi in changes.items():
        assert getattr(measure_difficulty(midi), feature) > getattr(base, feature), feature
    assert 0 < base.total < min(measure_difficulty(changes[name]).total for name in ("pace", "values", "texture"))


def test_silence_is_no_difficulty(make_midi):
    assert measure_difficulty(make_midi(((),), programs=(0,))).total == 0
