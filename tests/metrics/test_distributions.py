"""Overlap areas and intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from composer.metrics.confidence import bootstrap_interval, wilson_interval
from composer.metrics.distributions import distance_overlap, overlap_area


def test_agrees_with_scipys_kernel_density():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0, 1, 60), rng.normal(1, 2, 90)
    grid = np.linspace(-15, 15, 20_001)
    lower = np.minimum(stats.gaussian_kde(first)(grid), stats.gaussian_kde(second)(grid))
    assert overlap_area(first, second) == pytest.approx(np.trapezoid(lower, grid), abs=1e-3)


def test_agrees_with_the_closed_form_for_large_samples():
    # Two unit normals at distance d overlap by 2 * Phi(-d / 2).
    quantiles = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    assert overlap_area(quantiles, quantiles + 1) == pytest.approx(2 * stats.norm.cdf(-0.5), abs=0.03)


def test_same_apart_and_constant():
    sample = np.array([1.0, 2.0, 4.0])
    assert overlap_area(sample, sample) == pytest.approx(1, abs=1e-3)
    assert overlap_area(sample, sample + 1000) < 1e-3
    assert overlap_area(np.ones(5), np.ones(3)) == 1
    assert overlap_area(np.zeros(5), np.ones(5)) < 1e-3
    assert overlap_area(np.zeros(1), np.full(1, 2.225e-309)) == 1, "too near for a density to have a height"
    assert math.isnan(overlap_area(np.array([math.nan]), sample))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=20),
    st.lists(st.floats(-100, 100), min_size=1, max_size=20),
)
def test_overlap_is_symmetric_and_within_bounds(first, second):
    first, second = np.array(first), np.array(second)
    area = overlap_area(first, second)
    assert 0 <= area <= 1
    assert area == pytest.approx(overlap_area(second, first))
    assert overlap_area(first, first) == pytest.approx(1, abs=0.02)


def test_histograms_of_one_source_overlap_more_than_those_of_two():
    rng = np.random.default_rng(2)
    humans = rng.dirichlet([8, 4, 2, 1], 60)
    same, other = rng.dirichlet([8, 4, 2, 1], 60), rng.dirichlet([1, 2, 4, 8], 60)
    assert distance_overlap(humans, same) > 0.85
    assert distance_overlap(humans, other) < 0.3
    assert math.isnan(distance_overlap(humans[:1], same))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0)],
)
def test_wilson(successes, n, low, high):
    """First case: R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    interval = wilson_interval(successes, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-4)
    assert interval.low <= interval.value <= interval.high


def test_wilson_refuses_nonsense():
    with pytest.raises(ValueError, match="3 successes among 2"):
        wilson_interval(3, 2)


def test_bootstrap_of_a_mean_matches_its_standard_error():
    sample = np.random.default_rng(3).normal(5, 2, 400)
    interval = bootstrap_interval(lambda x: float(x.mean()), sample, rng=np.random.default_rng(4), rounds=500)
    assert interval.value == pytest.approx(sample.mean())
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * sample.std() / 20, rel=0.2)
    assert interval.n == 400
