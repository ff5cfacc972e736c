"""Regression by likeness: a reading is a weighted sum over the pictures that people rated.

A picture is described by named *blocks* of numbers. In each block two pictures are alike by a Gaussian kernel,
``exp(-g |x - s|^2)``; their likeness is a weighted sum over *terms*, a term being one block or the product of several:
alike in both (C. Rasmussen & C. Williams, *Gaussian Processes for Machine Learning*, 2006, chapters 2 and 4).

Conventions
-----------
* Blocks are standardised: mean 0 and deviation 1 over the rated pictures.
* The rated pictures are kept as bytes, ``STEP`` to the unit, for the space; the error is far below that of the reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["STEP", "Block", "KernelRegression", "gaussian", "sum_of_terms"]

STEP = 16.0
"""Steps of the stored bytes to one standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One group of numbers that describe a picture.

    Attributes
    ----------
    name : under which it is found in a description.
    mean, spread : float32 (D,): the standardisation.
    supports : int8 (n, D): the rated pictures, standardised, times `STEP`.
    width : g of the kernel.
    """

    name: str
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    supports: NDArray[np.int8]
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelRegression:
    """Blocks and, per rated picture and output, how much it counts.

    Attributes
    ----------
    blocks : the description's parts.
    terms : pairs of a weight and the names of the blocks whose likenesses are multiplied.
    duals : float32 (n, k).
    bias : float32 (k,).
    """

    blocks: Sequence[Block]
    terms: Sequence[tuple[float, tuple[str, ...]]]
    duals: NDArray[np.float32]
    bias: NDArray[np.float32]

    def predict(self, seen: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Read a picture described by ``block -> numbers``; return float32 (k,)."""
        alike = {}
        for block in self.blocks:
            place = (seen[block.name] - block.mean) / block.spread
            alike[block.name] = gaussian(place[None], block.supports / np.float32(STEP), block.width)[0]
        likeness = sum_of_terms(alike, self.terms)
        found: NDArray[np.float32] = likeness @ self.duals + self.bias
        return found


def sum_of_terms(alike: Mapping[str, NDArray[Any]], terms: Sequence[tuple[float, tuple[str, ...]]]) -> NDArray[Any]:
    """Return the weighted sum over terms of the product of their blocks' likenesses."""
    total: NDArray[Any] = sum(weight * np.prod([alike[name] for name in names], axis=0) for weight, names in terms)
    return total


def gaussian(here: NDArray[np.floating], there: NDArray[np.floating], width: float) -> NDArray[np.floating]:
    """Return ``exp(-width |a - b|^2)`` for all pairs, shape (m, n), of rows of (m, D) and (n, D)."""
    squares = (here**2).sum(1)[:, None] + (there**2).sum(1)[None] - 2 * here @ there.T
    found: NDArray[np.floating] = np.exp(-width * np.maximum(squares, 0.0))
    return found
