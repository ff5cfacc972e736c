"""The drum kit by rule, for meters and beats in which no groove of people was measured."""

from __future__ import annotations

from composer.music.tokens import GRID
from composer.theory import Meter
from composer.types import Section

__all__ = ["CALM", "LIVELY", "plain_bar", "plain_fill"]

CALM, LIVELY = -0.2, 0.35
"""Arousal below which the kit only marks time, and above which it drives."""
_TOMS = ("high_tom", "mid_tom", "floor_tom", "low_tom")


def plain_bar(section: Section, meter: Meter) -> set[tuple[int, str]]:
    """Grid step and role of a bar's strokes."""
    steps = meter.bar_steps
    compound = meter.compound and meter.in_dotted_quarters
    pulse = GRID * 3 // 2 if compound else meter.beat_steps if meter.denominator <= 4 else GRID
    pulses = list(range(0, steps, pulse))
    calm, lively = section.arousal < CALM, section.arousal > LIVELY
    ticking = GRID // 2 if compound or not calm else GRID
    hits = {(position, "shaker" if calm else "hat") for position in range(0, steps, ticking)}
    waltz = len(pulses) == 3 and not compound
    for number, position in enumerate(pulses):
        if number == 0 or (lively and number == len(pulses) // 2 and not waltz):
            hits.add((position, "kick"))
        elif waltz or number % 2 == 1:
            hits.add((position, "stick" if calm else "snare"))
    if lively and len(pulses) >= 4:
        hits.add((pulses[2] + pulse // 2, "kick"))
    return hits


def plain_fill(section: Section, meter: Meter) -> set[tuple[int, str]]:
    """A run down the toms through the bar's last quarter."""
    start = max(0, meter.bar_steps - GRID)
    step = 3 if section.arousal > CALM else 6
    return {(position, _TOMS[index % 4]) for index, position in enumerate(range(start, meter.bar_steps, step))}
