"""Valence and arousal of words, carried over to pictures.

An encoder of words and pictures places both in one space. A ridge regression there, fitted on the words that people
rated (Glasgow Norms, Scott et al. 2019), reads a picture as if it were a word. No rating of a picture is used.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import Wording
from composer.training.perception.rated import Array

__all__ = ["Ridge", "fit_ridge", "read_lexicon", "wording"]


_RIDGE = 30.0
"""Words are held out at r = .79 for valence and .69 for arousal with anything from 0.3 to 10; more ridge means coarser
directions, which is what a picture shares with words."""


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """A linear map: ``x @ weights + bias`` for x of shape (n, D)."""

    weights: Array
    bias: Array

    def predict(self, x: Array) -> Array:
        """Return (n, k)."""
        found: Array = x @ self.weights + self.bias
        return found


def fit_ridge(x: Array, y: Array, ridge: float) -> Ridge:
    """Fit ``y`` (n, k) on ``x`` (n, D), both centred first."""
    mean, middle = x.mean(0), y.mean(0)
    inner = x - mean
    weights = np.linalg.solve(inner.T @ inner + ridge * np.eye(x.shape[1]), inner.T @ (y - middle))
    return Ridge(weights=weights, bias=middle - mean @ weights)


def read_lexicon(data: Path) -> tuple[list[str], Array]:
    """Return the words of the Glasgow Norms and their valence and arousal, (n, 2), the scale 1..9 as -1..1."""
    with (data / "lexicons" / "glasgow_norms.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rated = np.array([[float(row["Valence"]), float(row["Arousal"])] for row in rows])
    return [row["Word"] for row in rows], (rated - 5) / 4


def wording(data: Path, embed: Callable[[list[str]], NDArray[np.float32]]) -> Wording:
    """Fit the lexicon in a space of words and pictures.

    Parameters
    ----------
    data : the data folder.
    embed : words -> embeddings (n, D), unit length, in the space that the block ``embedding`` is in.
    """
    words, rated = read_lexicon(data)
    fitted = fit_ridge(embed(words).astype(np.float64), rated, _RIDGE)
    return Wording(block="embedding", weights=fitted.weights.T.astype(np.float32), bias=fitted.bias.astype(np.float32))
