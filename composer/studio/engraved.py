"""A score for the screen: SVG of a given width, and the time at which each note is on."""

from __future__ import annotations

import re
from typing import Any

from composer.errors import ExternalToolError
from composer.types import Composition

__all__ = ["NARROWEST", "WIDEST", "engraved"]

NARROWEST, WIDEST = 240, 2400
"""Widths in CSS pixels."""
_SCALE = 25
_TALLEST = 60000
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)
_MILESTONE = re.compile(r'(class="[^"]*systemMilestone[^"]*"[^>]*>)\s*<ellipse[^>]*/>')
"""Where a section begins: a dot that verovio's style would hide."""
_FOREIGN = re.compile(r"<(script|foreignObject|a|image)\b.*?(?:</\1>|/>)", re.DOTALL)
_BLACK = re.compile(r"""(color|fill|stroke)="(?:black|#000000|#000)\"""")


def engraved(composition: Composition, width: int) -> dict[str, Any]:
    """Pages, time map and the ids of the bars.

    Parameters
    ----------
    composition : Composition
    width : int
        In CSS pixels, 240..2400.

    Raises
    ------
    ExternalToolError
        verovio is missing or cannot lay the score out.
    """
    from composer.rendering.musicxml.document import score_to_musicxml

    try:
        import verovio
    except ImportError as error:
        raise ExternalToolError("the score is engraved with verovio, which cannot be loaded") from error
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(
        {
            "pageWidth": round(width * 100 / _SCALE),
            "pageHeight": _TALLEST,
            "adjustPageHeight": True,
            "pageMarginLeft": 40,
            "pageMarginRight": 40,
            "pageMarginTop": 40,
            "pageMarginBottom": 40,
            "scale": _SCALE,
            "svgViewBox": True,
            "header": "none",
            "footer": "none",
            "breaks": "auto",
            "systemDivider": "none",
            "xmlIdSeed": 1,
        }
    )
    if not toolkit.loadData(score_to_musicxml(composition).decode()) or toolkit.getPageCount() < 1:
        raise ExternalToolError("verovio could not lay out the score", hint="download the MusicXML file instead")
    pages = [_plain(toolkit.renderToSVG(page)) for page in range(1, toolkit.getPageCount() + 1)]
    timemap = [_moment(entry) for entry in toolkit.renderToTimemap({"includeMeasures": True})]
    bars = [entry["measure"] for entry in timemap if "measure" in entry]
    return {
        "width": width,
        "pages": pages,
        "timemap": timemap,
        "bars": {str(number): bar for number, bar in enumerate(bars, start=1)},
    }


def _plain(svg: str) -> str:
    """The drawing in the page's own colour, its signs as paths, without style, script or reference."""
    from composer.rendering.svg_page import draw_glyphs

    svg = draw_glyphs(svg)
    return _BLACK.sub(r'\1="currentColor"', _FOREIGN.sub("", _MILESTONE.sub(r"\1", _STYLE.sub("", svg))))


def _moment(entry: dict[str, Any]) -> dict[str, Any]:
    moment = {"qstamp": entry["qstamp"], "on": entry.get("on", []), "off": entry.get("off", [])}
    return moment | ({"measure": entry["measureOn"]} if "measureOn" in entry else {})
