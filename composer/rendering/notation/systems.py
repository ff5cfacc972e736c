"""Systems: a phrase a line, so that the eye sees the form and no bar is left over at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence

from composer.rendering.notation.meters import BarSpan, bar_at
from composer.rendering.notation.staves import Staff
from composer.types import MusicalPlan

__all__ = ["phrase_systems"]

_LONGEST, _SHORTEST = 6, 3
"""Bars in a system; shorter phrases share one with the phrase before."""
_CAPACITY = 40
"""Different onsets that fit into a system."""


def phrase_systems(staves: Sequence[Staff], plan: MusicalPlan, spans: Sequence[BarSpan]) -> tuple[int, ...]:
    """First bars of the systems, from 1."""
    onsets: list[set[float]] = [set() for _ in spans]
    for staff in staves:
        for voice in staff.voices:
            for chord in voice:
                onsets[bar_at(spans, chord.start)].add(chord.start)
    counts = [max(1, len(bar)) for bar in onsets]
    starts, bar = [1], 0
    for phrase in (phrase for section in plan.sections for phrase in section.phrases):
        lines = max(math.ceil(phrase / _LONGEST), math.ceil(sum(counts[bar : bar + phrase]) / _CAPACITY))
        for line in range(min(lines, phrase)):
            start = bar + phrase * line // min(lines, phrase)
            end = bar + phrase * (line + 1) // min(lines, phrase)
            joined = sum(counts[starts[-1] - 1 : end]) <= _CAPACITY and end - starts[-1] + 1 <= _LONGEST
            short = end - start < _SHORTEST or start - starts[-1] + 1 < _SHORTEST
            if start and not (joined and short):
                starts.append(start + 1)
        bar += phrase
    return tuple(starts)
