"""The embedded encoder finds what a picture shows; open_clip models take the same path."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from composer import assets
from composer.errors import AssetError, UsageError
from composer.perception import vocabulary
from composer.perception.encoder import EMBEDDED_NAME, load_encoder
from composer.perception.image import load_painting
from composer.perception.perceive import perceive
from composer.perception.tensors import read_safetensors

TINY = "composer-test-tiny"


def test_a_sentence_of_the_vocabulary_is_ready_made_and_another_is_near_it() -> None:
    encoder = load_encoder()
    ready, own = encoder.embed_texts(["a painting of a stormy sea", "a painting of the stormy sea"])
    assert np.linalg.norm(ready) == pytest.approx(1.0, abs=1e-4)
    assert np.linalg.norm(own) == pytest.approx(1.0, abs=1e-4)
    assert float(ready @ own) > 0.6


def test_real_paintings_find_their_like(real_paintings: list[Path]) -> None:
    encoder = load_encoder()
    texts = encoder.embed_texts(["a painting of a still life", "a painting of the sea", "a painting of a man"])
    folder = real_paintings[0].parent
    names = ("gerrit-claesz-bleker__cavalry-battle-scene", "felix-vallotton__roadstead-of-ploumanach")
    sea = encoder.embed_image(load_painting(folder / f"{names[1]}.jpg"))
    assert int((texts @ sea).argmax()) == 1
    man = encoder.embed_image(load_painting(folder / "frans-hals__the-laughing-cavalier.jpg"))
    assert int((texts @ man).argmax()) == 2


def test_embedded_weights_are_small_and_safe() -> None:
    folder = assets.weights_root() / "painting-encoder"
    files = [path for path in folder.iterdir() if path.is_file()]
    assert {path.suffix for path in files} <= {".safetensors", ".onnx"}
    assert sum(path.stat().st_size for path in files) <= 24_000_000


def test_wrong_vocabulary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from composer.perception.encoder import EmbeddedEncoder

    monkeypatch.setattr(vocabulary, "fingerprint", lambda: "another")
    with pytest.raises(AssetError, match="another vocabulary"):
        EmbeddedEncoder()


def test_missing_and_damaged_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def damaged(name: str) -> Path:
        path = tmp_path / "x.safetensors"
        path.write_bytes(b"no tensors")
        return path

    monkeypatch.setattr(assets, "verified", damaged)
    with pytest.raises(AssetError, match="safetensors"):
        read_safetensors("painting-encoder/heads.safetensors")


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random open_clip model of a few thousand weights, saved as a file."""
    import open_clip
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("tiny")
    config: dict[str, Any] = {
        "embed_dim": 24,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    }
    (folder / f"{TINY}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)
    torch.manual_seed(1)
    model = open_clip.create_model(TINY)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "weights.safetensors")
    return folder / "weights.safetensors"


@pytest.mark.filterwarnings("ignore")
def test_any_open_clip_model(
    tiny_model: Path, examples: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path))
    monkeypatch.setenv("COMPOSER_OFFLINE", "1")
    spec = f"{TINY}/{tiny_model}"
    painting = load_painting(examples["sunny-meadow"])
    reading = perceive(painting, clip=spec)
    assert reading.embedding.shape == (24,)
    assert np.linalg.norm(reading.embedding) == pytest.approx(1.0, abs=1e-5)
    assert reading.sources["embedding"] == f"open_clip {spec}"
    assert EMBEDDED_NAME in reading.sources["valence"]
    assert reading.caption.endswith(".")
    own = perceive(painting)
    assert own.sources["embedding"] == EMBEDDED_NAME
    assert own.witnesses == ()
    assert [witness.name for witness in reading.witnesses] == ["picture", "clip"]  # its text tower is asked too
    assert reading.witnesses[0].valence == pytest.approx(own.valence, abs=0.15)  # weighed by its error
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 2
    encoder = load_encoder(spec)
    texts = ["a painting of the sea", "a painting of a garden"]
    fresh = encoder.embed_texts(texts)
    monkeypatch.setattr(type(encoder), "_compute_texts", lambda self, texts: pytest.fail("not taken from the cache"))
    assert np.array_equal(encoder.embed_texts(texts), fresh)


@pytest.mark.parametrize("spec", ["ViT-B-32", "/x", "no-such-model/x", "ViT-B-32/no-such-tag"])
def test_unknown_models_are_wrong_usage(spec: str) -> None:
    with pytest.raises(UsageError, match="--clip"):
        load_encoder(spec)


def test_missing_weights_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path))
    monkeypatch.setenv("COMPOSER_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(AssetError) as caught:
        load_encoder("RN50/cc12m", download=True)
    assert caught.value.exit_code == 3
    assert "compose models pull RN50/cc12m" in caught.value.hint


@pytest.mark.filterwarnings("ignore")
def test_weights_of_another_model_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(os.urandom(64))
    with pytest.raises(AssetError, match="does not load"):
        load_encoder(f"{TINY}/{broken}")
