from __future__ import annotations

import random

from composer.planning import PlanOverrides, apply_overrides, make_plan
from composer.planning.handover import can_hand_over, with_handover
from composer.planning.orchestration import requested_instruments

QUARTET = "flute,clarinet,piano,contrabass"


def plans(instruments: str):
    for seed in range(30):
        yield make_plan(None, overrides=PlanOverrides(instruments=instruments, bars=32), seed=seed)


def handed(plan) -> list[str]:
    return [section.name for section in plan.sections if section.variation == "orchestration"]


def test_some_returns_change_the_player_and_say_so() -> None:
    found = [plan for plan in plans(QUARTET) if handed(plan)]
    assert 5 < len(found) < 28
    for plan in found:
        assert len(handed(plan)) == 1
        assert plan.sections[-1].variation != "orchestration"
        assert f"{handed(plan)[0]}: the tune in the other leading instrument" in plan.reasons["sections"]


def test_nobody_hands_over_where_nobody_takes_over() -> None:
    assert not any(handed(plan) for plan in plans("violin,piano,cello"))
    assert not can_hand_over(requested_instruments("violin,violin,cello"))


def test_other_players_take_the_handover_away() -> None:
    plan = next(plan for plan in plans(QUARTET) if handed(plan))
    other = apply_overrides(plan, PlanOverrides(instruments="piano"))
    assert not handed(other)
    assert "other leading instrument" not in other.reasons["sections"]


def test_a_form_without_returns_stays() -> None:
    plan = make_plan(None, overrides=PlanOverrides(instruments=QUARTET, bars=4), seed=1)
    assert with_handover(plan.sections, plan.instruments, random.Random(1)) == plan.sections
