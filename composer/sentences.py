"""Sentences as vectors: the Composer sentence encoder, a small student of all-MiniLM-L6-v2.

It puts sentences near the place where that public model (Wang et al., NeurIPS 2020; sentence-transformers) puts them,
so that what was trained against the model's sentence embeddings can be asked with free text, offline and in a
millisecond. It is a bag of hashed words, word pairs and letter groups (in the manner of fastText, Bojanowski et al.
2017, and of hash embeddings, Svenstrup et al. 2017) and two layers; no list of words is stored. It knows word order
only through pairs.

Conventions
-----------
* Embeddings are float32, shape (n, 384), of unit length. English; letters lose their accents and case.
* A *feature* is a row of the table with a weight. Rows 0..`WORD_ROWS` - 1 are for words (two rows each), then come
  letter groups, then pairs.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from composer import assets
from composer.errors import AssetError

__all__ = [
    "ENCODER_NAME",
    "GROUP_ROWS",
    "PAIR_ROWS",
    "ROWS",
    "WIDTH",
    "WORD_ROWS",
    "SentenceWeights",
    "embed_sentences",
    "load_sentence_weights",
    "sentence_features",
]

ENCODER_NAME = "composer-sentence-encoder"
WIDTH = 384
"""Dimensions of the space, those of all-MiniLM-L6-v2."""

_FILE = "sentence-encoder/model.safetensors"
WORD_ROWS, GROUP_ROWS, PAIR_ROWS = 32_768, 16_384, 12_288
"""Rows of the table for words, then for letter groups, then for pairs."""
ROWS = WORD_ROWS + GROUP_ROWS + PAIR_ROWS
"""Rows of the table."""
_MOST_WORDS = 64
_GROUPS = (3, 4, 5)
_WORD = re.compile(r"[a-z0-9]+")
_EPSILON = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceWeights:
    """The network: `table` int8 with one `scale` a row, then layers in float32."""

    table: NDArray[np.int8] = field(repr=False)
    scale: NDArray[np.float32] = field(repr=False)
    layers: dict[str, NDArray[np.float32]] = field(repr=False)


def embed_sentences(texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed sentences.

    Parameters
    ----------
    texts : sequence of str
        Words beyond the 64th of a sentence are not read.

    Returns
    -------
    array, float32, shape (n, 384)
        Of unit length. A text without letters or digits gets the embedding of the empty sentence.

    Raises
    ------
    AssetError
        The weights are missing or damaged.
    """
    tensors = load_sentence_weights()
    if not len(texts):
        return np.zeros((0, WIDTH), dtype=np.float32)
    sums = np.stack([_sum(tensors, text) for text in texts])  # (n, D)
    layers = tensors.layers
    centred = sums - sums.mean(axis=1, keepdims=True)
    normed = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + _EPSILON)
    hidden = np.maximum(normed @ layers["first.weight"].T + layers["first.bias"], 0.0)  # (n, H)
    out = normed @ layers["skip.weight"].T + hidden @ layers["second.weight"].T + layers["second.bias"]
    result: NDArray[np.float32] = (out / np.linalg.norm(out, axis=1, keepdims=True)).astype(np.float32)
    return result


def _sum(tensors: SentenceWeights, text: str) -> NDArray[np.float32]:
    rows, weights = sentence_features(text)
    factors = tensors.scale[rows] * weights
    total: NDArray[np.float32] = factors @ tensors.table[rows].astype(np.float32)
    return total


def sentence_features(text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows of the table that a sentence is the weighted sum of, and their weights; both of shape (features,)."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    words = _WORD.findall(plain.replace("'", ""))[:_MOST_WORDS]
    rows: list[int] = []
    weights: list[float] = []
    for word in words:
        found = _word_rows(word)
        rows += found
        groups = len(found) - 2
        weights += [0.5, 0.5, *([1.0 / groups] * groups)]
    for first, second in pairwise(words):
        rows.append(WORD_ROWS + GROUP_ROWS + zlib.crc32(f"{first} {second}".encode()) % PAIR_ROWS)
        weights.append(1.0)
    return np.array(rows, dtype=np.int64), np.array(weights, dtype=np.float32)


@lru_cache(maxsize=65_536)
def _word_rows(word: str) -> tuple[int, ...]:
    """Two rows of the word itself, then those of its letter groups, its ends marked."""
    marked = f"<{word}>"
    own = [zlib.crc32(f"{salt}{marked}".encode()) % WORD_ROWS for salt in (1, 2)]
    groups = [marked[at : at + size] for size in _GROUPS for at in range(max(1, len(marked) - size + 1))]
    return (*own, *(WORD_ROWS + zlib.crc32(group.encode()) % GROUP_ROWS for group in groups))


@lru_cache(maxsize=1)
def load_sentence_weights() -> SentenceWeights:
    """Return the network of the encoder.

    Raises
    ------
    AssetError
        The weights are missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = assets.verified(_FILE)
    try:
        tensors = load_file(path)
        table, scale = tensors.pop("table"), tensors.pop("scale")
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise AssetError(f"{path}: cannot be read as the sentence encoder ({error})") from error
    if len(table) != ROWS or table.dtype != np.int8:
        raise AssetError(
            f"{_FILE}: its table has {len(table)} rows of {table.dtype}, expected {ROWS} of int8",
            hint="install Composer again, or train it with composer.training.sentences.train",
        )
    layers = {name: value.astype(np.float32) for name, value in tensors.items()}
    return SentenceWeights(table=table, scale=scale.astype(np.float32), layers=layers)
