"""Openings, codettas and endings stand where the length allows, and the plan says so."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace

import pytest

from composer.errors import PlanError
from composer.music import generate
from composer.planning import PlanOverrides, apply_overrides, make_plan, plan_from_json, plan_to_json
from composer.planning.form import FormTargets, make_sections
from composer.planning.frame import Frame, choose_ending, choose_frame, framed
from composer.planning.orchestration import requested_instruments
from composer.types import MusicalPlan

DUO = requested_instruments("violin,piano")
_TARGETS = FormTargets(valence=0.2, arousal=0, other_valence=0, other_arousal=0, density=1.2, register=1)


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


def test_an_interlude_leaves_the_accompaniment_alone_before_the_tune_comes_back() -> None:
    found = 0
    for plan in plans():
        names = [section.name for section in plan.sections]
        if "Interlude" not in names:
            continue
        found += 1
        place = names.index("Interlude")
        before, interlude, after = plan.sections[place - 1 : place + 2]
        assert interlude.opening
        assert interlude.bars == 2
        assert interlude.figures == before.figures, "the figure goes on"
        assert after.name[0] in "".join(names[:place]), "what follows was heard before"
        assert plan.chords[[chord.bar for chord in plan.chords].index(interlude.start_bar)].roman in ("I", "i")
        assert "before the tune comes back" in plan.reasons["sections"]
    assert 5 <= found <= 20


def test_the_tune_rests_in_an_interlude_and_the_accompaniment_plays() -> None:
    plan = next(plan for plan in plans() if any(section.name == "Interlude" for section in plan.sections))
    interlude = next(section for section in plan.sections if section.name == "Interlude")
    score = generate(plan, seed=1, candidates=1).score
    length = plan.time.bar_ticks
    for track in score.tracks:
        for bar in range(interlude.start_bar - 1, interlude.end_bar):
            struck = [note for note in track.notes if note.onset // length == bar]
            assert bool(struck) == (track.instrument.role != "melody")


def test_the_tune_keeps_whole_phrases() -> None:
    for plan in plans():
        inner = [s for s in plan.sections if not s.opening and s.name != "Codetta"]
        assert sum(section.bars for section in inner) % 4 == 0
        seconds = plan.bars * plan.time.quarters * 60 / plan.tempo_bpm
        assert 40 < seconds < 85, plan.reasons["bars"]


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


def _frames(bars: int | None, players: str = "violin,piano", draws: int = 300) -> Counter[tuple[int, int]]:
    parts = requested_instruments(players)
    drawn = (choose_frame(bars, parts, random.Random(seed)) for seed in range(draws))
    return Counter((frame.opening, frame.codetta) for frame in drawn)


def test_three_of_five_pieces_open_and_two_of_five_close_apart_each_for_itself() -> None:
    found = _frames(None)
    assert set(found) == {(0, 0), (2, 0), (0, 2), (2, 2)}
    assert 0.52 < (found[2, 0] + found[2, 2]) / 300 < 0.68
    assert 0.32 < (found[0, 2] + found[2, 2]) / 300 < 0.48
    assert set(_frames(None, "flute")) == {(0, 0), (0, 2)}


def test_a_given_length_gives_two_bars_that_its_phrases_leave_over_or_four_that_they_would_fill() -> None:
    assert set(_frames(8)) == set(_frames(6)) == set(_frames(9)) == set(_frames(16)) == {(0, 0)}
    assert set(_frames(10)) == set(_frames(22)) == {(2, 0), (0, 2)}
    assert set(_frames(10, "flute")) == {(0, 2)}
    assert 0.52 < _frames(10)[2, 0] / 300 < 0.68
    for bars in (20, 24, 64):
        found = _frames(bars)
        assert set(found) == {(0, 0), (2, 2)}
        assert 0.16 < found[2, 2] / 300 < 0.32
        assert set(_frames(bars, "flute")) == {(0, 0)}
    assert set(_frames(21)) == set(_frames(23)) == {(0, 0)}


def test_the_frame_stands_around_the_sections_and_moves_them() -> None:
    inner = make_sections(16, _TARGETS, random.Random(0))
    endings, leads = set(), []
    for seed in range(100):
        whole = framed(inner, Frame(opening=2, codetta=2), random.Random(seed))
        opening, *middle, codetta = whole
        assert (opening.name, opening.start_bar, opening.bars, opening.phrases) == ("Intro", 1, 2, (2,))
        assert opening.opening
        assert not codetta.opening
        assert (opening.varies, opening.variation, codetta.varies, codetta.variation) == (None,) * 4
        assert [one.start_bar for one in middle] == [one.start_bar + 2 for one in inner]
        assert (codetta.name, codetta.start_bar, codetta.bars, codetta.phrases) == ("Codetta", 19, 2, (2,))
        assert codetta.density == pytest.approx(0.6 * inner[-1].density, abs=0.006)
        assert codetta.register == inner[-1].register - 2
        endings.add(codetta.cadence)
        leads.append(opening.cadence)
    assert endings == {"plagal", "authentic"}
    assert 35 < leads.count("half") < 65
    assert framed(inner, Frame(), random.Random(0)) == inner


def test_more_codettas_are_plagal_than_not_and_the_thinnest_stays_a_tune() -> None:
    inner = make_sections(8, replace(_TARGETS, density=0.25, register=-24), random.Random(0))
    codettas = [framed(inner, Frame(codetta=2), random.Random(seed))[-1] for seed in range(300)]
    assert 0.47 < sum(one.cadence == "plagal" for one in codettas) / 300 < 0.63
    assert {(one.density, one.register) for one in codettas} == {(0.25, -24)}


def test_half_of_what_is_not_lively_fades_on_its_figure_over_a_bass() -> None:
    def fading(players: str, arousal: float) -> float:
        parts = requested_instruments(players)
        return sum(choose_ending(parts, arousal, random.Random(seed)) == "figure" for seed in range(300)) / 300

    assert 0.42 < fading("violin,piano", 0.5) < 0.58
    assert 0.42 < fading("flute,guitar,cello", -0.9) < 0.58
    assert fading("violin,piano", 0.55) == fading("violin,guitar", 0.0) == fading("violin,viola,cello", 0.0) == 0
    assert fading("violin", 0.0) == 0
