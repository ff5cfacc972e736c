"""Feeling by sentences about emotions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from composer.perception.affect import FINE_EMOTIONS, Affect
from composer.perception.encoder import load_embedded
from composer.perception.zero_shot import emotion_shares, read_zero_shot
from tests.perception.conftest import gradient


@dataclass(frozen=True)
class _Namer:
    """An encoder whose space has an axis for every emotion."""

    name: str = "namer"
    scale: float = 100.0

    def embed_image(self, painting: object) -> NDArray[np.float32]:
        raise NotImplementedError

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[float(emotion in text) for emotion in FINE_EMOTIONS] for text in texts], dtype=np.float32)


def _picture_of(emotion: str) -> NDArray[np.float32]:
    return np.array([float(name == emotion) for name in FINE_EMOTIONS], dtype=np.float32)


@pytest.mark.parametrize(
    ("emotion", "valence", "arousal"), [("sadness", -1, -1), ("anger", -1, 1), ("happiness", 1, 1)]
)
def test_a_picture_of_an_emotion_is_read_as_that(emotion: str, valence: int, arousal: int) -> None:
    encoder = _Namer()
    shares = emotion_shares(encoder, _picture_of(emotion))
    assert max(shares, key=lambda name: shares[name]) == emotion
    usual = _usual()
    found = read_zero_shot(encoder, _picture_of(emotion), usual)
    assert valence * found.valence > 0.2
    assert arousal * found.arousal > 0.2


def test_the_embedded_encoder_takes_the_same_path() -> None:
    encoder = load_embedded()
    shares = emotion_shares(encoder, encoder.embed_image(gradient((250, 230, 120), (60, 160, 60))))
    assert math.isclose(sum(shares.values()), 1, abs_tol=1e-5)
    assert set(shares) == set(FINE_EMOTIONS)


def _usual() -> Affect:
    even = {name: 1 / len(FINE_EMOTIONS) for name in FINE_EMOTIONS}
    return Affect(
        valence=0,
        arousal=0,
        rated_arousal=0,
        valence_sd=1,
        arousal_sd=1,
        rated_arousal_sd=1,
        emotions={},
        fine=even,
        usual=even,
    )
