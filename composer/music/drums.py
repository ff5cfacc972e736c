"""The drum kit: patterns by meter and energy, with a fill before each new section.

The open corpora hold almost no drums, so the kit is played by rule. Keys are General MIDI percussion keys.
"""

from __future__ import annotations

from composer.music.blocks import GridNote
from composer.music.tokens import GRID
from composer.theory import Meter
from composer.types import MusicalPlan, Section

__all__ = ["drum_bars"]

_KICK, _STICK, _SNARE, _CLOSED, _OPEN, _RIDE, _CRASH, _SHAKER = 36, 37, 38, 42, 46, 51, 49, 70
_TOMS = (50, 47, 45, 43)
_HIT = 3
"""Length of a hit in grid steps."""
_CALM, _LIVELY = -0.2, 0.35
"""Arousal below which the kit only marks time, and above which it drives."""


def drum_bars(plan: MusicalPlan) -> list[list[GridNote]]:
    """Hits of every bar, positions in grid steps; the last bar is one stroke that rings."""
    steps = plan.time.bar_steps
    bars = []
    for section in plan.sections:
        for offset in range(section.bars):
            last = offset == section.bars - 1
            hits = _groove(section, plan.time, steps)
            if offset == 0 and section.arousal > _CALM:
                hits.add((0, _CRASH if section.arousal > _LIVELY else _RIDE))
            if last and section.end_bar < plan.bars:
                hits = _fill(hits, steps, section)
            bars.append(sorted(GridNote(position, key, _HIT) for position, key in hits))
    bars[-1] = [GridNote(0, _KICK, steps), GridNote(0, _CRASH if plan.arousal > _CALM else _RIDE, steps)]
    return bars


def _groove(section: Section, meter: Meter, steps: int) -> set[tuple[int, int]]:
    compound = meter.compound and meter.in_dotted_quarters
    pulse = GRID * 3 // 2 if compound else meter.beat_steps if meter.denominator <= 4 else GRID
    pulses = list(range(0, steps, pulse))
    calm, lively = section.arousal < _CALM, section.arousal > _LIVELY
    ticking = GRID // 2 if compound or not calm else GRID
    hits = {(position, _SHAKER if calm else _CLOSED) for position in range(0, steps, ticking)}
    waltz = len(pulses) == 3 and not compound
    for number, position in enumerate(pulses):
        if number == 0 or (lively and number == len(pulses) // 2 and not waltz):
            hits.add((position, _KICK))
        elif waltz or number % 2 == 1:
            hits.add((position, _STICK if calm else _SNARE))
    if lively and len(pulses) >= 4:
        hits.add((pulses[2] + pulse // 2, _KICK))
    return hits


def _fill(hits: set[tuple[int, int]], steps: int, section: Section) -> set[tuple[int, int]]:
    """Replace the last quarter of the bar by a run down the toms."""
    start = max(0, steps - GRID)
    kept = {hit for hit in hits if hit[0] < start}
    step = 3 if section.arousal > _CALM else 6
    return kept | {(position, _TOMS[index % 4]) for index, position in enumerate(range(start, steps, step))}
