"""The material of the training: the pieces of a data folder's sets, each with its split, and the windows of a piece."""

from __future__ import annotations

import csv
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from composer.training.music.archives import unpack
from composer.training.music.kern import read_kern
from composer.training.music.measures import kern_windows
from composer.training.music.pieces import Window, read_windows

__all__ = ["Piece", "pieces_of", "windows_of"]

_MIDI_SETS = ("open", "pop909")
_LEFT_OUT = frozenset({"giantmidi_preview"})
"""Performances without a bar grid."""
_KEYBOARD_KINDS = frozenset({"piano", "organ"})
_TEMPO_WORDS = {
    "prest": 176, "vivac": 152, "allegrett": 108, "allegr": 132, "moderat": 100, "andantin": 84, "andant": 76,
    "larghett": 63, "adagi": 58, "larg": 50, "grave": 46, "lent": 54, "mazur": 138, "polonez": 92, "polonais": 92,
}  # fmt: skip
"""Beginning of a tempo word -> quarters a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A row of the data tables; ``tempo_bpm`` is None where no tempo is marked."""

    path: Path
    name: str
    source: str
    split: str
    tempo_bpm: float | None
    kern: bool


def pieces_of(data: Path, folder: Path) -> Iterator[Piece]:
    """Unpack the sets of a data folder into ``folder`` and yield their pieces, MIDI sets first."""
    for name in _MIDI_SETS:
        if (data / "music" / f"{name}.csv").is_file():
            yield from _midi_pieces(data, folder, name)
    if (data / "music" / "kern.csv").is_file():
        yield from _kern_pieces(data, folder)


def _rows(data: Path, folder: Path, name: str) -> list[dict[str, str]]:
    with tarfile.open(data / "music" / f"{name}.tar.xz") as archive:
        unpack(archive, folder)
    with (data / "music" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _midi_pieces(data: Path, folder: Path, name: str) -> Iterator[Piece]:
    for row in _rows(data, folder, name):
        if row["source"] not in _LEFT_OUT and row["grid"] == "score":
            marked = row["tempo_src"] not in ("default", "")
            yield Piece(
                path=folder / row["path"],
                name=row["id"],
                source=row["source"],
                split=row["split"],
                tempo_bpm=float(row["tempo_bpm"]) if marked and row["tempo_bpm"] else None,
                kern=False,
            )


def _kern_pieces(data: Path, folder: Path) -> Iterator[Piece]:
    for row in _rows(data, folder, "kern"):
        words = row["tempo_words"].lower()
        yield Piece(
            path=folder / row["file"],
            name=row["file"],
            source=f"kern_{row['kind']}",
            split=row["split"],
            tempo_bpm=next((float(bpm) for start, bpm in _TEMPO_WORDS.items() if start in words), None),
            kern=True,
        )


def windows_of(piece: Piece) -> Iterator[Window]:
    """Yield the windows of a piece; none when it has no usable grid, is broken off or lacks parts.

    A kern score lacks parts when a staff is named and never sounds (a lost part-book), or when all that is left of an
    ensemble is one line.
    """
    if not piece.kern:
        yield from read_windows(piece.path)
        return
    try:
        score = read_kern(piece.path)
    except ValueError as error:
        print(f"left out: {piece.name}: {error}", file=sys.stderr)
        return
    fragment = score.silent_tracks > 0 or len(score.tracks) < 2
    if not fragment or piece.source.removeprefix("kern_") in _KEYBOARD_KINDS:
        yield from kern_windows(score)
