"""What returns is varied in notes, and the plan says how."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from composer.music import generate
from composer.music.blocks import GridNote, Layout
from composer.music.dotting import dotted
from composer.music.layout import lay_out
from composer.music.settling import settled
from composer.music.variation import varied
from composer.planning import PlanOverrides, make_plan
from composer.types import VARIATIONS, MusicalPlan

Notes = dict[int, list[list[GridNote]]]


def plan_of(variation: str, *, meter: str = "4/4") -> MusicalPlan:
    """Violin and piano; the second section takes up the first."""
    overrides = PlanOverrides(instruments="violin,piano", bars=8, meter=meter, mode="major", tonic="C")
    plan = make_plan(None, overrides=overrides, seed=3)
    first, second = plan.sections
    sections = (first, replace(second, varies=first.name, variation=variation))
    reasons = {**plan.reasons, "sections": f"A A'; A': {VARIATIONS[variation]}"}
    return replace(plan, sections=sections, reasons=reasons)


def tune(plan: MusicalPlan, layout: Layout, bar: list[tuple[int, int, int]]) -> Notes:
    """The same bar again and again in the melody, a long note elsewhere."""
    notes: Notes = {block.part: [[] for _ in range(plan.bars)] for block in layout.blocks}
    for block in layout.blocks:
        own = bar if block.role == "melody" else [(0, (block.low + block.high) // 2, block.length)]
        notes[block.part][block.bar] = [GridNote(*note) for note in own]
    return notes


def lead_of(layout: Layout) -> int:
    return next(block.part for block in layout.blocks if block.role == "melody")


QUARTERS = [(place, 72, 12) for place in range(0, 48, 12)]


@pytest.mark.parametrize("variation", ["ornament", "rhythm", "figure", "texture"])
def test_a_tune_that_came_back_note_for_note_is_varied_and_the_reason_says_so(variation: str) -> None:
    plan = plan_of(variation)
    layout = lay_out(plan, seed=1)
    notes, lead = tune(plan, layout, QUARTERS), lead_of(layout)
    told, changed = varied(plan, layout, notes, seed=1)
    assert changed[lead][:4] == notes[lead][:4], "only what returns is varied"
    assert sum(changed[lead][bar] != notes[lead][bar] for bar in range(4, 7)) >= 2
    words = told.reasons["sections"]
    assert VARIATIONS["ornament"] in words or VARIATIONS["rhythm"] in words
    again, same = varied(told, layout, notes, seed=1)
    assert (again, same) == (told, changed), "a plan that was told must lead to the same notes"


def test_another_variation_takes_the_place_of_one_that_finds_nothing() -> None:
    plan = plan_of("ornament")
    layout = lay_out(plan, seed=1)
    # Leaps of a tenth: nothing passes between them, and no neighbour leads on; the rhythm can change.
    notes = tune(plan, layout, [(0, 60, 12), (12, 76, 12), (24, 60, 12), (36, 76, 12)])
    told, changed = varied(plan, layout, notes, seed=1)
    assert told.sections[1].variation == "rhythm"
    assert VARIATIONS["rhythm"] in told.reasons["sections"]
    assert VARIATIONS["ornament"] not in told.reasons["sections"]
    rhythms = [[(n.position, n.length) for n in bar] for bar in changed[lead_of(layout)][4:7]]
    assert [(0, 18), (18, 6), (24, 18), (42, 6)] in rhythms


def test_dotting_keeps_pitches_and_the_length_of_the_bar() -> None:
    for meter, bar, expected in (
        ("4/4", QUARTERS, [18, 6, 18, 6]),
        ("4/4", [(0, 72, 18), (18, 74, 6), (24, 76, 18), (42, 77, 6)], [12, 12, 12, 12]),
        ("6/8", [(place, 72 + place, 6) for place in range(0, 36, 6)], [9, 3, 6, 9, 3, 6]),
    ):
        plan = plan_of("rhythm", meter=meter)
        layout = lay_out(plan, seed=1)
        notes, lead = tune(plan, layout, bar), lead_of(layout)
        changed = dotted(plan.sections[1], layout, notes, compound=meter == "6/8")
        free = next(b for b in layout.blocks if b.part == lead and b.bar in (5, 6) and not b.closing)
        line = changed[lead][free.bar]
        assert [note.length for note in line] == expected
        assert [note.pitch for note in line] == [pitch for _, pitch, _ in bar]
        assert all(one.position + one.length == two.position for one, two in pairwise(line))


def test_sections_end_without_a_leap() -> None:
    plan = plan_of("figure")
    layout = lay_out(plan, seed=1)
    lead = lead_of(layout)
    block = next(b for b in layout.blocks if b.part == lead)
    low = next(p for p in range(block.low, block.high) if p % 12 == 0)
    notes = tune(plan, layout, [(0, low + 12, 24), (24, low, 24)])
    line = settled(plan, layout, notes)[lead]
    for section in plan.sections:
        one, two = line[section.end_bar - 1][-2:]
        assert abs(one.pitch - two.pitch) <= 4
    assert line[-1][-1].pitch % 12 == 0, "the piece still ends on its tonic"
    assert line[1] == notes[lead][1]


def test_nobody_accompanies_so_nothing_beneath_the_tune_changes() -> None:
    for seed in range(30):
        plan = make_plan(None, overrides=PlanOverrides(instruments="violin", bars=16), seed=seed)
        assert not {section.variation for section in plan.sections} & {"figure", "texture"}


def test_default_pieces_do_not_repeat_their_tune() -> None:
    literal = returns = 0
    for seed, (valence, arousal) in enumerate([(-0.6, -0.6), (0.5, -0.4), (-0.5, 0.4), (0.6, 0.5)]):
        overrides = PlanOverrides(valence=valence, arousal=arousal, bars=16, instruments="cello,piano")
        score = generate(make_plan(None, overrides=overrides, seed=seed), seed=seed, candidates=1).score
        bar = score.plan.time.bar_ticks
        line = [(note.onset // bar, note.onset % bar, note.pitch) for note in score.tracks[0].notes]
        models = {section.name: section for section in score.plan.sections}
        for section in score.plan.sections:
            model = models.get(section.varies or "")
            if model is None:
                continue
            here, there = (
                [
                    (b - one.start_bar + 1, at, pitch)
                    for b, at, pitch in line
                    if 0 <= b - one.start_bar + 1 < section.bars - 1
                ]
                for one in (section, model)
            )
            returns += 1
            literal += here == there
    assert returns >= 4
    assert not literal
