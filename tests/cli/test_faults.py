"""Faults of the machine: a full disk, a folder that cannot be written, weights cut short."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = "from composer.cli import entry; entry()"
QUICK = ("--bars", "2", "--candidates", "1")
FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
"""
"""No file of this process may grow beyond 1,500 bytes: a write then fails as it does on a full disk."""


def run(*arguments: object, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-c", before + COMMAND, *map(str, arguments))
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | environment, timeout=600
    )


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.is_file()]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")
@pytest.mark.parametrize("extension", ["musicxml", "json", "svg", "wav"])
def test_a_disk_that_fills_up_leaves_the_older_file(extension: str, examples: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / f"storm.{extension}"
    out.write_bytes(b"older")
    done = run("--image", examples["storm-at-night"], *QUICK, "--out", out, before=FULL)
    assert done.returncode == 1, done.stderr
    assert [line.partition(":")[0] for line in done.stderr.splitlines()[-2:]] == ["compose", "hint"]
    assert "Traceback" not in done.stderr
    assert out.read_bytes() == b"older"
    assert not hidden(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")
def test_a_disk_that_fills_up_ends_a_collection_in_two_lines(examples: dict[str, Path], tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    shutil.copy(examples["storm-at-night"], pictures)
    arguments = ("batch", pictures, "--out", tmp_path / "out", *QUICK, "--workers", "1")
    done = run(*arguments, before=FULL)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not hidden(tmp_path / "out")
    again = run(*arguments, "--resume")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "out" / "storm-at-night.mid").stat().st_size


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is read-only for this user")
def test_a_read_only_folder_is_refused_before_any_work(examples: dict[str, Path], tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        done = run("--image", examples["storm-at-night"], *QUICK, "--out", tmp_path / "x.mid")
    finally:
        tmp_path.chmod(0o755)
    assert done.returncode == 1
    assert "hint: " in done.stderr


@pytest.mark.parametrize(
    "name", ["music/model.safetensors", "painting-encoder/tower.onnx", "sentence-encoder/model.safetensors"]
)
def test_weights_cut_short_are_named(name: str, examples: dict[str, Path], tmp_path: Path) -> None:
    from composer import assets

    whole = assets.verified(name)
    home = tmp_path / "home"
    (home / name).parent.mkdir(parents=True)
    (home / name).write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    out = tmp_path / "x.mid"
    done = run(
        "--image", examples["storm-at-night"], "--title", "An unheard-of zorblax", *QUICK, "--out", out,
        COMPOSER_HOME=str(home),
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert name.rpartition("/")[2] in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
