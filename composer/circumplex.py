"""The places of named feelings in the plane of valence and arousal.

Places follow Russell's circumplex (J. Russell, "A circumplex model of affect", 1980), rounded by us to tenths; they
only set a direction.
"""

from __future__ import annotations

import math

__all__ = ["FEELINGS", "TEMPO_PER_AROUSAL", "TEMPO_PER_VALENCE", "in_plane", "is_stormy", "steady_tempo", "stillness"]

TEMPO_PER_VALENCE, TEMPO_PER_AROUSAL = 0.1, 0.7
"""Doublings of the tempo for a whole unit of valence and of arousal."""

_STIRRED, _DARK = 0.3, 0.25
"""Arousal from which on, and valence to which, a feeling is stormy."""

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


def in_plane(value: float) -> float:
    """The nearest valence or arousal that there is: `value` held to [-1, 1]."""
    return min(max(value, -1.0), 1.0)


def stillness(valence: float, arousal: float) -> float:
    """Quiet sadness in [0, 1]: the geometric mean of how low valence and arousal lie, 0 where either is not."""
    return math.sqrt(max(0.0, -valence) * max(0.0, -arousal))


def is_stormy(valence: float, arousal: float) -> bool:
    """Tell whether a feeling is stirred and dark: bowed strings may tremble there."""
    return arousal >= _STIRRED and valence <= _DARK


def steady_tempo(tempo_bpm: float, valence: float) -> float:
    """The tempo without the small share that valence has in it: what else hangs on the tempo is to stay."""
    return tempo_bpm * math.exp2(-TEMPO_PER_VALENCE * valence)
