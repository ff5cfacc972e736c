"""The order of a recording's seconds, and whether it matters. What `composer.metrics.order` is for notes.

A recording does not say where its bars begin. But a line that moves on from where it was keeps its register from one
second to the next, and a harmony lasts; when bars change places, both jump. Entries are ratios of von Neumann (see
there): mean squared distance of neighbouring blocks over that of any two blocks, 1 where the order is that of chance.

Conventions
-----------
* One embedding for every 32 s, 8 s apart, shape (n, 3), from `composer.metrics.partials`: register (mean pitch of
  the partials) of blocks of 1 s and of 2 s, and pitch classes of blocks of 2 s.
"""

from __future__ import annotations

import numpy as np

from composer.metrics.partials import FRAMES_A_SECOND, Partials
from composer.midi.notes import FloatArray

__all__ = ["EMBEDDING", "NAMES", "embed_order"]

EMBEDDING = "sound-order-1"
NAMES: tuple[str, ...] = ("register_1s", "register_2s", "pitch_classes_2s")

_WINDOW_SECONDS, _STEP_SECONDS = 32.0, 8.0


def embed_order(partials: Partials) -> FloatArray:
    """Embeddings of a recording, shape (n, len(NAMES)); one for a recording shorter than a window."""
    return np.array([_described(part) for part in partials.stretches(_WINDOW_SECONDS, _STEP_SECONDS)])


def _described(part: Partials) -> FloatArray:
    registers = []
    for seconds in (1.0, 2.0):
        weight, pitch = _blocks(part.weight[:, None], seconds), _blocks(part.pitch[:, None], seconds)
        heard = weight[:, 0] > 0
        registers.append(_ratio(pitch[heard] / weight[heard]))
    classes = _blocks(part.classes, 2.0)
    classes = classes[classes.sum(axis=1) > 0]
    return np.array([*registers, _ratio(classes / classes.sum(axis=1, keepdims=True))])


def _blocks(values: FloatArray, seconds: float) -> FloatArray:
    """Sums over blocks of so many seconds, the rest left out, shape (blocks, columns)."""
    size = round(seconds * FRAMES_A_SECOND)
    count = len(values) // size
    sums: FloatArray = values[: count * size].reshape(count, size, values.shape[1]).sum(axis=1)
    return sums


def _ratio(values: FloatArray) -> float:
    """Mean squared distance of neighbours over that of any two rows; 1 where nothing differs."""
    count = len(values)
    # Twice the variance is the mean squared distance of any two; n - 1 leaves out a row's distance to itself.
    overall = 2 * float(values.var(axis=0, ddof=1).sum()) if count > 2 else 0.0
    return float((np.diff(values, axis=0) ** 2).sum(axis=1).mean()) / overall if overall > 1e-12 else 1.0
