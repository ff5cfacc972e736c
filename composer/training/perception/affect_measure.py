"""The measures of the affect regressions, on folds that had no part in fitting or choosing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from composer.perception.affect import FINE_EMOTIONS, distributions
from composer.perception.mixture import UNDERTONES, blend
from composer.training.perception.affect_material import FIVE, GROUPS, NUMBERS, Material, in_units, photograph_recipes
from composer.training.perception.affect_report import (
    Figure,
    correlation,
    coverage,
    emotion_figures,
    measured,
    sharpness,
    undertone_figures,
)
from composer.training.perception.doubt import Kinds
from composer.training.perception.folds import Rows
from composer.training.perception.nested import Held, Recipe, gram, nested
from composer.training.perception.rated import Array, Ratings

__all__ = ["SEEDS", "SPREAD", "figures_of", "populations", "shares_of"]

SPREAD = 0.8
"""Share of the ratings' deviation that readings are stretched to."""
SEEDS = 2
"""Divisions into folds."""
_NEARLY_LINEAR = 0.05
_LEAST = 0.02
_FEWEST = 20
"""Works below which nothing is said of a population."""
_RATERS = 100
"""People per photograph and question, about (Kurdi, Lozano & Banaji 2017)."""


def _runs(
    grams: Sequence[Array],
    targets: Array,
    units: Rows,
    groups: Sequence[slice] = GROUPS,
    learned: Array | None = None,
    kinds: Kinds | None = None,
) -> list[Held]:
    numbers = tuple(NUMBERS.values()) if targets.shape[1] > NUMBERS["arousal"] else (0, 1)
    return [
        nested(grams, targets, groups, units, seed, spread=SPREAD, numbers=numbers, learned=learned, kinds=kinds)
        for seed in range(SEEDS)
    ]


def shares_of(predictions: Array) -> Array:
    """Return the distributions over the five emotions, (n, 5), that raw predictions stand for."""
    shares = np.maximum(predictions[:, FIVE], _LEAST)
    found: Array = shares / shares.sum(1, keepdims=True)
    return found


def figures_of(material: Material) -> tuple[list[Figure], list[Held]]:
    """Measure; return the figures and the divisions by artist, for the calibration plot."""
    ratings, n = material.ratings, material.ratings.paintings
    grams, truth = material.grams(), material.targets
    runs = _runs(grams, truth, ratings.groups[:n], learned=material.learned, kinds=material.kinds())
    figures = []
    for where, rows in populations(ratings):
        for name, column in NUMBERS.items():
            predicted = [run.predictions[rows, column] for run in runs]
            figures.append(correlation(f"{where} {name} r, nested 5 folds by artist", predicted, truth[rows, column]))
            if column < 2:
                other = ratings.picture_only[rows, column]
                figures.append(correlation(f"{where} {name} r, people without the title", predicted, other))
        for name in ("arousal", "rated arousal"):
            felt = truth[rows, NUMBERS[name]]
            figures.append(correlation(f"{where} {name} and valence, both of people, r", [felt], truth[rows, 0]))
    figures += _baselines(material)
    figures += _photograph_figures(material)
    figures += emotion_figures([shares_of(run.predictions) for run in runs], ratings.shares)
    figures.append(_from_people(ratings, truth))
    figures += undertone_figures(ratings.fine > 0, [_undertones(run, ratings) for run in runs])
    for where, rows in populations(ratings):
        figures += coverage(where, [run.rows(rows) for run in runs], material.numbers()[rows])
    figures += sharpness("paintings", runs, material.numbers())
    figures += _ceilings(ratings)
    return figures, runs


def populations(ratings: Ratings) -> list[tuple[str, Rows]]:
    """Return the names and rows of all paintings, the classical and the modern ones."""
    parts = (("paintings", np.ones(ratings.paintings, bool)), ("classical paintings", ratings.classical),
             ("modern paintings", ~ratings.classical))  # fmt: skip
    return [(name, np.flatnonzero(rows)) for name, rows in parts if rows.sum() >= _FEWEST]


def _baselines(material: Material) -> list[Figure]:
    """Measure plain ridge regressions on one block alone, and the two other readings as they are."""
    n, truth = material.ratings.paintings, material.numbers()
    figures = []
    for block in ("features", "embedding", "colour"):
        if block not in material.blocks:
            continue
        part = {block: material.blocks[block][:n]}
        grams = [gram(part, Recipe(weights={block: 1.0}, narrowness=_NEARLY_LINEAR))]
        runs = _runs(grams, truth, material.ratings.groups[:n], [slice(i, i + 1) for i in range(len(NUMBERS))])
        figures += [
            correlation(
                f"paintings {name} r, baseline: linear, {block} alone",
                [run.predictions[:, column] for run in runs],
                truth[:, column],
            )
            for column, name in enumerate(NUMBERS)
        ]
    prior = material.blocks["prior"]
    for place in range(min(prior.shape[1], 6)):
        who = "photographs" if place < 2 else "words"
        for column, name in enumerate(NUMBERS):
            if (place % 2 == 0) == (name == "valence"):
                how = f"paintings {name} r, no rated painting seen: {who} alone"
                figures.append(
                    correlation(f"{how} ({place})" if place > 3 else how, [prior[:, place]], truth[:, column])
                )
    return figures


def _photograph_figures(material: Material) -> list[Figure]:
    n, ratings = material.ratings.paintings, material.ratings
    blocks = material.photograph_blocks()
    grams = [gram(blocks, recipe) for recipe in photograph_recipes(material.bases)]
    truth = in_units(*ratings.targets[n:].T)
    runs = _runs(grams, truth, ratings.groups[n:], GROUPS[:2])
    figures = [
        correlation(
            f"OASIS {name} r, nested 5 folds by theme", [run.predictions[:, column] for run in runs], truth[:, column]
        )
        for column, name in enumerate(("valence", "arousal"))
    ]
    return [*figures, *coverage("OASIS", runs, truth), *sharpness("OASIS", runs, truth)]


def _undertones(run: Held, ratings: Ratings) -> Rows:
    """Return the number of each painting's undertone as it would be read, -1 for none."""
    usual = dict(zip(FINE_EMOTIONS, ratings.fine.mean(0).tolist(), strict=True))
    names = [UNDERTONES[name] for name in FINE_EMOTIONS]
    found = []
    for (valence, arousal, _), raw in zip(run.restored(), run.predictions[:, 2 : NUMBERS["arousal"]], strict=True):
        _, fine = distributions(raw)
        mixture = blend("", valence, arousal, fine, usual)
        found.append(-1 if mixture is None else names.index(mixture.secondary))
    return np.array(found)


def _from_people(ratings: Ratings, truth: Array) -> Figure:
    """How well the five follow from valence and arousal by other people, who did not know the title."""
    block = {"people": (ratings.picture_only - ratings.picture_only.mean(0)) / ratings.picture_only.std(0)}
    runs = _runs([gram(block, Recipe(weights={"people": 1.0}))], truth, np.arange(len(truth)))
    guesses, right = [shares_of(run.predictions).argmax(1) for run in runs], ratings.shares.argmax(1)
    return measured(
        "five emotions, accuracy, from people's valence and arousal instead of the picture",
        len(right),
        lambda rows: float(np.mean([(guess[rows] == right[rows]).mean() for guess in guesses])),
    )


def _ceilings(ratings: Ratings) -> list[Figure]:
    """How well people agree: raters with the title and raters without it; photographs' means and themselves again."""
    n, figures = ratings.paintings, []
    for column, name in enumerate(("valence", "arousal")):
        figures.append(
            correlation(
                f"paintings {'rated ' * column}{name}, people with the title and people without it, r",
                [ratings.picture_only[:, column]],
                ratings.targets[:n, column],
            )
        )
        noise, values = ratings.disagreement[:, column] ** 2 / _RATERS, ratings.targets[n:, column]
        figures.append(
            measured(
                f"OASIS {name}, reliability of the mean of {_RATERS} people",
                len(values),
                lambda rows, noise=noise, values=values: float(  # type: ignore[misc]
                    1 - noise[rows].mean() / values[rows].var()
                ),
            )
        )
    return figures
