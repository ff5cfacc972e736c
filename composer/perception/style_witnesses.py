"""The year and the artist of a work as witnesses of its style, beside the picture.

What a year tells was learned from dated works: how the years of each style are spread. What an artist tells was learned
from the artist's works: how often each style is among them. Both multiply what the picture's own head says, to a power
that was chosen with the head (``composer.training.perception.fit_style_witnesses``), because the witnesses speak of the
same thing. Where neither is told, or an artist is not known and no year is given, the picture speaks alone.

Conventions
-----------
* Styles are those of the picture head (`composer.perception.picture_heads.STYLES`), then `TOLD_STYLES`, which pictures
  were too few to learn and only a witness can name, then one for all styles that the tables do not know.
* Artists stand in the weights as the first five bytes of the SHA-256 of their key, not by name.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from composer.perception.artist_keys import artist_key
from composer.perception.picture_heads import STYLES
from composer.perception.tensors import read_fitted
from composer.types import PictureWords

__all__ = [
    "ALL_STYLES",
    "FILE",
    "TOLD_STYLES",
    "StyleWitnesses",
    "hear_style",
    "load_style_witnesses",
    "name_bytes",
    "style_word",
]

FILE = "painting-encoder/style-witnesses.safetensors"
TOLD_STYLES = {
    "renaissance": "Renaissance",
    "neoclassicism": "Neoclassical",
    "realism": "Realist",
    "surrealism": "Surrealist",
}
"""Style that only a witness names -> the vocabulary's word."""
_OTHER = "other"
ALL_STYLES = (*STYLES, *TOLD_STYLES, _OTHER)
"""The columns of the tables."""
_TOLD, _UNKNOWN = 0.02, 0.05
"""What the picture head leaves to each of `TOLD_STYLES`, and to styles that the tables do not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleWitnesses:
    """What years and artists tell; logarithms of factors, the powers included.

    Attributes
    ----------
    first, step : the first year of the table and the years from one row to the next.
    years : float32 (Y, S).
    artists : name's bytes -> float32 (S,).
    """

    first: int
    step: int
    years: NDArray[np.float32]
    artists: Mapping[bytes, NDArray[np.float32]]

    def of_year(self, year: int) -> NDArray[np.float32]:
        """Return a year's factors, float32 (S,); years beyond the table count as its first or last."""
        row = round((year - self.first) / self.step)
        found: NDArray[np.float32] = self.years[max(0, min(len(self.years) - 1, row))]
        return found

    def of_artist(self, name: str) -> NDArray[np.float32] | None:
        """Return an artist's factors, float32 (S,); None for an artist that the table does not know."""
        return self.artists.get(name_bytes(artist_key(name)))


def name_bytes(key: str) -> bytes:
    """Return what stands for a name in the table: five bytes."""
    return hashlib.sha256(key.encode()).digest()[:5]


def style_word(style: str) -> str:
    """Return the vocabulary's word of a style: ``"Post-Impressionist"``."""
    return STYLES[style] if style in STYLES else TOLD_STYLES.get(style, "another style")


def hear_style(seen: Mapping[str, float], words: PictureWords) -> tuple[dict[str, float], str]:
    """Return the shares of styles by the picture and by what its words tell, and the reason.

    Parameters
    ----------
    seen : the picture head's shares over `STYLES`.
    words : with the year and the artist, where they are known.

    Returns
    -------
    shares, reason
        As they were, and an empty reason, where nothing is told; else over `STYLES` and `TOLD_STYLES`, adding up to at
        most 1, and who says what: «picture Rococo .40; year 1562 (given) Renaissance .95».

    Raises
    ------
    AssetError
        The tables are missing or damaged.
    """
    if words.year is None and not words.artist:
        return dict(seen), ""
    table = load_style_witnesses()
    told: list[tuple[str, NDArray[np.float32]]] = []
    if words.year is not None:
        told.append((f"year {words.year} ({words.sources.get('year', 'given')})", table.of_year(words.year)))
    artist = table.of_artist(words.artist) if words.artist else None
    if artist is not None:
        told.append((f"artist {words.artist} ({words.sources.get('artist', 'given')})", artist))
    if not told:
        return dict(seen), ""
    rest = 1.0 - _TOLD * len(TOLD_STYLES) - _UNKNOWN
    start = [*(rest * seen[name] for name in STYLES), *(_TOLD for _ in TOLD_STYLES), _UNKNOWN]
    logs = [math.log(max(share, 1e-9)) + math.fsum(float(row[n]) for _, row in told) for n, share in enumerate(start)]
    shares = dict(zip(ALL_STYLES, _normal(logs), strict=True))
    reasons = [
        ("picture", dict(seen)),
        *((name, dict(zip(ALL_STYLES, _normal(row), strict=True))) for name, row in told),
    ]
    del shares[_OTHER]
    return shares, "; ".join(f"{who} {_first(found)}" for who, found in reasons)


def _normal(logs: Sequence[float] | NDArray[np.float32]) -> list[float]:
    top = max(float(value) for value in logs)
    odds = [math.exp(float(value) - top) for value in logs]
    total = math.fsum(odds)
    return [value / total for value in odds]


def _first(shares: Mapping[str, float]) -> str:
    """Return the likeliest style and its share: ``Rococo .40``."""
    name = max(shares, key=lambda style: shares[style])
    return f"{style_word(name)} {shares[name]:.2f}".replace(" 0.", " .")


@lru_cache(maxsize=1)
def load_style_witnesses() -> StyleWitnesses:
    """Read the tables.

    Raises
    ------
    AssetError
        The file is missing, damaged or made for other styles.
    """
    tensors, metadata = read_fitted(FILE, names="styles", wanted=list(ALL_STYLES), program="fit_style_witnesses")
    names = [bytes(row) for row in tensors["names"].astype(np.uint8)]
    return StyleWitnesses(
        first=int(metadata["first"]),
        step=int(metadata["step"]),
        years=tensors["years"],
        artists=dict(zip(names, tensors["artists"], strict=True)),
    )
