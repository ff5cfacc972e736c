"""Fréchet distance between two sets of embeddings, and what it would be with infinitely many of them.

The distance is the 2-Wasserstein distance of the Gaussians fitted to both sets (Heusel et al., NeurIPS 2017; for audio
Kilgour et al., Interspeech 2019). It is biased: fewer samples give a higher value. The bias falls as 1/n, so the
distance is taken for several sample sizes and a straight line over 1/n is extended to 0 (Chong & Forsyth, CVPR 2020;
for music Gui et al., ICASSP 2024). As there, only the set under test is thinned out; the reference stays whole. So
compare only figures that were taken against the same reference.

A distance says nothing without the name of its embedding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from composer.midi.notes import FloatArray

__all__ = ["Extrapolated", "frechet_at_infinity", "frechet_distance"]

_SIZES = 15
_DRAWS = 4
"""Random orders of the set over which the distance at each size is averaged."""
_SMALLEST = 0.25
"""Sample sizes run from this share of the set to all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extrapolated:
    """A distance at n samples and at infinity.

    Attributes
    ----------
    finite : with all `n` samples.
    infinite : where the line over 1/n meets 0; may lie slightly below zero for equal sets.
    low, high : bounds of the 95 % interval of `infinite`, by resampling; NaN when it was not asked for.
    r_squared : how straight the line is, 0..1.
    n, reference_n : samples on both sides.
    """

    finite: float
    infinite: float
    low: float
    high: float
    r_squared: float
    n: int
    reference_n: int

    def __str__(self) -> str:
        interval = "" if math.isnan(self.low) else f" [{self.low:.2f}, {self.high:.2f}]"
        return f"{self.infinite:.2f}{interval} (n = {self.n} against {self.reference_n}; finite {self.finite:.2f})"


def frechet_distance(first: FloatArray, second: FloatArray) -> float:
    """Squared 2-Wasserstein distance of the Gaussians fitted to two sets of shape (n, dimensions).

    NaN when a set has fewer than two samples. Equal to the formula with `scipy.linalg.sqrtm`, from eigenvalues.
    """
    if len(first) < 2 or len(second) < 2:
        return math.nan
    return _Reference(first).distance(second)


def _moments(sample: FloatArray) -> tuple[FloatArray, FloatArray]:
    return sample.mean(axis=0), np.atleast_2d(np.cov(sample, rowvar=False))


class _Reference:
    """What a set is compared with: mean, root of the covariance and its trace, found once."""

    def __init__(self, sample: FloatArray) -> None:
        self._mean, covariance = _moments(sample)
        values, vectors = np.linalg.eigh(covariance)
        self._root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        self._trace = float(np.trace(covariance))

    def distance(self, sample: FloatArray) -> float:
        mean, covariance = _moments(sample)
        offset = self._mean - mean
        # sqrt(A) B sqrt(A) is symmetric and has the eigenvalues of A B: stable where sqrtm of A B is not.
        values = np.linalg.eigvalsh(self._root @ covariance @ self._root)
        cross = float(np.sqrt(np.maximum(values, 0.0)).sum())
        return float(offset @ offset) + self._trace + float(np.trace(covariance)) - 2 * cross


def frechet_at_infinity(
    reference: FloatArray, sample: FloatArray, *, rng: np.random.Generator, rounds: int = 0
) -> Extrapolated:
    """Extend the distance of `sample` from `reference` to infinitely many samples.

    Parameters
    ----------
    reference, sample : arrays, shape (n, dimensions)
    rng : Generator
        Source of the subsets.
    rounds : int
        Resamples of `sample` for the interval; 0 for none.

    Returns
    -------
    Extrapolated
        NaN throughout when a set has fewer than two samples.
    """
    if len(reference) < 2 or len(sample) < 2:
        nothing = dict.fromkeys(("finite", "infinite", "low", "high", "r_squared"), math.nan)
        return Extrapolated(**nothing, n=len(sample), reference_n=len(reference))
    base = _Reference(reference)
    value, straight = _extended(base, sample, rng)
    # Resampling with replacement leaves 63 % of the samples different, which looks like a smaller set: the interval is
    # taken from the scatter of the rounds, centred on the estimate.
    again = [_extended(base, sample[rng.integers(0, len(sample), len(sample))], rng)[0] for _ in range(rounds)]
    half = 1.96 * float(np.std(again, ddof=1)) if rounds > 1 else math.nan
    return Extrapolated(
        finite=base.distance(sample),
        infinite=value,
        low=value - half,
        high=value + half,
        r_squared=straight,
        n=len(sample),
        reference_n=len(reference),
    )


def _extended(reference: _Reference, sample: FloatArray, rng: np.random.Generator) -> tuple[float, float]:
    smallest = max(2, int(_SMALLEST * len(sample)))
    sizes = np.unique(np.linspace(smallest, len(sample), _SIZES).astype(int))
    distances = np.zeros(len(sizes))
    for _ in range(_DRAWS):
        order = rng.permutation(len(sample))
        distances += [reference.distance(sample[order[:size]]) / _DRAWS for size in sizes]
    if len(sizes) < 2:
        return float(distances[-1]), math.nan
    slope, intercept = np.polyfit(1 / sizes, distances, 1)
    residual = distances - (intercept + slope / sizes)
    spread = float(((distances - distances.mean()) ** 2).sum())
    return float(intercept), 1 - float((residual**2).sum()) / spread if spread > 0 else 1.0
