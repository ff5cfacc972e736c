"""The works that a run comes from. Needs the full index, which is built locally and not part of the package.

``python -m composer.training.originality.build --data DIR --works`` writes it to ``originality`` in ``$COMPOSER_HOME``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.assets import home
from composer.errors import AssetError
from composer.files import atomic_group
from composer.metrics.melodic_ngrams import FIGURE_NOTES, HashArray
from composer.metrics.originality import Run

__all__ = ["Work", "WorkIndex", "WorkMatch", "default_works_folder", "load_works", "match_runs", "save_works"]

_FORMAT = 1
_FILES = ("works.safetensors", "works.json")
_HINT = "build it from your copy of the data: python -m composer.training.originality.build --data DIR --works"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A work of the training set: its identifier there, title and composer (possibly empty), source."""

    id: str
    title: str
    composer: str
    source: str

    def __str__(self) -> str:
        what = ": ".join(part for part in (self.composer, self.title) if part)
        return f"{what or self.id} ({self.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkMatch:
    """The longest stretch of a run that lies in one work, in notes, trivial figures included."""

    run: Run
    work: Work
    notes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkIndex:
    """Every figure with every work it occurs in.

    Attributes
    ----------
    hashes : sorted, one for each pair of figure and work, shape (n,).
    numbers : index of the work in `works`, shape (n,).
    works : those that were read.
    """

    hashes: HashArray = field(compare=False, repr=False)
    numbers: NDArray[np.int32] = field(compare=False, repr=False)
    works: tuple[Work, ...]

    def works_of(self, figure: np.uint64) -> set[int]:
        """Indices of the works that hold a figure."""
        low, high = np.searchsorted(self.hashes, figure, "left"), np.searchsorted(self.hashes, figure, "right")
        return set(self.numbers[low:high].tolist())


def match_runs(runs: Sequence[Run], index: WorkIndex) -> tuple[WorkMatch, ...]:
    """The work that shares most with each run, longest first; runs made by chance or by several works may have none."""
    found = []
    for run in runs:
        number, figures = _longest([index.works_of(figure) for figure in run.hashes])
        if figures:
            found.append(WorkMatch(run=run, work=index.works[number], notes=figures + FIGURE_NOTES - 1))
    return tuple(sorted(found, key=lambda match: -match.notes))


def _longest(holders: Sequence[set[int]]) -> tuple[int, int]:
    """The work that holds most figures in a row, and how many; (0, 0) when none holds any."""
    best = (0, 0)
    open_runs: dict[int, int] = {}
    for works in holders:
        # What is in no work is a trivial figure within the run, and ends nothing.
        open_runs = {work: open_runs.get(work, 0) + 1 for work in works or open_runs}
        for work, length in open_runs.items():
            if length > best[1]:
                best = (work, length)
    return best


# --------------------------------------------------------------------------------------- on the disk


def default_works_folder() -> Path:
    """Where the full index is kept: ``originality`` in ``$COMPOSER_HOME``."""
    return home() / "originality"


def save_works(index: WorkIndex, folder: Path) -> None:
    """Write the full index; the folder is made.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "format": _FORMAT,
        "figure_notes": FIGURE_NOTES,
        "works": [[work.id, work.title, work.composer, work.source] for work in index.works],
    }
    with atomic_group([folder / name for name in _FILES]) as (arrays, names):
        arrays.write_bytes(save({"hashes": index.hashes, "numbers": index.numbers}))
        names.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")


def load_works(folder: Path | None = None) -> WorkIndex:
    """Read the full index, by default from `default_works_folder`.

    Raises
    ------
    AssetError
        There is none, or it is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = folder if folder is not None else default_works_folder()
    arrays_path, names_path = (folder / name for name in _FILES)
    try:
        facts = json.loads(names_path.read_text(encoding="utf-8"))
        if (facts["format"], facts["figure_notes"]) != (_FORMAT, FIGURE_NOTES):
            raise ValueError("made for another version")
        tensors = load(arrays_path.read_bytes())
        works = tuple(
            Work(id=name, title=title, composer=composer, source=source)
            for name, title, composer, source in facts["works"]
        )
        return WorkIndex(hashes=tensors["hashes"], numbers=tensors["numbers"], works=works)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AssetError(f"no index of works at {str(folder)!r}: {reason}", hint=_HINT) from error
    except (SafetensorError, ValueError, LookupError, TypeError) as error:
        raise AssetError(f"the index of works at {str(folder)!r} is damaged: {error}", hint=_HINT) from error
