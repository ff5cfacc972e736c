"""Openings, codettas and endings stand where the length allows, and the plan says so."""

from __future__ import annotations

import json
import random

import pytest

from composer.errors import PlanError
from composer.planning import PlanOverrides, apply_overrides, make_plan, plan_from_json, plan_to_json
from composer.planning.frame import Frame, choose_frame
from composer.planning.orchestration import requested_instruments
from composer.types import MusicalPlan

DUO = requested_instruments("violin,piano")


def plans(**overrides: object) -> list[MusicalPlan]:
    asked = {"valence": 0.2, "arousal": -0.1, "instruments": "violin,piano"} | overrides
    return [make_plan(None, overrides=PlanOverrides(**asked), seed=seed) for seed in range(30)]  # type: ignore[arg-type]


def test_a_piece_of_its_own_length_often_opens_with_its_figure_and_sometimes_closes_twice() -> None:
    made = plans()
    opened = [plan for plan in made if plan.sections[0].opening]
    closed = [plan for plan in made if plan.sections[-1].name == "Codetta"]
    assert 10 <= len(opened) <= 25
    assert 5 <= len(closed) <= 20
    for plan in opened:
        first, second = plan.sections[:2]
        assert first.bars == 2
        assert first.figures == second.figures, "the opening is the figure of what follows"
        assert plan.chords[0].roman in ("I", "i")
        assert "before the tune" in plan.reasons["sections"]
    for plan in closed:
        assert plan.sections[-2].cadence == "authentic"
        assert plan.sections[-1].bars == 2
        assert any(words in plan.reasons["sections"] for words in ("a plagal echo", "the cadence once more"))


def test_the_tune_keeps_whole_phrases() -> None:
    for plan in plans():
        inner = [s for s in plan.sections if not s.opening and s.name != "Codetta"]
        assert sum(section.bars for section in inner) % 4 == 0
        seconds = plan.bars * plan.time.quarters * 60 / plan.tempo_bpm
        assert 40 < seconds < 85


@pytest.mark.parametrize("bars", range(1, 70))
def test_a_given_length_is_kept_and_only_spare_bars_are_framed(bars: int) -> None:
    for seed in range(8):
        frame = choose_frame(bars, DUO, random.Random(seed))
        assert bars - frame.bars >= 8 or not frame.bars
        assert (bars - frame.bars) % 4 == 0 or not frame.bars
    for seed in (1, 2):
        plan = make_plan(None, overrides=PlanOverrides(bars=bars, instruments="violin,piano"), seed=seed)
        assert plan.bars == bars == sum(section.bars for section in plan.sections)


def test_nobody_opens_who_has_nobody_to_accompany() -> None:
    assert not any(choose_frame(None, requested_instruments("flute"), random.Random(seed)).opening for seed in range(9))
    assert not any(plan.sections[0].opening for plan in plans(instruments="flute"))


def test_levels_journeys_of_moods_and_lively_ends_stay_plain() -> None:
    for plan in plans(level="2", instruments="piano"):
        assert not plan.sections[0].opening
        assert plan.sections[-1].name != "Codetta"
        assert plan.ending == "held"
    assert {plan.ending for plan in plans(arousal=0.8)} == {"held"}
    assert {plan.ending for plan in plans(arousal=-0.3)} == {"held", "figure"}


def test_other_players_take_the_fading_figure_away() -> None:
    plan = next(plan for plan in plans() if plan.ending == "figure")
    alone = apply_overrides(plan, PlanOverrides(instruments="flute"))
    assert alone.ending == "held"
    assert "hold the tonic" in alone.reasons["ending"]


def test_opening_and_ending_travel_through_json_and_are_checked() -> None:
    plan = next(plan for plan in plans() if plan.sections[0].opening and plan.ending == "figure")
    assert plan_from_json(plan_to_json(plan)) == plan
    data = json.loads(plan_to_json(plan))
    with pytest.raises(PlanError, match="ending"):
        plan_from_json(json.dumps(data | {"ending": "loudly"}))
    data["sections"][0]["opening"] = 1
    with pytest.raises(PlanError, match=r"sections\[0\].opening: expected true or false"):
        plan_from_json(json.dumps(data))


def test_no_frame_leaves_the_form_as_it_was() -> None:
    assert Frame().bars == 0
    assert choose_frame(16, DUO, random.Random(1)) == Frame()
