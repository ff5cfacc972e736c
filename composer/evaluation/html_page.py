"""The frame of a report: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from composer.files import atomic_write
from composer.rendering.lesson.markup import Markup, el, join
from composer.version import __version__

__all__ = ["figure", "section", "table", "write_page"]

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid #ccc; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
figure { margin: .8rem 0; }
figure svg { width: 100%; height: auto; display: block; }
figure.small { display: inline-block; width: 32%; margin: .3rem .3%; vertical-align: top; }
figure.half { max-width: 30rem; }
figcaption { color: #444; font-size: .9rem; }
.score { border: 1px solid #ddd; overflow: auto; padding: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
caption { text-align: left; color: #444; padding: 1rem 0 .3rem; }
th, td { text-align: left; padding: .22rem .6rem .22rem 0; border-bottom: 1px solid #e4e4e4; vertical-align: top; }
tbody th { font-weight: 500; white-space: nowrap; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.note { color: #444; }
footer { margin-top: 3rem; color: #555; font-size: .85rem; }
@media (max-width: 40rem) { figure.small { width: 100%; } table { display: block; overflow-x: auto; } }
@media print { figure, tr { break-inside: avoid; } }
"""


def figure(picture: Markup, caption: str, *, kind: str | None = None) -> Markup:
    """A picture with words under it."""
    return el("figure", picture, el("figcaption", caption), class_=kind)


def section(heading: str, *content: str) -> Markup:
    """A heading and what stands under it."""
    return el("section", el("h2", heading), *content)


def table(caption: str, head: Sequence[str], lines: Iterable[Sequence[str]]) -> Markup:
    """A table whose first column names the rows; the second is set in figures of equal width."""
    body = [
        el(
            "tr",
            el("th", line[0], scope="row"),
            *(el("td", cell, class_="number" if place == 0 else None) for place, cell in enumerate(line[1:])),
        )
        for line in lines
    ]
    top = el("thead", el("tr", *(el("th", name, scope="col") for name in head)))
    return el("table", el("caption", caption), top, el("tbody", *body))


def write_page(path: Path, title: str, lead: str, sections: Iterable[Markup]) -> None:
    """Write the report; it appears whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
        Markup(f"<style>{_STYLE}</style>"),
    )
    foot = el("footer", el("p", f"Made by Composer {__version__}. What each measure means: docs/evaluation.md."))
    main = el("main", el("h1", title), el("p", lead, class_="note"), *sections)
    page = join([Markup("<!DOCTYPE html>\n"), el("html", head, el("body", main, foot), lang="en"), Markup("\n")])
    with atomic_write(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
