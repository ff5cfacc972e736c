"""The values between the stages: frozen, checked, and able to travel."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from composer.errors import PlanError
from composer.planning import PlanOverrides, make_plan
from composer.theory import Meter
from composer.types import MusicalPlan, Section


@pytest.fixture
def plan() -> MusicalPlan:
    return make_plan(None, overrides=PlanOverrides(valence=0.2, arousal=0.1, bars=8), seed=1, title="Test")


def test_plans_travel_to_other_processes(plan: MusicalPlan) -> None:
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert copy.deepcopy(plan) == plan


def test_plans_cannot_be_changed_behind_ones_back(plan: MusicalPlan) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.bars = 9  # type: ignore[misc]
    with pytest.raises(TypeError):
        plan.reasons["bars"] = "because"  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bars": 9}, "sections"),
        ({"tempo_bpm": 0}, "tempo_bpm"),
        ({"meter": "4/3"}, "meter"),
        ({"dynamics": (0.5,)}, "dynamics"),
        ({"chords": ()}, "chords"),
        ({"articulation": 0.1}, "articulation"),
        ({"instruments": ()}, "instruments"),
    ],
)
def test_a_broken_field_is_named(plan: MusicalPlan, change: dict[str, object], field: str) -> None:
    with pytest.raises(PlanError, match=field):
        dataclasses.replace(plan, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"tempo_bpm": 5.0}, {"tempo_bpm": 301.0}])
def test_what_can_be_printed_and_not_composed_is_refused_where_composing_begins(
    plan: MusicalPlan, change: dict[str, float]
) -> None:
    with pytest.raises(PlanError, match="tempo_bpm"):
        dataclasses.replace(plan, **change).check_composable()  # type: ignore[arg-type]


def test_phrases_must_fill_their_section() -> None:
    with pytest.raises(PlanError, match=r"sections\[A\]\.phrases"):
        Section(name="A", start_bar=1, bars=8, phrases=(4, 3))


@pytest.mark.parametrize(("meter", "beat", "bar"), [("4/4", 480, 1920), ("6/8", 240, 1440), ("2/2", 960, 1920)])
def test_meters_measure_time(meter: str, beat: int, bar: int) -> None:
    parsed = Meter.parse(meter)
    assert (parsed.beat_ticks, parsed.bar_ticks, str(parsed)) == (beat, bar, meter)
