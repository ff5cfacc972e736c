"""A running accompaniment breathes: it comes to rest where its sections end, and does not run on without end."""

from __future__ import annotations

import itertools

import pytest

from composer.figures import load_figures
from composer.music.blocks import Block
from composer.music.caesura import rest_running_lines
from composer.music.figuration import Walk
from composer.music.generate import generate
from composer.music.layers import layers_of
from composer.music.layout import lay_out
from composer.planning import PlanOverrides, make_plan
from composer.proportions import near_plan
from composer.types import MusicalPlan

_QUARTER = 12


def _plan(seed: int, instruments: str, figure: str, **overrides: object) -> MusicalPlan:
    given = {"valence": 0.3, "arousal": 0.3, "bars": 16, "meter": "4/4", "mode": "major"} | overrides
    wanted = PlanOverrides(instruments=instruments, figure=figure, **given)  # type: ignore[arg-type]
    return make_plan(None, overrides=wanted, seed=seed)


def _running(block: Block) -> bool:
    """A note a beat or more, and none that is held."""
    lengths = [stroke.length for stroke in block.figure]
    return len(lengths) >= block.length // _QUARTER and max(lengths) <= _QUARTER


@pytest.mark.parametrize(
    ("instruments", "figure", "name"),
    [
        ("flute,clarinet,harp,cello", "cello=alberti", "Cello"),
        ("flute,oboe,clarinet,bassoon", "bassoon=walking bass", "Bassoon"),
    ],
)
@pytest.mark.parametrize("meter", ["4/4", "3/4"])
def test_a_running_line_rests_at_the_end_of_its_section(instruments: str, figure: str, name: str, meter: str) -> None:
    rests = 0
    for seed in range(3):
        plan = _plan(seed, instruments, figure, meter=meter)
        if not any(_running(block) for block in lay_out(plan, seed=seed).blocks if block.role == "bass"):
            continue
        track = next(t for t in generate(plan, seed=seed, candidates=1).score.tracks if t.instrument.name == name)
        length = plan.time.bar_ticks
        for section in plan.sections:
            if not section.opening:
                bar = range((section.end_bar - 1) * length, section.end_bar * length)
                rests += 1
                assert max(note.duration for note in track.notes if note.onset in bar) >= 480
    assert rests > 2


def test_a_wind_player_has_time_to_breathe() -> None:
    plan = _plan(0, "flute,oboe,clarinet,bassoon", "bassoon=alberti", meter="3/4")
    blocks = [block for block in lay_out(plan, seed=0).blocks if block.role == "bass" and not block.final]
    resting = [block for before, block in itertools.pairwise(blocks) if _running(before) and not _running(block)]
    assert resting
    for block in resting:
        last = block.figure[-1]
        assert last.length >= _QUARTER
        assert last.position + last.length < block.length


def test_no_line_runs_on_for_ever() -> None:
    for seed in range(4):
        plan = _plan(seed, "flute,clarinet,harp,cello", "cello=alberti", meter="3/4", bars=32)
        ran = longest = 0
        for block in lay_out(plan, seed=seed).blocks:
            if block.role == "bass":
                ran = ran + 1 if _running(block) else 0
                longest = max(longest, ran)
        assert 0 < longest <= 12


@pytest.mark.parametrize("steady", [0.5, 0.9])
def test_a_pianist_goes_on_where_the_tune_breathes_if_the_music_is_steady(steady: float) -> None:
    plan = _plan(3, "violin,piano,cello", "piano=repeated chords", bars=32)
    layers = layers_of(plan, near_plan(plan, seed=3))
    chords = next(layer for layer in layers if layer.role == "harmony" and not layer.carries)
    figure = next(
        one for one in load_figures().of("4/4", "harmony") if one.name == "repeated chords" and one.onsets == 8
    )
    section = max(plan.sections, key=lambda one: one.bars)
    middle = section.start_bar - 1 + 4
    walk: dict[int, Walk] = {chords.number: [figure] * plan.bars}
    rest_running_lines(walk, plan, layers, [bar == middle for bar in range(plan.bars)], steady=steady)
    assert section.bars > 7
    assert (walk[chords.number][middle] is figure) == (steady > 0.7)
    assert walk[chords.number][section.end_bar - 1] is not figure
