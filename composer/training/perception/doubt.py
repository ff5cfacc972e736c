"""The error of a reading, per picture: how far readings of pictures like this one lay from what people said.

The logarithm of the squared residual of held-out predictions is regressed on the same kernel, strongly smoothed; one
factor then sets the level, so that 68 % of held-out pictures lie within one standard error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from composer.training.perception.folds import FOLDS, Rows, folds_of, solve
from composer.training.perception.rated import Array

__all__ = ["Doubt", "fit_doubt"]

_RIDGES = (3.0, 10.0, 30.0, 100.0)
_LEAST = 2e-3
"""Added to squared residuals, so that a lucky hit does not count as certainty."""
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


def fit_doubt(matrix: Array, residuals: Array, units: Rows, seed: int = 0) -> Doubt:
    """Fit on held-out residuals.

    Parameters
    ----------
    matrix : (n, n): likenesses.
    residuals : (n, k): of restored held-out predictions.
    units : (n,): what folds must not divide.
    seed : of the division into folds.
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
    factor = np.quantile(np.abs(residuals) / np.exp(held / 2), 0.68, axis=0) / _ONE_ERROR
    return Doubt(duals=duals, bias=bias, factor=factor)
