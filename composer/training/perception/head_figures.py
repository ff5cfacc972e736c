"""The measures of the heads, on works, themes and families that were not learned from; Wilson intervals."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from composer.perception.medium_witnesses import hear_medium
from composer.perception.picture_heads import MEDIA, STYLES
from composer.perception.picture_words import find_words
from composer.training.perception.align import Projection, recall_at
from composer.training.perception.head_material import HeadMaterial, held_out
from composer.training.perception.media import MediaSet
from composer.training.perception.tasks import TaskNetwork
from composer.types import Painting

__all__ = [
    "Share",
    "gate_figures",
    "retrieval_figures",
    "share",
    "task_figures",
    "update_figures",
    "wilson",
    "write_figures",
]

Share = tuple[str, int, float, float, float]
"""Measure, n, share, and the ends of its 95 % interval."""

_UKIYO_E = list(STYLES).index("ukiyo e")
_SAID = 0.6
"""Share against the likeliest other style from which a caption says «Japanese woodblock print»."""
_NEAR_DUPLICATE = 0.97
"""Cosine similarity of standardised vectors above which two pictures are taken for one."""


def wilson(value: float, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share."""
    z = 1.96
    middle, half = value + z * z / (2 * n), z * np.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def share(name: str, hits: NDArray[np.bool_]) -> Share:
    """Return a share with its interval."""
    value, n = float(np.mean(hits)), len(hits)
    return (name, n, value, *wilson(value, n))


def task_figures(material: HeadMaterial, network: TaskNetwork) -> list[Share]:
    """Measure genre, style and Ukiyo-e on the test works."""
    rows = material.rows("test")
    with torch.inference_mode():
        genres, styles, _ = (part.softmax(1).numpy() for part in network(torch.from_numpy(material.x[rows])))
    genre, style = material.genre[rows], material.style[rows]
    has = genre >= 0
    classical = np.array([material.works[row].key.startswith("wikiart224/") for row in rows])
    seven = np.unique(style[classical])
    guessed, labelled = seven[styles[classical][:, seven].argmax(1)], style[classical]
    others = np.delete(styles, _UKIYO_E, axis=1).max(1)
    printed, found = style == _UKIYO_E, styles[:, _UKIYO_E] / (styles[:, _UKIYO_E] + others) >= _SAID
    return [
        share("genre (of 10) named right", genres[has].argmax(1) == genre[has]),
        share("genre, always the commonest", genre[has] == np.bincount(genre[has]).argmax()),
        share("genre said at .6 or more", genres[has].max(1) >= 0.6),
        share("genre said at .6 or more is right", (genres.argmax(1) == genre)[has & (genres.max(1) >= 0.6)]),
        share("style (of 7) named right", guessed == labelled),
        share("style, always the commonest of the seven", labelled == np.bincount(labelled).argmax()),
        share("Ukiyo-e recalled", found[printed]),
        share("European work taken for Ukiyo-e", found[~printed]),
    ]


def gate_figures(media: MediaSet, shares: NDArray[np.float32]) -> list[Share]:
    """Measure the gate on held-out themes, artists and families; a medium is said above one half."""
    photograph, nothing = shares[:, 1] > 0.5, shares[:, 2:].sum(1) > 0.5
    parts = {name: media.part == name for name in np.unique(media.part)}
    unseen, label = parts["unseen"], media.label
    return [
        share("OASIS, themes held out: a photograph", photograph[parts["photographs"]]),
        share("OASIS shrunk to 224 px: a photograph", photograph[parts["small photographs"]]),
        share("OASIS, themes held out: no picture or a graphic", nothing[parts["photographs"]]),
        share("collections' paintings, artists held out: a photograph", photograph[parts["works"]]),
        share("paintings of 512 px, artists held out: a photograph", photograph[parts["paintings"]]),
        share("rated works, artists held out: a photograph", photograph[parts["rated"]]),
        share("all paintings, artists held out: no picture or a graphic", nothing[parts["works"] | parts["paintings"]]),
        share("rated works, artists held out: no picture or a graphic", nothing[parts["rated"]]),
        *_named_figures(media, shares),
        share("blank, noise, test cards of unseen families: no picture or a graphic", nothing[unseen & (label == 2)]),
        share("screens, diagrams, pages of unseen families: no picture or a graphic", nothing[unseen & (label == 3)]),
    ]


def _named_figures(media: MediaSet, shares: NDArray[np.float32]) -> list[Share]:
    """Measure what the names of files add to the gate: photographs are named by theme, works by artist and title."""
    figures = []
    for part, names in media.named.items():
        rows, heard = shares[media.part == part], []
        for row, name in zip(rows, names, strict=True):
            painting = Painting(name=name, sha256="", width=1, height=1, format="", rgb=np.zeros((1, 1, 3), np.uint8))
            found, _ = hear_medium(dict(zip(MEDIA, row.tolist(), strict=True)), {}, find_words(painting))
            heard.append(found["photograph"] > 0.5)
        figures.append(share(f"{part}, held out, with the file's name: a photograph", np.array(heard)))
    return figures


def retrieval_figures(
    material: HeadMaterial, sentences: Mapping[str, NDArray[np.float32]], model: Projection
) -> list[Share]:
    """Measure how often a sentence finds its picture among 1,000 test works that look like no training work."""
    rows, trained = held_out(material, "test", 1200), material.rows("train")
    unit = material.x / np.linalg.norm(material.x, axis=1, keepdims=True)
    likest = np.full(len(rows), -1.0)
    for part in np.array_split(trained, 20):
        likest = np.maximum(likest, (unit[rows] @ unit[part].T).max(1))
    rows = rows[likest < _NEAR_DUPLICATE][:1000]
    figures: list[Share] = []
    with torch.inference_mode():
        images = model(torch.from_numpy(material.x[rows]))
        for name, texts in sentences.items():
            if name == "{style}":
                continue
            values = recall_at(images, model.text(torch.from_numpy(texts[rows])), (1, 5, 10))
            for rank, value in zip((1, 5, 10), values, strict=True):
                figures.append((f"R@{rank} of '{name}' among {len(rows)}", len(rows), value, *wilson(value, len(rows))))
    return figures


def _read(row: Mapping[str, str]) -> Share:
    return row["measure"], int(row["n"]), float(row["value"]), float(row["low95"]), float(row["high95"])


def update_figures(path: Path, figures: Sequence[Share]) -> None:
    """Write figures among those of a table, in place of those of the same measures; new ones come last."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = {row["measure"]: _read(row) for row in csv.DictReader(file)}
    write_figures(path, list((rows | {figure[0]: figure for figure in figures}).values()))


def write_figures(path: Path, figures: Sequence[Share]) -> None:
    """Print the figures and write ``measure, n, value, low95, high95``."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["measure", "n", "value", "low95", "high95"])
        for name, n, *values in figures:
            table.writerow([name, n, *(f"{value:.4f}" for value in values)])
            print(name, n, *(f"{value:.3f}" for value in values), sep=" | ", flush=True)
