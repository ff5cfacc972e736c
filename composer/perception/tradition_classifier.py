"""The tradition of painting a picture comes from, read from how it is painted rather than from what it shows.

A small regression on the image tower's early and middle layers, which see line, texture and ground; the last layers,
trained on European titles, have forgotten them. ``composer.training.perception.fit_traditions`` fits it; the card
``docs/models-perception.md`` says on how few works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from composer.perception import vocabulary
from composer.perception.tensors import read_fitted
from composer.perception.words import KEPT, Ranking

__all__ = ["BLOCKS", "TRADITIONS_FILE", "TraditionModel", "load_tradition_model", "picture_vector"]

TRADITIONS_FILE = "painting-encoder/traditions.safetensors"
BLOCKS = ("early", "middle")
"""What is read of the embedded encoder's look at a picture."""


def picture_vector(blocks: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the regression's input, float32 (D,)."""
    return np.concatenate([blocks[name] for name in BLOCKS]).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraditionModel:
    """Weights of the regression.

    Attributes
    ----------
    mean, spread : float32 (D,): the input's standardisation.
    vectors : float32 (N, D), a row per tradition of the vocabulary.
    bias : float32 (N,).
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    vectors: NDArray[np.float32]
    bias: NDArray[np.float32]

    def rank(self, blocks: Mapping[str, NDArray[np.float32]]) -> Ranking:
        """Rank all traditions; the confidences of all together add up to 1.

        Parameters
        ----------
        blocks : the embedded encoder's look at the picture, with `BLOCKS` in it.
        """
        return self.rank_vector(picture_vector(blocks))

    def rank_vector(self, picture: NDArray[np.float32]) -> Ranking:
        """Rank all traditions for a picture described by `picture_vector`, shape (D,)."""
        logits = self.vectors @ ((picture - self.mean) / self.spread) + self.bias
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        order = np.argsort(-shares, kind="stable")[:KEPT]
        names = vocabulary.tradition_names()
        return tuple((names[i], float(shares[i])) for i in order)


@lru_cache(maxsize=1)
def load_tradition_model() -> TraditionModel:
    """Read the embedded regression.

    Raises
    ------
    AssetError
        The file is missing, damaged or made for another vocabulary.
    """
    wanted = list(vocabulary.tradition_names())
    tensors, _ = read_fitted(TRADITIONS_FILE, names="traditions", wanted=wanted, program="fit_traditions")
    return TraditionModel(**tensors)
