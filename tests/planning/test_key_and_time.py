"""Mode, meter and tonic over the plane of feelings: which shades there are where, how often, and why."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from composer.planning import affect_to_music as affect
from composer.planning.cues import Cues
from composer.theory import Key

PLAIN = Cues()
SEEDS = range(400)


def modes(valence: float, arousal: float) -> dict[str, float]:
    """Share of each mode."""
    found = Counter(affect.choose_mode(valence, arousal, PLAIN, random.Random(seed)).value for seed in SEEDS)
    return {mode: count / len(SEEDS) for mode, count in found.items()}


def meters(valence: float, arousal: float, caption: str = "") -> dict[str, float]:
    """Share of each meter."""
    cues = Cues(text=f" {caption} ")
    found = Counter(affect.choose_meter(valence, arousal, cues, random.Random(seed)).value for seed in SEEDS)
    return {meter: count / len(SEEDS) for meter, count in found.items()}


# --------------------------------------------------------------------------------------------- mode


def test_chance_decides_between_major_and_minor_only_near_the_middle() -> None:
    def bright(valence: float) -> float:
        return sum(affect.leaning(valence, random.Random(seed)) > 0 for seed in SEEDS) / len(SEEDS)

    assert bright(-0.17) == 0
    assert 0.05 < bright(-0.1) < 0.3
    assert 0.4 < bright(0.0) < 0.6
    assert 0.7 < bright(0.1) < 0.95
    assert bright(0.17) == 1
    assert {affect.leaning(valence, random.Random(0)) for valence in (-0.9, 0.9)} == {-0.5, 0.5}


def test_the_side_of_a_feeling_is_that_of_its_mode() -> None:
    for valence in (-0.12, -0.05, 0.0, 0.05, 0.12):
        for seed in range(60):
            mode = affect.choose_mode(valence, 0.0, PLAIN, random.Random(seed)).value
            assert (affect.leaning(valence, random.Random(seed)) > 0) is (mode in ("major", "mixolydian", "lydian"))


def test_lydian_is_for_the_mildly_bright_and_unstirred() -> None:
    assert 0.14 < modes(0.3, -0.4)["lydian"] < 0.26
    assert 0.14 < modes(0.2, 0.1)["lydian"] < 0.26
    for valence, arousal in ((0.8, -0.4), (0.4, -0.4), (0.25, 0.2)):
        assert set(modes(valence, arousal)) == {"major"}


def test_mixolydian_and_dorian_are_for_mixed_feelings() -> None:
    middle = modes(0.0, 0.0)
    assert set(middle) == {"major", "mixolydian", "dorian", "minor"}
    assert 0.5 < middle["mixolydian"] / (middle["mixolydian"] + middle["major"]) < 0.7
    assert 0.75 < middle["dorian"] / (middle["dorian"] + middle["minor"]) < 0.95
    assert set(modes(0.19, 0.3)) == {"major"}
    assert set(modes(-0.19, 0.5)) == {"minor"}


def test_phrygian_is_for_the_darkest_and_the_tense_seventh_for_what_is_dark_and_stirred() -> None:
    assert 0.02 < modes(-0.9, -0.2)["phrygian"] < 0.14
    assert set(modes(-0.9, -0.4)) == {"minor"}, "a still minor is darker"
    assert set(modes(-0.5, 0.2)) == {"minor"}
    assert set(modes(-0.5, 0.6)) == {"minor", "harmonic-minor"}
    assert 0.65 < modes(-0.5, 0.6)["harmonic-minor"] < 0.85
    assert 0.65 < modes(-0.25, 0.3)["harmonic-minor"] < 0.85
    assert set(modes(-0.9, 0.6)) == {"minor", "harmonic-minor", "phrygian"}


@pytest.mark.parametrize(
    ("valence", "arousal", "mode", "words"),
    [
        (0.7, 0.5, "major", "valence +0.70: bright"),
        (0.3, 0.0, "lydian", "valence +0.30 with little stir: a major that floats"),
        (0.05, 0.0, "mixolydian", "valence +0.05, near the middle: a mellower major"),
        (-0.05, 0.0, "dorian", "valence -0.05, near the middle: a gentler minor"),
        (-0.4, 0.0, "minor", "valence -0.40: dark"),
        (-0.7, 0.0, "phrygian", "valence -0.70: the darkest mode"),
        (-0.4, 0.5, "harmonic-minor", "valence -0.40, arousal +0.50: minor with a tense seventh"),
    ],
)
def test_the_reason_of_a_mode_says_which_shade_it_is(valence: float, arousal: float, mode: str, words: str) -> None:
    choices = (affect.choose_mode(valence, arousal, PLAIN, random.Random(seed)) for seed in SEEDS)
    assert {choice.reason for choice in choices if choice.value == mode} == {words}


# -------------------------------------------------------------------------------------------- meter


def test_meters_other_than_four_come_where_they_suit_and_in_the_minority() -> None:
    swaying = meters(0.4, -0.3)
    assert 0.19 < swaying["3/4"] < 0.31
    assert 0.1 < swaying["6/8"] < 0.2
    slow = meters(-0.5, -0.5)
    assert 0.19 < slow["3/4"] < 0.31
    assert set(slow) == {"3/4", "4/4"}
    lively = meters(0.6, 0.7)
    assert 0.14 < lively["2/4"] < 0.26
    assert 0.06 < lively["6/8"] < 0.15
    assert set(lively) == {"2/4", "6/8", "4/4"}


@pytest.mark.parametrize(
    ("valence", "arousal"), [(0, -0.5), (0, 0.8), (-0.6, 0.1), (-0.8, 0.8), (0.5, 0.3), (0.2, 0.9)]
)
def test_elsewhere_all_is_in_four(valence: float, arousal: float) -> None:
    assert meters(valence, arousal) == {"4/4": 1.0}


@pytest.mark.parametrize(
    ("caption", "arousal", "meter"),
    [
        ("couples at a waltz", 0.3, "3/4"),
        ("soldiers on the march", 0.3, "4/4"),
        ("soldiers on the march", 0.7, "2/4"),
        ("a peasant dance", 0.3, "6/8"),
        ("galloping horses", 0.3, "2/4"),
        ("a boat on a lake", -0.5, "6/8"),
        ("mother and child", -0.5, "3/4"),
    ],
)
def test_words_bring_their_meter_two_times_in_three(caption: str, arousal: float, meter: str) -> None:
    assert meter != "4/4" or meters(0.0, arousal, caption) == {"4/4": 1.0}
    assert meter == "4/4" or 0.6 < meters(0.0, arousal, caption)[meter] < 0.74
    cues = Cues(text=f" {caption} ")
    reasons = [affect.choose_meter(0.0, arousal, cues, random.Random(seed)).reason for seed in SEEDS]
    assert 0.6 < sum("in the caption" in reason for reason in reasons) / len(SEEDS) < 0.74


def test_what_lies_still_does_not_rock() -> None:
    assert meters(-0.3, -0.8, "a boat on a lake").get("6/8", 0) == 0


def test_every_meter_says_why() -> None:
    for valence, arousal, meter, words in (
        (0.4, -0.3, "3/4", "swaying"),
        (0.4, -0.3, "6/8", "swaying"),
        (-0.5, -0.5, "3/4", "a slow three"),
        (0.6, 0.7, "2/4", "a quick two-beat"),
        (0.6, 0.7, "4/4", "nothing asks"),
    ):
        choices = [affect.choose_meter(valence, arousal, PLAIN, random.Random(seed)) for seed in range(60)]
        assert all(words in choice.reason for choice in choices if choice.value == meter)


# -------------------------------------------------------------------------------------------- tonic


def fifths(mode: str, valence: float, arousal: float) -> list[int]:
    """Sharps (+) and flats (-) of the keys that are drawn."""
    return [
        Key(tonic=affect.choose_tonic(mode, valence, arousal, random.Random(seed)).value, mode=mode).fifths
        for seed in SEEDS
    ]


@pytest.mark.parametrize("mode", ["major", "minor", "dorian"])
def test_sharps_lean_to_the_bright_and_stirred_and_flats_to_the_dark_and_calm(mode: str) -> None:
    means = [sum(fifths(mode, side, arousal)) / len(SEEDS) for side, arousal in ((-0.5, -0.8), (0, 0), (0.5, 0.8))]
    assert -1.6 < means[0] < -0.5 < means[1] < 0.5 < means[2] < 1.6
    stirred = [sum(fifths(mode, 0.0, arousal)) / len(SEEDS) for arousal in (-1, 1)]
    assert stirred[0] + 0.5 < stirred[1]


def test_few_accidentals_are_likelier_than_many_and_all_easy_keys_occur() -> None:
    counts = Counter(fifths("major", 0.0, 0.0))
    assert set(counts) == set(range(-4, 5))
    few, more, many = (sum(counts[sign * number] for sign in (-1, 1)) for number in (1, 2, 4))
    assert counts[0] > 55
    assert few > more > 3 * many > 0


def test_the_reason_of_a_tonic_counts_its_accidentals() -> None:
    for seed in range(80):
        choice = affect.choose_tonic("major", 0.3, 0.0, random.Random(seed))
        count = Key(tonic=choice.value, mode="major").fifths
        kind = "sharp" if count > 0 else "flat"
        plural = "s" if abs(count) > 1 else ""
        said = f"{abs(count)} {kind}{plural}" if count else "no accidentals"
        assert choice.reason == f"chosen by the seed among easy keys: {said}"
