"""Sentences near in meaning are near in space; the student that is trained is the one that is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from composer import assets, sentences
from composer.errors import AssetError
from composer.sentences import ROWS, WIDTH, embed_sentences, sentence_features


def likeness(first: str, second: str) -> float:
    a, b = embed_sentences([first, second])
    return float(a @ b)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("a storm at sea", "waves and a tempest on the ocean", "a quiet interior with a bowl of fruit"),
        ("portrait of a young woman", "a girl's face", "a mountain landscape"),
        ("a village street in winter", "snow on the road of a small town", "the battle of the gods"),
        ("slow music for solo cello, sad", "a mournful cello piece", "a fast march for brass and drums"),
        ("a vase of flowers", "roses and tulips in a jug", "a knight on horseback"),
    ],
)
def test_near_in_meaning_is_near(text: str, near: str, far: str) -> None:
    assert likeness(text, near) > likeness(text, far) + 0.1


def test_embeddings_are_of_unit_length_and_do_not_depend_on_their_company() -> None:
    texts = ["the sea", "Élan vital, 1912!", "", "?!", "x" * 5000, "word " * 500]
    together = embed_sentences(texts)
    assert together.shape == (len(texts), WIDTH)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, row in zip(texts, together, strict=True):
        assert np.allclose(embed_sentences([text])[0], row, atol=1e-5)
    assert np.allclose(together[2], together[3])
    assert embed_sentences([]).shape == (0, WIDTH)


def test_case_and_accents_do_not_matter_but_order_does() -> None:
    assert likeness("The Château", "the chateau") == pytest.approx(1, abs=1e-5)
    assert likeness("a man bites a dog", "a dog bites a man") < 0.9999


def test_features_are_rows_of_the_table() -> None:
    rows, weights = sentence_features("two ships on the river Seine")
    assert rows.min() >= 0
    assert rows.max() < ROWS
    assert rows.shape == weights.shape
    assert weights.min() > 0


def test_weights_of_another_shape_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors.numpy import save_file

    save_file({"table": np.zeros((3, 2), dtype=np.int8), "scale": np.ones(3, dtype=np.float16)}, tmp_path / "x")
    monkeypatch.setattr(assets, "verified", lambda _name: tmp_path / "x")
    sentences.load_sentence_weights.cache_clear()
    try:
        with pytest.raises(AssetError, match="3 rows"):
            embed_sentences(["a"])
        (tmp_path / "x").write_bytes(b"nothing")
        with pytest.raises(AssetError, match="cannot be read"):
            embed_sentences(["a"])
    finally:
        sentences.load_sentence_weights.cache_clear()


def test_what_is_trained_is_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from composer.training.sentences.train import Features, Student, save

    torch.manual_seed(0)
    student = Student(16, 24).eval()
    texts = ["a storm at sea", "two trees", "quiet"]
    with torch.inference_mode():
        expected = student(*Features(texts).batch(range(3))).numpy()
    save(student, tmp_path / "model.safetensors")
    monkeypatch.setattr(assets, "verified", lambda _name: tmp_path / "model.safetensors")
    sentences.load_sentence_weights.cache_clear()
    try:
        assert np.abs(embed_sentences(texts) - expected).max() < 0.01
    finally:
        sentences.load_sentence_weights.cache_clear()
