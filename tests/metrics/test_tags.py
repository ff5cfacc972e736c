"""Posteriors, the inception score and KL behave as their definitions say."""

from __future__ import annotations

import numpy as np
import pytest

from composer.metrics.tags import GROUPS, inception_score, paired_divergence, posterior, tag_names


def one_hot(*chosen: int) -> np.ndarray:
    """Logits that are sure of the given tag of every group."""
    logits = np.full((len(chosen), len(tag_names())), -30.0)
    at = 0
    for tags in GROUPS.values():
        for row, tag in enumerate(chosen):
            logits[row, at + tag % len(tags)] = 30.0
        at += len(tags)
    return logits


def test_a_posterior_is_one_distribution_over_all_tags() -> None:
    rows = posterior(np.random.default_rng(0).normal(size=(5, len(tag_names()))))
    assert np.allclose(rows.sum(axis=1), 1)
    first = len(next(iter(GROUPS.values())))
    assert np.allclose(rows[:, :first].sum(axis=1), 1 / len(GROUPS))


def test_inception_is_one_for_equal_recordings_and_grows_with_variety() -> None:
    rng = np.random.default_rng(0)
    alike = inception_score(posterior(one_hot(0, 0, 0, 0)), rng=rng)
    varied = inception_score(posterior(one_hot(0, 1, 0, 1)), rng=rng)
    assert alike.value == pytest.approx(1, abs=1e-6)
    # Two equally likely answers in every group: ln 2 nats in each, and so in their mean.
    assert varied.value == pytest.approx(2, rel=1e-3)
    assert varied.n == 4
    assert varied.low < varied.value < varied.high
    unsure = inception_score(posterior(one_hot(0, 1, 0, 1) * 0.001), rng=rng)
    assert unsure.value < 1.01
    with pytest.raises(ValueError, match="two or more"):
        inception_score(posterior(one_hot(0)), rng=rng)


def test_kl_is_zero_for_the_same_and_needs_pairs_of_one_name() -> None:
    rng = np.random.default_rng(0)
    rows = posterior(rng.normal(size=(3, len(tag_names()))))
    named = dict(zip("abc", rows, strict=True))
    assert paired_divergence(named, named, rng=rng).value == pytest.approx(0, abs=1e-9)
    turned = dict(zip("abc", rows[[1, 2, 0]], strict=True))
    found = paired_divergence(turned, named, rng=rng)
    assert found.value > 0.01
    by_hand = np.mean([(named[k] * np.log(named[k] / turned[k])).sum() for k in "abc"])
    assert found.value == pytest.approx(by_hand)
    with pytest.raises(ValueError, match="pairs of one name; 2 names"):
        paired_divergence({"a": rows[0], "x": rows[1]}, {"a": rows[0], "b": rows[1]}, rng=rng)
