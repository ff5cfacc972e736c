"""The plan names figures that its parts can play and that people use, and a person may name others."""

from __future__ import annotations

import json

import pytest

from composer.errors import PlanError, UsageError
from composer.figure_names import FIGURE_NAMES
from composer.gm import INSTRUMENTS
from composer.planning import PlanOverrides, apply_overrides, make_plan, plan_from_json, plan_to_json
from composer.planning.figure_choice import parse_figures


def test_accompanying_parts_have_figures_that_suit_the_feeling() -> None:
    names: dict[float, list[str]] = {-0.8: [], 0.8: []}
    for arousal, found in names.items():
        for seed in range(40):
            overrides = PlanOverrides(valence=0.2, arousal=arousal, instruments="violin,piano", meter="4/4")
            plan = make_plan(None, overrides=overrides, seed=seed)
            assert {item.part for section in plan.sections for item in section.figures} <= {plan.instruments[1].name}
            found += [item.figure for section in plan.sections for item in section.figures]
    assert set(names[-0.8] + names[0.8]) <= set(FIGURE_NAMES)
    still = {"held", "chorale", "rocking", "arpeggio up", "arpeggio up and down", "arpeggio down"}
    share = {arousal: sum(name in still for name in found) / len(found) for arousal, found in names.items()}
    assert share[-0.8] > share[0.8] + 0.2


def test_single_voices_are_given_no_chords() -> None:
    for seed in range(20):
        plan = make_plan(
            None, overrides=PlanOverrides(valence=0.6, arousal=0.6, instruments="flute,viola,cello"), seed=seed
        )
        assert not any(INSTRUMENTS[part.program].polyphonic for part in plan.instruments)
        for section in plan.sections:
            assert not {item.figure for item in section.figures} & {"off-beat chords", "oom-pah", "waltz", "chorale"}


def test_a_person_names_a_figure_for_a_part() -> None:
    overrides = PlanOverrides(valence=0.2, arousal=0.0, instruments="violin,piano", figure="piano=Alberti")
    plan = make_plan(None, overrides=overrides, seed=1)
    assert {section.figure_of(plan.instruments[1].name) for section in plan.sections} == {"alberti"}
    assert plan.reasons["figures"] == "given by an option"
    free = apply_overrides(plan, PlanOverrides(figure="piano=free"))
    assert {section.figure_of(plan.instruments[1].name) for section in free.sections} == {None}
    assert plan_from_json(plan_to_json(plan)) == plan


def test_wrong_figures_are_refused() -> None:
    assert parse_figures("piano=held, cello = walking bass") == {"piano": "held", "cello": "walking bass"}
    for text, message in (("piano", "no part=figure"), ("piano=polka", "'polka' is unknown"), ("", "no part=figure")):
        with pytest.raises(UsageError, match=message):
            PlanOverrides(figure=text)
    plan = make_plan(None, overrides=PlanOverrides(valence=0.2, arousal=0.0, instruments="violin,piano"), seed=1)
    with pytest.raises(UsageError, match="no accompanying part is called 'oboe'"):
        apply_overrides(plan, PlanOverrides(figure="oboe=held"))
    data = json.loads(plan_to_json(plan))
    data["sections"][0]["figures"] = [{"part": "x", "figure": "polka"}]
    with pytest.raises(PlanError, match=r"sections\[0\].figures\[0\].figure: 'polka' is unknown"):
        plan_from_json(json.dumps(data))
