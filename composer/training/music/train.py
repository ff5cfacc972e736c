"""Train the music transformer from a TOML recipe; resumable from its checkpoint, on a CPU, one GPU or several.

``python -m composer.training.music.train --recipe R.toml --cache CACHE.npz --out RUN [--resume] [--set steps=9000]``

``--init MODEL`` starts from trained weights (`load_network`) instead of random ones. Several processes share each
update under ``torchrun --nproc-per-node N -m composer.training.music.train ...``: every process draws its own crops,
gradients are averaged, the first process writes.

Writes to RUN: ``checkpoint/`` (network, optimiser and position, all safetensors and JSON), ``losses.csv``,
``losses.png`` and, at the end, ``model/`` (what goes into ``composer/weights/music``).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import sys
import time
import tomllib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, distributed

from composer.training.music.batches import Cache, load_cache, make_batch, sample_windows
from composer.training.music.network import MusicNetwork, NetworkConfig, load_network, save_network

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

    def rate(self, step: int) -> float:
        """Learning rate at an update: linear warm-up, constant, linear decay to a twentieth."""
        warm = min(1.0, (step + 1) / self.warmup)
        left = (self.steps - step) / max(1.0, self.decay * self.steps)
        return self.learning_rate * warm * max(0.05, min(1.0, left))


def load_recipe(path: Path, changes: dict[str, str] | None = None) -> Recipe:
    """Read a recipe; ``changes`` override fields of its ``[training]`` table."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    recipe = Recipe(network=NetworkConfig(**data["network"]), **data["training"])
    for name, text in (changes or {}).items():
        recipe = replace(recipe, **{name: type(getattr(recipe, name))(text)})
    return recipe


# ------------------------------------------------------------------------------------------- one update


def batch_losses(network: MusicNetwork, cache: Cache, windows: list[int], length: int, rng: np.random.Generator, *,
                 hide: bool, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """Summed losses of one batch (see `MusicNetwork.losses`)."""
    batch = make_batch(cache, windows, length, rng, hide=hide)
    steps, target, conditions, root, quality, valid = (
        torch.from_numpy(x).to(device)
        for x in (batch.steps, batch.target, batch.conditions, batch.root, batch.quality, batch.valid)
    )
    with torch.autocast(device.type, dtype=torch.bfloat16):
        embedded = network.conditions(conditions.flatten(0, 1)).unflatten(0, conditions.shape[:2])
        return network.losses(steps, embedded, target, root, quality, valid)


@torch.no_grad()
def validate(network: MusicNetwork, cache: Cache, *, split: int, windows: int, length: int,
             device: torch.device) -> dict[str, float]:  # fmt: skip
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
            losses = batch_losses(network, cache, chosen[first : first + 8], length, rng, hide=False, device=device)
            sums += [float(x) for x in losses]
        out[source] = float(sums[:3].sum() * _BITS / sums[3])
        total += sums[:3].sum() * _BITS
        notes += int(sums[3])
    network.train()
    return out | {"all": total / notes}


# ------------------------------------------------------------------------------------------ checkpoints


_Optimisers = tuple[torch.optim.Muon, torch.optim.AdamW]


def _save_checkpoint(folder: Path, network: MusicNetwork, optimisers: _Optimisers, step: int) -> None:
    new = folder.with_name(folder.name + ".part")
    shutil.rmtree(new, ignore_errors=True)
    save_network(network, new, half=False)
    tensors = {
        f"{number}.{index}.{key}": value
        for number, optimiser in enumerate(optimisers)
        for index, row in optimiser.state_dict()["state"].items()
        for key, value in row.items()
    }
    save_file(tensors, new / "optimiser.safetensors")
    (new / "progress.json").write_text(json.dumps({"step": step}))
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(new, folder)


def _load_optimisers(folder: Path, optimisers: _Optimisers) -> int:
    saved = load_file(folder / "optimiser.safetensors")
    for number, optimiser in enumerate(optimisers):
        state = optimiser.state_dict()
        state["state"] = {}
        for name, value in saved.items():
            owner, index, key = name.split(".")
            if int(owner) == number:
                state["state"].setdefault(int(index), {})[key] = value
        optimiser.load_state_dict(state)
    return int(json.loads((folder / "progress.json").read_text())["step"])


def _optimisers(network: MusicNetwork, recipe: Recipe) -> _Optimisers:
    """Muon (K. Jordan et al. 2024) for the backbone's matrices, at AdamW's scale; AdamW for all else."""
    matrices = [p for n, p in network.named_parameters() if p.dim() == 2 and "backbone.layers" in n]
    chosen = {id(p) for p in matrices}
    others = [p for p in network.parameters() if id(p) not in chosen]
    return (
        torch.optim.Muon(
            matrices, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw"
        ),
        torch.optim.AdamW(others, lr=recipe.learning_rate, weight_decay=0.0, betas=(0.9, 0.95), fused=True),
    )


# -------------------------------------------------------------------------------------- several processes


def _join_others(device: torch.device) -> int:
    """Join the processes that torchrun started; return this one's number, 0 when it is alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return 0
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return distributed.get_rank()


def _average_gradients(network: MusicNetwork) -> None:
    if distributed.is_initialized():
        count = distributed.get_world_size()
        for parameter in network.parameters():
            if parameter.grad is not None:
                distributed.all_reduce(parameter.grad)
                parameter.grad /= count


# ------------------------------------------------------------------------------------------------- loop


@dataclass(slots=True)
class _Progress:
    """What has been trained since the last line of the log."""

    bits: float = 0.0
    notes: int = 0
    began: float = 0.0

    def speed(self) -> float:
        """Notes per second, of all processes together."""
        processes = distributed.get_world_size() if distributed.is_initialized() else 1
        return processes * self.notes / (time.monotonic() - self.began)


def train(
    recipe: Recipe,
    cache: Cache,
    out: Path,
    *,
    resume: bool,
    device: torch.device,
    fuse: bool = False,
    init: Path | None = None,
) -> MusicNetwork:
    """Run the recipe; see the module's text for what appears in ``out``."""
    rank = _join_others(device)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "checkpoint"
    torch.manual_seed(recipe.seed)
    network = load_network(checkpoint) if resume else load_network(init) if init else MusicNetwork(recipe.network)
    network = network.to(device).train()
    if fuse:
        network.backbone.compile(dynamic=False)
    optimisers = _optimisers(network, recipe)
    start = _load_optimisers(checkpoint, optimisers) if resume else 0
    log = out / "losses.csv"
    if not resume and rank == 0:
        log.write_text("step,notes_per_second,train_bits_per_note," + ",".join((*cache.sources, "all")) + "\n")
    progress = _Progress(began=time.monotonic())
    for step in range(start, recipe.steps):
        _update(network, optimisers, recipe, cache, step, rank, progress, device)
        if (step + 1) % 50 == 0 and rank == 0:
            text = f"{progress.bits / progress.notes:.3f} bits/note {progress.speed():.0f} notes/s"
            print(f"{step + 1}/{recipe.steps} {text}", file=sys.stderr)
        if rank == 0 and ((step + 1) % recipe.validate_every == 0 or step + 1 == recipe.steps):
            _log(log, network, cache, recipe, step + 1, progress, device)
            _save_checkpoint(checkpoint, network, optimisers, step + 1)
            progress = _Progress(began=time.monotonic())
    if rank == 0:
        save_network(network, out / "model")
        _plot(log, out / "losses.png")
    if distributed.is_initialized():
        distributed.destroy_process_group()
    return network


def _update(
    network: MusicNetwork,
    optimisers: _Optimisers,
    recipe: Recipe,
    cache: Cache,
    step: int,
    rank: int,
    progress: _Progress,
    device: torch.device,
) -> None:
    """One optimiser update on crops that depend on the recipe's seed, the step and the process alone."""
    rng = np.random.default_rng((recipe.seed, step, rank))
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate(step)
    windows = sample_windows(cache, 0, recipe.batch * recipe.length, recipe.length, rng)
    *losses, count = batch_losses(network, cache, windows, recipe.length, rng, hide=True, device=device)
    loss = torch.stack(losses).sum() / count
    loss.backward()
    _average_gradients(network)
    torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
    for optimiser in optimisers:
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    progress.bits += float(loss.detach()) * _BITS * int(count)
    progress.notes += int(count)


def _log(
    log: Path,
    network: MusicNetwork,
    cache: Cache,
    recipe: Recipe,
    step: int,
    progress: _Progress,
    device: torch.device,
) -> None:
    """Validate and add a line to the log."""
    scores = validate(network, cache, split=1, windows=24, length=recipe.length, device=device)
    with log.open("a", newline="") as file:
        row = [scores.get(name, float("nan")) for name in (*cache.sources, "all")]
        text = [step, f"{progress.speed():.0f}", f"{progress.bits / progress.notes:.4f}", *(f"{x:.4f}" for x in row)]
        csv.writer(file).writerow(text)


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
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true", help="go on from RUN/checkpoint")
    parser.add_argument("--init", type=Path, metavar="MODEL", help="start from a folder of trained weights")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a training field")
    parser.add_argument(
        "--compile", action="store_true", help="fuse the backbone with torch.compile (needs a compiler)"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(argv)
    recipe = load_recipe(options.recipe, dict(item.split("=", 1) for item in options.set))
    print(json.dumps(asdict(recipe)), file=sys.stderr)
    device = torch.device(options.device)
    if device.type == "cuda" and "LOCAL_RANK" in os.environ:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    cache = load_cache(options.cache)
    train(
        recipe,
        cache,
        options.out,
        resume=options.resume,
        device=device,
        fuse=options.compile,
        init=options.init,
    )


if __name__ == "__main__":
    main()
