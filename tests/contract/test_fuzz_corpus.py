"""What fuzzing found: seeds and kept inputs bring out a result, or a `ComposerError`, and nothing else."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "fuzz"
if not FOLDER.is_dir():
    pytest.skip("the benchmarks are not part of a source distribution", allow_module_level=True)
NAMES = ("manifest", "midi", "musicxml", "picture", "plan")
MOST = {"musicxml": 12}
"""A score takes longer than a test should: some of them."""


@pytest.fixture
def inputs(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[tuple[str, bytes]]]]:
    """Target -> (name, bytes) of all seeds and of the corpus."""
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    before = set(sys.modules)
    import seeds

    found: dict[str, list[tuple[str, bytes]]] = {name: [] for name in NAMES}
    for number, (target, data) in enumerate(seeds.seeds()):
        found[target].append((f"seed {number}", data))
    with zipfile.ZipFile(FOLDER / "corpus.zip") as archive:
        for name in archive.namelist():
            found[name.partition("/")[0]].append((name, archive.read(name)))
    yield found
    for name in {"seeds", "targets"} - before:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("target", NAMES)
@pytest.mark.filterwarnings("ignore")
def test_nothing_but_an_error_of_ours_comes_out(inputs: dict[str, list[tuple[str, bytes]]], target: str) -> None:
    import targets

    chosen = inputs[target]
    assert len(chosen) >= 5
    for name, data in chosen[:: max(1, len(chosen) // MOST.get(target, len(chosen)))]:
        try:
            targets.run_target(target, data)
        except Exception as error:  # noqa: BLE001 - the input has to be named
            pytest.fail(f"{target}, {name}: {type(error).__name__}: {error}")
