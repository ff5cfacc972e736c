"""A small piece, its plan, and folders of variants of it."""

from __future__ import annotations

import io
from pathlib import Path

import mido
import numpy as np
import pytest

from composer import ComposeOptions, compose, save
from composer.planning import plan_to_json


@pytest.fixture(scope="session")
def piece(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``piece.mid`` with ``plan.json`` beside it."""
    folder = tmp_path_factory.mktemp("piece")
    made = compose(ComposeOptions(valence=0.3, arousal=0.1, bars=8, instruments="flute,piano", candidates=1))
    save(made, [folder / "piece.mid"])
    (folder / "plan.json").write_text(plan_to_json(made.plan), encoding="utf-8")
    return folder / "piece.mid"


def melody(seed: int, step: int) -> bytes:
    """Four bars for one voice; larger steps for a larger `step`."""
    rng = np.random.default_rng(seed)
    track = mido.MidiTrack([mido.Message("program_change", program=73)])
    pitch = 67
    for _ in range(32):
        pitch = int(np.clip(pitch + rng.integers(-step, step + 1), 48, 90))
        length = int(rng.choice([240, 240, 480]))
        track += [mido.Message("note_on", note=pitch, velocity=80), mido.Message("note_off", note=pitch, time=length)]
    file = mido.MidiFile(type=1)
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``calm`` and ``same`` hold pieces of one kind, ``wild`` of another; ``calm`` also holds a broken file."""
    root = tmp_path_factory.mktemp("sets")
    for name, first, step in (("calm", 0, 2), ("same", 100, 2), ("wild", 200, 12)):
        (root / name).mkdir()
        for number in range(12):
            (root / name / f"{number:02}.mid").write_bytes(melody(first + number, step))
    (root / "calm" / "broken.mid").write_bytes(b"MThd and nothing else")
    return root


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("COMPOSER_HOME", str(home))
    return home
