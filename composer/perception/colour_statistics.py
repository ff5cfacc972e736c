"""Colours, light and their arrangement as a row of numbers, for the regression to valence and arousal.

`composer.perception.palette` says about a picture's colours what a person would; this says what a regression can use.

Conventions
-----------
* Everything is computed in CIELAB on a copy of `SIDE` by `SIDE` pixels, so the numbers hardly depend on resolution.
* L is lightness in 0..100, C chroma, h the hue angle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.perception.palette import rgb_to_lab

__all__ = ["COUNT", "SIDE", "colour_statistics"]

SIDE = 48
COUNT = 54
"""How many numbers there are."""

_HUES = 10
_GREY = 2.0
"""Chroma added to the total when shares of hues are taken, so that a grey picture has no hue."""


def colour_statistics(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Measure a picture.

    Parameters
    ----------
    rgb : uint8 array of shape (H, W, 3).

    Returns
    -------
    ndarray
        float32 (54,): quantiles of L and C, shares of dark, bright, vivid and grey pixels, chroma per hue (as a share
        and as a mean), vertical, central and overall unevenness of L, C, a*, b* on a 3 by 3 grid, means and deviations,
        horizontal and vertical detail.
    """
    from PIL import Image

    small = Image.fromarray(rgb).resize((SIDE, SIDE), Image.Resampling.BOX)
    lab = rgb_to_lab(np.asarray(small))  # (SIDE, SIDE, 3)
    lightness, green_red, blue_yellow = lab[..., 0], lab[..., 1], lab[..., 2]
    chroma = np.hypot(green_red, blue_yellow)
    down, across = (float(np.abs(np.diff(lightness, axis=axis)).mean()) for axis in (0, 1))
    planes = (lightness, chroma, green_red, blue_yellow)
    numbers = [
        *_quantiles(lightness),
        *_quantiles(chroma),
        (lightness < 25).mean(),
        (lightness > 75).mean(),
        (chroma > 40).mean(),
        (chroma < 8).mean(),
        *_hues(np.arctan2(blue_yellow, green_red), chroma),
        *(value for plane in planes for value in _arrangement(plane)),
        green_red.mean(),
        blue_yellow.mean(),
        *(plane.std() for plane in planes),
        down,
        across,
    ]
    return np.array(numbers, dtype=np.float32)


def _quantiles(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what `np.percentile` does at 5, 25, 50, 75 and 95 %, without the import of `numpy.ma` that costs."""
    ordered = np.sort(plane, axis=None)
    place = np.array((0.05, 0.25, 0.5, 0.75, 0.95)) * (len(ordered) - 1)
    below = place.astype(np.int64)
    share, low, high = place - below, ordered[below], ordered[below + 1]
    return np.where(share < 0.5, low + (high - low) * share, high - (high - low) * (1 - share))


def _hues(hue: NDArray[np.float64], chroma: NDArray[np.float64]) -> list[float]:
    """Return per tenth of the hue circle its share of the chroma, then its mean chroma over the picture."""
    place = ((hue + np.pi) / (2 * np.pi) * _HUES).astype(int) % _HUES
    sums = np.bincount(place.ravel(), weights=chroma.ravel(), minlength=_HUES)
    return [*(sums / (chroma.sum() + _GREY * chroma.size)), *(sums / chroma.size)]


def _arrangement(plane: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return top less bottom, centre less the whole, and the deviation over a 3 by 3 grid."""
    third = SIDE // 3
    grid = plane.reshape(3, third, 3, third).mean(axis=(1, 3))
    return float(grid[0].mean() - grid[2].mean()), float(grid[1, 1] - plane.mean()), float(grid.std())
