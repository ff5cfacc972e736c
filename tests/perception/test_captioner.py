"""A CoCa model of a few thousand weights, built from open_clip's own classes, takes the whole path to a caption."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from composer.errors import AssetError, UsageError
from composer.perception import captioner
from composer.perception.captioner import CocaCaptioner, load_captioner, tidy
from composer.perception.image import load_painting
from composer.perception.perceive import perceive
from tests.conftest import RunCli
from tests.perception.conftest import alt_faults, caption_faults

TINY = "composer-test-coca"


@pytest.fixture(scope="module")
def tiny_coca(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a random CoCa model whose weights lie in a file."""
    import open_clip
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("coca")
    text = {"context_length": 76, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
    vision = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
    config: dict[str, Any] = {
        "embed_dim": 16,
        "vision_cfg": vision | {"attentional_pool": True, "attn_pooler_heads": 2, "output_tokens": True},
        "text_cfg": text | {"embed_cls": True, "output_tokens": True},
        "multimodal_cfg": text | {"attn_pooler_heads": 2},
        "custom_text": True,
    }
    (folder / f"{TINY}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)
    torch.manual_seed(3)
    model = open_clip.create_model(TINY)
    assert isinstance(model, open_clip.CoCa)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "weights.safetensors")
    return f"{TINY}/{folder / 'weights.safetensors'}"


@pytest.mark.filterwarnings("ignore")
def test_a_real_coca_describes_a_picture(tiny_coca: str, examples: dict[str, Path]) -> None:
    model = load_captioner(tiny_coca)
    assert isinstance(model, CocaCaptioner)
    painting = load_painting(examples["sunny-meadow"])
    said = model.describe(painting)
    assert said == model.describe(painting)
    assert "<" not in said
    assert tidy(said) == said
    reading = perceive(painting, captioner=tiny_coca)
    own = perceive(painting)
    assert reading.valence == own.valence
    assert reading.caption.endswith(own.caption.split("; ")[-1])
    if said:
        assert reading.caption.lower().startswith(said.lower())
        assert reading.alt.lower().startswith(said.lower())
        assert tiny_coca in reading.sources["caption"]


@pytest.mark.filterwarnings("ignore")
def test_the_search_finds_what_the_model_finds_likely(
    tiny_coca: str, examples: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the scores of a model that knows one sentence, the search says it and stops at its end."""
    model = load_captioner(tiny_coca)
    tokens = model._tokenizer(["a red barn under a tree"])[0].tolist()  # type: ignore[attr-defined]
    sentence = tokens[: tokens.index(49407) + 1]

    def scores(beams: list[tuple[float, list[int]]], *_rest: object) -> torch.Tensor:
        rows = torch.full((len(beams), 49408), -20.0)
        for row, (_, before) in enumerate(beams):
            if before == sentence[: len(before)] and len(before) < len(sentence):
                rows[row, sentence[len(before)]] = -0.01
        return rows

    monkeypatch.setattr(CocaCaptioner, "_next", lambda self, *args: scores(*args))
    painting = load_painting(examples["sunny-meadow"])
    assert model.describe(painting) == "a red barn under a tree"
    reading = perceive(painting, captioner=tiny_coca)
    assert reading.caption.startswith("A red barn under a tree; ")
    assert reading.alt.startswith("A red barn under a tree. ")
    assert caption_faults(reading.caption) == []
    assert alt_faults(reading.alt) == []


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<start_of_text> a boat on the water . <end_of_text>", "a boat on the water"),
        ("a painting painting of of a man ; with a", "a painting of a man"),
        ("two women , a dog , and the", "two women, a dog"),
        (" . , - ", ""),
        ("<start_of_text>", ""),
        ("x" * 20 + " word" * 60, "x" * 20 + " word"),
    ],
)
def test_descriptions_are_made_to_fit(raw: str, clean: str) -> None:
    assert tidy(raw) == clean
    assert len(tidy("long words " * 50)) <= 140


@pytest.mark.parametrize(
    "name", ["blip", "coca_ViT-B-32", "ViT-B-32/laion2b_s34b_b79k", "/", "coca_ViT-B-32/no-such-tag"]
)
def test_what_is_no_captioner_is_wrong_usage(name: str) -> None:
    with pytest.raises(UsageError, match="--captioner"):
        load_captioner(name)


def test_missing_weights_say_how_to_get_them(run_cli: RunCli, examples: dict[str, Path]) -> None:
    done = run_cli("perceive", examples["storm-at-night"], "--captioner", "coca")
    assert done.code == 3
    assert done.out == ""
    assert done.error_lines == [
        f"compose: error: {captioner.COCA}: its weights are not on this machine",
        f"hint: run 'compose models pull {captioner.COCA}'",
    ]


def test_the_pinned_weights_are_on_the_list() -> None:
    from composer import assets

    assert [asset.group for asset in assets.PUBLIC].count(captioner.COCA) == 1


def test_broken_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"no weights")
    with pytest.raises(AssetError, match="does not load"):
        load_captioner(f"coca_ViT-B-32/{tmp_path / 'x.safetensors'}")
