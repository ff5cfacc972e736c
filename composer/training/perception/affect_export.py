"""Fitted affect regressions as a file that `composer.perception.affect` reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from composer.files import atomic_write
from composer.perception.affect import EMOTIONS, FINE_EMOTIONS, FORMAT
from composer.perception.kernel_regression import STEP
from composer.training.perception.affect_material import Material
from composer.training.perception.nested import Recipe, restoration, width_of
from composer.training.perception.rated import Array

__all__ = ["Fitted", "write"]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The paintings' regression.

    Attributes
    ----------
    recipe : its kernel.
    duals, bias, ridges : (n, k), (k,), (k,).
    held : (divisions n, k): predictions by which it was chosen; they set how values are restored.
    usual : (19,): the average painting's distribution over the fine emotions.
    """

    recipe: Recipe
    duals: Array
    bias: Array
    ridges: Array
    held: Array
    usual: Array


def _regression(material: Material, name: str, recipe: Recipe, duals: Array, bias: Array) -> tuple[Any, dict[str, Any]]:
    """Return the layout and the tensors of a regression on paintings or photographs."""
    n = material.ratings.paintings
    rows = slice(0, n) if name == "paintings" else slice(n, None)
    whole = slice(0, n) if name == "paintings" else slice(None)  # the rows that the width was taken from
    layout: list[dict[str, Any]] = []
    tensors: dict[str, Any] = {f"{name}.duals": np.float32(duals), f"{name}.bias": np.float32(bias)}
    for block in recipe.blocks():
        mean, spread = material.standard[block]
        seen = material.blocks[block]
        layout.append({"name": block, "width": recipe.narrowness * width_of(seen[whole])})
        tensors |= {
            f"{name}.{block}.mean": np.float32(mean),
            f"{name}.{block}.spread": np.float32(spread),
            f"{name}.{block}.supports": np.clip(np.round(seen[rows] * STEP), -127, 127).astype(np.int8),
        }
    return {"blocks": layout, "terms": recipe.terms()}, tensors


def write(path: Path, material: Material, fitted: Fitted, spread: float) -> None:
    """Write the regressions and how their values are restored."""
    from safetensors.numpy import save_file

    paintings, tensors = _regression(material, "paintings", fitted.recipe, fitted.duals, fitted.bias)
    photographs, more = _regression(material, "photographs", *material.photographs)
    truth = np.tile(material.targets[:, :2], (len(fitted.held) // len(material.targets), 1))
    gain, centre, shift, error = restoration(fitted.held[:, :2], truth, spread)
    tensors |= more | {
        "wording.weights": material.wording.weights,
        "wording.bias": material.wording.bias,
        "gain": np.float32(gain),
        "centre": np.float32(centre),
        "shift": np.float32(shift),
        "error": np.float32(error),
        "usual": np.float32(fitted.usual),
    }
    layout = {"paintings": paintings, "photographs": photographs, "wording": material.wording.block}
    metadata = {
        "format": FORMAT,
        "emotions": json.dumps([*EMOTIONS, *FINE_EMOTIONS]),
        "layout": json.dumps(layout),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as part:
        save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, part, metadata=metadata)
