"""Colour and composition statistics of a picture.

Conventions
-----------
* Colours are compared in CIELAB (D65, 2 degree observer): L* in 0..100, a* green to red, b* blue to yellow.
* Everything is computed on a copy of at most `STUDY_SIDE` pixels, so the figures hardly depend on resolution.
* There is no randomness: the same pixels give the same palette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from composer.types import Palette, Swatch

if TYPE_CHECKING:
    from composer.types import Painting

__all__ = ["COLOUR_NAMES", "STUDY_SIDE", "colour_name", "read_palette", "rgb_to_lab"]

STUDY_SIDE = 96
"""Long side in pixels of the copy that is studied."""

COLOUR_NAMES: dict[str, str] = {
    "black": "#0b0b0b",
    "charcoal": "#36383b",
    "dark grey": "#555555",
    "grey": "#828282",
    "silver grey": "#b4b4b4",
    "pale grey": "#d6d6d4",
    "white": "#fafafa",
    "ivory": "#f5efdc",
    "cream": "#efe0b9",
    "beige": "#d6c3a0",
    "sand": "#c2a878",
    "khaki": "#9a8d62",
    "taupe": "#857667",
    "umber": "#5f4b3a",
    "sepia": "#6f4e2c",
    "dark brown": "#3a281c",
    "brown": "#7a4a24",
    "chestnut": "#8a4632",
    "sienna": "#a4592c",
    "terracotta": "#c46a4a",
    "ochre": "#c58a2f",
    "amber": "#e8a317",
    "gold": "#d8b23c",
    "yellow": "#f4dc30",
    "pale yellow": "#f3e68c",
    "mustard": "#b39a24",
    "orange": "#ec7f1e",
    "peach": "#f2bd94",
    "apricot": "#e8a368",
    "salmon": "#ee8b76",
    "coral": "#ef6a50",
    "vermilion": "#dc4126",
    "red": "#cc1f23",
    "crimson": "#a3142f",
    "dark red": "#6a1217",
    "maroon": "#4d1a22",
    "rose": "#d9788f",
    "pink": "#eeb4c2",
    "pale pink": "#f0d5d3",
    "magenta": "#c02a86",
    "plum": "#6e2f5c",
    "purple": "#6f3590",
    "violet": "#7d5bb4",
    "mauve": "#a587a6",
    "lavender": "#bdb2dd",
    "indigo": "#36307c",
    "navy": "#17224a",
    "dark blue": "#1d3570",
    "ultramarine": "#2b3fa8",
    "blue": "#2f63c0",
    "cobalt blue": "#2a5a9c",
    "sky blue": "#7fb4e0",
    "pale blue": "#c3d8e6",
    "steel blue": "#56789b",
    "slate blue": "#4b5b74",
    "blue-grey": "#8598a6",
    "turquoise": "#3dbcb4",
    "teal": "#176d70",
    "aquamarine": "#8ad0bd",
    "sea green": "#3b8566",
    "dark green": "#1d3d27",
    "forest green": "#2c5d31",
    "green": "#3c9440",
    "olive": "#6a6a2b",
    "olive green": "#4f5a2c",
    "moss green": "#7d8a4b",
    "sage": "#9ca88a",
    "lime green": "#98c738",
    "pale green": "#c3d9b0",
    "grey-green": "#66756a",
}
"""Names after common English use, each with a typical sRGB value."""

_CLUSTERS = 7
_ROUNDS = 12
_MERGE_DISTANCE = 9.0
_MIN_SHARE = 0.02
_WARM_HUE = np.deg2rad(55.0)
_EDGE_STEP = 6.0
_SMOOTH_STEP = 3.0
_D65 = np.array([0.95047, 1.0, 1.08883])
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def rgb_to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Convert sRGB to CIELAB.

    Parameters
    ----------
    rgb : uint8 array of shape (..., 3).

    Returns
    -------
    ndarray
        float64, same shape: L* in 0..100, a* and b* about -110..110 (CIE 15:2004; sRGB as in IEC 61966-2-1).
    """
    linear = _LINEAR[rgb]
    xyz = linear @ _TO_XYZ.T / _D65
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _linear_table() -> NDArray[np.float64]:
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


_LINEAR = _linear_table()
_NAMED = tuple(COLOUR_NAMES)
_NAMED_LAB = rgb_to_lab(
    np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in COLOUR_NAMES.values()], dtype=np.uint8)
)


def colour_name(lab: NDArray[np.float64]) -> str:
    """Return the English name nearest to a CIELAB colour of shape (3,)."""
    return _NAMED[int(np.argmin(((_NAMED_LAB - lab) ** 2).sum(axis=1)))]


def read_palette(painting: Painting) -> Palette:
    """Measure a picture's main colours and simple composition statistics.

    The main colours are the centres of a k-means clustering in CIELAB; centres closer than a just clearly visible
    difference are merged and those under 2 % of the area are left out, so that the shares may add up to less than 1.

    Parameters
    ----------
    painting : the picture.

    Returns
    -------
    Palette
    """
    lab = rgb_to_lab(_study(painting.rgb))  # (H, W, 3)
    lightness, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    hue = np.arctan2(lab[..., 2], lab[..., 1])
    steps = _steps(lightness)
    upper = steps[: max(1, steps.shape[0] // 2)]
    return Palette(
        swatches=_swatches(lab.reshape(-1, 3)),
        lightness=_unit(lightness.mean() / 100),
        contrast=_unit(lightness.std() / 50),
        saturation=_unit(chroma.mean() / 100),
        warmth=float(np.clip((np.cos(hue - _WARM_HUE) * chroma).sum() / max(chroma.sum(), 1e-9), -1, 1))
        * _unit(chroma.mean() / 5),
        complexity=_unit((steps > _EDGE_STEP).mean()),
        symmetry=_symmetry(lightness),
        openness=_unit((upper < _SMOOTH_STEP).mean()),
    )


def _unit(value: float | np.floating) -> float:
    return float(np.clip(value, 0.0, 1.0))


def _study(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from PIL import Image

    picture = Image.fromarray(rgb)
    scale = STUDY_SIDE / max(picture.size)
    if scale < 1:
        width, height = (max(4, round(side * scale)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(picture)


def _steps(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the size of the lightness gradient per pixel, shape (H, W), in L* units."""
    vertical, horizontal = np.gradient(lightness)
    return np.hypot(vertical, horizontal)


def _symmetry(lightness: NDArray[np.float64]) -> float:
    centred = lightness - lightness.mean()
    energy = float((centred**2).sum())
    if energy < 1e-6 * lightness.size:
        return 1.0  # one flat tone equals its mirror image
    return _unit((centred * centred[:, ::-1]).sum() / energy)


def _swatches(pixels: NDArray[np.float64]) -> tuple[Swatch, ...]:
    centres, owner = _cluster(pixels)
    counts = np.bincount(owner, minlength=len(centres)).astype(float)
    centres, counts = _merge(centres, counts)
    shares = counts / counts.sum()
    order = sorted(range(len(shares)), key=lambda i: (-shares[i], tuple(centres[i])))
    kept = [i for i in order if shares[i] >= _MIN_SHARE] or order[:1]
    return tuple(Swatch(hex=_hex(centres[i]), name=colour_name(centres[i]), share=_unit(shares[i])) for i in kept)


def _cluster(pixels: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Run k-means from a deterministic spread of seeds; empty clusters keep their last centre and own nothing."""
    centres = _seeds(pixels)
    owner = np.zeros(len(pixels), dtype=np.intp)
    for _ in range(_ROUNDS):
        distance = (centres**2).sum(axis=1) - 2 * pixels @ centres.T  # (N, K), up to a term per pixel
        owner = distance.argmin(axis=1)
        counts = np.bincount(owner, minlength=len(centres))
        sums = np.stack([np.bincount(owner, pixels[:, i], minlength=len(centres)) for i in range(3)], axis=1)
        moved = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)
        if np.abs(moved - centres).max() < 0.1:
            return moved, owner
        centres = moved
    return centres, owner


def _seeds(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Begin at the mean, then add the pixel farthest from all seeds, damped so that single specks do not win."""
    seeds = [pixels.mean(axis=0)]
    nearest = ((pixels - seeds[0]) ** 2).sum(axis=1)
    for _ in range(_CLUSTERS - 1):
        ranked = np.argsort(nearest, kind="stable")
        seed = pixels[ranked[int(0.985 * (len(ranked) - 1))]]
        seeds.append(seed)
        nearest = np.minimum(nearest, ((pixels - seed) ** 2).sum(axis=1))
    return np.array(seeds)


def _merge(
    centres: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    while len(centres) > 1:
        distance = np.sqrt(((centres[:, None] - centres[None]) ** 2).sum(axis=2))
        distance[np.tril_indices(len(centres))] = np.inf
        i, j = np.unravel_index(int(distance.argmin()), distance.shape)
        if distance[i, j] > _MERGE_DISTANCE:
            break
        total = counts[i] + counts[j]
        if total > 0:
            centres[i] = (centres[i] * counts[i] + centres[j] * counts[j]) / total
        counts[i] = total
        centres, counts = np.delete(centres, j, axis=0), np.delete(counts, j)
    return centres, counts


def _hex(lab: NDArray[np.float64]) -> str:
    y = (lab[0] + 16) / 116
    root = np.array([y + lab[1] / 500, y, y - lab[2] / 200])
    xyz = np.where(root > 6 / 29, root**3, (root - 4 / 29) * 3 * (6 / 29) ** 2) * _D65
    linear = np.clip(np.linalg.inv(_TO_XYZ) @ xyz, 0, 1)
    value = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(v) * 255):02x}" for v in value)
