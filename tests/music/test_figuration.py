"""An accompaniment takes up its figure from the first bar, keeps and varies it, and sustaining parts sustain."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from composer.figures import Figure
from composer.music.figuration import figures_by_bar
from composer.music.generate import default_weights, generate
from composer.music.layers import Layer, layers_of
from composer.music.layout import lay_out
from composer.music.sampling import Sampling, sample
from composer.music.tokens import GRID
from composer.planning import PlanOverrides, make_plan
from composer.proportions import Proportions, near_plan
from composer.types import MusicalPlan, Section


def _plan(seed: int, **overrides: object) -> MusicalPlan:
    given = {"valence": 0.2, "arousal": 0.0, "bars": 8, "meter": "4/4", "mode": "major"} | overrides
    return make_plan(None, overrides=PlanOverrides(**given), seed=seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("figure", ["alberti", "repeated chords", "off-beat chords"])
def test_the_accompaniment_strikes_where_its_figure_does(figure: str) -> None:
    plan = _plan(3, instruments="violin,piano", figure=f"piano={figure}")
    layout = lay_out(plan, seed=3)
    (piece,) = sample(layout, default_weights(), candidates=1, sampling=Sampling(), generator=np.random.default_rng(3))
    blocks = [block for block in layout.blocks if block.role == "harmony" and not block.final]
    assert blocks[0].figure
    same = [
        {note.position for note in piece.notes[block.part][block.bar]} == {stroke.position for stroke in block.figure}
        for block in blocks
    ]
    assert same[0]
    assert np.mean(same) > 0.7


def test_figures_are_kept_and_varied() -> None:
    changes = kept = 0
    for seed in range(12):
        layout = lay_out(_plan(seed, instruments="violin,piano"), seed=seed)
        bars = [block.figure for block in layout.blocks if block.role == "harmony"]
        changes += sum(a != b for a, b in pairwise(bars))
        kept += sum(a == b for a, b in pairwise(bars))
    assert kept > 0.2 * (kept + changes)
    assert changes > 0.1 * (kept + changes)


def test_no_figure_is_kept_throughout_because_nothing_playable_follows_it() -> None:
    same = whole = 0
    for seed in range(30):
        plan = _plan(seed, instruments="violin,piano", bars=24, arousal=-0.3, mode="minor", valence=-0.3)
        layers = layers_of(plan, near_plan(plan, seed=seed))
        for walk in figures_by_bar(plan, layers, Proportions(values={}), random.Random(seed)).values():
            played = [figure for figure in walk if figure is not None]
            whole += bool(played)
            same += bool(played) and all(figure is played[0] for figure in played)
    assert whole > 40
    assert same < 0.03 * whole


def test_a_held_figure_is_obeyed_where_a_person_asks_for_it() -> None:
    layout = lay_out(_plan(1, instruments="recorder,harpsichord,cello", figure="harpsichord=held"), seed=1)
    chords = [block.figure for block in layout.blocks if block.role == "harmony" and block.part != 3]
    assert any(len(figure) == 1 for figure in chords)


def test_sustaining_parts_sustain() -> None:
    filled = []
    for seed in range(12):
        layout = lay_out(_plan(seed, instruments="violin,viola,viola,cello", arousal=-0.3), seed=seed)
        filled += [
            min(1.0, sum(stroke.length for stroke in block.figure) / block.length)
            for block in layout.blocks
            if block.figure
        ]
    assert np.mean(filled) > 0.9


def test_the_accompaniment_of_quiet_sadness_rests_where_the_tune_breathes() -> None:
    def shares(valence: float) -> tuple[float, float]:
        """Shares of held bars where a phrase closes, and elsewhere."""
        closing, others = [], []
        for seed in range(10):
            plan = _plan(seed, instruments="violin,piano", valence=valence, arousal=-0.7, mode="minor", bars=16)
            for block in lay_out(plan, seed=seed).blocks:
                if block.figure and not block.final:
                    (closing if block.closing else others).append(len(block.figure) == 1)
        return float(np.mean(closing)), float(np.mean(others))

    sad, content = shares(-0.7), shares(0.7)
    assert sad[0] > content[0] + 0.3
    assert sad[0] > sad[1] + 0.3


def test_quiet_sadness_is_still_and_not_empty() -> None:
    right, sounding = [], []
    for seed in range(3):
        plan = _plan(seed, instruments="cello,piano", valence=-0.5, arousal=-0.5, mode="minor")
        piano = generate(plan, seed=seed, candidates=1).score.tracks[1]
        length = plan.time.bar_ticks
        for bar in range(plan.bars - 1):
            span = range(bar * length, (bar + 1) * length, length // 16)
            notes = [note for note in piano.notes if note.onset < span.stop and note.end > span.start]
            right.append(any(note.pitch >= 57 for note in notes))
            sounding.append(np.mean([any(note.onset <= tick < note.end for note in notes) for tick in span]))
    gaps = [len(run) for run in "".join("x" if has else "." for has in right).split("x")]
    assert max(gaps) <= 2
    assert np.mean(sounding) > 0.85


def _figured(seeds: int, **overrides: object) -> list[tuple[Layer, Figure, float]]:
    """A layer that has chords, the figure of a bar and the seconds of that bar, for every bar of some plans."""
    out = []
    for seed in range(seeds):
        plan = _plan(seed, **overrides)
        layers = [one for one in layers_of(plan, near_plan(plan, seed=seed)) if not one.carries]
        seconds = plan.time.bar_steps / GRID * 60 / plan.tempo_bpm
        for layer, walk in _walks(plan, layers, seed):
            out += [(layer, figure, seconds) for figure in walk if figure is not None]
    return out


def _walks(plan: MusicalPlan, layers: list[Layer], seed: int) -> list[tuple[Layer, list[Figure | None]]]:
    walks = figures_by_bar(plan, layers, Proportions(values={}), random.Random(seed))
    return [(layer, walks[layer.number]) for layer in layers if layer.role == "harmony"]


@pytest.mark.parametrize("keyboard", ["piano", "harpsichord", "church organ"])
def test_a_keyboard_s_chords_are_neither_one_note_again_and_again_nor_a_slow_line(keyboard: str) -> None:
    bars = _figured(20, instruments=f"flute,{keyboard},cello", bars=16, tempo_bpm=100)
    bare = [figure.onsets > 2 and _pitches(figure) == 1 and figure.at_once == 1 for _, figure, _ in bars]
    slow = [seconds / figure.onsets > 0.5 for _, figure, seconds in bars]
    line = [sum(stroke.notes for stroke in figure.strokes) < 1.5 * figure.onsets for _, figure, _ in bars]
    assert len(bars) > 100
    assert sum(bare) == 0
    assert np.mean([a and b for a, b in zip(slow, line, strict=True)]) < 0.03
    assert np.mean(line) > 0.1  # quick lines, broken chords, are what keyboards play


def _pitches(figure: Figure) -> int:
    return len({stroke.rank for stroke in figure.strokes})


def test_a_bow_repeats_a_note_only_quickly_or_quietly() -> None:
    def share(arousal: float) -> float:
        """Share of the bars in which an inner part strikes one note three times or more, slowly."""
        bars = _figured(20, instruments="violin,violin,viola,cello", bars=16, tempo_bpm=80, arousal=arousal)
        again = [figure.onsets > 2 and _pitches(figure) == 1 for _, figure, _ in bars]
        slow = [seconds / figure.onsets > 0.4 for _, figure, seconds in bars]
        return float(np.mean([a and b for a, b in zip(again, slow, strict=True)]))

    assert share(0.3) == 0
    assert share(-0.3) > 0


def test_triplets_of_an_accompaniment_are_its_figure_and_no_accident() -> None:
    few = whole = 0
    for seed in range(20):
        plan = replace(_plan(seed, instruments="violin,piano,cello", bars=16, tempo_bpm=80), subdivision="triple")
        layers = layers_of(plan, near_plan(plan, seed=seed))
        for _, walk in _walks(plan, [one for one in layers if not one.carries], seed):
            beats = [{one.position // GRID for one in walk[0].strokes if one.position % 6} if walk[0] else set()]
            few += 0 < len(beats[0]) < 2
            whole += len(beats[0]) >= 2
    assert whole >= 8
    assert few <= 2


def test_a_piece_in_triplets_has_them() -> None:
    with_triplets = []
    for seed in range(8):
        plan = replace(_plan(seed, instruments="violin,piano", arousal=0.3), subdivision="triple")
        notes = [note for track in generate(plan, seed=seed, candidates=1).score.tracks for note in track.notes]
        with_triplets.append(any(note.onset % 480 in (160, 320) for note in notes))
    assert sum(with_triplets) >= 5


def test_an_accompaniment_comes_back_with_its_notes_under_the_same_chords() -> None:
    same = bars = 0
    for seed in range(40):
        plan = _plan(seed, instruments="violin,piano", bars=16)
        layout = lay_out(plan, seed=seed)
        for block in layout.blocks:
            model = next((one for one in plan.sections if one.name == _section(plan, block.bar).varies), None)
            if block.role == "harmony" and model is not None and block.figure and not block.final:
                bars += 1
                same += block.echo_kind == 3
    assert bars
    assert same > 0.12 * bars  # one in six


def _section(plan: MusicalPlan, bar: int) -> Section:
    return next(section for section in plan.sections if section.start_bar - 1 <= bar < section.end_bar)


def test_parts_leave_their_figures_in_the_same_bars() -> None:
    """Otherwise some part changes in nearly every bar, and no rhythm stands."""
    together, alone = [], []
    for seed in range(12):
        layout = lay_out(_plan(seed, instruments="violin,violin,viola,cello", bars=16), seed=seed)
        lines: dict[int, list[object]] = {}
        for block in layout.blocks:
            if block.figure:
                lines.setdefault(block.part, []).append(block.figure)
        changes = [[a != b for a, b in pairwise(line)] for line in lines.values() if len(line) == 16]
        for one, other in pairwise(changes):
            together += [b for a, b in zip(one, other, strict=True) if a]
            alone += [b for a, b in zip(one, other, strict=True) if not a]
    assert np.mean(together) > np.mean(alone) + 0.35


def test_a_steady_piece_keeps_its_figures_and_a_restless_one_does_not() -> None:
    kept = {}
    for steady in (0.4, 0.75, 0.95):
        near = Proportions(values={"steady": steady})
        same = []
        for seed in range(12):
            plan = _plan(seed, instruments="violin,piano", bars=16)
            for walk in figures_by_bar(plan, layers_of(plan, near), near, random.Random(seed)).values():
                same += [here is after for here, after in pairwise(walk)]
        kept[steady] = np.mean(same)
    assert kept[0.4] + 0.1 < kept[0.75] < kept[0.95] - 0.1
