"""The sentence encoder as a file for the page, so that free sentences are understood there without a server.

Conventions
-----------
* The table of the encoder is stored in four bits a number (-7..7, stored plus 8, two a byte, the lower half first),
  with one scale a row; layers are float32, little-endian. All arrays are base 64.
* The projection into the space of the pictures is multiplied into the last layers; the vectors lose only their length.
"""

from __future__ import annotations

import base64
import json

import numpy as np
from numpy.typing import NDArray

from composer.sentences import GROUP_ROWS, PAIR_ROWS, WORD_ROWS, load_sentence_weights

__all__ = ["encoder_script", "four_bits"]

_MOST = 7
_CLIPS = (1.0, 0.9, 0.8, 0.7, 0.6)
"""Shares of a row's largest number that are tried as its range."""


def encoder_script(projection: NDArray[np.float32]) -> str:
    """A script that sets ``galleryWords``.

    Parameters
    ----------
    projection : array, float32, shape (D, 384)
        From the sentence encoder's space to that of the pictures.

    Raises
    ------
    AssetError
        The sentence encoder is missing or damaged.
    """
    weights = load_sentence_weights()
    layers = weights.layers
    table, steps = four_bits(weights.table)
    content = {
        "width": table.shape[1],
        "rows": {"words": WORD_ROWS, "groups": GROUP_ROWS, "pairs": PAIR_ROWS},
        "table": _text((table[:, ::2] | (table[:, 1::2] << 4)).astype(np.uint8)),
        "scale": _floats(weights.scale * steps),
        "first": _floats(layers["first.weight"]),
        "firstBias": _floats(layers["first.bias"]),
        "skip": _floats(projection @ layers["skip.weight"]),
        "second": _floats(projection @ layers["second.weight"]),
        "bias": _floats(projection @ layers["second.bias"]),
    }
    return f"globalThis.galleryWords = {json.dumps(content)};\n"


def four_bits(table: NDArray[np.int8]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Round rows to fifteen steps; the range of each row is the one that errs least.

    Returns
    -------
    table : array, uint8, the shape of `table`
        Steps plus 8, in [1, 15].
    steps : array, float32, shape (rows,)
        What a step of a row is worth.
    """
    exact = table.astype(np.float32)
    widest = np.maximum(np.abs(exact).max(axis=1, keepdims=True), 1.0)
    found = np.zeros_like(exact)
    steps, least = np.ones_like(widest), np.full(len(exact), np.inf, dtype=np.float32)
    for clip in _CLIPS:
        step = widest * np.float32(clip / _MOST)
        rounded = np.clip(np.round(exact / step), -_MOST, _MOST)
        error = ((rounded * step - exact) ** 2).sum(axis=1)
        better = error < least
        found[better], steps[better], least[better] = rounded[better], step[better], error[better]
    return (found + 8).astype(np.uint8), steps[:, 0]


def _floats(array: NDArray[np.float32]) -> str:
    return _text(np.ascontiguousarray(array, dtype="<f4"))


def _text(array: NDArray[np.generic]) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")
