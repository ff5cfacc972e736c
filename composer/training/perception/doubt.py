"""The error of a reading, per picture: how far readings of pictures like this one lay from what people said.

The logarithm of the squared residual of held-out predictions is regressed on the same kernel, strongly smoothed; one
factor then sets the level, so that 68 % of held-out pictures lie within one standard error.

So strong a smoothing hides that two kinds of works are read differently well. Where that is known (arousal of older and
of modern paintings), the kind is foretold by the same kernel, and added as far as it makes held-out residuals likelier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from composer.training.perception.folds import FOLDS, Rows, folds_of, solve
from composer.training.perception.rated import Array

__all__ = ["Doubt", "Kinds", "fit_doubt"]

_RIDGES = (3.0, 10.0, 30.0, 100.0)
_LEAST = 2e-3
"""Added to squared residuals, so that a lucky hit does not count as certainty."""
_KIND_RIDGE, _SLOPES, _PENALTY = 2.0, np.arange(-8, 9) / 4, 2e-3
"""Ridge of the foretold kind; weights of it to choose among, in the logarithm of squared residuals."""
_ONE_ERROR = 0.9945
"""Standard errors within which 68 % of a normal distribution lies."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A regression of log squared residuals.

    Attributes
    ----------
    duals, bias : (n, k), (k,).
    factor : (k,): standard errors are ``factor * exp(raw / 2)``.
    """

    duals: Array
    bias: Array
    factor: Array

    def errors(self, likeness: Array) -> Array:
        """Return standard errors (m, k) of pictures with likenesses (m, n) to those learned from."""
        found: Array = self.factor * np.exp((likeness @ self.duals + self.bias) / 2)
        return found


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """Two kinds of works that are read differently well: `older`, 1 or 0 (n,), and the outputs that it matters to."""

    older: Array
    columns: tuple[int, ...]

    def rows(self, chosen: Rows) -> Kinds:
        """Some of the works."""
        return Kinds(older=self.older[chosen], columns=self.columns)


def fit_doubt(matrix: Array, residuals: Array, units: Rows, seed: int = 0, kinds: Kinds | None = None) -> Doubt:
    """Fit on held-out residuals.

    Parameters
    ----------
    matrix : (n, n): likenesses.
    residuals : (n, k): of restored held-out predictions.
    units : (n,): what folds must not divide.
    seed : of the division into folds.
    kinds : of the works, where they are to be told apart.
    """
    wanted, fold = np.log(residuals**2 + _LEAST), folds_of(units, seed)
    guesses = np.zeros((len(_RIDGES), *wanted.shape))
    for part in range(FOLDS):
        train, test = np.flatnonzero(fold != part), np.flatnonzero(fold == part)
        values, vectors = np.linalg.eigh(matrix[np.ix_(train, train)])
        bias = wanted[train].mean(0)
        inner, outer = vectors.T @ (wanted[train] - bias), matrix[np.ix_(test, train)] @ vectors
        for number, ridge in enumerate(_RIDGES):
            guesses[number][test] = outer @ (inner / (values + ridge)[:, None]) + bias
    best = ((guesses - wanted) ** 2).mean(1).argmin(0)
    ridges, held = np.array(_RIDGES)[best], guesses[best, :, np.arange(wanted.shape[1])].T
    duals, bias = solve(matrix, wanted, ridges)
    if kinds is not None:
        foretold = _held_kind(matrix, kinds.older, fold)
        of_kind, usual = solve(matrix, kinds.older[:, None], np.array([_KIND_RIDGE]))
        for column in kinds.columns:
            slope = _slope(held[:, column], foretold - foretold.mean(), residuals[:, column])
            held[:, column] += slope * (foretold - foretold.mean())
            duals[:, column] += slope * of_kind[:, 0]
            bias[column] += slope * (usual[0] - foretold.mean())
    factor = np.quantile(np.abs(residuals) / np.exp(held / 2), 0.68, axis=0) / _ONE_ERROR
    return Doubt(duals=duals, bias=bias, factor=factor)


def _held_kind(matrix: Array, older: Array, fold: Rows) -> Array:
    """Return what folds that do not hold a work foretell of its kind, (n,)."""
    found = np.zeros(len(older))
    for part in range(FOLDS):
        train, test = np.flatnonzero(fold != part), np.flatnonzero(fold == part)
        duals, bias = solve(matrix[np.ix_(train, train)], older[train][:, None], np.array([_KIND_RIDGE]))
        found[test] = (matrix[np.ix_(test, train)] @ duals + bias)[:, 0]
    return found


def _slope(held: Array, foretold: Array, residuals: Array) -> float:
    """Return the weight of the kind under which residuals are likeliest, the level set anew for each."""

    def loss(slope: float) -> float:
        errors = np.exp((held + slope * foretold) / 2)
        level = np.sqrt((residuals**2 / errors**2).mean())
        return float(np.log(level * errors).mean() + _PENALTY * slope**2)

    return float(min(_SLOPES, key=loss))
