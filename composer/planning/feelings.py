"""The feelings a painting holds besides the main one: where the contrasting section goes.

Places on the plane follow Russell's circumplex (J. Russell, "A circumplex model of affect", 1980), rounded by us to
tenths; they only set a direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FEELINGS", "Contrast", "contrast_of"]

FEELINGS: dict[str, tuple[float, float]] = {
    "amusement": (0.7, 0.5),
    "anger": (-0.6, 0.7),
    "angry": (-0.6, 0.7),
    "agreeableness": (0.6, -0.1),
    "anticipation": (0.3, 0.5),
    "arrogance": (-0.3, 0.4),
    "awe": (0.3, 0.4),
    "calm": (0.5, -0.6),
    "contentment": (0.7, -0.5),
    "disagreeableness": (-0.5, 0.2),
    "disgust": (-0.7, 0.3),
    "excitement": (0.6, 0.8),
    "fear": (-0.6, 0.6),
    "fun": (0.7, 0.7),
    "gratitude": (0.7, 0.0),
    "happiness": (0.8, 0.4),
    "happy": (0.8, 0.4),
    "humility": (0.2, -0.4),
    "joy": (0.8, 0.5),
    "love": (0.8, 0.1),
    "neutral": (0.0, -0.1),
    "optimism": (0.6, 0.3),
    "pessimism": (-0.6, -0.3),
    "regret": (-0.5, -0.2),
    "sad": (-0.7, -0.5),
    "sadness": (-0.7, -0.5),
    "serene": (0.6, -0.6),
    "shame": (-0.5, -0.1),
    "shyness": (-0.1, -0.3),
    "surprise": (0.3, 0.7),
    "trust": (0.5, -0.2),
}
"""Emotion name -> (valence, arousal)."""

_MIN_SHARE, _MIN_DISTANCE = 0.12, 0.4
_PULL = 0.5
"""How far the contrasting section goes from the main feeling towards the second one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Target of the contrasting sections, and why."""

    valence: float
    arousal: float
    reason: str


def contrast_of(valence: float, arousal: float, emotions: Mapping[str, float]) -> Contrast:
    """Lean to the next strongest feeling if far from the main one; without any, stir the calm and calm the wild."""
    known = [(name, share) for name, share in emotions.items() if name in FEELINGS]
    known.sort(key=lambda item: (-item[1], item[0]))
    for name, share in known[1:]:  # the strongest is the main feeling
        other_valence, other_arousal = FEELINGS[name]
        places = ((valence, arousal), FEELINGS[known[0][0]])
        far = all(abs(other_valence - v) + abs(other_arousal - a) >= _MIN_DISTANCE for v, a in places)
        if far and share >= _MIN_SHARE:
            return Contrast(
                valence=_toward(valence, other_valence),
                arousal=_toward(arousal, other_arousal),
                reason=f"the middle leans to {name} ({share:.0%} of the reading)",
            )
    rise = 0.2 if arousal < 0.4 else -0.2
    return Contrast(
        valence=max(-1.0, min(1.0, valence - 0.1 if valence > 0 else valence + 0.1)),
        arousal=max(-1.0, min(1.0, arousal + rise)),
        reason="the middle is " + ("livelier" if rise > 0 else "calmer") + " for contrast",
    )


def _toward(here: float, there: float) -> float:
    return max(-1.0, min(1.0, here + _PULL * (there - here)))
