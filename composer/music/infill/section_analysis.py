"""The sections of a piece, found from the notes alone: where it repeats itself.

The music is cut where the cut explains most: into segments of usual lengths (four, eight, sixteen bars) that come
again elsewhere, bar by bar. A segment that repeats an earlier one takes its letter. Likeness is that of bars at the
same place of both: the lead's notes and rhythm, and the pitch classes of all parts. The last bar of a segment does not
count: there, a restatement closes differently.

Conventions
-----------
* Times are grid steps from the first bar line; rows are (onset, end, pitch).
* Stretches are compared in the key in which they stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Stated", "bar_likeness", "find_sections"]

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_NOTES, _RHYTHM, _HARMONY = 0.35, 0.25, 0.4
"""What the lead's notes, its rhythm, and the harmony of all parts weigh in the likeness of two bars."""
_SAME = 0.64
"""Mean likeness from which a section counts as a restatement."""
_UNLIKE = 0.45
"""Mean likeness of bars that have nothing in common but key and manner; more than that speaks for a cut."""
_LONGEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A section: its first bar from 0, its length in bars, and the index of the section that it restates, or None."""

    first: int
    bars: int
    restates: int | None


def bar_likeness(lead: IntArray, everything: IntArray, bars: int, steps: int) -> FloatArray:
    """How alike two bars are, 0..1, shape=(bars, bars)."""
    notes: list[set[tuple[int, int]]] = [set() for _ in range(bars)]
    for onset, _, pitch in lead.tolist():
        if 0 <= onset // steps < bars:
            notes[onset // steps].add((onset % steps, pitch))
    rhythm = [{position for position, _ in bar} for bar in notes]
    chroma = np.zeros((bars, 12))
    for onset, end, pitch in everything.tolist():
        for bar in range(max(0, onset // steps), min(bars, -(-end // steps))):
            chroma[bar, pitch % 12] += min(end, (bar + 1) * steps) - max(onset, bar * steps)
    length = np.linalg.norm(chroma, axis=1)
    unit = chroma / np.maximum(length, 1e-9)[:, None]
    harmony = np.where(np.outer(length, length) > 0, unit @ unit.T, np.equal.outer(length > 0, length > 0))
    return _NOTES * _shared(notes) + _RHYTHM * _shared(rhythm) + _HARMONY * harmony


def _shared(sets: list[set[tuple[int, int]]] | list[set[int]]) -> FloatArray:
    """Common members over all members of two sets; two empty sets are alike."""
    out = np.ones((len(sets), len(sets)))
    for i, one in enumerate(sets):
        for j in range(i):
            both = len(one | sets[j])  # type: ignore[operator]
            out[i, j] = out[j, i] = len(one & sets[j]) / both if both else 1.0  # type: ignore[operator]
    return out


def find_sections(likeness: FloatArray) -> tuple[Stated, ...]:
    """Cut a piece into sections and find which of them restate an earlier one.

    Parameters
    ----------
    likeness : float64 array, shape (bars, bars)
        From `bar_likeness`.
    """
    if len(likeness) < 8:
        return (Stated(first=0, bars=len(likeness), restates=None),)
    out: list[Stated] = []
    for first, length in _cut(likeness):
        alike = [_alike(likeness, (section.first, section.bars), (first, length)) for section in out]
        model: int | None = int(np.argmax(alike)) if alike and max(alike) >= _SAME else None
        if model is not None and out[model].restates is not None:
            model = out[model].restates
        out.append(Stated(first=first, bars=length, restates=model))
    return tuple(out)


def _alike(likeness: FloatArray, one: tuple[int, int], other: tuple[int, int]) -> float:
    """Mean likeness of two sections, bar by bar without the last; 0 for sections of very different length."""
    length = min(one[1], other[1])
    if length < 2 or max(one[1], other[1]) > 1.5 * length:
        return 0.0
    return float(np.mean([likeness[one[0] + k, other[0] + k] for k in range(length - 1)]))


def _cut(likeness: FloatArray) -> list[tuple[int, int]]:
    """The best way to cut: sections as (first bar, length). Found from the end backwards, by the best rest of each."""
    bars = len(likeness)
    values = _recurrence(likeness)
    best = np.full(bars + 1, -np.inf)
    best[bars] = 0.0
    step = np.zeros(bars, dtype=np.int64)
    for first in range(bars - 1, -1, -1):
        for length in range(1, min(_LONGEST, bars - first) + 1):
            total = values[first, length] + _usual(length, bars) + best[first + length]
            if first % 4 == 0:
                total += 0.15
            if total > best[first] + 1e-9:
                best[first], step[first] = total, length
    out, first = [], 0
    while first < bars:
        out.append((first, int(step[first])))
        first += int(step[first])
    return out


def _recurrence(likeness: FloatArray) -> FloatArray:
    """What is won by taking ``length`` bars from ``first`` on as a section, shape=(bars, longest + 1).

    That is the likeness of its bars, without the last, to the place where they come again most alike.
    """
    bars = len(likeness)
    out = np.zeros((bars, _LONGEST + 1))
    run = np.zeros_like(likeness)  # run[i, j]: summed likeness of the bars i.. and j.., so many as were added
    distance = np.abs(np.subtract.outer(np.arange(bars), np.arange(bars)))
    for length in range(2, min(_LONGEST, bars) + 1):
        added = length - 2
        run[: bars - added, : bars - added] += likeness[added:, added:]
        room = bars - length + 1
        means = np.where(distance[:room, :room] >= length, run[:room, :room] / (length - 1), 0.0)
        out[:room, length] = length * np.maximum(means.max(axis=1) - _UNLIKE, 0.0)
    return out


def _usual(length: int, bars: int) -> float:
    """How welcome a section's length is, in a piece of so many bars."""
    unit = 4 if bars < 24 else 8 if bars < 96 else 16
    if length == unit:
        return 0.3
    if length in (4, 8, 16):
        return -0.3 if length > unit else -0.5
    if length in (6, 10, 12, 14):
        return -0.8
    return -1.4 if length > 2 else -1.8
