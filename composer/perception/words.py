"""Ranked words with confidences, from an embedding.

Conventions
-----------
* A ranking is ``((text, confidence in [0, 1]), ...)``, best first, at most `KEPT` long.
* Confidences of subjects and traditions add up to at most 1 over their group. Those of settings, lights and styles say
  how likely the word is *if one of its group is named at all*.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from composer.perception import vocabulary
from composer.perception.vocabulary import MOODS, Term

if TYPE_CHECKING:
    from composer.perception.encoder import ImageTextEncoder

__all__ = ["KEPT", "Calibration", "Ranking", "kinds_of", "rank_moods", "rank_words", "subject_shares", "themes_of"]

Ranking = tuple[tuple[str, float], ...]

KEPT = 8
"""Terms kept per group in a ranking."""
_MOOD_SPREAD = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A linear read-out of the vocabulary's terms, fitted for one encoder.

    Attributes
    ----------
    vectors : float32 array of shape (N, D), one row per term.
    bias : float32 array of shape (N,).
    """

    vectors: NDArray[np.float32]
    bias: NDArray[np.float32]


def rank_words(
    encoder: ImageTextEncoder, embedding: NDArray[np.float32], calibration: Calibration | None
) -> dict[str, Ranking]:
    """Rank subjects, settings, lights and styles for a picture; without a calibration, traditions too.

    Parameters
    ----------
    encoder : gives the vocabulary's embeddings.
    embedding : the picture's, shape (D,), unit length.
    calibration : fitted for this encoder; without one, the text embeddings and the encoder's own scale are used.

    Returns
    -------
    dict
        Group -> ranking. ``"kind"`` and ``"theme"`` have the kinds and families of subjects, each with the sum over its
        members; settings and lights are ranked among those that go with the likeliest kind.
    """
    known = vocabulary.terms()
    if calibration is None:
        logits = encoder.scale * (_text_matrix(encoder) @ embedding)  # (N,)
    else:
        logits = calibration.vectors @ embedding + calibration.bias  # (N,)
    words: dict[str, Ranking] = {}
    kind = ""
    # The embedded encoder's read-out knows no traditions; `composer.perception.tradition_classifier` does.
    groups = [group for group in vocabulary.READ_GROUPS if calibration is None or group != "tradition"]
    for group in groups:
        places = [i for i, term in enumerate(known) if term.group == group]
        confidence = np.exp(logits[places] - logits[places].max())
        confidence /= confidence.sum()
        if group == "subject":
            pairs = [(known[place], float(value)) for place, value in zip(places, confidence, strict=True)]
            kind = _likeliest_kind(pairs)
            words["kind"], words["theme"] = kinds_of(pairs), themes_of(pairs)
        order = [
            i for i in np.argsort(-confidence, kind="stable") if kind in known[places[i]].kinds or group == "subject"
        ]
        words[group] = tuple((known[places[i]].text, float(confidence[i])) for i in order[:KEPT])
    return words


def subject_shares(embedding: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float32]:
    """Return the confidences of all subjects of the vocabulary, float32 (subjects,), which add up to 1."""
    places = [place for place, term in enumerate(vocabulary.terms()) if term.group == "subject"]
    logits = calibration.vectors[places] @ embedding + calibration.bias[places]
    shares = np.exp(logits - logits.max())
    found: NDArray[np.float32] = shares / shares.sum()
    return found


@lru_cache(maxsize=4)
def _text_matrix(encoder: ImageTextEncoder) -> NDArray[np.float32]:
    return encoder.embed_texts([vocabulary.prompt(term) for term in vocabulary.terms()])


def _likeliest_kind(subjects: Sequence[tuple[Term, float]]) -> str:
    totals = dict.fromkeys(vocabulary.KINDS, 0.0)
    for term, value in subjects:
        totals[term.kinds[0]] += value
    return max(totals, key=lambda kind: totals[kind])


def kinds_of(subjects: Iterable[tuple[Term, float]]) -> Ranking:
    """Rank the kinds of subjects, each by its general phrase, by the sum of their members' confidences."""
    return _sums((vocabulary.GENERAL[term.kinds[0]], value) for term, value in subjects)


def themes_of(subjects: Iterable[tuple[Term, float]]) -> Ranking:
    """Rank the families of subjects by the sum of their members' confidences."""
    return _sums((term.family, value) for term, value in subjects)[:KEPT]


def _sums(shares: Iterable[tuple[str, float]]) -> Ranking:
    totals: dict[str, float] = {}
    for phrase, value in shares:
        totals[phrase] = totals.get(phrase, 0.0) + value
    ranked = sorted(totals, key=lambda phrase: (-totals[phrase], phrase))
    return tuple((phrase, min(totals[phrase], 1.0)) for phrase in ranked)


def rank_moods(valence: float, arousal: float) -> Ranking:
    """Rank mood words by their distance from a place in the valence-arousal plane.

    The words' places are in `composer.perception.vocabulary.MOODS`; confidences are a normalised Gaussian of the
    distance and add up to 1 over all words.
    """
    weight = {
        word: math.exp(-((valence - v) ** 2 + (arousal - a) ** 2) / (2 * _MOOD_SPREAD**2))
        for word, (v, a) in MOODS.items()
    }
    total = math.fsum(weight.values())
    ranked = sorted(weight, key=lambda word: (-weight[word], word))
    return tuple((word, weight[word] / total) for word in ranked[:KEPT])
