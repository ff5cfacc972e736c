"""Read the locked test, once per release, and write the reading down.

    python -m composer.training.perception.read_locked --data DIR --cache runs/perception --release 0.2.0

Reads the rated works by locked artists with the shipped weights, from the pixels alone, and the style of the other
works by them, by the picture and with its year, and appends the figures with the date to
``benchmarks/perception/locked.csv``. Nothing may be chosen by what comes out; a release that has been read is refused
unless ``--again`` says why, and the reason is written down too.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import EMOTIONS, Affect, load_affect_model
from composer.perception.picture_heads import load_picture_heads
from composer.training.perception.affect_material import circumplex_arousal, in_units
from composer.training.perception.affect_measure import populations
from composer.training.perception.affect_report import Figure, correlation, measured
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import data_folder
from composer.training.perception.fit_style_witnesses import figures_of as style_figures
from composer.training.perception.head_material import load_head_material
from composer.training.perception.lexicon import fit_ridge
from composer.training.perception.nested import macro_f1
from composer.training.perception.rated import Array, Ratings, gather_seen

__all__ = ["figures_of", "reading_arguments", "readings", "write_reading"]

_NAMES = ("valence", "arousal", "rated arousal")
_WITHIN = {68: 0.994, 95: 1.960}


def readings(ratings: Ratings) -> list[Affect]:
    """Return the reading of every painting by the shipped regressions."""
    model, heads = load_affect_model(), load_picture_heads()
    found = []
    for row in range(ratings.paintings):
        seen = {name: block[row].astype(np.float32) for name, block in ratings.blocks.items()}
        medium = heads.read(seen).medium
        found.append(model.predict(seen, photograph=medium["photograph"], nothing=medium["blank"] + medium["graphic"]))
    return found


def figures_of(ratings: Ratings, learned: Ratings) -> list[Figure]:
    """Measure on the locked works.

    Parameters
    ----------
    ratings : the locked works.
    learned : the others, for the baselines and for the unit of arousal.
    """
    read = readings(ratings)
    values = np.array([[one.valence, one.arousal, one.rated_arousal] for one in read])
    errors = np.array([[one.valence_sd, one.arousal_sd, one.rated_arousal_sd] for one in read])
    played = np.array([one.played_arousal for one in read])
    truth, known = _truth(ratings, learned)
    figures = []
    for where, rows in populations(ratings):
        figures.append(correlation(f"{where} arousal against rated arousal, r", [values[rows, 1]], truth[rows, 2]))
        for against, column in (("rated arousal", 2), ("arousal", 1)):
            figures.append(
                correlation(f"{where} arousal that is played against {against}, r", [played[rows]], truth[rows, column])
            )
        for column, name in enumerate(_NAMES):
            figures.append(correlation(f"{where} {name} r", [values[rows, column]], truth[rows, column]))
            for block in ("features", "colour"):
                plain = _linear(learned, ratings, block, known)
                figures.append(
                    correlation(f"{where} {name} r, linear, {block} alone", [plain[rows, column]], truth[rows, column])
                )
    for column, name in enumerate(_NAMES):
        apart = np.abs(values[:, column] - truth[:, column])
        sharp = errors[:, column] <= np.median(errors[:, column])
        for share, half in _WITHIN.items():
            figures.append(_mean(f"{name}: inside the {share} % interval", apart <= half * errors[:, column]))
        figures.append(_root_mean(f"{name}: rms error of the sharper half", apart[sharp] ** 2))
        figures.append(_root_mean(f"{name}: rms error of the other half", apart[~sharp] ** 2))
    return (
        figures
        + _media(ratings)
        + _intervals_by_kind(values, errors, truth, ratings)
        + _emotions(read, ratings, learned)
    )


def _media(ratings: Ratings) -> list[Figure]:
    """How many of the works are told as photographs or as no picture; a medium is said above one half."""
    heads, rows = load_picture_heads(), range(ratings.paintings)
    read = [heads.read({name: block[row].astype(np.float32) for name, block in ratings.blocks.items()}) for row in rows]
    told = np.array([one.medium["photograph"] for one in read]) > 0.5
    nothing = np.array([one.medium["blank"] + one.medium["graphic"] for one in read]) > 0.5
    return [_mean("paintings: told as photographs", told), _mean("paintings: told as no picture", nothing)]


def _intervals_by_kind(values: Array, errors: Array, truth: Array, ratings: Ratings) -> list[Figure]:
    """How often arousal lies in its interval, on the older and on the modern works."""
    figures = []
    for where, rows in populations(ratings)[1:]:
        apart = np.abs(values[rows, 1] - truth[rows, 1]) / errors[rows, 1]
        for share, half in _WITHIN.items():
            figures.append(_mean(f"{where} arousal: inside the {share} % interval", apart <= half))
    return figures


def _truth(ratings: Ratings, learned: Ratings) -> tuple[Array, Array]:
    """Return people's valence, arousal and rated arousal of the locked works and of the others, (n, 3) each."""
    parts = []
    for one in (learned, ratings):
        numbers = one.targets[: one.paintings]
        parts.append(np.column_stack([numbers[:, 0], circumplex_arousal(one.fine), numbers[:, 1]]))
    both = np.concatenate(parts)
    for column in (1, 2):
        both[:, column] = in_units(both[:, 0], both[:, column])[:, 1]
    return both[len(parts[0]) :], both[: len(parts[0])]


def _mean(name: str, values: NDArray[np.bool_]) -> Figure:
    return measured(name, len(values), lambda rows: float(values[rows].mean()))


def _root_mean(name: str, values: Array) -> Figure:
    return measured(name, len(values), lambda rows: float(np.sqrt(values[rows].mean())))


def _linear(learned: Ratings, ratings: Ratings, block: str, known: Array) -> Array:
    x = learned.blocks[block][: learned.paintings]
    mean, spread = x.mean(0), x.std(0) + 1e-3
    fitted = fit_ridge((x - mean) / spread, known, 2.0 * x.shape[1])
    return fitted.predict((ratings.blocks[block][: ratings.paintings] - mean) / spread)


def _emotions(read: list[Affect], ratings: Ratings, learned: Ratings) -> list[Figure]:
    guess = np.array([[one.emotions[name] for name in EMOTIONS] for one in read]).argmax(1)
    truth = ratings.shares.argmax(1)
    usual = int(np.bincount(learned.shares.argmax(1)).argmax())
    n = len(truth)
    return [
        measured("five emotions, accuracy", n, lambda r: float((guess[r] == truth[r]).mean())),
        measured("five emotions, accuracy of the commonest", n, lambda r: float((truth[r] == usual).mean())),
        measured("five emotions, macro F1", n, lambda r: macro_f1(guess[r], truth[r], len(EMOTIONS))),
        measured(
            "five emotions, macro F1 of the commonest", n,
            lambda r: macro_f1(np.full(len(r), usual), truth[r], len(EMOTIONS)),
        ),
    ]  # fmt: skip


def reading_arguments(about: str, table: Path) -> argparse.Namespace:
    """Return the options of a reading of the locked test; a release that has been read ends the program."""
    parser = training_parser(about, table=table)
    parser.add_argument("--release", required=True)
    parser.add_argument("--again", default="", metavar="REASON")
    args = parser.parse_args()
    if not args.again and any(row[1] == args.release for row in _rows(args.table)):
        parser.error(f"release {args.release} has been read: see {args.table}")
    return args


def write_reading(args: argparse.Namespace, figures: Iterable[Sequence[object]]) -> None:
    """Print figures (measure, n, value, ends of its 95 % interval) and add them to the table with the date."""
    rows = _rows(args.table) or [["date", "release", "reason", "measure", "n", "value", "low95", "high95"]]
    for measure, n, *values in figures:
        numbers = [f"{value:.3f}" for value in values]
        rows.append([f"{datetime.now(UTC):%Y-%m-%d}", args.release, args.again, str(measure), str(n), *numbers])
        print(*rows[-1][3:], sep=" | ")
    with args.table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _rows(table: Path) -> list[list[str]]:
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def main() -> None:
    """Run from the command line."""
    args = reading_arguments(__doc__, Path("benchmarks/perception/locked.csv"))
    data = data_folder(args.data)
    figures = figures_of(gather_seen(data, args.cache, locked=True), gather_seen(data, args.cache))
    rows: list[tuple[object, ...]] = [(one.name, one.n, one.value, one.low, one.high) for one in figures]
    styles = style_figures(load_head_material(data, args.cache), "locked", ((), ("year",)))
    write_reading(args, rows + list(styles))


if __name__ == "__main__":
    main()
