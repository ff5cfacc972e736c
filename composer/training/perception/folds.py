"""Folds that divide no artist or theme, and kernel ridge regressions on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.training.perception.rated import Array

__all__ = ["FOLDS", "Rows", "folds_of", "solve"]

FOLDS = 5
Rows = NDArray[np.intp]
"""Numbers of rows, or of units per row."""


def folds_of(units: Rows, seed: int) -> Rows:
    """Return each row's fold; rows of one unit share it."""
    numbers = np.unique(units, return_inverse=True)[1]
    fold: Rows = (np.random.default_rng(seed).permutation(numbers.max() + 1) % FOLDS)[numbers]
    return fold


def solve(matrix: Array, y: Array, ridges: Array) -> tuple[Array, Array]:
    """Return duals (n, k) and bias (k,) of kernel ridge regressions of y (n, k), one ridge per output."""
    values, vectors = np.linalg.eigh(matrix)
    bias = y.mean(0)
    duals: Array = vectors @ ((vectors.T @ (y - bias)) / (values[:, None] + ridges))
    return duals, bias
