"""Train the music transformer from a TOML recipe; resumable from its checkpoint, on a CPU, one GPU or several.

``python -m composer.training.music.train --recipe R.toml --cache CACHE.npz --out RUN [--resume] [--finish 300]``

The learning rate warms up and stays; only a recipe's last share (``decay``), or the updates of ``--finish``, let it
fall, so a run may go on for as many days as there are, and a copy of its checkpoint be finished at any time. The
precision of the passes and of the optimiser is what a few trial updates show to be quicker on this processor. SIGTERM
ends a run after a checkpoint.

``--init MODEL`` starts from trained weights (`load_network`) instead of random ones. Several processes share each
update under ``torchrun --nproc-per-node N -m composer.training.music.train ...``: every process draws its own crops, of
its own shards where the cache is a folder of them (`composer.training.music.shards`), gradients are averaged over all
notes, the first process writes and validates on what it has. ``--shares N`` makes the same updates by fewer processes.

Writes to RUN: ``checkpoint/`` (network, optimiser and position, all safetensors and JSON), ``losses.csv``,
``losses.png`` and, at the end, ``model/`` (what goes into ``composer/weights/music``).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed

from composer.training.music.batches import Cache, make_batch, sample_windows
from composer.training.music.checkpoint import load_optimisers, newest, save_checkpoint
from composer.training.music.network import MusicNetwork, NetworkConfig, load_network, save_network
from composer.training.music.optimiser import Optimisers, optimisers_of, orthogonal
from composer.training.music.shards import add_up, join_others, load_shares, own_shares

__all__ = ["Recipe", "load_recipe", "main", "train", "validate"]

_BITS = 1 / np.log(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Training settings, one per key of the recipe's ``[training]`` table, and the network's size."""

    network: NetworkConfig
    steps: int
    batch: int
    length: int
    learning_rate: float
    warmup: int
    decay: float
    weight_decay: float
    clip: float
    seed: int
    validate_every: int
    checkpoint_minutes: float
    sources: dict[str, float] = field(default_factory=dict)

    def rate(self, step: int) -> float:
        """Learning rate at an update: linear warm-up, constant, linear decay to a twentieth."""
        warm = min(1.0, (step + 1) / self.warmup)
        left = (self.steps - step) / max(1.0, self.decay * self.steps)
        return self.learning_rate * warm * max(0.05, min(1.0, left))

    def finishing(self, step: int, updates: int) -> Recipe:
        """The recipe that ends ``updates`` after ``step``, its rate falling all the way."""
        return replace(self, steps=step + updates, decay=updates / (step + updates))


def load_recipe(path: Path, changes: dict[str, str] | None = None) -> Recipe:
    """Read a recipe; ``changes`` override fields of its ``[training]`` table."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    recipe = Recipe(network=NetworkConfig(**data["network"]), sources=data.get("sources", {}), **data["training"])
    for name, text in (changes or {}).items():
        recipe = replace(recipe, **{name: type(getattr(recipe, name))(text)})
    return recipe


# ------------------------------------------------------------------------------------------- one update


def batch_losses(network: MusicNetwork, cache: Cache, windows: list[int], length: int, rng: np.random.Generator, *,
                 hide: bool, device: torch.device,
                 dtype: torch.dtype = torch.bfloat16) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """Summed losses of one batch (see `MusicNetwork.losses`), its passes in ``dtype``."""
    batch = make_batch(cache, windows, length, rng, hide=hide)
    steps, target, conditions, root, quality, valid = (
        torch.from_numpy(x).to(device)
        for x in (batch.steps, batch.target, batch.conditions, batch.root, batch.quality, batch.valid)
    )
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=dtype is torch.bfloat16):
        embedded = network.conditions(conditions.flatten(0, 1)).unflatten(0, conditions.shape[:2])
        return network.losses(steps, embedded, target, root, quality, valid)


@torch.no_grad()
def validate(network: MusicNetwork, cache: Cache, *, split: int, windows: int, length: int,
             device: torch.device, dtype: torch.dtype = torch.float32) -> dict[str, float]:  # fmt: skip
    """Bits per note, per source and in all, on a fixed sample of a split's windows, all conditions known."""
    network.eval()
    rng = np.random.default_rng(0)
    out: dict[str, float] = {}
    total, notes = 0.0, 0
    for number, source in enumerate(cache.sources):
        indices = [i for i in cache.windows(split) if cache.window_source[i] == number]
        chosen = [int(indices[i]) for i in rng.permutation(len(indices))[:windows]]
        if not chosen:
            continue
        sums = np.zeros(4)
        for first in range(0, len(chosen), 8):
            losses = batch_losses(
                network, cache, chosen[first : first + 8], length, rng, hide=False, device=device, dtype=dtype
            )
            sums += [float(x) for x in losses]
        out[source] = float(sums[:3].sum() * _BITS / sums[3])
        total += sums[:3].sum() * _BITS
        notes += int(sums[3])
    network.train()
    return out | {"all": total / notes if notes else float("nan")}


# ------------------------------------------------------------------------------------------------ precision


def _quicker(attempt: Callable[[torch.dtype], None]) -> torch.dtype:
    """float32 or bfloat16, whichever makes an attempt quicker by this processor's clock; each is made thrice."""
    spent = {}
    for dtype in (torch.float32, torch.bfloat16):
        times = []
        for _ in range(3):
            began = time.process_time()
            attempt(dtype)
            times.append(time.process_time() - began)
        spent[dtype] = min(times)
    return min(spent, key=lambda dtype: spent[dtype])


def choose_precision(
    network: MusicNetwork, recipe: Recipe, cache: Cache, device: torch.device
) -> tuple[torch.dtype, torch.dtype]:
    """Precision of the passes and of the optimiser's orthogonalisation; bfloat16 for both on a GPU."""
    if device.type != "cpu":
        return torch.bfloat16, torch.bfloat16
    windows = sample_windows(cache, 0, 2 * recipe.length, recipe.length, np.random.default_rng(0))

    def one_pass(dtype: torch.dtype) -> None:
        rng = np.random.default_rng(0)
        *losses, count = batch_losses(
            network, cache, windows, recipe.length, rng, hide=True, device=device, dtype=dtype
        )
        (torch.stack(losses).sum() / count).backward()
        network.zero_grad(set_to_none=True)

    matrix = torch.randn(recipe.network.width, recipe.network.feed_forward)

    def one_step(dtype: torch.dtype) -> None:
        for _ in range(8):
            orthogonal(matrix, dtype)

    return _quicker(one_pass), _quicker(one_step)


# ------------------------------------------------------------------------------------------------- loop


@dataclass(slots=True, kw_only=True)
class _Run:
    """A training under way: what it works on, and what has been trained since the last line of the log."""

    network: MusicNetwork
    optimisers: Optimisers
    recipe: Recipe
    shares: Mapping[int, Cache]
    out: Path
    rank: int
    device: torch.device
    dtype: torch.dtype
    bits: float = 0.0
    notes: int = 0
    began: float = field(default_factory=time.monotonic)
    saved: float = field(default_factory=time.monotonic)
    stopped: bool = False

    def speed(self) -> float:
        """Notes per second, of all processes together."""
        return self.notes / (time.monotonic() - self.began)

    @property
    def cache(self) -> Cache:
        """What this process validates on: its first share's."""
        return next(iter(self.shares.values()))

    def stop(self, *_: object) -> None:
        """End after the present update."""
        self.stopped = True

    def save(self, step: int) -> None:
        """Write the checkpoint."""
        save_checkpoint(self.out / "checkpoint", self.network, self.optimisers, step)
        self.saved = time.monotonic()


def train(
    recipe: Recipe,
    shares: Mapping[int, Cache],
    out: Path,
    *,
    resume: bool,
    device: torch.device,
    fuse: bool = False,
    init: Path | None = None,
    finish: int | None = None,
    precision: torch.dtype | None = None,
) -> MusicNetwork:
    """Run the recipe on this process's shares; see the module's text for what appears in ``out``."""
    rank = join_others(device)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = newest(out / "checkpoint")
    torch.manual_seed(recipe.seed)
    network = load_network(checkpoint) if resume else load_network(init) if init else MusicNetwork(recipe.network)
    network = network.to(device).train()
    if fuse:
        network.backbone.compile(dynamic=False)
    chosen = (
        (precision, precision) if precision else choose_precision(network, recipe, next(iter(shares.values())), device)
    )
    passes, orthogonalisation = chosen
    optimisers = optimisers_of(
        network, learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, dtype=orthogonalisation
    )
    start = load_optimisers(checkpoint, optimisers) if resume else 0
    recipe = recipe if finish is None else recipe.finishing(start, finish)
    run = _Run(network=network, optimisers=optimisers, recipe=recipe, shares=shares, out=out, rank=rank, device=device,
               dtype=passes)  # fmt: skip
    print(f"passes in {passes}, Muon in {orthogonalisation}; updates {start}..{recipe.steps}", file=sys.stderr)
    if not resume and rank == 0:
        _begin_log(out, run.cache)
    _loop(run, start)
    if distributed.is_initialized():
        distributed.destroy_process_group()
    return network


def _loop(run: _Run, start: int) -> None:
    """Make the updates from ``start`` on; log and save as the recipe says."""
    recipe, before = run.recipe, signal.signal(signal.SIGTERM, run.stop)
    for step in range(start, recipe.steps):
        _update(run, step)
        last = step + 1 == recipe.steps
        if run.rank == 0 and (step + 1) % 50 == 0:
            print(f"{step + 1}/{recipe.steps} {run.bits / run.notes:.3f} bits/note {run.speed():.0f} notes/s",
                  file=sys.stderr, flush=True)  # fmt: skip
        if run.rank == 0 and ((step + 1) % recipe.validate_every == 0 or last):
            _log(run, step + 1)
            run.save(step + 1)
            run.bits, run.notes, run.began = 0.0, 0, time.monotonic()
        elif run.rank == 0 and (run.stopped or time.monotonic() - run.saved > 60 * recipe.checkpoint_minutes):
            run.save(step + 1)
        if run.stopped:
            break
    else:
        if run.rank == 0:
            save_network(run.network, run.out / "model")
    signal.signal(signal.SIGTERM, before)
    if run.rank == 0:
        _plot(run.out / "losses.csv", run.out / "losses.png")


def _update(run: _Run, step: int) -> None:
    """One optimiser update on crops that depend on the recipe's seed, the step and the share alone."""
    recipe = run.recipe
    for optimiser in run.optimisers:
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate(step)
    totals = torch.tensor([0.0, 0.0, run.stopped], device=run.device)
    for number, cache in run.shares.items():
        rng = np.random.default_rng((recipe.seed, step, number))
        windows = sample_windows(cache, 0, recipe.batch * recipe.length, recipe.length, rng, factors=recipe.sources)
        *losses, count = batch_losses(
            run.network, cache, windows, recipe.length, rng, hide=True, device=run.device, dtype=run.dtype
        )
        loss = torch.stack(losses).sum()
        loss.backward()
        totals[:2] += torch.stack((loss.detach().float(), count.float()))
    bits, notes, stopped = add_up(run.network, totals).tolist()
    run.stopped = stopped > 0  # all processes end after the same update
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), recipe.clip)
    for optimiser in run.optimisers:
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    run.bits += bits * _BITS
    run.notes += int(notes)


def _begin_log(out: Path, cache: Cache) -> None:
    names = ",".join((*cache.sources, "all"))
    (out / "losses.csv").write_text(f"step,notes_per_second,train_bits_per_note,{names}\n")


def _log(run: _Run, step: int) -> None:
    """Validate and add a line to the log."""
    with torch.compiler.set_stance("force_eager"):  # crops of many shapes, seldom seen
        scores = validate(
            run.network, run.cache, split=1, windows=24, length=run.recipe.length, device=run.device, dtype=run.dtype
        )
    with (run.out / "losses.csv").open("a", newline="") as file:
        row = [scores.get(name, float("nan")) for name in (*run.cache.sources, "all")]
        text = [step, f"{run.speed():.0f}", f"{run.bits / run.notes:.4f}", *(f"{x:.4f}" for x in row)]
        csv.writer(file, lineterminator="\n").writerow(text)


def _plot(log: Path, out: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    with log.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for name in rows[0]:
        if name not in ("step", "notes_per_second"):
            axes.plot([int(r["step"]) for r in rows], [float(r[name]) for r in rows], label=name, lw=1.2)
    axes.set(xlabel="updates", ylabel="bits per note", title="Music transformer")
    axes.legend(fontsize=7)
    figure.savefig(out, dpi=130)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="cache file, or a folder of its shards")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true", help="go on from RUN/checkpoint")
    parser.add_argument("--init", type=Path, metavar="MODEL", help="start from a folder of trained weights")
    parser.add_argument("--finish", type=int, metavar="UPDATES", help="let the rate fall over so many updates, and end")
    parser.add_argument("--shares", type=int, help="parts of an update, each of `batch` crops (one a process)")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a training field")
    parser.add_argument(
        "--compile", action="store_true", help="fuse the backbone with torch.compile (needs a compiler)"
    )
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="auto times both")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(argv)
    recipe = load_recipe(options.recipe, dict(item.split("=", 1) for item in options.set))
    print(json.dumps(asdict(recipe)), file=sys.stderr)
    device = torch.device(options.device)
    if device.type == "cuda" and "LOCAL_RANK" in os.environ:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    numbers = own_shares(options.shares)
    train(
        recipe,
        load_shares(options.cache, numbers, options.shares or int(os.environ.get("WORLD_SIZE", "1"))),
        options.out,
        resume=options.resume,
        device=device,
        fuse=options.compile,
        init=options.init,
        finish=options.finish,
        precision=None if options.precision == "auto" else getattr(torch, options.precision),
    )


if __name__ == "__main__":
    main()
