#!/usr/bin/env python3
"""Draw the pictures in examples/: four scenes in short strokes of paint, the same on every run.

    scripts/draw_examples.py [FOLDER]

Each scene is first drawn in flat shapes, then painted over with strokes that take their colour from it and their
direction from its shapes, broad ones first.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 480
SCALE = 2  # drawn larger, then reduced: smooth edges
COLOURS = 128
Random = np.random.Generator
Point = tuple[float, float]


def at(x: float, y: float) -> Point:
    """A place in the picture, from shares of its width and height to pixels of the large canvas."""
    return x * WIDTH * SCALE, y * HEIGHT * SCALE


def mix(first: str, second: str, share: float) -> tuple[int, int, int]:
    """A colour between two."""
    a, b = (np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) for code in (first, second))
    red, green, blue = (a + (b - a) * min(1.0, max(0.0, share))).astype(int)
    return int(red), int(green), int(blue)


def wash(draw: ImageDraw.ImageDraw, top: float, bottom: float, stops: list[str]) -> None:
    """Fill a band of the picture with a vertical gradient."""
    first, last = int(top * HEIGHT * SCALE), int(bottom * HEIGHT * SCALE)
    for row in range(first, last):
        place = (row - first) / max(1, last - first) * (len(stops) - 1)
        index = min(int(place), len(stops) - 2)
        draw.line([(0, row), (WIDTH * SCALE, row)], fill=mix(stops[index], stops[index + 1], place - index))


def disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: object, squeeze: float = 1.0) -> None:
    """A filled ellipse; `radius` is a share of the picture's width."""
    cx, cy = at(x, y)
    r = radius * WIDTH * SCALE
    draw.ellipse([cx - r, cy - r * squeeze, cx + r, cy + r * squeeze], fill=fill)


def shape(draw: ImageDraw.ImageDraw, points: list[Point], fill: object) -> None:
    """A filled polygon."""
    draw.polygon([at(*point) for point in points], fill=fill)


def glow(image: Image.Image, x: float, y: float, radius: float, colour: str, strength: float) -> Image.Image:
    """Light around a place."""
    mask = Image.new("L", image.size, 0)
    disc(ImageDraw.Draw(mask), x, y, radius, int(255 * strength))
    mask = mask.filter(ImageFilter.GaussianBlur(radius * WIDTH * SCALE * 0.5))
    return Image.composite(Image.new("RGB", image.size, colour), image, mask)


# ---------------------------------------------------------------------------------------------- scenes


def storm_at_night(random: Random) -> Image.Image:
    """A small ship in a high sea, the moon between clouds."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
    draw = ImageDraw.Draw(image)
    wash(draw, 0, 0.62, ["#070b18", "#101b33", "#2a3c58"])
    image = glow(image, 0.7, 0.2, 0.16, "#b9c6d6", 0.75)
    draw = ImageDraw.Draw(image)
    disc(draw, 0.7, 0.2, 0.035, "#f4efd8")
    for _ in range(46):
        x, y = random.uniform(-0.1, 1.1), random.uniform(0.0, 0.45)
        near = math.hypot(x - 0.7, (y - 0.2) * 0.75)
        if near > 0.1:
            disc(draw, x, y, random.uniform(0.05, 0.13), mix("#5d6c84", "#0b1122", near * 2.6), 0.32)
    wash(draw, 0.6, 1.0, ["#1c3346", "#0e2433", "#06121d"])
    for row in range(9):
        _wave(draw, random, base=0.6 + 0.048 * row, height=0.012 + 0.009 * row, depth=row / 8)
    _ship(draw, 0.36, 0.615)
    return image


def _wave(draw: ImageDraw.ImageDraw, random: Random, *, base: float, height: float, depth: float) -> None:
    phase, length = random.uniform(0, 6.3), random.uniform(2.0, 3.4) / (0.5 + depth)
    crest = [
        (x, base - height * (math.sin(x * 6.3 * length + phase) + 0.45 * math.sin(x * 14 * length + 2 * phase)))
        for x in np.linspace(-0.02, 1.02, 120)
    ]
    shape(draw, [*crest, (1.02, 1.02), (-0.02, 1.02)], mix("#2b4d5e", "#0a1d2b", depth * 0.8 + random.uniform(0, 0.2)))
    for (x, y), (_, after) in pairwise(crest):
        if y < base - height * 0.55:
            moonlit = max(0.0, 1 - abs(x - 0.7) * 3)
            foam = mix("#5c7d8a", "#e8eee6", 0.35 + 0.65 * moonlit)
            draw.line([at(x, y), at(x + 0.012, after)], fill=foam, width=int(3 + 7 * depth))


def _ship(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    shape(draw, [(x - 0.06, y - 0.035), (x + 0.065, y - 0.015), (x + 0.045, y + 0.02), (x - 0.04, y + 0.01)], "#1a120d")
    for dx, top in ((-0.025, 0.19), (0.02, 0.16)):
        draw.line([at(x + dx, y - 0.02), at(x + dx + 0.02, y - top)], fill="#17100c", width=5)
        shape(
            draw,
            [(x + dx + 0.02, y - top + 0.02), (x + dx + 0.052, y - 0.075), (x + dx + 0.006, y - 0.05)],
            "#8a8878",
        )
    disc(draw, x + 0.06, y - 0.03, 0.005, "#f0b455")


def sunny_meadow(random: Random) -> Image.Image:
    """Poppies, a tree, and small clouds at noon."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
    draw = ImageDraw.Draw(image)
    wash(draw, 0, 0.58, ["#4f9be0", "#8cc4ee", "#d8ecf2"])
    for x, y, size in ((0.17, 0.13, 0.06), (0.52, 0.09, 0.045), (0.44, 0.24, 0.035), (0.12, 0.31, 0.03)):
        for _ in range(14):
            disc(
                draw,
                x + random.normal(0, size),
                y + random.normal(0, size * 0.2),
                size * random.uniform(0.4, 0.8),
                mix("#ffffff", "#dfe8ef", random.uniform(0, 1)),
                0.55,
            )
    hills = [(x, 0.46 - 0.05 * math.sin(x * 5 + 0.6) - 0.02 * math.sin(x * 13)) for x in np.linspace(0, 1, 60)]
    shape(draw, [*hills, (1, 1), (0, 1)], "#7fa9a2")
    nearer = [(x, 0.52 + 0.025 * math.sin(x * 7 + 2)) for x in np.linspace(0, 1, 60)]
    shape(draw, [*nearer, (1, 1), (0, 1)], "#8fbb4e")
    wash_rows = [(0.56 + 0.44 * k / 60) for k in range(61)]
    for k, y in enumerate(wash_rows):
        shape(draw, [(0, y), (1, y), (1, y + 0.01), (0, y + 0.01)], mix("#a9cc52", "#3f7f2c", k / 60))
    _tree(draw, random, 0.78, 0.66)
    for _ in range(520):
        depth = random.beta(1.6, 1.3)
        x, y = random.uniform(0, 1), 0.57 + 0.42 * depth
        colour = random.choice(["#e2341f", "#e2341f", "#f2542f", "#ffd83b", "#fdf6e3", "#7a63c0"])
        disc(draw, x, y, 0.0025 + 0.0085 * depth, str(colour), 0.8)
    return image


def _tree(draw: ImageDraw.ImageDraw, random: Random, x: float, foot: float) -> None:
    disc(draw, x - 0.03, foot + 0.01, 0.14, "#4d7f2e", 0.16)
    shape(draw, [(x - 0.014, foot), (x + 0.016, foot), (x + 0.008, foot - 0.25), (x - 0.006, foot - 0.25)], "#5a3d24")
    for _ in range(110):
        angle, reach = random.uniform(0, 6.3), math.sqrt(random.uniform(0, 1))
        px, py = x + 0.125 * reach * math.cos(angle), foot - 0.36 + 0.155 * reach * math.sin(angle)
        light = 0.5 + 0.9 * (px - x) - 1.7 * (py - foot + 0.36) + random.normal(0, 0.12)
        disc(draw, px, py, random.uniform(0.015, 0.032), mix("#24561f", "#a7cf4a", light))


def quiet_interior(random: Random) -> Image.Image:
    """A table by a window in the afternoon."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
    draw = ImageDraw.Draw(image)
    wash(draw, 0, 0.72, ["#8d7b62", "#a8957a", "#9a8569"])
    wash(draw, 0.72, 1.0, ["#5d4330", "#3a281b"])
    shape(draw, [(0.09, 0.1), (0.36, 0.1), (0.36, 0.56), (0.09, 0.56)], "#d9cdb4")
    for row in range(40):
        y = 0.12 + 0.42 * row / 40
        colour = mix("#f7efcf", "#c9d7c0", row / 40)
        shape(draw, [(0.11, y), (0.34, y), (0.34, y + 0.012), (0.11, y + 0.012)], colour)
    for _ in range(26):
        disc(
            draw,
            random.uniform(0.12, 0.33),
            random.uniform(0.42, 0.53),
            0.016,
            mix("#9fb58a", "#d8dfb4", random.uniform()),
        )
    shape(draw, [(0.22, 0.1), (0.232, 0.1), (0.232, 0.56), (0.22, 0.56)], "#cdbf9f")
    shape(draw, [(0.09, 0.32), (0.36, 0.32), (0.36, 0.335), (0.09, 0.335)], "#cdbf9f")
    light = Image.new("L", image.size, 0)
    beam = ImageDraw.Draw(light)
    beam.polygon([at(*p) for p in ((0.36, 0.12), (0.36, 0.54), (0.98, 0.97), (0.74, 0.3))], fill=95)
    light = light.filter(ImageFilter.GaussianBlur(26 * SCALE))
    image = Image.composite(Image.new("RGB", image.size, "#ffe9b0"), image, light)
    draw = ImageDraw.Draw(image)
    shape(draw, [(0.66, 0.16), (0.86, 0.16), (0.86, 0.4), (0.66, 0.4)], "#5f4a2d")
    shape(draw, [(0.68, 0.185), (0.84, 0.185), (0.84, 0.375), (0.68, 0.375)], "#7e8a77")
    shape(draw, [(0.68, 0.31), (0.84, 0.29), (0.84, 0.375), (0.68, 0.375)], "#59664c")
    _table(draw)
    return image


def _table(draw: ImageDraw.ImageDraw) -> None:
    for x in (0.42, 0.84):
        shape(draw, [(x, 0.7), (x + 0.025, 0.7), (x + 0.02, 0.96), (x + 0.005, 0.96)], "#4a3020")
    shape(draw, [(0.38, 0.66), (0.9, 0.66), (0.94, 0.74), (0.34, 0.74)], "#c8b48c")
    shape(draw, [(0.34, 0.74), (0.94, 0.74), (0.94, 0.77), (0.34, 0.77)], "#6e4b30")
    disc(draw, 0.6, 0.675, 0.035, "#9d8760", 0.3)
    shape(draw, [(0.575, 0.56), (0.625, 0.56), (0.64, 0.63), (0.62, 0.69), (0.58, 0.69), (0.56, 0.63)], "#3f5f7d")
    shape(draw, [(0.575, 0.56), (0.592, 0.56), (0.585, 0.69), (0.58, 0.69), (0.56, 0.63)], "#7895ad")
    for dx, dy in ((-0.05, -0.1), (0.0, -0.14), (0.05, -0.11), (-0.02, -0.07), (0.03, -0.06)):
        draw.line([at(0.6, 0.565), at(0.6 + dx, 0.56 + dy)], fill="#55673a", width=5)
        disc(draw, 0.6 + dx, 0.56 + dy, 0.021, "#e9e2d0")
        disc(draw, 0.6 + dx, 0.56 + dy, 0.008, "#d8b14a")
    for x, y, colour in ((0.72, 0.685, "#c98a2e"), (0.755, 0.695, "#b0622a"), (0.735, 0.66, "#d6a443")):
        disc(draw, x, y, 0.022, colour)


def circles_and_lines(random: Random) -> Image.Image:
    """An abstract picture that dances."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), "#f3e9d2")
    draw = ImageDraw.Draw(image)
    shape(draw, [(0, 0), (0.42, 0), (0.16, 1), (0, 1)], "#f2c230")
    shape(draw, [(0.62, 0), (1, 0), (1, 0.46)], "#2a4fa3")
    shape(draw, [(0.5, 1), (1, 0.62), (1, 1)], "#d7392c")
    for x, y, rings in (
        (0.33, 0.36, (("#1d2b53", 0.15), ("#e7402f", 0.115), ("#f5a21f", 0.08), ("#15172b", 0.04), ("#f7efdb", 0.015))),
        (0.73, 0.62, (("#f3b81f", 0.12), ("#1f7a5c", 0.085), ("#f3e9d2", 0.05), ("#c92f4e", 0.03))),
        (0.6, 0.2, (("#e86a92", 0.06), ("#fbe7c6", 0.035))),
        (0.18, 0.8, (("#1f7a5c", 0.07), ("#9fd8b5", 0.03))),
    ):
        for colour, radius in rings:
            disc(draw, x, y, radius, colour)
    for _ in range(15):
        x, y, angle = random.uniform(0, 1), random.uniform(0, 1), random.uniform(0, math.pi)
        reach = random.uniform(0.06, 0.26)
        dx, dy = reach * math.cos(angle), reach * math.sin(angle)
        draw.line([at(x - dx, y - dy), at(x + dx, y + dy)], fill="#15172b", width=int(random.integers(3, 12)))
    for _ in range(22):
        x, y, size = random.uniform(0.05, 0.95), random.uniform(0.05, 0.95), random.uniform(0.012, 0.04)
        colour = str(random.choice(["#e7402f", "#2a4fa3", "#f5a21f", "#15172b", "#1f7a5c", "#f7efdb"]))
        turn = random.uniform(0, 6.3)
        corners = int(random.integers(3, 5))
        shape(
            draw,
            [
                (
                    x + size * math.cos(turn + 6.283 * k / corners),
                    y + 1.33 * size * math.sin(turn + 6.283 * k / corners),
                )
                for k in range(corners)
            ],
            colour,
        )
    for k in range(8):
        y = 0.84 + 0.016 * k
        draw.arc([*at(0.36, y - 0.12), *at(0.66, y + 0.12)], 200, 340, fill="#2a4fa3", width=4)
    return image


# --------------------------------------------------------------------------------------------- painting


def paint(flat: Image.Image, random: Random, *, loose: float) -> Image.Image:
    """Paint over a flat drawing; `loose` is how far strokes stray from it."""
    canvas = flat.filter(ImageFilter.GaussianBlur(6 * SCALE))
    for length, count in ((26, 2200), (15, 5200), (8, 9000)):
        canvas = _layer(canvas, flat, random, length=length * SCALE, count=count, loose=loose)
    return canvas.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _layer(
    canvas: Image.Image, flat: Image.Image, random: Random, *, length: int, count: int, loose: float
) -> Image.Image:
    soft = np.asarray(flat.filter(ImageFilter.GaussianBlur(length / 6)), dtype=np.float64)
    grey = np.asarray(flat.convert("L").filter(ImageFilter.GaussianBlur(length / 3)), dtype=np.float64)
    slope_y, slope_x = np.gradient(grey)
    layer = canvas.copy()
    draw = ImageDraw.Draw(layer)
    xs = random.integers(0, flat.width, count)
    ys = random.integers(0, flat.height, count)
    turns = random.normal(0, 0.25, count)
    shades = random.normal(0, 9 * loose, (count, 3)) + random.normal(0, 7 * loose, (count, 1))
    for x, y, turn, shade in zip(xs, ys, turns, shades, strict=True):
        # Along an edge where there is one, level where there is none.
        edge = math.hypot(slope_x[y, x], slope_y[y, x])
        angle = (math.atan2(slope_y[y, x], slope_x[y, x]) + math.pi / 2 if edge > 0.25 else 0.0) + turn
        reach = length * 0.5 / (1 + 0.4 * min(edge, 5.0))
        dx, dy = reach * math.cos(angle), reach * math.sin(angle)
        red, green, blue = (int(value) for value in np.clip(soft[y, x] + shade, 0, 255))
        draw.line([(x - dx, y - dy), (x + dx, y + dy)], fill=(red, green, blue), width=max(2, int(length * 0.26)))
    return Image.blend(canvas, layer, 0.9)


SCENES: dict[str, tuple[Callable[[Random], Image.Image], float]] = {
    "storm-at-night": (storm_at_night, 1.0),
    "sunny-meadow": (sunny_meadow, 1.3),
    "quiet-interior": (quiet_interior, 0.8),
    "circles-and-lines": (circles_and_lines, 0.35),
}


def draw(name: str) -> Image.Image:
    """Draw one scene."""
    scene, loose = SCENES[name]
    # A seed per picture, made from its name: drawing one does not depend on having drawn another.
    random = np.random.default_rng(list(name.encode()))
    return paint(scene(random), random, loose=loose).quantize(COLOURS, dither=Image.Dither.NONE)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "examples"
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCENES:
        path = folder / f"{name}.png"
        draw(name).save(path, optimize=True)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
