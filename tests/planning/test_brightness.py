"""Brightness of harmony: what counts as bright, and how closely a plan's chords follow its feeling."""

from __future__ import annotations

from itertools import pairwise

import pytest

from composer.planning import PlanOverrides, make_plan
from composer.planning.brightness import brightness, chord_brightness, tonic_share, wanted_brightness
from composer.types import MusicalPlan


@pytest.mark.parametrize(
    ("roman", "mode", "value"),
    [
        ("I", "major", 1),
        ("vi", "major", -1),
        ("V7", "major", 1),
        ("IVmaj7", "major", 0.5),
        ("ii7", "major", -0.5),
        ("i", "minor", -1),
        ("V7", "minor", 0),
        ("V7/iv", "minor", 0),
        ("III", "minor", 1),
        ("VI", "minor", 0),
        ("v", "dorian", -1),
        ("IV", "dorian", 1),
        ("Vsus4", "pentatonic", 0),
    ],
)
def test_the_brightness_of_single_chords(roman: str, mode: str, value: float) -> None:
    assert chord_brightness(roman, mode) == value


def test_bars_count_the_same_however_many_chords_they_hold() -> None:
    bars = [("I",), ("vi", "ii"), ("V",), ("I6",)]
    assert brightness(bars, "major") == 0.5
    assert tonic_share(bars, "major") == 0.5


def test_gladder_wants_brighter_and_stillness_darker() -> None:
    for minor in (True, False):
        wanted = [wanted_brightness(valence / 10, minor=minor) for valence in range(-10, 11)]
        assert wanted == sorted(wanted)
        assert -0.2 <= wanted[10] <= 0.4, "so much of the relative key that the own one is still heard"
    assert wanted_brightness(-0.3, minor=True, stillness=0.5) < wanted_brightness(-0.3, minor=True)


def _heard(plan: MusicalPlan) -> float:
    beats = plan.time.numerator
    starts = [(chord.bar - 1) * beats + chord.beat - 1 for chord in plan.chords] + [plan.bars * beats]
    spans = zip(plan.chords, pairwise(starts), strict=True)
    return sum((b - a) * chord_brightness(chord.roman, plan.mode) for chord, (a, b) in spans) / starts[-1]


def test_a_sweep_of_valence_brightens_the_chords_at_every_step_of_a_mode() -> None:
    rising = steps = 0
    for seed in range(30):
        plans = [
            make_plan(None, overrides=PlanOverrides(valence=valence, arousal=0.1, bars=16), seed=seed)
            for valence in (-0.8, -0.4, 0.3, 0.8)
        ]
        for one, two in pairwise(plans):
            if one.key.minor == two.key.minor:
                steps += 1
                rising += _heard(two) > _heard(one) + 0.1
    assert steps > 50
    assert rising / steps > 0.95


@pytest.mark.parametrize(
    ("roman", "mode", "value"),
    [
        ("iv", "major", -1),
        ("bVI", "major", 0),
        ("vi7", "major", -0.5),
        ("viio6", "major", -1),
        ("viio7/V", "major", -1),
        ("V7/V", "major", 1),
        ("V/V", "minor", 0),
        ("viio7/iv", "minor", 0),
        ("viio7", "minor", 0),
        ("VII", "minor", 1),
        ("iiø65", "minor", -1),
        ("iv7", "minor", -0.5),
        ("bII6", "minor", 0),
        ("VImaj7", "minor", 0),
        ("V", "harmonic-minor", 0),
        ("bVII", "dorian", 1),
        ("bII", "phrygian", 0),
        ("II", "lydian", 1),
        ("I5", "in-sen", 0),
        ("I+", "whole-tone", 0),
        ("Vsus4", "hirajoshi", 0),
    ],
)
def test_dominants_of_minor_and_what_holds_its_lowered_sixth_count_neither_way(
    roman: str, mode: str, value: float
) -> None:
    assert chord_brightness(roman, mode) == value


def test_the_gladdest_major_is_all_major_and_the_darkest_minor_all_minor() -> None:
    assert wanted_brightness(1.0, minor=False) == 1.0
    assert wanted_brightness(-1.0, minor=True) == -1.0 == wanted_brightness(-0.9, minor=True)
    assert wanted_brightness(0.5, minor=False) == pytest.approx(0.55)
    assert wanted_brightness(-0.5, minor=True) == pytest.approx(-0.4)
    assert wanted_brightness(-0.5, minor=True, stillness=0.5) == pytest.approx(-0.5)
    assert wanted_brightness(0.5, minor=False, stillness=0.5) == wanted_brightness(0.5, minor=False)
    for minor in (True, False):
        middle = wanted_brightness(0.0, minor=minor)
        assert wanted_brightness(0.8 if minor else -0.8, minor=minor) == middle


def test_the_tonic_share_counts_halves_of_bars() -> None:
    assert tonic_share([("I", "V"), ("V",), ("I6",), ("IV", "I64")], "major") == 0.5
    assert tonic_share([("V",)], "major") == 0
    assert tonic_share([("i",), ("iv",)], "minor") == 0.5
    assert brightness([("i",), ("III", "iv")], "minor") == -0.5
