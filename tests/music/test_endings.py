"""Openings in which the tune rests, and last bars in which the figure comes to rest: exact whatever the weights say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from composer import theory
from composer.music import generate
from composer.music.decoder import Weights
from composer.music.layout import lay_out
from composer.music.performance import assemble
from composer.music.sampling import Sampling, sample
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan, Score

METERS = ("2/4", "3/4", "4/4", "6/8", "5/4", "3/8", "12/8")


def plan_of(seed: int, instruments: str, meter: str) -> MusicalPlan:
    overrides = PlanOverrides(instruments=instruments, bars=10, meter=meter, valence=0.1, arousal=-0.2)
    plan = make_plan(None, overrides=overrides, seed=seed)
    return replace(plan, ending="figure")


def score_of(plan: MusicalPlan, weights: Weights, seed: int) -> Score:
    layout = lay_out(plan, seed=seed)
    generator = np.random.default_rng(seed)
    (piece,) = sample(layout, weights, candidates=1, sampling=Sampling(temperature=2.0, top_p=1.0), generator=generator)
    return assemble(plan, layout.by_player(piece.notes), shift=layout.shift)


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("instruments", ["violin,piano", "flute,clarinet,harp,cello", "piano"])
def test_a_figure_comes_to_rest_on_the_tonic(meter: str, instruments: str, tiny_weights: Weights) -> None:
    for seed in range(3):
        plan = plan_of(seed, instruments, meter)
        score = score_of(plan, tiny_weights, seed)
        start = score.end_tick - plan.time.bar_ticks
        tonic = theory.parse_chord(plan.chords[-1].symbol)
        last = {track.instrument.role: [n for n in track.notes if n.onset >= start] for track in score.tracks}
        notes = [note for notes in last.values() for note in notes]
        assert {note.pitch % 12 for note in notes} <= tonic.pitch_classes
        assert all(max(note.end for note in own) == score.end_tick for own in last.values())
        assert [(note.onset, note.end) for note in last["melody"]] == [(start, score.end_tick)]
        assert len({note.onset for note in last["harmony"]}) > 1
        final = max(note.onset for note in notes)
        sounding = [note.pitch for note in notes if note.onset <= final < note.end]
        assert min(sounding) % 12 == tonic.root
        assert min(sounding) == min(note.pitch for note in notes) or min(sounding) % 12 == tonic.root


def test_the_tune_rests_in_the_opening_and_nothing_else_does(tiny_weights: Weights) -> None:
    opened = 0
    for seed in range(12):
        plan = plan_of(seed, "flute,clarinet,harp,cello", "4/4")
        score = score_of(plan, tiny_weights, seed)
        opening = [bar for s in plan.sections if s.opening for bar in range(s.start_bar - 1, s.end_bar)]
        opened += bool(opening)
        for track in score.tracks:
            played = {note.onset // plan.time.bar_ticks for note in track.notes}
            waits = track.instrument.role in ("melody", "counter")
            assert played & set(opening) == (set() if waits else set(opening))
    assert opened


def test_somebody_always_plays_in_an_opening(tiny_weights: Weights) -> None:
    plan = plan_of(1, "flute", "4/4")
    first = replace(plan.sections[0], opening=True)
    score = score_of(replace(plan, sections=(first, *plan.sections[1:])), tiny_weights, 1)
    assert {note.onset // plan.time.bar_ticks for note in score.tracks[0].notes} == set(range(plan.bars))


def test_a_held_ending_is_one_chord() -> None:
    plan = replace(plan_of(2, "violin,piano", "4/4"), ending="held")
    score = generate(plan, seed=2, candidates=1).score
    start = score.end_tick - plan.time.bar_ticks
    assert {n.onset for track in score.tracks for n in track.notes if n.onset >= start} == {start}
