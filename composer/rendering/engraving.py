"""A composition as pages of music, A4 or Letter upright, engraved by verovio from our MusicXML.

Conventions
-----------
* A PDF holds every page; SVG and PNG hold one page a file, the further ones named ``piece-2.png`` ...
* Staves are 6.8 mm high for one or two of them, smaller for larger scores, as printed scores are.
* Same composition, same bytes: verovio's ids are seeded, the PDF carries no date.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from composer.errors import ExternalToolError
from composer.files import atomic_group
from composer.midi.texts import printable_text
from composer.rendering.musicxml.document import encoded_systems, score_to_musicxml, sheet_parts
from composer.rendering.page_title import title_lines, with_title_lines
from composer.rendering.sheet import PAGES, Sheet
from composer.rendering.svg_page import draw_glyphs, fit_words, free_marks, number_systems
from composer.types import Composition

__all__ = ["PNG_DPI", "engrave", "page_paths", "write_pdf", "write_png", "write_svg"]

PNG_DPI = 200
_MARGIN_MM = 14
_WHOLE = Sheet()
_SCALES = ((2, 94), (4, 80), (6, 68), (9, 60), (12, 52))
"""Up to so many staves -> percent of verovio's staff height of 7.2 mm; larger scores take the last."""
_SMALLEST = 44
_SHORT_OPENING, _ROOM_FOR_MARK = 2, 13.0
"""Bars of a first section after which the next one's mark may have to stand over the tempo, and the room below the
title that it needs then, in half staff spaces."""


def engrave(composition: Composition, sheet: Sheet = _WHOLE) -> tuple[str, ...]:
    """The pages as SVG documents with the music font inside.

    Raises
    ------
    ComposerError
        The score cannot be notated; see `score_to_musicxml`.
    ExternalToolError
        verovio or music21 is missing, or verovio cannot lay the score out.
    """
    verovio = _load("verovio", "pages are engraved with verovio")
    verovio.enableLog(verovio.LOG_OFF)  # it would write to the terminal
    toolkit = verovio.toolkit()
    staves = sum(len(part.staves) for part in sheet_parts(composition, sheet))
    short = composition.score.plan.sections[0].bars <= _SHORT_OPENING
    toolkit.setOptions(_options(staves, sheet) | ({"bottomMarginHeader": _ROOM_FOR_MARK} if short else {}))
    musicxml = score_to_musicxml(composition, sheet).decode()
    lines = title_lines(printable_text(composition.score.plan.title), _text_width(staves, sheet))
    loaded = toolkit.loadData(with_title_lines(musicxml, lines) if lines else musicxml)
    if not loaded or toolkit.getPageCount() < 1:
        raise ExternalToolError("verovio could not lay out the score", hint="write a .musicxml file instead")
    pages = range(1, toolkit.getPageCount() + 1)
    return tuple(number_systems(free_marks(_sized(toolkit.renderToSVG(page), sheet))) for page in pages)


def page_paths(path: Path, pages: int) -> tuple[Path, ...]:
    """The files of a piece that has one file a page: ``piece.png``, ``piece-2.png`` ..."""
    return (path, *(path.with_name(f"{path.stem}-{page}{path.suffix}") for page in range(2, pages + 1)))


def write_svg(
    composition: Composition, path: Path, *, final: Path | None = None, sheet: Sheet = _WHOLE
) -> tuple[Path, ...]:
    """Write one ``.svg`` file a page; returns their paths.

    Parameters
    ----------
    composition : Composition
    path : Path
        The first page.
    final : Path, optional
        The name that the caller will give the first page; the further ones are named after it.
    sheet : Sheet
        Pitch and page, and what of the score is shown.

    Raises
    ------
    ComposerError, ExternalToolError
        As `engrave`.
    OutputError
        A file cannot be written.
    """
    return _write_pages([page.encode() for page in engrave(composition, sheet)], path, final)


def write_png(
    composition: Composition, path: Path, *, final: Path | None = None, sheet: Sheet = _WHOLE
) -> tuple[Path, ...]:
    """Like `write_svg`, as ``.png`` pictures of 200 dots per inch on white."""
    cairosvg = _load("cairosvg", "pages become PNG through cairosvg")
    width = round(PAGES[sheet.page][0] / 25.4 * PNG_DPI)
    pages = [
        cairosvg.svg2png(bytestring=fit_words(draw_glyphs(page)).encode(), background_color="white", output_width=width)
        for page in engrave(composition, sheet)
    ]
    return _write_pages(pages, path, final)


def write_pdf(composition: Composition, path: Path, sheet: Sheet = _WHOLE) -> int:
    """Write a ``.pdf`` file with every page; returns their number.

    Raises
    ------
    ComposerError, ExternalToolError, OutputError
        As `write_svg`.
    """
    cairosvg = _load("cairosvg", "pages become PDF through cairosvg")
    pypdf = _load("pypdf", "the pages of a PDF are put together with pypdf")
    pages = engrave(composition, sheet)
    book = pypdf.PdfWriter()
    for page in pages:
        book.append(io.BytesIO(cairosvg.svg2pdf(bytestring=fit_words(draw_glyphs(page)).encode())))
    book.metadata = {"/Title": printable_text(composition.score.plan.title), "/Creator": "Composer"}
    buffer = io.BytesIO()
    book.write(buffer)
    _write_pages([buffer.getvalue()], path, None)
    return len(pages)


def _load(name: str, use: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except (ImportError, OSError) as error:  # cairosvg raises OSError where the cairo library is missing
        extra = " and install the cairo library (libcairo2)" if name == "cairosvg" else ""
        raise ExternalToolError(
            f"{use}, which cannot be loaded: {error}", hint=f"run 'pip install {name}'{extra}"
        ) from error


def _per_mm(staves: int) -> float:
    """Units of a millimetre: verovio's page is counted in tenths of a millimetre before scaling."""
    return 1000 / next((percent for most, percent in _SCALES if staves <= most), _SMALLEST)


def _text_width(staves: int, sheet: Sheet) -> float:
    """What lies between the margins, in the units of verovio's drawings."""
    return (PAGES[sheet.page][0] - 2 * _MARGIN_MM) * 10 * _per_mm(staves)


def _options(staves: int, sheet: Sheet) -> dict[str, Any]:
    width, height = PAGES[sheet.page]
    per_mm = _per_mm(staves)
    margin = round(_MARGIN_MM * per_mm)
    return {
        "pageWidth": round(width * per_mm),
        "pageHeight": round(height * per_mm),
        "pageMarginLeft": margin,
        "pageMarginRight": margin,
        "pageMarginTop": margin,
        "pageMarginBottom": margin,
        "scale": 100,
        "svgViewBox": True,
        "header": "auto",
        "footer": "none",
        "breaks": "line" if encoded_systems(sheet, staves) else "auto",
        "svgAdditionalAttribute": ["measure@n"],
        "justifyVertically": True,
        "dynamDist": 1.5,
        "bottomMarginHeader": 8.0,
        "xmlIdSeed": 1,
    }


def _sized(svg: str, sheet: Sheet) -> str:
    width, height = PAGES[sheet.page]
    return svg.replace("<svg ", f'<svg width="{width}mm" height="{height}mm" ', 1)


def _write_pages(pages: Sequence[bytes], path: Path, final: Path | None) -> tuple[Path, ...]:
    paths = (path, *page_paths(final or path, len(pages))[1:])
    with atomic_group(paths) as temporaries:
        for temporary, data in zip(temporaries, pages, strict=True):
            temporary.write_bytes(data)
    return paths
