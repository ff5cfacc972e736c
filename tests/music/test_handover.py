from __future__ import annotations

from dataclasses import replace

from composer.music import generate
from composer.music.handover import handed_over
from composer.music.layout import lay_out
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan


def plan_of(variation: str | None) -> MusicalPlan:
    """Flute, clarinet, piano and bass; the second section changes `variation`."""
    overrides = PlanOverrides(
        instruments="flute,clarinet,piano,contrabass", bars=8, meter="4/4", mode="major", tonic="D"
    )
    plan = make_plan(None, overrides=overrides, seed=3)
    first, second = plan.sections
    return replace(plan, sections=(first, replace(second, varies=first.name, variation=variation)))


def test_tune_and_counter_melody_change_players_where_the_plan_says_so() -> None:
    plan, asked = plan_of(None), plan_of("orchestration")
    layout = lay_out(plan, seed=1)
    notes = {block.part: [[] for _ in range(plan.bars)] for block in layout.blocks}
    roles = {block.role: block.part for block in layout.blocks}
    for block in layout.blocks:
        middle = (block.low + block.high) // 2
        length = 12 if block.role == "melody" else 24
        notes[block.part][block.bar] = [_note(at, middle, length) for at in range(0, 48, length)]
    changed = handed_over(asked, layout, notes)
    for bar in range(plan.bars):
        lead, counter = changed[roles["melody"]][bar], changed[roles["counter"]][bar]
        assert (len(lead), len(counter)) == ((4, 2) if bar < 4 else (2, 4))
    assert handed_over(plan, layout, notes) == notes


def _note(position: int, pitch: int, length: int):
    from composer.music.blocks import GridNote

    return GridNote(position, pitch, length)


def test_the_players_stay_in_their_ranges() -> None:
    score = generate(plan_of("orchestration"), seed=5, candidates=1).score
    for track in score.tracks:
        assert all(track.instrument.low <= note.pitch <= track.instrument.high for note in track.notes)
