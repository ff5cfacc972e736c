"""The page about the Python interface: its examples run, and it leaves nothing public out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

import composer

pytest.importorskip("miditok")


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "python-api.md").read_text(encoding="utf-8")


def examples(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


@pytest.fixture(scope="module")
def after(page: str, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The folder and the names after all examples have run in order."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copy(repository / "examples" / "storm-at-night.png", folder / "sea.png")
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for number, code in enumerate(examples(page), start=1):
            exec(compile(code, f"python-api.md, example {number}", "exec"), names)
    return SimpleNamespace(folder=folder, **names)


def test_the_examples_leave_the_files_that_they_name(after: SimpleNamespace, page: str) -> None:
    named = set(re.findall(r'"([a-z0-9-]+\.(?:mid|json|musicxml|svg|html))"', "".join(examples(page))))
    assert len(named) >= 8
    for name in named:
        assert (after.folder / name).stat().st_size > 100, name


def test_the_examples_do_what_the_page_says(after: SimpleNamespace) -> None:
    assert after.piece.plan.mode == "dorian"
    assert after.again.plan.chords == after.decided.chords
    assert after.taken.bars == 4
    assert after.done.bars == (3, 4)
    assert [name.lower() for name in after.done.tracks] == ["flute"]
    assert after.longer.bars == (9, 12)
    assert after.found.symbolic is not None
    assert after.found.adherence is not None
    assert [path.name for path in after.lesson.lessons] == ["lesson.html"]
    sounding = sum(len(track.notes) for track in after.piece.score.tracks)
    assert sum(len(part.notes) for part in after.midi.instruments) == sounding
    assert after.ticks.note_num() == after.score.note_num() == sounding


def test_the_page_names_everything_public(page: str) -> None:
    internal = {"__version__"}
    assert {name for name in composer.__all__ if not re.search(rf"\b{name}\b", page)} <= internal
