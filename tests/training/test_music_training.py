"""The corpus is analysed as a musician would, and training on it learns."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from composer.music.analysis import bar_chords, find_echo, phrase_lengths
from composer.music.tokens import CHORD_CLASSES, CONDITIONS, END, START
from composer.theory import Meter
from composer.training.music import corpus
from composer.training.music.analysis import canonical, split_parts
from composer.training.music.batches import Cache, make_batch, sample_windows
from composer.training.music.pieces import TrackInfo, Window, read_windows

if TYPE_CHECKING:
    from composer.training.music.train import Recipe

COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
TUNE = [(0, 72, 12), (12, 74, 12), (24, 76, 12), (36, 79, 12)]


def _window(notes: list[tuple[int, int, int, int]], bars: int, programs: tuple[int, ...] = (40, 0)) -> Window:
    rows = np.array([(track, onset, onset + length, pitch) for track, onset, pitch, length in notes], dtype=np.int64)
    tracks = tuple(TrackInfo(name="", program=program) for program in programs)
    return Window(
        tracks=tracks, meter="4/4", bars=bars, ends_piece=True, notes=rows[np.lexsort((rows[:, 3], rows[:, 1]))]
    )


def _song(bars: int = 8) -> Window:
    """A violin over piano chords in D major: D, G, A7, D, over and over."""
    chords = [(50, 54, 57), (55, 59, 62), (57, 61, 64, 67), (50, 54, 57)]
    notes = []
    for bar in range(bars):
        chord = chords[bar % 4]
        notes += [(1, bar * 48, pitch, 48) for pitch in chord]
        if bar % 4 == 3:
            notes.append((0, bar * 48, 74, 48))
        else:
            notes += [(0, bar * 48 + step * 12, chord[step % 3] + 24, 12) for step in range(4)]
    return _window(notes, bars)


def _midi(path: Path, *, pickup: int = 0) -> Path:
    import symusic

    score = symusic.Score(480)
    track = symusic.Track(program=40)
    notes = []
    for bar in range(8):
        for onset, pitch, length in TUNE:
            long = 24 if onset == 0 else length
            notes.append(symusic.Note(bar * 1920 + onset * 40 + pickup, long * 40, 48 if onset == 0 else pitch, 80))
    if pickup:
        notes.append(symusic.Note(0, pickup, 72, 80))
    track.notes.extend(notes)
    score.tracks.append(track)
    score.time_signatures.append(symusic.TimeSignature(0, 4, 4))
    score.dump_midi(str(path))
    return path


def test_reading_finds_the_bars(tmp_path: Path) -> None:
    (window,) = read_windows(_midi(tmp_path / "a.mid"))
    assert (window.meter, window.bars, len(window.notes)) == ("4/4", 8, 32)
    assert set(window.notes[window.notes[:, 3] == 48, 1] % 48) == {0}


def test_an_unpadded_pickup_is_found(tmp_path: Path) -> None:
    (window,) = read_windows(_midi(tmp_path / "a.mid", pickup=480))
    assert window.bars == 9
    assert set(window.notes[window.notes[:, 3] == 48, 1] % 48) == {0}


def test_analysis_moves_to_the_white_keys_and_names_the_chords() -> None:
    window = _song()
    notes, mode = canonical(window)
    assert mode == 1
    assert set(notes[:, 3] % 12) <= {0, 2, 4, 5, 7, 9, 11}
    names = [("C", ""), ("F", ""), ("G", "7"), ("C", "")]
    roots = {"C": 1, "F": 6, "G": 8}
    for (chord, late), (root, quality) in zip(bar_chords(notes, 8, Meter.parse("4/4")), names * 2, strict=True):
        assert chord == late
        assert (chord.root, CHORD_CLASSES[chord.quality - 1]) == (roots[root], quality)


def test_roles_phrases_and_echoes() -> None:
    notes, _ = canonical(_song())
    parts = split_parts(notes, _song().tracks, np.random.default_rng(0))
    roles = [part.role for part in parts]
    assert roles[0] == "melody"
    assert "harmony" in roles
    assert phrase_lengths(parts[0].notes, 8, 48, ends_piece=True).tolist() == [4, 3, 2, 1, 4, 3, 2, 1]
    bars = [[(0, 60, 9), (24, 62, 9)], [(0, 65, 9), (24, 64, 9)], [(0, 60, 9), (24, 62, 9)], [(0, 67, 9), (24, 69, 9)]]
    assert [find_echo(bars, index) for index in range(4)] == [(0, 0), (1, 1), (2, 3), (1, 2)]


@pytest.fixture
def cache() -> Cache:
    encoded = corpus.encode_window(_song(16), 100.0, np.random.default_rng(0))
    assert encoded is not None
    count = len(encoded.steps)
    return Cache(  # the same song to train and to validate on
        steps=np.concatenate([encoded.steps] * 2),
        block=np.concatenate([encoded.block, encoded.block + len(encoded.conditions)]),
        conditions=np.concatenate([encoded.conditions] * 2),
        window_start=np.array([0, count, 2 * count]),
        window_split=np.array([0, 1], dtype=np.uint8),
        window_source=np.zeros(2, dtype=np.uint8),
        sources=("song",),
    )


def test_encoded_blocks_hold_every_note_once_under_their_conditions(cache: Cache) -> None:
    is_note = cache.steps[: cache.window_start[1], 0] != END
    assert is_note.sum() == 12 * 4 + 4 + 4 * (3 + 3 + 4 + 3)
    first = cache.conditions[0]
    assert (first[COLUMN["meter"]], first[COLUMN["bars_left"]], first[COLUMN["phrase_left"]]) == (3, 9, 4)
    assert cache.conditions[-1][COLUMN["bars_left"]] == 1


def test_a_batch_predicts_the_step_that_follows(cache: Cache) -> None:
    batch = make_batch(cache, [0], 64, np.random.default_rng(1), hide=False)
    assert batch.steps[0, 0, 0] == START
    count = int(batch.valid.sum())
    assert count > 32
    np.testing.assert_array_equal(batch.steps[0, 1:count], batch.target[0, : count - 1])


def test_a_batch_holds_crops_of_one_length_and_no_more_steps_than_asked() -> None:
    lengths = np.array([40, 100, 130, 250, 300, 500, 900])
    count = len(lengths)
    cache = Cache(
        steps=np.zeros((int(lengths.sum()), 3), dtype=np.int16),
        block=np.zeros(int(lengths.sum()), dtype=np.int32),
        conditions=np.zeros((1, len(COLUMN)), dtype=np.uint8),
        window_start=np.concatenate([[0], np.cumsum(lengths)]),
        window_split=np.array([0] * (count - 1) + [1], dtype=np.uint8),
        window_source=np.zeros(count, dtype=np.uint8),
        sources=("song",),
    )
    seen: set[int] = set()
    for seed in range(60):
        windows = sample_windows(cache, 0, 1024, 512, np.random.default_rng(seed))
        buckets = {-(-int(min(lengths[window], 512)) // 128) for window in windows}
        assert len(buckets) == 1
        assert 512 <= len(windows) * 128 * buckets.pop() <= 1024
        seen |= set(windows)
    assert seen == set(range(count - 1)), "every training window is drawn, and no other"


def _small_recipe() -> Recipe:
    from composer.training.music.network import NetworkConfig
    from composer.training.music.train import Recipe

    return Recipe(
        network=NetworkConfig(width=32, layers=1, heads=2, feed_forward=64), steps=12, batch=2, length=48,
        learning_rate=3e-3, warmup=2, decay=0.2, weight_decay=0.1, clip=1.0, seed=1, validate_every=6,
        checkpoint_minutes=5.0,
    )  # fmt: skip


def test_training_learns_and_resumes_exactly(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    import composer.training.music.train as module
    from composer.training.music.network import load_network

    recipe, cpu, single = _small_recipe(), torch.device("cpu"), torch.float32
    torch.set_num_threads(1)
    whole = module.train(recipe, {0: cache}, tmp_path / "whole", resume=False, device=cpu, precision=single)
    bits = [float(row.split(",")[2]) for row in (tmp_path / "whole" / "losses.csv").read_text().splitlines()[1:]]
    assert bits[-1] < bits[0] - 1
    assert (tmp_path / "whole" / "losses.png").stat().st_size > 1000

    class Stop(Exception):
        pass

    original = module.save_checkpoint

    def save_then_stop(*arguments: object) -> None:
        original(*arguments)  # type: ignore[arg-type]
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(module, "save_checkpoint", save_then_stop)
        with pytest.raises(Stop):
            module.train(recipe, {0: cache}, tmp_path / "half", resume=False, device=cpu, precision=single)
    resumed = module.train(recipe, {0: cache}, tmp_path / "half", resume=True, device=cpu, precision=single)
    for (name, a), b in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, msg=name, atol=1e-4, rtol=1e-3)
    assert load_network(tmp_path / "half" / "model").config == recipe.network


def test_a_copy_of_a_checkpoint_is_finished_with_a_falling_rate(cache: Cache, tmp_path: Path) -> None:
    import torch

    from composer.training.music.train import train

    recipe = dataclasses.replace(_small_recipe(), steps=6, decay=0.0)
    assert recipe.rate(5) == recipe.learning_rate
    ending = recipe.finishing(6, 4)
    assert ending.steps == 10
    assert [ending.rate(step) < ending.rate(step - 1) for step in range(7, 10)] == [True] * 3
    train(recipe, {0: cache}, tmp_path / "run", resume=False, device=torch.device("cpu"), precision=torch.float32)
    train(
        recipe, {0: cache}, tmp_path / "run", resume=True, device=torch.device("cpu"), precision=torch.float32, finish=4
    )
    steps = [int(row.split(",")[0]) for row in (tmp_path / "run" / "losses.csv").read_text().splitlines()[1:]]
    assert steps == [6, 10]


def test_evaluation_prints_bits_per_note(cache: Cache, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from composer.music.tokens import fingerprint
    from composer.training.music import evaluate
    from composer.training.music.network import MusicNetwork, NetworkConfig, save_network

    arrays = {f.name: getattr(cache, f.name) for f in dataclasses.fields(cache)}
    np.savez(tmp_path / "cache.npz", **(arrays | {"sources": np.array(cache.sources)}), fingerprint=fingerprint())
    save_network(MusicNetwork(NetworkConfig(width=32, layers=1, heads=2, feed_forward=64)), tmp_path / "model")
    evaluate.main(["--cache", str(tmp_path / "cache.npz"), "--model", str(tmp_path / "model"), "--split", "val"])
    lines = dict(line.split() for line in capsys.readouterr().out.splitlines())
    assert set(lines) == {"song", "all"}
    assert 8 < float(lines["all"]) < 25  # an untrained model is about uniform: log2 of 97 x 128 x 33 is 19


@pytest.mark.parametrize(
    "recipe", sorted((Path(__file__).resolve().parents[2] / "composer" / "training" / "recipes").glob("music*.toml"))
)
def test_recipes_load(recipe: Path) -> None:
    from composer.training.music.train import load_recipe

    loaded = load_recipe(recipe, {"steps": "10"})
    assert loaded.steps == 10
    assert 0 < loaded.rate(9) < loaded.rate(0) * 1e3
