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
from composer.training.perception.affect_material import NUMBERS, Material, in_units
from composer.training.perception.doubt import Doubt, fit_doubt
from composer.training.perception.nested import Recipe, gram, residuals_of, restoration, width_of
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
    doubt : of the restored values; that of the photographs' is fitted when the file is written.
    usual : (19,): the average painting's distribution over the fine emotions.
    """

    recipe: Recipe
    duals: Array
    bias: Array
    ridges: Array
    held: Array
    doubt: Doubt
    usual: Array


def _regression(material: Material, name: str, recipe: Recipe, duals: Array, bias: Array) -> tuple[Any, dict[str, Any]]:
    """Return the layout and the tensors of a regression on paintings or photographs."""
    n = material.ratings.paintings
    rows = slice(0, n) if name == "paintings" else slice(n, None)
    whole = rows  # the rows that the width was taken from
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

    paintings, tensors = _regression(
        material, "paintings", fitted.recipe, *_joined(fitted.duals, fitted.bias, fitted.doubt)
    )
    recipe, duals, bias = material.photographs
    n = material.ratings.paintings
    units = material.ratings.groups[n:]
    felt = in_units(*material.ratings.targets[n:].T)
    residuals = residuals_of(material.photographs_held, felt, spread)
    doubt = fit_doubt(gram(material.photograph_blocks(), recipe), residuals, units)
    photographs, more = _regression(material, "photographs", recipe, *_joined(duals, bias, doubt))
    tensors |= more | {
        "wording.weights": material.wording.weights,
        "wording.bias": material.wording.bias,
        "usual": np.float32(fitted.usual),
        **_restoring("paintings", fitted.held[:, list(NUMBERS.values())], material.numbers(), spread, fitted.doubt),
        **_restoring("photographs", material.photographs_held, felt, spread, doubt),
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


def _joined(duals: Array, bias: Array, doubt: Doubt) -> tuple[Array, Array]:
    """Return duals and bias with the doubts as two more outputs."""
    return np.column_stack([duals, doubt.duals]), np.concatenate([bias, doubt.bias])


def _restoring(name: str, held: Array, truth: Array, spread: float, doubt: Doubt) -> dict[str, Any]:
    gain, centre, shift, _ = restoration(held, np.tile(truth, (len(held) // len(truth), 1)), spread)
    values = {"gain": gain, "centre": centre, "shift": shift, "error": doubt.factor}
    return {f"{name}.{part}": np.float32(value) for part, value in values.items()}
