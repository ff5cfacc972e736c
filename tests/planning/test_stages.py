"""Sections that follow feelings in order."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from composer import ComposeOptions, plan
from composer.planning.form import FormTargets
from composer.planning.stages import staged_sections
from composer.theory import MODES


def _stage(valence: float, arousal: float = 0.0) -> FormTargets:
    return FormTargets(
        valence=valence, arousal=arousal, other_valence=valence, other_arousal=arousal, density=1.0, register=0.0
    )


@pytest.mark.parametrize("bars", [1, 2, 3, 5, 8, 16, 17, 33, 64, 256])
@pytest.mark.parametrize("count", [2, 3, 6])
def test_they_cover_the_bars_in_order(bars: int, count: int) -> None:
    stages = [_stage(-0.8 + 0.3 * number) for number in range(count)]
    sections = staged_sections(bars, stages, random.Random(0))
    assert sections[0].start_bar == 1
    for one, following in pairwise(sections):
        assert following.start_bar == one.start_bar + one.bars
    assert sum(section.bars for section in sections) == bars
    assert all(sum(section.phrases) == section.bars for section in sections)
    values = [section.valence for section in sections]
    assert values == sorted(values)
    assert len(set(values)) == min(bars, count)
    assert sections[-1].cadence == "authentic"


def test_a_feeling_that_comes_back_brings_its_idea_back() -> None:
    sections = staged_sections(24, [_stage(0.5, -0.5), _stage(-0.6, 0.8), _stage(0.5, -0.5)], random.Random(0))
    assert [section.name.rstrip("'") for section in sections] == list("AABBAA")
    assert sections[4].varies == "A"


def test_the_mode_is_that_of_the_beginning() -> None:
    for seed in range(6):
        assert MODES[plan(ComposeOptions(mood="deep grief, then a little hope", seed=seed)).mode].minor
        assert not MODES[plan(ComposeOptions(mood="joy at first, then deep sorrow", seed=seed)).mode].minor


def test_a_stage_states_its_idea_once_twice_or_four_times_by_its_length() -> None:
    one, two = _stage(0.8), _stage(-0.8)
    for bars, times in ((14, 1), (16, 2), (62, 2), (64, 4)):
        names = [section.name for section in staged_sections(bars, [one, two], random.Random(0))]
        assert names == ["A" + "'" * n for n in range(times)] + ["B" + "'" * n for n in range(len(names) - times)]
        assert names.count("A") == 1


@pytest.mark.parametrize(
    ("bars", "count", "lengths"),
    [
        (8, 2, [4, 4]),
        (12, 2, [4, 8]),
        (13, 3, [4, 4, 5]),
        (7, 2, [3, 4]),
        (11, 3, [3, 4, 4]),
        (28, 3, [8, 8, 12]),
        (5, 3, [1, 2, 2]),
    ],
)
def test_stages_are_in_fours_and_the_last_ones_take_what_is_left(bars: int, count: int, lengths: list[int]) -> None:
    stages = [_stage(-0.9 + 0.6 * number) for number in range(count)]
    found: dict[str, int] = {}
    for section in staged_sections(bars, stages, random.Random(0)):
        letter = section.name.rstrip("'")
        found[letter] = found.get(letter, 0) + section.bars
    assert list(found.values()) == lengths


def test_feelings_a_quarter_apart_have_ideas_of_their_own() -> None:
    def letters(step: float) -> list[str]:
        stages = [_stage(0.0, 0.0), _stage(step / 2, -step / 2)]
        return [section.name.rstrip("'") for section in staged_sections(8, stages, random.Random(0))]

    assert letters(0.24) == ["A", "A"]
    assert letters(0.26) == ["A", "B"]


def test_a_stage_asks_for_its_own_feeling_density_and_register_within_what_there_is() -> None:
    wild = FormTargets(
        valence=1.0, arousal=-1.0, other_valence=0, other_arousal=0, density=9.0, register=-40.0
    )  # fmt: skip
    mild = FormTargets(
        valence=0.1234, arousal=0.5678, other_valence=0, other_arousal=0, density=1.236, register=4.6
    )  # fmt: skip
    one, two = staged_sections(8, [wild, mild], random.Random(0))
    assert (one.valence, one.arousal, one.density, one.register) == (1.0, -1.0, 4.0, -24)
    assert (two.valence, two.arousal, two.density, two.register) == (0.123, 0.568, 1.24, 5)
    still = FormTargets(valence=0, arousal=0, other_valence=0, other_arousal=0, density=0.01, register=40.0)
    (only,) = staged_sections(4, [still], random.Random(0))
    assert (only.density, only.register, only.varies, only.variation) == (0.25, 24, None, None)


def test_returns_of_a_stage_vary_their_model() -> None:
    sections = staged_sections(32, [_stage(0.8), _stage(-0.8)], random.Random(3))
    assert [section.varies for section in sections] == [None, "A", None, "B"]
    assert all((section.variation is None) == (section.varies is None) for section in sections)
    assert [section.cadence for section in sections] == ["half", "authentic", "half", "authentic"]
