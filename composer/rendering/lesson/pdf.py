"""A lesson as a tagged PDF, made by WeasyPrint from the same HTML.

Fonts come from packages (matplotlib's DejaVu Sans, matplotlib-fontja's IPAex Gothic), so that a page looks the same on
every machine; where they are missing, the system's fonts are taken. Same lesson, same bytes: no date, no random ids.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from composer.errors import AssetError, ExternalToolError
from composer.rendering.lesson.content import LessonContent
from composer.rendering.lesson.fonts import japanese_font, latin_font, system_has
from composer.rendering.lesson.page import lesson_html

__all__ = ["check_pdf", "lesson_pdf"]

_LATIN, _JAPANESE = "Lesson Sans", "Lesson Gothic"


def check_pdf(language: str) -> None:
    """Refuse before any work what cannot become a PDF.

    Raises
    ------
    ExternalToolError
        WeasyPrint or the pango library that it draws text with is missing.
    AssetError
        No font has the language's signs.
    """
    _weasyprint()
    if language == "ja" and japanese_font() is None and not system_has("ja"):
        raise AssetError(
            "no font with Japanese signs was found",
            hint="run 'pip install matplotlib-fontja', or install one such as fonts-noto-cjk; .html needs none",
        )


def lesson_pdf(content: LessonContent) -> bytes:
    """The bytes of a PDF (PDF/UA-1: tagged, with alternative texts).

    Raises
    ------
    ExternalToolError, AssetError
        As `check_pdf`; the music cannot be engraved.
    """
    check_pdf(content.language)
    weasyprint = _weasyprint()
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    faces, families = _font_faces(content.language)
    page = lesson_html(content, paper=True, fonts=families)
    fonts, inside = FontConfiguration(), URLFetcher(allowed_protocols=("data", "file"))
    sheet = weasyprint.CSS(string=faces, font_config=fonts, url_fetcher=inside)
    document = weasyprint.HTML(string=page, url_fetcher=inside)
    with _undated_fonts():
        data: bytes = document.write_pdf(
            stylesheets=[sheet],
            font_config=fonts,
            pdf_variant="pdf/ua-1",
            pdf_identifier=hashlib.md5(page.encode(), usedforsecurity=False).digest(),
        )
    return data


@contextmanager
def _undated_fonts() -> Iterator[None]:
    """Keep the time of day out of the embedded fonts: the same lesson is the same bytes.

    fontTools stamps every font that it cuts down, and takes the time from ``SOURCE_DATE_EPOCH`` where that is set.
    """
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = before or "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]


def _weasyprint() -> Any:
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # links to files beside the lesson have no base
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError where the pango library is missing
        raise ExternalToolError(
            f"lessons become PDF through WeasyPrint, which cannot be loaded: {str(error).splitlines()[0]}",
            hint="run 'pip install weasyprint' and install the pango library (libpango-1.0-0, libpangoft2-1.0-0); "
            ".html needs neither",
        ) from error
    return weasyprint


def _font_faces(language: str) -> tuple[str, str]:
    """CSS that declares the fonts, and the list of families in which they are used."""
    rules, families = [], []
    for bold, italic in ((False, False), (True, False), (False, True), (True, True)):
        file = latin_font(bold=bold, italic=italic)
        if file is not None:
            rules.append(_face(_LATIN, file, "bold" if bold else "normal", "italic" if italic else "normal"))
    if rules:
        families.append(_LATIN)
    gothic = japanese_font()
    if gothic is not None and language == "ja":
        families.append(_JAPANESE)
        rules.append(_face(_JAPANESE, gothic, "normal", "normal"))
    return "\n".join(rules), ", ".join([*(f'"{family}"' for family in families), "sans-serif"])


def _face(family: str, file: Path, weight: str, slant: str) -> str:
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {slant}; '
        f'src: url("{file.as_uri()}"); }}'
    )
