"""A piano plays along with the voice as often as people's do, and what it plays fits a hand."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from composer.music.blocks import GridNote, LayerNotes
from composer.music.doubling import doubled_bars, with_doubled_tune
from composer.music.generate import generate
from composer.music.layers import layers_of
from composer.music.layout import lay_out
from composer.music.performance import assemble
from composer.planning import PlanOverrides, make_plan
from composer.proportions import Proportions, near_plan
from composer.types import MusicalPlan


def plan_of(seed: int, instruments: str = "soprano,piano", **more: object) -> MusicalPlan:
    wish = {"instruments": instruments, "bars": 16, "valence": 0.3, "arousal": 0.1} | more
    return make_plan(None, overrides=PlanOverrides(**wish), seed=seed)  # type: ignore[arg-type]


def bars_of(plan: MusicalPlan, seed: int, share: float) -> list[int]:
    window = Proportions(values={"doubled": share})
    layers = layers_of(plan, near_plan(plan, seed=seed))
    found = doubled_bars(plan, layers, window, random.Random(seed))
    return [len(bars) for bars in found.values()]


def doubling_seeds() -> list[int]:
    """Seeds of songs in which half of the bars are doubled or more."""
    return [s for s in range(30) if sum(block.doubles for block in lay_out(plan_of(s), seed=s).blocks) >= 8][:4]


def test_the_share_is_the_window_s() -> None:
    shares = {share: [sum(bars_of(plan_of(seed), seed, share)) / 16 for seed in range(24)] for share in (0, 0.4, 1)}
    means = {share: sum(found) / len(found) for share, found in shares.items()}
    assert means[0] == 0
    assert 0.25 < means[0.4] < 0.55, "section by section"
    assert means[1] > 0.9


def test_what_returns_is_doubled_as_its_model_is() -> None:
    for seed in range(12):
        plan = plan_of(seed)
        doubled = {block.bar for block in lay_out(plan, seed=seed).blocks if block.doubles}
        first = {section.name: section for section in reversed(plan.sections)}
        for section in plan.sections[:-1]:
            model = first.get(section.varies or "", section)
            assert (section.start_bar - 1 in doubled) == (model.start_bar - 1 in doubled)


@pytest.mark.parametrize(
    ("instruments", "level"),
    [("piano", None), ("violin,violin,viola,cello", None), ("flute,harp", None), ("voice", "2")],
)
def test_no_voice_to_follow_no_keyboard_and_no_beginner(instruments: str, level: str | None) -> None:
    for seed in range(4):
        assert not sum(bars_of(plan_of(seed, instruments, level=level), seed, 1.0))


def test_where_it_is_doubled_the_tune_is_heard_on_top_of_the_piano() -> None:
    along = others = 0
    for seed in doubling_seeds():
        plan = plan_of(seed)
        bar = plan.time.bar_ticks
        doubled = {block.bar for block in lay_out(plan, seed=seed).blocks if block.doubles}
        voice, piano = generate(plan, seed=seed, candidates=1).score.tracks
        tops: dict[int, int] = {}
        for note in piano.notes:
            tops[note.onset] = max(tops.get(note.onset, 0), note.pitch)
        for note in voice.notes:
            if note.onset // bar in doubled:
                along += (tops.get(note.onset, 0) - note.pitch) in (0, 12, -12)
                others += 1
    assert others > 50
    assert along / others > 0.85


def test_a_hand_reaches_what_it_strikes_and_strikes_nothing_that_sounds() -> None:
    bars = 0
    for seed in doubling_seeds():
        plan = plan_of(seed)
        layout = lay_out(plan, seed=seed)
        blocks = [block for block in layout.blocks if block.doubles]
        middle = (blocks[0].low + blocks[0].high) // 2
        notes: LayerNotes = {block.part: [[] for _ in range(plan.bars)] for block in layout.blocks}
        tune = [GridNote(0, middle, 12), GridNote(12, middle + 2, 36)]
        chords = [GridNote(place, middle + step, 12) for place in (0, 12, 24, 36) for step in (-8, -1, 4)]
        notes |= {0: [tune] * plan.bars, blocks[0].part: [chords] * plan.bars}
        made = with_doubled_tune(plan, layout, notes)[blocks[0].part]
        for block in blocks:
            bar = made[block.bar]
            assert {(note.position, note.pitch) for note in tune} <= {(note.position, note.pitch) for note in bar}
            for position in {note.position for note in bar}:
                struck = [note.pitch for note in bar if note.position == position]
                assert max(struck) - min(struck) <= 12
                assert len(set(struck)) == len(struck)
            bars += 1
        score = assemble(plan, layout.by_player(notes | {blocks[0].part: made}), shift=layout.shift)
        piano = next(track.notes for track in score.tracks if track.instrument.role == "harmony")
        for pitch in {note.pitch for note in piano}:
            assert all(one.end <= other.onset for one, other in pairwise(n for n in piano if n.pitch == pitch))
    assert bars > 20


def test_nothing_is_doubled_below_or_above_what_the_player_has() -> None:
    bars = 0
    for seed in range(12):
        plan = plan_of(seed, "clarinet,accordion,contrabass")
        layout = lay_out(plan, seed=seed)
        blocks = [block for block in layout.blocks if block.doubles]
        if not blocks:
            continue
        keys = plan.instruments[layout.player(blocks[0].part)]
        low, high = keys.low + layout.shift, keys.high + layout.shift
        for start in (*range(low - 4, low + 12, 3), high - 4):
            notes: LayerNotes = {block.part: [[] for _ in range(plan.bars)] for block in layout.blocks}
            notes[layout.lead or 0] = [[GridNote(12 * i, start + i, 12) for i in range(4)]] * plan.bars
            made = with_doubled_tune(plan, layout, notes)[blocks[0].part]
            assert all(low <= note.pitch <= high for bar in made for note in bar)
            bars += sum(bool(bar) for bar in made)
    assert bars > 20
