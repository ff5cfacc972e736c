"""The breaths of a piece: the bars in which its tune comes to rest.

People do not breathe on the clock. Among 73,356 phrases in 11,145 windows of our training scores, two bars long are
.57, three .15, four .12, five .04, longer ones .11; a tune comes to rest in .29 of the bars, in .09 to .47 from window
to window. A plan's tune breathes as often as in a window by people that is near it (`composer.proportions`), after as
many bars as people's phrases have. A section that closes on the tonic comes to rest at its end; one that ends openly
may go on into the next without a rest (an elision). What returns breathes where its model did.
"""

from __future__ import annotations

import random

from composer.proportions import Proportions
from composer.types import MusicalPlan, Section

__all__ = ["breaths"]

_USUAL = 0.29
_HAZARD = {1: 0.0, 2: 0.57, 3: 0.35, 4: 0.45}
"""Bars since the last rest -> share of the phrases that last so long at least which end there."""
_LATER = 0.27
_MOST = 0.85
_OPEN_END = 1.7
"""How often an open end rests, for each one of the window's share of resting bars."""
_LONGEST = 9


def breaths(plan: MusicalPlan, near: Proportions, rng: random.Random) -> list[int]:
    """Bars until the tune comes to rest, for every bar: 1 where it does, capped at nine."""
    share = near.get("closings", _USUAL)
    closes: list[bool] = []
    models: dict[str, list[bool]] = {}
    for section in plan.sections:
        is_last = section.end_bar == plan.bars
        rests = is_last or section.cadence == "authentic" or rng.random() < min(_MOST, _OPEN_END * share)
        drawn = _inside(section, _since(closes), share, rests=rests, rng=rng)
        inside = models.get(section.varies or "", drawn)
        if len(inside) != section.bars:
            inside = drawn
        models.setdefault(section.name, inside)
        closes += [*inside[:-1], rests]
    out = [0] * plan.bars
    left = 0
    for bar in range(plan.bars - 1, -1, -1):
        left = 1 if closes[bar] else left + 1
        out[bar] = min(left, _LONGEST)
    return out


def _since(closes: list[bool]) -> int:
    """Bars since the last rest."""
    return next((back for back, rests in enumerate(reversed(closes)) if rests), len(closes))


def _inside(section: Section, since: int, share: float, *, rests: bool, rng: random.Random) -> list[bool]:
    """Whether the tune rests, for every bar of a section; not right before an end that ``rests``."""
    out: list[bool] = []
    for bar in range(section.bars):
        since += 1
        chance = min(_MOST, _HAZARD.get(since, _LATER) * share / _USUAL)
        out.append(rng.random() < chance and bar < section.bars - (2 if rests else 1))
        since = 0 if out[-1] else since
    return out
