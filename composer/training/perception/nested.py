"""Nested cross-validation of kernel ridge regressions: every constant is chosen inside the training folds.

Conventions
-----------
* A *gram* is the matrix of likenesses of all pictures, shape (n, n). Candidates are grams times `RIDGES`.
* Single outputs (the first two are valence and arousal) are judged by correlation; a group of several is a distribution
  over classes and is judged by the mean of accuracy and macro F1 of the largest.
* One gram serves all outputs, each group of outputs has its own ridge: so the shipped file holds one set of blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from composer.perception.kernel_regression import gaussian, sum_of_terms
from composer.training.perception.doubt import Kinds, fit_doubt
from composer.training.perception.folds import FOLDS, Rows, folds_of, solve
from composer.training.perception.rated import Array

__all__ = [
    "FOLDS",
    "RIDGES",
    "Choice",
    "Held",
    "Recipe",
    "Rows",
    "choose",
    "folds_of",
    "gram",
    "likenesses",
    "macro_f1",
    "nested",
    "residuals_of",
    "restoration",
    "solve",
    "width_of",
]

RIDGES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_INNER_SEED = 1000


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A kernel to try.

    Attributes
    ----------
    weights : term -> weight; a term is a block or several joined by ``*``, whose likenesses are multiplied.
    narrowness : width of the Gaussians, in units of one over the block's median squared distance. A small one makes
        the regression linear: far wider than the data, a Gaussian is a parabola, and the regression on it a plane.
    """

    weights: Mapping[str, float]
    narrowness: float = 1.0

    def terms(self) -> list[tuple[float, tuple[str, ...]]]:
        """Return weights and blocks of the terms; a wide kernel is scaled up to keep its contrast."""
        return [(weight / self.narrowness, tuple(term.split("*"))) for term, weight in self.weights.items()]

    def blocks(self) -> list[str]:
        """Return the blocks that are used, each once."""
        return list(dict.fromkeys(name for _, names in self.terms() for name in names))


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The gram's number, the ridge per output (k,), and the predictions (divisions n, k) by which they were chosen."""

    number: int
    ridges: Array
    held: Array


@dataclass(frozen=True, kw_only=True)
class Held:
    """What nested cross-validation gives for one division into folds.

    Attributes
    ----------
    predictions : (n, k), each row by folds that do not hold it.
    gain, centre, shift, error : (n, m): how each row's `numbers` are restored, and the standard error of each, from its
        training folds alone.
    numbers : the outputs that are restored, m of them.
    chosen : the numbers of the grams, one per fold.
    """

    predictions: Array
    gain: Array
    centre: Array
    shift: Array
    error: Array
    numbers: tuple[int, ...]
    chosen: tuple[int, ...]

    def rows(self, chosen: Rows) -> Held:
        """Some of the rows."""
        parts = {name: getattr(self, name)[chosen] for name in ("predictions", "gain", "centre", "shift", "error")}
        return replace(self, **parts)

    def restored(self) -> Array:
        """Return the numbers as they would be shipped, (n, m)."""
        raw = self.predictions[:, list(self.numbers)]
        found: Array = np.clip(self.shift + self.gain * (raw - self.centre), -1.0, 1.0)
        return found


def width_of(block: Array) -> float:
    """Return one over the median squared distance of rows (n, D) that differ."""
    squares = (block**2).sum(1)[:, None] + (block**2).sum(1)[None] - 2 * block @ block.T
    return float(1 / np.median(squares[np.triu_indices(len(block), 1)]))


def gram(blocks: Mapping[str, Array], recipe: Recipe) -> Array:
    """Return the likenesses, (n, n), of all rows of standardised blocks."""
    alike = {}
    for name in recipe.blocks():
        alike[name] = gaussian(blocks[name], blocks[name], recipe.narrowness * width_of(blocks[name]))
    total: Array = sum_of_terms(alike, recipe.terms())
    return total


def likenesses(blocks: Mapping[str, Array], recipe: Recipe, here: Rows, there: Rows) -> Array:
    """Return the likenesses, (m, n), of rows `here` to rows `there`, by the widths of the latter."""
    alike = {
        name: gaussian(blocks[name][here], blocks[name][there], recipe.narrowness * width_of(blocks[name][there]))
        for name in recipe.blocks()
    }
    total: Array = sum_of_terms(alike, recipe.terms())
    return total


def _path(matrix: Array, y: Array, train: Rows, test: Rows) -> Array:
    """Return predictions (ridges, test, k) for all `RIDGES` from one decomposition."""
    values, vectors = np.linalg.eigh(matrix[np.ix_(train, train)])
    bias = y[train].mean(0)
    inner, outer = vectors.T @ (y[train] - bias), matrix[np.ix_(test, train)] @ vectors
    return np.stack([outer @ (inner / (values + ridge)[:, None]) + bias for ridge in RIDGES])


def choose(
    grams: Sequence[Array],
    y: Array,
    groups: Sequence[slice],
    units: Rows,
    rows: Rows,
    *,
    divisions: int = 1,
    learned: Array | None = None,
) -> Choice:
    """Choose gram and ridges by cross-validation on some rows.

    Parameters
    ----------
    grams : candidates.
    y : (n, k) targets.
    groups : outputs that share a ridge; the first two are valence and arousal.
    units : (n,) what folds must not divide.
    rows : the rows to use; no other is looked at.
    divisions : divisions into folds; their scores are averaged.
    learned : (n, k) what is learned, if that is not the targets; scores are against the targets.
    """
    taught = y if learned is None else learned
    paths = np.stack([_paths(grams, taught, units, rows, _INNER_SEED + number) for number in range(divisions)])
    truth = y[rows]
    scores = np.array(
        [[[[_score(path, truth, group) for group in groups] for path in one] for one in part] for part in paths]
    ).mean(0)  # (grams, ridges, groups)
    number = int(scores[:, :, :2].max(1).sum(1).argmax())  # the best ridge for each, then valence and arousal together
    best = scores[number].argmax(0)  # (groups,)
    ridges, held = np.zeros(y.shape[1]), np.zeros((divisions, len(rows), y.shape[1]))
    for group, place in zip(groups, best, strict=True):
        ridges[group] = RIDGES[place]
        held[:, :, group] = paths[:, number, place][:, :, group]
    return Choice(number=number, ridges=ridges, held=held.reshape(-1, y.shape[1]))


def _paths(grams: Sequence[Array], y: Array, units: Rows, rows: Rows, seed: int) -> Array:
    """Return held-out predictions (grams, ridges, rows, k) for one division into folds."""
    fold = folds_of(units[rows], seed)
    found = np.zeros((len(grams), len(RIDGES), len(rows), y.shape[1]))
    for number, matrix in enumerate(grams):
        for part in range(FOLDS):
            train, test = rows[fold != part], rows[fold == part]
            found[number][:, fold == part] = _path(matrix, y, train, test)
    return found


def _score(path: Array, truth: Array, group: slice) -> float:
    found, wanted = path[:, group], truth[:, group]
    if found.shape[1] == 1:
        return float(np.corrcoef(found[:, 0], wanted[:, 0])[0, 1])
    guess, right = found.argmax(1), wanted.argmax(1)
    return (float((guess == right).mean()) + macro_f1(guess, right, wanted.shape[1])) / 2


def macro_f1(guess: Rows, truth: Rows, classes: int) -> float:
    """Mean over the classes of the harmonic mean of precision and recall; 0 for one that is never guessed rightly."""
    scores = []
    for place in range(classes):
        hit = ((guess == place) & (truth == place)).sum()
        scores.append(2 * hit / max(1, (guess == place).sum() + (truth == place).sum()))
    return float(np.mean(scores))


def nested(
    grams: Sequence[Array],
    y: Array,
    groups: Sequence[slice],
    units: Rows,
    seed: int,
    *,
    spread: float,
    numbers: Sequence[int] = (0, 1),
    learned: Array | None = None,
    kinds: Kinds | None = None,
) -> Held:
    """Predict every row from the folds that do not hold it, constants chosen there as well.

    Parameters
    ----------
    grams, y, groups, units : as in `choose`.
    seed : of the division into folds.
    spread : share of the targets' deviation that restored values are stretched to.
    numbers : outputs that are restored and have an error.
    learned : as in `choose`.
    kinds : as in `fit_doubt`.
    """
    fold, taught = folds_of(units, seed), y if learned is None else learned
    columns = list(numbers)
    predictions, restoring = np.zeros_like(y), np.zeros((4, len(y), len(columns)))
    chosen = []
    for part in range(FOLDS):
        train, test = np.flatnonzero(fold != part), np.flatnonzero(fold == part)
        choice = choose(grams, y, groups, units, train, learned=learned)
        matrix = grams[choice.number]
        duals, bias = solve(matrix[np.ix_(train, train)], taught[train], choice.ridges)
        predictions[test] = matrix[np.ix_(test, train)] @ duals + bias
        held, truth = choice.held[:, columns], y[train][:, columns]
        gain, centre, shift, error = restoration(held, truth, spread)
        restoring[:, test] = np.stack([gain, centre, shift, error])[:, None]
        residuals = residuals_of(held, truth, spread)
        known = kinds.rows(train) if kinds is not None else None
        doubt = fit_doubt(matrix[np.ix_(train, train)], residuals, units[train], kinds=known)
        restoring[3, test] = doubt.errors(matrix[np.ix_(test, train)])
        chosen.append(choice.number)
    gain, centre, shift, error = restoring
    return Held(
        predictions=predictions,
        gain=gain,
        centre=centre,
        shift=shift,
        error=error,
        numbers=tuple(columns),
        chosen=tuple(chosen),
    )


def residuals_of(held: Array, truth: Array, spread: float) -> Array:
    """Return restored held-out predictions, the mean of their divisions (divisions n, k), less the truth (n, k)."""
    gain, centre, shift, _ = restoration(held, np.tile(truth, (len(held) // len(truth), 1)), spread)
    mean = held.reshape(-1, len(truth), held.shape[1]).mean(0)
    found: Array = shift + gain * (mean - centre) - truth
    return found


def restoration(held: Array, truth: Array, spread: float) -> tuple[Array, Array, Array, Array]:
    """Return gain, centre, shift and standard error, each (k,), of stretching held-out predictions (n, k)."""
    gain = spread * truth.std(0) / held.std(0)
    centre, shift = held.mean(0), truth.mean(0)
    error = np.sqrt(((shift + gain * (held - centre) - truth) ** 2).mean(0))
    return gain, centre, shift, error
