"""The affect regressions' trainer: nothing leaks, constants are chosen inside, and a fitted model is used."""

from __future__ import annotations

import csv
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from composer.perception.affect import EMOTIONS, FINE_EMOTIONS, affect_file, find_affect_model
from composer.perception.image import load_painting
from composer.training.perception import affect_measure, fit_affect
from composer.training.perception.affect_report import coverage
from composer.training.perception.corpus import Rated
from composer.training.perception.doubt import Kinds, fit_doubt
from composer.training.perception.folds import folds_of
from composer.training.perception.nested import Recipe, gram, nested
from composer.training.perception.rated import emotion_shares, fine_shares

GROUPS = (slice(0, 1), slice(1, 2))


def grams_of(x: np.ndarray) -> list[np.ndarray]:
    return [gram({"x": x}, Recipe(weights={"x": 1.0}, narrowness=narrowness)) for narrowness in (1.0, 0.05)]


def test_noise_is_not_learned() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 12)), rng.normal(size=(300, 2))
    found = [nested(grams_of(x), y, GROUPS, np.arange(300), seed, spread=0.8).predictions for seed in range(3)]
    assert abs(np.mean([np.corrcoef(p[:, 0], y[:, 0])[0, 1] for p in found])) < 0.15


def test_copies_on_both_sides_are_kept_together() -> None:
    rng = np.random.default_rng(1)
    x, y = np.repeat(rng.normal(size=(60, 12)), 2, axis=0), np.repeat(rng.normal(size=(60, 2)), 2, axis=0)
    owners = np.repeat(np.arange(60), 2)
    apart = nested(grams_of(x), y, GROUPS, np.arange(120), 0, spread=0.8).predictions
    together = nested(grams_of(x), y, GROUPS, owners, 0, spread=0.8).predictions
    assert np.corrcoef(apart[:, 0], y[:, 0])[0, 1] > 0.5  # the twin gives it away
    assert abs(np.corrcoef(together[:, 0], y[:, 0])[0, 1]) < 0.3
    fold = folds_of(owners, 0)
    assert (fold[::2] == fold[1::2]).all()


def test_a_signal_is_learned_and_its_error_is_honest() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 6))
    y = np.column_stack([x[:, 0] + x[:, 1], np.tanh(x[:, 2] * 2)]) * 0.25 + rng.normal(size=(300, 2)) * 0.2
    runs = [nested(grams_of(x), y, GROUPS, np.arange(300), seed, spread=0.8) for seed in range(3)]
    for column in (0, 1):
        assert np.corrcoef(runs[0].predictions[:, column], y[:, column])[0, 1] > 0.5
        assert runs[0].restored()[:, column].std() == pytest.approx(0.8 * y[:, column].std(), rel=0.15)
    inside = {figure.name: figure.value for figure in coverage("x", runs, y)}
    assert inside["x valence: share inside the 68 % interval"] == pytest.approx(0.68, abs=0.07)
    assert inside["x valence: share inside the 95 % interval"] == pytest.approx(0.95, abs=0.04)


def test_a_pictures_own_error_is_larger_where_readings_fail() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(300, 4))
    loose = x[:, 3] > 0
    y = 0.3 * x[:, :2] + np.where(loose, 0.4, 0.05)[:, None] * rng.normal(size=(300, 2))
    run = nested(grams_of(x), y, GROUPS, np.arange(300), 0, spread=0.8)
    assert run.error[loose, 0].mean() > 1.5 * run.error[~loose, 0].mean()


def test_less_noisy_words_of_other_people_may_be_learned_instead() -> None:
    rng = np.random.default_rng(5)
    x, units = rng.normal(size=(300, 4)), np.arange(300)
    true = np.tile(x[:, :1], 2)
    noisy, clean = true + rng.normal(0, 2.0, true.shape), true + rng.normal(0, 0.1, true.shape)
    plain = nested(grams_of(x), noisy, GROUPS, units, 0, spread=0.8)
    taught = nested(grams_of(x), noisy, GROUPS, units, 0, spread=0.8, learned=clean)
    reached = [np.corrcoef(found.predictions[:, 0], true[:, 0])[0, 1] for found in (plain, taught)]
    assert reached[1] > reached[0] + 0.01
    assert taught.error.mean() == pytest.approx((taught.restored() - noisy).std(), rel=0.2)  # judged by the targets


def test_shares_of_people() -> None:
    item = Rated(key="", group="", valence=0, arousal=0, emotions={"love": 0.6, "sadness": 0.3, "trust": 0.3})
    assert dict(zip(EMOTIONS, emotion_shares(item), strict=True)) == pytest.approx(
        {"happy": 0.5, "angry": 0, "sad": 0.25, "fun": 0, "neutral": 0.25}
    )
    assert sum(fine_shares(item)) == pytest.approx(1)
    nothing = Rated(key="", group="", valence=0, arousal=0, emotions={})
    assert emotion_shares(nothing) == [1 / len(EMOTIONS)] * len(EMOTIONS)
    assert len(fine_shares(nothing)) == len(FINE_EMOTIONS)


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


@pytest.fixture(scope="module")
def rated_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty paintings and forty photographs of one grey each, the pleasanter the lighter."""
    from PIL import Image

    data = tmp_path_factory.mktemp("data")
    tarfile.open(data / "wikiart224.tar", "w").close()
    rng = np.random.default_rng(0)
    paintings, photographs = [], []
    for number in range(100):
        light = float(rng.uniform(-1, 1))
        folder, name = ("paintings", f"p{number}.png") if number < 60 else ("oasis", f"o{number}.png")
        (data / folder).mkdir(exist_ok=True)
        noise = rng.normal(127 + 100 * light, 12, (32, 32, 3))
        Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(data / folder / name)
        if number < 60:
            feeling = "happiness=0.8;trust=0.2" if light > 0 else "anger=0.8;fear=0.3"
            paintings.append(
                {"file": f"paintings/{name}", "artist": f"painter {number % 20}", "valence": light, "arousal": -light}
                | {"valence_image_only": light, "arousal_image_only": -light, "emotions": feeling}
            )
        else:
            scale = 4 + 3 * light
            photographs.append(
                {
                    "file": name,
                    "theme": f"{chr(65 + number % 20)} {number}",
                    "valence_mean_1to7": scale,
                    "valence_sd": 1,
                }
                | {"arousal_mean_1to7": scale, "arousal_sd": 1}
            )
    write_rows(data / "painting_emotions.csv", paintings)
    write_rows(data / "oasis" / "oasis.csv", photographs)
    words = ("sun", "joy", "grave", "storm", "tea", "war", "sleep", "dance")
    values = rng.uniform(1, 9, (len(words), 2))
    lexicon = [{"Word": w, "Valence": v, "Arousal": a} for w, (v, a) in zip(words, values, strict=True)]
    write_rows(data / "lexicons" / "glasgow_norms.csv", lexicon)
    return data


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A random open_clip model of a few thousand weights: ``MODEL/PATH``."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("tiny")
    config: dict[str, Any] = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    }
    (folder / "composer-test-affect.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)
    torch.manual_seed(3)
    model = open_clip.create_model("composer-test-affect")
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "weights.safetensors")
    return f"composer-test-affect/{folder / 'weights.safetensors'}"


@pytest.mark.filterwarnings("ignore")
def test_regressions_for_a_real_models_embeddings(
    rated_data: Path,
    tiny_clip: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from composer.perception.perceive import perceive

    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(affect_measure, "SEEDS", 1)
    light, dark = (load_painting(rated_data / row["file"]) for row in _extremes(rated_data))
    before = perceive(light, clip=tiny_clip)
    assert "none is fitted for open_clip" in before.sources["valence"]
    assert find_affect_model(tiny_clip) is None
    arguments = ["--data", str(rated_data), "--cache", str(tmp_path / "cache"), "--clip", tiny_clip]
    monkeypatch.setattr("sys.argv", ["fit_affect", *arguments])
    fit_affect.main()
    assert "paintings valence r, nested 5 folds by artist | " in capsys.readouterr().out
    assert (tmp_path / "home" / affect_file(tiny_clip)).is_file()
    bright, gloomy = perceive(light, clip=tiny_clip), perceive(dark, clip=tiny_clip)
    assert bright.sources["valence"] == f"kernel regression on open_clip {tiny_clip} and colours"
    assert bright.valence > 0.4 > -0.4 > gloomy.valence
    assert bright.arousal < gloomy.arousal
    assert max(bright.emotions, key=bright.emotions.__getitem__) == "happy"
    assert max(gloomy.fine_emotions, key=gloomy.fine_emotions.__getitem__) == "anger"


def _extremes(data: Path) -> tuple[dict[str, str], dict[str, str]]:
    with (data / "painting_emotions.csv").open(newline="", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["valence"]))
    return rows[-1], rows[0]


def test_names_of_files_for_models() -> None:
    assert affect_file("ViT-B-32/laion2b_s34b_b79k") == "affect/ViT-B-32_laion2b_s34b_b79k.safetensors"
    assert "/" not in affect_file("ViT-B-32/../../x/y.bin").removeprefix("affect/")


def test_errors_follow_a_kind_that_is_read_less_well() -> None:
    rng = np.random.default_rng(5)
    older = (np.arange(300) % 2).astype(float)
    x = rng.normal(size=(300, 6)) + 3 * older[:, None]
    matrix = x @ x.T / 6
    residuals = rng.normal(size=(300, 2)) * np.where(older[:, None] > 0, 0.6, 0.2)
    units = np.arange(300)
    told = fit_doubt(matrix, residuals, units, kinds=Kinds(older=older, columns=(0,))).errors(matrix)
    apart = [told[older == one, 0].mean() for one in (1, 0)]
    assert apart[0] > 2 * apart[1]
    for one in (1, 0):
        inside = np.abs(residuals[older == one, 0]) <= told[older == one, 0]
        assert 0.55 < inside.mean() < 0.8
