"""Learn what a picture must show before a title's word for a thing counts, and which words of titles can be trusted.

    python -m composer.training.perception.fit_confirmation --data DIR --cache runs/perception

Writes ``confirmation.safetensors`` to ``composer/weights/painting-encoder`` and the figures to
``benchmarks/perception/confirmation.csv``. Nothing by a locked artist is looked at.

How
---
* The threshold of a thing is the share that `SHARE` of the training works do not reach.
* A thing can be trusted where pictures whose title names it pass at least `TIMES` as often as all pictures do, half a
  work taken off, counted on works that the reading was not learned from: for subjects the validation works, the rated
  ones and those of ``paintings/``, for the tower's classes the training works too.
* How sure it is then follows from that hit rate, from the chance of passing, and from `THERE`, the share of titles that
  name what is there to be seen, which is placed, not learned.
* Figures are of test works: how often what the own title names is confirmed, and how often what another's title names.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from composer.files import atomic_write
from composer.perception import vocabulary
from composer.perception.confirmation import FILE, named_objects, named_subjects, title_words
from composer.perception.object_classes import FAMILIES, object_shares
from composer.perception.perceive import calibration
from composer.perception.picture_heads import gelu, load_picture_heads, picture_vector
from composer.perception.words import subject_shares
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import data_folder
from composer.training.perception.features import Features
from composer.training.perception.fit_heads import WEIGHTS
from composer.training.perception.head_figures import Share, share, write_figures
from composer.training.perception.head_material import load_head_material
from composer.training.perception.locked import read_locked_artists

__all__ = ["SHARE", "THERE", "TIMES", "Shown", "thresholds", "trust"]

SHARE, TIMES, THERE = 0.95, 4.0, 0.7
"""See above."""
_FEWEST = 3

Array = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Works with their titles: shares of subjects (n, S) and of families of things (n, F), and the split of each."""

    titles: Sequence[str]
    split: NDArray[np.str_]
    subjects: Array
    objects: Array

    def named(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which subjects (n, S) and things (n, F) the titles name."""
        of_subjects = np.zeros(self.subjects.shape, bool)
        of_objects = np.zeros(self.objects.shape, bool)
        for row, title in enumerate(self.titles):
            words = title_words(title)
            of_subjects[row, named_subjects(words)] = True
            of_objects[row, named_objects(words)] = True
        return of_subjects, of_objects


def load_shown(data: Path, cache: Path) -> Shown:
    """Read what was seen in the works of the collections and of ``paintings/``, and their titles."""
    material, locked = load_head_material(data, cache), read_locked_artists(data)
    kept = np.flatnonzero(material.split != "locked")
    with (data / "paintings" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        more = [row for row in csv.DictReader(file) if not locked.holds(row["artist"])]
    keys = [f"paintings/{row['file']}" for row in more]
    heads, features = load_picture_heads(), Features(cache)
    titled = [material.works[int(row)] for row in kept]
    x = np.concatenate([material.x[kept], (picture_vector(features.blocks(keys)) - heads.mean) / heads.spread])
    classes = features.block("classes", [*(work.key for work in titled), *keys])
    embeddings = gelu(x @ heads.first.T + heads.first_bias) @ heads.second.T
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    read_out = calibration()
    return Shown(
        titles=[*(work.title for work in titled), *(row["title"] for row in more)],
        split=np.array([*material.split[kept], *("paintings" for _ in more)]),
        subjects=np.stack([subject_shares(row, read_out) for row in embeddings]),
        objects=np.stack([object_shares(row) for row in classes]),
    )


def thresholds(shares: Array) -> Array:
    """Return the share of every thing that `SHARE` of the works, (n, things), do not reach."""
    found: Array = np.quantile(shares, SHARE, axis=0).astype(np.float32)
    return found


def trust(shares: Array, named: NDArray[np.bool_], least: Array) -> Array:
    """Return how sure each thing is once it is confirmed, (things,); 0 where titles cannot be trusted."""
    passed = shares >= least
    count = named.sum(0)
    hits = np.maximum(0.0, (passed & named).sum(0) - 0.5) / np.maximum(count, 1)
    chance = np.maximum(passed.mean(0), 1e-3)
    there = THERE * hits / (THERE * hits + (1 - THERE) * chance)
    found: Array = np.where((count >= _FEWEST) & (hits >= TIMES * chance), there, 0.0).astype(np.float32)
    return found


def figures_of(shown: Shown, rows: NDArray[np.intp], tables: dict[str, Array]) -> list[Share]:
    """Measure on works: how often what the own title names is confirmed, and what another's title names."""
    figures = []
    for name, shares, named in zip(
        ("subjects", "objects"), (shown.subjects, shown.objects), shown.named(), strict=True
    ):
        asked = named[rows] & (tables[f"sure_{name}"] > 0)
        passed = shares[rows] >= tables[name]
        other = np.random.default_rng(0).permutation(len(rows))
        strange = asked[other] & ~named[rows]
        figures += [
            share(f"works whose title names one of the {name}", np.asarray(asked.any(axis=1))),
            share(f"{name} that the own title names, confirmed", passed[asked]),
            share(f"{name} that another work's title names, confirmed", passed[strange]),
        ]
    return figures


def main() -> None:
    """Run from the command line."""
    args = training_parser(__doc__, out=WEIGHTS, table=Path("benchmarks/perception/confirmation.csv")).parse_args()
    shown = load_shown(data_folder(args.data), args.cache)
    learned, held = shown.split == "train", np.isin(shown.split, ("validation", "rated", "paintings"))
    subjects, objects = shown.named()
    tables = {"subjects": thresholds(shown.subjects[learned]), "objects": thresholds(shown.objects[learned])}
    tables["sure_subjects"] = trust(shown.subjects[held], subjects[held], tables["subjects"])
    both = learned | held
    tables["sure_objects"] = trust(shown.objects[both], objects[both], tables["objects"])
    names = [term.text for term in vocabulary.terms() if term.group == "subject"]
    for kind, texts in (("subjects", names), ("objects", list(FAMILIES))):
        print(kind, *(text for text, sure in zip(texts, tables[f"sure_{kind}"], strict=True) if sure > 0), sep="; ")
    with atomic_write(args.out / FILE) as part:
        save_file(tables, part, metadata={"fingerprint": json.dumps(vocabulary.fingerprint())})
    write_figures(args.table, figures_of(shown, np.flatnonzero(shown.split == "test"), tables))


if __name__ == "__main__":
    main()
