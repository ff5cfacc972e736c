"""The page of the studio as files: catalogues that are whole, and nothing that a strict content policy would refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import composer

PAGE = Path(composer.__file__).parent / "studio" / "page"
SCRIPTS = sorted(PAGE.rglob("*.js"))


def catalogue(language: str) -> dict[str, str]:
    return json.loads((PAGE / "locales" / f"{language}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["ja", "es"])
def test_catalogues_say_the_same_things_with_the_same_blanks(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert set(other) == set(english)
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", other[key])) == set(re.findall(r"\{\w+\}", text)), key


def test_every_key_that_the_page_names_has_words() -> None:
    words = catalogue("en")
    used = set(re.findall(r'data-t(?:-label)?="([^"]+)"', (PAGE / "index.html").read_text(encoding="utf-8")))
    for script in SCRIPTS:
        used |= set(re.findall(r'\bt\("([^"]+)"', script.read_text(encoding="utf-8")))
    assert used
    assert used <= set(words), used - set(words)


def test_nothing_inline_and_nothing_from_elsewhere() -> None:
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", html)
    for file in [PAGE / "index.html", PAGE / "style.css", *SCRIPTS]:
        links = re.findall(r"https?://[^\s\"'`)]+", file.read_text(encoding="utf-8"))
        assert set(links) <= {"http://www.w3.org/2000/svg"}, file.name


def test_every_import_of_a_script_is_a_file() -> None:
    for script in SCRIPTS:
        for name in re.findall(r'from "([^"]+)"', script.read_text(encoding="utf-8")):
            assert (script.parent / name).resolve().is_file(), f"{script.name}: {name}"
