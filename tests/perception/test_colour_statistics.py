"""Colour statistics: the numbers follow the picture, not its size."""

from __future__ import annotations

import numpy as np
import pytest

from composer.perception.colour_statistics import COUNT, colour_statistics
from tests.perception.conftest import gradient

MEDIAN_LIGHTNESS, MEDIAN_CHROMA, DARK, BRIGHT = 2, 7, 10, 11


def test_size_does_not_matter() -> None:
    small, large = (colour_statistics(gradient((240, 200, 120), (40, 60, 110), side=side).rgb) for side in (96, 480))
    assert small.shape == (COUNT,)
    assert np.abs(small - large).max() < 2.0


def test_dark_and_bright_vivid_and_grey() -> None:
    night, snow = (colour_statistics(gradient(c, c).rgb) for c in ((10, 10, 20), (245, 245, 250)))
    assert night[MEDIAN_LIGHTNESS] < 10 < 90 < snow[MEDIAN_LIGHTNESS]
    assert (night[DARK], snow[DARK], night[BRIGHT], snow[BRIGHT]) == (1, 0, 0, 1)
    red, grey = (colour_statistics(gradient(c, c).rgb) for c in ((220, 20, 20), (128, 128, 128)))
    assert red[MEDIAN_CHROMA] > 60
    assert grey[MEDIAN_CHROMA] < 1


def test_light_from_above_or_below() -> None:
    sky, cellar = (
        colour_statistics(gradient((250,) * 3, (5,) * 3).rgb),
        colour_statistics(gradient((5,) * 3, (250,) * 3).rgb),
    )
    turned = np.flatnonzero(~np.isclose(sky, cellar, atol=0.5))
    assert len(turned) == 1  # top less bottom of the lightness, and nothing else
    assert sky[turned[0]] == pytest.approx(-cellar[turned[0]], abs=0.5)
    assert sky[turned[0]] > 30


def test_a_mirrored_picture_has_the_same_statistics() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (96, 96, 3), dtype=np.uint8)
    assert np.allclose(colour_statistics(rgb), colour_statistics(rgb[:, ::-1]), atol=1e-3)
