"""A collection on a Ray cluster of this machine: the same bytes as by local workers."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray (extra cluster) is not installed"),
]
COMMAND = "from composer.cli import entry; entry()"
QUICK = ("--bars", "2", "--candidates", "1")


def run(*arguments: object, address: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    if address is not None:
        environment["RAY_ADDRESS"] = address
    command = (sys.executable, "-c", COMMAND, *map(str, arguments))
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=600)


def results(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "records" not in path.parts and path.stem != "table"
    }


def records(folder: Path) -> dict[str, dict[str, Any]]:
    found = (json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("records/*/*.json"))
    return {record["key"]: record | {"seconds": None} for record in found}


def test_two_actors_give_what_one_local_worker_gives(examples: dict[str, Path], tmp_path: Path) -> None:
    from PIL import Image

    pictures = tmp_path / "pictures"
    (pictures / "room").mkdir(parents=True)
    for name, target in (("storm-at-night", "a.png"), ("quiet-interior", "room/b.png"), ("sunny-meadow", "c.png")):
        with Image.open(examples[name]) as picture:
            picture.resize((96, 72)).save(pictures / target)
    (pictures / "broken.jpg").write_bytes(b"no picture")
    arguments = ("batch", pictures, "--format", "mid,json", *QUICK)
    local = run(*arguments, "--out", tmp_path / "local", "--workers", 1)
    ray = run(*arguments, "--out", tmp_path / "ray", "--workers", 2, "--engine", "ray")
    assert (local.returncode, ray.returncode) == (1, 1), ray.stderr
    assert "3 made, 0 kept, 1 failed" in ray.stderr
    assert results(tmp_path / "ray") == results(tmp_path / "local")
    assert records(tmp_path / "ray") == records(tmp_path / "local")
    (tmp_path / "ray" / "a.mid").unlink()
    (pictures / "broken.jpg").unlink()
    again = run(*arguments, "--out", tmp_path / "ray", "--engine", "ray", "--resume", "--workers", 1)
    assert again.returncode == 0, again.stderr
    assert "1 made, 2 kept, 0 failed" in again.stderr
    assert results(tmp_path / "ray") == results(tmp_path / "local")


def test_a_cluster_that_is_not_there_is_said_in_two_lines(examples: dict[str, Path], tmp_path: Path) -> None:
    done = run(
        "batch",
        examples["storm-at-night"],
        "--out",
        tmp_path / "out",
        *QUICK,
        "--engine",
        "ray",
        address="no-scheme://",
    )
    assert done.returncode == 4, done.stderr
    assert [line.partition(":")[0] for line in done.stderr.splitlines()[-2:]] == ["compose", "hint"]
    assert "Traceback" not in done.stderr
