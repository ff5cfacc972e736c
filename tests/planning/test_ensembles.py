"""The ensembles of the plane of feelings: who plays for what is calm, lively, dark and bright, and for what is seen."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import pytest

from composer.gm import HARP
from composer.planning.cues import Cues
from composer.planning.ensembles import ENSEMBLES, Ensemble
from composer.planning.orchestration import choose_ensemble

Span = tuple[float, float]

ANY: Span = (-1.0, 1.0)
PIANO, CELESTA, ACCORDION, GUITAR, VIOLIN, VIOLA, CELLO = 0, 8, 21, 24, 40, 41, 42
OBOE, ENGLISH_HORN, CLARINET, FLUTE = 68, 69, 71, 73
BRASS = frozenset(range(56, 59))
PLACED = [ensemble for ensemble in ENSEMBLES if ensemble.kind == "feeling"]
BY_NAME = {ensemble.name: ensemble for ensemble in ENSEMBLES}


def lead(ensemble: Ensemble) -> int:
    return next(program for role, program in ensemble.parts if role == "melody")


def programs(ensemble: Ensemble) -> set[int]:
    return {program for _, program in ensemble.parts}


@cache
def played(valence: float, arousal: float, caption: str = "", leaning: float | None = None) -> Counter[str]:
    """Who plays for a feeling, seed by seed."""
    found: Counter[str] = Counter()
    for seed in range(100):
        _, reason = choose_ensemble(valence, arousal, Cues(text=f" {caption} "), random.Random(seed), leaning=leaning)
        found[reason.partition(":")[0]] += 1
    return found


def share(found: Counter[str], fits: object) -> float:
    assert callable(fits)
    return sum(count for name, count in found.items() if fits(BY_NAME[name])) / found.total()


@pytest.mark.parametrize(
    ("who", "valence", "arousal"),
    [
        (lambda one: "drums" in dict(one.parts), ANY, (0.6, 1)),
        (lambda one: programs(one) & BRASS, ANY, (0.5, 1)),
        (lambda one: "drums" not in dict(one.parts) and not programs(one) & BRASS, (-0.6, 0.6), (-0.6, 0.6)),
        (lambda one: programs(one) & {HARP, CELESTA, GUITAR} and ACCORDION not in programs(one), (0, 0.6), (-0.6, 0.0)),
        (lambda one: len(one.parts) == 2, ANY, (-0.6, 0.2)),
        (lambda one: lead(one) in (VIOLA, CELLO, ENGLISH_HORN), (-0.6, -0.2), (-0.6, -0.2)),
        (lambda one: lead(one) == FLUTE, (0.3, 0.6), (-0.6, 0.4)),
        (lambda one: lead(one) == VIOLIN, (-0.6, 0.3), ANY),
        (lambda one: lead(one) in (OBOE, CLARINET) and {PIANO, CELLO} <= programs(one), (-0.6, -0.3), (-0.5, 0.1)),
    ],
    ids=["drums", "brass", "others", "plucked", "duos", "low voices", "flutes", "violins", "reeds over a cello"],
)  # fmt: skip
def test_instruments_play_where_their_sound_belongs(who: object, valence: Span, arousal: Span) -> None:
    """Drums and brass are for what is stirred, harp, celesta and guitar for what is not, low voices for the dark."""
    assert callable(who)
    found = [ensemble for ensemble in PLACED if who(ensemble)]
    assert found
    for ensemble in found:
        assert valence[0] <= ensemble.valence <= valence[1], ensemble.name
        assert arousal[0] <= ensemble.arousal <= arousal[1], ensemble.name


@pytest.mark.parametrize(
    ("word", "valence", "arousal"),
    [
        ("storm", (-0.6, 0.2), (0.5, 0.8)),
        ("battle", (-0.6, 0.2), (0.5, 0.8)),
        ("demon", (-0.8, -0.5), (0.5, 0.8)),
        ("carnival", (0.6, 0.9), (0.5, 0.8)),
        ("knight", (0.2, 0.6), (0.4, 0.7)),
        ("market", (0.4, 0.7), (-0.4, 0.5)),
        ("hunt", (0.3, 0.6), (0.3, 0.6)),
        ("cubist", (0.1, 0.4), (0.0, 0.4)),
        ("factory", (0.1, 0.4), (0.0, 0.4)),
        ("dancer", (0.4, 0.7), (0.3, 0.6)),
        ("sheep", (0.3, 0.6), (0.0, 0.4)),
        ("salon", (0.0, 0.2), (-0.4, 0.2)),
        ("company", (0.0, 0.4), (0.0, 0.2)),
        ("landscape", (0.1, 0.6), (-0.5, 0.5)),
        ("still life", (0.1, 0.7), (-0.4, 0.1)),
        ("interior", (0.1, 0.3), (-0.4, 0.2)),
        ("castle", (0.1, 0.5), (-0.2, 0.7)),
        ("portrait", (-0.6, 0.3), (-0.6, 0.1)),
        ("self portrait", (-0.2, 0.3), (-0.4, 0.0)),
        ("pond", (0.4, 0.6), (-0.4, -0.2)),
        ("still water", (0.3, 0.5), (-0.6, -0.4)),
        ("moonlight", (0.2, 0.4), (-0.7, -0.5)),
        ("snow", (-0.4, 0.4), (-0.7, -0.3)),
        ("coast", (0.3, 0.5), (-0.4, -0.2)),
        ("flowers", (0.3, 0.7), (-0.5, 0.2)),
        ("cemetery", (-0.4, -0.2), (-0.5, -0.3)),
        ("old man", (-0.6, -0.3), (-0.7, -0.3)),
    ],
)
def test_what_is_seen_brings_players_of_its_mood(word: str, valence: Span, arousal: Span) -> None:
    found = [ensemble for ensemble in PLACED if word in ensemble.words]
    assert found
    for ensemble in found:
        assert valence[0] <= ensemble.valence <= valence[1], ensemble.name
        assert arousal[0] <= ensemble.arousal <= arousal[1], ensemble.name


def test_schools_and_periods_are_for_any_feeling() -> None:
    """Their words choose them, so they stand about the middle of the plane."""
    for ensemble in ENSEMBLES:
        if ensemble.kind != "feeling":
            assert -0.1 <= ensemble.valence <= 0.45, ensemble.name
            assert -0.35 <= ensemble.arousal <= 0.45, ensemble.name


@pytest.mark.parametrize("leaning", [None, -0.5])
def test_dark_pictures_are_played_by_dark_ensembles_quietly_or_with_brass(leaning: float | None) -> None:
    quiet, stormy = played(-0.6, -0.6, leaning=leaning), played(-0.6, 0.7, leaning=leaning)
    assert share(quiet, lambda one: one.valence < 0) > 0.9
    assert share(quiet, lambda one: one.arousal < -0.2) == 1
    assert share(quiet, lambda one: lead(one) in (VIOLA, CELLO, ENGLISH_HORN)) > 0.5
    assert share(stormy, lambda one: programs(one) & BRASS or "drums" in dict(one.parts)) > 0.85
    assert 3 <= len(stormy) <= len(quiet) + 1 <= 8


@pytest.mark.parametrize("leaning", [None, 0.5])
def test_bright_pictures_are_played_by_bright_ensembles_gently_or_in_a_crowd(leaning: float | None) -> None:
    gentle, merry = played(0.6, -0.6, leaning=leaning), played(0.6, 0.6, leaning=leaning)
    assert share(gentle, lambda one: one.arousal <= -0.3) == 1
    assert share(gentle, lambda one: programs(one) & {HARP, CELESTA, GUITAR}) > 0.8
    assert share(merry, lambda one: one.arousal >= 0.2) == 1
    assert share(merry, lambda one: len(one.parts) >= 4) > 0.9
    for found in (gentle, merry):
        assert share(found, lambda one: one.valence >= 0.2) > 0.9
        assert 7 <= len(found) <= 11
        assert max(found.values()) < 50


def test_no_picture_is_played_by_an_ensemble_of_the_opposite_feeling() -> None:
    for valence in (-0.8, -0.4, 0.0, 0.4, 0.8):
        for arousal in (-0.8, -0.4, 0.0, 0.4, 0.8):
            for name in played(valence, arousal):
                one = BY_NAME[name]
                assert abs(one.arousal - arousal) <= 0.8, (valence, arousal, name)
                assert abs(one.valence - valence) <= 1.2, (valence, arousal, name)


def test_a_word_brings_its_ensembles_where_they_suit_the_feeling() -> None:
    def named(word: str, valence: float, arousal: float, caption: str) -> float:
        return share(played(valence, arousal, caption), lambda one: word in one.words)

    assert named("snow", 0.1, -0.4, "snow") > named("snow", 0.1, -0.4, "") + 0.3
    assert named("snow", -0.6, 0.8, "snow") == 0
    assert named("portrait", 0.0, -0.2, "portrait") > named("portrait", 0.0, -0.2, "") + 0.2
    assert named("cathedral", 0.0, -0.3, "a cathedral") > 0.9
    assert named("cathedral", -0.5, 0.9, "a cathedral") == 0
    assert named("cathedral", 0.0, -0.3, "") == 0


def test_a_school_plays_whatever_the_feeling_and_of_two_the_nearer_one() -> None:
    for valence, arousal in ((-0.9, 0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, -0.9)):
        assert share(played(valence, arousal, "an irish village dance"), lambda one: "irish" in one.words) == 1
    both = "a japanese print of an irish fiddler"
    assert share(played(0.5, 0.9, both), lambda one: "irish" in one.words) > 0.7
    assert share(played(-0.2, -0.7, both), lambda one: "japanese" in one.words) > 0.7


def test_the_reason_names_the_word_or_the_feeling() -> None:
    _, reason = choose_ensemble(-0.25, 0.5, Cues(text=" a chinese scroll "), random.Random(0))
    assert reason == "erhu, dizi, guzheng and cello: \u2039chinese\u203a in the caption; valence -0.25, arousal +0.50"
    _, plain = choose_ensemble(-0.25, 0.5, Cues(), random.Random(0))
    assert plain.endswith(": suits valence -0.25, arousal +0.50")


def test_a_lone_players_ensemble_is_one_player_with_two_hands() -> None:
    solos = [ensemble for ensemble in PLACED if len(programs(ensemble)) == 1 and "drums" not in dict(ensemble.parts)]
    assert {lead(one) for one in solos} == {PIANO, GUITAR}
    for seed in range(300):
        parts, reason = choose_ensemble(0.1, -0.4, Cues(text=" a pianist "), random.Random(seed))
        if reason.startswith("solo piano"):
            assert [part.name for part in parts] == [
                "Acoustic Grand Piano (right hand)",
                "Acoustic Grand Piano (left hand)",
            ]
            break
    else:
        pytest.fail("a pianist is never painted with a piano")
