"""The kind of a picture: medium, genre, style, and the feeling that titles of such pictures have.

Small networks on everything the image tower and the colours say of a picture, trained by
``composer.training.perception.fit_heads``.

Conventions
-----------
* A *picture vector* is the tower's outputs without its classes, the features under a square root, and the colours.
* Shares add up to 1 within medium, genre and style.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from composer.perception.tensors import read_fitted

__all__ = [
    "BLOCKS",
    "GENRES",
    "HEADS_FILE",
    "MEDIA",
    "STYLES",
    "TITLE_FEELINGS",
    "PictureHeads",
    "PictureKind",
    "gelu",
    "load_picture_heads",
    "picture_vector",
]

HEADS_FILE = "painting-encoder/heads.safetensors"
BLOCKS = ("early", "middle", "middle_spread", "late", "features", "colour")

MEDIA = ("painting", "photograph", "blank", "graphic")
"""Painting or drawing; photograph; nothing to see (plain, graded, noise, test card); screen, diagram or text page."""

GENRES = {
    "abstract_painting": "an abstract composition",
    "cityscape": "a city view",
    "genre_painting": "a scene of daily life",
    "illustration": "an illustration",
    "landscape": "a landscape",
    "nude_painting": "a nude",
    "portrait": "a portrait",
    "religious_painting": "a religious scene",
    "sketch_and_study": "a sketch",
    "still_life": "a still life",
}
"""Genre as ``genres.csv`` names it -> the phrase that a caption says."""

STYLES = {
    "abstract expressionism": "abstract",
    "art nouveau": "Art Nouveau",
    "baroque": "Baroque",
    "cubism": "Cubist",
    "expressionism": "Expressionist",
    "fauvism": "Fauvist",
    "impressionism": "Impressionist",
    "minimalism": "abstract",
    "naive art primitivism": "naive",
    "pointillism": "Pointillist",
    "pop art": "Pop Art",
    "post impressionism": "Post-Impressionist",
    "rococo": "Rococo",
    "romanticism": "Romantic",
    "symbolism": "Symbolist",
    "ukiyo e": "Japanese woodblock print",
}
"""Style as the collections name it -> the vocabulary's word; Ukiyo-e is a tradition there."""


TITLE_FEELINGS = 31
"""Numbers of what titles of such pictures make people feel: valence and arousal by title alone and before the work, and
the heads of `composer.perception.text_affect` for titles; each in units of its deviation over works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureKind:
    """Shares per medium (`MEDIA`), genre (`GENRES`) and style (`STYLES`), and the titles' feelings.

    Attributes
    ----------
    medium, genre, style : name -> share.
    titles : float32 (`TITLE_FEELINGS`,): what the titles of such pictures make people feel.
    """

    medium: Mapping[str, float]
    genre: Mapping[str, float]
    style: Mapping[str, float]
    titles: NDArray[np.float32]


def picture_vector(blocks: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return the picture vector, float32 (..., 2518), of blocks (..., D)."""
    parts = [np.sqrt(np.maximum(blocks[name], 0) + 1e-3) if name == "features" else blocks[name] for name in BLOCKS]
    return np.concatenate(parts, axis=-1).astype(np.float32)


def gelu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the Gaussian error linear unit in its tangent form (Hendrycks & Gimpel 2016)."""
    found: NDArray[np.float32] = 0.5 * x * (1 + np.tanh(np.float32(0.7978845608) * (x + np.float32(0.044715) * x**3)))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHeads:
    """Weights, float32; D = 2518.

    Attributes
    ----------
    mean, spread : (D,): the standardisation.
    hidden_weight, hidden_bias : (H, D), (H,).
    genre_weight, genre_bias, style_weight, style_bias : on the hidden layer.
    medium_weight, medium_bias : on the standardised vector.
    titles_hidden_weight, titles_hidden_bias, titles_weight, titles_bias : the two layers of the titles' feelings.
    first, first_bias, second : (2E, D), (2E,), (E, 2E): the embedding's two layers.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    hidden_weight: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    genre_weight: NDArray[np.float32]
    genre_bias: NDArray[np.float32]
    style_weight: NDArray[np.float32]
    style_bias: NDArray[np.float32]
    medium_weight: NDArray[np.float32]
    medium_bias: NDArray[np.float32]
    titles_hidden_weight: NDArray[np.float32]
    titles_hidden_bias: NDArray[np.float32]
    titles_weight: NDArray[np.float32]
    titles_bias: NDArray[np.float32]
    first: NDArray[np.float32]
    first_bias: NDArray[np.float32]
    second: NDArray[np.float32]

    def standard(self, blocks: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the standardised picture vector, (D,)."""
        found: NDArray[np.float32] = (picture_vector(blocks) - self.mean) / self.spread
        return found

    def read(self, blocks: Mapping[str, NDArray[np.float32]]) -> PictureKind:
        """Read a picture described by the tower's blocks and ``colour``."""
        x = self.standard(blocks)
        hidden = gelu(self.hidden_weight @ x + self.hidden_bias)
        return PictureKind(
            medium=_shares(MEDIA, self.medium_weight @ x + self.medium_bias),
            genre=_shares(tuple(GENRES), self.genre_weight @ hidden + self.genre_bias),
            style=_shares(tuple(STYLES), self.style_weight @ hidden + self.style_bias),
            titles=self.titles(x),
        )

    def titles(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the titles' feelings, (..., `TITLE_FEELINGS`), of standardised picture vectors (..., D)."""
        hidden = gelu(x @ self.titles_hidden_weight.T + self.titles_hidden_bias)
        found: NDArray[np.float32] = hidden @ self.titles_weight.T + self.titles_bias
        return found

    def embed(self, blocks: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the embedding, (E,), unit length, of a picture described by the tower's blocks and ``colour``."""
        hidden = gelu(self.first @ self.standard(blocks) + self.first_bias)
        embedding = self.second @ hidden
        found: NDArray[np.float32] = embedding / max(float(np.linalg.norm(embedding)), 1e-9)
        return found


def _shares(names: tuple[str, ...], logits: NDArray[np.float32]) -> dict[str, float]:
    shares = np.exp(logits - logits.max())
    return dict(zip(names, (shares / shares.sum()).tolist(), strict=True))


@lru_cache(maxsize=1)
def load_picture_heads() -> PictureHeads:
    """Read the embedded weights.

    Raises
    ------
    AssetError
        The file is missing, damaged or of another make.
    """
    wanted = [list(MEDIA), list(GENRES), list(STYLES), list(BLOCKS)]
    tensors, _ = read_fitted(HEADS_FILE, names="names", wanted=wanted, program="fit_heads")
    return PictureHeads(**{name: tensors[name] for name in PictureHeads.__dataclass_fields__})
