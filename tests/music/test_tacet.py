"""Parts rest for whole bars as people's do, while others go on."""

from __future__ import annotations

import random

import pytest

from composer.gm import KEYBOARD_PROGRAMS
from composer.music.breath import breaths
from composer.music.layers import layers_of
from composer.music.layout import lay_out
from composer.music.tacet import tacet_bars
from composer.planning import PlanOverrides, make_plan
from composer.proportions import Proportions, near_plan
from composer.types import MusicalPlan

QUARTET, TRIO = "violin,violin,viola,cello", "violin,cello,piano"
ENSEMBLES = (QUARTET, "soprano,piano", TRIO, "flute,oboe,clarinet,horn,bassoon")


def plan_of(seed: int, instruments: str, **more: object) -> MusicalPlan:
    wish = {"instruments": instruments, "bars": 32, "valence": 0.3, "arousal": 0.1} | more
    return make_plan(None, overrides=PlanOverrides(**wish), seed=seed)  # type: ignore[arg-type]


def rests_of(plan: MusicalPlan, seed: int, **shares: float) -> dict[int, frozenset[int]]:
    layers = layers_of(plan, near_plan(plan, seed=seed))
    window = Proportions(values={"closings": 0.3, **shares})
    return tacet_bars(plan, layers, window, breaths(plan, window, random.Random(seed)), random.Random(seed))


@pytest.mark.parametrize("instruments", ENSEMBLES)
def test_two_layers_sound_in_every_bar_and_all_at_the_end(instruments: str) -> None:
    rested = 0
    for seed in range(12):
        plan = plan_of(seed, instruments)
        blocks = lay_out(plan, seed=seed).blocks
        for bar in range(plan.bars):
            here = [block for block in blocks if block.bar == bar]
            assert sum(not block.silent for block in here) >= 2
            tune = next(block for block in here if block.role == "melody")
            waiting = plan.section_at(bar).opening
            assert waiting or not tune.silent or sum(block.silent for block in here) == 1, "the others answer"
            assert bar < plan.bars - 2 or not any(block.silent for block in here)
            rested += any(block.silent for block in here)
    assert rested > 12


def test_those_who_have_the_chords_at_a_keyboard_play_on() -> None:
    for seed in range(8):
        plan = plan_of(seed, TRIO)
        layout = lay_out(plan, seed=seed)
        keys = [b for b in layout.blocks if plan.instruments[layout.player(b.part)].program in KEYBOARD_PROGRAMS]
        assert keys
        assert not any(block.silent for block in keys)


def test_one_or_two_players_and_beginners_never_rest() -> None:
    for instruments, level in (("piano", None), ("oboe,cello", None), ("violin", "2")):
        for seed in range(6):
            assert not any(rests_of(plan_of(seed, instruments, level=level), seed, lines_tacet=0.4).values())


def test_a_theme_begins_at_once_and_a_later_phrase_may_wait_for_those_who_accompany() -> None:
    waited = 0
    for seed in range(20):
        plan = plan_of(seed, "soprano,piano")
        silent = rests_of(plan, seed, tune_tacet=0.2)[0]
        theme = next(section for section in plan.sections if not section.opening)
        first = range(theme.start_bar - 1, theme.end_bar if theme.bars < 8 else theme.start_bar + theme.bars // 2 - 1)
        assert not silent & set(first)
        assert not silent & {section.start_bar - 1 for section in plan.sections if section.varies == theme.name}
        waited += bool(silent)
        assert len(silent) <= 0.2 * plan.bars + 2
    assert waited > 10


def test_lines_rest_as_often_as_in_the_window() -> None:
    share = {}
    for wanted in (0.0, 0.1, 0.3):
        counts = [
            len(bars) / 32
            for seed in range(20)
            for number, bars in rests_of(plan_of(seed, QUARTET), seed, lines_tacet=wanted, tune_tacet=0.0).items()
            if number
        ]
        share[wanted] = sum(counts) / len(counts)
    assert share[0.0] == 0.0
    assert 0.05 < share[0.1] < 0.12
    assert share[0.3] > 1.5 * share[0.1]


def test_what_returns_rests_where_its_model_did() -> None:
    same = other = 0
    for seed in range(20):
        plan = plan_of(seed, QUARTET)
        first = {section.name: section for section in reversed(plan.sections)}
        pairs = [(one, first[one.varies]) for one in plan.sections if one.varies in first and one.end_bar < plan.bars]
        for bars in rests_of(plan, seed, lines_tacet=0.2, tune_tacet=0.1).values():
            for section, model in pairs:
                if model.bars == section.bars:
                    there, here = (
                        {bar - one.start_bar for bar in bars if one.start_bar <= bar + 1 <= one.end_bar}
                        for one in (model, section)
                    )
                    same += len(there & here)
                    other += len(there ^ here)
    assert same > 10
    assert other < 0.2 * same, "what is left out there would leave too few to sound"
