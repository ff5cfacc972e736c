"""A pianist's left hand is doubled in the loud sections as far as people double theirs, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from composer.music.blocks import GridNote, Layout
from composer.music.layers import Layer, layers_of
from composer.music.layout import lay_out
from composer.music.octaves import doubled_sections, with_octaves
from composer.planning import PlanOverrides, make_plan
from composer.proportions import near_plan
from composer.types import MusicalPlan


def _plan(**overrides: object) -> MusicalPlan:
    given = {"instruments": "violin,piano", "bars": 16, "meter": "4/4", "arousal": 0.5, "tempo_bpm": 96.0}
    given |= {"tonic": "C", "mode": "major"} | overrides
    plan = make_plan(None, overrides=PlanOverrides(**given), seed=3)  # type: ignore[arg-type]
    return replace(plan, dynamics=tuple(0.8 if bar >= 8 else 0.5 for bar in range(plan.bars)))


def _left_hand(plan: MusicalPlan, octaves: float) -> Layer:
    layers = layers_of(plan, near_plan(plan, seed=1))
    return replace(next(layer for layer in layers if layer.role == "bass"), octaves=octaves)


def test_louder_sections_are_doubled_first_and_only_as_far_as_asked() -> None:
    plan = _plan()
    bars = []
    for share in (0.1, 0.3, 0.6, 1.0):
        names = doubled_sections(plan, _left_hand(plan, share))
        bars.append(sum(section.bars for section in plan.sections if section.name in names))
        quiet = [section for section in plan.sections if section.end_bar <= 8 and section.name in names]
        loud = [section for section in plan.sections if section.start_bar > 8 and section.name not in names]
        assert not (quiet and loud), "a quieter section before a louder one"
    assert bars[0] == 0
    assert bars == sorted(bars)
    assert bars[-1] > 8
    soft = replace(plan, dynamics=(0.2,) * plan.bars)
    assert not doubled_sections(soft, _left_hand(soft, 1.0))


def test_beginners_get_no_octaves() -> None:
    plan = make_plan(None, overrides=PlanOverrides(level="2", instruments="piano", bars=8), seed=1)
    assert not any(block.octaves for seed in range(4) for block in lay_out(plan, seed=seed).blocks)


def _doubled(plan: MusicalPlan, line: list[GridNote]) -> list[GridNote]:
    """What becomes of a bar of the left hand; pitches are an octave and more above its lowest note."""
    layout = lay_out(plan, seed=1)
    part = next(block.part for block in layout.blocks if block.role == "bass")
    blocks = tuple(replace(block, octaves=block.part == part) for block in layout.blocks)
    layout = Layout(blocks=blocks, shift=layout.shift, bar_length=layout.bar_length, players=layout.players)
    notes = {block.part: [[] for _ in range(plan.bars)] for block in blocks}
    low = plan.instruments[layout.player(part)].low + layout.shift
    notes[part][0] = [note._replace(pitch=note.pitch + low) for note in line]
    return [note._replace(pitch=note.pitch - low) for note in with_octaves(plan, layout, notes)[part][0]]


def test_a_simple_line_gets_its_lower_octave() -> None:
    line = [GridNote(0, 14, 24), GridNote(24, 21, 24)]
    assert _doubled(_plan(), line) == [
        GridNote(0, 2, 24),
        GridNote(0, 14, 24),
        GridNote(24, 9, 24),
        GridNote(24, 21, 24),
    ]


@pytest.mark.parametrize(("bass", "octave"), [(38, 43), (47, None), (50, None)])
def test_a_left_hand_does_not_go_below_the_bass_of_another_player(bass: int, octave: int | None) -> None:
    plan = _plan(instruments="violin,piano,contrabass")
    layout = lay_out(plan, seed=1)
    hand = next(block.part for block in layout.blocks if block.role == "harmony" and block.high < 60 + layout.shift)
    blocks = tuple(replace(block, octaves=block.part == hand) for block in layout.blocks)
    layout = Layout(blocks=blocks, shift=layout.shift, bar_length=layout.bar_length, players=layout.players)
    notes = {block.part: [[] for _ in range(plan.bars)] for block in blocks}
    notes[hand][0] = [GridNote(0, 55, 24)]
    notes[next(block.part for block in blocks if block.role == "bass")][0] = [GridNote(0, bass, 48)]
    found = {note.pitch for note in with_octaves(plan, layout, notes)[hand][0]}
    assert min(found) >= bass
    assert octave is None or octave in found


@pytest.mark.parametrize(
    "line",
    [
        [GridNote(0, 14, 24), GridNote(0, 21, 24)],  # a chord already
        [GridNote(3 * place, 14, 3) for place in range(8)],  # too quick
        [GridNote(12 * place, 14 + 3 * place, 12) for place in range(4)],  # a broken chord
    ],
)
def test_what_is_no_simple_line_stays_as_it_is(line: list[GridNote]) -> None:
    assert _doubled(_plan(), line) == line


def test_where_there_is_no_room_below_the_upper_octave_is_played() -> None:
    plan = _plan()
    assert _doubled(plan, [GridNote(0, 9, 24), GridNote(24, 7, 24)]) == [
        GridNote(0, 9, 24),
        GridNote(0, 21, 24),
        GridNote(24, 7, 24),
        GridNote(24, 19, 24),
    ]
    high = [GridNote(0, 59 - plan.instruments[1].low, 24), GridNote(24, 7, 24)]
    assert _doubled(plan, high) == high, "the right hand is there"


def test_no_other_player_is_doubled() -> None:
    plan = _plan(instruments="violin,viola,cello", arousal=0.9)
    assert not any(block.octaves for seed in range(4) for block in lay_out(plan, seed=seed).blocks)
