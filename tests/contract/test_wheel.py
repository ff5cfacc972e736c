"""What gets installed: the wheel, and the source archive that it can be built from."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

pytest.importorskip("hatchling")


MOST_BYTES = 60_000_000


def build(repository: Path, folder: Path, target: str) -> Path:
    """Build one target into a folder."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)],
        cwd=repository,
        check=True,
        capture_output=True,
    )
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def wheel_file(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(repository, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def wheel(wheel_file: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(wheel_file)


def test_the_wheel_is_small(wheel_file: Path) -> None:
    assert wheel_file.stat().st_size <= MOST_BYTES


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


def test_examples_and_manual_page_are_in_the_wheel(wheel: zipfile.ZipFile, examples: dict[str, Path]) -> None:
    for name, path in examples.items():
        assert wheel.read(f"composer/data/examples/{name}.png") == path.read_bytes()
    assert any(name.endswith(".data/data/share/man/man1/compose.1") for name in wheel.namelist())


def test_nothing_lands_outside_the_package(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith((".dist-info", ".data"))} == {"composer"}
    data = {name.split("/", 1)[1] for name in wheel.namelist() if name.split("/")[0].endswith(".data")}
    assert data == {"data/share/man/man1/compose.1"}


def test_an_installed_copy_makes_music(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "from composer.cli import app\n"
        "for line in sys.argv[1:]:\n"
        "    try: app.main(line.split(), prog_name='compose')\n"
        "    except SystemExit as exit: assert exit.code == 0, line\n"
        "import composer; print(composer.__file__)\n"
    )
    lines = ["examples here", "--image here/quiet-interior.png --bars 4 --candidates 1 --out a.mid"]
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, *lines], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.splitlines()[-1]).is_relative_to(tmp_path)
    assert (tmp_path / "a.mid").read_bytes().startswith(b"MThd")


def test_the_source_archive_is_complete(repository: Path, wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    archive = build(repository, tmp_path / "sdist", "sdist")
    with tarfile.open(archive) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
        top = files.getnames()[0].split("/")[0]
        for member in files:  # extractall(filter=...) is younger than Python 3.11.0
            if member.isreg():
                place = tmp_path / member.name
                place.parent.mkdir(parents=True, exist_ok=True)
                content = files.extractfile(member)
                assert content is not None
                place.write_bytes(content.read())
    for name in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "NOTICE",
        "docs/cli.md",
        "docs/compose.1",
        ".ci/run",
        "scripts/compose",
        "tests/conftest.py",
        "benchmarks/setup/run.py",
        "examples/sunny-meadow.png",
    ):
        assert name in names
    assert not any(name.startswith((".venv", ".git/", "shared")) or "__pycache__" in name for name in names)
    again = build(tmp_path / top, tmp_path / "again", "wheel")
    assert set(zipfile.ZipFile(again).namelist()) == set(wheel.namelist())


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
