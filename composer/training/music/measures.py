"""The measures of a ``**kern`` score, cut into windows of whole bars in one meter.

Conventions
-----------
* Time in a score is in quarters, in a window in grid steps from its first bar line.
* A short first bar is a pickup: it is filled with silence in front. Two short bars that make a whole one (a repeat
  sign within the bar) are joined; any other short bar is filled with silence behind.
* Old notation in long values (meters over whole and half notes, except 2/2) is read at half its values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from composer.music.tokens import GRID, MAX_POSITION
from composer.theory import Meter
from composer.training.music.kern import KernScore
from composer.training.music.pieces import MAX_RESIDUAL, MIN_BARS, WINDOW_BARS, Window

__all__ = ["Measure", "kern_windows", "measures_of"]

_MOST_JOINED = 4
"""A bar that is this many times too long, or fewer, is read as so many bars without lines between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A whole bar: its bar line (before the music where a pickup is filled), and where its music begins and ends."""

    line: Fraction
    start: Fraction
    end: Fraction


def kern_windows(score: KernScore) -> Iterator[Window]:
    """Yield windows of up to `WINDOW_BARS` bars; stretches in a meter that cannot be represented are left out."""
    if not score.meters:  # unmeasured music
        return
    times = np.array([float(note.onset) for note in score.notes])
    stops = [time for time, _ in score.meters[1:]] + [score.bars[-1]]
    for (start, written), stop in zip(score.meters, stops, strict=True):
        meter, scale = _modern(written)
        if meter is None:
            continue
        length = Fraction(Meter.parse(meter).bar_steps, GRID) / scale
        for run in measures_of([time for time in score.bars if start <= time <= stop] or [], length, start):
            for first in range(0, len(run), WINDOW_BARS):
                window = _window(score, times, run[first : first + WINDOW_BARS], meter, scale)
                if window is not None:
                    yield window


def _modern(written: str) -> tuple[str | None, Fraction]:
    """The meter to read a written one as, and by what to multiply its values; None where it cannot be held."""
    beats, unit = (int(part) for part in written.split("/"))
    scale = Fraction(1)
    if unit == 1 or (unit == 2 and beats in (3, 4, 6)):
        unit, scale = unit * 2, Fraction(1, 2)
    if unit not in (2, 4, 8) or not 1 < beats <= 16 or beats * 4 * GRID // unit > MAX_POSITION:
        return None, scale
    return f"{beats}/{unit}", scale


def measures_of(lines: list[Fraction], length: Fraction, start: Fraction) -> Iterator[list[Measure]]:
    """Yield runs of whole bars from bar lines; a bar longer than ``length`` and no multiple of it ends a run."""
    if not lines or lines[0] > start:
        lines = [start, *lines]
    run: list[Measure] = []
    short: Measure | None = None
    for low, high in pairwise(lines):
        here = high - low
        if short is not None and here < length and short.end - short.start + here == length:
            run.append(Measure(line=short.start, start=short.start, end=high))
            short = None
            continue
        if short is not None:
            run.append(_filled(short, length, first=not run))
            short = None
        if here < length:
            short = Measure(line=low, start=low, end=high)
        elif here % length == 0 and here <= _MOST_JOINED * length:
            count = int(here / length)
            edges = [low + index * length for index in range(count + 1)]
            run += [Measure(line=a, start=a, end=b) for a, b in pairwise(edges)]
        else:
            yield run
            run = []
    if short is not None:
        run.append(_filled(short, length, first=not run))
    yield run


def _filled(short: Measure, length: Fraction, *, first: bool) -> Measure:
    return Measure(line=short.end - length if first else short.start, start=short.start, end=short.end)


def _window(
    score: KernScore, times: NDArray[np.float64], run: list[Measure], meter: str, scale: Fraction
) -> Window | None:
    bar = Meter.parse(meter).bar_steps
    factor = float(scale) * GRID
    rows: list[tuple[float, float, float, float]] = []
    for index, measure in enumerate(run):
        low, high = np.searchsorted(times, (float(measure.start) - 1e-6, float(measure.end) - 1e-6))
        for note in score.notes[low:high]:
            onset = index * bar + float(note.onset - measure.line) * factor
            rows.append((note.track, onset, onset + float(note.end - note.onset) * factor, note.pitch))
    if len(run) < MIN_BARS or len(rows) < 2 * len(run):
        return None
    raw = np.array(rows)
    if np.abs(raw[:, 1] - np.round(raw[:, 1])).mean() > MAX_RESIDUAL:
        return None
    notes = np.floor(raw + 0.5).astype(np.int64)
    notes[:, 1] = np.minimum(notes[:, 1], len(run) * bar - 1)
    notes[:, 2] = np.maximum(notes[:, 2], notes[:, 1] + 1)
    return Window(
        tracks=score.tracks,
        meter=meter,
        bars=len(run),
        ends_piece=run[-1].end == score.bars[-1],
        notes=notes[np.lexsort((notes[:, 3], notes[:, 1]))],
    )
