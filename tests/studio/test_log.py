"""The log of pieces: a line for each, for those who answer for it, and ``compose log``."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from composer.errors import OutputError
from composer.studio import log
from composer.studio.log import LogFilter, PieceLog, read_log

PLAN = {"title": "Storm", "tonic": "D", "mode": "minor", "tempo_bpm": 92.0, "bars": 16}


def version(number: int, picture: str = "ab" * 32, kind: str = "composed") -> dict[str, Any]:
    facts = {
        "composer": "1.0", "image": {"sha256": picture}, "music": {"weights": {"a": "b"}},
        "originality": {"longest_run": 6}, "profile": {"name": "ada"},
    }  # fmt: skip
    return {
        "id": f"{number:016x}", "kind": kind, "parent": None, "seed": number, "bars_changed": None, "plan": PLAN,
        "provenance": facts,
    }  # fmt: skip


def write(folder: Path, number: int, *, who: str = "studio", **facts: Any) -> None:
    PieceLog(folder / log.LOG_NAME).add(version(number, **facts), options={"mood": "calm"}, who=who)


def read(folder: Path, **wanted: str) -> list[Any]:
    return list(read_log(folder, LogFilter(**wanted)))


def test_a_line_says_who_when_what_from_which_picture_and_with_which_weights(tmp_path: Path) -> None:
    write(tmp_path, 7, who="ada")
    (line,) = read(tmp_path)
    assert line["time"].endswith("Z")
    assert (line["who"], line["version"], line["seed"], line["kind"]) == ("ada", f"{7:016x}", 7, "composed")
    assert (line["picture_sha256"], line["options"]) == ("ab" * 32, {"mood": "calm"})
    assert (line["plan"], line["weights"], line["composer"]) == (PLAN, {"a": "b"}, "1.0")
    assert (line["originality"], line["profile"]) == ({"longest_run": 6}, {"name": "ada"})


def test_lines_are_filtered(tmp_path: Path) -> None:
    write(tmp_path, 1, who="ada")
    write(tmp_path, 2, kind="nudged")
    write(tmp_path, 3, picture="cd" * 32)
    day = read(tmp_path)[0]["time"][:10]
    found = {
        key: [line["seed"] for line in read(tmp_path, **wanted)]
        for key, wanted in {
            "who": {"who": "ada"}, "kind": {"kind": "nudged"}, "picture": {"picture": "CDcd"},
            "version": {"version": f"{2:016x}"}, "today": {"since": day, "until": day},
            "later": {"since": "2999-01-01"}, "earlier": {"until": "2000-01-01"},
        }.items()
    }  # fmt: skip
    assert found == {
        "who": [1], "kind": [2], "picture": [3], "version": [2], "today": [1, 2, 3], "later": [], "earlier": [],
    }  # fmt: skip


def test_a_full_file_makes_room_and_the_oldest_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_MOST_BYTES", 1)
    for number in range(15):
        write(tmp_path, number)
    assert [line["seed"] for line in read(tmp_path)] == list(range(4, 15))
    assert len(list(tmp_path.iterdir())) == 11


def test_what_a_killed_process_left_of_a_line_harms_no_other(tmp_path: Path) -> None:
    write(tmp_path, 1)
    path = tmp_path / log.LOG_NAME
    path.write_bytes(path.read_bytes() + b'{"time": "20')
    write(tmp_path, 2)
    assert [line and line["seed"] for line in read(tmp_path)] == [1, None, 2]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    (tmp_path / log.LOG_NAME).symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        write(tmp_path, 1)


def test_the_command_lists_filters_and_prints_json(tmp_path: Path, run_cli: Any) -> None:
    picture = tmp_path / "sea.png"
    picture.write_bytes(b"sea")
    write(tmp_path, 1, who="ada", picture=hashlib.sha256(b"sea").hexdigest())
    write(tmp_path, 2)
    with (tmp_path / log.LOG_NAME).open("a") as file:
        file.write("{broken\n")
    place = ("log", "--data", tmp_path)
    done = run_cli(*place)
    assert ["ada" in line for line in done.out.splitlines()] == [True, False]
    assert all("D minor, 92.0 bpm, 16 bars; longest run 6" in line for line in done.out.splitlines())
    assert done.err.strip().endswith("left out: 1")
    assert json.loads(run_cli(*place, "--picture", picture, "--json").out)["seed"] == 1
    assert json.loads(run_cli(*place, "--last", 1, "--json").out)["seed"] == 2
    for wrong in (["--since", "yesterday"], ["--picture", "none.png"], ["--data", tmp_path / "none"]):
        refused = run_cli(*place, *wrong)
        assert refused.code in (1, 2)
        assert [line.split(":")[0] for line in refused.error_lines] == ["compose", "hint"]
