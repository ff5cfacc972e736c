"""As many plans have quick notes as people's pieces do, and say so; a person turns them off."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from composer.errors import PlanError, UsageError
from composer.planning import PlanOverrides, apply_overrides, make_plan, plan_from_json, plan_to_json
from composer.planning.ornament_choice import parse_ornaments, with_ornaments
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


def test_ornaments_are_as_frequent_as_at_that_tempo_and_with_those_players() -> None:
    """Least at a walking pace; a harpsichord has more, a voice and a band with drums have fewer."""

    def share(tempo: float, instruments: str = "flute,piano", **feeling: float) -> float:
        made = plans(250, instruments=instruments, tempo_bpm=tempo, **{"valence": 0.4, "arousal": 0.0} | feeling)
        return sum(bool(plan.ornaments) for plan in made) / len(made)

    for tempo, people in ((45, 0.77), (70, 0.45), (109, 0.3), (111, 0.42), (200, 0.5)):
        assert share(float(tempo)) == pytest.approx(people, abs=0.08), tempo
    assert share(100.0, "harpsichord") == pytest.approx(0.6, abs=0.08)
    assert share(100.0, "choir aahs,church organ") == pytest.approx(0.18, abs=0.07)
    assert share(100.0, "flute,piano,drums") == pytest.approx(0.06, abs=0.05)
    assert share(45.0, valence=-0.8, arousal=-0.8) == pytest.approx(0.77 * 0.2, abs=0.07)


def test_each_kind_is_as_frequent_as_with_people() -> None:
    made = [plan.ornaments for plan in plans(400, instruments="flute,piano", tempo_bpm=45.0) if plan.ornaments]
    for kind, people in (("trill", 0.45), ("mordent", 0.4), ("turn", 0.35), ("slide", 0.6), ("run", 0.25)):
        assert sum(kind in one for one in made) / len(made) == pytest.approx(people, abs=0.1), kind
    assert not any("tremolo" in one for one in made)


def test_the_reason_says_how_usual_they_are() -> None:
    some = next(plan for plan in plans(instruments="violin,piano", tempo_bpm=90.0, valence=0.3) if plan.ornaments)
    assert some.reasons["ornaments"].endswith(", as in 30% of people's pieces at 90 bpm with these players")


def test_a_request_is_read_once_for_each_kind_and_auto_leaves_the_choice() -> None:
    assert parse_ornaments(" Trill,run, trill") == ("trill", "run")
    assert parse_ornaments("none") == ()
    assert parse_ornaments("auto") is None
    with pytest.raises(UsageError, match="'none' is unknown"):
        parse_ornaments("trill,none")
    with pytest.raises(UsageError, match="'' is unknown"):
        parse_ornaments("trill,")


def test_bowed_accompaniments_tremble_in_any_dark_storm_and_bowed_tunes_do_not() -> None:
    asked = {"instruments": "flute,string ensemble 1,cello", "arousal": 0.6}
    for valence, trembles in ((-0.8, True), (0.0, True), (0.9, False)):
        made = plans(120, valence=valence, **asked)
        assert any("tremolo" in plan.ornaments for plan in made) is trembles, valence
    assert not any(
        "tremolo" in plan.ornaments for plan in plans(60, instruments="violin,viola", valence=-0.8, arousal=0.8)
    )


def test_choirs_and_voices_are_sung_and_their_neighbours_in_the_list_of_sounds_are_not() -> None:
    for program, sung in ((51, False), (52, True), (53, True), (54, True), (55, False)):
        made = plans(60, instruments=f"{program},piano", tempo_bpm=45.0, valence=0.4, arousal=0.0)
        kinds = {kind for plan in made for kind in plan.ornaments}
        assert (kinds <= {"turn", "slide"}) is sung, program
