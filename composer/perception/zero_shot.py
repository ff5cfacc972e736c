"""Feeling from a model of pictures and texts that has seen no rating: which sentence about an emotion fits best?

The sentences' likeness to the picture, by the model's own text tower, becomes a distribution over emotions, and that
becomes valence and arousal by the emotions' places in `composer.circumplex`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from composer.circumplex import FEELINGS
from composer.perception.affect import EMOTIONS, FINE_EMOTIONS, Affect

if TYPE_CHECKING:
    from composer.perception.encoder import ImageTextEncoder

__all__ = ["SENTENCES", "emotion_shares", "read_zero_shot"]

SENTENCES = (
    "a painting that feels full of {emotion}",
    "a picture that makes people feel {emotion}",
    "an image of {emotion}",
)
"""Sentences about an emotion; a likeness is the mean over them."""

_CERTAINTY = 0.25
"""Factor on the model's own scale, which was trained to tell one sentence from thousands."""
_ERROR = (0.353, 0.412)
"""Standard errors of valence and arousal: what r = .30 and r = .05 leave. The embedded encoder was measured at .27 and
-.15 (``benchmarks/words/zero_shot.csv``): sentences about emotions tell little of how excited a painting is."""


def emotion_shares(encoder: ImageTextEncoder, embedding: NDArray[np.float32]) -> dict[str, float]:
    """Return the distribution over `FINE_EMOTIONS` that the sentences' likenesses stand for.

    Parameters
    ----------
    encoder : gives the sentences' embeddings and the scale.
    embedding : the picture's by the same encoder, shape (D,), unit length.
    """
    likeness = _sentences(encoder) @ embedding  # (emotions,)
    logits = _CERTAINTY * encoder.scale * likeness
    odds = np.exp(logits - logits.max())
    return dict(zip(FINE_EMOTIONS, (odds / odds.sum()).tolist(), strict=True))


@lru_cache(maxsize=4)
def _sentences(encoder: ImageTextEncoder) -> NDArray[np.float32]:
    texts = [sentence.format(emotion=name) for name in FINE_EMOTIONS for sentence in SENTENCES]
    rows = encoder.embed_texts(texts).reshape(len(FINE_EMOTIONS), len(SENTENCES), -1).mean(axis=1)
    found: NDArray[np.float32] = rows - rows.mean(axis=0)  # what all emotions share says nothing
    return found


def read_zero_shot(encoder: ImageTextEncoder, embedding: NDArray[np.float32], usual: Affect) -> Affect:
    """Read valence, arousal and emotions.

    Parameters
    ----------
    encoder, embedding : as for `emotion_shares`.
    usual : a reading that holds the average painting's distribution, from which the sentences' likenesses depart.
    """
    odds = {name: share * usual.usual[name] for name, share in emotion_shares(encoder, embedding).items()}
    fine = {name: value / math.fsum(odds.values()) for name, value in odds.items()}
    emotions = dict.fromkeys(EMOTIONS, 0.0)
    for name, share in fine.items():
        emotions[FINE_EMOTIONS[name]] += share
    arousal = math.fsum(share * FEELINGS[name][1] for name, share in fine.items())
    return Affect(
        valence=math.fsum(share * FEELINGS[name][0] for name, share in fine.items()),
        arousal=arousal,
        rated_arousal=arousal,
        valence_sd=_ERROR[0],
        arousal_sd=_ERROR[1],
        rated_arousal_sd=_ERROR[1],
        emotions=emotions,
        fine=fine,
        usual=usual.usual,
    )
