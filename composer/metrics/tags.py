"""The tags of the Composer tagger, and what is computed from the distribution over them: inception score and KL.

Conventions
-----------
* The tags fall into `GROUPS`, each a distribution of its own (its logits' softmax). A recording's *posterior* is the
  distribution over all tags of drawing a group at random, then a tag of it: shape (n, tags), rows add up to 1.
* The tagger is called `TAGGER` wherever its posteriors are used; figures on other taggers cannot be compared.
* Inception score (Salimans et al., NeurIPS 2016): exp of the mean divergence of the recordings' posteriors from their
  mean, at least 1; high when recordings are told clearly and differ. It depends on n and knows no reference. KL (as
  in Kreuk et al., *AudioGen*, 2023): mean divergence, in nats, of the posterior of a recording from that of the
  reference recording of the same name; it needs pairs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from composer.metrics.confidence import Interval, bootstrap_interval
from composer.metrics.sound_words import CLASSES, PLAIN_NAMES
from composer.midi.notes import FloatArray

__all__ = ["GROUPS", "TAGGER", "inception_score", "paired_divergence", "posterior", "tag_names"]

TAGGER = "composer-tagger-1"

GROUPS: dict[str, tuple[str, ...]] = {
    "instrument": tuple(PLAIN_NAMES),
    "mood": ("joyful", "peaceful", "sad", "tense"),
    "mode": ("major", "minor"),
    **{name: names for name, (_, names) in CLASSES.items() if name != "loudness"},
}
"""Group -> its tags. ``instrument`` is the one with the most sound. The encoder does not hear loudness."""

_FLOOR = 1e-8
_ROUNDS = 400


def tag_names() -> tuple[str, ...]:
    """All tags in order, as ``"mood: sad"``."""
    return tuple(f"{group}: {tag}" for group, tags in GROUPS.items() for tag in tags)


def posterior(logits: FloatArray) -> FloatArray:
    """Posteriors from the tagger's logits, both of shape (n, tags)."""
    parts, at = [], 0
    for tags in GROUPS.values():
        group = logits[:, at : at + len(tags)]
        odds = np.exp(group - group.max(axis=1, keepdims=True))
        parts.append(odds / odds.sum(axis=1, keepdims=True) / len(GROUPS))
        at += len(tags)
    return np.concatenate(parts, axis=1)


def _divergence(first: FloatArray, second: FloatArray) -> FloatArray:
    """Kullback-Leibler divergence of rows of `first` from `second`, nats."""
    p, q = np.maximum(first, _FLOOR), np.maximum(second, _FLOOR)
    result: FloatArray = (p * np.log(p / q)).sum(axis=1)
    return result


def inception_score(posteriors: FloatArray, *, rng: np.random.Generator) -> Interval:
    """Inception score of a set, with an interval from resampling.

    Resampling with replacement makes recordings occur twice, which lowers the score: the interval is taken from the
    scatter of the rounds, centred on the estimate.

    Raises
    ------
    ValueError
        Fewer than two recordings.
    """
    if len(posteriors) < 2:
        raise ValueError(f"{len(posteriors)} recordings; an inception score needs two or more")

    def score(rows: FloatArray) -> float:
        return float(np.exp(_divergence(rows, rows.mean(axis=0, keepdims=True)).mean()))

    count = len(posteriors)
    rounds = np.array([score(posteriors[rng.integers(0, count, count)]) for _ in range(_ROUNDS)])
    low, high = np.percentile(rounds - rounds.mean(), [2.5, 97.5])
    value = score(posteriors)
    return Interval(value=value, low=max(1.0, value + float(low)), high=value + float(high), n=count)


def paired_divergence(
    made: Mapping[str, FloatArray], reference: Mapping[str, FloatArray], *, rng: np.random.Generator
) -> Interval:
    """Mean divergence of each reference recording's posterior from that of the made one of the same name.

    Parameters
    ----------
    made, reference : mappings from names to posteriors, shape (tags,)
        Both must hold the same names.
    rng : Generator
        Source of the bootstrap.

    Raises
    ------
    ValueError
        The names differ, or there are fewer than two.
    """
    if set(made) != set(reference):
        odd = sorted(set(made) ^ set(reference))
        raise ValueError(f"KL needs pairs of one name; {len(odd)} names stand in one set only: {', '.join(odd[:3])}")
    if len(made) < 2:
        raise ValueError(f"{len(made)} pairs; KL needs two or more")
    names = sorted(made)
    values = _divergence(np.stack([reference[name] for name in names]), np.stack([made[name] for name in names]))
    return bootstrap_interval(lambda sample: float(sample.mean()), values, rng=rng)
