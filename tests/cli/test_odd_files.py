"""Damaged and odd MIDI files: every command that reads MIDI says the same about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.odd_midi import ACCEPTED, REFUSED, OddFile, by_name
from composer.midi.piece import read_piece

Commands = Callable[[Path], dict[str, tuple[object, ...]]]


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    """The five commands for a file, each with one quick result."""
    few = ("--candidates", 1, "--json")

    def of(path: Path) -> dict[str, tuple[object, ...]]:
        return {
            "plan": ("plan", "--from-midi", path),
            "render": ("render", path, "--out", tmp_path / "score.json", "--json"),
            "evaluate": ("evaluate", path, "--no-audio", "--json"),
            "infill": ("infill", path, "--bars", "2-2", "--out", tmp_path / "infilled.mid", *few),
            "continue": ("continue", path, "--bars", 1, "--out", tmp_path / "longer.mid", *few),
        }

    return of


@pytest.mark.parametrize("odd", ACCEPTED, ids=lambda odd: odd.name)
def test_every_command_takes_what_can_be_read(run_cli: Any, commands: Commands, tmp_path: Path, odd: OddFile) -> None:
    path = tmp_path / "odd.mid"
    path.write_bytes(odd.data)
    for name, arguments in commands(path).items():
        outcome = run_cli(*arguments)
        assert outcome.code == 0, f"{name}: {outcome.err}"
        said = [line for line in outcome.error_lines if str(path) in line and "made from" not in line]
        assert len(said) == len(odd.repairs), f"{name}: what was repaired is said once"
        assert all(repair in line for repair, line in zip(odd.repairs, said, strict=True))
        if name != "plan":
            assert len(json.loads(outcome.out)["repairs"]) == len(odd.repairs), name
    for result in ("infilled.mid", "longer.mid"):
        assert len(read_piece(tmp_path / result).voices) == len(read_piece(path).voices)


@pytest.mark.parametrize("odd", REFUSED, ids=lambda odd: odd.name)
def test_every_command_refuses_the_rest_alike(run_cli: Any, commands: Commands, tmp_path: Path, odd: OddFile) -> None:
    path = tmp_path / "odd.mid"
    path.write_bytes(odd.data)
    said = set()
    for name, arguments in commands(path).items():
        outcome = run_cli(*arguments)
        assert outcome.code == 1, f"{name}: {outcome.err}"
        error, hint = (line for line in outcome.error_lines if "warning" not in line)
        assert odd.refused in error, name
        said.add((error, hint))
    assert len(said) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["odd.mid"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_never_an_unexpected_failure(
    run_cli: Any, commands: Commands, tmp_path: Path, data: st.DataObject
) -> None:
    damaged = bytearray(data.draw(st.sampled_from(ACCEPTED)).data)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.mid"
    path.write_bytes(damaged[: data.draw(st.integers(len(damaged) // 2, len(damaged)))])
    outcomes = {name: run_cli(*arguments) for name, arguments in commands(path).items()}
    for name, outcome in outcomes.items():
        assert "unexpected failure" not in outcome.err, f"{name}: {outcome.err}"
        assert outcome.code in (0, 1, 2), f"{name}: {outcome.err}"
    unread = {name for name, outcome in outcomes.items() if "usable MIDI file" in outcome.err}
    assert unread in (set(), set(outcomes))


def test_the_windows_wrapping_stays_where_the_result_is_one(run_cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "song.rmi"
    path.write_bytes(by_name("RIFF wrapping with INFO behind").data)
    for suffix, head in ((".rmi", b"RIFF"), (".mid", b"MThd")):
        outcome = run_cli("infill", path, "--bars", 2, "--candidates", 1, "--out", tmp_path / f"new{suffix}")
        assert outcome.code == 0, outcome.err
        made = (tmp_path / f"new{suffix}").read_bytes()
        assert made[:4] == head
        assert (b"INFO" in made) == (suffix == ".rmi")


def test_a_track_is_found_by_its_name_in_any_script(run_cli: Any, tmp_path: Path) -> None:
    from builders.odd_midi import METER, TEMPO, name, scale, smf, track

    head = track([(0, TEMPO), (0, METER), (0, name("Frühlingslied – 春"))])
    path, score = tmp_path / "song.mid", tmp_path / "song.musicxml"
    for encoding, called in (("utf-8", "Flöte"), ("cp1252", "Flöte"), ("cp932", "フルート")):
        path.write_bytes(smf(head, track([(0, name(called, encoding)), (0, b"\xc0\x49"), *scale(base=72)])))
        outcome = run_cli(
            "infill", path, "--bars", 2, "--tracks", called, "--candidates", 1, "--out", tmp_path / "n.mid"
        )
        assert outcome.code == 0, outcome.err
        assert name(called, encoding) in (tmp_path / "n.mid").read_bytes(), "as it was written"
    assert run_cli("render", path, "--out", score).code == 0
    assert "<work-title>Frühlingslied – 春</work-title>" in score.read_text(encoding="utf-8")


def test_our_own_texts_come_back_as_they_were_written(run_cli: Any, tmp_path: Path) -> None:
    midi, score = tmp_path / "own.mid", tmp_path / "own.musicxml"
    for title in ("Frühling 春", "Flötenlied «Où»"):
        mood = ("--valence", 0.5, "--arousal", 0.1, "--bars", 4, "--candidates", 1, "--seed", 3)
        assert run_cli(*mood, "--title", title, "--out", midi).code == 0
        assert run_cli("render", midi, "--out", score).code == 0
        assert f"<work-title>{title}</work-title>" in score.read_text(encoding="utf-8")
        assert json.loads(run_cli("plan", "--from-midi", midi).out)["title"] == title
