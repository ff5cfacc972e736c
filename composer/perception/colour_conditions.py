"""The colours that a picture must show before a phrase is said that speaks of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composer.types import Palette

__all__ = ["SELF_PORTRAIT", "allowed"]

SELF_PORTRAIT = "a self-portrait of the painter"
"""Never said by the picture alone: none shows who painted it."""

_NEEDS: dict[str, Callable[[Palette], bool]] = {
    "before a dark background": lambda palette: palette.lightness < 0.42,
    "in golden light": lambda palette: palette.warmth > 0.5 and palette.saturation > 0.2,
    "by candlelight": lambda palette: palette.lightness < 0.3 and palette.warmth > 0.3,
    "in strong light and shadow": lambda palette: palette.contrast > 0.45,
    "at night": lambda palette: palette.lightness < 0.35,
    "by moonlight": lambda palette: palette.lightness < 0.45,
    "in bright sunlight": lambda palette: palette.lightness > 0.5 and palette.saturation > 0.15,
    "in the light of sunset": lambda palette: palette.warmth > 0.0,
    "under a clear sky": lambda palette: palette.lightness > 0.45 and palette.openness > 0.4,
    "under a stormy sky": lambda palette: palette.lightness < 0.6 and palette.saturation < 0.35,
    "in snow": lambda palette: palette.lightness > 0.45 and palette.saturation < 0.25,
    "in the cold light of winter": lambda palette: palette.lightness > 0.4 and palette.saturation < 0.25,
    "in mist": lambda palette: palette.contrast < 0.5 and palette.saturation < 0.3,
    "in the light of autumn": lambda palette: palette.warmth > 0.2,
    "in the fresh light of spring": lambda palette: palette.lightness > 0.45,
    "in summer light": lambda palette: palette.lightness > 0.45 and palette.saturation > 0.12,
    "a snowy landscape": lambda palette: palette.lightness > 0.42 and palette.saturation < 0.25,
    "a winter landscape": lambda palette: palette.lightness > 0.4 and palette.saturation < 0.28,
    "an autumn landscape": lambda palette: palette.warmth > 0.15,
    "a spring landscape": lambda palette: palette.lightness > 0.42,
    "blossoming trees": lambda palette: palette.lightness > 0.42,
    "a summer landscape": lambda palette: palette.lightness > 0.38,
    "a starry night": lambda palette: palette.lightness < 0.4,
    "a moonlit landscape": lambda palette: palette.lightness < 0.45,
    "a moonlit sea": lambda palette: palette.lightness < 0.45,
    "a sunset": lambda palette: palette.warmth > -0.1,
    "a stormy sea": lambda palette: palette.lightness < 0.65 and palette.saturation < 0.4,
    "a stormy sea with ships": lambda palette: palette.lightness < 0.65 and palette.saturation < 0.4,
    "a volcano": lambda palette: palette.contrast > 0.3,
    SELF_PORTRAIT: lambda _: False,
}
"""Phrase -> what must hold."""


def allowed(phrase: str, palette: Palette) -> bool:
    """Tell whether a picture of these colours may be called so."""
    return phrase not in _NEEDS or _NEEDS[phrase](palette)
