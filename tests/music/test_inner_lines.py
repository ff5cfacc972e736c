"""Single lines that accompany with bow or breath are bound, turned, suspended, and answer the tune."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from composer.music.blocks import Block, GridNote, LayerNotes, Layout
from composer.music.inner_lines import with_living_lines
from composer.music.layout import lay_out
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan

Row = tuple[int, int, int]


def plan_of(players: str = "flute,oboe,clarinet,bassoon", **more: object) -> MusicalPlan:
    given = {
        "instruments": players,
        "bars": 16,
        "meter": "4/4",
        "mode": "major",
        "tonic": "C",
        "tempo_bpm": 100.0,
    } | more
    return make_plan(None, overrides=PlanOverrides(**given), seed=4)  # type: ignore[arg-type]


def tone(block: Block, position: int) -> int:
    """A tone of the chord near the middle of the range."""
    tones = block.harmony_at(position).tones
    return min((p for p in range(block.low, block.high + 1) if p % 12 in tones), key=lambda p: abs(p - 60))


def written(plan: MusicalPlan, layout: Layout, tune: list[Row]) -> LayerNotes:
    """Quarters on one tone of the chord in every part but the tune."""
    notes: LayerNotes = {block.part: [[] for _ in range(plan.bars)] for block in layout.blocks}
    for block in layout.blocks:
        quarters = [(at, tone(block, at), 12) for at in range(0, 48, 12)]
        notes[block.part][block.bar] = [GridNote(*row) for row in (tune if block.role == "melody" else quarters)]
    return notes


def part_of(layout: Layout, role: str) -> int:
    return next(block.part for block in layout.blocks if block.role == role)


WHOLE = [(0, 72, 48)]


def test_quarters_without_end_get_more_than_one_rhythm_and_stay_a_line_in_range() -> None:
    plan = plan_of()
    layout = lay_out(plan, seed=1)
    notes = written(plan, layout, WHOLE)
    made = with_living_lines(plan, layout, notes, seed=1)
    part = part_of(layout, "harmony")
    assert made[part_of(layout, "melody")] == notes[part_of(layout, "melody")]
    assert len({tuple(note.position for note in bar) for bar in made[part]}) >= 4
    assert made[part][-1] == notes[part][-1], "the last bar is as it was"
    for block in (block for block in layout.blocks if block.part == part):
        bar = made[part][block.bar]
        assert sum(note.length for note in bar) == 48
        for one, other in pairwise(bar):
            assert one.position + one.length == other.position
        for note in bar:
            assert block.low <= note.pitch <= block.high
            harmony = block.harmony_at(note.position)
            assert note.pitch % 12 in harmony.tones or note.position % 12 or note.position == 0
            assert note.pitch % 12 in harmony.allowed or note.position == 0


def test_where_the_tune_rests_one_line_takes_up_its_head() -> None:
    plan = plan_of("violin,viola,viola,cello")
    layout = lay_out(plan, seed=1)
    notes = written(plan, layout, [(0, 72, 6), (6, 74, 6), (12, 76, 12)])
    made = with_living_lines(plan, layout, notes, seed=2)
    answers = [
        (block.bar, [note.position for note in made[block.part][block.bar] if note.position >= 24])
        for block in layout.blocks
        if block.role == "harmony"
    ]
    found = [bar for bar, places in answers if places == [24, 30, 36]]
    assert len(found) >= 3
    assert len(found) == len(set(found)), "one line at a time"


def test_a_step_down_over_the_bar_line_is_held_over_and_resolves() -> None:
    plan = plan_of()
    layout = lay_out(plan, seed=1)
    part = part_of(layout, "harmony")
    blocks = {block.bar: block for block in layout.blocks if block.part == part}
    notes = written(plan, layout, WHOLE)
    for bar in range(1, plan.bars - 1, 2):
        goal = tone(blocks[bar], 0)
        notes[part][bar - 1], notes[part][bar] = [GridNote(0, goal + 2, 48)], [GridNote(0, goal, 48)]
    suspended = 0
    for seed in range(4):
        for bar, line in enumerate(with_living_lines(plan, layout, notes, seed=seed)[part][:-1]):
            if (
                len(line) > 1
                and line[0].pitch - line[1].pitch == 2
                and line[0].pitch % 12 not in blocks[bar].harmony_at(0).tones
            ):
                suspended += 1
                assert (line[0].position, line[0].length, line[1].position) == (0, 12, 12)
                assert line[1].pitch % 12 in blocks[bar].harmony_at(0).tones
    assert suspended >= 2


@pytest.mark.parametrize("players", ["flute,piano", "violin,harp"])
def test_keys_and_strings_that_are_plucked_stay_as_they_are(players: str) -> None:
    plan = plan_of(players)
    layout = lay_out(plan, seed=1)
    notes = written(plan, layout, WHOLE)
    assert with_living_lines(plan, layout, notes, seed=1) == notes


def test_levels_stay_plain_and_a_seed_gives_the_same_lines() -> None:
    plan = plan_of()
    layout = lay_out(plan, seed=1)
    notes = written(plan, layout, WHOLE)
    assert with_living_lines(replace(plan, level="2"), layout, notes, seed=1) == notes
    assert with_living_lines(plan, layout, notes, seed=1) == with_living_lines(plan, layout, notes, seed=1)
    assert with_living_lines(plan, layout, notes, seed=1) != with_living_lines(plan, layout, notes, seed=2)
