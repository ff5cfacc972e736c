"""Saliency, coarse: where a picture draws the eye by colour contrast and detail.

Frequency-tuned colour contrast (Achanta et al., CVPR 2009): how far a place's blurred colour lies from the picture's
mean, in CIELAB; with the detail there, and a mild lean to the middle, where painters put what matters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.perception.palette import rgb_to_lab

__all__ = ["SIDE", "saliency_map"]

SIDE = 48
"""Side of the map."""

_BLUR_SHARE = 0.02
_DETAIL = 0.5
_MIDDLE = 0.35


def saliency_map(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how much each place stands out, float64 (SIDE, SIDE) in [0, 1], of uint8 (H, W, 3)."""
    from PIL import Image, ImageFilter

    picture = Image.fromarray(rgb)
    soft = picture.filter(ImageFilter.GaussianBlur(max(1.0, _BLUR_SHARE * max(picture.size))))
    lab = rgb_to_lab(np.asarray(soft.resize((SIDE, SIDE), Image.Resampling.BOX)))
    contrast = np.sqrt(((lab - lab.mean((0, 1))) ** 2).sum(-1))
    fine = rgb_to_lab(np.asarray(picture.resize((4 * SIDE, 4 * SIDE), Image.Resampling.BOX)))[..., 0]
    detail = fine.reshape(SIDE, 4, SIDE, 4).std(axis=(1, 3))
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    total = _scaled(contrast) + _DETAIL * _scaled(detail)
    found: NDArray[np.float64] = _scaled(total * (1 - _MIDDLE * np.hypot(rows, columns) / np.sqrt(2)))
    return found


def _scaled(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    span = float(np.ptp(plane))
    return (plane - plane.min()) / span if span > 1e-9 else np.zeros_like(plane)
