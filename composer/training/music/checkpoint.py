"""The checkpoint of a training: network, optimisers and position, all safetensors and JSON.

A new one is written beside the old one and takes its place by renaming; a run that is stopped between the two renames
finds the older one under ``checkpoint.old``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

from composer.training.music.network import MusicNetwork, save_network
from composer.training.music.optimiser import Optimisers

__all__ = ["load_optimisers", "newest", "save_checkpoint"]


def newest(folder: Path) -> Path:
    """The checkpoint itself, or the older one where the last writing was interrupted."""
    old = folder.with_name(folder.name + ".old")
    return old if not folder.is_dir() and old.is_dir() else folder


def save_checkpoint(folder: Path, network: MusicNetwork, optimisers: Optimisers, step: int) -> None:
    """Write a checkpoint after ``step`` updates."""
    new, old = (folder.with_name(folder.name + ending) for ending in (".part", ".old"))
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
    shutil.rmtree(old, ignore_errors=True)
    if folder.is_dir():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_optimisers(folder: Path, optimisers: Optimisers) -> int:
    """Restore the optimisers; return how many updates the checkpoint has behind it."""
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
