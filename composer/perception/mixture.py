"""The second feeling in a picture: «serene with an undertone of sorrow».

The main feeling is the mood word nearest to valence and arousal. The undertone is the emotion that this picture is
given more often than the average painting and that lies elsewhere in the plane. The likeliest emotion of all is never
an undertone: it is the main feeling, by another name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from composer.circumplex import FEELINGS
from composer.types import FeelingMix

__all__ = ["UNDERTONES", "blend"]

UNDERTONES = {
    "agreeableness": "warmth",
    "anger": "anger",
    "anticipation": "expectancy",
    "arrogance": "pride",
    "disagreeableness": "discord",
    "disgust": "revulsion",
    "fear": "dread",
    "gratitude": "gratitude",
    "happiness": "joy",
    "humility": "humility",
    "love": "tenderness",
    "optimism": "hope",
    "pessimism": "gloom",
    "regret": "regret",
    "sadness": "sorrow",
    "shame": "shame",
    "shyness": "shyness",
    "surprise": "wonder",
    "trust": "trust",
}
"""Emotion of the fine set -> noun for an undertone."""

_MIN_DISTANCE = 0.5
"""Distance from which a feeling is another one: that in valence, and `_STIR` of that in arousal."""
_STIR = 0.3
"""Joy and serenity differ in arousal alone and are hardly a mixture; joy and sorrow are."""
_MIN_EXCESS, _MIN_SHARE = 0.02, 0.06
"""By how much the emotion's share passes the average painting's, and how large it is at least."""


def blend(
    primary: str, valence: float, arousal: float, shares: Mapping[str, float], usual: Mapping[str, float]
) -> FeelingMix | None:
    """Find the undertone.

    Parameters
    ----------
    primary : adjective of the main feeling.
    valence, arousal : the main feeling's place, in [-1, 1].
    shares : emotion -> probability for this picture.
    usual : emotion -> probability for the average painting.

    Returns
    -------
    FeelingMix or None
        None when no emotion away from the main feeling is stronger than usual.
    """
    likeliest = max(sorted(shares), key=lambda name: shares[name])
    excess = {name: share - usual[name] for name, share in shares.items() if share >= _MIN_SHARE and name != likeliest}
    apart = [name for name in excess if _distance(name, valence, arousal) >= _MIN_DISTANCE]
    best = max(sorted(apart), key=lambda name: excess[name], default=None)
    if best is None or excess[best] < _MIN_EXCESS:
        return None
    near = math.fsum(share for name, share in shares.items() if _distance(name, valence, arousal) < _MIN_DISTANCE)
    weight = min(0.5, shares[best] / (shares[best] + max(near, shares[best])))
    place = FEELINGS[best]
    return FeelingMix(
        primary=primary, secondary=UNDERTONES[best], weight=round(weight, 4), valence=place[0], arousal=place[1]
    )


def _distance(name: str, valence: float, arousal: float) -> float:
    other_valence, other_arousal = FEELINGS[name]
    return abs(other_valence - valence) + _STIR * abs(other_arousal - arousal)
