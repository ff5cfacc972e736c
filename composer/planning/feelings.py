"""The feelings a painting holds besides the main one: where the contrasting section goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from composer.circumplex import FEELINGS
from composer.types import FeelingMix

__all__ = ["Contrast", "contrast_of"]

_MIN_SHARE, _MIN_DISTANCE = 0.12, 0.4
_PULL = 0.5
"""How far the contrasting section goes from the main feeling towards the second one."""
_LEAST_PULL, _PULL_PER_WEIGHT = 0.3, 0.6
"""The same for an undertone of weight w: ``0.3 + 0.6 w``; 0.6 for one as strong as the main feeling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Target of the contrasting sections, and why."""

    valence: float
    arousal: float
    reason: str


def contrast_of(
    valence: float, arousal: float, emotions: Mapping[str, float], mixture: FeelingMix | None = None
) -> Contrast:
    """Choose where the contrasting sections go.

    Parameters
    ----------
    valence, arousal : the main feeling, in [-1, 1].
    emotions : emotion -> probability; empty when nothing is known.
    mixture : the undertone that was read from the picture; it comes first.

    Returns
    -------
    Contrast
        It leans to the undertone; without one to the next strongest emotion if far from the main one; without any it
        stirs the calm and calms the wild.
    """
    if mixture is not None:
        pull = _LEAST_PULL + _PULL_PER_WEIGHT * mixture.weight
        return Contrast(
            valence=_toward(valence, mixture.valence, pull),
            arousal=_toward(arousal, mixture.arousal, pull),
            reason=f"{mixture.phrase}: the middle leans to {mixture.secondary} ({mixture.weight:.0%} of the feeling)",
        )
    known = [(name, share) for name, share in emotions.items() if name in FEELINGS]
    known.sort(key=lambda item: (-item[1], item[0]))
    for name, share in known[1:]:  # the strongest is the main feeling
        other_valence, other_arousal = FEELINGS[name]
        places = ((valence, arousal), FEELINGS[known[0][0]])
        far = all(abs(other_valence - v) + abs(other_arousal - a) >= _MIN_DISTANCE for v, a in places)
        if far and share >= _MIN_SHARE:
            return Contrast(
                valence=_toward(valence, other_valence, _PULL),
                arousal=_toward(arousal, other_arousal, _PULL),
                reason=f"the middle leans to {name} ({share:.0%} of the reading)",
            )
    rise = 0.2 if arousal < 0.4 else -0.2
    return Contrast(
        valence=max(-1.0, min(1.0, valence - 0.1 if valence > 0 else valence + 0.1)),
        arousal=max(-1.0, min(1.0, arousal + rise)),
        reason="the middle is " + ("livelier" if rise > 0 else "calmer") + " for contrast",
    )


def _toward(here: float, there: float, pull: float) -> float:
    return max(-1.0, min(1.0, here + pull * (there - here)))
