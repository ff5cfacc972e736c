"""Basses and keyboards lead from chord to chord by notes between them, and keep time, rests and what stands still."""

from __future__ import annotations

from dataclasses import replace

from composer.music.blocks import GridNote, LayerNotes, Layout
from composer.music.layout import lay_out
from composer.music.passing_notes import with_passing_notes
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan, PartFigure

WHITE = frozenset({0, 2, 4, 5, 7, 9, 11})


def song(seed: int, *, arousal: float = 0.3, valence: float = 0.4) -> tuple[MusicalPlan, Layout, int]:
    key = {"tonic": "C", "mode": "major", "meter": "4/4", "bars": 16}
    wish = PlanOverrides(instruments="violin,piano", valence=valence, arousal=arousal, **key)  # type: ignore[arg-type]
    plan = make_plan(None, overrides=wish, seed=seed)
    plan = replace(plan, sections=tuple(replace(section, figures=()) for section in plan.sections))
    layout = lay_out(plan, seed=seed)
    return plan, layout, next(block.part for block in layout.blocks if block.role == "bass")


def written(plan: MusicalPlan, layout: Layout, part: int, *bars: list[GridNote]) -> LayerNotes:
    """The bars in turn in one part, all others silent."""
    notes: LayerNotes = {block.part: [[] for _ in range(plan.bars)] for block in layout.blocks}
    notes[part] = [list(bars[bar % len(bars)]) for bar in range(plan.bars)]
    return notes


def halves(first: int, second: int) -> list[GridNote]:
    return [GridNote(0, first, 24), GridNote(24, second, 24)]


def added(plan: MusicalPlan, layout: Layout, part: int, notes: LayerNotes, seed: int) -> list[GridNote]:
    made = with_passing_notes(plan, layout, notes, seed=seed)[part]
    return [note for bar, old in zip(made, notes[part], strict=True) for note in bar
            if note.position not in {one.position for one in old}]  # fmt: skip


def test_a_bass_passes_through_thirds_and_steps_into_fifths() -> None:
    thirds, fifths = [], []
    for seed in range(12):
        plan, layout, part = song(seed)
        thirds += added(plan, layout, part, written(plan, layout, part, halves(48, 52)), seed)
        fifths += added(plan, layout, part, written(plan, layout, part, halves(48, 55)), seed)
    assert len(thirds) > 60
    assert {note.pitch for note in thirds} <= {49, 50, 51}
    assert len(fifths) > 40
    assert {note.pitch for note in fifths} <= {49, 50, 53, 54}
    assert {note.position % 12 for note in thirds + fifths} <= {6, 8}


def test_notes_end_where_the_passing_note_begins_and_bars_stay_full() -> None:
    for seed in range(8):
        plan, layout, part = song(seed)
        for bar in with_passing_notes(plan, layout, written(plan, layout, part, halves(48, 52)), seed=seed)[part]:
            ends = [note.position + note.length for note in bar]
            assert [0, *ends[:-1]] == [note.position for note in bar]
            assert ends[-1] == 48


def test_whole_steps_are_filled_where_people_are_chromatic() -> None:
    found = []
    for seed in range(24):
        plan, layout, part = song(seed, valence=-0.4)
        found.append(len(added(plan, layout, part, written(plan, layout, part, halves(48, 50), halves(48, 50)), seed)))
    assert sum(count > 0 for count in found) >= 5
    assert sum(count == 0 for count in found) >= 5


def test_it_does_not_rub_against_the_tune() -> None:
    for seed in range(8):
        plan, layout, part = song(seed)
        notes = written(plan, layout, part, halves(48, 52))
        notes[layout.lead or 0] = [[GridNote(0, 61, 48)] for _ in range(plan.bars)]
        made = with_passing_notes(plan, layout, notes, seed=seed)[part]
        assert {note.pitch for bar in made for note in bar} <= {48, 52, 51}


def test_beginners_drones_the_last_bars_and_stillness_stay_as_they_are() -> None:
    moved = {"still": 0, "stirred": 0}
    for seed in range(12):
        plan, layout, part = song(seed)
        notes = written(plan, layout, part, halves(48, 52))
        made = with_passing_notes(plan, layout, notes, seed=seed)
        assert made[part][-2:] == notes[part][-2:]
        assert with_passing_notes(replace(plan, level="2"), layout, notes, seed=seed) == notes
        drone = (PartFigure(part=plan.instruments[1].name, figure="drone"),)
        held = replace(plan, sections=tuple(replace(section, figures=drone) for section in plan.sections))
        assert with_passing_notes(held, layout, notes, seed=seed) == notes
        moved["stirred"] += made != notes
        plan, layout, part = song(seed, valence=-0.9, arousal=-0.9)
        notes = written(plan, layout, part, halves(48, 52))
        moved["still"] += with_passing_notes(plan, layout, notes, seed=seed) != notes
    assert moved["still"] < moved["stirred"]
