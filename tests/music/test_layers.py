"""A player of two staves uses both hands, whoever has the bass, and a harp plays what harps play."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pytest

from composer.gm import GUITAR_STRINGS
from composer.music.generate import generate
from composer.music.rules.fretboard import can_be_stopped
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan, Note, Score

_LEFT_ENDS = 56
"""The lowest note of a right hand over a bass that somebody else plays."""


def _plan(seed: int, **overrides: object) -> MusicalPlan:
    given = {"valence": 0.3, "arousal": -0.1, "bars": 8, "mode": "major"} | overrides
    return make_plan(None, overrides=PlanOverrides(**given), seed=seed)  # type: ignore[arg-type]


def _bars(score: Score, program: int) -> list[list[Note]]:
    """What an instrument strikes in every bar but the last."""
    track = next(track for track in score.tracks if track.instrument.program == program)
    length = score.plan.time.bar_ticks
    return [[note for note in track.notes if note.onset // length == bar] for bar in range(score.plan.bars - 1)]


@pytest.mark.parametrize(
    ("ensemble", "program"), [("violin,piano,cello", 0), ("flute,harp,cello", 46), ("oboe,church organ,contrabass", 19)]
)
def test_no_hand_rests_for_lines_beside_a_bass(ensemble: str, program: int) -> None:
    for seed in range(2):
        plan = _plan(seed, instruments=ensemble)
        bars = _bars(generate(plan, seed=seed, candidates=1).score, program)
        for in_hand in (lambda pitch: pitch < _LEFT_ENDS, lambda pitch: pitch >= _LEFT_ENDS):
            plays = [any(in_hand(note.pitch) for note in bar) for bar in bars]
            silent = [len(list(run)) for played, run in groupby(plays) if not played]
            assert max(silent, default=0) <= 2


def test_a_harp_flows_in_broken_chords_or_rolls_full_ones() -> None:
    flowing, steps = [], []
    for seed, meter in ((0, "3/4"), (1, "4/4"), (2, "6/8")):
        plan = _plan(seed, instruments="flute,clarinet,harp,cello", meter=meter)
        bars = _bars(generate(plan, seed=seed, candidates=1).score, 46)
        beats = plan.time.bar_ticks / 480
        for bar in bars:
            right = [note for note in bar if note.pitch >= _LEFT_ENDS]
            full = [note for note in right if sum(other.onset == note.onset for other in right) > 2]
            flowing.append(len({note.onset for note in right}) > beats or bool(full))
            line = [note.pitch for note in right]
            steps += [before != after for before, after in pairwise(line)]
    assert np.mean(flowing) > 0.7
    assert np.mean(steps) > 0.85


@pytest.mark.parametrize("ensemble", ["clarinet,guitar,contrabass", "flute,guitar"])
def test_a_guitarists_thumb_and_fingers_play_within_a_hand(ensemble: str) -> None:
    two_voices, downbeats = [], []
    for seed in range(3):
        plan = _plan(seed, instruments=ensemble)
        score = generate(plan, seed=seed, candidates=1).score
        track = next(track for track in score.tracks if track.instrument.program == 24)
        length = plan.time.bar_ticks
        for onset in {note.onset for note in track.notes}:
            sounding = tuple(note.pitch for note in track.notes if note.onset <= onset < note.end)
            assert can_be_stopped(GUITAR_STRINGS, sounding)
        for number, bar in enumerate(_bars(score, 24)):
            together = any(one.onset < other.end and other.onset < one.end for one, other in pairwise(bar))
            two_voices.append(together)
            first = min(bar, key=lambda note: (note.onset, note.pitch))
            downbeats.append(first.onset == number * length and first.pitch <= track.instrument.low + 12)
    assert np.mean(two_voices) > 0.7
    assert np.mean(downbeats) > 0.9


@pytest.mark.parametrize(("ensemble", "program"), [("recorder,viola,harpsichord,cello", 6), ("violin,harpsichord", 6)])
def test_what_soon_dies_away_is_struck_again(ensemble: str, program: int) -> None:
    waits = []
    for seed in range(3):
        plan = _plan(seed, instruments=ensemble, arousal=-0.1 * seed)
        score = generate(plan, seed=seed, candidates=1).score
        track = next(track for track in score.tracks if track.instrument.program == program)
        onsets = sorted({note.onset for note in track.notes})
        waits += [(after - before) / 480 * 60 / plan.tempo_bpm for before, after in pairwise(onsets)]
    assert np.mean(waits) < 0.6
    assert np.mean(np.array(waits) > 1.3) < 0.05
