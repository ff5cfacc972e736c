"""Pictures that are no paintings, drawn at random: blank cards, noise, test cards, screenshots, diagrams, text pages.

The gate of `composer.perception.picture_heads` learns from `LEARNED` and is measured on `UNSEEN`, other families of the
same kinds, so that it is not measured on what it has seen.

Conventions
-----------
* A family is a function of a random generator; it returns uint8 (H, W, 3).
* Kinds are ``"blank"`` (plain, graded, noise, test cards) and ``"graphic"`` (screens, diagrams, pages of text).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

__all__ = ["LEARNED", "UNSEEN", "Family"]

Picture = NDArray[np.uint8]
Family = Callable[[np.random.Generator], Picture]

_TEXT = """
the of and to a in is that for it was on are as with they be at one have this from or had by word but what
some we can out other were all there when up use your how said an each she which do their time if will way
about many then them write would like so these her long make thing see him two has look more day could go come
did number sound no most people my over know water than call first who may down side been now find any
"""
_WORDS = tuple(_TEXT.split())
_SIZES = ((640, 480), (480, 640), (800, 600), (512, 512), (900, 500))


def _size(rng: np.random.Generator) -> tuple[int, int]:
    width, height = _SIZES[rng.integers(len(_SIZES))]
    return width, height


def _colour(rng: np.random.Generator, low: int = 0, high: int = 256) -> tuple[int, int, int]:
    red, green, blue = rng.integers(low, high, 3).tolist()
    return red, green, blue


def _canvas(rng: np.random.Generator, colour: tuple[int, int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", _size(rng), colour)
    return picture, ImageDraw.Draw(picture)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _sentence(rng: np.random.Generator, count: int) -> str:
    return " ".join(_WORDS[place] for place in rng.integers(len(_WORDS), size=count)).capitalize()


# ------------------------------------------------------------------------------------------------ blank


def _plain(rng: np.random.Generator) -> Picture:
    grey = int(rng.integers(256))
    colour = (grey, grey, grey) if rng.random() < 0.4 else _colour(rng)
    return np.array(Image.new("RGB", _size(rng), colour))


def _plain_grained(rng: np.random.Generator) -> Picture:
    grain = rng.normal(0, rng.uniform(0.5, 4), (*_size(rng)[::-1], 1))
    return np.clip(_plain(rng)[:1, :1] + grain, 0, 255).astype(np.uint8)


def _graded(rng: np.random.Generator) -> Picture:
    width, height = _size(rng)
    turn = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    share = rows * np.sin(turn) + columns * np.cos(turn)
    share = ((share - share.min()) / np.ptp(share))[..., None]
    return ((1 - share) * np.array(_colour(rng)) + share * np.array(_colour(rng))).astype(np.uint8)


def _graded_round(rng: np.random.Generator) -> Picture:
    width, height = _size(rng)
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    share = np.clip(np.hypot(rows - rng.random(), columns - rng.random()), 0, 1)[..., None]
    return ((1 - share) * np.array(_colour(rng)) + share * np.array(_colour(rng))).astype(np.uint8)


def _noise(rng: np.random.Generator) -> Picture:
    width, height = _size(rng)
    channels = 3 if rng.random() < 0.5 else 1
    noise = rng.integers(0, 256, (height, width, channels))
    return np.broadcast_to(noise, (height, width, 3)).astype(np.uint8)


def _noise_soft(rng: np.random.Generator) -> Picture:
    picture = Image.fromarray(np.clip(rng.normal(128, 60, (*_size(rng)[::-1], 3)), 0, 255).astype(np.uint8))
    return np.array(picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 2.5)))))


def _noise_salt(rng: np.random.Generator) -> Picture:
    base = _plain(rng).copy()
    base[rng.random(base.shape[:2]) < rng.uniform(0.05, 0.5)] = _colour(rng)
    return base


def _bars(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, (0, 0, 0))
    count = int(rng.integers(4, 12))
    along = int(rng.random() < 0.3)
    step = picture.size[along] / count
    for place in range(count):
        start, end = round(place * step), round((place + 1) * step)
        box = (0, start, picture.width, end) if along else (start, 0, end, picture.height)
        draw.rectangle(box, fill=_colour(rng))
    return np.array(picture)


def _checks(rng: np.random.Generator) -> Picture:
    width, height = _size(rng)
    side = int(rng.integers(8, 90))
    rows, columns = np.mgrid[0:height, 0:width]
    dark = ((rows // side + columns // side) % 2)[..., None]
    return np.where(dark, np.array(_colour(rng)), np.array(_colour(rng))).astype(np.uint8)


def _grid(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng))
    step, ink = int(rng.integers(15, 80)), _colour(rng)
    for x in range(0, picture.width, step):
        draw.line((x, 0, x, picture.height), fill=ink, width=2)
    for y in range(0, picture.height, step):
        draw.line((0, y, picture.width, y), fill=ink, width=2)
    return np.array(picture)


def _target(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng))
    width, height = picture.size
    inks = [_colour(rng), _colour(rng)]
    for place, radius in enumerate(np.linspace(0.5, 0.05, int(rng.integers(3, 12))) * min(width, height)):
        box = (width / 2 - radius, height / 2 - radius, width / 2 + radius, height / 2 + radius)
        draw.ellipse(box, fill=inks[place % 2])
    return np.array(picture)


def _wedges(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng))
    width, height = picture.size
    count = 2 * int(rng.integers(6, 24))
    for place in range(0, count, 2):
        box = (-width, -height, 2 * width, 2 * height) if rng.random() < 0.05 else (0, 0, width, height)
        draw.pieslice(box, 360 * place / count, 360 * (place + 1) / count, fill=(0, 0, 0))
    if rng.random() < 0.5:
        draw.ellipse((width * 0.1, height * 0.1, width * 0.9, height * 0.9), outline=(255, 255, 255), width=3)
    return np.array(picture)


def _lines_card(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng, 60, 200))
    width, height = picture.size
    for _ in range(int(rng.integers(2, 6))):
        radius = rng.uniform(0.05, 0.45) * min(width, height)
        x, y = rng.choice([0.2, 0.5, 0.8]) * width, rng.choice([0.2, 0.5, 0.8]) * height
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), outline=_colour(rng), width=int(rng.integers(1, 9))
        )
    for place in np.linspace(0, width, int(rng.integers(2, 20))):
        draw.line((place, 0, place, height), fill=(255, 255, 255), width=1)
    for place, grey in enumerate(np.linspace(0, 255, 8)):
        draw.rectangle((place * width / 8, height * 0.85, (place + 1) * width / 8, height), fill=(int(grey),) * 3)
    return np.array(picture)


def _broadcast_card(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, (16, 16, 16))
    width, height = picture.size
    bars = ((192, 192, 192), (192, 192, 0), (0, 192, 192), (0, 192, 0), (192, 0, 192), (192, 0, 0), (0, 0, 192))
    for place, colour in enumerate(bars):
        draw.rectangle((place * width / 7, 0, (place + 1) * width / 7, height * 0.67), fill=colour)
        draw.rectangle((place * width / 7, height * 0.67, (place + 1) * width / 7, height * 0.75), fill=bars[6 - place])
    for place in range(6):
        grey = int(rng.integers(256))
        draw.rectangle((place * width / 6, height * 0.75, (place + 1) * width / 6, height), fill=(grey,) * 3)
    return np.array(picture)


def _ring_card(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng, 90, 180))
    width, height = picture.size
    for radius in np.linspace(0.48, 0.05, int(rng.integers(3, 9))) * min(width, height):
        box = (width / 2 - radius, height / 2 - radius, width / 2 + radius, height / 2 + radius)
        draw.ellipse(box, outline=_colour(rng), width=int(rng.integers(2, 14)))
    draw.line((0, height / 2, width, height / 2), fill=(255, 255, 255), width=2)
    draw.line((width / 2, 0, width / 2, height), fill=(255, 255, 255), width=2)
    return np.array(picture)


# ---------------------------------------------------------------------------------------------- graphic


def _page(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng, 235))
    size = int(rng.integers(9, 22))
    font, margin = _font(size), int(rng.integers(20, 70))
    for y in range(margin, picture.height - margin, int(size * 1.5)):
        if rng.random() < 0.1:
            continue
        line = _sentence(rng, int(rng.integers(4, 1 + max(5, (picture.width - 2 * margin) // (3 * size)))))
        draw.text((margin, y), line, font=font, fill=_colour(rng, 0, 60))
    return np.array(picture)


def _letter(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng, 225))
    draw.text((picture.width * 0.6, 30), _sentence(rng, 3), font=_font(14), fill=(30, 30, 30))
    draw.text((40, 80), _sentence(rng, 4), font=_font(int(rng.integers(20, 34))), fill=(20, 20, 60))
    for y in range(140, picture.height - 60, 26):
        draw.text((40, y), _sentence(rng, max(3, picture.width // 70)), font=_font(15), fill=(40, 40, 40))
    return np.array(picture)


def _window(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng, 200))
    width, height = picture.size
    accent = _colour(rng)
    draw.rectangle((0, 0, width, 32), fill=accent)
    draw.text((10, 8), _sentence(rng, 3), font=_font(14), fill=(255, 255, 255))
    draw.rectangle((0, 32, width * 0.22, height), fill=_colour(rng, 170, 230))
    for y in range(50, height - 20, 28):
        draw.text((10, y), _sentence(rng, 2), font=_font(12), fill=(40, 40, 40))
        box = (width * 0.26, y, width * rng.uniform(0.5, 0.95), y + 18)
        draw.rounded_rectangle(box, 4, outline=(150, 150, 150), fill=None if rng.random() < 0.6 else accent)
        if rng.random() < 0.6:
            draw.text((width * 0.27, y + 2), _sentence(rng, 4), font=_font(11), fill=(60, 60, 60))
    return np.array(picture)


def _terminal(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng, 0, 40))
    for y in range(8, picture.height - 10, 17):
        colour = (120, 220, 120) if rng.random() < 0.2 else (210, 210, 210)
        draw.text((8, y), "$ " * int(rng.random() < 0.3) + _sentence(rng, int(rng.integers(1, 9))), font=_font(13),
                  fill=colour)  # fmt: skip
    return np.array(picture)


def _flowchart(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, _colour(rng, 240))
    places = [(rng.uniform(0.1, 0.8) * picture.width, rng.uniform(0.08, 0.85) * picture.height) for _ in range(7)]
    for (x0, y0), (x1, y1) in pairwise(places):
        draw.line((x0 + 50, y0 + 18, x1 + 50, y1 + 18), fill=(30, 30, 30), width=2)
    fill = _colour(rng, 180)
    for x, y in places:
        draw.rounded_rectangle(
            (x, y, x + 110, y + 38), int(rng.integers(0, 14)), outline=(20, 20, 20), fill=fill, width=2
        )
        draw.text((x + 8, y + 10), _sentence(rng, 2), font=_font(13), fill=(20, 20, 20))
    return np.array(picture)


def _chart(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, (255, 255, 255))
    width, height = picture.size
    draw.line((60, 30, 60, height - 50, width - 30, height - 50), fill=(0, 0, 0), width=2)
    values = rng.uniform(0.1, 0.9, int(rng.integers(4, 16)))
    step, ink = (width - 110) / len(values), _colour(rng)
    tops = [(70 + place * step, height - 50 - value * (height - 90)) for place, value in enumerate(values)]
    if rng.random() < 0.5:
        for x, y in tops:
            draw.rectangle((x, y, x + step * 0.7, height - 50), fill=ink)
    else:
        draw.line([point for top in tops for point in top], fill=ink, width=3)
    for place in range(6):
        draw.text((20, 30 + place * (height - 90) / 6), f"{rng.integers(100)}", font=_font(12), fill=(0, 0, 0))
    draw.text((width / 3, 8), _sentence(rng, 4), font=_font(16), fill=(0, 0, 0))
    return np.array(picture)


def _slide(rng: np.random.Generator) -> Picture:
    dark = rng.random() < 0.3
    picture, draw = _canvas(rng, _colour(rng, 0, 80) if dark else _colour(rng, 225))
    ink = (240, 240, 240) if dark else (20, 20, 20)
    width, height = picture.size
    draw.text((width * 0.06, height * 0.06), _sentence(rng, 4), font=_font(int(rng.integers(24, 40))), fill=ink)
    for place in range(int(rng.integers(2, 7))):
        text = f"- {_sentence(rng, int(rng.integers(2, 8)))}"
        draw.text((width * 0.08, height * (0.25 + 0.1 * place)), text, font=_font(17), fill=ink)
    x, y, side = width * rng.uniform(0.4, 0.7), height * rng.uniform(0.3, 0.6), height * rng.uniform(0.15, 0.35)
    start = 0.0
    for part in rng.dirichlet(np.ones(int(rng.integers(1, 6)))):
        draw.pieslice((x, y, x + side, y + side), start, start + 360 * float(part), fill=_colour(rng))
        start += 360 * float(part)
    return np.array(picture)


def _form(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, (255, 255, 255))
    width, height = picture.size
    for y in range(20, height - 30, int(rng.integers(26, 60))):
        x = 20.0
        while x < width - 80:
            wide = float(rng.uniform(50, 220))
            draw.rectangle((x, y, min(x + wide, width - 20), y + 22), outline=(120, 120, 120))
            text = f"{rng.integers(999)}" if rng.random() < 0.4 else _sentence(rng, 1)
            draw.text((x + 4, y + 4), text, font=_font(12), fill=(20, 20, 20))
            x += wide + float(rng.uniform(0, 30))
    return np.array(picture)


def _pie(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, (255, 255, 255))
    width, height = picture.size
    radius, start = 0.38 * min(width, height), 0.0
    for part in rng.dirichlet(np.ones(int(rng.integers(3, 8)))):
        box = (width / 2 - radius, height / 2 - radius, width / 2 + radius, height / 2 + radius)
        draw.pieslice(box, start, start + 360 * float(part), fill=_colour(rng, 60), outline=(255, 255, 255))
        start += 360 * float(part)
    draw.text((20, 14), _sentence(rng, 5), font=_font(20), fill=(0, 0, 0))
    return np.array(picture)


def _table(rng: np.random.Generator) -> Picture:
    picture, draw = _canvas(rng, (255, 255, 255))
    step, tall = int(rng.integers(60, 140)), int(rng.integers(20, 34))
    draw.rectangle((0, 0, picture.width, tall), fill=_colour(rng, 150, 240))
    for y in range(0, picture.height, tall):
        draw.line((0, y, picture.width, y), fill=(190, 190, 190))
        for x in range(0, picture.width, step):
            draw.line((x, 0, x, picture.height), fill=(190, 190, 190))
            text = f"{rng.integers(9999)}" if rng.random() < 0.7 else _sentence(rng, 1)
            draw.text((x + 5, y + 5), text, font=_font(12), fill=(30, 30, 30))
    return np.array(picture)


LEARNED: dict[str, tuple[Family, ...]] = {
    "blank": (_plain, _graded, _noise, _noise_soft, _bars, _checks, _grid, _target, _wedges, _lines_card),
    "graphic": (_page, _window, _flowchart, _chart, _slide, _form),
}
UNSEEN: dict[str, tuple[Family, ...]] = {
    "blank": (_plain_grained, _graded_round, _noise_salt, _broadcast_card, _ring_card),
    "graphic": (_letter, _terminal, _pie, _table),
}
"""Kind -> families."""
