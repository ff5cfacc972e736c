"""Chords that are struck again and again sing with their highest note, by step and without a clash."""

from __future__ import annotations

from dataclasses import replace

from composer.music.blocks import GridNote, LayerNotes, Layout
from composer.music.layout import lay_out
from composer.music.moving_tops import with_moving_tops
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan

REPEATED = [GridNote(place, pitch, 12) for place in (0, 12, 24, 36) for pitch in (60, 64, 67)]


def song(seed: int, *, arousal: float = 0.3) -> tuple[MusicalPlan, Layout, int]:
    key = {"tonic": "C", "mode": "major", "meter": "4/4", "bars": 16}
    wish = PlanOverrides(instruments="violin,piano", valence=0.4, arousal=arousal, **key)  # type: ignore[arg-type]
    plan = make_plan(None, overrides=wish, seed=seed)
    layout = lay_out(plan, seed=seed)
    return plan, layout, next(block.part for block in layout.blocks if block.role == "harmony")


def written(plan: MusicalPlan, layout: Layout, part: int, bar: list[GridNote], tune: int = 79) -> LayerNotes:
    notes: LayerNotes = {block.part: [[] for _ in range(plan.bars)] for block in layout.blocks}
    notes[part] = [list(bar) for _ in range(plan.bars)]
    notes[layout.lead or 0] = [[GridNote(0, tune, 48)] for _ in range(plan.bars)]
    return notes


def tops(bar: list[GridNote]) -> list[int]:
    return [max(note.pitch for note in bar if note.position == place) for place in sorted({n.position for n in bar})]


def test_the_highest_note_turns_and_all_below_stays() -> None:
    turned = 0
    for seed in range(12):
        plan, layout, part = song(seed)
        notes = written(plan, layout, part, REPEATED)
        for before, after in zip(notes[part], with_moving_tops(plan, layout, notes, seed=seed)[part], strict=True):
            assert [n for n in after if n.pitch < 65] == [n for n in before if n.pitch < 65]
            assert [(n.position, n.length) for n in after] == [(n.position, n.length) for n in before]
            turned += tops(after) != tops(before)
            assert tops(after)[0] == 67
            assert all(abs(top - 67) in (0, 1, 2) for top in tops(after))
            assert sum(top != 67 for top in tops(after)) <= 1
    assert turned > 20


def test_a_third_to_the_next_chord_is_passed_through() -> None:
    passed = 0
    bar = [*REPEATED[:6], *(GridNote(place, pitch, 12) for place in (24, 36) for pitch in (65, 69, 71))]
    for seed in range(12):
        plan, layout, part = song(seed)
        made = with_moving_tops(plan, layout, written(plan, layout, part, bar), seed=seed)[part]
        passed += sum(tops(bar)[:3] == [67, 69, 71] for bar in made[:-1])
    assert passed > 40


def test_it_does_not_rub_against_the_tune() -> None:
    for seed in range(8):
        plan, layout, part = song(seed)
        for tune in (68, 70, 78, 80):
            for bar in with_moving_tops(plan, layout, written(plan, layout, part, REPEATED, tune), seed=seed)[part]:
                assert not any(abs(top - tune) % 12 in (1, 11) for top in tops(bar) if top != 67)


def test_the_last_chord_beginners_and_stillness_stay_plain() -> None:
    moved = {}
    for arousal in (-0.9, 0.3):
        moved[arousal] = 0
        for seed in range(16):
            plan, layout, part = song(seed, arousal=arousal)
            notes = written(plan, layout, part, REPEATED)
            made = with_moving_tops(plan, layout, notes, seed=seed)[part]
            assert made[-1] == notes[part][-1]
            moved[arousal] += sum(one != other for one, other in zip(made, notes[part], strict=True))
            assert with_moving_tops(replace(plan, level="2"), layout, notes, seed=seed) == notes
    assert moved[-0.9] < 0.8 * moved[0.3]
