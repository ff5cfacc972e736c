"""The trainer of the painting encoder: what it learns, what it must not punish, what it writes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

pytest.importorskip("timm")
from composer.training.perception import align
from composer.training.perception.corpus import Work
from composer.training.perception.features import FROZEN_STAGES, TOWER, Tail
from composer.training.perception.material import RECIPE, Material
from composer.training.perception.tower_graph import read_modules

COUNT = 24


@pytest.fixture(scope="module")
def published() -> dict[str, torch.Tensor]:
    import timm

    torch.manual_seed(0)
    return dict(timm.create_model(TOWER, pretrained=False).state_dict())


@pytest.fixture
def recipe() -> dict:
    found = tomllib.loads(RECIPE.read_text())
    found["start"] |= {"steps": 60, "batch": COUNT, "others": COUNT}
    found["tune"] |= {"epochs": 1, "batch": 12, "others": COUNT, "remembered": 8}
    found["projection"] |= {"dropout_input": 0.0, "dropout_hidden": 0.0}
    return found


def material(recipe: dict, titles: list[str] | None = None) -> Material:
    titles = titles or [f"title {chr(97 + i)}" for i in range(COUNT)]
    works = [
        Work(key=f"wikiart224/{i}.webp", artist=f"artist {i}", title=t, style="baroque") for i, t in enumerate(titles)
    ]
    generator = torch.Generator().manual_seed(1)
    sentences = functional.normalize(torch.randn(1, COUNT, 384, generator=generator), dim=2)
    return Material(
        works=works,
        split=np.array(["train"] * (COUNT - 4) + ["validation"] * 4),
        groups=torch.arange(COUNT),
        titles=torch.from_numpy(np.unique(titles, return_inverse=True)[1]),
        rows=np.arange(COUNT),
        sentences=sentences.expand(len(recipe["captions"]), -1, -1),
    )


def test_projections_learn_which_sentence_belongs_to_which_picture(published: dict, recipe: dict) -> None:
    found = material(recipe)
    features = torch.randn(COUNT, 1280, generator=torch.Generator().manual_seed(2))
    model = align.Encoder(Tail(published), features, recipe, 384)
    align.start(model, found, [features], recipe)
    with torch.inference_mode():
        hit, *_ = align.recall_at(model.image.eval()(features), model.text(found.sentences[0]), (1,))
        plain = model.image.plain()
        folded = functional.gelu(features @ plain["fc1.weight"].T + plain["fc1.bias"]) @ plain["fc2.weight"].T
        assert torch.allclose(folded, model.image(features), atol=1e-3)
    assert hit > 0.8


def test_another_picture_of_the_same_title_is_no_mistake(published: dict, recipe: dict) -> None:
    twins = material(recipe, ["sea"] * COUNT)
    apart = material(recipe)
    embeddings = functional.normalize(torch.ones(4, 384), dim=1)
    model = align.Encoder(Tail(published), torch.randn(COUNT, 1280), recipe, 384)
    losses = []
    for each in (twins, apart):
        loss = align.Loss(each, torch.arange(COUNT), recipe["captions"], others=COUNT, remembered=4)
        losses.append(loss(model, embeddings, torch.arange(4)).item())
    assert losses[0] == pytest.approx(0.0, abs=1e-4)
    assert losses[1] > 0.5


def test_tuning_moves_the_last_stages_only_and_writes_what_the_fast_path_reads(
    published: dict, recipe: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file

    monkeypatch.setattr(align, "imagenet_tensors", lambda: published)
    found = material(recipe)
    activations = np.random.default_rng(0).normal(size=(COUNT, 14, 14, 120)).astype(np.float16)
    model = align.Encoder(Tail(published), torch.randn(COUNT, 1280), recipe, 384)
    align.tune(model, found, [activations], recipe, tmp_path / "aligned.safetensors")
    written = load_file(tmp_path / "aligned.safetensors")
    tower, head = read_modules(tmp_path / "aligned.safetensors")
    tensors = dict(tower.visual["trunk"].named_parameters())
    early, late = "blocks.0.0.conv_dw.weight", f"blocks.{FROZEN_STAGES}.0.conv_pw.weight"
    assert torch.allclose(tensors[early], published[early], atol=1e-3)
    assert not torch.equal(tensors[late], published[late].half().float())
    with torch.inference_mode():
        seen = head(tower(torch.zeros(1, 3, 224, 224))[-1])
    assert seen.shape == (1, 384)
    assert torch.isfinite(seen).all()
    assert {"visual.head.mlp.fc1.weight", "text.proj.weight", "logit_scale"} <= set(written)
