"""From a picture to files through the command, with the real stages."""

from __future__ import annotations

import json
import os
from pathlib import Path

import mido
import pytest

QUICK = ("--bars", "4", "--candidates", "1")


@pytest.fixture(scope="module")
def storm(examples: dict[str, Path]) -> Path:
    return examples["storm-at-night"]


def test_one_picture_one_command_one_piece(run_cli, storm: Path, tmp_path: Path) -> None:
    outcome = run_cli("--image", storm, "--out", tmp_path / "storm.mid", *QUICK)
    assert outcome.code == 0, outcome.err
    assert outcome.out == ""
    assert len(outcome.err.splitlines()) == 1
    assert "storm.mid" in outcome.err
    assert os.listdir(tmp_path) == ["storm.mid"]
    assert any(message.type == "note_on" for message in mido.MidiFile(tmp_path / "storm.mid"))


def test_json_tells_all(run_cli, storm: Path, tmp_path: Path) -> None:
    outs = (tmp_path / "a.mid", tmp_path / "a.json")
    outcome = run_cli("--image", storm, "--out", outs[0], "--out", outs[1], "--json", "-q", *QUICK)
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    data = json.loads(outcome.out)
    assert set(data) == {"perception", "plan", "provenance", "outputs"}
    assert {"caption", "valence", "arousal", "emotions", "palette", "sources"} <= set(data["perception"])
    assert {"tonic", "mode", "tempo_bpm", "meter", "bars", "sections", "chords", "instruments", "reasons"} <= set(
        data["plan"]
    )
    assert [output["path"] for output in data["outputs"]] == [str(path) for path in outs]
    assert all(len(output["sha256"]) == 64 for output in data["outputs"])
    written = json.loads(outs[1].read_text(encoding="utf-8"))
    for part in ("perception", "plan", "provenance"):
        assert written[part] == data[part], part


def test_perceive_prints_what_compose_sees(run_cli, storm: Path, tmp_path: Path) -> None:
    seen = json.loads(run_cli("perceive", storm).out)
    used = json.loads(run_cli("--image", storm, "--out", tmp_path / "a.mid", "--json", "-q", *QUICK).out)
    assert used["perception"] == seen
    assert -1 <= seen["valence"] <= 1
    assert abs(sum(seen["emotions"].values()) - 1) < 1e-3


def test_a_plan_fed_back_gives_the_same_notes(run_cli, storm: Path, tmp_path: Path) -> None:
    plan = run_cli("plan", storm, "--bars", "4").out
    (tmp_path / "plan.json").write_text(plan, encoding="utf-8")
    seed = json.loads(run_cli("--image", storm, "--out", tmp_path / "a.json", "--json", *QUICK).out)["provenance"][
        "seed"
    ]
    assert run_cli(
        "--plan", tmp_path / "plan.json", "--out", tmp_path / "b.json", "--seed", seed, "--candidates", "1"
    ).code == 0  # fmt: skip
    scores = [json.loads((tmp_path / name).read_text(encoding="utf-8"))["score"] for name in ("a.json", "b.json")]
    assert scores[0] == scores[1]


def test_the_default_output_is_named_after_the_picture_and_replaces_nothing(
    run_cli, storm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_cli("--image", storm, *QUICK).code == 0
    first = Path("storm-at-night.mid").read_bytes()
    outcome = run_cli("--image", storm, "--seed", "5", *QUICK)
    assert outcome.code == 1
    assert "--out storm-at-night.mid" in outcome.err
    assert Path("storm-at-night.mid").read_bytes() == first
    assert run_cli("--image", storm, "--seed", "5", "--out", "storm-at-night.mid", *QUICK).code == 0
    assert Path("storm-at-night.mid").read_bytes() != first


def test_quiet_is_silent(run_cli, storm: Path, tmp_path: Path) -> None:
    outcome = run_cli("-q", "--image", storm, "--out", tmp_path / "a.mid", *QUICK)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_a_piece_can_be_heard(run_cli, storm: Path, tmp_path: Path) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    outcome = run_cli("--image", storm, "--out", tmp_path / "a.mid", "--out", tmp_path / "a.wav", *QUICK)
    assert outcome.code == 0, outcome.err
    assert run_cli("render", tmp_path / "a.mid", "--out", tmp_path / "b.wav").code == 0
    assert (tmp_path / "a.wav").stat().st_size > 100_000
    assert sorted(os.listdir(tmp_path)) == ["a.mid", "a.wav", "b.wav"]
