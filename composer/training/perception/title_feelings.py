"""The feeling of titles, as a teacher for pictures.

People rated some 3,700 titles without seeing the works (``title_emotions.csv``). A kernel ridge regression on the
sentence encoder's embeddings carries their ratings over to the titles of all unrated works, and the shipped model of
texts reads valence, arousal and emotions from them; pictures then learn to foretell what their titles would make people
feel. So twenty thousand unrated works teach what a few hundred rated ones are too few for.
"""

from __future__ import annotations

import csv
import html
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.kernel_regression import gaussian
from composer.perception.picture_heads import TITLE_FEELINGS
from composer.perception.text_affect import load_text_affect
from composer.training.perception.corpus import Work
from composer.training.perception.locked import read_locked_artists
from composer.training.perception.split import clean_title
from composer.training.perception.texts import embed_sentences

__all__ = ["COLUMNS", "feelings_of_titles"]

COLUMNS = ("valence_title_only", "arousal_title_only", "valence_work", "arousal_work")
_RIDGE = 0.5
_AT_ONCE = 500


def feelings_of_titles(data: Path, works: Sequence[Work], cache: Path | None = None) -> NDArray[np.float32]:
    """Return what the works' titles would make people feel, float32 (n, `TITLE_FEELINGS`).

    The kernel's `COLUMNS` come first, then the title heads of `composer.perception.text_affect`. Titles of locked
    artists are not learned from.
    """
    locked = read_locked_artists(data)
    with (data / "title_emotions.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not locked.holds(row["artist"])]
    rated = embed_sentences([html.unescape(row["title"]) for row in rows], cache).astype(np.float64)
    felt = np.array([[float(row[name]) for name in COLUMNS] for row in rows])
    squares = 2 - 2 * rated @ rated.T
    width = float(1 / np.median(squares[np.triu_indices(len(rated), 1)]))
    usual = felt.mean(0)
    duals = np.linalg.solve(gaussian(rated, rated, width) + _RIDGE * np.eye(len(rated)), felt - usual)
    texts = [clean_title(work.title) or "untitled" for work in works]
    titles = embed_sentences(texts, cache).astype(np.float64)
    found = np.concatenate([gaussian(part, rated, width) @ duals for part in np.array_split(titles, 20)]) + usual
    model = load_text_affect()
    read = np.concatenate([model.raw(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)])
    return np.column_stack([found, read[:, : TITLE_FEELINGS - len(COLUMNS)]]).astype(np.float32)
