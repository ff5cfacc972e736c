"""The keys of artists: what stands for a person's name, however much of it is given.

Conventions
-----------
* An artist's *key* is the first and the last word of the name without accents, in lower case: ``"ivan aivazovsky"``
  stands for Ivan Aivazovsky and for Ivan Konstantinovich Aivazovsky. `_ALIASES` joins the few names that differ more.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["artist_key"]

_ALIASES = {
    "bazille": "frederic bazille",
    "auguste renoir": "pierre renoir",
    "antoine watteau": "jean watteau",
    "caravaggio merisi": "caravaggio caravaggio",
    "francisco lucientes": "francisco goya",
    "goya lucientes": "francisco goya",
    "jan vermeer": "johannes vermeer",
    "joseph turner": "william turner",
    "j turner": "william turner",
    "michelangelo buonarroti": "michelangelo michelangelo",
    "rembrandt rijn": "rembrandt rembrandt",
    "rembrandt after": "rembrandt rembrandt",
    "rembrandt attributed": "rembrandt rembrandt",
    "rembrandt circle": "rembrandt rembrandt",
    "roger weyden": "rogier weyden",
    "velazquez velazquez": "diego velazquez",
}


def artist_key(name: str) -> str:
    """Return an artist's key; empty for an empty name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", " ", plain).split()
    key = f"{words[0]} {words[-1]}" if words else ""
    return _ALIASES.get(key, _ALIASES.get(" ".join(words), key))
