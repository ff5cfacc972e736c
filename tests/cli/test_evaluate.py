"""``compose evaluate`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import mido
import pytest


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    track = mido.MidiTrack()
    for pitch in (60, 62, 64, 65, 67, 69, 71, 72) * 4:
        track += [mido.Message("note_on", note=pitch, velocity=70), mido.Message("note_off", note=pitch, time=480)]
    file = mido.MidiFile(type=1)
    file.tracks.append(track)
    file.save(tmp_path / "tune.mid")
    return tmp_path / "tune.mid"


def test_a_table_json_a_report_and_a_roll(run_cli, tune: Path) -> None:
    shown = run_cli("evaluate", tune, "--no-audio")
    assert shown.code == 0
    assert "pitch_class_entropy" in shown.out
    assert "Not measured" in shown.out
    report, roll = tune.with_name("r.html"), tune.with_name("r.png")
    done = run_cli("evaluate", tune, "--no-audio", "--json", "--report", report, "--png", roll)
    assert done.code == 0
    data = json.loads(done.out)
    assert data["format"] == "composer-evaluation/1"
    assert data["facts"]["notes"] == 32
    assert report.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert roll.stat().st_size > 1000


def test_folders_need_a_reference_and_files_take_none(run_cli, tune: Path) -> None:
    alone = run_cli("evaluate", tune.parent)
    assert alone.code == 2
    assert "--reference" in alone.err
    both = run_cli("evaluate", tune, "--reference", tune.parent)
    assert both.code == 2
    missing = run_cli("evaluate", tune.with_name("nothing.mid"))
    assert missing.code == 2
    assert [line.split(":")[0] for line in missing.err.splitlines()] == ["compose", "hint"]
    texts = run_cli("evaluate", tune, "--texts", tune.with_name("texts.csv"))
    assert texts.code == 2
    assert "--texts is for folders" in texts.err


def test_a_sound_is_held_against_a_text_by_a_model_that_says_its_name(run_cli, tune: Path) -> None:
    done = run_cli("evaluate", tune, "--json", "--text", "a scale for solo piano")
    assert done.code == 0
    (fit,) = json.loads(done.out)["text_fits"]
    assert fit["model"] == "composer-audio-text-encoder-1"
    assert -1 <= fit["score"] <= 1
    assert fit["others"] >= 20


def test_a_broken_file_is_one_error_and_leaves_nothing(run_cli, tmp_path: Path) -> None:
    (tmp_path / "bad.mid").write_bytes(b"MThd\0\0\0\6\0\1")
    done = run_cli("evaluate", tmp_path / "bad.mid", "--report", tmp_path / "r.html")
    assert done.code == 1
    assert done.err.startswith("compose: error: ")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.mid"]
