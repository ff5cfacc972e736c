"""The seam for audio-text models, with a tiny CLAP built from the real classes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from composer.errors import AssetError
from composer.metrics.audio_text import ClapScorer, load_clap, match
from composer.metrics.waveform import Waveform


def tones(hertz: float, seconds: float = 2.0) -> Waveform:
    signal = np.sin(2 * np.pi * hertz * np.arange(round(seconds * 44_100)) / 44_100)
    return Waveform(samples=np.stack([signal, signal], axis=1), rate_hz=44_100)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("clap")
    text = {
        "vocab_size": 300,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
    }
    audio = {
        "spec_size": 64,
        "num_mel_bins": 16,
        "patch_embeds_hidden_size": 8,
        "hidden_size": 16,
        "depths": [1, 1],
        "num_attention_heads": [1, 2],
        "num_hidden_layers": 2,
        "window_size": 4,
        "patch_size": 4,
        "patch_stride": [4, 4],
        "num_classes": 5,
        "aff_block_r": 1,
    }
    config = ClapConfig(text_config=text, audio_config=audio, projection_dim=8)
    config.save_pretrained(folder)
    torch.save(ClapModel(config).state_dict(), folder / "pytorch_model.bin")
    ClapFeatureExtractor(feature_size=16, max_length_s=1, fft_window_size=512, truncation="rand_trunc").save_pretrained(
        folder
    )
    letters = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *map(chr, range(97, 123)), "Ġ"]
    (folder / "vocab.json").write_text(json.dumps({letter: index for index, letter in enumerate(letters)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    special = {
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
    }
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "RobertaTokenizer", "model_max_length": 77, **special})
    )
    return folder


def test_scores_are_cosines_and_the_same_every_time(folder: Path) -> None:
    scorer = ClapScorer(folder, "tiny")
    audio, texts = [tones(220), tones(880, 0.3)], ["calm piano", "a storm", "drums"]
    first = scorer.similarities(audio, texts)
    assert first.shape == (2, 3)
    assert np.abs(first).max() <= 1 + 1e-6
    assert np.allclose(first, scorer.similarities(audio, texts))
    assert np.allclose(first[1:], scorer.similarities(audio[1:], texts), atol=1e-5)


def test_a_folder_without_the_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(AssetError, match="cannot be opened"):
        ClapScorer(tmp_path, "tiny")


def test_without_the_public_model_there_is_no_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(AssetError) as refused:
        load_clap()
    assert "compose models pull larger_clap_music" in (refused.value.hint or "")


def test_matching_tells_a_good_table_from_a_random_one() -> None:
    rng = np.random.default_rng(0)
    noise = 0.1 * rng.standard_normal((40, 40))
    good, bad = match(noise + 0.4 * np.eye(40), rng=rng), match(noise, rng=rng)
    assert good.recall_at_1.value > 0.9
    assert good.advantage.low > 0.3
    assert bad.advantage.low < 0 < bad.advantage.high
    assert bad.recall_at_1.value < 0.2
    with pytest.raises(ValueError, match="shape"):
        match(noise[:3], rng=rng)
