"""Repetition as compression: how few points and translations describe a piece.

SIATECCompress (D. Meredith, *COSIATEC and SIATECCompress: pattern discovery by geometric compression*, MIREX 2013). A
note is a point (onset, pitch). A maximal translatable pattern holds all points that one vector moves onto points; with
all its translations it forms a class (TEC). Classes are tried from the best compression down, and one is kept when it
covers more new points than it costs to write down.

Against the published algorithm: classes of equal compression are ordered by coverage, not by compactness first, and
patterns of fewer than `MIN_POINTS` points are not tried, as they cannot compress much. COSIATEC, which starts again
after each class, finds somewhat higher ratios at a many times higher cost; compare only figures made by the same code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from composer.midi.notes import ONSET, PITCH, STEPS_PER_QUARTER, MidiNotes

__all__ = ["MAX_POINTS", "MIN_POINTS", "compression_ratio"]

MIN_POINTS = 3
MAX_POINTS = 3000
"""Time and memory grow with the square of the points and more: meant for excerpts, not for symphonies."""

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Class:
    """A pattern with its translations: what it costs to write down, and which points it covers (indices)."""

    cost: int
    covered: IntArray = field(compare=False, repr=False)


def compression_ratio(midi: MidiNotes) -> float:
    """Points divided by the length of their shortest found description; 1 means no repetition, NaN no notes.

    Raises
    ------
    ValueError
        There are more than `MAX_POINTS` different points.
    """
    notes = midi.pitched
    steps = np.floor(notes[:, ONSET] * STEPS_PER_QUARTER + 0.5)
    points = np.unique(np.stack([steps, notes[:, PITCH]], axis=1).astype(np.int64), axis=0)  # (n, 2), sorted
    if not len(points):
        return math.nan
    if len(points) > MAX_POINTS:
        raise ValueError(f"{len(points)} points; allowed: at most {MAX_POINTS}, take an excerpt")
    classes = sorted(_classes(points), key=lambda one: (-len(one.covered) / one.cost, -len(one.covered)))
    open_points = np.ones(len(points), dtype=bool)
    cost = 0
    for one in classes:
        fresh = int(open_points[one.covered].sum())
        if fresh > one.cost:
            open_points[one.covered] = False
            cost += one.cost
    return len(points) / (cost + int(open_points.sum()))


def _classes(points: IntArray) -> list[_Class]:
    """The translational equivalence class of every maximal pattern; patterns of one shape give one class."""
    lookup = np.full((int(points[:, 0].max()) + 1, 128), -1, dtype=np.int64)
    lookup[points[:, 0], points[:, 1]] = np.arange(len(points))
    shapes = {shape.tobytes(): shape for shape in _shapes(points)}
    found = []
    for shape in shapes.values():
        places = points[:, None, :] + shape[None, :, :]  # (n, k, 2): the shape with its first point on every point
        inside = (places[..., 0] < len(lookup)) & (places[..., 1] >= 0) & (places[..., 1] < 128)
        index = np.where(inside, lookup[np.where(inside, places[..., 0], 0), np.where(inside, places[..., 1], 0)], -1)
        translations = index[(index >= 0).all(axis=1)]
        found.append(_Class(cost=len(shape) + len(translations) - 1, covered=np.unique(translations)))
    return found


def _shapes(points: IntArray) -> list[IntArray]:
    """Maximal translatable patterns of at least `MIN_POINTS` points, each moved so that it starts at (0, 0)."""
    first, second = np.triu_indices(len(points), k=1)
    vectors = points[second] - points[first]
    # One number per vector; onsets are sorted, so only the pitch part can be negative.
    keys = vectors[:, 0] * 512 + vectors[:, 1] + 128
    order = np.argsort(keys, kind="stable")
    groups = np.split(first[order], np.flatnonzero(np.diff(keys[order])) + 1)
    return [points[group] - points[group[0]] for group in groups if len(group) >= MIN_POINTS]
