"""The shards of a token cache, and the shares of an update that are drawn from them.

``python -m composer.training.music.shards CACHE.npz --out FOLDER --count 8``

Conventions
-----------
* A *shard* is a cache of its own, with all windows of some pieces; a folder of shards is a cache in parts.
* An update has as many *shares* as there are processes, or as are asked for. Share k of n draws its crops from the
  shards k, k + n, k + 2 n ... of a folder (from all of a single file) with random numbers of its own, so an update is
  the same, but for the order of additions, whichever processes make its shares.
* Processes take shares in turn: process r of p those of number r, r + p, r + 2 p ...
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn

from composer.music.tokens import fingerprint
from composer.training.music.batches import Cache, load_cache

__all__ = ["add_up", "cut", "join_others", "joined", "load_shares", "own_shares", "write_shards"]


# ------------------------------------------------------------------------------------------- shards


def cut(cache: Cache, count: int) -> list[Cache]:
    """Deal the pieces of a cache to shards; all windows of a piece come into one."""
    pieces = cache.window_piece if len(cache.window_piece) else np.arange(len(cache.window_split))
    _, order = np.unique(pieces, return_inverse=True)
    return [_chosen(cache, np.flatnonzero(order % count == number)) for number in range(count)]


def _chosen(cache: Cache, windows: NDArray[np.int64]) -> Cache:
    """The cache of some windows."""
    spans = [slice(int(cache.window_start[window]), int(cache.window_start[window + 1])) for window in windows]
    steps, blocks, conditions, rows = [], [], [], 0
    for span in spans:
        block = cache.block[span]
        first, last = int(block[0]), int(block[-1])
        steps.append(cache.steps[span])
        blocks.append(block - first + rows)
        conditions.append(cache.conditions[first : last + 1])
        rows += last + 1 - first
    return replace(
        cache,
        steps=np.concatenate([cache.steps[:0], *steps]),
        block=np.concatenate([cache.block[:0], *blocks]).astype(cache.block.dtype),
        conditions=np.concatenate([cache.conditions[:0], *conditions]),
        window_start=np.cumsum([0, *(span.stop - span.start for span in spans)]),
        window_split=cache.window_split[windows],
        window_source=cache.window_source[windows],
        window_piece=cache.window_piece[windows] if len(cache.window_piece) else cache.window_piece,
    )


def joined(shards: Sequence[Cache]) -> Cache:
    """One cache of several shards."""
    if len(shards) == 1:
        return shards[0]
    rows = np.cumsum([0, *(len(shard.conditions) for shard in shards)])

    def together(name: str) -> Any:
        return np.concatenate([getattr(shard, name) for shard in shards])

    return replace(
        shards[0],
        **{name: together(name) for name in ("steps", "conditions", "window_split", "window_source", "window_piece")},
        block=np.concatenate([shard.block + first for shard, first in zip(shards, rows, strict=False)]),
        window_start=np.cumsum([0, *(length for shard in shards for length in shard.lengths())]),
    )


def write_shards(cache: Cache, folder: Path, count: int) -> list[Path]:
    """Write a cache in parts, ``shard-00000.npz`` and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, shard in enumerate(cut(cache, count)):
        arrays = {item.name: getattr(shard, item.name) for item in fields(shard)}
        paths.append(folder / f"shard-{number:05}.npz")
        np.savez(paths[-1], **arrays | {"sources": np.array(shard.sources)}, fingerprint=fingerprint())
    return paths


# ------------------------------------------------------------------------------------------- shares


def own_shares(count: int | None = None) -> range:
    """Numbers of the shares of this process, which torchrun has told its number; by default one a process."""
    processes, number = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    shares = processes if count is None else count
    if shares < processes:
        raise ValueError(f"{shares} shares are too few for {processes} processes")
    return range(number, shares, processes)


def load_shares(path: Path, numbers: range, count: int) -> dict[int, Cache]:
    """The caches of some of ``count`` shares: of a file all of it, of a folder each share's own shards."""
    if path.is_file():
        whole = load_cache(path)
        return dict.fromkeys(numbers, whole)
    shards = sorted(path.glob("*.npz"))
    if len(shards) < count:
        raise ValueError(f"{path}: {len(shards)} shards are too few for {count} shares")
    return {number: joined([load_cache(shard) for shard in shards[number::count]]) for number in numbers}


def join_others(device: torch.device) -> int:
    """Join the processes that torchrun started; return this one's number, 0 when it is alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return 0
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return distributed.get_rank()


def add_up(network: nn.Module, totals: Tensor) -> Tensor:
    """Make the gradients of summed losses those of the mean over all processes' notes.

    Parameters
    ----------
    network : every parameter's gradient is changed in place.
    totals : shape (3,), this process's summed loss, its number of notes, and 1 where it was asked to stop.

    Returns
    -------
    Tensor
        The same of all processes together.
    """
    several = distributed.is_initialized()
    if several:
        distributed.all_reduce(totals)
    for parameter in network.parameters():
        if parameter.grad is not None:
            if several:
                distributed.all_reduce(parameter.grad)
            parameter.grad /= totals[1]
    return totals


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path, help="cache file (.npz)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the shards")
    parser.add_argument("--count", type=int, required=True, help="how many; a multiple of the processes")
    options = parser.parse_args(argv)
    for path in write_shards(load_cache(options.cache), options.out, options.count):
        print(path)


if __name__ == "__main__":
    main()
