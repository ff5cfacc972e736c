"""Colours get the names people give them, and the statistics follow what was drawn."""

from __future__ import annotations

import time

import numpy as np
import pytest

from composer.perception.palette import colour_name, read_palette, rgb_to_lab
from tests.perception.conftest import gradient, painting_of


def flat(*colours: tuple[int, int, int], side: int = 240) -> np.ndarray:
    """Vertical stripes of equal width."""
    return np.concatenate([np.full((side, side // len(colours), 3), colour, dtype=np.uint8) for colour in colours], 1)


def test_lab_agrees_with_published_values() -> None:
    # sRGB primaries and white under D65: Lindbloom's calculator.
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0]], dtype=np.uint8)
    wanted = [[53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [32.30, 79.19, -107.86], [100, 0, 0], [0, 0, 0]]
    assert np.abs(rgb_to_lab(colours) - np.array(wanted)).max() < 0.05


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((5, 5, 5), "black"),
        ((252, 252, 252), "white"),
        ((200, 25, 30), "red"),
        ((20, 30, 75), "navy"),
        ((120, 75, 38), "brown"),
        ((60, 150, 65), "green"),
        ((245, 220, 50), "yellow"),
        ((128, 128, 130), "grey"),
    ],
)
def test_names(rgb: tuple[int, int, int], name: str) -> None:
    assert colour_name(rgb_to_lab(np.array(rgb, dtype=np.uint8))) == name


def test_stripes_are_found_with_their_shares() -> None:
    swatches = read_palette(painting_of(flat((200, 25, 30), (200, 25, 30), (20, 30, 75), (245, 220, 50)))).swatches
    assert [swatch.name for swatch in swatches[:1]] == ["red"]
    assert {swatch.name for swatch in swatches} >= {"red", "navy", "yellow"}
    shares = {swatch.name: swatch.share for swatch in swatches}
    assert shares["red"] == pytest.approx(0.5, abs=0.03)
    assert shares["navy"] == pytest.approx(0.25, abs=0.03)
    assert swatches[0].hex == "#c8191e"
    assert sum(shares.values()) <= 1 + 1e-9


def test_statistics_follow_the_picture() -> None:
    dark, light = (
        read_palette(gradient((20, 20, 30), (50, 45, 60))),
        read_palette(gradient((250, 250, 255), (220,) * 3)),
    )
    assert dark.lightness < 0.2 < 0.9 < light.lightness
    warm, cool = (
        read_palette(gradient((240, 120, 30), (200, 60, 20))),
        read_palette(gradient((40, 90, 200), (30, 140, 190))),
    )
    assert warm.warmth > 0.7
    assert cool.warmth < -0.5
    grey = read_palette(gradient((120, 120, 120), (130, 130, 130)))
    assert grey.saturation < 0.01
    assert abs(grey.warmth) < 0.01
    noise = np.random.default_rng(0).integers(0, 255, (96, 96, 3), dtype=np.uint8)
    busy = read_palette(painting_of(noise))
    assert busy.complexity > 0.9 > 0.05 > grey.complexity
    assert grey.openness > 0.95 > 0.1 > busy.openness
    half = read_palette(painting_of(flat((0, 0, 0), (255, 255, 255))))
    assert half.symmetry == 0.0
    assert half.contrast == pytest.approx(1.0, abs=0.02)
    assert read_palette(gradient((0, 0, 0), (255, 255, 255))).symmetry > 0.99


def test_same_pixels_same_palette_and_size_hardly_matters() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (6, 8, 3), dtype=np.uint8).repeat(120, 0).repeat(120, 1)
    large, small = read_palette(painting_of(picture)), read_palette(painting_of(picture[::4, ::4].copy()))
    assert large == read_palette(painting_of(picture.copy()))
    assert large.lightness == pytest.approx(small.lightness, abs=0.02)
    assert large.warmth == pytest.approx(small.warmth, abs=0.05)


@pytest.mark.parametrize("shape", [(16, 16), (16, 1024), (1024, 16)])
def test_odd_shapes(shape: tuple[int, int]) -> None:
    palette = read_palette(painting_of(np.full((*shape, 3), 90, dtype=np.uint8)))
    assert len(palette.swatches) == 1
    assert palette.swatches[0].share == pytest.approx(1.0)


def test_quick_enough() -> None:
    painting = painting_of(np.random.default_rng(2).integers(0, 255, (256, 256, 3), dtype=np.uint8))
    read_palette(painting)
    start = time.process_time()
    for _ in range(5):
        read_palette(painting)
    assert (time.process_time() - start) / 5 < 0.1
