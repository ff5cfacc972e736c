"""A collection on a Ray cluster of this machine: the same bytes as by local workers."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
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


def _of_ray() -> set[int]:
    """Processes of Ray that run now, whoever started them."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"raylet" in words or b"gcs_server" in words or words.startswith(b"ray::"):
            found.add(int(folder.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are counted in /proc")
def test_an_interrupted_collection_leaves_no_half_files_and_no_processes(
    examples: dict[str, Path], tmp_path: Path
) -> None:
    from PIL import Image

    pictures, out, before = tmp_path / "pictures", tmp_path / "out", _of_ray()
    pictures.mkdir()
    with Image.open(examples["storm-at-night"]) as picture:
        for number in range(12):
            picture.resize((96 + number, 72)).save(pictures / f"{number:02}.png")
    arguments = ("batch", pictures, "--format", "mid,json", *QUICK)
    # Whoever runs the tests in the background may have made their processes deaf to SIGINT.
    hearing = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = [
        sys.executable,
        "-c",
        hearing + COMMAND,
        *map(str, arguments),
        "--out",
        str(out),
        "--engine",
        "ray",
        "--workers",
        "2",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("2/12"):
                break
        assert _of_ray() - before
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 130, said
    assert "Traceback" not in said
    kept = results(out)
    done = records(out)
    assert 2 <= len(done) < 12
    assert {output["path"] for record in done.values() for output in record["outputs"]} <= set(kept)
    until = time.monotonic() + 30
    while _of_ray() - before and time.monotonic() < until:
        time.sleep(0.2)
    assert _of_ray() - before == set()
    whole = run(*arguments, "--out", tmp_path / "whole", "--workers", 1)
    assert whole.returncode == 0, whole.stderr
    assert kept.items() <= results(tmp_path / "whole").items(), "what is there is whole"
    again = run(*arguments, "--out", out, "--resume", "--workers", 1)
    assert again.returncode == 0, again.stderr
    assert f"{12 - len(done)} made, {len(done)} kept, 0 failed" in again.stderr
    assert results(out) == results(tmp_path / "whole")
