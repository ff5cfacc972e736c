"""A keyboard that leads plays thirds, sixths and chords below its tune, within one hand and above the other."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from composer.music.blocks import GridNote, LayerNotes, Layout
from composer.music.layout import lay_out
from composer.music.tune_chords import with_tune_chords
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan

TUNE = [GridNote(0, 76, 12), GridNote(12, 74, 6), GridNote(18, 76, 6), GridNote(24, 79, 24)]


def sonata(seed: int, instruments: str = "piano") -> tuple[MusicalPlan, Layout, LayerNotes]:
    key = {"tonic": "C", "mode": "major", "meter": "4/4", "bars": 16}
    wish = PlanOverrides(instruments=instruments, valence=0.3, arousal=0.2, **key)  # type: ignore[arg-type]
    plan = make_plan(None, overrides=wish, seed=seed)
    layout = lay_out(plan, seed=seed)
    notes: LayerNotes = {block.part: [[] for _ in range(plan.bars)] for block in layout.blocks}
    assert layout.lead is not None
    notes[layout.lead] = [list(TUNE) for _ in range(plan.bars)]
    left = next(block.part for block in layout.blocks if block.role == "bass")
    notes[left] = [[GridNote(0, 60, 48)] for _ in range(plan.bars)]
    return plan, layout, notes


def test_the_tune_stays_on_top_and_one_hand_reaches_all() -> None:
    strokes = {1: 0, 2: 0, 3: 0}
    for seed in range(24):
        plan, layout, notes = sonata(seed)
        assert layout.lead is not None
        for bar in with_tune_chords(plan, layout, notes, seed=seed)[layout.lead]:
            for note in TUNE:
                hand = sorted(one.pitch for one in bar if one.position == note.position)
                assert hand[-1] == note.pitch
                assert hand[-1] - hand[0] <= 12
                assert hand[0] > 60
                assert all(other - one >= 3 for one, other in pairwise(hand))
                strokes[len(hand)] += 1
    assert min(strokes.values()) > 50


def test_some_pieces_keep_to_a_single_line_and_some_are_full_throughout() -> None:
    share = []
    for seed in range(24):
        plan, layout, notes = sonata(seed)
        made = with_tune_chords(plan, layout, notes, seed=seed)[layout.lead or 0]
        share.append(sum(len(bar) > len(TUNE) for bar in made) / plan.bars)
    assert sum(value == 0 for value in share) >= 4
    assert sum(value > 0.9 for value in share) >= 4


def test_what_returns_has_the_manner_of_its_model() -> None:
    for seed in range(12):
        plan, layout, notes = sonata(seed)
        made = with_tune_chords(plan, layout, notes, seed=seed)[layout.lead or 0]
        full = {s.name: any(len(made[bar]) > len(TUNE) for bar in s.bar_indices) for s in plan.sections}
        for section in plan.sections:
            if section.varies in full and section.variation != "orchestration":
                assert full[section.name] == full[section.varies]


def test_beginners_single_lines_and_other_players_stay_as_they_are() -> None:
    for seed in range(8):
        plan, layout, notes = sonata(seed)
        assert with_tune_chords(replace(plan, level="1"), layout, notes, seed=seed) == notes
        single = replace(plan, instruments=tuple(replace(player, voices=1) for player in plan.instruments))
        assert with_tune_chords(single, layout, notes, seed=seed) == notes
        plan, layout, notes = sonata(seed, "violin,piano")
        assert with_tune_chords(plan, layout, notes, seed=seed) == notes
