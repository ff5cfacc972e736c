"""What gets installed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

pytest.importorskip("hatchling")


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=repository,
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_every_module_is_in_the_wheel(wheel: zipfile.ZipFile, repository: Path) -> None:
    modules = {path.relative_to(repository).as_posix() for path in (repository / "composer").rglob("*.py")}
    assert modules <= set(wheel.namelist())


def test_the_embedded_files_are_in_the_wheel(wheel: zipfile.ZipFile, repository: Path) -> None:
    weights = {
        path.relative_to(repository).as_posix()
        for path in (repository / "composer" / "weights").rglob("*")
        if path.is_file()
    }
    tokenizers = {
        "composer/data/" + path.relative_to(repository).as_posix()
        for path in (repository / "tokenizers").rglob("*")
        if path.is_file()
    }
    assert weights
    assert tokenizers
    assert weights | tokenizers <= set(wheel.namelist())
    assert "composer/data/soundfonts/README.md" in wheel.namelist()


def test_nothing_lands_outside_the_package(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"composer"}


def test_the_metadata(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("METADATA"))
    metadata = Parser().parsestr(wheel.read(name).decode())
    assert metadata["Name"] == "painting-composer"
    assert metadata["License-Expression"] == "Apache-2.0"
    commands = wheel.read(name.replace("METADATA", "entry_points.txt")).decode()
    assert "compose = composer.cli:entry" in commands


def test_an_installed_copy_finds_its_data(wheel: zipfile.ZipFile, tmp_path: Path, repository: Path) -> None:
    wheel.extractall(tmp_path / "site")
    code = (
        "from composer import assets\n"
        "print(assets.__file__)\n"
        "for asset in assets.registry():\n"
        "    if asset.embedded: print(assets.verified(asset.name))\n"
        "print(assets.resolve('soundfonts'))\n"
    )
    # -I: neither this folder nor an editable install's path file may help.
    program = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n{code}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = done.stdout.splitlines()
    assert len(found) > 2
    assert all(Path(line).is_relative_to(tmp_path / "site") for line in found)
