"""Words and signs in an engraved picture as outlines, so that they look the same in every browser and in print.

verovio writes them as text in Times and in its music font; neither is sure to be on the reader's machine. Text whose
letters our font lacks stays text.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from composer.rendering.lesson.fonts import japanese_font, latin_font
from composer.rendering.svg_page import glyph

__all__ = ["outline_text"]

_SVG = "http://www.w3.org/2000/svg"
_MUSIC_FONT = "Leipzig"
_NARROWER = 0.86
"""DejaVu Sans is wider than Times, for which verovio left room."""
_BOLD, _ITALIC = ("tempo", "reh", "fing", "ending"), ("dir", "dynam", "mNum")
"""Classes that verovio's style sheet sets in bold and in italics."""
_CLEAR, _HALO = ("mNum",), 0.3
"""Classes that keep lines off with a white rim, and its width in font sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    size: float = 0.0
    music: bool = False
    bold: bool = False
    italic: bool = False
    clear: bool = False

    def within(self, element: ET.Element) -> _Style:
        """The style inside an element, by its class and attributes."""
        kind = element.get("class", "").split(" ")[0]
        size = float(element.get("font-size", f"{self.size}px").removesuffix("px"))
        bold, italic = self.bold or kind in _BOLD, self.italic or kind in _ITALIC
        return replace(
            self,
            size=size,
            music=element.get("font-family", _MUSIC_FONT if self.music else "") == _MUSIC_FONT,
            bold=element.get("font-weight", "bold" if bold else "") == "bold",
            italic=element.get("font-style", "italic" if italic else "") == "italic",
            clear=self.clear or kind in _CLEAR,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    text: str
    style: _Style


def outline_text(root: ET.Element) -> None:
    """Replace the texts of a picture in place."""
    if latin_font() is not None:
        _walk(root, _Style())


def _walk(parent: ET.Element, style: _Style) -> None:
    for index, child in enumerate(list(parent)):
        inner = style.within(child)
        if child.tag == f"{{{_SVG}}}text":
            drawn = _drawn(child, inner)
            if drawn is not None:
                parent.remove(child)
                parent.insert(index, drawn)
        else:
            _walk(child, inner)


def _drawn(text: ET.Element, style: _Style) -> ET.Element | None:
    runs = list(_runs(text, style))
    if not all(_has_all(run) for run in runs):
        return None
    place = next((span for span in text.iter() if span.get("x") is not None), text)
    x, y = float(place.get("x", 0)), float(place.get("y", 0))
    width = sum(advance for run in runs for _, advance, _ in _glyphs(run))
    x -= {"middle": width / 2, "end": width}.get(place.get("text-anchor", ""), 0.0)
    rims: list[ET.Element] = []
    signs: list[ET.Element] = []
    for run in runs:
        for outline, advance, scale in _glyphs(run):
            move = f"translate({x:.1f},{y:.1f}) scale({scale:.5g},{-scale:.5g})"
            if outline and style.clear:
                rim = {"fill": "#fff", "style": f"stroke:#fff;stroke-width:{_HALO * run.style.size / scale:.0f}"}
                rims.append(ET.Element(f"{{{_SVG}}}path", {"d": outline, "transform": move} | rim))
            if outline:
                signs.append(ET.Element(f"{{{_SVG}}}path", {"d": outline, "transform": move, "style": "stroke:none"}))
            x += advance
    group = ET.Element(f"{{{_SVG}}}g")
    group.extend([*rims, *signs])
    return group


def _runs(element: ET.Element, style: _Style) -> Iterator[_Run]:
    if element.tag.endswith("title"):
        return
    if element.text and (element.text.strip() or not len(element)) and style.size:
        yield _Run(text=element.text, style=style)
    for child in element:
        yield from _runs(child, style.within(child))


# ------------------------------------------------------------------------------------------- glyphs


def _has_all(run: _Run) -> bool:
    return run.style.music or all(ord(sign) in _face(run).signs for sign in run.text)


def _glyphs(run: _Run) -> Sequence[tuple[str, float, float]]:
    """Outline, advance and scale of each sign, in the picture's units."""
    if run.style.music:
        scale = run.style.size / 1000
        return [(outline, advance * scale, scale) for outline, advance in map(glyph, run.text)]
    face = _face(run)
    scale = _NARROWER * run.style.size / face.units
    return [(outline, advance * scale, scale) for outline, advance in map(face.glyph, run.text)]


class _Face:
    """A TrueType font's outlines."""

    def __init__(self, file: Path) -> None:
        from fontTools.ttLib import TTFont

        font = TTFont(file)
        self.signs: dict[int, str] = font.getBestCmap()
        self.units: int = font["head"].unitsPerEm
        self._set: Any = font.getGlyphSet()

    def glyph(self, sign: str) -> tuple[str, float]:
        """Outline and advance in the font's units."""
        from fontTools.pens.svgPathPen import SVGPathPen

        found = self._set[self.signs[ord(sign)]]
        pen = SVGPathPen(self._set)
        found.draw(pen)
        return pen.getCommands(), float(found.width)


def _face(run: _Run) -> _Face:
    """The Latin face of the run's style, or the Japanese one where the Latin lacks a sign."""
    file = latin_font(bold=run.style.bold, italic=run.style.italic)
    assert file is not None  # one face of the family is there, so all are
    face, other = _load(file), japanese_font()
    if other is not None and any(ord(sign) not in face.signs for sign in run.text):
        return _load(other)
    return face


@cache
def _load(file: Path) -> _Face:
    return _Face(file)
