"""A level holds whatever the weights say: the checker, which shares no code with the masks, finds nothing."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from builders.blocks import build_block, build_context, durations
from composer.errors import PlanError
from composer.levels import LEVELS, PLAYERS, find_level
from composer.metrics.level_check import check_level
from composer.midi.notes import parse_midi_notes
from composer.music import generate
from composer.music.decoder import Weights
from composer.music.layout import lay_out
from composer.music.performance import assemble
from composer.music.rules.base import FORBIDDEN
from composer.music.rules.grammar import RULES
from composer.music.rules.level import fit, level_rules
from composer.music.sampling import Sampling, sample
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.types import Composition, MusicalPlan, Score


def _plan(level: str, seed: int, **overrides: object) -> MusicalPlan:
    rng = random.Random(f"{level}/{seed}")
    settings = {
        "level": level,
        "bars": rng.randint(1, 12),
        "meter": rng.choice(find_level(level).meters),
        "instruments": rng.choice(list(PLAYERS)),
        "valence": rng.uniform(-1, 1),
        "arousal": rng.uniform(-1, 1),
    } | overrides
    return make_plan(None, overrides=PlanOverrides(**settings), seed=seed, title="Test")  # type: ignore[arg-type]


def _faults(score: Score, level: str) -> tuple[object, ...]:
    data = score_to_midi(Composition(perception=None, plan=score.plan, score=score, provenance={}))
    return check_level(parse_midi_notes(data), level)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(7))
def test_random_weights_cannot_leave_the_level(level: str, seed: int, tiny_weights: Weights) -> None:
    plan = _plan(level, seed)
    layout = fit(lay_out(plan, seed=seed), plan)
    (piece,) = sample(
        layout,
        tiny_weights,
        candidates=1,
        sampling=Sampling(temperature=2.0, top_p=1.0),
        generator=np.random.default_rng(seed),
        rules=(*RULES, *level_rules(plan)),
    )
    assert all(bar for bars in piece.notes.values() for bar in bars), "a part has an empty bar"
    assert _faults(assemble(plan, piece.notes, shift=layout.shift), level) == ()


def test_without_a_level_nothing_changes() -> None:
    plan = _plan("primer", 0, bars=8)
    free = replace(plan, level=None)
    layout = lay_out(free, seed=0)
    assert fit(layout, free) is layout
    assert level_rules(free) == ()
    assert generate(free, seed=1, candidates=1).score.tracks != generate(plan, seed=1, candidates=1).score.tracks


def test_each_level_brings_what_it_is_named_for() -> None:
    values = {}
    for level in LEVELS:
        plan = _plan(level, 3, bars=16, meter="4/4", instruments="piano", valence=0.4, arousal=0.2)
        melody, left = generate(plan, seed=3, candidates=1).score.tracks
        values[level] = {note.duration for note in melody.notes}
        chords = {note.onset for note in left.notes}
        assert len(chords) == len(left.notes) if level == "primer" else len(chords) < len(left.notes)
    eighth, dotted, triplet, sixteenth = 240, 720, 160, 120
    assert min(values["primer"]) == 2 * eighth
    assert min(values["1"]) == min(values["2"]) == eighth
    assert values["3"] & {dotted, triplet}
    assert min(values["4"]) == sixteenth


@pytest.mark.parametrize(
    ("changes", "field"), [({"meter": "6/8"}, "meter"), ({"tempo_bpm": 180.0}, "tempo_bpm"), ({}, "instruments")]
)
def test_a_plan_that_contradicts_its_level_is_refused(changes: dict[str, object], field: str) -> None:
    plan = _plan("1", 2, instruments="piano", meter="3/4")
    if not changes:
        changes = {"instruments": tuple(replace(part, program=19) for part in plan.instruments)}
    if "meter" in changes:
        changes["chords"] = plan.chords
    with pytest.raises(PlanError, match=field):
        generate(replace(plan, **changes), seed=1, candidates=1)


def test_a_hand_of_single_notes_is_one_voice() -> None:
    for level in LEVELS:
        plan = _plan(level, 5, bars=4, meter="4/4", instruments="piano")
        left = [block for block in fit(lay_out(plan, seed=5), plan).blocks if block.role == "harmony"]
        assert all(block.monophonic == (block.most_at_once == 1) for block in left), level


def test_values_of_compound_bars_stand_on_their_beats() -> None:
    plan = _plan("4", 1, bars=2, meter="12/8", instruments="piano")
    (within,) = level_rules(plan)
    bar = build_block(length=72, most_onsets=12, chromatic=False)

    def values(position: int) -> set[int]:
        found = durations(within, build_context(bar), position)
        return {length for length, bias in found.items() if bias > FORBIDDEN / 2}

    assert values(0) == {3, 6, 9, 12, 18, 36, 72}
    assert values(18) == {3, 6, 9, 12, 18, 36}, "a dotted half on the second beat, and no whole bar"
    assert values(6) == {3, 6, 9, 12}, "a quarter ends with the beat"
    assert values(12) == {3, 6}
    assert values(15) == {3}


def test_the_fourth_level_plays_chords_of_four_notes_where_a_hand_plays_three() -> None:
    three = {}
    for level in ("3", "4"):
        plan = _plan(level, 2, bars=4, meter="4/4", instruments="piano")
        layout = lay_out(plan, seed=2)
        hand = next(block for block in layout.blocks if block.role == "harmony")
        wider = replace(layout, blocks=(replace(hand, most_at_once=3), replace(hand, most_at_once=2)))
        three[level] = [block.most_at_once for block in fit(wider, plan).blocks]
    assert three == {"3": [3, 2], "4": [4, 2]}
