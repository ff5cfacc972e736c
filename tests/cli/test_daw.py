"""What goes to a DAW and comes back: stems, free playing, bundles, edited files."""

from __future__ import annotations

import io
import json
import os
import wave
import zipfile
from pathlib import Path
from typing import Any

import mido
import pytest

from composer import ComposeOptions, compose
from composer.rendering import score_to_midi

QUICK = ("--valence", "0.3", "--arousal", "0.1", "--bars", "4", "--candidates", "1", "--instruments", "flute,cello")


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our file as another program leaves it: another resolution, texts dropped, a note moved and one added."""
    options = ComposeOptions(valence=0.3, arousal=0.1, bars=8, candidates=1, instruments="flute,harp,cello", seed=3)
    file = mido.MidiFile(file=io.BytesIO(score_to_midi(compose(options))))
    out = mido.MidiFile(type=1, ticks_per_beat=960)
    for track in file.tracks:
        kept = mido.MidiTrack()
        gap = 0
        for message in track:
            gap += 2 * message.time
            if message.type in ("text", "sequencer_specific", "cue_marker", "marker"):
                continue
            kept.append(message.copy(time=gap))
            gap = 0
        out.tracks.append(kept)
    flute = out.tracks[1]
    first = next(index for index, message in enumerate(flute) if message.type == "note_on")
    flute[first] = flute[first].copy(note=flute[first].note + 1)
    off = next(i for i, m in enumerate(flute) if m.type == "note_off")
    flute[off] = flute[off].copy(note=flute[off].note + 1)
    path = tmp_path_factory.mktemp("edited") / "edited.mid"
    out.save(path)
    return path


def frames_of(path: str) -> int:
    with wave.open(path) as wav:
        return wav.getnframes()


def test_stems_beside_the_result(run_cli: Any, tmp_path: Path) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    outcome = run_cli(*QUICK, "--out", tmp_path / "a.wav", "--stems", tmp_path / "stems", "--json")
    assert outcome.code == 0, outcome.err
    assert sorted(os.listdir(tmp_path / "stems")) == ["01-flute.wav", "02-cello.wav"]
    outputs = json.loads(outcome.out)["outputs"]
    assert [output["format"] for output in outputs] == ["wav", "stem", "stem"]
    frames = {frames_of(output["path"]) for output in outputs}
    assert len(frames) == 1
    assert "2 stems" in outcome.err


def test_stems_alone(run_cli: Any, tmp_path: Path) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    assert run_cli(*QUICK, "--stems", tmp_path / "stems").code == 0
    assert os.listdir(tmp_path) == ["stems"]


def test_a_folder_for_stems_that_cannot_be_made_is_refused_before_any_work(
    run_cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from composer import music

    monkeypatch.setattr(music, "generate", lambda *_, **__: pytest.fail("work was done"))
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "none" / "stems", tmp_path / "file"):
        outcome = run_cli(*QUICK, "--out", tmp_path / "a.mid", "--stems", place)
        assert (outcome.code, len(outcome.error_lines)) == (1, 2)
    assert os.listdir(tmp_path) == ["file"]


def test_a_failure_takes_the_new_folder_with_it(run_cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    from composer import rendering
    from composer.errors import OutputError

    def fail(*_: object, **__: object) -> None:
        raise OutputError("the disk is full")

    monkeypatch.setattr(rendering, "write_stems", fail, raising=False)
    assert run_cli(*QUICK, "--out", tmp_path / "a.mid", "--stems", tmp_path / "stems").code == 1
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("flag", "amount"), [(("--humanize",), 0.5), (("--humanize", "0.2"), 0.2)])
def test_playing_freely(run_cli: Any, tmp_path: Path, flag: tuple[str, ...], amount: float) -> None:
    outs = ("--out", tmp_path / "a.mid", "--out", tmp_path / "a.musicxml")
    assert run_cli(*QUICK, *outs).code == 0
    straight = {name: (tmp_path / name).read_bytes() for name in ("a.mid", "a.musicxml")}
    assert run_cli(*QUICK, *outs, *flag).code == 0
    assert (tmp_path / "a.musicxml").read_bytes() == straight["a.musicxml"]
    played = (tmp_path / "a.mid").read_bytes()
    assert played != straight["a.mid"]
    conductor = mido.MidiFile(file=io.BytesIO(played)).tracks[0]
    facts = next(bytes(message.data) for message in conductor if message.type == "sequencer_specific")
    assert json.loads(facts.removeprefix(b"\x7dcomposer"))["humanize"] == amount


def test_too_free_is_refused(run_cli: Any, tmp_path: Path) -> None:
    outcome = run_cli(*QUICK, "--out", tmp_path / "a.mid", "--humanize", "2")
    assert (outcome.code, len(outcome.error_lines)) == (2, 2)


def test_an_edited_file_becomes_a_plan(run_cli: Any, edited: Path) -> None:
    plan = json.loads(run_cli("plan", "--from-midi", edited).out)
    assert plan["bars"] == 8
    assert [part["program"] for part in plan["instruments"]] == [73, 46, 42]
    assert [part["role"] for part in plan["instruments"]] == ["melody", "harmony", "bass"]


def test_an_edited_file_becomes_a_score(run_cli: Any, edited: Path, tmp_path: Path) -> None:
    from music21 import converter

    outcome = run_cli("render", edited, "--out", tmp_path / "a.musicxml", "--out", tmp_path / "a.mid")
    assert outcome.code == 0, outcome.err
    read = converter.parse(tmp_path / "a.musicxml")
    assert len(read.parts[0].getElementsByClass("Measure")) == 8
    before, after = (
        [
            sorted(m.note for m in track if m.type == "note_on")
            for track in mido.MidiFile(path).tracks
            if any(m.type == "note_on" for m in track)
        ]
        for path in (edited, tmp_path / "a.mid")
    )
    assert before == after


def test_an_edited_file_becomes_sound_and_a_bundle(run_cli: Any, edited: Path, tmp_path: Path) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    outcome = run_cli("render", edited, "--out", tmp_path / "a.zip", "--stems", tmp_path / "stems")
    assert outcome.code == 0, outcome.err
    assert sorted(os.listdir(tmp_path / "stems")) == ["01-flute.wav", "02-orchestral-harp.wav", "03-cello.wav"]
    names = zipfile.ZipFile(tmp_path / "a.zip").namelist()
    assert {"a.mid", "a.musicxml", "a.mp3", "plan.json", "report.json"} <= set(names)


def test_an_edited_file_can_be_rewritten(run_cli: Any, edited: Path, tmp_path: Path) -> None:
    outcome = run_cli("infill", edited, "--bars", "3-4", "--tracks", "flute", "--out", tmp_path / "b.mid")
    assert outcome.code == 0, outcome.err
    again = json.loads(run_cli("plan", "--from-midi", tmp_path / "b.mid").out)
    assert again["bars"] == 8
    assert run_cli("render", tmp_path / "b.mid", "--out", tmp_path / "b.musicxml").code == 0


def test_the_input_is_never_overwritten(run_cli: Any, edited: Path) -> None:
    before = edited.read_bytes()
    outcome = run_cli("render", edited, "--out", edited)
    assert (outcome.code, len(outcome.error_lines)) == (2, 2)
    assert edited.read_bytes() == before
