"""A quoted tune is found however it is disguised; a new one is not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from composer.errors import AssetError
from composer.metrics.melodic_ngrams import figure_hashes, parts_of, trivial_figures, voices
from composer.metrics.originality import (
    FigureIndex,
    load_index,
    longest_run,
    measure_originality,
    pack,
)
from composer.metrics.works import Work, WorkIndex, load_works, match_runs, save_works
from composer.midi.notes import FloatArray

STEPS = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16)


def tune(seed: int, notes: int = 40) -> FloatArray:
    """A melody in uneven note values, shape (n, 2): onset in quarter notes, pitch."""
    rng = np.random.default_rng(seed)
    onsets = np.cumsum(rng.choice([0.25, 0.5, 0.5, 1.0, 1.5], notes))
    degrees = np.clip(np.cumsum(rng.choice([-2, -1, -1, 1, 1, 2, 3, -3], notes)) % 10, 0, 9)
    return np.stack([onsets, 60.0 + np.array(STEPS)[degrees]], axis=1)


def hashes(notes: FloatArray) -> np.ndarray:
    voice = voices("", notes)[0]
    return figure_hashes(voice)[~trivial_figures(voice)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> FigureIndex:
    """Holds the tunes 0..19."""
    path = tmp_path_factory.mktemp("index") / "figures.safetensors"
    content = pack((hashes(tune(seed)) for seed in range(20)), works=20, rng=np.random.default_rng(0), trials=10_000)
    path.write_bytes(content)
    return load_index(path)


@pytest.mark.parametrize("factor", [1.0, 0.5, 1.5, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("shift", [-12, -3, 1, 7])
def test_a_tune_is_found_in_another_key_and_slower(index: FigureIndex, factor: float, shift: int) -> None:
    for seed in range(20):
        disguised = tune(seed) * [factor, 1] + np.array([3.0, shift])
        assert longest_run(disguised.tolist(), index) >= 35


def test_a_tune_is_found_as_the_top_or_the_bass_of_a_full_texture(index: FigureIndex) -> None:
    melody = tune(3)
    below = np.concatenate([melody, melody - [0, 15], melody - [0, 24]])
    above = np.concatenate([melody, melody + np.array([0, 15])])
    assert longest_run(below.tolist(), index) >= 35
    found = measure_originality([("Piano", above)], index)
    assert {run.voice for run in found.runs} == {"Piano", "Piano, lower line"}


def test_other_tunes_are_not_found(index: FigureIndex) -> None:
    found = [measure_originality([("", tune(seed))], index) for seed in range(100, 200)]
    # Some 3,000 figures at a false-positive rate of 1e-4: one may be hit by chance, no two in a row.
    assert max(each.longest_run for each in found) <= 10
    assert sum(each.seen for each in found) <= 4


def test_the_same_pitches_in_another_rhythm_are_another_tune(index: FigureIndex) -> None:
    other = tune(0)
    other[:, 0] = tune(50)[:, 0]
    assert longest_run(other.tolist(), index) == 0


def test_a_run_is_measured_in_notes_and_placed(index: FigureIndex) -> None:
    quoted = tune(5)[10:24]
    new = tune(300, 30)
    new[:, 0] += quoted[-1, 0] + 1.0
    piece = np.concatenate([quoted, new])
    found = measure_originality([("Flute", piece)], index)
    assert [run.notes for run in found.runs] == [14]
    assert found.longest_run == 14
    assert found.runs[0].onset == quoted[0, 0]
    assert found.runs[0].voice == "Flute"
    assert found.share_seen == pytest.approx(5 / found.figures)


def line(pitches: Sequence[int], times: Sequence[float] | None = None) -> FloatArray:
    onsets = np.arange(len(pitches)) if times is None else np.cumsum(times)
    return np.stack([onsets.astype(float), np.array(pitches, dtype=float)], axis=1)


@pytest.mark.parametrize(
    ("what", "notes"),
    [
        ("a scale in dotted rhythm", line(range(60, 80), [1.5, 0.5] * 10)),
        ("a scale up and down", line([60, 62, 64, 65, 67, 69, 67, 65, 64, 62])),
        ("repeated notes", line([60] * 6 + [62] * 6)),
        ("an Alberti bass", line([48, 55, 52, 55] * 5, [1.5, 0.5] * 10)),
        ("an arpeggio up and down", line([48, 52, 55, 60, 64, 60, 55, 52, 48, 52, 55, 60])),
        ("a sequence", line([60, 64, 62, 62, 66, 64, 64, 68, 66, 66, 70, 68], [1, 0.5, 0.5] * 4)),
    ],
)
def test_figures_that_belong_to_nobody_are_trivial(what: str, notes: FloatArray) -> None:
    assert trivial_figures(voices("", notes)[0]).all(), what


def test_a_tune_is_not_trivial() -> None:
    joy = [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64, 64, 62, 62]
    times = [1] * 12 + [1.5, 0.5, 2]
    assert not trivial_figures(voices("", line(joy, times))[0]).any()


def test_a_scale_within_a_quotation_does_not_cut_it(tmp_path: Path) -> None:
    scale, rest = line(range(50, 62), [0.5] * 12), tune(2)[:20]
    scale[:, 0] += tune(1)[19, 0]
    rest[:, 0] += scale[-1, 0] + 0.5
    melody = np.concatenate([tune(1)[:20], scale])
    whole = np.concatenate([melody, rest])
    path = tmp_path / "figures.safetensors"
    path.write_bytes(pack([hashes(whole)], works=1, rng=np.random.default_rng(0), trials=1000))
    assert longest_run(whole.tolist(), load_index(path)) >= 45


def test_the_index_holds_what_was_packed_and_says_how_often_it_errs(index: FigureIndex) -> None:
    assert all(index.holds(hashes(tune(seed))).all() for seed in range(20))
    probes = np.random.default_rng(1).integers(0, 2**64, 200_000, dtype=np.uint64)
    assert index.holds(probes).mean() < 3e-4
    assert index.false_positive_rate < 1e-3


def test_a_piece_without_notes_shares_nothing(index: FigureIndex) -> None:
    found = measure_originality([("Flute", np.empty((0, 2)))], index)
    assert (found.longest_run, found.runs, found.figures) == (0, (), 0)
    assert found.to_json()["share_seen"] is None


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "figures.safetensors"
    path.write_bytes(b"not an index")
    with pytest.raises(AssetError, match="damaged"):
        load_index(path)
    with pytest.raises(AssetError):
        load_index(tmp_path / "missing.safetensors")


def test_the_full_index_names_the_work(tmp_path: Path, index: FigureIndex) -> None:
    works = [Work(id=f"w{seed}", title=f"Song {seed}", composer="Anon", source="made up") for seed in range(20)]
    figures = [hashes(tune(seed)) for seed in range(20)]
    numbers = np.repeat(np.arange(20, dtype=np.int32), [len(each) for each in figures])
    values = np.concatenate(figures)
    order = np.argsort(values, kind="stable")
    save_works(WorkIndex(hashes=values[order], numbers=numbers[order], works=tuple(works)), tmp_path / "full")
    full = load_works(tmp_path / "full")
    piece = measure_originality([("Oboe", tune(7) * [2.0, 1] + np.array([0.0, 5]))], index)
    match = match_runs(piece.runs, full)[0]
    assert str(match.work) == "Anon: Song 7 (made up)"
    # Trivial figures within the quotation do not cut it.
    assert match.notes >= piece.longest_run
    with pytest.raises(AssetError, match="no index of works"):
        load_works(tmp_path / "nowhere")


def test_the_embedded_index_is_quick_and_leaves_random_tunes_alone() -> None:
    load_index()
    parts = [(str(seed), tune(seed, 150)) for seed in range(500, 506)]
    before = time.process_time()
    found = measure_originality(parts)
    assert time.process_time() - before < 0.2
    assert found.works > 3000
    assert 0 < found.false_positive_rate < 1e-3
    assert found.longest_run < 16


def test_drums_are_no_melody(make_midi) -> None:
    midi = make_midi([[(i, 1, 40 + i % 5) for i in range(20)], [(i, 1, 60) for i in range(4)]], programs=[-1, 0])
    assert [len(notes) for _, notes in parts_of(midi)] == [4]
