"""The breaths of a piece: the bars in which its phrases come to rest.

A section's end always does. Inside a section people close a phrase where they please: in our training scores a
tune comes to rest in a third of the bars of one window and in a twentieth of another's, so inner phrase ends of the
plan breathe as often as in a window by people that is near it (`composer.proportions`).
"""

from __future__ import annotations

import random

from composer.proportions import Proportions
from composer.types import MusicalPlan

__all__ = ["breaths"]

_USUAL = 0.25
_LEAST, _MOST = 0.15, 0.85
_LONGEST = 9


def breaths(plan: MusicalPlan, near: Proportions, rng: random.Random) -> list[int]:
    """Bars until the tune comes to rest, for every bar: 1 where it does, capped at nine."""
    share = near.get("closings", _USUAL)
    closes = [False] * plan.bars
    for section in plan.sections:
        end = section.start_bar - 1
        for length in section.phrases:
            end += length
            inner = end < section.end_bar
            closes[end - 1] = not inner or rng.random() < min(_MOST, max(_LEAST, share * length * 0.7))
    out = [0] * plan.bars
    left = 0
    for bar in range(plan.bars - 1, -1, -1):
        left = 1 if closes[bar] else left + 1
        out[bar] = min(left, _LONGEST)
    return out
