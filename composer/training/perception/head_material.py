"""The works that the heads learn from and are measured on, as picture vectors with their labels.

Conventions
-----------
* Row i of every array is work i of `corpus.read_works`.
* The split is by work; works by locked artists are ``"locked"``, rated works and their versions ``"rated"``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.picture_heads import GENRES, STYLES, picture_vector
from composer.training.perception.corpus import Work, read_rated_paintings, read_works
from composer.training.perception.features import Features
from composer.training.perception.locked import read_locked_artists
from composer.training.perception.split import clean_title, split_of, work_group

__all__ = ["HeadMaterial", "held_out", "load_head_material"]


@dataclass(frozen=True, kw_only=True)
class HeadMaterial:
    """What the heads learn from.

    Attributes
    ----------
    works : the titled paintings.
    split : per work ``"train"``, ``"validation"``, ``"test"``, ``"rated"`` or ``"locked"``.
    x : float32 (n, D): standardised picture vectors.
    mean, spread : float32 (D,): the standardisation, over training works.
    genre, style : int64 (n,): class, -1 for none.
    titles : int64 (n,): same number, same title once years and numbers are left out.
    """

    works: Sequence[Work]
    split: NDArray[np.str_]
    x: NDArray[np.float32]
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    genre: NDArray[np.int64]
    style: NDArray[np.int64]
    titles: NDArray[np.int64]

    def rows(self, split: str) -> NDArray[np.int64]:
        """Return the rows of a split."""
        return np.flatnonzero(self.split == split)


def load_head_material(data: Path, cache: Path) -> HeadMaterial:
    """Gather works, labels, splits and picture vectors."""
    works, locked = read_works(data), read_locked_artists(data)
    groups = [work_group(work.artist, work.title) for work in works]
    rated = {item.key for item in read_rated_paintings(data)}
    rated_groups = {group for group, work in zip(groups, works, strict=True) if work.key in rated}
    split = np.array([
        "locked" if locked.holds(work.artist) else "rated" if group in rated_groups else split_of(group)
        for work, group in zip(works, groups, strict=True)
    ])  # fmt: skip
    x = picture_vector(Features(cache).blocks([work.key for work in works]))
    train = split == "train"
    mean, spread = x[train].mean(0), x[train].std(0) + np.float32(1e-3)
    genres, styles = list(GENRES), list(STYLES)
    titles = [clean_title(work.title) or work.key for work in works]
    return HeadMaterial(
        works=works,
        split=split,
        x=(x - mean) / spread,
        mean=mean,
        spread=spread,
        genre=np.array([genres.index(work.genre) if work.genre in GENRES else -1 for work in works]),
        style=np.array([styles.index(work.style) if work.style in STYLES else -1 for work in works]),
        titles=np.unique(titles, return_inverse=True)[1],
    )


def held_out(material: HeadMaterial, split: str, count: int = 1000) -> NDArray[np.int64]:
    """Return up to `count` works of a split, one per title, chosen by hash so that the set never changes."""
    rows = sorted(material.rows(split), key=lambda i: hashlib.sha256(material.works[i].key.encode()).hexdigest())
    chosen: dict[str, int] = {}
    for row in rows:
        title = clean_title(material.works[row].title)
        if len(title) >= 3:
            chosen.setdefault(title, int(row))
    return np.array(list(chosen.values())[:count])
