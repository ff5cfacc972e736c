"""The posterior of a preference: Bayesian logistic regression over differences of features.

``P(A preferred to B) = 1 / (1 + exp(-w . (f(A) - f(B))))`` with a Gaussian prior of mean 0, the shipped map: no
preference among pieces. Newton steps find the mode; Laplace's approximation gives the covariance. The prior's width is
the one under which the choices are likeliest, so that choices without a pattern leave the mode near the shipped map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from composer.feedback.events import Comparisons
from composer.feedback.features import FEATURES, Vector

__all__ = ["PRIOR_WIDTHS", "Posterior", "fit"]

PRIOR_WIDTHS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Standard deviations of the prior that are tried, in logits for a step of a feature."""

_STEPS, _CLOSE = 50, 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """A Gaussian over the weights of the eight features.

    Attributes
    ----------
    mean : (8,) logits for a step of each feature; zeros are the shipped map.
    covariance : (8, 8).
    prior_width : standard deviation of the prior that was chosen.
    """

    mean: Vector
    covariance: Vector
    prior_width: float


def fit(data: Comparisons) -> Posterior:
    """Learn from comparisons; without any the posterior is the narrowest prior.

    Parameters
    ----------
    data : Comparisons
        n rows; the order of the rows does not matter but for rounding.
    """
    found = [_at_width(data, width) for width in PRIOR_WIDTHS]
    return max(found, key=lambda pair: pair[1])[0]


def _at_width(data: Comparisons, width: float) -> tuple[Posterior, float]:
    """The posterior under one prior, and the logarithm of the evidence for that prior."""
    X, weights, precision = data.differences, data.weights, 1.0 / width**2
    mode = np.zeros(len(FEATURES))
    curvature = precision * np.eye(len(FEATURES))
    for _ in range(_STEPS):
        wrong = 1.0 / (1.0 + np.exp(np.clip(X @ mode, -500, 500)))
        slope = X.T @ (weights * wrong) - precision * mode
        curvature = (X * (weights * wrong * (1 - wrong))[:, None]).T @ X + precision * np.eye(len(FEATURES))
        step = _no_worse(data, precision, mode, np.linalg.solve(curvature, slope).astype(np.float64))
        mode = mode + step
        if float(np.abs(step).max()) < _CLOSE:
            break
    covariance: Vector = np.linalg.inv(curvature).astype(np.float64)
    evidence = (
        _objective(data, precision, mode)
        + len(FEATURES) * math.log(math.sqrt(precision))
        - 0.5 * float(np.linalg.slogdet(curvature)[1])
    )
    return Posterior(mean=mode, covariance=covariance, prior_width=width), evidence


def _objective(data: Comparisons, precision: float, mode: Vector) -> float:
    likelihood = -float(data.weights @ np.logaddexp(0.0, -(data.differences @ mode)))
    return likelihood - 0.5 * precision * float(mode @ mode)


def _no_worse(data: Comparisons, precision: float, mode: Vector, step: Vector) -> Vector:
    """The Newton step, halved until it climbs: far from the mode the parabola is too bold."""
    here = _objective(data, precision, mode)
    for _ in range(30):
        if _objective(data, precision, mode + step) >= here:
            return step
        step = step / 2
    return np.zeros_like(step)
