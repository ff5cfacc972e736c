"""The touch of drummers: timing and loudness about the grid, parted into what wanders and what jitters.

Each is an autoregressive process of the first order with white noise upon it, told apart by the autocovariances at one
and two onsets (the variance of the noise is what they leave).
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence

from composer.training.grooves.performances import GridHit, Performance, bars_of

__all__ = ["spread_of", "touch_of"]

_BAR = 48
_FEWEST = 64
"""Onsets that a performance must have to be measured."""
_MOST_MEMORY = 0.98
_FEWEST_ALIKE = 4
"""Strokes of a role at a place of the bar that its own mean is taken from."""
_FARTHEST_MS = 40.0
"""Farther from its own mean than this a stroke is no late one but another: a flam, a thirty-second, a roll."""


def spread_of(series: Iterable[Sequence[float]]) -> tuple[float, float, float]:
    """Standard deviations of the slow and the quick part of centred series, and the memory of the slow one."""
    sums, counts = [0.0, 0.0, 0.0], [0, 0, 0]
    for values in series:
        for lag in range(3):
            pairs = zip(values, values[lag:], strict=False)
            sums[lag] += sum(a * b for a, b in pairs)
            counts[lag] += max(0, len(values) - lag)
    whole, one, two = (total / max(count, 1) for total, count in zip(sums, counts, strict=True))
    if one <= 0 or two <= 0:
        return 0.0, whole**0.5, 0.0
    memory = min(_MOST_MEMORY, two / one)
    slow = min(whole, one / memory)
    return slow**0.5, (whole - slow) ** 0.5, memory


def _hits(performance: Performance) -> list[GridHit]:
    return [hit for bar in bars_of(performance.hits, bar_steps=_BAR).values() for hit in bar]


def touch_of(performances: Iterable[Performance]) -> dict[str, object]:
    """The fields of `composer.grooves.DrumTouch` from performances of beats."""
    timing: list[list[float]] = []
    loudness: list[list[float]] = []
    late: dict[str, list[float]] = defaultdict(list)
    for performance in performances:
        hits = _hits(performance)
        if len(hits) < _FEWEST:
            continue
        quarter = 60_000 / performance.bpm
        mean = statistics.mean(hit.late for hit in hits)
        groups: dict[tuple[int, str], list[GridHit]] = defaultdict(list)
        for hit in hits:
            late[hit.role].append((hit.late - mean) * quarter)
            groups[hit.position, hit.role].append(hit)
        alike = {place: group for place, group in groups.items() if len(group) >= _FEWEST_ALIKE}
        own = {place: statistics.median(hit.late for hit in group) for place, group in alike.items()}
        loud = {place: statistics.mean(hit.velocity for hit in group) for place, group in alike.items()}
        kept = [hit for hit in hits if hit[:2] in alike and abs(hit.late - own[hit[:2]]) * quarter < _FARTHEST_MS]
        timing.append([(hit.late - own[hit[:2]]) * quarter for hit in kept])
        loudness.append([hit.velocity - loud[hit[:2]] for hit in kept])
    wander, jitter, memory = spread_of(timing)
    loud_wander, loud_jitter, loud_memory = spread_of(loudness)
    return {
        "wander_ms": round(wander, 1),
        "jitter_ms": round(jitter, 1),
        "memory": round(memory, 2),
        "loud_wander": round(loud_wander, 1),
        "loud_jitter": round(loud_jitter, 1),
        "loud_memory": round(loud_memory, 2),
        "late_ms": {role: round(statistics.mean(values), 1) for role, values in sorted(late.items())},
    }
