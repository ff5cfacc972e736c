"""The overlap of pieces: the same music under two names, found by its tune whatever the key.

A passage is `PASSAGE` successive intervals of the melody. A piece is a double of another set's when more than
`MOST_SHARED` of its passages stand there too.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_SHARED", "PASSAGE", "passages", "shared_share"]

PASSAGE = 14
MOST_SHARED = 0.12
_FACTORS = np.uint64(1099511628211) ** np.arange(PASSAGE, dtype=np.uint64)


def passages(melodies: Iterable[NDArray[np.integer]]) -> NDArray[np.uint64]:
    """Sorted hashes of the passages of some stretches of melody, each a sequence of pitches."""
    found = [np.zeros(0, dtype=np.uint64)]
    for pitches in melodies:
        steps = np.diff(pitches.astype(np.int64))
        if len(steps) >= PASSAGE:
            views = np.lib.stride_tricks.sliding_window_view((steps + 128).astype(np.uint64), PASSAGE)
            lively = (np.diff(np.sort(views, axis=1), axis=1) != 0).sum(axis=1) >= 3
            found.append((views[lively] * _FACTORS).sum(axis=1, dtype=np.uint64))
    return np.unique(np.concatenate(found))


def shared_share(here: NDArray[np.uint64], there: NDArray[np.uint64]) -> float:
    """Share of one piece's passages that stand among others' (sorted); 0 where it has none."""
    if not len(here) or not len(there):
        return 0.0
    place = np.minimum(np.searchsorted(there, here), len(there) - 1)
    return float((there[place] == here).mean())
