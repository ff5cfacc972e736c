"""Every word that a lesson says, one TOML file a language: a translation is a file.

Keys are dotted (``home.ask``); a value is one text with ``{placeholders}``. The tables under ``picture`` translate the
pieces of a caption; English captions need none.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from composer.errors import UsageError

__all__ = ["Catalogue", "languages", "load_catalogue", "placeholders"]

_FOLDER = files("composer.rendering.lesson") / "catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The texts of one language.

    Attributes
    ----------
    language : its tag, such as ``"en"``; the page's ``lang``.
    texts : dotted key -> text.
    picture : the pieces of captions, group -> English -> translation; empty in English.
    """

    language: str
    texts: Mapping[str, str]
    picture: Mapping[str, Mapping[str, str]]

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key with its placeholders filled."""
        return self.texts[key].format(**values)

    def get(self, key: str, default: str) -> str:
        """The text of a key that need not be there."""
        return self.texts.get(key, default)

    def join(self, items: list[str]) -> str:
        """Items as a list in a sentence: ``"A, B and C"``."""
        if len(items) < 2:
            return "".join(items)
        return self("list.last", items=self.texts["list.comma"].join(items[:-1]), last=items[-1])


@cache
def languages() -> tuple[str, ...]:
    """Tags of the languages that there is a catalogue for, English first."""
    tags = sorted(item.name.removesuffix(".toml") for item in _FOLDER.iterdir() if item.name.endswith(".toml"))
    return tuple(sorted(tags, key=lambda tag: (tag != "en", tag)))


@cache
def load_catalogue(language: str) -> Catalogue:
    """Read the catalogue of a language.

    Raises
    ------
    UsageError
        There is none.
    """
    if language not in languages():
        raise UsageError(
            f"--language: {language!r} has no catalogue; allowed: {', '.join(languages())}",
            hint="give --language one of those",
        )
    data = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    picture = {group: MappingProxyType(dict(table)) for group, table in data.pop("picture", {}).items()}
    return Catalogue(
        language=language, texts=MappingProxyType(dict(_flat(data, ""))), picture=MappingProxyType(picture)
    )


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, str(value)))
    return rows


def placeholders(text: str) -> frozenset[str]:
    """Names of the placeholders in a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
