"""The regions of a picture that moved its reading: each is blurred away in turn, and the embedding's change measured.

Occlusion after Zeiler & Fergus (2014), with a blurred copy of the picture as the cover instead of grey: a grey square
is itself something to see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from composer.perception.encoder import ImageTextEncoder
    from composer.types import Painting

__all__ = ["CELLS", "influence_map"]

CELLS = 8
"""Cells along each side; a cover is two cells wide and high, covers overlap by half."""
_SIDE = 320
_BLUR_SHARE = 0.12
"""Radius of the blur as a share of the long side: shapes go, the ground's colour stays."""


def influence_map(
    painting: Painting, encoder: ImageTextEncoder, *, progress: Callable[[float], None] | None = None
) -> NDArray[np.float32]:
    """Measure how much each cell of a picture moves the encoder's reading.

    Parameters
    ----------
    painting : the picture.
    encoder : the one whose reading is to be explained.
    progress : called with the share of the work done, in [0, 1].

    Returns
    -------
    ndarray
        float32 (CELLS, CELLS), row 0 on top: mean of 1 - cosine between the whole picture's embedding and
        the embeddings with the cell covered; 0 where covering changes nothing.
    """
    small = _shrunk(painting)
    cover = _blurred(small.rgb)
    whole = encoder.embed_image(small)
    height, width = small.rgb.shape[:2]
    rows, columns = (np.linspace(0, side, CELLS + 1).round().astype(int) for side in (height, width))
    total, count = np.zeros((CELLS, CELLS)), np.zeros((CELLS, CELLS))
    steps = [(i, j) for i in range(CELLS - 1) for j in range(CELLS - 1)]
    for number, (i, j) in enumerate(steps):
        rgb = small.rgb.copy()
        place = (slice(rows[i], rows[i + 2]), slice(columns[j], columns[j + 2]))
        rgb[place] = cover[place]
        change = max(0.0, 1.0 - float(whole @ encoder.embed_image(replace(small, rgb=rgb))))
        total[i : i + 2, j : j + 2] += change
        count[i : i + 2, j : j + 2] += 1
        if progress is not None:
            progress((number + 1) / len(steps))
    return (total / count).astype(np.float32)


def _shrunk(painting: Painting) -> Painting:
    """Encoders look at a few hundred pixels: a smaller copy reads the same and is covered faster."""
    from PIL import Image

    picture = Image.fromarray(painting.rgb)
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    return replace(painting, rgb=np.array(picture, dtype=np.uint8))


def _blurred(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from PIL import Image, ImageFilter

    radius = _BLUR_SHARE * max(rgb.shape[:2])
    return np.array(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(radius)), dtype=np.uint8)
