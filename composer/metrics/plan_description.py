"""A plan's sound in a sentence of the words that the Composer audio-text encoder knows.

Conventions
-----------
* The classes are those of `composer.metrics.sound_words`; what only the notes can tell (pace, texture) is left out.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from composer.dynamics import velocity_of
from composer.metrics.sound_words import CLASSES, TONICS, beat_of, mood_of, plain_name
from composer.types import MusicalPlan

__all__ = ["describe_plan"]

_CLEARER = {"moderate": "moderate in tempo", "medium": "of medium loudness"}
"""What a class is called where its bare name could be one of anything."""


def describe_plan(plan: MusicalPlan) -> str:
    """A sentence such as ``"music for violin and cello, slow, in D minor, in triple time, sad"``."""
    pitched = dict.fromkeys(plain_name(part.program) for part in plan.instruments if not part.is_drums)
    names = list(pitched) or ["drums"]
    players = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else f"solo {names[0]}"
    if pitched and any(part.is_drums for part in plan.instruments):
        players += " with drums"
    mode = "minor" if plan.key.minor else "major"
    beat = beat_of(plan.meter)
    velocity = velocity_of(float(np.mean(plan.dynamics)))
    phrases = [
        f"music for {players}",
        _named("tempo", plan.tempo_bpm),
        f"in {TONICS[plan.key.tonic_pc]} {mode}",
        *([f"in {beat} time"] if beat else []),
        _named("loudness", velocity),
        mood_of(plan.valence, plan.arousal),
    ]
    return ", ".join(phrases)


def _named(quality: str, value: float) -> str:
    edges, names = CLASSES[quality]
    return _CLEARER.get(names[bisect_right(edges, value)], names[bisect_right(edges, value)])
