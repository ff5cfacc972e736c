"""Valence, arousal and emotions from what the painting encoder sees and from the palette.

A ridge regression fitted by ``composer.training.perception.fit_affect``; the card ``docs/models-perception.md`` says on
what, and how well it does.

Conventions
-----------
* Valence and arousal are in [-1, 1]. Arousal 0 is the median painting.
* A regression's predictions spread less than what it predicts. The spread is restored by a linear map (stored with
  the weights), so that different paintings come out as different as people rate them; the standard errors grow with
  it and are given for the restored values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from composer.errors import AssetError
from composer.perception.encoder import read_safetensors

if TYPE_CHECKING:
    from composer.types import Palette

__all__ = ["EMOTIONS", "Affect", "AffectModel", "describe_picture", "load_affect_model"]

EMOTIONS = ("happy", "angry", "sad", "fun", "neutral")
"""Names of the emotions, in the order of the weights' rows."""

_FILE = "painting-encoder/affect.safetensors"
_LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Affect:
    """A reading: `valence` and `arousal` in [-1, 1] with standard errors, `emotions` adding up to 1."""

    valence: float
    arousal: float
    valence_sd: float
    arousal_sd: float
    emotions: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectModel:
    """Weights of the regression.

    Attributes
    ----------
    mean, spread : float32 (D,): the inputs' standardisation.
    weights : float32 (2 + len(EMOTIONS), D): valence, arousal, then the emotions.
    bias : float32 (2 + len(EMOTIONS),).
    centre, gain, shift : float32 (2,): the restored value is ``shift + gain * (raw - centre)``.
    error : float32 (2,): standard errors of the restored values.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    centre: NDArray[np.float32]
    gain: NDArray[np.float32]
    shift: NDArray[np.float32]
    error: NDArray[np.float32]

    def predict(self, picture: NDArray[np.float32]) -> Affect:
        """Read a picture described by `describe_picture`, shape (D,)."""
        raw = self.weights @ ((picture - self.mean) / self.spread) + self.bias
        valence, arousal = np.clip(self.shift + self.gain * (raw[:2] - self.centre), -1.0, 1.0)
        shares = np.maximum(raw[2:], _LEAST_SHARE)
        shares = shares / shares.sum()
        return Affect(
            valence=float(valence),
            arousal=float(arousal),
            valence_sd=float(self.error[0]),
            arousal_sd=float(self.error[1]),
            emotions={name: float(share) for name, share in zip(EMOTIONS, shares, strict=True)},
        )


def describe_picture(
    features: NDArray[np.float32], embedding: NDArray[np.float32], palette: Palette
) -> NDArray[np.float32]:
    """Return the regression's input: encoder features, embedding, palette statistics; float32 (D,)."""
    colours = (
        palette.lightness,
        palette.contrast,
        palette.saturation,
        palette.warmth,
        palette.complexity,
        palette.symmetry,
        palette.openness,
    )
    return np.concatenate([features, embedding, np.array(colours)]).astype(np.float32)


@lru_cache(maxsize=1)
def load_affect_model() -> AffectModel:
    """Read the embedded regression.

    Raises
    ------
    AssetError
        The file is missing, damaged or of another make.
    """
    tensors, metadata = read_safetensors(_FILE)
    if json.loads(metadata.get("emotions", "[]")) != list(EMOTIONS):
        raise AssetError(f"{_FILE}: has other emotions than {', '.join(EMOTIONS)}")
    return AffectModel(**{name: tensor.numpy() for name, tensor in tensors.items()})
