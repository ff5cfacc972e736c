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
