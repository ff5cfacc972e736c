"""A tune does not stop in every bar: rests within a phrase are filled, those between phrases stay."""

from __future__ import annotations

from dataclasses import replace

from composer.music.blocks import GridNote, LayerNotes, Layout
from composer.music.connection import connected
from composer.music.layout import lay_out
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan

STOPPING = [(6, 72, 6), (12, 74, 12), (24, 76, 24)]
"""A bar that begins with a rest."""


def plan_of(**more: object) -> MusicalPlan:
    given = {"instruments": "violin,piano", "bars": 24, "meter": "4/4", "valence": 0.5, "arousal": 0.3} | more
    return make_plan(None, overrides=PlanOverrides(**given), seed=4)  # type: ignore[arg-type]


def tune(plan: MusicalPlan, layout: Layout, bar: list[tuple[int, int, int]]) -> tuple[int, LayerNotes]:
    lead = next(block.part for block in layout.blocks if block.role == "melody")
    notes: LayerNotes = {block.part: [[] for _ in range(plan.bars)] for block in layout.blocks}
    notes[lead] = [[GridNote(*note) for note in bar] for _ in range(plan.bars)]
    return lead, notes


def silent(line: list[list[GridNote]]) -> set[int]:
    """Bars that begin with a rest."""
    covered = {
        48 * number + step
        for number, bar in enumerate(line)
        for note in bar
        for step in range(note.position, note.position + note.length)
    }
    return {number for number in range(len(line)) if 48 * number not in covered}


def test_bars_that_begin_with_a_rest_become_as_rare_as_people_have_them() -> None:
    plan = plan_of()
    layout = lay_out(plan, seed=1)
    lead, notes = tune(plan, layout, STOPPING)
    line = connected(plan, layout, notes, seed=1)[lead]
    blocks = {block.bar: block for block in layout.blocks if block.part == lead}
    after = {0, *(section.start_bar - 1 for section in plan.sections)}
    after |= {bar + 1 for bar, block in blocks.items() if block.closing}
    kept = silent(line) - after
    assert after - {plan.bars} <= silent(line), "between phrases the tune breathes"
    assert len(kept) < 0.5 * len(set(range(plan.bars)) - after)
    assert line[-1] == [GridNote(*note) for note in STOPPING], "the last bar is as it was"


def test_the_written_notes_stay_and_what_is_added_belongs_to_the_chord() -> None:
    plan = plan_of()
    layout = lay_out(plan, seed=1)
    lead, notes = tune(plan, layout, STOPPING)
    line = connected(plan, layout, notes, seed=1)[lead]
    for block in (block for block in layout.blocks if block.part == lead):
        before, after = notes[lead][block.bar], line[block.bar]
        assert {(note.position, note.pitch) for note in before} <= {(note.position, note.pitch) for note in after}
        for note in after[: len(after) - len(before)]:
            assert note.pitch % 12 in block.harmony_at(note.position).tones
            assert block.low <= note.pitch <= block.high
    ends = [48 * bar + note.position + note.length for bar, notes in enumerate(line) for note in notes]
    starts = [48 * bar + note.position for bar, notes in enumerate(line) for note in notes]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def test_bars_that_are_alike_are_filled_alike_and_levels_and_stillness_keep_their_rests() -> None:
    plan = plan_of()
    layout = lay_out(plan, seed=1)
    lead, notes = tune(plan, layout, [(0, 72, 12), (24, 72, 24)])
    line = connected(plan, layout, notes, seed=3)[lead]
    rests = {block.bar for block in layout.blocks if block.part == lead and block.silent}
    played = {tuple(notes) for bar, notes in enumerate(line[:-1]) if not rests & {bar, bar - 1}}
    assert len(played) <= 3, "as the chord has the note or not"
    assert connected(replace(plan, level="2"), layout, notes, seed=3) == notes
    still = plan_of(valence=-0.9, arousal=-0.9)
    layout = lay_out(still, seed=1)
    lead, notes = tune(still, layout, STOPPING)
    assert len(silent(connected(still, layout, notes, seed=1)[lead])) > 0.6 * still.bars
