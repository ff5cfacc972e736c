"""What verovio's SVG pages need before they are printed: music signs within text, and room for the marks.

verovio sets the note of a metronome mark and the accidentals of chord symbols in its music font, which the SVG carries
for browsers. cairo knows installed fonts only and would draw empty boxes, so these texts are laid out here: words are
measured with cairo, signs are placed between them as paths.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["draw_glyphs", "free_marks", "glyph"]

_SVG = "http://www.w3.org/2000/svg"
_MUSIC_FONT = "Leipzig"
_TEXT_FONT = "Times"
_EM = 1000
_LIFTED = 0.35
"""Air between chord symbols and what stands over them, in font sizes."""
ET.register_namespace("", _SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A stretch of text in one font, `size` in user units."""

    text: str
    size: float
    music: bool
    bold: bool
    italic: bool


def free_marks(svg: str) -> str:
    """Lift tempo and rehearsal marks over the chord symbols: verovio levels these after it has placed the marks."""
    root = ET.fromstring(svg)  # noqa: S314 - made by verovio a moment ago
    for system in (group for group in root.iter(f"{{{_SVG}}}g") if group.get("class") == "system"):
        chords = _of_class(system, "harm")
        if not chords:
            continue
        size = max(float(span.get("font-size", "0px").removesuffix("px")) for span in chords[0].iter())
        top = min(_place(chord)[1] for chord in chords) - size
        starts = [_place(chord)[0] for chord in chords]
        for tempo in _of_class(system, "tempo"):
            _lift(tempo, _place(tempo)[1] - (top - _LIFTED * size))
        for mark in _of_class(system, "reh"):
            frame = mark.find(f"{{{_SVG}}}rect")
            if frame is None:
                continue
            left, width = float(frame.get("x", 0)), float(frame.get("width", 0))
            if any(left - size < start < left + width + _LIFTED * size for start in starts):
                _lift(mark, float(frame.get("y", 0)) + float(frame.get("height", 0)) - top)
    return ET.tostring(root, encoding="unicode")


def _of_class(system: ET.Element, name: str) -> list[ET.Element]:
    """Groups of a kind that hold a text: verovio leaves the group of a sign that it could not place empty."""
    groups = (group for group in system.iter(f"{{{_SVG}}}g") if group.get("class") == name)
    return [group for group in groups if next(group.iter(f"{{{_SVG}}}text"), None) is not None]


def _place(group: ET.Element) -> tuple[float, float]:
    text = next(group.iter(f"{{{_SVG}}}text"))
    return float(text.get("x", 0)), float(text.get("y", 0))


def _lift(group: ET.Element, by: float) -> None:
    if by > 0:
        group.set("transform", f"translate(0,{-by:.0f})")


def draw_glyphs(svg: str) -> str:
    """An SVG page of verovio's in which no text needs the music font."""
    root = ET.fromstring(svg)  # noqa: S314 - made by verovio a moment ago
    for parent in list(root.iter()):
        for index, child in enumerate(list(parent)):
            if child.tag == f"{{{_SVG}}}text" and _has_music(child):
                parent.remove(child)
                parent.insert(index, _drawn(child))
    return ET.tostring(root, encoding="unicode")


def _has_music(text: ET.Element) -> bool:
    return any(span.get("font-family") == _MUSIC_FONT for span in text.iter())


def _drawn(text: ET.Element) -> ET.Element:
    group = ET.Element(f"{{{_SVG}}}g")
    runs = list(_runs(text, size=0.0, music=False, bold=False, italic=False))
    width = sum(_width(run) for run in runs)
    place = next((span for span in text.iter() if span.get("x") is not None), text)
    x, y = float(place.get("x", 0)), float(place.get("y", 0))
    x -= {"middle": width / 2, "end": width}.get(place.get("text-anchor", ""), 0.0)
    for run in runs:
        group.extend(_outlines(run, x, y) if run.music else [_words(run, x, y)])
        x += _width(run)
    return group


def _runs(element: ET.Element, *, size: float, music: bool, bold: bool, italic: bool) -> Iterator[_Run]:
    size = float(element.get("font-size", f"{size}px").removesuffix("px"))
    music = element.get("font-family", _MUSIC_FONT if music else "") == _MUSIC_FONT
    bold = element.get("font-weight", "bold" if bold else "") == "bold"
    italic = element.get("font-style", "italic" if italic else "") == "italic"
    if element.tag.endswith("title"):
        return
    if element.text and (element.text.strip() or not len(element)) and size:
        yield _Run(text=element.text, size=size, music=music, bold=bold, italic=italic)
    for child in element:
        yield from _runs(child, size=size, music=music, bold=bold, italic=italic)


# ------------------------------------------------------------------------------------------- words


def _words(run: _Run, x: float, y: float) -> ET.Element:
    style = {"font-weight": "bold"} if run.bold else {}
    style |= {"font-style": "italic"} if run.italic else {}
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": f"{run.size:g}px", "font-family": _TEXT_FONT}
    words = ET.Element(f"{{{_SVG}}}text", place | style)
    words.text = run.text
    return words


def _width(run: _Run) -> float:
    if run.music:
        return sum(glyph(character)[1] for character in run.text) * run.size / _EM
    context = _context()
    slant = 1 if run.italic else 0  # cairo's numbers for italic and normal, bold and normal
    context.select_font_face(_TEXT_FONT, slant, 1 if run.bold else 0)
    context.set_font_size(run.size)
    return float(context.text_extents(run.text)[4])


@cache
def _context() -> Any:
    from importlib import import_module

    cairocffi = import_module("cairocffi")  # publishes no types
    return cairocffi.Context(cairocffi.PDFSurface(None, 10, 10))


# ------------------------------------------------------------------------------------------- signs


def _outlines(run: _Run, x: float, y: float) -> Iterator[ET.Element]:
    scale = run.size / _EM
    for character in run.text:
        outline, advance = glyph(character)
        move = f"translate({x:.1f},{y:.1f}) scale({scale:g},{-scale:g})"
        yield ET.Element(f"{{{_SVG}}}path", {"d": outline, "transform": move})
        x += advance * scale


@cache
def glyph(character: str) -> tuple[str, float]:
    """Outline and advance of a sign in thousandths of the font size, from verovio's own data; white where unknown."""
    import verovio

    folder = Path(verovio.__file__).parent / "data"
    code = f"{ord(character):04X}"
    file = folder / _MUSIC_FONT / f"{code}.xml"
    if not file.is_file():
        return "", 0.25 * _EM
    path = ET.parse(file).getroot().find(".//{*}path")  # noqa: S314 - a file of an installed package
    return (path.get("d", "") if path is not None else ""), _advances().get(code, 0.3 * _EM)


@cache
def _advances() -> dict[str, float]:
    import verovio

    file = Path(verovio.__file__).parent / "data" / f"{_MUSIC_FONT}.xml"
    signs = ET.parse(file).getroot().iter("g")  # noqa: S314 - a file of an installed package
    return {sign.get("c", ""): float(sign.get("h-a-x", 0)) for sign in signs}
