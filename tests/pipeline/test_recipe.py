"""The ``.json`` of a piece as a recipe: the same bytes come out again, or two lines say why not."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from composer import ComposeOptions, compose, plan, save
from composer.errors import AssetError, ComposerError, ImageError, UsageError
from composer.feedback import FeedbackStore, Nudge

FORMATS = ("json", "mid", "musicxml")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory, examples: dict[str, Path]) -> Path:
    """A piece of a picture with wishes, in three formats."""
    folder = tmp_path_factory.mktemp("recipe")
    options = ComposeOptions(
        image=examples["storm-at-night"], bars=4, candidates=3, seed=11, temperature=0.9, title="Storm", level="3"
    )
    save(compose(options), [folder / f"piece.{name}" for name in FORMATS])
    return folder / "piece.json"


def edited(recipe: Path, folder: Path, **changes: Any) -> Path:
    data = json.loads(recipe.read_text(encoding="utf-8"))
    path = folder / "edited.json"
    path.write_text(json.dumps({**data, **changes}), encoding="utf-8")
    return path


def test_a_recipe_makes_its_piece_again_byte_for_byte(recipe: Path, tmp_path: Path, run_cli: Any) -> None:
    outs = [part for name in FORMATS for part in ("--out", tmp_path / f"piece.{name}")]
    done = run_cli("--recipe", recipe, *outs)
    assert done.code == 0, done.err
    for name in FORMATS:
        assert (tmp_path / f"piece.{name}").read_bytes() == recipe.with_suffix(f".{name}").read_bytes()
    assert plan(ComposeOptions(recipe=recipe)).title == "Storm"


def test_a_bundle_holds_its_recipe(recipe: Path, tmp_path: Path) -> None:
    save(compose(ComposeOptions(recipe=recipe)), [tmp_path / "piece.zip"])
    with zipfile.ZipFile(tmp_path / "piece.zip") as bundle:
        assert bundle.read("recipe.json") == recipe.read_bytes()
        assert "compose --recipe recipe.json" in bundle.read("README.txt").decode()


def test_a_recipe_does_not_need_the_profile_that_chose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path))
    with FeedbackStore() as store:
        store.consent("ada")
        for _ in range(5):
            store.add("ada", Nudge(direction="richer"))
        store.learn("ada")
    made = compose(ComposeOptions(valence=0.3, arousal=0.3, bars=4, candidates=3, profile="ada"))
    save(made, [tmp_path / "piece.json"])
    with FeedbackStore() as store:
        store.delete("ada")
    again = compose(ComposeOptions(recipe=tmp_path / "piece.json"))
    assert (again.score, again.provenance["profile"]["name"]) == (made.score, "ada")


def test_the_picture_of_a_recipe_may_be_shown_and_no_other(
    recipe: Path, examples: dict[str, Path], tmp_path: Path, run_cli: Any
) -> None:
    done = run_cli("--recipe", recipe, "--image", examples["storm-at-night"], "--out", tmp_path / "piece.mid")
    assert done.code == 0, done.err
    with pytest.raises(ImageError, match="not the picture it was made from"):
        compose(ComposeOptions(recipe=recipe, image=examples["quiet-interior"]))


def test_nothing_else_may_say_what_is_composed(recipe: Path, run_cli: Any) -> None:
    for option in (["--tempo", "90"], ["--key", "D"], ["--plan", "plan.json"], ["--mood", "calm"], ["--seed", "3"]):
        done = run_cli("--recipe", recipe, *option, "--out", "x.mid")
        assert done.code == 2
        assert done.error_lines[0] == f"compose: error: --recipe: it says what to compose, and so does {option[0]}"


def test_edited_notes_and_other_weights_are_said(recipe: Path, tmp_path: Path) -> None:
    data = json.loads(recipe.read_text(encoding="utf-8"))
    data["score"]["tracks"][0]["notes"][0][1] += 1
    with pytest.raises(UsageError, match="other notes come out"):
        compose(ComposeOptions(recipe=edited(recipe, tmp_path, score=data["score"])))
    data["provenance"]["music"]["weights"]["music/model.safetensors"] = "0" * 64
    with pytest.raises(AssetError, match=r"another music/model\.safetensors"):
        compose(ComposeOptions(recipe=edited(recipe, tmp_path, provenance=data["provenance"])))


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, '{"format": "composer-plan/1"}'])
def test_a_file_that_is_no_recipe_gets_two_lines(text: str, tmp_path: Path, run_cli: Any) -> None:
    path = tmp_path / "r.json"
    path.write_text(text, encoding="utf-8")
    done = run_cli("--recipe", path, "--out", tmp_path / "x.mid")
    assert done.code == 2
    assert [line.split(":")[0] for line in done.error_lines] == ["compose", "hint"]
    with pytest.raises(ComposerError, match="cannot be read"):
        compose(ComposeOptions(recipe=tmp_path / "none.json"))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("plan", 3), ("plan", {}), ("score", None), ("provenance", {}), ("perception", {"caption": 3}),
        ("music", {}), ("chosen", 3), ("seed", "x"), ("candidates", 10**9), ("top_p", "x"),
        ("temperature", float("nan")), ("rewrites", 5), ("rewrites", [5]), ("rewrites", [{"music": {}}]),
        ("rewrites", [{"music": "own", "bars": [1, 900], "parts": []}]),
        ("rewrites", [{"music": "own", "bars": [1], "parts": ["flute"]}]),
    ],
)  # fmt: skip
def test_a_damaged_recipe_gets_two_lines(place: str, value: Any, recipe: Path, tmp_path: Path) -> None:
    data = json.loads(recipe.read_text(encoding="utf-8"))
    facts = data["provenance"]
    if isinstance(value, list) and "own" in str(value):
        value = [{**value[0], "music": facts["music"]}]
    home = next((part for part in (data, facts["music"], facts) if place in part), facts)
    home[place] = value
    with pytest.raises(ComposerError):
        compose(ComposeOptions(recipe=edited(recipe, tmp_path, **data)))
