"""Passages, sentences about them, and training, all in small."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from composer.gm import INSTRUMENTS
from composer.metrics.sound_words import measure_facts, words
from composer.midi.notes import ONSET, PITCH, read_midi_notes
from composer.training.audio_text.captions import caption, random_words
from composer.training.audio_text.variations import passage

RECIPES = Path(__file__).resolve().parents[2] / "composer" / "training" / "recipes"


@pytest.fixture(scope="module")
def piece(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from composer import ComposeOptions, compose, save

    path = tmp_path_factory.mktemp("piece") / "piece.mid"
    save(compose(ComposeOptions(valence=0.2, arousal=0.3, bars=16, candidates=1)), [path])
    return path


def test_passages_last_ten_seconds_and_can_be_played(piece: Path) -> None:
    midi = read_midi_notes(piece)
    seen = set()
    for seed in range(30):
        found = passage(midi, np.random.default_rng(seed))
        if found is None:
            continue
        assert float(found.seconds(np.array(found.track_ends))[0]) == pytest.approx(10)
        assert found.notes[:, ONSET].max() < found.track_ends[0]
        for part in found.parts:
            if not part.is_drums:
                low, high = INSTRUMENTS[part.program].low, INSTRUMENTS[part.program].high
                assert part.notes[:, PITCH].min() >= low
                assert part.notes[:, PITCH].max() <= high
        seen.add((words(measure_facts(found)).instruments, round(found.tempos[0].bpm)))
    assert len(seen) > 15


def test_a_full_sentence_names_every_instrument_and_says_what_it_says() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        one = random_words(rng)
        full, part = caption(one, rng, full=True), caption(one, rng)
        assert full.text.strip()
        assert {"instruments", "drums", "pace", "register"} <= full.said
        if len(one.instruments) == 1:
            assert one.instruments[0] in full.text
        if one.key:
            assert one.key in full.text
        assert part.said <= set(full.said) | {"mode"}


def test_training_learns_to_match_what_it_has_seen(tmp_path: Path) -> None:
    from composer.training.audio_text.train import RECIPE, load_renders, train

    rng = np.random.default_rng(0)
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    recipe["optimiser"] |= {"epochs": 2, "batch": 8}
    recipe["captions"]["each"] = 2
    from composer.metrics.sound_words import Facts

    facts = Facts(instruments=("piano",), drums=False, tempo_bpm=100.0, meter="4/4", attacks_per_second=2.0,
                  pitch_mean=60.0, velocity_mean=70.0, polyphony=2.0, gate=0.9, tonic=0, minor=False,
                  key_correlation=0.9)  # fmt: skip
    for split, count in (("train", 16), ("val", 100)):
        np.save(tmp_path / f"renders-{split}.npy", rng.normal(-9, 3, (count, 148, 312)).astype(np.float16))
        rows = [json.dumps({"piece": "x", "font": "f", **asdict(facts)}) for _ in range(count)]
        (tmp_path / f"renders-{split}.jsonl").write_text("\n".join(rows) + "\n")
    network = train(load_renders(tmp_path, "train"), load_renders(tmp_path, "val"), recipe)
    assert not network.training
    assert all(bool(value.isfinite().all()) for value in network.state_dict().values())


@pytest.mark.parametrize("name", ["audio_text_encoder", "sentence_encoder"])
def test_recipes_hold_what_training_reads(name: str) -> None:
    recipe = tomllib.loads((RECIPES / f"{name}.toml").read_text(encoding="utf-8"))
    needed = {
        "audio_text_encoder": {"epochs", "batch", "learning_rate", "weight_decay", "tags", "crop", "masks", "seed"},
        "sentence_encoder": {"epochs", "batch", "learning_rate", "dropout", "contrast", "temperature", "seed"},
    }
    assert needed[name] <= set(recipe["optimiser"])
