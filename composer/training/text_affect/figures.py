"""Figures of readings with their 95 % intervals: shares inside intervals, errors of both halves, classes told apart.

And the table that they are written to.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import EMOTIONS
from composer.training.perception.nested import macro_f1

__all__ = ["classified", "coverage", "measure", "write_table"]

Array = NDArray[np.float64]


def measure(name: str, n: int, figure: Callable[[NDArray[np.intp]], float]) -> tuple[object, ...]:
    """Return a figure of n works, a function of their rows, with its 95 % interval by drawing works again."""
    rng = np.random.default_rng(0)
    values = [figure(rng.integers(0, n, n)) for _ in range(1000)]
    return (name, n, figure(np.arange(n)), *np.percentile(values, [2.5, 97.5]))


def write_table(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Print rows of a name, n, a value and its interval, and write them as ``measure, n, value, low95, high95``."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["measure", "n", "value", "low95", "high95"])
        for name, n, *values in rows:
            table.writerow([name, n, *(f"{value:.3f}" for value in values)])
            print(name, n, *(f"{value:.3f}" for value in values), sep=" | ")


def _inside(far: Array, half: float, rows: NDArray[np.intp]) -> float:
    return float((far[rows] <= half).mean())


def _rms(squares: Array, rows: NDArray[np.intp]) -> float:
    return float(np.sqrt(squares[rows].mean()))


def coverage(name: str, made: Array, truth: Array) -> list[tuple[object, ...]]:
    """Return how often the truth lies inside the intervals of values (n, 2: value, error), and both halves' errors."""
    far = np.abs(made[:, 0] - truth) / made[:, 1]
    rows: list[tuple[object, ...]] = [
        measure(f"{name}: share inside the {part} % interval", len(truth), partial(_inside, far, half))
        for part, half in ((68, 0.994), (95, 1.96))
    ]
    sharp = made[:, 1] <= np.median(made[:, 1])
    for half_name, chosen in (("sharper", sharp), ("vaguer", ~sharp)):
        error = (made[chosen, 0] - truth[chosen]) ** 2
        rows.append(
            measure(f"{name}: rms error, {half_name} half", len(error), partial(_rms, error))
        )  # fmt: skip
    return rows


def classified(what: str, group: str, guess: NDArray[np.intp], right: NDArray[np.intp]) -> list[tuple[object, ...]]:
    """Return accuracy and macro F1 with their intervals."""
    return [
        measure(f"{what}, accuracy, {group}", len(right), lambda rows: float((guess[rows] == right[rows]).mean())),
        measure(
            f"{what}, macro F1, {group}", len(right), lambda rows: macro_f1(guess[rows], right[rows], len(EMOTIONS))
        ),
    ]
