"""The distance between sets agrees with the textbook formula, and grows with what is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import sqrtm

from composer.metrics.frechet import frechet_at_infinity, frechet_distance


def cloud(seed: int, n: int = 400, shift: float = 0.0, scale: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(7).standard_normal((6, 6))
    return rng.standard_normal((n, 6)) @ mixing * scale + shift


def textbook(first: np.ndarray, second: np.ndarray) -> float:
    covariances = [np.cov(each, rowvar=False) for each in (first, second)]
    offset = first.mean(axis=0) - second.mean(axis=0)
    return float(
        offset @ offset + np.trace(covariances[0] + covariances[1] - 2 * sqrtm(covariances[0] @ covariances[1]).real)
    )


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_published_formula(seed: int) -> None:
    first, second = cloud(seed), cloud(seed + 50, shift=0.3 * seed, scale=1 + 0.2 * seed)
    assert frechet_distance(first, second) == pytest.approx(textbook(first, second), rel=1e-6, abs=1e-6)


def test_a_set_is_at_no_distance_from_itself() -> None:
    for seed in range(5):
        assert abs(frechet_distance(cloud(seed), cloud(seed))) < 1e-3


def test_also_with_more_dimensions_than_samples() -> None:
    few = np.random.default_rng(0).standard_normal((5, 30))
    assert abs(frechet_distance(few, few)) < 1e-3
    assert frechet_distance(few, few + 1) == pytest.approx(30, rel=1e-6)


def test_one_sample_has_no_distance() -> None:
    assert math.isnan(frechet_distance(cloud(0)[:1], cloud(1)))
    assert math.isnan(frechet_at_infinity(cloud(1), cloud(0)[:1], rng=np.random.default_rng(0), rounds=5).infinite)


def test_the_extension_takes_away_most_of_the_bias_of_small_sets() -> None:
    reference = cloud(0, n=20_000)
    truth = frechet_distance(reference, cloud(1, n=20_000, shift=0.2))
    small = [
        frechet_at_infinity(reference, cloud(seed, n=60, shift=0.2), rng=np.random.default_rng(seed))
        for seed in range(2, 22)
    ]
    finite = np.mean([each.finite for each in small]) - truth
    infinite = np.mean([each.infinite for each in small]) - truth
    assert finite > 0.1
    assert abs(infinite) < finite / 2


def test_it_grows_with_the_offset_and_says_how_sure_it_is() -> None:
    reference = cloud(0)
    found = [
        frechet_at_infinity(reference, cloud(1, shift=shift), rng=np.random.default_rng(3), rounds=20)
        for shift in (0.0, 1.0, 2.0, 4.0)
    ]
    assert [each.infinite for each in found] == sorted(each.infinite for each in found)
    assert all(each.low <= each.infinite <= each.high for each in found)
    assert (found[0].n, found[0].reference_n) == (400, 400)
    assert "n = 400" in str(found[0])
