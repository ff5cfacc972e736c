"""The locked test: rated works of artists who are kept out of every fit, choice and tuning.

An artist's side follows from the SHA-256 of the normalised name alone. Everything by a locked artist is left out: rated
works, other pictures, titles, ratings of titles. A quarter of the artists in ``painting_emotions.csv`` are locked, an
eighth of all others: 106 and 72 rated works. The test is read once per release, by
``python -m composer.training.perception.read_locked``, and every reading is written down.

An artist is known by a key (`composer.perception.artist_keys`).
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from composer.perception.artist_keys import artist_key

__all__ = ["Locked", "read_locked_artists"]

_SALT = "locked test: "
_CLASSICAL_SHARE, _SHARE = 0.25, 0.12
"""Share of the artists of ``painting_emotions.csv`` and of all others who are locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """Who is locked; `classical` holds the keys of the artists in ``painting_emotions.csv``."""

    classical: frozenset[str]

    def holds(self, artist: str) -> bool:
        """Return whether nothing by this artist may be learned from or chosen by."""
        key = artist_key(artist)
        digest = hashlib.sha256((_SALT + key).encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        return bool(key) and place < (_CLASSICAL_SHARE if key in self.classical else _SHARE)


@lru_cache(maxsize=4)
def read_locked_artists(data: Path) -> Locked:
    """Return who is locked, for a data folder."""
    with (data / "painting_emotions.csv").open(newline="", encoding="utf-8") as file:
        return Locked(classical=frozenset(artist_key(row["artist"]) for row in csv.DictReader(file)))
