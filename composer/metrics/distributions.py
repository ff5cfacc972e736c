"""Overlap of distributions: two sets of pieces compared measure by measure.

Conventions
-----------
* A sample of a scalar measure has shape (n,), one value per piece; a sample of histograms (n, bins).
* NaN (a measure that a piece does not have) is left out.
"""

from __future__ import annotations

import math

import numpy as np

from composer.midi.notes import FloatArray

__all__ = ["distance_overlap", "overlap_area"]

_POINTS = 1001
_CHUNK = 1024
"""Values smoothed at a time: distances of all pairs would not fit into memory at once."""
_REACH = 4.0
"""Bandwidths beyond the outermost value: what a Gaussian kernel leaves outside is below 1e-4."""

_SAME = 1e-300
"""Range below which values are equal: the height of their density would be no number."""


def _density(sample: FloatArray, bandwidth: float, grid: FloatArray) -> FloatArray:
    total = np.zeros_like(grid)
    for start in range(0, len(sample), _CHUNK):
        z = (grid[None, :] - sample[start : start + _CHUNK, None]) / bandwidth
        total += np.exp(-0.5 * z * z).sum(axis=0)
    return total / (len(sample) * bandwidth * math.sqrt(2 * math.pi))


def _bandwidth(sample: FloatArray, floor: float) -> float:
    """Scott's rule for one dimension, as scipy's `gaussian_kde` has it by default."""
    spread = float(sample.std(ddof=1)) if len(sample) > 1 else 0.0
    return max(spread * len(sample) ** -0.2, floor)


def overlap_area(first: FloatArray, second: FloatArray) -> float:
    """Area under the lower of two smoothed densities, 0 (apart) .. 1 (alike); NaN when a sample is empty.

    Gaussian kernels with Scott's bandwidth, integrated numerically, as in L.-C. Yang & A. Lerch, *On the evaluation of
    generative models in music*, Neural Computing and Applications 32 (2020), section 4.2. Two differences: they
    integrate from the smallest to the largest value only, which loses what the kernels put outside (ours is higher by
    that), and their code fails where all values are equal; here a bandwidth is at least 1e-3 of the range of both
    samples, so that two equal constants overlap fully.
    """
    first, second = first[np.isfinite(first)], second[np.isfinite(second)]
    if not len(first) or not len(second):
        return math.nan
    low, high = float(min(first.min(), second.min())), float(max(first.max(), second.max()))
    if high - low < _SAME:
        return 1.0
    floor = 1e-3 * (high - low)
    widths = _bandwidth(first, floor), _bandwidth(second, floor)
    reach = _REACH * max(widths)
    # A narrow kernel needs a finer grid than the range alone would ask for.
    points = min(20 * _POINTS, max(_POINTS, math.ceil(8 * (high - low + 2 * reach) / min(widths))))
    grid = np.linspace(low - reach, high + reach, points)
    lower = np.minimum(_density(first, widths[0], grid), _density(second, widths[1], grid))
    return float(min(1.0, np.trapezoid(lower, grid)))


def distance_overlap(reference: FloatArray, other: FloatArray) -> float:
    """Overlap area of distances within the reference set and distances from it to the other set, 0..1.

    For histograms, as Yang & Lerch (2020) compare any feature: Euclidean distances of all pairs within one set against
    those of all pairs across the sets. NaN with fewer than two pieces in the reference or none in the other.
    """
    reference = reference[np.isfinite(reference).all(axis=1)]
    other = other[np.isfinite(other).all(axis=1)]
    if len(reference) < 2 or not len(other):
        return math.nan
    within = _distances(reference, reference)[np.triu_indices(len(reference), k=1)]
    return overlap_area(within, _distances(reference, other).ravel())


def _distances(first: FloatArray, second: FloatArray) -> FloatArray:
    squared = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)[None, :] - 2 * first @ second.T
    result: FloatArray = np.sqrt(np.maximum(squared, 0.0))
    return result
