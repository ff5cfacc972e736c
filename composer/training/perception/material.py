"""The works that the painting encoder learns from and is measured on: splits, groups, sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from composer.training.perception.corpus import Work, read_rated_paintings, read_works
from composer.training.perception.features import load_activations
from composer.training.perception.split import clean_title, split_of, work_group
from composer.training.perception.texts import describe, embed_sentences

__all__ = ["RECIPE", "Material", "held_out", "load_material"]

RECIPE = Path(__file__).parents[1] / "recipes" / "painting_encoder.toml"


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is learned from: row i of every array is work i.

    Attributes
    ----------
    works : the titled paintings.
    split : per work ``"train"``, ``"validation"``, ``"test"`` or ``"rated"``.
    groups : int64 (n,): same number, same work.
    titles : int64 (n,): same number, same title once years and numbers are left out.
    rows : int64 (n,): the work's row in the cache of activations and features.
    sentences : float32 (templates, n, 384), unit length.
    """

    works: Sequence[Work]
    split: NDArray[np.str_]
    groups: Tensor
    titles: Tensor
    rows: NDArray[np.int64]
    sentences: Tensor


def held_out(material: Material, split: str, count: int = 1000) -> Tensor:
    """Return up to `count` works of a split, one per title, chosen by hash so that the set never changes."""
    rows = [i for i, name in enumerate(material.split) if name == split]
    rows.sort(key=lambda i: hashlib.sha256(material.works[i].key.encode()).hexdigest())
    chosen: dict[str, int] = {}
    for row in rows:
        title = clean_title(material.works[row].title)
        if len(title) >= 3:
            chosen.setdefault(title, row)
    return torch.tensor(list(chosen.values())[:count])


def load_material(data: Path, cache: Path, recipe: Mapping[str, Any]) -> Material:
    """Gather works, sentences and splits."""
    works = read_works(data)
    rows, _ = load_activations(cache)
    groups = [work_group(work.artist, work.title) for work in works]
    titles = [clean_title(work.title) or work.key for work in works]
    rated = {item.key for item in read_rated_paintings(data)}
    rated_groups = {group for group, work in zip(groups, works, strict=True) if work.key in rated}
    split = ["rated" if group in rated_groups else split_of(group) for group in groups]
    texts = [[describe(work, template) for work in works] for template in recipe["captions"]]
    sentences = [embed_sentences(part, cache, max_tokens=recipe["text"]["max_tokens"]) for part in texts]
    return Material(
        works=works,
        split=np.array(split),
        groups=torch.from_numpy(np.unique(groups, return_inverse=True)[1]),
        titles=torch.from_numpy(np.unique(titles, return_inverse=True)[1]),
        rows=np.array([rows[work.key] for work in works]),
        sentences=torch.from_numpy(np.stack(sentences)),
    )
