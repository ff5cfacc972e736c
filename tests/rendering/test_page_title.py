"""Titles stay between the margins."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from composer.rendering.engraving import engrave
from composer.rendering.page_title import title_lines
from composer.rendering.sheet import Sheet

LONG = "Landscape with the Fall of Icarus, a ploughman, a shepherd and an angler who looks the other way, after Bruegel"


def test_a_title_that_fits_is_left_to_the_engraver() -> None:
    assert title_lines("Storm at Sea", 19_360) == []


@pytest.mark.parametrize("title", [LONG, "春" * 120, "x" * 300, "Donaudampfschifffahrtsgesellschaft " * 6])
def test_a_long_title_is_broken_and_keeps_its_words(title: str) -> None:
    lines = title_lines(title.strip(), 19_360)
    assert 1 < len(lines) <= 6
    assert "".join(lines).replace(" ", "") == title.replace(" ", "")


def test_a_title_without_end_is_cut() -> None:
    lines = title_lines("word " * 400, 19_360)
    assert len(lines) == 6
    assert lines[-1].endswith(" ...")


def test_the_page_shows_every_line_once(kit: SimpleNamespace) -> None:
    page = engrave(kit.build(title=LONG), Sheet())[0]
    head = page[page.index('class="pgHead') : page.index("</svg>", page.index('class="pgHead'))]
    shown = [text for text in re.findall(r">([^<>]+)</tspan>", head) if text.strip()]
    assert " ".join(shown) == LONG
    assert len(shown) > 1
