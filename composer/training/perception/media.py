"""The gate between paintings, photographs, blank cards and graphics: material, fit, measures.

Photographs are OASIS's, in folds by theme; paintings are those of the collections, the rated ones, of which many are
modern, and, larger and sharper, those of ``paintings/``, in folds by artist. Some of the rated ones are sculptures and
rooms as they were photographed; they count as what the collections call them. So that sharpness tells nothing, every
photograph is learned from a second time, shrunk to the collections' size. Blank cards and graphics are drawn
(`composer.training.perception.drawn`), and the families that are measured on are others than those learned from.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from composer.perception.colour_statistics import colour_statistics
from composer.perception.picture_heads import MEDIA, picture_vector
from composer.perception.tower import load_tower, square
from composer.training.perception.corpus import Pictures, read_rated_photographs
from composer.training.perception.drawn import LEARNED, UNSEEN, Family
from composer.training.perception.features import Features
from composer.training.perception.head_material import HeadMaterial
from composer.training.perception.locked import read_locked_artists
from composer.training.perception.rated import rated_pictures

__all__ = ["MediaSet", "fit_gate", "gate_folds", "load_media"]

_LEARNED_EACH, _UNSEEN_EACH = 40, 12
_PAINTINGS = 4000
_SHARP_COUNT = 4
"""How often a painting of ``paintings/`` is learned from."""
_SMALL = 224
_STEPS = 120
_PULL = 1e-2
_FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class MediaSet:
    """Pictures of known medium.

    Attributes
    ----------
    x : float32 (n, D), standardised.
    label : int64 (n,): place in `MEDIA`.
    fold : int64 (n,): of the photographs' themes and the paintings' artists; -1 for drawn pictures.
    part : str (n,): ``"works"``, ``"paintings"``, ``"rated"``, ``"photographs"``, ``"small photographs"``,
        ``"learned"`` or ``"unseen"``.
    named : the rated works, in their order, and the photographs, as their files are named.
    """

    x: NDArray[np.float32]
    label: NDArray[np.int64]
    fold: NDArray[np.int64]
    part: NDArray[np.str_]
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def learned(self) -> NDArray[np.bool_]:
        """Return which pictures may be learned from, bool (n,)."""
        found: NDArray[np.bool_] = self.part != "unseen"
        return found


def _vector(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    once = square(rgb)
    both = load_tower().run(np.concatenate([once, once[..., ::-1]]))
    return picture_vector({**{name: value.mean(0) for name, value in both.items()}, "colour": colour_statistics(rgb)})


def _drawn(families: dict[str, tuple[Family, ...]], each: int, seed: int) -> tuple[NDArray[np.float32], list[int]]:
    rng = np.random.default_rng(seed)
    pairs = [(family, MEDIA.index(kind)) for kind, members in families.items() for family in members]
    return np.stack([_vector(family(rng)) for family, _ in pairs for _ in range(each)]), [
        label for _, label in pairs for _ in range(each)
    ]


def _shrunk(data: Path, keys: list[str]) -> NDArray[np.float32]:
    pictures, found = Pictures(data), []
    for key in keys:
        picture = pictures.open(key)
        picture.thumbnail((_SMALL, _SMALL))
        stored = BytesIO()
        picture.save(stored, "WEBP", quality=80)
        found.append(_vector(np.asarray(Image.open(stored).convert("RGB"))))
    return np.stack(found)


def _extras(data: Path, cache: Path, photographs: list[str]) -> dict[str, NDArray[np.float32]]:
    path = cache / "media.npz"
    if not path.exists():
        learned, unseen = _drawn(LEARNED, _LEARNED_EACH, 7), _drawn(UNSEEN, _UNSEEN_EACH, 8)
        np.savez(path, learned=learned[0], learned_label=learned[1], unseen=unseen[0], unseen_label=unseen[1],
                 small=_shrunk(data, photographs))  # fmt: skip
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def load_media(data: Path, cache: Path, material: HeadMaterial) -> MediaSet:
    """Gather paintings, photographs, and drawn pictures (kept in the cache)."""
    items, features, locked = read_rated_photographs(data), Features(cache), read_locked_artists(data)
    extras = _extras(data, cache, [item.key for item in items])
    with (data / "paintings" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        sharp = [(f"paintings/{row['file']}", row["artist"]) for row in csv.DictReader(file)]
    sharp = [(key, artist) for key, artist in sharp if not locked.holds(artist)]
    rated, _ = rated_pictures(data)
    works = np.random.default_rng(0).choice(material.rows("train"), _PAINTINGS, replace=False)
    by_theme, by_artist = _folds([item.group for item in items]), _folds([artist for _, artist in sharp])
    by_painter = _folds([material.works[row].artist for row in works])
    photograph = np.full(len(items), MEDIA.index("photograph"))
    rest = [
        picture_vector(features.blocks([key for key, _ in sharp])),
        picture_vector(features.blocks([item.key for item in rated])),
        picture_vector(features.blocks([item.key for item in items])),
        *(extras[name] for name in ("small", "learned", "unseen")),
    ]
    sizes = [_PAINTINGS, *map(len, rest)]
    names = ["works", "paintings", "rated", "photographs", "small photographs", "learned", "unseen"]
    by_rated, drawn = _folds([item.group for item in rated]), np.full(len(rest[4]) + len(rest[5]), -1)
    return MediaSet(
        x=np.concatenate([material.x[works], (np.concatenate(rest) - material.mean) / material.spread]),
        label=np.concatenate([np.zeros(sum(sizes[:3]), int), photograph, photograph,
                              extras["learned_label"], extras["unseen_label"]]),
        fold=np.concatenate([by_painter, by_artist, by_rated, by_theme, by_theme, drawn]),
        part=np.repeat(names, sizes),
        named={name: tuple(PurePosixPath(one.key).stem for one in group)
               for name, group in (("rated", rated), ("photographs", items))},
    )  # fmt: skip


def _folds(names: list[str]) -> NDArray[np.int64]:
    numbers = np.unique(names, return_inverse=True)[1]
    return (np.random.default_rng(0).permutation(numbers.max() + 1) % _FOLDS)[numbers]


def fit_gate(media: MediaSet, rows: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit a multinomial logistic regression with a ridge penalty; return weights (4, D) and biases (4,)."""
    x, label = media.x[rows], media.label[rows]
    counts = torch.from_numpy(np.where(media.part[rows] == "paintings", _SHARP_COUNT, 1).astype(np.float32))
    weight = torch.zeros(len(MEDIA), x.shape[1], requires_grad=True)
    bias = torch.zeros(len(MEDIA), requires_grad=True)
    seen, wanted = torch.from_numpy(x / np.float32(np.sqrt(x.shape[1]))), torch.from_numpy(label)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        losses = functional.cross_entropy(seen @ weight.T + bias, wanted, reduction="none")
        loss = (counts * losses).sum() / counts.sum() + _PULL * (weight**2).mean()
        loss.backward()
        return loss

    optimiser.step(closure)
    return (weight.detach() / np.sqrt(x.shape[1])).numpy(), bias.detach().numpy()


def gate_folds(media: MediaSet) -> NDArray[np.float32]:
    """Return shares (n, 4) of every picture by a gate that has not learned from its theme, artist or family."""
    shares = np.zeros((len(media.x), len(MEDIA)), np.float32)
    for fold in range(_FOLDS):
        weight, bias = fit_gate(media, (media.fold != fold) & media.learned())
        held = (media.fold == fold) | ((media.part == "unseen") if fold == 0 else np.zeros(len(media.x), bool))
        shares[held] = torch.from_numpy(media.x[held] @ weight.T + bias).softmax(1).numpy()
    return shares
