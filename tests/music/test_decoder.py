"""The decoder computes what transformers computes, cached or not, and refuses weights that are not its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from composer.errors import AssetError
from composer.music.decoder import Decoder, Weights, load_weights
from composer.music.tokens import CONDITIONS, STEP_FIELDS

FILES = ("config.json", "heads.safetensors", "composer.json")
LENGTH = 24


def _random_steps(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    steps = np.stack([rng.integers(0, size, (2, LENGTH)) for size in STEP_FIELDS.values()], axis=-1)
    rows = np.stack([rng.integers(0, size, (2, LENGTH)) for size in CONDITIONS.values()], axis=-1)
    return steps, rows


def _exact(folder: Path, place: Path) -> Weights:
    """The weights of a folder with graphs that round nothing."""
    from composer.training.music.export import write_graphs

    shutil.copytree(folder, place)
    write_graphs(place, rounded=False)
    return load_weights(*(place / name for name in FILES))


def test_hidden_states_and_logits_match_transformers(tiny_folder: Path, tmp_path: Path) -> None:
    import torch

    from composer.training.music.network import load_network

    weights = _exact(tiny_folder, tmp_path / "music")
    network = load_network(tiny_folder).eval()
    steps, rows = _random_steps(np.random.default_rng(1))
    with torch.no_grad():
        embedded = network.conditions(torch.from_numpy(rows).flatten(0, 1)).unflatten(0, (2, LENGTH))
        expected = network.hidden(torch.from_numpy(steps), embedded)  # (2, T, D)
    decoder = Decoder(weights, rows=3, capacity=64)
    ours = decoder.embed_conditions(rows.reshape(-1, rows.shape[-1])).reshape(2, LENGTH, -1)
    np.testing.assert_allclose(ours, embedded.numpy(), atol=1e-5)
    active = np.array([0, 2])
    hidden = decoder.feed(active, steps[:, :9], ours[:, :9])  # a prompt at once, then step by step
    np.testing.assert_allclose(hidden, expected[:, 8].numpy(), atol=2e-5)
    for step in range(9, LENGTH):
        hidden = decoder.feed(active, steps[:, step : step + 1], ours[:, step : step + 1])
        np.testing.assert_allclose(hidden, expected[:, step].numpy(), atol=2e-5)
    last = expected[:, -1]
    position, pitch = np.array([3, 40]), np.array([60, 72])
    root, quality = np.array([1, 0]), np.array([2, 0])
    with torch.no_grad():
        wanted = (
            network.position_head(last),
            network.pitch_logits(last, *(torch.from_numpy(x) for x in (position, root, quality))),
            network.duration_logits(last, torch.from_numpy(position), torch.from_numpy(pitch)),
        )
    found = (
        decoder.position_logits(active),
        decoder.pitch_logits(hidden, position, root, quality),
        decoder.duration_logits(hidden, position, pitch),
    )
    for ours_logits, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours_logits, theirs.numpy(), atol=5e-5)


def test_rounding_hardly_moves_what_the_embedded_weights_say(tmp_path: Path) -> None:
    from composer import assets
    from composer.music.generate import default_weights

    folder = assets.verified("music/model.safetensors").parent
    rng = np.random.default_rng(3)
    steps, rows = _random_steps(rng)
    odds = []
    for weights in (_exact(folder, tmp_path / "music"), default_weights()):
        decoder = Decoder(weights, rows=2, capacity=64)
        embedded = decoder.embed_conditions(rows.reshape(-1, rows.shape[-1])).reshape(2, LENGTH, -1)
        hidden = decoder.feed(np.arange(2), steps, embedded)
        logits = (decoder.position_logits(np.arange(2)), decoder.pitch_logits(hidden, *np.full((3, 2), 5)))
        odds.append([np.exp(x - x.max(axis=1, keepdims=True)) for x in logits])
    for exact, rounded in zip(*odds, strict=True):
        p, q = (x / x.sum(axis=1, keepdims=True) for x in (exact, rounded))
        assert np.abs(p - q).sum(axis=1).max() < 0.1  # a tenth of the choices at most could fall otherwise
        assert (p.argmax(axis=1) == q.argmax(axis=1)).all()


def test_candidates_of_different_length_do_not_disturb_each_other(tiny_weights: Weights) -> None:
    steps, rows = _random_steps(np.random.default_rng(2))
    alone = Decoder(tiny_weights, rows=1, capacity=64)
    embedded = alone.embed_conditions(rows.reshape(-1, rows.shape[-1])).reshape(2, LENGTH, -1)
    expected = alone.feed(np.array([0]), steps[:1], embedded[:1])
    both = Decoder(tiny_weights, rows=2, capacity=64)
    both.feed(np.array([1]), steps[1:, :5], embedded[1:, :5])
    both.feed(np.array([0]), steps[:1, :-1], embedded[:1, :-1])
    hidden = both.feed(
        np.array([0, 1]),
        np.stack([steps[0, -1:], steps[1, 5:6]]),
        np.stack([embedded[0, -1:], embedded[1, 5:6]]),
    )
    np.testing.assert_allclose(hidden[:1], expected, atol=2e-5)


def test_a_row_is_the_same_whatever_is_computed_with_it(tiny_weights: Weights) -> None:
    rng = np.random.default_rng(4)
    many, few = (Decoder(tiny_weights, rows=24, capacity=96) for _ in range(2))
    width = tiny_weights.width

    def drawn(count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        steps = np.stack([rng.integers(0, size, (count, length)) for size in STEP_FIELDS.values()], axis=-1)
        return steps, rng.standard_normal((count, length, width)).astype(np.float32)

    for row in range(24):  # histories of different lengths
        steps, conditions = drawn(1, 1 + row)
        for decoder in (many, few):
            decoder.feed(np.array([row]), steps, conditions)
    for active in (np.arange(24), np.array([1, 2, 7, 20]), np.arange(5, 24)):
        steps, conditions = drawn(len(active), 1)
        together = many.feed(active, steps, conditions)
        alone = [few.feed(active[i : i + 1], steps[i : i + 1], conditions[i : i + 1]) for i in range(len(active))]
        np.testing.assert_array_equal(together, np.concatenate(alone))
        np.testing.assert_array_equal(many.position_logits(active), few.position_logits(active))
        position, other = rng.integers(0, 90, len(active)), np.zeros(len(active), dtype=np.int64)
        pitches = many.pitch_logits(together, position, other, other)
        lengths = many.duration_logits(together, position, other)
        for i in range(len(active)):
            one = slice(i, i + 1)
            np.testing.assert_array_equal(
                pitches[one], few.pitch_logits(alone[i], position[one], other[one], other[one])
            )
            np.testing.assert_array_equal(lengths[one], few.duration_logits(alone[i], position[one], other[one]))


def test_embedded_backbone_opens_in_transformers() -> None:
    from transformers import AutoModel

    from composer import assets

    folder = assets.verified("music/model.safetensors").parent
    model = AutoModel.from_pretrained(folder)
    assert type(model).__name__ == "LlamaModel"


@pytest.mark.parametrize("damage", ["truncated", "no heads", "no graph", "other vocabulary", "no json"])
def test_broken_weights_are_refused(tiny_folder: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "music"
    shutil.copytree(tiny_folder, folder)
    if damage == "truncated":
        data = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    elif damage == "no heads":
        (folder / "heads.safetensors").unlink()
    elif damage == "no graph":
        (folder / "pitch.onnx").unlink()
    elif damage == "other vocabulary":
        facts = json.loads((folder / "composer.json").read_text())
        (folder / "composer.json").write_text(json.dumps(facts | {"vocabulary_sha256": "0" * 64}))
    else:
        (folder / "config.json").write_text("{")
    with pytest.raises(AssetError):
        load_weights(*(folder / name for name in FILES))
