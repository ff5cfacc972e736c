"""The ranking of free texts against a picture: how well does each say what is seen?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from composer.errors import UsageError
from composer.perception import vocabulary
from composer.perception.encoder import ImageTextEncoder

__all__ = ["MAX_CHARACTERS", "Asked", "rank_texts"]

MAX_CHARACTERS = 1000
"""Longest text that is compared; a text tower reads some fifty words and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A text and how well it fits.

    Attributes
    ----------
    text : as it was given.
    similarity : cosine of the two embeddings, in [-1, 1].
    share : in [0, 1]; how the texts that were asked together divide the picture among themselves (a softmax with the
        encoder's scale). A single text has all of it.
    standing : in [0, 1]; share of the caption vocabulary's subjects that fit the picture less well.
    """

    text: str
    similarity: float
    share: float
    standing: float


def rank_texts(encoder: ImageTextEncoder, embedding: NDArray[np.float32], texts: Sequence[str]) -> tuple[Asked, ...]:
    """Rank texts by their similarity with a picture.

    Parameters
    ----------
    encoder : gives the texts' embeddings.
    embedding : the picture's by the same encoder, shape (D,), unit length.
    texts : one or more.

    Returns
    -------
    tuple of Asked
        Best first; among equals in the order in which they were asked.

    Raises
    ------
    UsageError
        A text is empty or longer than `MAX_CHARACTERS`.
    AssetError
        The text tower is missing or damaged.
    """
    cleaned = [" ".join(text.split()) for text in texts]
    for text in cleaned:
        if not text:
            raise UsageError("--ask: an empty text", hint='say what to look for: --ask "a storm at sea"')
        if len(text) > MAX_CHARACTERS:
            raise UsageError(f"--ask: {len(text)} characters; allowed: {MAX_CHARACTERS}", hint="ask in a sentence")
    similarity = encoder.embed_texts(cleaned) @ embedding  # (N,)
    logits = encoder.scale * similarity
    share = np.exp(logits - logits.max())
    share /= share.sum()
    subjects = [vocabulary.prompt(term) for term in vocabulary.terms() if term.group == "subject"]
    usual = encoder.embed_texts(subjects) @ embedding  # (S,)
    order = np.argsort(-similarity, kind="stable")
    return tuple(
        Asked(
            text=cleaned[i],
            similarity=float(np.clip(similarity[i], -1.0, 1.0)),
            share=float(share[i]),
            standing=float((usual < similarity[i]).mean()),
        )
        for i in order
    )
