"""The split of the works: which are learned from and which are held out.

Works are grouped by artist and title, the title without its year and number, so that *Water Lilies 1* and
*Water Lilies 21* fall on one side. A group's side follows from the SHA-256 of its name alone: it never changes
with the order or the size of the collection.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

__all__ = ["clean_title", "split_of", "work_group"]

_NUMBER = re.compile(r"\b(?:\d+(?:st|nd|rd|th)?|[ivx]{1,5}|no|nr)\b")
_SHARES = ((0.90, "train"), (0.93, "validation"), (1.0, "test"))
"""Upper end of each split on the unit interval: 90 % train, 3 % validation, 7 % test."""


def clean_title(title: str) -> str:
    """Return the title without accents, years and numbering, in lower case; it may be empty."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = _NUMBER.sub(" ", re.sub(r"[^a-z0-9]+", " ", plain))
    return " ".join(plain.split())


def work_group(artist: str, title: str) -> str:
    """Return the name shared by all versions of a work: ``"claude monet|water lilies"``."""
    return f"{clean_title(artist)}|{clean_title(title)}"


def split_of(group: str) -> str:
    """Return ``"train"``, ``"validation"`` or ``"test"`` for a work's group."""
    digest = hashlib.sha256(group.encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return next(name for end, name in _SHARES if place < end)
