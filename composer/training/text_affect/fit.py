"""Fit and measure the reading of texts.

    python -m composer.training.text_affect.fit --data DIR --cache runs/text-affect

Writes ``text-affect/model.safetensors`` among the weights, the measured figures to ``benchmarks/words/titles.csv``, and
to the cache what every title was read as by folds that do not hold its artist, from which
``composer.training.text_affect.fuse`` learns how much words count.

How
---
* A *teacher*, a kernel regression on all-MiniLM-L6-v2's embeddings and our own, reads rated titles, with what the
  Glasgow Norms and EmoBank say of words and sentences as a part of its kernel (`teacher`).
* A *student*, a network on our own embeddings and on hashed words, imitates it on some eighty thousand texts that
  nobody rated.
* Figures are of folds by artist: five teachers, each without a fifth of the artists, and their five students.
* The standard error of a title follows from a few facts about it, fitted to the errors on those folds.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.files import atomic_write
from composer.perception.text_affect import FORMAT, HEADS, SPREAD_FACTS, plain_text, spread_facts, title_numbers
from composer.training.perception.corpus import data_folder
from composer.training.perception.export_tower import WEIGHTS
from composer.training.perception.nested import FOLDS, folds_of
from composer.training.sentences.train import Features
from composer.training.text_affect.figures import write_table
from composer.training.text_affect.material import (
    Titles,
    Words,
    read_sentences,
    read_titles,
    read_words,
    unrated_texts,
)
from composer.training.text_affect.student import Lessons, Student, teach, tensors_of
from composer.training.text_affect.teacher import Embedded, Teacher, embed, fit_teacher
from composer.training.text_affect.word_memory import fit_memory

__all__ = ["RECIPE", "calibrate_anew", "main"]

RECIPE = Path(__file__).parents[1] / "recipes" / "text_affect.toml"
Array = NDArray[np.float64]
_APART = 20
"""One in so many texts that nobody rated is kept apart."""
_SENTENCES = 5000
"""Sentences of EmoBank that the student learns from, so that longer texts are no strangers to it."""


def _teach(data: Path, cache: Path, titles: Titles, fold: NDArray[np.intp]) -> tuple[Teacher, Embedded]:
    """Fit six teachers: on everything, and without each fold."""
    words, bank = read_words(data), read_sentences(data)
    alone = len(words.texts) // 3
    lexicon = Words(texts=words.texts[:alone], rated=words.rated[:alone])
    here = embed(titles.texts, cache)
    sets = np.array([np.ones(len(fold), dtype=bool), *(fold != part for part in range(FOLDS))])
    teacher = fit_teacher(titles, here, (embed(lexicon.texts, cache), lexicon), (embed(bank.texts, cache), bank), sets)
    return teacher, here


def _lessons(
    data: Path, cache: Path, recipe: Mapping[str, Any], teacher: Teacher, here: Embedded, titles: Titles
) -> tuple[Lessons, NDArray[np.float32]]:
    """Gather what students learn from, rated titles first, and what the six teachers say of it, (6, n, heads)."""
    words = read_words(data)
    unrated = unrated_texts(data, recipe["texts"]) + list(read_sentences(data).texts[:_SENTENCES])
    texts = [*titles.texts, *words.texts, *unrated]
    parts = [here, embed(words.texts, cache), embed(unrated, cache)]
    counts = [recipe["weights"]["titles"], recipe["weights"]["words"], 1.0]
    targets = []
    for number, part in enumerate(parts):
        heads, meant = teacher.read(part)
        meant = words.rated[:, [0, 2]].astype(np.float32) if number == 1 else meant
        targets.append(np.concatenate([heads, np.broadcast_to(meant, (len(heads), *meant.shape))], axis=2))
    weights = np.repeat(np.array(counts, dtype=np.float32), [len(part.own) for part in parts])
    weights[-len(unrated) :][::_APART] = 0.0
    lessons = Lessons(
        texts=tuple(texts),
        features=Features([plain_text(text) for text in texts]),
        own=np.concatenate([part.own for part in parts]),
        weights=weights,
    )
    return lessons, np.concatenate(targets, axis=1)


def _calibrate(read: Array, titles: Titles) -> dict[str, Array]:
    """Fit the line from readings to works' ratings, and the standard error."""
    from scipy.optimize import minimize

    truth = np.column_stack([titles.work[:, 0], titles.arousal, titles.work[:, 1]])
    numbers, known = title_numbers(read), ~np.isnan(truth)
    centre, shift = np.nanmean(np.where(known, numbers, np.nan), axis=0), np.nanmean(truth, axis=0)
    gain = np.array([np.polyfit(numbers[k, i] - centre[i], truth[k, i], 1)[0] for i, k in enumerate(known.T)])
    every = spread_facts(titles.texts, (numbers - centre)[:, [0, 2]])
    residual = shift + gain * (numbers - centre) - truth
    spread = []
    for column, here in enumerate(known.T):
        squares, facts = residual[here, column] ** 2, every[here]

        def loss(weights: Array, squares: Array = squares, facts: Array = facts) -> float:
            logs = facts @ weights
            return float((logs + squares * np.exp(-logs)).mean() + 1e-3 * (weights[1:] ** 2).sum())

        start = np.zeros(len(SPREAD_FACTS))
        start[0] = np.log(squares.mean())
        spread.append(minimize(loss, start, method="BFGS").x)
    population = np.stack([np.nanmean(truth, axis=0), np.nanstd(truth, axis=0)], axis=1)
    return {"centre": centre, "gain": gain, "shift": shift, "spread": np.array(spread), "population": population}


def _memory(
    data: Path, recipe: Mapping[str, Any], lessons: Lessons, wanted: NDArray[np.float32], said: NDArray[np.float32]
) -> NDArray[np.int8]:
    """Fit the word memory to what is missing to single words: rated ones, then frequent ones."""
    names = {text: row for row, text in enumerate(lessons.texts)}
    rated = read_words(data)
    alone = rated.texts[: len(rated.texts) // 3]
    found: dict[str, int] = {}
    for text in (*alone, *unrated_texts(data, recipe["texts"])):
        if text.isalpha():
            found.setdefault(text.lower(), names[text])  # what people said of a word comes before what the teacher says
    rows, known = np.array(list(found.values())), {word.lower() for word in alone}
    weights = np.array([3.0 if word in known else 1.0 for word in found])
    return fit_memory(list(found), wanted[rows, -2:] - said[rows, -2:], weights)


def _write(path: Path, student: Student, memory: NDArray[np.int8], calibration: Mapping[str, Array]) -> None:
    from safetensors.numpy import save_file

    tensors = (
        tensors_of(student) | {"memory": memory} | {name: np.float32(value) for name, value in calibration.items()}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as part:
        save_file(
            {name: np.ascontiguousarray(value) for name, value in tensors.items()},
            part,
            metadata={"format": FORMAT, "heads": json.dumps(HEADS)},
        )


def calibrate_anew(data: Path, cache: Path, out: Path) -> None:
    """Fit the restoring and the errors of titles again, from what folds read in an earlier fit."""
    from safetensors.numpy import load_file, save_file

    with np.load(cache / "held-out.npz") as stored:
        calibration = _calibrate(stored["read"], read_titles(data))
    path = out / "model.safetensors"
    tensors = load_file(path) | {name: np.float32(value) for name, value in calibration.items()}
    with atomic_write(path) as part:
        save_file(
            {name: np.ascontiguousarray(value) for name, value in tensors.items()},
            part,
            metadata={"format": FORMAT, "heads": json.dumps(HEADS)},
        )


def _figures(titles: Titles, teacher: Array, student: Array) -> list[tuple[object, ...]]:
    """Correlations with works' ratings, and with what people felt on reading the title alone."""
    rows: list[tuple[object, ...]] = []
    asked = ~np.isnan(titles.title_only[:, 0])
    groups = {
        "classical works": titles.kind == "classical",
        "modern works": titles.kind == "modern",
        "all works": np.ones(len(asked), dtype=bool),
    }
    for column, name in enumerate(("valence", "rated arousal")):
        for who, read in (("teacher", teacher), ("student", student)):
            for group, chosen in groups.items():
                rows.append(
                    (f"{who}: title {name} r, {group}", *interval(read[chosen, column], titles.work[chosen, column]))
                )
            rows.append((
                f"{who}: title {name} r, people who read the title alone",
                *interval(read[asked, column], titles.title_only[asked, column]),
            ))  # fmt: skip
    return rows


def interval(read: Array, truth: Array, draws: int = 1000) -> tuple[int, float, float, float]:
    """Return n, Pearson's r and its 95 % bootstrap interval."""
    rng, n = np.random.default_rng(0), len(read)
    values = [float(np.corrcoef(read[rows], truth[rows])[0, 1]) for rows in rng.integers(0, n, (draws, n))]
    low, high = np.percentile(values, [2.5, 97.5])
    return n, float(np.corrcoef(read, truth)[0, 1]), float(low), float(high)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/text-affect"))
    parser.add_argument("--out", type=Path, default=WEIGHTS.parent / "text-affect")
    parser.add_argument("--report", type=Path, default=Path("benchmarks/words"))
    parser.add_argument("--calibration", action="store_true", help="only restore and err anew, from held-out.npz")
    args = parser.parse_args()
    if args.calibration:
        calibrate_anew(data_folder(args.data), args.cache, args.out)
        return
    data, recipe = data_folder(args.data), tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    titles = read_titles(data)
    fold = folds_of(titles.groups, 0)
    teacher, here = _teach(data, args.cache, titles, fold)
    taught = teacher.read(here)[0]
    by_teacher = taught[fold + 1, np.arange(len(fold))].astype(np.float64)
    lessons, targets = _lessons(data, args.cache, recipe, teacher, here, titles)
    read = np.zeros((len(fold), len(HEADS)))
    for part in range(FOLDS):
        _, said = teach(lessons, targets[part + 1], recipe["student"])
        read[fold == part] = said[: len(fold)][fold == part]
        print(f"student without fold {part + 1} of {FOLDS}", flush=True)
    student, said = teach(lessons, targets[0], recipe["student"])
    memory = _memory(data, recipe, lessons, targets[0], said)
    _write(args.out / "model.safetensors", student, memory, _calibrate(read, titles))
    np.savez(args.cache / "held-out.npz", read=read, fold=fold)
    rows = _figures(titles, by_teacher, read)
    apart = lessons.weights == 0
    rows += [
        (f"student and teacher, {name} of texts kept apart, r", *interval(said[apart, i], targets[0][apart, i]))
        for i, name in ((0, "title valence"), (1, "title arousal"), (-2, "word valence"), (-1, "word arousal"))
    ]
    args.report.mkdir(parents=True, exist_ok=True)
    write_table(args.report / "titles.csv", rows)


if __name__ == "__main__":
    main()
