"""The repair of verovio's SVG pages before they are printed: music signs within text, and room for the marks.

verovio sets the note of a metronome mark and the accidentals of chord symbols in its music font, which the SVG carries
for browsers. cairo knows installed fonts only and would draw empty boxes, so these texts are laid out here: words are
measured with cairo, signs are placed between them as paths. verovio measures letters in Times; where the font that
stands in for it is wider, they are printed as much smaller as its frames and gaps need.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["draw_glyphs", "fit_words", "free_marks", "glyph", "number_systems"]

_SVG = "http://www.w3.org/2000/svg"
_MUSIC_FONT = "Leipzig"
_TEXT_FONT = "Times"
_EM = 1000
_SAMPLE = "Interlude Andante grazioso 104 (A7/Dm)"
"""What is written over staves, by which the widths of two fonts are compared."""
_OVER_CHORDS = 0.15
_LIFTED = 0.35
"""Air between chord symbols and what stands over them, in font sizes."""
_TALL = 1.3
"""Height of a tempo mark and the air over it, in font sizes: the note's stem stands higher than the letters."""
_BESIDE, _BELOW_BASELINE = 3.0, 0.35
"""How near a rehearsal mark stands that belongs beside a tempo, and how far its frame reaches below the baseline."""
_NUMBER_SIZE, _NUMBER_ASIDE, _NUMBER_ABOVE, _OVER_BRACKET = "324px", 30, 90, 308
"""Bar numbers as verovio sets them, and their place from the upper left corner of the staff; over a bracket's hook."""
_CLEAR = 60
"""Air between a bar number and the mark over it."""
_DOUBLE, _SIGN_SIZE = {"\U0001d12a": "\uea67", "\U0001d12b": "\uea63"}, 1.78
"""Double accidentals that verovio leaves as text -> signs of its music font, and how much larger it sets signs."""
_DOUBLES = re.compile(f"([{''.join(_DOUBLE)}])")
_BOLD_KINDS, _ITALIC_KINDS = ("ending", "fing", "reh", "tempo"), ("dir", "dynam", "mNum")
"""Kinds of marks that verovio's style sheet sets in bold and in italics."""
_XLINK = "http://www.w3.org/1999/xlink"


def _written(root: ET.Element) -> str:
    """Serialise with SVG as the default namespace; the registry is the process's, and others use it too."""
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    return ET.tostring(root, encoding="unicode")


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
        size = max(_font_size(span) for span in chords[0].iter())
        top = min(_place(chord)[1] for chord in chords) - size
        spans = [(_place(chord)[0], _place(chord)[0] + _text_width(chord)) for chord in chords]
        lifted: list[tuple[float, float]] = []  # left and right of the marks that now stand as high as the tempo
        for mark in _of_class(system, "reh"):
            frame = mark.find(f"{{{_SVG}}}rect")
            if frame is None:
                continue
            left, width = float(frame.get("x", 0)), float(frame.get("width", 0))
            air = _LIFTED * size
            if any(start < left + width + air and left < end + air for start, end in spans):
                _lift(mark, float(frame.get("y", 0)) + float(frame.get("height", 0)) - (top - _OVER_CHORDS * size))
                lifted.append((left, left + width))
        for tempo in _of_class(system, "tempo"):
            x, y = _place(tempo)
            right = max((end for start, end in lifted if start <= x), default=0.0)
            _lift(tempo, y - (top - _LIFTED * size), aside=max(0.0, right + _LIFTED * size - x))
    for system in _of_class(root, "system"):
        _clear_tempi(system)
    return _written(root)


def _clear_tempi(system: ET.Element) -> None:
    """Part rehearsal marks from tempo marks that they would cover, and set them on one line.

    A tempo is lifted over a mark that begins later, as after a short first section. The mark that begins before it
    stands as high as the tempo, whichever of the two stands higher, and the tempo moves aside for it.
    """
    marks = [mark for mark in _of_class(system, "reh") if mark.find(f"{{{_SVG}}}rect") is not None]
    for tempo in _of_class(system, "tempo"):
        size = max(_font_size(span) for span in tempo.iter())
        left = _place(tempo)[0] + _moved(tempo)[0]
        for mark in marks:
            if _frame(mark)[0] > left:
                _lift_over(tempo, _frame(mark), size)
        for mark in marks:
            if _frame(mark)[0] <= left < _frame(mark)[2] + _BESIDE * size:
                _level(mark, tempo, size)


def _lift_over(tempo: ET.Element, frame: tuple[float, float, float, float], size: float) -> None:
    """Lift a tempo over a frame that would cover its words."""
    (x, y), (aside, up) = _place(tempo), _moved(tempo)
    start, top, _, bottom = frame
    over = y + up + _LIFTED * size - top
    if start <= x + aside + _text_width(tempo) + _LIFTED * size and over > 0 and bottom > y + up - _TALL * size:
        tempo.set("transform", f"translate({aside:.0f},{up - over:.0f})")


def _level(mark: ET.Element, tempo: ET.Element, size: float) -> None:
    """Set a mark and the tempo after it on one line, side by side."""
    (x, y), (aside, up), (along, high) = _place(tempo), _moved(tempo), _moved(mark)
    _, _, end, bottom = _frame(mark)
    lower = y + up + _BELOW_BASELINE * size - bottom
    mark.set("transform", f"translate({along:.0f},{high + min(lower, 0.0):.0f})")
    right = max(0.0, end + _LIFTED * size - x - aside)
    tempo.set("transform", f"translate({aside + right:.0f},{up - max(lower, 0.0):.0f})")


def _frame(mark: ET.Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a rehearsal mark's frame, as it was moved."""
    frame = mark.find(f"{{{_SVG}}}rect")
    assert frame is not None
    along, up = _moved(mark)
    left, top = float(frame.get("x", 0)) + along, float(frame.get("y", 0)) + up
    return left, top, left + float(frame.get("width", 0)), top + float(frame.get("height", 0))


def _font_size(span: ET.Element) -> float:
    """Of letters; the signs among them are set larger and stand no higher."""
    letters = span.get("font-family") != _MUSIC_FONT
    return float(span.get("font-size", "0px").removesuffix("px")) if letters else 0.0


def number_systems(svg: str) -> str:
    """Number the systems that verovio leaves without a number because a rehearsal mark stands there; not the first bar.

    The measures must carry their numbers (verovio's ``svgAdditionalAttribute``: ``measure@n``).
    """
    root = ET.fromstring(svg)  # noqa: S314 - made by verovio a moment ago
    for system in _of_class(root, "system"):
        measure = next(iter(_of_class(system, "measure")), None)
        number = measure.get("data-n", "1") if measure is not None else "1"
        if measure is None or number in ("0", "1") or any("mNum" in group.get("class", "") for group in measure):
            continue
        line = next(measure.iter(f"{{{_SVG}}}path"))  # the top line of the staff
        x, y = line.get("d", "M0 0").lstrip("M").split()[:2]
        above = _OVER_BRACKET if _has_bracket(system) else _NUMBER_ABOVE
        group = ET.Element(f"{{{_SVG}}}g", {"class": "mNum autogenerated"})
        place = {"x": str(int(x) + _NUMBER_ASIDE), "y": str(int(y) - above), "text-anchor": "end"}
        text = ET.SubElement(group, f"{{{_SVG}}}text", place | {"font-size": "0px"})
        ET.SubElement(text, f"{{{_SVG}}}tspan", {"font-size": _NUMBER_SIZE}).text = number
        measure.insert(0, group)
        _clear_number(system, int(x) + _NUMBER_ASIDE, int(y) - above)
    return _written(root)


def _has_bracket(system: ET.Element) -> bool:
    """Whether parts are held together by a bracket, whose hook stands where the number would."""
    groups = (group for group in system.iter(f"{{{_SVG}}}g") if group.get("class") == "grpSym")
    return any(group.find(f"{{{_SVG}}}rect") is not None for group in groups)


def _clear_number(system: ET.Element, right: int, bottom: int) -> None:
    """Lift a rehearsal mark that would cover the bar number, which ends at `right` and stands on `bottom`."""
    top = bottom - float(_NUMBER_SIZE.removesuffix("px")) - _CLEAR
    for mark in _of_class(system, "reh"):
        frame = mark.find(f"{{{_SVG}}}rect")
        if frame is None or float(frame.get("x", 0)) > right + _CLEAR:
            continue
        aside, up = _moved(mark)
        over = float(frame.get("y", 0)) + float(frame.get("height", 0)) + up - top
        if over > 0:
            mark.set("transform", f"translate({aside:.0f},{up - over:.0f})")


def _moved(group: ET.Element) -> tuple[float, float]:
    """How far a mark was moved before."""
    text = group.get("transform", "translate(0,0)")
    across, down = text.removeprefix("translate(").removesuffix(")").split(",")
    return float(across), float(down)


def _of_class(system: ET.Element, name: str) -> list[ET.Element]:
    """Groups of a kind that hold a text: verovio leaves the group of a sign that it could not place empty."""
    groups = (group for group in system.iter(f"{{{_SVG}}}g") if group.get("class") == name)
    return [group for group in groups if next(group.iter(f"{{{_SVG}}}text"), None) is not None]


def _place(group: ET.Element) -> tuple[float, float]:
    text = next(group.iter(f"{{{_SVG}}}text"))
    return float(text.get("x", 0)), float(text.get("y", 0))


def _lift(group: ET.Element, by: float, *, aside: float = 0.0) -> None:
    """Move a mark up, and aside where another one stands in its way."""
    if by > 0 or aside > 0:
        group.set("transform", f"translate({aside:.0f},{-max(by, 0.0):.0f})")


def _text_width(group: ET.Element) -> float:
    """Width of a chord symbol or another mark."""
    text = next(group.iter(f"{{{_SVG}}}text"))
    bold, italic = _style(group, bold=False, italic=False)
    return sum(_width(run) for run in _runs(text, size=0.0, music=False, bold=bold, italic=italic))


def _style(element: ET.Element, *, bold: bool, italic: bool) -> tuple[bool, bool]:
    """Whether an element's letters are bold and italic, by what surrounds it, its kind and its own word."""
    kind = element.get("class", "").partition(" ")[0]
    weight = element.get("font-weight", "bold" if bold or kind in _BOLD_KINDS else "")
    slant = element.get("font-style", "italic" if italic or kind in _ITALIC_KINDS else "")
    return weight == "bold", slant == "italic"


def draw_glyphs(svg: str) -> str:
    """An SVG page of verovio's in which no text needs the music font."""
    root = ET.fromstring(svg)  # noqa: S314 - made by verovio a moment ago
    for parent in list(root.iter()):
        for index, child in enumerate(list(parent)):
            if child.tag == f"{{{_SVG}}}text" and _has_music(child):
                parent.remove(child)
                parent.insert(index, _drawn(child, parent))
    return _written(root)


def _has_music(text: ET.Element) -> bool:
    return any(span.get("font-family") == _MUSIC_FONT or set(span.text or "") & set(_DOUBLE) for span in text.iter())


def _drawn(text: ET.Element, mark: ET.Element) -> ET.Element:
    group = ET.Element(f"{{{_SVG}}}g")
    bold, italic = _style(mark, bold=False, italic=False)
    runs = list(_runs(text, size=0.0, music=False, bold=bold, italic=italic))
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
    bold, italic = _style(element, bold=bold, italic=italic)
    if element.tag.endswith("title"):
        return
    if element.text and (element.text.strip() or not len(element)) and size:
        for part in _DOUBLES.split(element.text):
            double = part in _DOUBLE
            text, scaled = (_DOUBLE[part], size * _SIGN_SIZE) if double else (part, size)
            if part:
                yield _Run(text=text, size=scaled, music=music or double, bold=bold, italic=italic)
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
    return _drawn_width(run.text, run.size, bold=run.bold, italic=run.italic) * _fit(bold=run.bold, italic=run.italic)


def _drawn_width(text: str, size: float, *, bold: bool, italic: bool) -> float:
    context = _context()
    slant = 1 if italic else 0  # cairo's numbers for italic and normal, bold and normal
    context.select_font_face(_TEXT_FONT, slant, 1 if bold else 0)
    context.set_font_size(size)
    return float(context.text_extents(text)[4])


@cache
def _fit(*, bold: bool, italic: bool) -> float:
    """Size at which the font at hand is as wide as Times, 1 where it is no wider."""
    advances = _times(bold=bold, italic=italic)
    wanted = math.fsum(advances[f"{ord(letter):02x}"] for letter in _SAMPLE)
    return min(1.0, wanted * _EM / _drawn_width(_SAMPLE, _EM, bold=bold, italic=italic))


@cache
def _times(*, bold: bool, italic: bool) -> dict[str, float]:
    """Code of a letter -> its advance in Times, or its width, as verovio measures it, in font sizes."""
    import verovio

    style = ("-bold" if bold else "") + ("-italic" if italic else "")
    root = ET.parse(Path(verovio.__file__).parent / "data" / "text" / f"Times{style}.xml").getroot()  # noqa: S314 - as below
    em = float(root.get("units-per-em", 1))
    return {sign.get("c", "").lower(): float(sign.get("h-a-x") or sign.get("w") or 0) / em for sign in root.iter("g")}


def fit_words(svg: str) -> str:
    """A page whose letters are as wide as verovio measured them, for printing with the fonts at hand."""
    root = ET.fromstring(svg)  # noqa: S314 - made by verovio a moment ago
    _fit_element(root, bold=False, italic=False)
    return _written(root)


def _fit_element(element: ET.Element, *, bold: bool, italic: bool) -> None:
    bold, italic = _style(element, bold=bold, italic=italic)
    size = element.get("font-size")
    if size is not None and element.get("font-family") != _MUSIC_FONT:
        element.set("font-size", f"{float(size.removesuffix('px')) * _fit(bold=bold, italic=italic):g}px")
    for child in element:
        _fit_element(child, bold=bold, italic=italic)


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
