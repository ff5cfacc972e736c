"""The report on the affect regressions: what is measured, with intervals, and drawn.

Every interval is a bootstrap over pictures, 1,000 draws; a value over several divisions into folds is their mean.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import EMOTIONS
from composer.training.perception.folds import Rows
from composer.training.perception.nested import Held, macro_f1
from composer.training.perception.rated import Array

__all__ = [
    "Figure",
    "correlation",
    "coverage",
    "draw_calibration",
    "emotion_figures",
    "measured",
    "sharpness",
    "undertone_figures",
    "write_table",
]

_DRAWS = 1000
_NAMES = ("valence", "arousal", "rated arousal")
_NORMAL = {68: 0.994, 95: 1.960}
"""Per cent -> half width of a normal interval in standard errors."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value with its 95 % interval."""

    name: str
    n: int
    value: float
    low: float
    high: float


def measured(name: str, count: int, measure: Callable[[Rows], float]) -> Figure:
    """Measure on all pictures and on bootstrap draws; `measure` takes the rows to use."""
    rng = np.random.default_rng(0)
    value = measure(np.arange(count))
    values = [measure(rng.integers(0, count, count)) for _ in range(_DRAWS)]
    low, high = np.percentile(values, [2.5, 97.5])
    return Figure(name=name, n=count, value=float(value), low=float(low), high=float(high))


def correlation(name: str, predictions: Sequence[Array], truth: Array) -> Figure:
    """Pearson's r, averaged over divisions into folds."""
    return measured(
        name, len(truth), lambda rows: float(np.mean([np.corrcoef(p[rows], truth[rows])[0, 1] for p in predictions]))
    )


def coverage(what: str, runs: Sequence[Held], truth: Array) -> list[Figure]:
    """How often people's value lies in the interval of so many per cent around the restored value."""
    figures = []
    for column, name in enumerate(_NAMES[: truth.shape[1]]):
        distance = np.array(
            [np.abs(run.restored()[:, column] - truth[:, column]) / run.error[:, column] for run in runs]
        )
        for share, half in _NORMAL.items():
            inside = (distance <= half).mean(0)
            figures.append(
                measured(
                    f"{what} {name}: share inside the {share} % interval",
                    len(truth),
                    lambda rows, inside=inside: float(inside[rows].mean()),  # type: ignore[misc]
                )
            )
    return figures


def sharpness(what: str, runs: Sequence[Held], truth: Array) -> list[Figure]:
    """Root mean squared error of the half with the smaller standard errors, and of the other half."""
    figures = []
    for column, name in enumerate(_NAMES[: truth.shape[1]]):
        wrong = np.mean([(run.restored()[:, column] - truth[:, column]) ** 2 for run in runs], axis=0)
        error = np.mean([run.error[:, column] for run in runs], axis=0)
        sharp = error <= np.median(error)
        halves = (("sharper half", sharp), ("other half", ~sharp))
        figures += [
            measured(
                f"{what} {name}: rms error of the {half}",
                int(rows.sum()),
                lambda drawn, wrong=wrong[rows]: float(np.sqrt(wrong[drawn].mean())),  # type: ignore[misc]
            )
            for half, rows in halves
        ]
    return figures


def emotion_figures(runs: Sequence[Array], shares: Array) -> list[Figure]:
    """Compare distributions (n, 5) per run with people's, beside always answering the average one."""
    truth = shares.argmax(1)
    usual = np.broadcast_to(shares.mean(0), shares.shape)
    count, figures = len(shares), []
    for who, guesses in (("regression", list(runs)), ("always the average", [usual])):
        each = np.mean([-(shares * np.log(np.maximum(guess, 1e-9))).sum(1) for guess in guesses], axis=0)
        figures += [
            measured(
                f"five emotions, accuracy, {who}",
                count,
                lambda rows, guesses=guesses: float(  # type: ignore[misc]
                    np.mean([(guess[rows].argmax(1) == truth[rows]).mean() for guess in guesses])
                ),
            ),
            measured(
                f"five emotions, macro F1, {who}",
                count,
                lambda rows, guesses=guesses: float(  # type: ignore[misc]
                    np.mean([macro_f1(guess[rows].argmax(1), truth[rows], len(EMOTIONS)) for guess in guesses])
                ),
            ),
            measured(
                f"five emotions, cross-entropy in nats, {who}",
                count,
                lambda rows, each=each: float(each[rows].mean()),  # type: ignore[misc]
            ),
        ]
    return figures


def undertone_figures(named: NDArray[np.bool_], chosen: Sequence[Rows]) -> list[Figure]:
    """How often people named the undertone that was read, beside a picture's undertone taken for another picture.

    Parameters
    ----------
    named : (n, fine emotions): whether people named the emotion.
    chosen : per division into folds and picture the number of the undertone, or -1.
    """
    rng = np.random.default_rng(1)
    hits, others, given = [], [], []
    for undertone in chosen:
        has = undertone >= 0
        hit = np.where(has, named[np.arange(len(named)), undertone], np.nan)
        moved = np.full(len(named), np.nan)
        moved[has] = np.mean([named[np.flatnonzero(has), rng.permutation(undertone[has])] for _ in range(200)], axis=0)
        hits.append(hit)
        others.append(moved)
        given.append(has)
    count = len(named)
    return [
        measured("undertone read at all", count, lambda rows: float(np.mean([g[rows].mean() for g in given]))),
        measured("undertone named by people", count, lambda rows: float(np.mean([np.nanmean(h[rows]) for h in hits]))),
        measured(
            "undertone named by people, undertones exchanged between pictures",
            count,
            lambda rows: float(np.mean([np.nanmean(o[rows]) for o in others])),
        ),
    ]


def write_table(path: Path, figures: Sequence[Figure]) -> None:
    """Write ``measure, n, value, low95, high95``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["measure", "n", "value", "low95", "high95"])
        for figure in figures:
            table.writerow([figure.name, figure.n, *(f"{v:.3f}" for v in (figure.value, figure.low, figure.high))])


def draw_calibration(folder: Path, runs: Sequence[Held], truth: Array) -> None:
    """Draw ``calibration.png`` and ``calibration.csv``: what people said of pictures read alike, in ten groups."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 4.4), constrained_layout=True)
    with (folder / "calibration.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["target", "n", "read", "people", "standard error", "predicted sd", "rms error"])
        for column, (name, axis) in enumerate(zip(("valence", "arousal"), axes, strict=True)):
            read = np.concatenate([run.restored()[:, column] for run in runs])
            wide = np.concatenate([run.error[:, column] for run in runs])
            people = np.tile(truth[:, column], len(runs))
            groups = np.array_split(np.argsort(read, kind="stable"), 10)
            rows = [
                (
                    read[g].mean(),
                    people[g].mean(),
                    people[g].std() / np.sqrt(len(g) / len(runs)),
                    wide[g].mean(),
                    np.sqrt(((read[g] - people[g]) ** 2).mean()),
                )
                for g in groups
            ]
            for group, row in zip(groups, rows, strict=True):
                table.writerow([name, len(group) // len(runs), *(f"{value:.3f}" for value in row)])
            means = np.array(rows)
            axis.scatter(runs[0].restored()[:, column], truth[:, column], s=7, color="0.75", linewidths=0)
            axis.errorbar(means[:, 0], means[:, 1], yerr=1.96 * means[:, 2], fmt="o", color="C0", ms=5, capsize=2)
            axis.plot([-1, 1], [-1, 1], color="0.4", lw=0.8, ls="--")
            axis.set(xlim=(-1, 1), ylim=(-1.05, 1.05), xlabel=f"{name} read (held-out)", ylabel=f"{name} by people")
            axis.set_xticks(np.linspace(-1, 1, 5))
            axis.set_title(f"{name}: ten groups of {len(truth) // 10} paintings, 95 % intervals", fontsize=10)
    figure.savefig(folder / "calibration.png", dpi=110)
    plt.close(figure)
