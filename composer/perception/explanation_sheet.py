"""A sheet that explains a reading: the picture, what moved the reading, its colours, its place in feeling, its words.

Drawn with matplotlib's Agg canvas, without its global state. Lengths are in figure fractions unless named otherwise.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from composer.perception.vocabulary import MOODS

if TYPE_CHECKING:
    from composer.types import Painting, Perception, Region

__all__ = ["draw_explanation_sheet"]

_SIZE_INCHES = (16.0, 10.4)
_DPI = 120
_INK, _GREY, _LINE, _PAPER, _ACCENT = "#1d1d1f", "#6b6b70", "#d5d3ce", "#fbfaf7", "#8c2f39"
_LEFT, _RIGHT, _WIDTH = 0.04, 0.53, 0.43
_TOP, _HEIGHT = 0.9, 0.47
_REGION_LINE, _REGION_LINES = 250, 2
"""Characters and lines for the names of the regions."""
_ROW = 0.027
_SHOWN_MOODS = (
    "joyful", "serene", "solemn", "sorrowful", "violent", "dramatic", "quiet", "cheerful", "anxious", "tender",
)  # fmt: skip
_WORDS = (
    (("kind", "Kind", 2), ("theme", "Theme", 2), ("subject", "Subject", 3)),
    (("setting", "Setting", 1), ("light", "Light", 1), ("style", "Style", 2), ("tradition", "Tradition", 1),
     ("mood", "Mood", 2)),
)  # fmt: skip


def draw_explanation_sheet(
    path: Path,
    *,
    title: str,
    painting: Painting,
    perception: Perception,
    influence: NDArray[np.float32],
    regions: Sequence[Region] = (),
) -> None:
    """Draw the sheet into a file; its extension chooses the format, ``.png`` for instance.

    Parameters
    ----------
    path : an existing or new file; it is overwritten.
    title : heading.
    painting, perception : the picture and its reading.
    influence : of `composer.perception.occlusion.influence_map`.
    regions : of `composer.perception.regions.find_regions`; numbered on the picture and named below it.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    fonts = {"font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans", "IPAexGothic"], "axes.unicode_minus": True}
    with rc_context(fonts):
        figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, facecolor=_PAPER)
        FigureCanvasAgg(figure)
        _heading(figure, title, perception)
        _regions(figure, _picture(figure, painting), painting, regions)
        _influence(figure, painting, influence)
        _palette(figure, perception)
        _plane(figure, perception)
        _words(figure, perception)
        figure.savefig(path, dpi=_DPI, facecolor=_PAPER, metadata={"Software": None} if path.suffix == ".png" else None)


def _heading(figure: Any, title: str, perception: Perception) -> None:
    short = textwrap.shorten(title, 90, placeholder=" …")
    figure.text(_LEFT, 0.945, short, fontsize=19, color=_INK, family="DejaVu Serif", va="center")
    caption = "\n".join(textwrap.wrap(perception.caption, 128)[:2])
    figure.text(_LEFT, 0.392, caption, fontsize=11.5, color=_INK, style="italic", family="DejaVu Serif", va="top")
    reader = perception.sources.get("embedding", "the painting encoder")
    note = f"Read by {reader}. An estimate, not a fact about the painting."
    figure.text(_LEFT, 0.022, note, fontsize=8, color=_GREY, va="center")


def _label(figure: Any, x: float, y: float, text: str) -> None:
    figure.text(x, y, text.upper(), fontsize=8.5, color=_GREY, va="bottom")


def _frame(figure: Any, left: float, rgb: NDArray[np.uint8]) -> Any:
    """Axes that fit the picture into one of the two upper fields, from its upper left corner."""
    height, width = rgb.shape[:2]
    ratio = width / height * _SIZE_INCHES[1] / _SIZE_INCHES[0]  # width over height in figure fractions
    wide, high = (_WIDTH, _WIDTH / ratio) if _WIDTH / ratio <= _HEIGHT else (_HEIGHT * ratio, _HEIGHT)
    axes = figure.add_axes((left, _TOP - high, wide, high))
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(_LINE)
    return axes


def _picture(figure: Any, painting: Painting) -> Any:
    axes = _frame(figure, _LEFT, painting.rgb)
    axes.imshow(painting.rgb, aspect="auto", interpolation="lanczos")
    _label(figure, _LEFT, _TOP + 0.008, "The picture")
    return axes


def _regions(figure: Any, axes: Any, painting: Painting, regions: Sequence[Region]) -> None:
    """Outline the regions on the picture's axes, each with its number in the way of the eye; name them below."""
    from matplotlib.patches import Rectangle

    height, width = painting.rgb.shape[:2]
    for number, region in enumerate(regions, start=1):
        left, top = region.left * width - 0.5, region.top * height - 0.5
        wide, high = (region.right - region.left) * width, (region.bottom - region.top) * height
        for colour, thickness in ((_INK, 2.4), (_PAPER, 1.0)):  # seen on light and on dark
            outline = Rectangle((left, top), wide, high, fill=False, edgecolor=colour, linewidth=thickness)
            axes.add_patch(outline)
            outline.set_clip_on(True)
        place = (left + wide / 2, top + high / 2)
        disc = {"boxstyle": "circle,pad=0.25", "facecolor": _PAPER, "edgecolor": _INK, "linewidth": 0.8}
        axes.text(*place, str(number), fontsize=10, color=_ACCENT, ha="center", va="center", weight="bold", bbox=disc)
    named = [
        f"{number} {region.name} (valence {_signed(region.valence)}, arousal {_signed(region.arousal)})"
        for number, region in enumerate(regions, start=1)
    ]
    lines = textwrap.wrap("   ".join(named), _REGION_LINE)[:_REGION_LINES]
    figure.text(_LEFT, 0.363, "\n".join(lines), fontsize=8, color=_GREY, va="top", linespacing=1.3)


def _influence(figure: Any, painting: Painting, influence: NDArray[np.float32]) -> None:
    axes = _frame(figure, _RIGHT, painting.rgb)
    _label(figure, _RIGHT, _TOP + 0.008, "What moved the reading: bright regions, when covered, change it most")
    height, width = painting.rgb.shape[:2]
    grey = painting.rgb.mean(axis=2) / 255.0
    share = _smooth(influence, (height, width))
    peak = float(share.max())
    share = share / peak if peak > 0 else share
    lit = (0.25 + 0.75 * share)[..., None]
    veil = np.stack([grey * 0.35 + 0.05] * 3, axis=2)
    axes.imshow(np.clip(lit * painting.rgb / 255.0 + (1 - lit) * veil, 0, 1), aspect="auto", interpolation="lanczos")


def _smooth(influence: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float64]:
    from PIL import Image

    low = float(influence.min())
    grid = Image.fromarray((influence - low).astype(np.float32))
    return np.clip(np.asarray(grid.resize(shape[::-1], Image.Resampling.BICUBIC), dtype=np.float64), 0, None)


def _palette(figure: Any, perception: Perception) -> None:
    _label(figure, _LEFT, 0.312, "Palette")
    axes = figure.add_axes((_LEFT, 0.05, 0.19, 0.255))
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(7, 0)
    for row, swatch in enumerate(perception.palette.swatches[:7]):
        from matplotlib.patches import Rectangle

        axes.add_patch(Rectangle((0, row + 0.08), 0.3, 0.84, facecolor=swatch.hex, edgecolor=_LINE, linewidth=0.6))
        axes.text(0.36, row + 0.5, swatch.name, fontsize=10, color=_INK, va="center")
        axes.text(1.0, row + 0.5, f"{swatch.share:.0%}", fontsize=10, color=_GREY, va="center", ha="right")


def _plane(figure: Any, perception: Perception) -> None:
    from matplotlib.patches import Ellipse

    _label(figure, 0.295, 0.312, "Feeling, with one standard error")
    side = 0.255
    axes = figure.add_axes((0.295, 0.05, side * _SIZE_INCHES[1] / _SIZE_INCHES[0], side))
    axes.set_xlim(-1, 1)
    axes.set_ylim(-1, 1)
    axes.set_facecolor("white")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(_LINE)
    axes.axhline(0, color=_LINE, linewidth=0.8, zorder=0)
    axes.axvline(0, color=_LINE, linewidth=0.8, zorder=0)
    here = (perception.valence, perception.arousal)
    for mood in _SHOWN_MOODS:
        x, y = MOODS[mood]
        if abs(x - here[0]) > 0.3 or abs(y - here[1]) > 0.12:  # its own place stays free
            axes.text(x, y, mood, fontsize=7.5, color="#9a9aa0", ha="center", va="center")
    width, height = 2 * perception.valence_sd, 2 * perception.arousal_sd
    axes.add_patch(Ellipse(here, width, height, facecolor=_ACCENT, alpha=0.16, edgecolor=_ACCENT, linewidth=1))
    axes.plot(*here, "o", color=_ACCENT, markersize=7)
    axes.set_xlabel("unpleasant  ←  valence  →  pleasant", fontsize=8, color=_GREY, labelpad=3)
    axes.set_ylabel("calm  ←  arousal  →  stirred", fontsize=8, color=_GREY, labelpad=3)


def _words(figure: Any, perception: Perception) -> None:
    for column, groups in enumerate(_WORDS):
        left = _RIGHT + column * 0.225
        if column == 0:
            _label(figure, left, 0.312, "Words, with confidence")
        y = 0.291
        for group, label, count in groups:
            for row, (word, confidence) in enumerate(perception.words.get(group, ())[:count]):
                if row == 0:
                    figure.text(left, y, label, fontsize=8, color=_GREY, va="center")
                _bar(figure, left + 0.048, y, word, confidence)
                y -= _ROW
            y -= 0.008


def _bar(figure: Any, x: float, y: float, word: str, confidence: float) -> None:
    from matplotlib.patches import Rectangle

    figure.text(x, y + 0.004, textwrap.shorten(word, 27, placeholder=" …"), fontsize=8.5, color=_INK, va="center")
    figure.text(x + 0.148, y + 0.004, f"{confidence:.0%}", fontsize=8, color=_GREY, va="center", ha="right")
    place = {"transform": figure.transFigure, "linewidth": 0}
    figure.add_artist(Rectangle((x, y - 0.0105), 0.148, 0.0035, facecolor=_LINE, **place))
    figure.add_artist(Rectangle((x, y - 0.0105), 0.148 * min(confidence, 1.0), 0.0035, facecolor=_ACCENT, **place))


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")
