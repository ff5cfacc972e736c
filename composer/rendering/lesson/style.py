"""The look of a lesson: one style sheet for the screen, for paper, and for large print.

Conventions
-----------
* Text is at least 4.5 times as dark as its ground (WCAG 2.2, 1.4.3); colour alone says nothing.
* Ordinary print is 11.5 pt with staves 6.4 mm high; large print 18 pt with staves of 9.5 mm.
"""

from __future__ import annotations

from dataclasses import dataclass

from composer.errors import UsageError
from composer.rendering.sheet import PAGES

__all__ = ["Layout", "style_sheet"]

_MARGIN_MM = 18.0
_FOOT_MM = 20.0
_SCREEN_FONTS = '"Noto Sans", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Segoe UI", "DejaVu Sans", sans-serif'


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Page and sizes of a lesson: `page` is a name in `composer.rendering.sheet.PAGES`."""

    page: str = "a4"
    large_print: bool = False

    def __post_init__(self) -> None:
        if self.page not in PAGES:
            raise UsageError(
                f"--page: {self.page!r} is unknown; allowed: {', '.join(PAGES)}", hint="give --page one of those"
            )

    @property
    def width_mm(self) -> float:
        """Width between the margins."""
        return PAGES[self.page][0] - 2 * _MARGIN_MM

    @property
    def height_mm(self) -> float:
        """Height between the margins."""
        return PAGES[self.page][1] - _MARGIN_MM - _FOOT_MM

    @property
    def font_pt(self) -> float:
        """Size of the text."""
        return 18.0 if self.large_print else 11.5

    @property
    def staff_mm(self) -> float:
        """Height of a staff."""
        return 9.5 if self.large_print else 6.4


def style_sheet(layout: Layout, *, fonts: str = _SCREEN_FONTS, footer: str = "") -> str:
    """The CSS of a lesson.

    Parameters
    ----------
    layout : Layout
    fonts : str
        Font families for all text.
    footer : str
        What stands at the foot of each printed page before its number.
    """
    width, height = PAGES[layout.page]
    foot = f"font: {0.72 * layout.font_pt:.1f}pt {fonts}; color: #444;"
    page = f"""
@page {{ size: {width:g}mm {height:g}mm; margin: {_MARGIN_MM:g}mm {_MARGIN_MM:g}mm {_FOOT_MM:g}mm;
  @bottom-left {{ width: 86%; content: {_css_string(footer)}; {foot} }}
  @bottom-right {{ width: 14%; content: counter(page) " / " counter(pages); {foot} }} }}
"""
    rules = _RULES.replace("FONTS", fonts).replace("SIZE", f"{layout.font_pt:g}pt")
    room = layout.height_mm - (185 if layout.large_print else 152)  # the rest of the first page is text
    picture = f".painting img {{ max-height: {room:.0f}mm; margin: 0 auto; }}\n"
    # Large activities are longer than what is left of a page: they may break, between their own parts.
    return page + rules + picture + (_LARGE if layout.large_print else _ORDINARY)


def _css_string(text: str) -> str:
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ").replace("\n", " ")
    return f'"{safe}"'


_ORDINARY = ".activity { break-inside: avoid; }\n"
_LARGE = """h1 { font-size: 1.4em; }
h2 { font-size: 1.25em; }
"""
_RULES = """
html { font: SIZE/1.45 FONTS; color: #1b1b1b; background: #fff; }
body { margin: 0 auto; max-width: 46em; padding: 1em; }
h1, h2, h3 { line-height: 1.2; color: #17365d; break-after: avoid; }
h1 { font-size: 1.9em; margin: .1em 0 .4em; }
h2 { font-size: 1.4em; margin: 1.4em 0 .5em; border-bottom: .12em solid #17365d; padding-bottom: .15em; }
h3 { font-size: 1.12em; margin: 1.3em 0 .35em; }
p, ul, ol, dl { margin: .4em 0; }
li { margin: .25em 0; break-inside: avoid; }
img { max-width: 100%; height: auto; display: block; }
figure { margin: .6em 0; break-inside: avoid; }
.activity figure, .answer figure { break-before: avoid; }
figcaption { margin-top: .4em; }
.kicker { margin: 0; color: #444; letter-spacing: .04em; }
.head { display: flex; gap: 2em; margin: .2em 0 .8em; }
.head span { flex: 1; border-bottom: .06em solid #555; padding-bottom: .1em; color: #444; }
blockquote { margin: .5em 0; padding: .2em 0 .2em .9em; border-left: .25em solid #17365d; }
dl.about { display: grid; grid-template-columns: max-content 1fr; gap: .15em 1em; }
dl.about dt { font-weight: bold; }
dl.about dd { margin: 0; }
table { border-collapse: collapse; width: 100%; margin: .5em 0; break-inside: avoid; break-before: avoid; }
th, td { border: .06em solid #666; padding: .3em .5em; text-align: left; vertical-align: top; }
th { background: #eef2f7; }
.heard th:first-child { width: 30%; }
.heard th:nth-child(2) { width: 16%; }
td.write { min-width: 6em; height: 1.6em; }
.lines { display: block; border-bottom: .06em solid #555; height: 1.9em; }
.lines.short { display: inline-block; width: 10em; height: 1.1em; }
.words { list-style: none; padding: 0; }
.words li { display: inline-block; margin: .15em .9em .15em 0; }
.hint { color: #333; font-style: italic; }
.key { font-weight: bold; }
.skip { position: absolute; left: -999em; }
.skip:focus { left: .5em; top: .5em; background: #fff; padding: .5em; outline: .2em solid #17365d; }
a { color: #0b4a9e; }
a:focus-visible, summary:focus-visible { outline: .2em solid #b3261e; outline-offset: .1em; }
summary { cursor: pointer; font-weight: bold; padding: .3em 0; }
audio { display: block; margin: .2em 0 .6em; }
footer { margin-top: 2em; border-top: .06em solid #666; }
footer, .files { color: #333; font-size: .86em; }
nav { background: #eef2f7; padding: .4em 1em; margin-bottom: 1.2em; }
nav ul { list-style: none; padding: 0; columns: 14em; }
@media print {
  body { max-width: none; padding: 0; }
  nav, .skip, summary, audio, .screen { display: none; }
  h1 { margin-top: 0; }
  .newpage { break-before: page; }
  .newpage > h2:first-child, .newpage > h3:first-child { margin-top: 0; }
  details { display: block; }
  dl.about { display: block; }
  dl.about dt, dl.about dd { display: inline; }
  dl.about dt::after { content: ": "; }
  dl.about dd:not(:last-child)::after { content: " · "; }
  a { color: inherit; text-decoration: none; }
}
"""
