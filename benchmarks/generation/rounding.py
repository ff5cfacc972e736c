"""What it costs that the decoder multiplies whole numbers of eight bits: bits a note with and without rounding.

    python benchmarks/generation/rounding.py --cache CACHE.npz [--n 48]

Windows of the validation split of a token cache (`composer.training.music.corpus`), all conditions known, are told to
the decoder step by step, as a piece is written, once with the embedded graphs and once with graphs of the same weights
that round nothing. ``rounding.csv`` has a row a window, ``rounding.txt`` the difference with its interval.
"""

from __future__ import annotations

import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, write_csv, write_summary

if TYPE_CHECKING:
    from composer.music.decoder import Weights
    from composer.training.music.batches import Batch

COLUMNS = ("window", "notes", "exact", "rounded", "largest_move")
_TOGETHER = 16
_FILES = ("config.json", "heads.safetensors", "composer.json")
_LENGTH = 512


def surprise(weights: Weights, batch: Batch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bits of every window (B,), and the log-odds of all positions after every step (B, T, 97)."""
    from composer.music.decoder import Decoder
    from composer.music.tokens import END

    rows, length = batch.valid.shape
    decoder = Decoder(weights, rows=rows, capacity=length + 1)
    told = decoder.embed_conditions(batch.conditions.reshape(-1, batch.conditions.shape[-1])).reshape(rows, length, -1)
    bits, seen = np.zeros(rows), np.zeros((rows, length, END + 1))
    for step in range(int(batch.valid.any(axis=0).sum())):
        active = np.flatnonzero(batch.valid[:, step])
        hidden = decoder.feed(active, batch.steps[active, step : step + 1], told[active, step : step + 1])
        position, pitch, duration = batch.target[active, step].T
        logits = decoder.position_logits(active)
        seen[active, step] = logits
        bits[active] -= _log_share(logits, position)
        notes = position != END
        if notes.any():
            at, pitch, duration, root, quality = (
                values[notes]
                for values in (position, pitch, duration, batch.root[active, step], batch.quality[active, step])
            )
            bits[active[notes]] -= _log_share(decoder.pitch_logits(hidden[notes], at, root, quality), pitch)
            bits[active[notes]] -= _log_share(decoder.duration_logits(hidden[notes], at, pitch), duration)
    return bits, seen


def _log_share(logits: NDArray[np.float32], chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Binary logarithms of the odds of what was chosen, row by row."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted[np.arange(len(chosen)), chosen] / math.log(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    from composer import assets
    from composer.music.decoder import load_weights
    from composer.music.tokens import END
    from composer.training.music.batches import load_cache, make_batch
    from composer.training.music.export import write_graphs

    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--cache", type=Path, required=True)
    add_number(parser, "--n", 48, "windows")
    add_out(parser, __file__, "folder for rounding.csv")
    options = parser.parse_args(arguments)
    cache, rng = load_cache(options.cache), np.random.default_rng(0)
    windows = rng.permutation(cache.windows(1))[: options.n].tolist()
    folder, rows = assets.resolve("music/config.json").parent, []
    with tempfile.TemporaryDirectory() as place:
        exact = Path(place) / "music"
        shutil.copytree(folder, exact)
        write_graphs(exact, rounded=False)
        graphs = [load_weights(*(where / name for name in _FILES)) for where in (exact, folder)]
        for first in range(0, len(windows), _TOGETHER):
            chosen = windows[first : first + _TOGETHER]
            batch = make_batch(cache, chosen, _LENGTH, rng, hide=False)
            notes = (batch.valid & (batch.target[..., 0] != END)).sum(axis=1)
            (plain, seen), (whole, moved) = (surprise(weights, batch) for weights in graphs)
            move = np.abs(seen - moved).max(axis=(1, 2))
            rows += [
                (window, int(count), round(a / count, 4), round(b / count, 4), round(far, 4))
                for window, count, a, b, far in zip(chosen, notes.tolist(), plain, whole, move, strict=True)
                if count
            ]
    write_csv(options.out / "rounding.csv", COLUMNS, rows)
    write_summary(options.out, summary(rows), name="rounding.txt")
    return 0


def summary(rows: Sequence[tuple[float, ...]]) -> str:
    """The text of rounding.txt."""
    table = np.array(rows, dtype=float)
    notes, exact, rounded = table[:, 1], table[:, 2], table[:, 3]
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(table), (2000, len(table)))
    costs = ((rounded - exact) * notes)[drawn].sum(axis=1) / notes[drawn].sum(axis=1)
    low, high = np.quantile(costs, (0.025, 0.975))
    mean = [(side * notes).sum() / notes.sum() for side in (exact, rounded)]
    return (
        f"bits a note on {len(table)} windows of the validation split, {int(notes.sum())} notes: {mean[0]:.4f} exact, "
        f"{mean[1]:.4f} rounded, {mean[1] - mean[0]:+.4f} [{low:+.4f}, {high:+.4f}]\n"
        f"largest move of a position's logit: {table[:, 4].max():.3f} "
        f"(median of the windows' {np.median(table[:, 4]):.3f})\n"
    )


if __name__ == "__main__":
    sys.exit(main())
