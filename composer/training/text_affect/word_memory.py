"""The word memory: what single words mean beyond what the network says, in a hashed table.

The network reads any text and blurs single words; the memory puts rated words back to their ratings and frequent words
to what the teacher says of them. Two rows a word, whose mean is added, so that words that share a row are told apart by
the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from composer.perception.text_affect import MEMORY_ROWS, MEMORY_STEP, memory_rows

__all__ = ["fit_memory"]

_DAMPING = 0.05


def fit_memory(
    words: Sequence[str], residuals: NDArray[np.floating], weights: NDArray[np.floating]
) -> NDArray[np.int8]:
    """Fit the table, int8 (rows, 2), to what is missing to words' valence and arousal.

    Parameters
    ----------
    words : single words in lower case.
    residuals : (n, 2): wanted less what the network says.
    weights : (n,): how much each word counts.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.linalg import lsqr

    rows = np.array([memory_rows(word) for word in words])  # (n, 2)
    count = len(words)
    scale = np.sqrt(weights)
    matrix = csr_matrix(
        (np.repeat(0.5 * scale, 2), (np.repeat(np.arange(count), 2), rows.ravel())), shape=(count, MEMORY_ROWS)
    )
    found = [lsqr(matrix, scale * residuals[:, axis], damp=_DAMPING, iter_lim=200)[0] for axis in (0, 1)]
    table = np.stack(found, axis=1) / MEMORY_STEP
    return np.clip(np.rint(table), -127, 127).astype(np.int8)
