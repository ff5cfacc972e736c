"""The rated pictures as numbers: what a regression reads, and what people said.

Conventions
-----------
* Paintings come first, photographs after them; row i of every block belongs to picture i.
* Blocks are as `composer.perception.affect` names them, before standardisation.
* Paintings by locked artists are left out (`composer.training.perception.locked`), unless they are asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import EMOTIONS, FINE_EMOTIONS
from composer.perception.artist_keys import artist_key
from composer.perception.colour_statistics import colour_statistics
from composer.perception.picture_heads import load_picture_heads, picture_vector
from composer.training.perception.corpus import Pictures, Rated, read_rated_paintings, read_rated_photographs
from composer.training.perception.features import Features
from composer.training.perception.locked import read_locked_artists
from composer.types import Painting

__all__ = [
    "Array",
    "Ratings",
    "describe_all",
    "emotion_shares",
    "fine_shares",
    "gather",
    "gather_seen",
    "rated_pictures",
]

Array = NDArray[np.float64]
Describe = Callable[[Painting], Mapping[str, NDArray[np.float32]]]


@dataclass(frozen=True, kw_only=True)
class Ratings:
    """What is seen in the rated pictures, and what people said of them.

    Attributes
    ----------
    blocks : name -> (n, D): the description.
    targets : (n, 2): valence and arousal in [-1, 1].
    picture_only : (paintings, 2): the same, of people who did not know the title.
    disagreement : (photographs, 2): deviation between people.
    shares : (paintings, 5): distribution over `EMOTIONS`.
    fine : (paintings, 19): distribution over `FINE_EMOTIONS`.
    groups : (n,): number of the artist or theme.
    paintings : how many of the rows are paintings.
    classical : bool (paintings,): mostly European painting before 1930; the others are mostly modern.
    """

    blocks: Mapping[str, Array]
    targets: Array
    picture_only: Array
    disagreement: Array
    shares: Array
    fine: Array
    groups: NDArray[np.intp]
    paintings: int
    classical: NDArray[np.bool_]


def fine_shares(item: Rated) -> list[float]:
    """Return a painting's distribution over `FINE_EMOTIONS`; uniform when nothing was named."""
    shares = [item.emotions.get(name, 0.0) for name in FINE_EMOTIONS]
    total = sum(shares)
    return [share / total if total else 1 / len(shares) for share in shares]


def emotion_shares(item: Rated) -> list[float]:
    """Return a painting's distribution over `EMOTIONS`; uniform when nothing was named."""
    if not item.emotions:
        return [1 / len(EMOTIONS)] * len(EMOTIONS)
    fine = dict(zip(FINE_EMOTIONS, fine_shares(item), strict=True))
    return [sum(share for name, share in fine.items() if FINE_EMOTIONS[name] == wide) for wide in EMOTIONS]


def describe_all(
    data: Path, items: list[Rated], describe: Describe, cache: Path, fingerprint: str
) -> dict[str, NDArray[np.float32]]:
    """Describe the pictures, colours included; kept in the cache under the describing model's fingerprint."""
    keys = "\n".join(item.key for item in items)
    digest = hashlib.sha256(f"{fingerprint}\n{keys}".encode()).hexdigest()[:16]
    path = cache / f"rated-{digest}.npz"
    if path.exists():
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}
    pictures, found = Pictures(data), []
    for number, item in enumerate(items):
        rgb = np.asarray(pictures.open(item.key))
        painting = Painting(name="", sha256="", width=rgb.shape[1], height=rgb.shape[0], format="", rgb=rgb)
        found.append({**describe(painting), "colour": colour_statistics(rgb)})
        if number % 100 == 0:
            print(f"described {number} of {len(items)}", flush=True)
    blocks = {name: np.stack([one[name] for one in found]) for name in found[0]}
    cache.mkdir(parents=True, exist_ok=True)
    np.savez(path, **blocks)  # type: ignore[arg-type]  # numpy's stub takes a keyword for a flag
    return blocks


def rated_pictures(data: Path, *, locked: bool = False) -> tuple[list[Rated], list[Rated]]:
    """Return the rated paintings, those by locked artists left out or them alone, and the photographs."""
    who = read_locked_artists(data)
    paintings = [item for item in read_rated_paintings(data) if who.holds(item.group) is locked]
    return paintings, read_rated_photographs(data)


def gather(data: Path, cache: Path, describe: Describe, fingerprint: str) -> Ratings:
    """Read the ratings and describe every rated picture.

    Parameters
    ----------
    data : the data folder.
    cache : where descriptions are kept.
    describe : painting -> named numbers, without the colours.
    fingerprint : changes whenever `describe` does.
    """
    paintings, photographs = rated_pictures(data)
    blocks = describe_all(data, [*paintings, *photographs], describe, cache, fingerprint)
    return _ratings(paintings, photographs, blocks)


def gather_seen(data: Path, cache: Path, *, locked: bool = False) -> Ratings:
    """Read the ratings, and what the image tower saw in every rated picture from the cache of `features`."""
    paintings, photographs = rated_pictures(data, locked=locked)
    blocks = Features(cache).blocks([item.key for item in (*paintings, *photographs)])
    heads = load_picture_heads()
    vectors = (picture_vector(blocks) - heads.mean) / heads.spread
    return _ratings(paintings, photographs, {**blocks, "titles": heads.titles(vectors).astype(np.float32)})


def _ratings(paintings: list[Rated], photographs: list[Rated], blocks: Mapping[str, NDArray[np.float32]]) -> Ratings:
    names = ["painting " + artist_key(item.group) for item in paintings]
    names += ["photograph " + item.group for item in photographs]
    return Ratings(
        blocks={name: block.astype(np.float64) for name, block in blocks.items()},
        targets=np.array([[item.valence, item.arousal] for item in (*paintings, *photographs)]),
        picture_only=np.array([item.picture_only for item in paintings]),
        disagreement=np.array([item.spread for item in photographs]),
        shares=np.array([emotion_shares(item) for item in paintings]),
        fine=np.array([fine_shares(item) for item in paintings]),
        groups=np.unique(names, return_inverse=True)[1],
        paintings=len(paintings),
        classical=np.array([item.classical for item in paintings]),
    )
