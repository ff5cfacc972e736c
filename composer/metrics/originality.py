"""Originality: what a piece quotes of the music that the model was trained on.

An index of the training split's melodic figures (`composer.metrics.melodic_ngrams`) is part of the package: as numbers
only, from which no music can be read back. A *run* is a stretch of a voice all of whose figures are in the index.

Conventions
-----------
* A run's length is the number of its notes that belong to a figure which is not trivial. The shortest run has
  `FIGURE_NOTES` notes; 0 means that there is none.
* Trivial figures are not in the index. Up to `FIGURE_NOTES` of them in a row (a scale within a tune) do not end a run.
* A run is an upper bound of a quotation: its figures may come from several works, though neighbours share all but one
  note. `composer.metrics.works` names the work where the full index is at hand.
* The index may find a figure that is not in the training set; how often was measured when it was built and stands in
  `FigureIndex.false_positive_rate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.assets import sha256_of, verified
from composer.errors import AssetError
from composer.metrics.melodic_ngrams import (
    FIGURE_NOTES,
    GRID,
    BoolArray,
    HashArray,
    Voice,
    figure_hashes,
    readings,
    trivial_figures,
)
from composer.midi.notes import FloatArray

__all__ = [
    "INDEX_NAME",
    "FigureIndex",
    "Originality",
    "Run",
    "load_index",
    "longest_run",
    "measure_originality",
    "pack",
]

INDEX_NAME = "originality/figures.safetensors"
_FORMAT = 1
_ROOM_BITS = 13
"""The index has 2**13 places for each figure in it: so rarely does it find what is not there."""
_ESCAPE = 0xFFFF
_ROW = 128
"""Steps that are added up to see whether one figure is there."""
_AT_ONCE = 4096
"""Figures that are looked for at once: what bounds the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureIndex:
    """The figures of a collection of works: sorted numbers below `universe`, kept as the steps between them.

    Attributes
    ----------
    steps : in 16 bits, in rows of `_ROW`; an escape adds its value and is no number itself.
    starts : what stands before each row.
    universe : number of places.
    works : number of works that were read.
    false_positive_rate : share of figures found that are not there, as measured.
    sha256 : of the index's file; empty while it has none.
    """

    steps: NDArray[np.uint16] = field(compare=False, repr=False)
    starts: NDArray[np.uint64] = field(compare=False, repr=False)
    universe: int
    works: int
    false_positive_rate: float
    sha256: str = ""

    def holds(self, hashes: HashArray) -> BoolArray:
        """Which of these figures are in the collection; only the rows that are asked for are added up."""
        wanted = hashes % np.uint64(self.universe)
        found = np.zeros(len(wanted), dtype=np.bool_)
        for first in range(0, len(wanted), _AT_ONCE):
            some = wanted[first : first + _AT_ONCE]
            rows = np.maximum(np.searchsorted(self.starts, some) - 1, 0)
            steps = self.steps[rows]  # (some, _ROW)
            sums = np.cumsum(steps, axis=1, dtype=np.uint64) + self.starts[rows, None]
            found[first : first + _AT_ONCE] = ((sums == some[:, None]) & (steps != _ESCAPE)).any(axis=1)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of a voice that is in the index.

    Attributes
    ----------
    voice : name of the part.
    onset : where it begins, in quarter notes.
    notes : its length (see the module's text).
    hashes : its figures.
    """

    voice: str
    onset: float
    notes: int
    hashes: HashArray = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Originality:
    """A piece held against the training set.

    Attributes
    ----------
    longest_run : notes of the longest run, 0 or at least `FIGURE_NOTES`.
    runs : the longest run of each voice that has any, longest first.
    figures : number of figures that are not trivial.
    seen : number of these that are in the index.
    trivial : number of figures left out as trivial.
    works : size of the collection, in works.
    false_positive_rate, index_sha256 : of the index.
    """

    longest_run: int
    runs: tuple[Run, ...]
    figures: int
    seen: int
    trivial: int
    works: int
    false_positive_rate: float
    index_sha256: str

    @property
    def share_seen(self) -> float:
        """Share of the figures that are in the index; NaN without figures."""
        return self.seen / self.figures if self.figures else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data; a share of nothing is None."""
        return {
            "longest_run": self.longest_run,
            "runs": [{"voice": run.voice, "onset": round(run.onset, 4), "notes": run.notes} for run in self.runs],
            "figures": self.figures,
            "seen": self.seen,
            "share_seen": round(self.share_seen, 4) if self.figures else None,
            "trivial": self.trivial,
            "index": {
                "works": self.works,
                "figure_notes": FIGURE_NOTES,
                "false_positive_rate": self.false_positive_rate,
                "sha256": self.index_sha256,
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What was found in the voices of a part."""

    runs: tuple[Run, ...]
    figures: int
    seen: int
    trivial: int


def measure_originality(parts: Iterable[tuple[str, FloatArray]], index: FigureIndex | None = None) -> Originality:
    """Hold a piece against an index, by default the embedded one.

    Parameters
    ----------
    parts : iterable of (name, notes)
        The pitched parts; notes have shape (n, 2): onset in quarter notes, pitch. For a MIDI file:
        `composer.metrics.melodic_ngrams.parts_of`.
    index : FigureIndex, optional

    Raises
    ------
    AssetError
        The embedded index is missing or damaged.
    """
    index = index if index is not None else load_index()
    found = [
        max((_read(reading, index) for reading in readings(name, notes)), key=lambda reading: reading.seen)
        for name, notes in parts
    ]
    runs = sorted((run for reading in found for run in reading.runs), key=lambda run: -run.notes)
    return Originality(
        longest_run=runs[0].notes if runs else 0,
        runs=tuple(runs),
        figures=sum(reading.figures for reading in found),
        seen=sum(reading.seen for reading in found),
        trivial=sum(reading.trivial for reading in found),
        works=index.works,
        false_positive_rate=index.false_positive_rate,
        index_sha256=index.sha256,
    )


def _read(part: Sequence[Voice], index: FigureIndex) -> _Reading:
    runs: list[Run] = []
    figures = seen = trivial = 0
    for voice in part:
        common = trivial_figures(voice)
        hashes = figure_hashes(voice)
        found = index.holds(hashes) & ~common
        figures += int((~common).sum())
        seen += int(found.sum())
        trivial += int(common.sum())
        runs += sorted(_runs(voice, hashes, found, common), key=lambda run: -run.notes)[:1]
    return _Reading(runs=tuple(runs), figures=figures, seen=seen, trivial=trivial)


def longest_run(notes: Sequence[tuple[float, int]], index: FigureIndex | None = None) -> int:
    """Notes of the longest run in one part, for ranking candidates: 0, or at least `FIGURE_NOTES`.

    Parameters
    ----------
    notes : sequence of (onset, pitch)
        Onsets in quarter notes.
    index : FigureIndex, optional
        By default the embedded one, which is loaded once.

    Raises
    ------
    AssetError
        As `measure_originality`.
    """
    part = np.array(notes, dtype=np.float64).reshape(-1, 2)
    return measure_originality([("", part)], index).longest_run


def _runs(voice: Voice, hashes: HashArray, found: BoolArray, common: BoolArray) -> list[Run]:
    """All runs of a voice, in order; ``found`` and ``common`` say which of its figures are seen and which trivial."""
    runs = []
    hits = np.flatnonzero(found)
    # A run ends where a figure is neither found nor trivial, or after too many trivial ones.
    strange = np.cumsum(~(found | common))
    gaps = (np.diff(strange[hits]) > 0) | (np.diff(hits) > FIGURE_NOTES + 1)
    for stretch in np.split(hits, np.flatnonzero(gaps) + 1):
        if len(stretch):
            first, last = int(stretch[0]), int(stretch[-1])
            covered = np.zeros(last - first + FIGURE_NOTES, dtype=np.bool_)
            for offset in range(FIGURE_NOTES):
                covered[stretch - first + offset] = True
            runs.append(
                Run(
                    voice=voice.name,
                    onset=float(voice.onsets[first]),
                    notes=int(covered.sum()),
                    hashes=hashes[first : last + 1],
                )
            )
    return runs


# ------------------------------------------------------------------------------------- the index's file


def pack(hashes: Iterable[HashArray], *, works: int, rng: np.random.Generator, trials: int = 1_000_000) -> bytes:
    """An index's file, made of the figures of a collection; the false-positive rate is measured with random figures."""
    from safetensors.numpy import save

    exact = np.unique(np.concatenate(list(hashes)))
    universe = len(exact) << _ROOM_BITS
    places = np.unique(exact % np.uint64(universe))
    probes = rng.integers(0, 2**64, trials, dtype=np.uint64)
    differences = _differences(places)
    steps, starts = _rows(differences)
    index = FigureIndex(steps=steps, starts=starts, universe=universe, works=works, false_positive_rate=0.0)
    wrong = index.holds(probes) & ~np.isin(probes, exact)
    metadata = {
        "format": str(_FORMAT),
        "what": "differences of sorted numbers of melodic figures",
        "figure_notes": str(FIGURE_NOTES),
        "grid": str(GRID),
        "universe": str(universe),
        "works": str(works),
        "figures": str(len(exact)),
        "false_positive_rate": f"{wrong.mean():.3g}",
    }
    return bytes(save({"differences": differences}, metadata=metadata))


def _differences(places: HashArray) -> NDArray[np.uint16]:
    """Sorted numbers as the steps between them in 16 bits; a step too large is several escapes and the rest."""
    steps = np.diff(places, prepend=np.uint64(0)).astype(np.int64)
    escapes, rest = np.divmod(steps, _ESCAPE)
    result = np.full(len(steps) + int(escapes.sum()), _ESCAPE, dtype=np.uint16)
    result[np.arange(len(steps)) + np.cumsum(escapes)] = rest
    return result


def _rows(differences: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], NDArray[np.uint64]]:
    """The steps in rows, the last one filled up with escapes, and what stands before each row."""
    steps = np.full((max(1, -(-len(differences) // _ROW)), _ROW), _ESCAPE, dtype=np.uint16)
    steps.reshape(-1)[: len(differences)] = differences
    sums = steps.sum(axis=1, dtype=np.uint64)
    return steps, np.cumsum(sums) - sums


def load_index(path: Path | None = None) -> FigureIndex:
    """Read an index that `pack` made, by default the embedded one (read once).

    Raises
    ------
    AssetError
        It is missing, damaged, or of another version.
    """
    return _read_index(verified(INDEX_NAME) if path is None else path)


@lru_cache(maxsize=2)
def _read_index(path: Path) -> FigureIndex:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            facts = file.metadata() or {}
            if [int(facts[name]) for name in ("format", "figure_notes", "grid")] != [_FORMAT, FIGURE_NOTES, GRID]:
                raise ValueError(f"made for another version: {facts}")
            steps, starts = _rows(file.get_tensor("differences"))
            return FigureIndex(
                steps=steps,
                starts=starts,
                universe=int(facts["universe"]),
                works=int(facts["works"]),
                false_positive_rate=float(facts["false_positive_rate"]),
                sha256=sha256_of(path),
            )
    except OSError as error:
        raise AssetError(f"the index of figures {str(path)!r} cannot be read: {error.strerror or error}") from error
    except (SafetensorError, ValueError, KeyError) as error:
        raise AssetError(
            f"the index of figures {str(path)!r} is damaged: {error}", hint="install Composer again"
        ) from error
