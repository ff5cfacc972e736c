"""The main colours in words, and where they are: ``"deep blues and greys"``, ``"blues above and browns below"``.

Conventions
-----------
* A colour's noun is plural; hue angles are those of CIELAB, in degrees.
* Places are said as one sees them: above, below, left, right, in the middle, towards the edges.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from composer.perception.palette import rgb_to_lab

if TYPE_CHECKING:
    from composer.types import Painting, Palette

__all__ = ["colour_noun", "colour_phrase", "colour_places"]

_HUES = (  # upper end of the hue angle in degrees, plural noun
    (20.0, "pinks"),
    (55.0, "reds"),
    (75.0, "oranges"),
    (105.0, "yellows"),
    (175.0, "greens"),
    (225.0, "blue-greens"),
    (300.0, "blues"),
    (335.0, "violets"),
    (360.0, "pinks"),
)
_DEEP, _PALE = 0.36, 0.72
_GREY, _DARK = 9.0, 30.0
"""Chroma below which a colour is a grey, and L* below which less will do: the eye judges chroma against lightness."""
_LEAST_DARK = 3.5
_UNCOLOURED, _FAINT = frozenset(("greys", "blacks", "whites")), 0.7
"""Nouns without a hue, and how much their area counts beside that of colours."""
_WHITE, _WHITE_SHARE = 85.0, 0.08
"""L* from which there is white in a picture, and how much of it there must be."""
_SIDE = 24
_CLEAR_SHARE, _FEW_SHARE = 0.5, 0.25
"""A colour is a region's when it fills at least half of it there, and less than a quarter of the opposite region."""
_CLEAR_STEP = 12.0
"""Difference of mean L* between two regions that is worth a word."""


def colour_phrase(palette: Palette) -> str:
    """Return the main colours as a noun phrase: ``"deep blues and greys"``."""
    totals: dict[str, float] = {}
    white = 0.0
    for swatch in palette.swatches:
        lab = rgb_to_lab(np.array([int(swatch.hex[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.uint8))
        chroma = float(np.hypot(lab[1], lab[2]))
        noun = colour_noun(lab)
        white += swatch.share if float(lab[0]) >= _WHITE else 0.0
        strength = (0.4 + min(chroma, 60.0) / 40.0) * (_FAINT if noun in _UNCOLOURED else 1.0)
        totals[noun] = totals.get(noun, 0.0) + swatch.share * strength
    ranked = sorted(totals, key=lambda noun: (-totals[noun], noun))
    depth = "deep " if palette.lightness < _DEEP else "pale " if palette.lightness > _PALE else ""
    first = ranked[0] if ranked else "greys"
    if first in ("blacks", "whites"):
        return _blacks_and_whites(ranked, white if first == "blacks" else 1.0, palette.saturation)
    second = next((noun for noun in ranked[1:] if totals[noun] > 0.35 * totals[first]), None)
    return depth + (f"{first} and {second}" if second else first)


def _blacks_and_whites(ranked: list[str], white: float, saturation: float) -> str:
    """Name what is mostly black or white: a drawing, a night, snow."""
    first, *others = ranked
    coloured = next((noun for noun in others if noun not in _UNCOLOURED), "")
    if coloured and saturation >= 0.04:
        return f"{first} and {coloured}"
    if white < _WHITE_SHARE:
        return f"{first} and {others[0]}" if others else first
    return "black and white"


def colour_noun(lab: NDArray[np.float64]) -> str:
    """Return a plural noun for a CIELAB colour of shape (3,)."""
    lightness, chroma = float(lab[0]), float(np.hypot(lab[1], lab[2]))
    hue = math.degrees(math.atan2(lab[2], lab[1])) % 360
    if chroma < min(_GREY, max(_LEAST_DARK, _GREY * lightness / _DARK)):
        return "blacks" if lightness < 18 else "whites" if lightness > 92 else "greys"
    # Brown is orange that is dark or dull; what is lighter is an ochre where it is yellowish, a pink where it is red.
    if 30 < hue < 100 and chroma < 45 and (lightness < 42 or (chroma < 30 and lightness < (62 if hue < 70 else 54))):
        return "browns"
    if 70 < hue < 105 and chroma < 45 and lightness < 62:
        return "ochres"
    if 52 < hue < 105 and chroma < 30:
        return "creams" if lightness > 82 else "ochres"
    noun = next(name for end, name in _HUES if hue <= end)
    return "pinks" if noun == "reds" and (lightness > 65 or (lightness > 58 and chroma < 30)) else noun


def colour_places(painting: Painting) -> str:
    """Say where colours or light are, or nothing where they are spread evenly.

    Returns
    -------
    str
        ``"blues above and browns below"``, ``"lighter on the left"`` or an empty string.
    """
    lab = _small_lab(painting)  # (S, S, 3)
    third = _SIDE // 3
    edge = np.ones((_SIDE, _SIDE), dtype=bool)
    edge[third:-third, third:-third] = False
    pairs = (
        (lab[:third], lab[-third:], "above", "below"),
        (lab[:, :third], lab[:, -third:], "on the left", "on the right"),
    )
    for one, other, here, there in pairs:
        first, second = _own_noun(one, other), _own_noun(other, one)
        if first and second:
            return f"{first} {here} and {second} {there}"
    steps = [(float(one[..., 0].mean() - other[..., 0].mean()), here, there) for one, other, here, there in pairs]
    steps.append((float(lab[~edge][:, 0].mean() - lab[edge][:, 0].mean()), "in the middle", "towards the edges"))
    step, here, there = max(steps, key=lambda item: abs(item[0]))
    if abs(step) < _CLEAR_STEP:
        return ""
    return f"lighter {here if step > 0 else there}"


def _small_lab(painting: Painting) -> NDArray[np.float64]:
    from PIL import Image

    small = Image.fromarray(painting.rgb).resize((_SIDE, _SIDE), Image.Resampling.BOX)
    return rgb_to_lab(np.asarray(small))


def _own_noun(region: NDArray[np.float64], other: NDArray[np.float64]) -> str:
    """The colour that fills one region and is rare in the other, or nothing."""
    here, there = (Counter(colour_noun(lab) for lab in part.reshape(-1, 3)) for part in (region, other))
    noun, count = here.most_common(1)[0]
    size = here.total()
    return noun if count >= _CLEAR_SHARE * size and there[noun] < _FEW_SHARE * there.total() else ""
