"""Phrases end where people end theirs: not on the clock, and where a section closes."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

from composer.music.breath import breaths
from composer.planning import PlanOverrides, make_plan
from composer.proportions import Proportions
from composer.types import MusicalPlan

PLANS = [
    make_plan(None, overrides=PlanOverrides(valence=v, arousal=a, bars=16), seed=seed)
    for seed in range(30)
    for v, a in ((0.5, 0.3), (-0.5, -0.3))
]


def _rests(plan: MusicalPlan, closings: float, seed: int = 0) -> list[int]:
    near = Proportions(values={"closings": closings})
    return [bar for bar, left in enumerate(breaths(plan, near, random.Random(seed)), start=1) if left == 1]


def test_phrases_are_as_long_as_people_make_them() -> None:
    lengths: Counter[int] = Counter()
    for plan in PLANS:
        lengths.update(after - before for before, after in pairwise([0, *_rests(plan, 0.29)]))
    share = {bars: count / lengths.total() for bars, count in lengths.items()}
    people = {2: 0.57, 3: 0.15, 4: 0.12, 5: 0.04}
    assert all(abs(share[bars] - measured) < 0.12 for bars, measured in people.items())


def test_a_section_that_closes_comes_to_rest_and_so_does_the_piece() -> None:
    for plan in PLANS:
        closed = {section.end_bar for section in plan.sections if section.cadence == "authentic"}
        assert closed | {plan.bars} <= set(_rests(plan, 0.1))


def test_a_tune_rests_as_often_as_its_window() -> None:
    few, many = (sum(len(_rests(plan, share)) for plan in PLANS) for share in (0.1, 0.45))
    assert many > 1.5 * few


def test_what_returns_breathes_where_its_model_did() -> None:
    for plan in PLANS:
        rests = set(_rests(plan, 0.29))
        starts = {section.name: section for section in plan.sections}
        for section in plan.sections:
            model = starts.get(section.varies or "")
            if model is not None and model.bars == section.bars:
                inside = [section.start_bar + offset in rests for offset in range(section.bars - 1)]
                assert inside == [model.start_bar + offset in rests for offset in range(section.bars - 1)]
