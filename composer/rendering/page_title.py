"""The title over the first page: on one line where that fits between the margins, else on several smaller ones.

verovio sets a title on one line, however long. Lines of our own are given to it as MusicXML credits, which it stacks.
"""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape

__all__ = ["title_lines", "with_title_lines"]

_TITLE, _LINE = 607.0, 405.0
"""Size of verovio's title and of a credit, in its own units."""
_NARROW, _WIDE = 0.62, 1.05
"""Width of a letter in font sizes, on the safe side; of one that fills a square."""
_MOST_LINES = 6
_MIDDLE, _TOP = 595, 1600
"""Where the first line stands, in MusicXML's tenths; verovio reads from it what is centred at the top."""


def title_lines(title: str, width: float) -> list[str]:
    """The lines of a title that is too long for one within `width` (verovio's units); none where one will do."""
    if _width(title) * _TITLE <= width:
        return []
    most = width / _LINE
    lines = _wrapped(title, most)
    for tenths in range(4, 10):  # as even as they can be
        even = _wrapped(title, most * tenths / 10)
        if len(even) == len(lines):
            lines = even
            break
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1]} ..."]
    return lines


def _wrapped(title: str, most: float) -> list[str]:
    lines = [""]
    for word in (part for whole in title.split(" ") for part in _cut(whole, most)):
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer) <= most:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def with_title_lines(musicxml: str, lines: list[str]) -> str:
    """MusicXML in which the lines stand as credits on the first page."""
    place = f'default-x="{_MIDDLE}" justify="center" valign="top"'
    credits_ = "".join(
        f'<credit page="1"><credit-type>title</credit-type><credit-words default-y="{_TOP - 40 * number}" {place}>'
        f"{escape(line)}</credit-words></credit>"
        for number, line in enumerate(lines)
    )
    return musicxml.replace("<part-list>", f"{credits_}<part-list>", 1)


def _width(text: str) -> float:
    return sum(_WIDE if unicodedata.east_asian_width(char) in "WF" else _NARROW for char in text)


def _cut(word: str, most: float) -> list[str]:
    """A word that no line holds, and text without spaces, in pieces."""
    pieces = [""]
    for char in word:
        if _width(pieces[-1] + char) > most:
            pieces.append("")
        pieces[-1] += char
    return pieces
