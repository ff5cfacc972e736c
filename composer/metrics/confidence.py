"""Uncertainty of measured shares and means."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "bootstrap_interval", "mean_interval", "wilson_interval"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate from `n` observations with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n = {self.n})"


def wilson_interval(successes: int, n: int, *, z: float = 1.959964) -> Interval:
    """Score interval of a share (E. B. Wilson, *J. Am. Stat. Assoc.* 22, 1927), by default at 95 %.

    Unlike the textbook interval it stays within [0, 1] and says something when all or none succeed.

    Raises
    ------
    ValueError
        Not ``0 <= successes <= n``, or `n` is 0.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes among {n}; expected 0 <= successes <= n and n >= 1")
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Rounding must not push the estimate out of its interval when all or none succeed.
    return Interval(value=share, low=min(share, max(0.0, middle - half)), high=max(share, min(1.0, middle + half)), n=n)


def bootstrap_interval(
    statistic: Callable[..., float],
    *samples: NDArray[np.float64],
    rng: np.random.Generator,
    rounds: int = 1000,
) -> Interval:
    """Percentile bootstrap of a statistic of one or more independent samples, at 95 %.

    Parameters
    ----------
    statistic : callable
        Takes as many arrays as there are samples, returns a number.
    samples : arrays, shape (n, ...)
        Each is resampled along its first axis with replacement, on its own.
    rng : Generator
        Source of the resampling.
    rounds : int
        Number of resamples.

    Returns
    -------
    Interval
        ``n`` is the size of the smallest sample. Rounds in which the statistic is NaN are left out.
    """
    drawn = [
        statistic(*(sample[rng.integers(0, len(sample), len(sample))] for sample in samples)) for _ in range(rounds)
    ]
    finite = np.array([value for value in drawn if math.isfinite(value)])
    low, high = np.percentile(finite, [2.5, 97.5]) if len(finite) else (math.nan, math.nan)
    return Interval(value=statistic(*samples), low=float(low), high=float(high), n=min(map(len, samples)))


def mean_interval(values: NDArray[np.float64]) -> Interval:
    """Mean with its normal 95 % interval; NaN is left out."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Interval(value=math.nan, low=math.nan, high=math.nan, n=0)
    half = 1.96 * float(finite.std(ddof=1)) / math.sqrt(len(finite)) if len(finite) > 1 else math.nan
    mean = float(finite.mean())
    return Interval(value=mean, low=mean - half, high=mean + half, n=len(finite))
