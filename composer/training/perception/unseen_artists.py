"""Genre and style of works by artists that the heads have not learned from: what to expect of a new painter.

    python -m composer.training.perception.unseen_artists --data DIR --cache runs/perception

Trains the heads of `composer.training.perception.tasks` in folds by artist (a minute or two each) and writes the
figures of the works left out to ``benchmarks/perception/unseen.csv``. The split of the other figures is by work, and a
head that knows a painter's other works knows more of this one. Nothing by a locked artist is looked at.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from composer.perception.artist_keys import artist_key
from composer.perception.picture_heads import STYLES
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import data_folder
from composer.training.perception.fit_heads import RECIPE
from composer.training.perception.fit_style_witnesses import hear
from composer.training.perception.head_figures import Share, share, write_figures
from composer.training.perception.head_material import HeadMaterial, load_head_material
from composer.training.perception.tasks import train_tasks
from composer.training.perception.title_feelings import feelings_of_titles

__all__ = ["artist_folds", "unseen_shares"]

_FOLDS, _SAID = 5, (0.35, 0.45, 0.55)
"""Folds, and shares from which a style might be said."""

Array = NDArray[np.float32]


def artist_folds(material: HeadMaterial) -> NDArray[np.int64]:
    """Return the fold of each work, (n,): all works of an artist are in one."""
    artists = np.unique([artist_key(work.artist) for work in material.works], return_inverse=True)[1]
    found: NDArray[np.int64] = (np.random.default_rng(3).permutation(artists.max() + 1) % _FOLDS)[artists]
    return found


def unseen_shares(
    material: HeadMaterial, feelings: Array, recipe: Mapping[str, Any], fold: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Array, Array]:
    """Return the works of a fold, by row, and their shares of genres and styles by heads that saw no such artist."""
    split = material.split.copy()
    split[fold & (split != "locked")] = "held"
    network = train_tasks(replace(material, split=split), feelings, recipe)
    rows = np.flatnonzero(split == "held")
    with torch.inference_mode():
        genres, styles, _ = (part.softmax(1).numpy() for part in network(torch.from_numpy(material.x[rows])))
    return rows, genres, styles


def figures_of(material: HeadMaterial, rows: NDArray[np.int64], genres: Array, styles: Array) -> list[Share]:
    """Measure on works of wikiart224, the style by the picture and, where the year is known, with it."""
    kept = [n for n, row in enumerate(rows) if material.works[row].key.startswith("wikiart224/")]
    works, genre = [material.works[rows[n]] for n in kept], material.genre[rows[kept]]
    seven, labels = sorted({work.style for work in works}), np.array([work.style for work in works])
    figures = [share("genre (of 10) named right", (genres[kept].argmax(1) == genre)[genre >= 0])]
    dated = np.array([work.year > 0 for work in works])
    for where, told, chosen in (("all works", (), dated | True), ("works with a year", (), dated),
                                ("works with a year", ("year",), dated)):  # fmt: skip
        found = [hear(styles[kept[n]], works[n], told) for n in np.flatnonzero(chosen)]
        right = np.array([max(one, key=lambda style: one[style]) for one in found]) == labels[chosen]
        sure = np.array([max(one.values()) for one in found])
        among = np.array([max(seven, key=lambda style: one[style]) for one in found]) == labels[chosen]
        who = f"{where}, style by {' and '.join(['picture', *told])}"
        figures.append(share(f"{who}: right among the seven", among))
        for least in _SAID:
            figures.append(share(f"{who}: {least} or more", sure >= least))
            figures.append(share(f"{who}: {least} or more, right", right[sure >= least]))
    return figures


def main() -> None:
    """Run from the command line."""
    parser = training_parser(__doc__, table=Path("benchmarks/perception/unseen.csv"))
    parser.add_argument("--folds", type=int, default=_FOLDS, help="how many of the five")
    args = parser.parse_args()
    torch.set_num_threads(1)
    data, recipe = data_folder(args.data), tomllib.loads(RECIPE.read_text())["tasks"]
    material = load_head_material(data, args.cache)
    feelings = feelings_of_titles(data, material.works, args.cache)
    fold = artist_folds(material)
    parts = [unseen_shares(material, feelings, recipe, fold == number) for number in range(args.folds)]
    rows, genres, styles = (np.concatenate([part[place] for part in parts]) for place in range(3))
    assert styles.shape[1] == len(STYLES)
    write_figures(args.table, figures_of(material, rows, genres, styles))


if __name__ == "__main__":
    main()
