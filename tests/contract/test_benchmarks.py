"""The benchmarks' programs: each says what it does, and ``scripts/bench`` names them all."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
PROGRAMS = sorted(
    path.relative_to(FOLDER).as_posix()
    for path in FOLDER.glob("*/*.py")
    if "\nif __name__ ==" in path.read_text(encoding="utf-8")
)
TOPICS = sorted(path.parent.name for path in FOLDER.glob("*/README.md"))

if not FOLDER.is_dir():
    pytest.skip("the benchmarks are not part of a source distribution", allow_module_level=True)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_has_its_help(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [program, "--help"])
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(FOLDER / program), run_name="__main__")
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: ")
    first = (FOLDER / program).read_text(encoding="utf-8").split('"""')[1].splitlines()[0]
    assert " ".join(first.split()) in " ".join(text.split())


def test_the_script_lists_every_topic_and_every_program(repository: Path) -> None:
    listed = subprocess.run([repository / "scripts" / "bench"], capture_output=True, text=True, check=True).stdout
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in listed.splitlines()}
    further = {path.removesuffix(".py") for path in PROGRAMS if not path.endswith("/run.py")}
    assert set(lines) == set(TOPICS) | further
    assert all(len(description) > 10 for description in lines.values())


@pytest.mark.parametrize("topic", ["nonsense", "training", "evaluation/nonsense"])
def test_the_script_refuses_what_is_not_there(topic: str, repository: Path) -> None:
    done = subprocess.run([repository / "scripts" / "bench", topic], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["bench", "hint"]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_its_figures_and_its_command(topic: str, repository: Path) -> None:
    assert f"](../benchmarks/{topic}/README.md)" in (repository / "docs" / "evaluation.md").read_text(encoding="utf-8")
    assert list((FOLDER / topic).glob("*.csv")) or topic == "midi_readers"  # it is run on a folder of the reader's own
    text = (FOLDER / topic / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(rf"benchmarks/{topic}/(\w+\.py)", text))
    assert all((FOLDER / topic / name).is_file() for name in named)
