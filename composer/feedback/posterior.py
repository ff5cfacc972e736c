"""The posterior of a preference: Bayesian logistic regression over differences of features and of their squares.

The utility of a piece is ``w . x - k . x^2 / 2``, where x are its features from the usual piece on: more or less of a
feature is better (w), or a place among them is (w / k), and k says how soon one has enough. ``P(A preferred to B) = 1 /
(1 + exp(u(B) - u(A)))`` with a Gaussian prior of mean 0, the shipped map: no preference among pieces. Newton steps find
the mode; Laplace's approximation gives the covariance. The prior's two widths, of w and of k, are those under which the
choices are likeliest, so that choices without a pattern leave the mode near the shipped map.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from composer.feedback.events import Comparisons
from composer.feedback.features import FEATURES, Vector

__all__ = ["CURVATURE_WIDTHS", "PRIOR_WIDTHS", "Posterior", "fit"]

PRIOR_WIDTHS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Standard deviations of the prior of w that are tried, in logits for a step of a feature."""

CURVATURE_WIDTHS = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Standard deviations of the prior of k that are tried, in logits for a square step."""

_STEPS, _CLOSE = 50, 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """A Gaussian over the weights of the eight features and of their squares, in the order of `terms`.

    Attributes
    ----------
    mean : (16,) w in logits for a step of each feature, then k in logits for a square step; zeros are the shipped map.
    covariance : (16, 16).
    prior_width, curvature_width : standard deviations of the prior that were chosen, of w and of k.
    """

    mean: Vector
    covariance: Vector
    prior_width: float
    curvature_width: float

    @property
    def slopes(self) -> Vector:
        """The mean of w, (8,): what a step more of each feature is worth in the usual piece."""
        return self.mean[: len(FEATURES)]

    @property
    def curvatures(self) -> Vector:
        """The mean of k, (8,), at least 0: how much less each further step is worth."""
        return np.maximum(self.mean[len(FEATURES) :], 0.0)


def fit(data: Comparisons) -> Posterior:
    """Learn from comparisons; without any the posterior is a prior.

    Parameters
    ----------
    data : Comparisons
        n rows; the order of the rows does not matter but for rounding.
    """
    found = [_at_widths(data, *widths) for widths in product(PRIOR_WIDTHS, CURVATURE_WIDTHS)]
    return max(found, key=lambda pair: pair[1])[0]


def _at_widths(data: Comparisons, width: float, curvature_width: float) -> tuple[Posterior, float]:
    """The posterior under one prior, and the logarithm of the evidence for that prior."""
    X, weights = data.differences, data.weights
    precision = 1.0 / np.repeat([width, curvature_width], len(FEATURES)) ** 2
    mode = np.zeros(len(precision))
    curvature = np.diag(precision)
    for _ in range(_STEPS):
        wrong = 1.0 / (1.0 + np.exp(np.clip(X @ mode, -500, 500)))
        slope = X.T @ (weights * wrong) - precision * mode
        curvature = (X * (weights * wrong * (1 - wrong))[:, None]).T @ X + np.diag(precision)
        step = _no_worse(data, precision, mode, np.linalg.solve(curvature, slope).astype(np.float64))
        mode = mode + step
        if float(np.abs(step).max()) < _CLOSE:
            break
    covariance: Vector = np.linalg.inv(curvature).astype(np.float64)
    evidence = (
        _objective(data, precision, mode)
        + 0.5 * float(np.log(precision).sum())
        - 0.5 * float(np.linalg.slogdet(curvature)[1])
    )
    found = Posterior(mean=mode, covariance=covariance, prior_width=width, curvature_width=curvature_width)
    return found, evidence


def _objective(data: Comparisons, precision: Vector, mode: Vector) -> float:
    likelihood = -float(data.weights @ np.logaddexp(0.0, -(data.differences @ mode)))
    return likelihood - 0.5 * float(precision @ mode**2)


def _no_worse(data: Comparisons, precision: Vector, mode: Vector, step: Vector) -> Vector:
    """The Newton step, halved until it climbs: far from the mode the parabola is too bold."""
    here = _objective(data, precision, mode)
    for _ in range(30):
        if _objective(data, precision, mode + step) >= here:
            return step
        step = step / 2
    return np.zeros_like(step)
