"""Several processes over a cache in parts train as one process over all of it."""

from __future__ import annotations

import csv
import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from composer.music.tokens import START
from composer.training.music.batches import Cache, make_batch

RECIPE = """
[network]
width = 32
layers = 1
heads = 2
feed_forward = 48
context = 64

[training]
steps = 6
batch = 2
length = 64
learning_rate = 3e-3
warmup = 2
decay = 0.2
weight_decay = 0.1
clip = 1.0
seed = 1
validate_every = 3
checkpoint_minutes = 5.0

[sources]
odd = 0.5
"""


@pytest.fixture
def cache() -> Cache:
    """Eight pieces of two windows each, of two sources; two windows in eight are for validation."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(30, 60, 16)
    count = int(lengths.sum())
    steps = np.stack([rng.integers(0, 48, count), rng.integers(0, 128, count), rng.integers(0, 33, count)], axis=1)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    steps[starts[:-1], 0] = START - 1
    return Cache(
        steps=steps.astype(np.int16),
        block=np.repeat(
            np.arange(32), [part for length in lengths for part in (length // 2, length - length // 2)]
        ).astype(np.int32),
        conditions=rng.integers(0, 3, (32, 64)).astype(np.uint8)[:, : _conditions()],
        window_start=starts,
        window_split=np.array([0, 0, 1, 0, 0, 1, 0, 0] * 2, dtype=np.uint8),
        window_source=np.array([0, 1] * 8, dtype=np.uint8),
        window_piece=np.repeat(np.arange(8), 2).astype(np.int32),
        sources=("even", "odd"),
    )


def _conditions() -> int:
    from composer.music.tokens import CONDITIONS

    return len(CONDITIONS)


def _windows(cache: Cache) -> set[bytes]:
    """What every window teaches, whole."""
    batches = [
        make_batch(cache, [window], 64, np.random.default_rng(0), hide=False)
        for window in range(len(cache.window_split))
    ]
    return {b"".join(getattr(one, item.name).tobytes() for item in dataclasses.fields(one)) for one in batches}


def test_shards_hold_every_piece_once_and_are_joined_again(cache: Cache) -> None:
    pytest.importorskip("torch")
    from composer.training.music.shards import cut, joined

    shards = cut(cache, 3)
    pieces = [set(shard.window_piece.tolist()) for shard in shards]
    assert sorted(piece for own in pieces for piece in own) == list(range(8))
    assert [shard.lengths().sum() for shard in shards] == [len(shard.steps) for shard in shards]
    assert _windows(joined(shards)) == _windows(cache)
    assert set.union(*map(_windows, shards)) == _windows(cache)


@pytest.mark.parametrize(
    ("processes", "number", "shares", "own"), [(1, 0, None, [0]), (2, 1, None, [1]), (2, 1, 4, [1, 3])]
)
def test_processes_take_shares_in_turn(
    processes: int, number: int, shares: int | None, own: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    from composer.training.music.shards import own_shares

    monkeypatch.setenv("WORLD_SIZE", str(processes))
    monkeypatch.setenv("RANK", str(number))
    assert list(own_shares(shares)) == own
    with pytest.raises(ValueError, match="too few"):
        own_shares(processes - 1)


@pytest.mark.slow
def test_two_processes_over_shards_train_as_one(cache: Cache, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from composer.training.music.network import load_network
    from composer.training.music.shards import write_shards

    write_shards(cache, tmp_path / "shards", 4)
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    ways = {
        "two": ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
        "one": (),
    }
    for name, launcher in ways.items():
        arguments = (
            "-m", "composer.training.music.train", "--recipe", "recipe.toml", "--cache", "shards", "--out", name,
            "--precision", "float32", "--device", "cpu", "--shares", "2",
        )  # fmt: skip
        command = [sys.executable, *launcher, *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path, timeout=600
        )
        assert done.returncode == 0, done.stderr[-6000:][:3000]
    logs = {}
    for name in ways:
        with (tmp_path / name / "losses.csv").open(encoding="utf-8", newline="") as handle:
            logs[name] = list(csv.DictReader(handle))
    assert [row["step"] for row in logs["two"]] == ["3", "6"]
    for two, one in zip(logs["two"], logs["one"], strict=True):
        for column in ("train_bits_per_note", "all"):
            assert float(two[column]) == pytest.approx(float(one[column]), rel=1e-3)
    weights = [load_network(tmp_path / name / "checkpoint").state_dict() for name in ways]
    for name, tensor in weights[0].items():
        torch.testing.assert_close(tensor, weights[1][name], msg=name, atol=2e-4, rtol=1e-3)
