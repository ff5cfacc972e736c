from __future__ import annotations

import random
from dataclasses import replace

from composer.planning import PlanOverrides, apply_overrides, make_plan
from composer.planning.form import FormTargets, make_sections
from composer.planning.handover import can_hand_over, with_accompaniment, with_handover, without_handovers
from composer.planning.orchestration import requested_instruments

QUARTET = "flute,clarinet,piano,contrabass"
_EVEN = FormTargets(valence=0, arousal=0, other_valence=0, other_arousal=0, density=1, register=0)


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


def test_three_of_five_pieces_that_could_hand_over_do() -> None:
    plan = make_plan(None, overrides=PlanOverrides(instruments=QUARTET, bars=32), seed=1)
    sections = make_sections(32, _EVEN, random.Random(4))
    drawn = [with_handover(sections, plan.instruments, random.Random(seed)) for seed in range(300)]
    changed = [one for one in drawn if one != sections]
    assert 0.52 < len(changed) / 300 < 0.68
    for one in changed:
        (place,) = [n for n, (old, new) in enumerate(zip(sections, one, strict=True)) if old != new]
        assert sections[place].variation not in (None, "register")
        assert place < len(sections) - 1
        assert one[place].variation == "orchestration"
        assert len(one) == len(sections)


def test_a_tune_that_moves_keeps_its_player() -> None:
    sections = tuple(
        replace(one, variation="register" if one.variation else None)
        for one in make_sections(32, _EVEN, random.Random(4))
    )
    parts = requested_instruments(QUARTET)
    assert all(with_handover(sections, parts, random.Random(seed)) == sections for seed in range(20))


def test_both_players_need_an_octave_and_a_sound_of_their_own() -> None:
    lead, counter, *rest = requested_instruments(QUARTET)
    assert can_hand_over((lead, counter, *rest))
    assert can_hand_over((lead, replace(counter, low=60, high=72), *rest))
    assert not can_hand_over((lead, replace(counter, low=60, high=71), *rest))
    assert not can_hand_over((replace(lead, low=60, high=71), counter, *rest))
    assert not can_hand_over((lead, replace(counter, program=lead.program), *rest))
    assert not can_hand_over((lead, counter, counter, *rest))
    assert not can_hand_over((lead, lead, counter, *rest))
    assert not can_hand_over((counter, *rest))
    assert not can_hand_over((lead, *rest))


def test_where_nobody_accompanies_the_tune_is_decorated() -> None:
    sections = tuple(
        replace(one, variation=kind)
        for one, kind in zip(
            make_sections(16, _EVEN, random.Random(0)), (None, "figure", "texture", "register"), strict=True
        )
    )
    alone = with_accompaniment(sections, requested_instruments("flute"))
    assert [one.variation for one in alone] == [None, "ornament", "ornament", "register"]
    for players in ("flute,piano", "flute,cello"):
        assert with_accompaniment(sections, requested_instruments(players)) == sections
    handed = tuple(replace(one, variation="orchestration") for one in sections[1:])
    assert {one.variation for one in without_handovers(handed)} == {"texture"}
    assert without_handovers(sections) == sections
