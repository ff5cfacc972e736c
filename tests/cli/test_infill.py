"""``compose infill`` and ``compose continue`` as a person meets them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import mido
import pytest


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Eight bars of 4/4 for a violin and a bass, as a small sequencer would write them."""
    path = tmp_path_factory.mktemp("song") / "song.mid"
    file = mido.MidiFile(type=1, ticks_per_beat=96)
    for name, channel, program, base in (("Violin", 0, 40, 67), ("Bass", 1, 32, 43)):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        track.append(mido.Message("program_change", channel=channel, program=program))
        for bar in range(8):
            for step in (0, 4, 7, 5) if base > 60 else (0, 7):
                pitch = base + step + (0, 5, 7, 0)[bar % 4]
                length = 96 if base > 60 else 192
                track.append(mido.Message("note_on", channel=channel, note=pitch, velocity=80))
                track.append(mido.Message("note_off", channel=channel, note=pitch, time=length))
        file.tracks.append(track)
    file.save(path)
    return path.read_bytes()


@pytest.fixture
def midi(song: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The song in a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "song.mid"
    path.write_bytes(song)
    return path


@pytest.mark.parametrize("command", ["infill", "continue"])
def test_the_help_teaches(run_cli, command: str) -> None:
    outcome = run_cli(command, "--help")
    assert outcome.code == 0
    for word in ("--bars", "--seed", "--out", "--json", "--candidates", "rum tracks", "Examples:"):
        assert word in outcome.out, word
    assert command in run_cli("--help").out


def test_a_bar_is_rewritten_and_the_record_says_so(run_cli, midi: Path, song: bytes) -> None:
    outcome = run_cli("infill", midi, "--bars", "3-4", "--tracks", "viol", "--candidates", 1, "--json")
    assert outcome.code == 0, outcome.err
    record = json.loads(outcome.out)
    assert record["bars"] == [3, 4]
    assert record["tracks"] == ["Violin"]
    assert record["removed_notes"] == 8
    assert record["provenance"]["seed"] == 0
    out = Path("song-2.mid")
    assert record["outputs"][0]["path"] == str(out)
    assert record["outputs"][0]["bytes"] == out.stat().st_size
    assert midi.read_bytes() == song
    tracks = mido.MidiFile(out).tracks
    assert list(tracks[1]) == list(mido.MidiFile(midi).tracks[1])
    assert list(tracks[0]) != list(mido.MidiFile(midi).tracks[0])
    assert "song-2.mid" in outcome.err


def test_bars_are_added(run_cli, midi: Path) -> None:
    outcome = run_cli("continue", midi, "--bars", 2, "--candidates", 1, "--out", "longer.mid", "-q")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert sum(message.time for message in mido.MidiFile("longer.mid").tracks[0]) == 10 * 384


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("infill", "song.mid"), 2, "--bars"),
        (("infill", "song.mid", "--bars", "x"), 2, "5-8"),
        (("infill", "song.mid", "--bars", "7-9"), 2, "1-8"),
        (("infill", "song.mid", "--bars", "2", "--tracks", "oboe"), 2, "1 Violin, 2 Bass"),
        (("infill", "song.mid", "--bars", "2", "--tracks", ","), 2, "--tracks"),
        (("infill", "song.mid", "--bars", "2", "--out", "song.mid"), 2, "input itself"),
        (("infill", "song.mid", "--bars", "2", "--out", "./link.mid"), 2, "input itself"),
        (("infill", "song.mid", "--bars", "2", "--out", "x.wav"), 2, ".mid"),
        (("infill", "song.mid", "--bars", "2", "--seed", "-1"), 2, "--seed"),
        (("infill", "song.mid", "--bars", "2", "--candidates", "0"), 2, "candidates"),
        (("infill", "song.mid", "--bars", "2", "--out", "no/where/x.mid"), 1, "folder"),
        (("infill", "no.mid", "--bars", "2"), 1, "no.mid"),
        (("infill", "text.mid", "--bars", "2"), 1, "MIDI file"),
        (("continue", "song.mid", "--bars", "65"), 2, "1..64"),
        (("continue", "text.mid"), 1, "MIDI file"),
    ],
)
def test_a_failure_is_two_lines_a_code_and_no_file(
    run_cli, midi: Path, arguments: tuple[str, ...], code: int, word: str
) -> None:
    Path("text.mid").write_text("no music")
    Path("link.mid").symlink_to(midi)
    before = sorted(os.listdir())
    outcome = run_cli(*arguments)
    assert outcome.code == code, outcome.err
    lines = outcome.err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["compose", "hint"]
    assert word in outcome.err
    assert outcome.out == ""
    assert sorted(os.listdir()) == before


def test_a_default_output_replaces_nothing(run_cli, midi: Path) -> None:
    Path("song-2.mid").write_bytes(b"precious")
    outcome = run_cli("infill", midi, "--bars", "2", "--candidates", 1)
    assert outcome.code == 1
    assert "--out song-2.mid" in outcome.err
    assert Path("song-2.mid").read_bytes() == b"precious"
