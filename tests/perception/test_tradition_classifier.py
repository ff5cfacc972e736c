"""Traditions are read with care: confidences add up, wrong files are refused, Japanese prints are no Art Nouveau."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from composer.errors import AssetError
from composer.perception import vocabulary
from composer.perception.encoder import load_embedded
from composer.perception.image import load_painting
from composer.perception.perceive import perceive
from composer.perception.tradition_classifier import load_tradition_model
from tests.perception.conftest import PAINTINGS, gradient


def test_confidences_are_shares() -> None:
    model = load_tradition_model()
    ranked = model.rank(load_embedded().look(gradient((200, 180, 90), (20, 30, 60))))
    shares = [share for _, share in ranked]
    assert shares == sorted(shares, reverse=True)
    assert 0.99 < sum(shares) <= 1 + 1e-6
    assert {name for name, _ in ranked} <= set(vocabulary.tradition_names())


def test_what_no_work_taught_is_never_named() -> None:
    model = load_tradition_model()
    rng = np.random.default_rng(0)
    untaught = ("Persian miniature", "Aboriginal dot painting", "Ethiopian church painting", "West African painting")
    for _ in range(50):
        picture = model.mean + model.spread * rng.normal(0, 10, model.mean.shape)
        shares = dict(model.rank_vector(picture.astype(np.float32)))
        assert max(shares.get(name, 0.0) for name in untaught) < 1e-3


def test_another_vocabulary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    load_tradition_model.cache_clear()
    monkeypatch.setattr(vocabulary, "tradition_names", lambda: ("another",))
    with pytest.raises(AssetError, match="other traditions"):
        load_tradition_model()
    load_tradition_model.cache_clear()


def test_prints_and_paintings(real_paintings: list[Path]) -> None:
    prints = [*PAINTINGS.glob("utagawa-hiroshige__*"), *PAINTINGS.glob("katsushika-hokusai__*")]
    assert len(prints) >= 10
    styles = ("Art Nouveau", "Symbolist", "Impressionist", "Romantic", "Baroque", "Expressionist")
    said = [perceive(load_painting(path)).caption for path in prints[:8]]
    assert sum("Japanese woodblock print" in caption for caption in said) >= 5
    assert sum(any(style in caption for style in styles) for caption in said) <= 1
    others = [perceive(load_painting(path)).caption for path in real_paintings[:10] if "utagawa" not in path.name]
    assert not any("Japanese" in caption or "Chinese" in caption for caption in others)
