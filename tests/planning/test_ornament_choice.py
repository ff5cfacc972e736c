"""As many plans have quick notes as people's pieces do, and say so; a person turns them off."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from composer.errors import PlanError, UsageError
from composer.planning import PlanOverrides, apply_overrides, make_plan, plan_from_json, plan_to_json
from composer.planning.ornament_choice import with_ornaments
from composer.types import ORNAMENTS, MusicalPlan


def plans(n: int = 60, /, **overrides: object) -> list[MusicalPlan]:
    """One plan with ornaments drawn for it again and again."""
    plan = make_plan(None, overrides=PlanOverrides(**overrides), seed=0)  # type: ignore[arg-type]
    if plan.level is not None:
        return [plan]
    return [with_ornaments(plan, random.Random(seed)) for seed in range(n)]


def test_some_pieces_have_some_and_the_reason_names_them() -> None:
    made = plans(instruments="violin,piano", tempo_bpm=90.0)
    some = [plan for plan in made if plan.ornaments]
    assert 0.15 <= len(some) / len(made) <= 0.5
    assert len({plan.ornaments for plan in some}) >= 5
    for plan in some:
        assert all(ORNAMENTS[kind] in plan.reasons["ornaments"] for kind in plan.ornaments)
    assert all("none" in plan.reasons["ornaments"] for plan in made if not plan.ornaments)


def test_tremolo_belongs_to_dark_storms_of_bowed_accompaniments() -> None:
    stormy = {"valence": -0.7, "arousal": 0.8}
    strings = plans(instruments="violin,string ensemble 1,cello", **stormy)
    assert 0.3 <= sum("tremolo" in plan.ornaments for plan in strings) / len(strings) <= 0.7
    for other in (
        {"instruments": "violin,piano", **stormy},
        {"instruments": "violin,string ensemble 1,cello", "valence": 0.6, "arousal": -0.4},
    ):
        assert not any("tremolo" in plan.ornaments for plan in plans(**other))


def test_slow_pieces_have_more_of_them_songs_with_drums_fewer_and_levels_none() -> None:
    def count(**overrides: object) -> int:
        return sum(bool(plan.ornaments) for plan in plans(valence=0.4, arousal=0.0, **overrides))

    assert count(instruments="flute,piano", tempo_bpm=45.0) > count(instruments="flute,piano", tempo_bpm=100.0)
    assert count(instruments="flute,piano", tempo_bpm=100.0) > count(instruments="flute,piano,drums", tempo_bpm=100.0)
    assert count(instruments="piano", level="2") == 0
    sung = plans(instruments="choir aahs,church organ", tempo_bpm=60.0)
    assert {kind for plan in sung for kind in plan.ornaments} == {"turn", "slide"}


def test_a_plan_of_a_file_keeps_what_a_person_wrote() -> None:
    data = json.loads(plan_to_json(plans(1)[0]))
    assert plan_from_json(json.dumps(data | {"ornaments": ["trill"]})).ornaments == ("trill",)
    assert plan_from_json(json.dumps(data | {"ornaments": []})).ornaments == ()
    del data["ornaments"]
    assert plan_from_json(json.dumps(data)).ornaments == (), "a plan from before there were any stays as it is"
    with pytest.raises(PlanError, match="ornaments"):
        plan_from_json(json.dumps(data | {"ornaments": ["glitter"]}))


def test_a_nudge_chooses_anew_but_does_not_bring_back_what_was_taken_out() -> None:
    some = [
        plan
        for plan in plans(instruments="violin,string ensemble 1,cello", valence=-0.7, arousal=0.8)
        if plan.ornaments
    ]
    for plan in some:
        calm = apply_overrides(plan, PlanOverrides(valence=0.5, arousal=-0.5))
        assert "tremolo" not in calm.ornaments
    plain = plan_from_json(json.dumps(json.loads(plan_to_json(some[0])) | {"ornaments": []}))
    assert apply_overrides(plain, PlanOverrides(arousal=0.6)).ornaments == ()
    kinds = Counter(kind for plan in some for kind in plan.ornaments)
    assert len(kinds) >= 4
    assert apply_overrides(some[0], PlanOverrides(level="2", instruments="violin")).ornaments == ()


def test_a_person_says_which_or_none() -> None:
    asked = make_plan(None, overrides=PlanOverrides(ornaments="Trill, run"), seed=1)
    assert asked.ornaments == ("trill", "run")
    assert asked.reasons["ornaments"].startswith("given")
    assert apply_overrides(asked, PlanOverrides(ornaments="none")).ornaments == ()
    with pytest.raises(UsageError, match=r"--ornaments: 'glitter' is unknown"):
        PlanOverrides(ornaments="trill,glitter")
    with pytest.raises(UsageError, match="level"):
        make_plan(None, overrides=PlanOverrides(ornaments="trill", level="1"))
