"""The plan names figures that its parts can play and that people use, and a person may name others."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import replace
from functools import cache

import pytest

from composer.errors import PlanError, UsageError
from composer.figure_names import FIGURE_NAMES
from composer.gm import INSTRUMENTS
from composer.planning import PlanOverrides, apply_overrides, make_plan, plan_from_json, plan_to_json
from composer.planning.figure_choice import choose_figures, parse_figures, with_figures
from composer.planning.orchestration import requested_instruments
from composer.types import Section


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


def test_guitars_break_their_chords_and_harpsichords_hold_none() -> None:
    plucked: list[str] = []
    for seed in range(30):
        for ensemble in ("flute,guitar", "flute,harpsichord"):
            overrides = PlanOverrides(valence=-0.2, arousal=-0.6 + 0.04 * seed, instruments=ensemble, meter="4/4")
            plan = make_plan(None, overrides=overrides, seed=seed)
            found = [item.figure for section in plan.sections for item in section.figures]
            assert "held" not in found
            plucked += found if "guitar" in ensemble else []
    broken = {"arpeggio up", "arpeggio down", "arpeggio up and down", "broken chords", "alberti", "oom-pah"}
    assert sum(name in broken for name in plucked) > 0.7 * len(plucked)


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


STEPS = [step / 4 for step in range(-4, 5)]


@cache
def feelings_of_figures(instruments: str) -> dict[str, list[tuple[float, float]]]:
    """Figure -> the feelings, of a grid of all, for which parts of these instruments take it; ``"free"`` for none."""
    found = defaultdict(list)
    parts = requested_instruments(instruments)
    rng = random.Random(1)
    for meter in ("2/4", "3/4", "4/4", "6/8"):
        for valence in STEPS:
            for arousal in STEPS * 3:
                asked = Section(name="A", start_bar=1, bars=8, phrases=(8,), valence=valence, arousal=arousal)
                (section,) = choose_figures([asked], parts, meter, rng)
                for part in parts[1:]:
                    found[section.figure_of(part.name) or "free"].append((valence, arousal))
    return found


def middle(places: list[tuple[float, float]]) -> tuple[float, float]:
    return sum(valence for valence, _ in places) / len(places), sum(arousal for _, arousal in places) / len(places)


@pytest.mark.parametrize(
    ("figures", "bright", "stirred"),
    [
        (("tremolo",), (-1, -0.5), (0.5, 1)),
        (("repeated chords",), (-0.6, -0.05), (0.3, 0.8)),
        (("drone", "habanera"), (-0.4, 0.4), (0.1, 0.9)),
        (("oom-pah", "off-beat chords"), (0.4, 1), (0.4, 0.9)),
        (("waltz", "walking bass", "alberti"), (0.35, 1), (0.05, 0.6)),
        (("broken chords",), (0.2, 0.6), (-0.3, 0.3)),
        (("arpeggio up and down",), (0.2, 0.9), (-0.9, -0.4)),
        (("chorale", "rocking"), (-0.4, 0.3), (-0.8, -0.3)),
        (("arpeggio up", "arpeggio down"), (-0.8, -0.05), (-0.8, -0.3)),
        (("held",), (-0.9, -0.4), (-0.95, -0.5)),
    ],
)
def test_a_figure_has_its_place_among_the_feelings(
    figures: tuple[str, ...], bright: tuple[float, float], stirred: tuple[float, float]
) -> None:
    """Tremolo is dark and stirred, an oom-pah merry, what is held is sad and still."""
    for figure in figures:
        valence, arousal = middle(feelings_of_figures("violin,piano,cello")[figure])
        assert bright[0] <= valence <= bright[1], figure
        assert stirred[0] <= arousal <= stirred[1], figure


def test_a_single_voice_repeats_notes_and_a_player_of_chords_does_not() -> None:
    assert len(feelings_of_figures("violin,violin,viola,cello")["repeated notes"]) > 10
    assert not feelings_of_figures("violin,piano,cello")["repeated notes"]


def test_no_figure_goes_against_the_feeling() -> None:
    found = feelings_of_figures("violin,piano,cello")
    assert min(arousal for _, arousal in found["tremolo"]) >= 0
    assert max(valence for valence, _ in found["tremolo"]) <= 0.2
    assert max(arousal for _, arousal in found["held"]) <= 0.2
    assert min(valence for valence, _ in found["oom-pah"]) >= -0.2
    assert max(arousal for _, arousal in found["rocking"]) <= 0.4


def test_some_third_of_the_sections_are_left_free_but_for_the_harps() -> None:
    def free(instruments: str) -> float:
        found = feelings_of_figures(instruments)
        return len(found["free"]) / sum(map(len, found.values()))

    assert 0.3 < free("violin,piano") < 0.5
    assert free("flute,harp") == 0


def test_figures_are_as_busy_and_as_full_as_the_music_near_the_plan() -> None:
    parts = requested_instruments("violin,piano")
    asked = Section(name="A", start_bar=1, bars=8, phrases=(8,), valence=0.0, arousal=0.1)
    chords, lines = {"repeated chords", "off-beat chords"}, {"broken chords", "arpeggio up", "arpeggio up and down"}

    def taken(onsets: float, at_once: float) -> list[str | None]:
        manner = {"harmony": (onsets, at_once)}
        drawn = (choose_figures([asked], parts, "4/4", random.Random(seed), manner=manner)[0] for seed in range(100))
        return [section.figure_of(parts[1].name) for section in drawn]

    full, single, slow = taken(8.0, 3.0), taken(8.0, 1.0), taken(1.0, 3.0)
    assert sum(name in chords for name in full) > 1.5 * sum(name in chords for name in single)
    assert sum(name in lines for name in single) > 1.5 * sum(name in lines for name in full)
    assert sum(name in {"held", "chorale"} for name in slow) > 1.5 * sum(name in {"held", "chorale"} for name in full)


def test_harps_arpeggiate_and_do_not_strike_again() -> None:
    counts = {figure: len(places) for figure, places in feelings_of_figures("flute,harp").items()}
    broken = {"arpeggio up", "arpeggio down", "arpeggio up and down", "broken chords", "alberti"}
    assert set(counts) - {"free"} <= broken | {"chorale", "held", "oom-pah", "waltz"}
    assert 0.8 < sum(counts[figure] for figure in broken) / sum(counts.values()) < 0.98
    assert all(counts[figure] > 40 for figure in broken)


def test_a_waltz_is_in_three_and_an_oom_pah_is_not() -> None:
    parts = requested_instruments("violin,piano")
    glad = Section(name="A", start_bar=1, bars=8, phrases=(8,), valence=0.65, arousal=0.4)

    def taken(meter: str) -> set[str | None]:
        drawn = (choose_figures([glad], parts, meter, random.Random(seed))[0] for seed in range(60))
        return {section.figure_of(parts[1].name) for section in drawn}

    assert "waltz" in taken("3/4")
    assert "waltz" not in taken("4/4") | taken("2/4")
    assert "oom-pah" in taken("2/4")
    assert "oom-pah" not in taken("3/4")


def test_a_return_keeps_its_figure_unless_it_is_to_change_it() -> None:
    model = Section(name="A", start_bar=1, bars=8, phrases=(8,), valence=0.2, arousal=0.0)
    alike = replace(model, name="A'", start_bar=9, varies="A", variation="rhythm")
    other = replace(model, name="A''", start_bar=17, varies="A", variation="figure")
    parts = requested_instruments("violin,piano,cello")
    changed = named = 0
    for seed in range(60):
        one, two, three = choose_figures([model, alike, other], parts, "4/4", random.Random(seed))
        assert one.figures == two.figures
        for part in parts[1:]:
            before, after = one.figure_of(part.name), three.figure_of(part.name)
            assert before is None or after != before
            changed += after is not None
            named += 1
    assert 0.5 < changed / named < 0.8


def test_the_degree_of_a_side_brings_no_other_figures() -> None:
    """A little more valence is the same piece a little brighter; the other side has other figures."""
    plan = make_plan(None, overrides=PlanOverrides(valence=0.3, arousal=0.2, instruments="violin,piano"), seed=3)

    def moved(by: float) -> list[object]:
        sections = tuple(replace(one, valence=max(-1.0, one.valence + by)) for one in plan.sections)
        changed = replace(plan, valence=plan.valence + by, sections=sections)
        return [[one.figures for one in with_figures(changed, seed).sections] for seed in range(20)]

    assert moved(0.1) == moved(-0.2)
    dark = replace(plan, mode="minor")
    assert [[one.figures for one in with_figures(dark, seed).sections] for seed in range(20)] != moved(0)


def test_the_reason_lists_every_part_and_section() -> None:
    plan = make_plan(None, overrides=PlanOverrides(valence=0.2, arousal=0.0, instruments="violin,piano,cello"), seed=1)
    for section in plan.sections:
        for item in section.figures:
            assert f"{item.figure} in {section.name}" in plan.reasons["figures"]
    free = with_figures(replace(plan, instruments=requested_instruments("violin")), 1)
    assert free.reasons["figures"].startswith("free;")


def test_a_figure_is_set_for_the_parts_that_are_named_and_no_others() -> None:
    asked = PlanOverrides(valence=0.2, arousal=0.0, instruments="violin,piano,cello", figure="cello=drone")
    plan = make_plan(None, overrides=asked, seed=4)
    usual = make_plan(None, overrides=replace(asked, figure=None), seed=4)
    _, piano, cello = plan.instruments
    assert {section.figure_of(cello.name) for section in plan.sections} == {"drone"}
    assert [one.figure_of(piano.name) for one in plan.sections] == [one.figure_of(piano.name) for one in usual.sections]


def test_who_accompanies_is_listed_where_a_name_is_wrong_and_nobody_where_nobody_does() -> None:
    duo = make_plan(None, overrides=PlanOverrides(instruments="violin,piano,cello"), seed=1)
    with pytest.raises(UsageError, match="there are: Acoustic Grand Piano, Cello"):
        apply_overrides(duo, PlanOverrides(figure="violin=held"))
    solo = make_plan(None, overrides=PlanOverrides(instruments="flute"), seed=1)
    with pytest.raises(UsageError, match="there are: none"):
        apply_overrides(solo, PlanOverrides(figure="flute=held"))


def test_a_figure_is_asked_for_in_any_case_and_an_entry_needs_both_sides() -> None:
    assert parse_figures(" Piano = HELD ") == {"piano": "held"}
    for wrong in ("=held", "piano=", "piano", "piano=held,"):
        with pytest.raises(UsageError, match="no part=figure"):
            parse_figures(wrong)


def test_a_part_is_free_where_no_figure_that_people_use_is_near() -> None:
    """In five-four basses are held, which suits what is sad and still and nothing merry."""
    parts = requested_instruments("violin,cello")

    def taken(valence: float, arousal: float) -> set[str | None]:
        asked = Section(name="A", start_bar=1, bars=8, phrases=(8,), valence=valence, arousal=arousal)
        drawn = (choose_figures([asked], parts, "5/4", random.Random(seed))[0] for seed in range(30))
        return {section.figure_of("Cello") for section in drawn}

    assert taken(-0.4, -0.6) == {"held", None}
    assert taken(0.3, 0.2) == taken(0.5, 0.5) == {None}
