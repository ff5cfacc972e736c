"""A composition as pages of music, A4 upright, engraved by verovio from our MusicXML.

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
from composer.rendering.meta_text import printable_text
from composer.rendering.musicxml import score_to_musicxml
from composer.rendering.notation.staves import parts_of
from composer.rendering.svg_page import draw_glyphs, free_marks
from composer.types import Composition

__all__ = ["PNG_DPI", "engrave", "page_paths", "write_pdf", "write_png", "write_svg"]

PNG_DPI = 200
_WIDTH_MM, _HEIGHT_MM, _MARGIN_MM = 210, 297, 14
_SCALES = ((2, 94), (4, 80), (6, 68), (9, 60), (12, 52))
"""Up to so many staves -> percent of verovio's staff height of 7.2 mm; larger scores take the last."""
_SMALLEST = 44


def engrave(composition: Composition) -> tuple[str, ...]:
    """The pages as SVG documents, A4, with the music font inside.

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
    toolkit.setOptions(_options(sum(len(part.staves) for part in parts_of(composition.score))))
    loaded = toolkit.loadData(score_to_musicxml(composition).decode())
    if not loaded or toolkit.getPageCount() < 1:
        raise ExternalToolError("verovio could not lay out the score", hint="write a .musicxml file instead")
    pages = range(1, toolkit.getPageCount() + 1)
    return tuple(free_marks(_on_a4(toolkit.renderToSVG(page))) for page in pages)


def page_paths(path: Path, pages: int) -> tuple[Path, ...]:
    """The files of a piece that has one file a page: ``piece.png``, ``piece-2.png`` ..."""
    return (path, *(path.with_name(f"{path.stem}-{page}{path.suffix}") for page in range(2, pages + 1)))


def write_svg(composition: Composition, path: Path, *, final: Path | None = None) -> tuple[Path, ...]:
    """Write one ``.svg`` file a page; returns their paths.

    Parameters
    ----------
    composition : Composition
    path : Path
        The first page.
    final : Path, optional
        The name that the caller will give the first page; the further ones are named after it.

    Raises
    ------
    ComposerError, ExternalToolError
        As `engrave`.
    OutputError
        A file cannot be written.
    """
    return _write_pages([page.encode() for page in engrave(composition)], path, final)


def write_png(composition: Composition, path: Path, *, final: Path | None = None) -> tuple[Path, ...]:
    """Like `write_svg`, as ``.png`` pictures of 200 dots per inch on white."""
    cairosvg = _load("cairosvg", "pages become PNG through cairosvg")
    width = round(_WIDTH_MM / 25.4 * PNG_DPI)
    pages = [
        cairosvg.svg2png(bytestring=draw_glyphs(page).encode(), background_color="white", output_width=width)
        for page in engrave(composition)
    ]
    return _write_pages(pages, path, final)


def write_pdf(composition: Composition, path: Path) -> int:
    """Write a ``.pdf`` file with every page; returns their number.

    Raises
    ------
    ComposerError, ExternalToolError, OutputError
        As `write_svg`.
    """
    cairosvg = _load("cairosvg", "pages become PDF through cairosvg")
    pypdf = _load("pypdf", "the pages of a PDF are put together with pypdf")
    pages = engrave(composition)
    book = pypdf.PdfWriter()
    for page in pages:
        book.append(io.BytesIO(cairosvg.svg2pdf(bytestring=draw_glyphs(page).encode())))
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


def _options(staves: int) -> dict[str, Any]:
    scale = next((percent for most, percent in _SCALES if staves <= most), _SMALLEST)
    per_mm = 1000 / scale  # verovio's page is counted in tenths of a millimetre before scaling
    margin = round(_MARGIN_MM * per_mm)
    return {
        "pageWidth": round(_WIDTH_MM * per_mm),
        "pageHeight": round(_HEIGHT_MM * per_mm),
        "pageMarginLeft": margin,
        "pageMarginRight": margin,
        "pageMarginTop": margin,
        "pageMarginBottom": margin,
        "scale": 100,
        "svgViewBox": True,
        "header": "auto",
        "footer": "none",
        "breaks": "auto",
        "justifyVertically": True,
        "dynamDist": 1.5,
        "bottomMarginHeader": 8.0,
        "xmlIdSeed": 1,
    }


def _on_a4(svg: str) -> str:
    return svg.replace("<svg ", f'<svg width="{_WIDTH_MM}mm" height="{_HEIGHT_MM}mm" ', 1)


def _write_pages(pages: Sequence[bytes], path: Path, final: Path | None) -> tuple[Path, ...]:
    paths = (path, *page_paths(final or path, len(pages))[1:])
    with atomic_group(paths) as temporaries:
        for temporary, data in zip(temporaries, pages, strict=True):
            temporary.write_bytes(data)
    return paths
