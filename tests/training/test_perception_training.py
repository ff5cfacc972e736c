"""The trainers of the heads: what they learn, what they must not punish, what they write."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("timm")
from composer.perception.picture_heads import GENRES, MEDIA, STYLES, gelu
from composer.training.perception import align
from composer.training.perception.corpus import Work, read_works
from composer.training.perception.drawn import LEARNED, UNSEEN
from composer.training.perception.efficientnet_lite import EfficientNetLite
from composer.training.perception.fit_heads import RECIPE, replace_heads, save_heads
from composer.training.perception.head_material import HeadMaterial
from composer.training.perception.media import MediaSet, fit_gate
from composer.training.perception.tasks import train_tasks, train_titles

COUNT, WIDTH = 60, 24


@pytest.fixture
def recipe() -> dict:
    found = tomllib.loads(RECIPE.read_text())
    still = {"dropout_input": 0.0, "dropout_hidden": 0.0}
    found["tasks"] |= {"hidden": 32, "epochs": 100, "batch": 20, "learning_rate": 1e-2, **still}
    found["titles"] |= {"hidden": 32, "epochs": 60, "batch": 10, "learning_rate": 1e-2, **still}
    found["embedding"] |= {"hidden": 64, "steps": 120, "batch": COUNT, "others": COUNT, **still}
    return found


def material(titles: list[str] | None = None) -> HeadMaterial:
    """Pictures whose first numbers give genre and style away."""
    titles = titles or [f"title {chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(COUNT)]
    rng = np.random.default_rng(0)
    genre, style = rng.integers(0, len(GENRES), COUNT), rng.integers(0, len(STYLES), COUNT)
    x = rng.normal(size=(COUNT, WIDTH)).astype(np.float32)
    x[:, :10] += 4 * np.eye(10, dtype=np.float32)[genre]
    x[:, 8:24] += 4 * np.eye(16, dtype=np.float32)[style]
    return HeadMaterial(
        works=[Work(key=f"wikiart224/{i}.webp", artist=f"artist {i}", title=t, style="") for i, t in enumerate(titles)],
        split=np.array(["train"] * 50 + ["validation"] * 10),
        x=x,
        mean=np.zeros(WIDTH, np.float32),
        spread=np.ones(WIDTH, np.float32),
        genre=genre,
        style=style,
        titles=np.unique(titles, return_inverse=True)[1],
    )


def test_genre_and_style_are_learned_at_once_and_a_missing_genre_is_no_mistake(recipe: dict) -> None:
    found = material()
    found.genre[:5] = -1
    network = train_tasks(found, np.random.default_rng(1).normal(size=(COUNT, 4)).astype(np.float32), recipe["tasks"])
    with torch.inference_mode():
        genres, styles, _ = network(torch.from_numpy(found.x[5:50]))
    assert (genres.argmax(1).numpy() == found.genre[5:50]).mean() > 0.9
    assert (styles.argmax(1).numpy() == found.style[5:50]).mean() > 0.9


def test_projections_learn_which_sentence_belongs_to_which_picture(recipe: dict) -> None:
    found, rng = material(), np.random.default_rng(2)
    sentences = rng.normal(size=(COUNT, 384)).astype(np.float32)
    sentences /= np.linalg.norm(sentences, axis=1, keepdims=True)
    model = align.train_projection(found, {"{title}": sentences}, {"{title}": 1.0}, recipe["embedding"])
    with torch.inference_mode():
        rows = found.rows("train")
        hit, *_ = align.recall_at(
            model(torch.from_numpy(found.x[rows])), model.text(torch.from_numpy(sentences[rows])), (1,)
        )
    assert hit > 0.8


def test_another_picture_of_the_same_title_is_no_mistake(recipe: dict) -> None:
    model = align.Projection(WIDTH, 384, recipe["embedding"])
    same = torch.nn.functional.normalize(torch.ones(4, 384), dim=1)
    losses = [
        align._contrast(model, same, same, titles, titles).item() for titles in (torch.zeros(4), torch.arange(4.0))
    ]
    assert losses[0] == pytest.approx(0.0, abs=1e-4)
    assert losses[1] > 0.5


def test_titles_feelings_follow_the_picture(recipe: dict) -> None:
    found = material()
    feelings = np.column_stack([found.x[:, 3], -found.x[:, 3], found.x[:, 5], found.x[:, 6]]).astype(np.float32)
    layers = train_titles(found, feelings, recipe["titles"])
    hidden = gelu(found.x @ layers["titles_hidden_weight"].T + layers["titles_hidden_bias"])
    read = hidden @ layers["titles_weight"].T + layers["titles_bias"]
    assert np.corrcoef(read[:, 0], feelings[:, 0])[0, 1] > 0.8
    assert np.corrcoef(read[:, 1], read[:, 0])[0, 1] < -0.8


def test_the_gate_learns_the_medium() -> None:
    rng = np.random.default_rng(3)
    label = np.arange(80) % len(MEDIA)
    x = (rng.normal(size=(80, 12)) + 3 * np.eye(12)[label]).astype(np.float32)
    media = MediaSet(x=x, label=label, fold=np.full(80, -1), part=np.array(["works"] * 80))
    weight, bias = fit_gate(media, media.learned())
    assert ((x @ weight.T + bias).argmax(1) == label).mean() > 0.9


def test_what_is_written_is_what_is_read(recipe: dict, tmp_path: Path) -> None:
    from safetensors import safe_open

    found = material()
    network = train_tasks(found, np.random.default_rng(1).normal(size=(COUNT, 4)).astype(np.float32), recipe["tasks"])
    projection = align.Projection(WIDTH, 384, recipe["embedding"])
    more = {"medium_weight": np.ones((4, WIDTH)), "medium_bias": np.ones(4), "titles_weight": np.ones((4, WIDTH)),
            "titles_bias": np.ones(4)}  # fmt: skip
    save_heads(tmp_path / "heads.safetensors", found, network, projection, more)
    with safe_open(tmp_path / "heads.safetensors", framework="numpy") as file:
        assert json.loads(file.metadata()["names"])[0] == list(MEDIA)
        assert np.allclose(file.get_tensor("hidden_weight"), network.hidden.weight.detach().numpy(), atol=1e-2)
        assert file.get_tensor("mean").dtype == np.float32

    replace_heads(tmp_path / "heads.safetensors", {"titles_weight": np.full((31, 8), 2.0), "titles_bias": np.zeros(31)})
    with safe_open(tmp_path / "heads.safetensors", framework="numpy") as file:
        assert file.get_tensor("titles_weight").shape == (31, 8)
        assert np.allclose(file.get_tensor("hidden_weight"), network.hidden.weight.detach().numpy(), atol=1e-2)
        assert json.loads(file.metadata()["names"])[0] == list(MEDIA)


def test_the_tower_equals_timms() -> None:
    import timm

    torch.manual_seed(0)
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2.0)
    x = torch.randn(2, 3, 224, 224)
    with torch.inference_mode():
        wanted, found = model(x), EfficientNetLite(model.state_dict())(x)
    assert torch.allclose(wanted, found, atol=1e-4 * float(wanted.abs().max()))


def test_drawn_pictures_are_pictures_and_families_are_apart() -> None:
    rng = np.random.default_rng(0)
    for kind in LEARNED:
        assert not set(LEARNED[kind]) & set(UNSEEN[kind])
        for family in (*LEARNED[kind], *UNSEEN[kind]):
            rgb = family(rng)
            assert rgb.dtype == np.uint8
            assert rgb.ndim == 3
            assert rgb.shape[2] == 3


def test_later_collections_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "wikiart224.csv").write_text("file,artist,title,style\na.webp,A,sea,Art_Nouveau_Modern\n")
    assert [(work.key, work.style, work.genre) for work in read_works(tmp_path)] == [
        ("wikiart224/a.webp", "art nouveau", "")
    ]
