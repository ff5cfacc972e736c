"""The marked lines of the kern scores: the highest notes of every staff, with the marks that they bear.

Staves of singers are left out, since their slurs say which notes share a syllable. A line counts where its edition is
marked at all: a score without slurs was printed so, and says nothing about where slurs would stand.
"""

from __future__ import annotations

import csv
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.errors import ComposerError
from composer.theory import STEPS_PER_QUARTER, Meter
from composer.touch import LineNote, line_features
from composer.training.music.archives import unpack
from composer.training.music.kern import KernNote, KernScore, read_kern

__all__ = ["MarkedLine", "marked_lines", "read_lines"]

_VOICE = 52
_FEWEST_NOTES, _FEWEST_MARKS = 24, 3
_LONGEST_SLUR = 48
_LEGATO, _DETACHED, _SHORT = 0.5, 0.3, 0.15
"""Share of bound notes from which a line is legato, below which it may be detached, and of staccato ones that it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedLine:
    """A line of a work and what is printed on it.

    Attributes
    ----------
    work, split : as in the table of the set.
    notes : of the line.
    features : see `composer.touch.line_features`; the slurs are filled in.
    slur, staccato, accent : whether each note has the mark; a slurred note is bound to the next.
    swell : 1 within a crescendo, -1 within a diminuendo, 0 elsewhere.
    bar_starts : in steps.
    """

    work: str
    split: str
    meter: Meter
    notes: tuple[LineNote, ...] = field(repr=False)
    features: NDArray[np.float32] = field(repr=False)
    slur: NDArray[np.bool_] = field(repr=False)
    staccato: NDArray[np.bool_] = field(repr=False)
    accent: NDArray[np.bool_] = field(repr=False)
    swell: NDArray[np.int8] = field(repr=False)
    bar_starts: tuple[int, ...] = field(repr=False)


def read_lines(data: Path, splits: Sequence[str]) -> Iterator[MarkedLine]:
    """The marked lines of the kern set in some splits.

    Parameters
    ----------
    data : folder with ``music/kern.tar.xz`` and ``music/kern.csv``.
    splits : of ``"train"``, ``"val"``, ``"test"``.
    """
    with (data / "music" / "kern.csv").open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["split"] in splits and row["kind"] != "voices"]
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(data / "music" / "kern.tar.xz") as archive:
            unpack(archive, Path(name))
        for row in rows:
            try:
                score = read_kern(Path(name) / row["file"])
            except ValueError:
                continue
            yield from marked_lines(score, row["collection"] + "/" + row["work"], row["split"])


def marked_lines(score: KernScore, work: str, split: str) -> Iterator[MarkedLine]:
    """The lines of a score that bear marks, in its first meter; none where that cannot be read."""
    try:
        meter = Meter.parse(score.meters[0][1] if score.meters else "4/4")
    except ComposerError:
        return
    bars = tuple(sorted({0, *(_step(time) for time in score.bars)}))
    for number, track in enumerate(score.tracks):
        if track.program == _VOICE:
            continue
        chords: dict[Fraction, list[KernNote]] = {}
        for note in score.notes:
            if note.track == number:
                chords.setdefault(note.onset, []).append(note)
        line = _line(chords, bars, meter, track.program // 8, (work, split))
        if line is not None:
            yield line


def _step(time: Fraction) -> int:
    return round(time * STEPS_PER_QUARTER)


def _line(
    chords: dict[Fraction, list[KernNote]], bars: tuple[int, ...], meter: Meter, family: int, source: tuple[str, str]
) -> MarkedLine | None:
    groups = [chords[onset] for onset in sorted(chords)]
    tops = [max(group, key=lambda note: note.pitch) for group in groups]
    marks = ["".join(note.marks for note in group) for group in groups]
    slur = _bound(marks)
    staccato = np.array(["'" in mark or "`" in mark for mark in marks])
    if len(groups) < _FEWEST_NOTES or max(int(slur.sum()), int(staccato.sum())) < _FEWEST_MARKS:
        return None
    notes = tuple(
        LineNote(_step(top.onset), max(_step(top.end), _step(top.onset) + 1), top.pitch, len(group))
        for top, group in zip(tops, groups, strict=True)
    )
    bound, short = slur.mean(), staccato.mean()
    manner = 2 if bound >= _LEGATO else 0 if bound < _DETACHED and short >= _SHORT else 1
    features = line_features(notes, bars, meter, family=family, manner=manner)
    features[:, -1], features[1:, -2] = slur, slur[:-1]
    return MarkedLine(
        work=source[0],
        split=source[1],
        meter=meter,
        notes=notes,
        features=features,
        slur=slur,
        staccato=staccato,
        accent=np.array(["^" in mark for mark in marks]),
        swell=np.array([top.swell for top in tops], dtype=np.int8),
        bar_starts=bars,
    )


def _bound(marks: Sequence[str]) -> NDArray[np.bool_]:
    """Which notes a slur binds to the next; a slur that is never closed is none."""
    out = np.zeros(len(marks), dtype=bool)
    first: int | None = None
    for index, mark in enumerate(marks):
        if ")" in mark and first is not None:
            if index - first <= _LONGEST_SLUR:
                out[first:index] = True
            first = None
        if "(" in mark and (first is None or index - first > _LONGEST_SLUR):
            first = index
    return out
