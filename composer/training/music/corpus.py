"""Build the token cache: ``python -m composer.training.music.corpus --data DIR --out CACHE.npz``.

Takes the ``open`` and ``pop909`` sets (their CSV tables carry the split by work) and writes one compressed file:

* ``steps`` int16 (n, 3): position, pitch, duration index of every step; a header has position `END`
* ``block`` int32 (n,): the block each step belongs to
* ``conditions`` uint8 (blocks, len(CONDITIONS))
* ``window_start`` int64 (windows + 1,): first step of each window
* ``window_split`` uint8 (0 train, 1 val, 2 test), ``window_source`` uint8 (index into ``sources``)
* ``sources``, ``fingerprint``
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.music.analysis import bar_chords, measure_part, phrase_lengths
from composer.music.tokens import (
    BAR_CYCLE,
    CONDITIONS,
    END,
    NO_DURATION,
    NO_PITCH,
    ROLE_CODES,
    ROLE_ORDER,
    ChordCode,
    duration_index,
    fingerprint,
    meter_code,
    tempo_code,
)
from composer.theory import Meter
from composer.training.music.analysis import Part, canonical, split_parts
from composer.training.music.pieces import Window, read_windows
from composer.training.music.sources import SOURCES, Source, collect, fetch, write_set

__all__ = ["Piece", "build", "download", "encode_window", "main", "unpack"]

SPLITS = ("train", "val", "test")
_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
_SETS = ("open", "pop909")
_LEFT_OUT = frozenset({"giantmidi_preview"})
"""Performances without a bar grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A row of the data tables."""

    path: Path
    source: str
    split: str
    tempo_bpm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """One window as arrays; ``block`` counts from 0."""

    steps: NDArray[np.int16] = field(compare=False, repr=False)
    block: NDArray[np.int32] = field(compare=False, repr=False)
    conditions: NDArray[np.uint8] = field(compare=False, repr=False)


def _pieces(data: Path, folder: Path) -> Iterator[Piece]:
    for name in _SETS:
        if not (data / "music" / f"{name}.csv").is_file():
            continue
        with tarfile.open(data / "music" / f"{name}.tar.xz") as archive:
            unpack(archive, folder)
        with (data / "music" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["source"] not in _LEFT_OUT and row["grid"] == "score":
                    marked = row["tempo_src"] not in ("default", "")
                    yield Piece(
                        path=folder / row["path"],
                        source=row["source"],
                        split=row["split"],
                        tempo_bpm=float(row["tempo_bpm"]) if marked and row["tempo_bpm"] else None,
                    )


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write an archive's regular files below a folder; links, devices and names that lead out of it are left out.

    ``extractall(filter="data")`` would do, but the first releases of Python 3.11 do not know it.
    """
    for member in archive:
        target = (folder / member.name).resolve()
        content = archive.extractfile(member) if member.isreg() else None
        if content is not None and target.is_relative_to(folder.resolve()):
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("wb") as file:
                shutil.copyfileobj(content, file)


# ----------------------------------------------------------------------------------------- one window


def encode_window(window: Window, tempo_bpm: float | None, rng: np.random.Generator) -> Encoded | None:
    """Analyse a window and write it as steps and conditions; None when no part is left."""
    notes, mode = canonical(window)
    parts = split_parts(notes, window.tracks, rng)
    if not parts:
        return None
    parts.sort(key=lambda part: ROLE_ORDER.index(part.role))
    bar = Meter.parse(window.meter).bar_steps
    lead = next((part for part in parts if part.role == "melody"), parts[0])
    phrases = phrase_lengths(lead.notes, window.bars, bar, ends_piece=window.ends_piece)
    shared = _shared_conditions(notes, window, phrases, mode, tempo_bpm, parts)
    encoded = [_encode_part(part, slot, window.bars, bar, shared) for slot, part in enumerate(parts)]
    steps: list[tuple[int, int, int]] = []
    block: list[int] = []
    conditions: list[NDArray[np.uint8]] = []
    for index in range(window.bars):
        for blocks, rows in encoded:
            number = len(conditions)
            conditions.append(rows[index])
            steps.append((END, NO_PITCH, NO_DURATION))
            steps += blocks[index]
            block += [number] * (1 + len(blocks[index]))
    return Encoded(
        steps=np.array(steps, dtype=np.int16),
        block=np.array(block, dtype=np.int32),
        conditions=np.array(conditions, dtype=np.uint8),
    )


def _shared_conditions(
    notes: NDArray[np.int64],
    window: Window,
    phrases: NDArray[np.int64],
    mode: int,
    tempo_bpm: float | None,
    parts: list[Part],
) -> NDArray[np.uint8]:
    """Conditions that all parts of a bar share, (bars, len(CONDITIONS)); the parts fill in theirs."""
    chords = bar_chords(notes, window.bars, Meter.parse(window.meter))
    rows = np.zeros((window.bars, len(CONDITIONS)), dtype=np.uint8)
    rows[:, _COLUMN["meter"]] = meter_code(Meter.parse(window.meter))
    rows[:, _COLUMN["tempo"]] = tempo_code(tempo_bpm) if tempo_bpm else 0
    rows[:, _COLUMN["mode"]] = mode
    rows[:, _COLUMN["phrase_left"]] = phrases
    rows[:, _COLUMN["bar"]] = np.arange(window.bars) % BAR_CYCLE + 1
    present = {part.role for part in parts}
    rows[:, _COLUMN["roles_present"]] = 1 + sum(1 << (code - 1) for role, code in ROLE_CODES.items() if role in present)
    if window.ends_piece:
        rows[:, _COLUMN["bars_left"]] = np.minimum(np.arange(window.bars, 0, -1), 9)
    else:
        rows[:, _COLUMN["bars_left"]] = 9
    for index, (early, late) in enumerate(chords):
        following = chords[index + 1][0] if index + 1 < window.bars else ChordCode()
        for suffix, code in (("", early), ("_late", late), ("_next", following)):
            rows[index, _COLUMN["root" + suffix]] = code.root
            rows[index, _COLUMN["quality" + suffix]] = code.quality
            if suffix != "_next":
                rows[index, _COLUMN["bass" + suffix]] = code.bass
    return rows


def _encode_part(
    part: Part, slot: int, bars: int, bar: int, shared: NDArray[np.uint8]
) -> tuple[list[list[tuple[int, int, int]]], NDArray[np.uint8]]:
    blocks: list[list[tuple[int, int, int]]] = [[] for _ in range(bars)]
    seen: set[tuple[int, int]] = set()
    for onset, end, pitch in part.notes[np.lexsort((part.notes[:, 2], part.notes[:, 0]))].tolist():
        if onset // bar < bars and (onset, pitch) not in seen:
            seen.add((onset, pitch))
            blocks[onset // bar].append((onset % bar, pitch, duration_index(end - onset)))
    rows = shared.copy()
    rows[:, _COLUMN["role"]] = ROLE_CODES[part.role]
    rows[:, _COLUMN["slot"]] = min(slot, 7) + 1
    rows[:, _COLUMN["family"]] = part.family + 1
    measure_part(rows, blocks, bar)
    return blocks, rows


# ----------------------------------------------------------------------------------------- the cache


def _encode_piece(item: tuple[Piece, int]) -> list[Encoded]:
    piece, seed = item
    rng = np.random.default_rng(seed)
    windows = [encode_window(window, piece.tempo_bpm, rng) for window in read_windows(piece.path)]
    return [window for window in windows if window is not None]


def build(data: Path, out: Path, *, workers: int = 2, limit: int | None = None, views: int = 1) -> dict[str, int]:
    """Encode both sets into ``out``; return counts of windows, steps and notes.

    Roles are given partly at random (how a keyboard is split, which inner voice counters); with more than one view,
    every piece of the training split is encoded that often with other draws.
    """
    with tempfile.TemporaryDirectory() as folder:
        pieces = list(_pieces(data, Path(folder)))[:: 1 if limit is None else -1][:limit]
        sources = sorted({piece.source for piece in pieces})
        tasks = list(enumerate(pieces))
        for view in range(1, views):
            tasks += [(seed + view * len(pieces), piece) for seed, piece in enumerate(pieces) if piece.split == "train"]
        steps, blocks, conditions, starts, splits, origin = [], [], [], [0], [], []
        count = 0
        with ProcessPoolExecutor(workers) as pool:
            jobs = pool.map(_encode_piece, [(piece, seed) for seed, piece in tasks], chunksize=16)
            for number, ((_, piece), windows) in enumerate(zip(tasks, jobs, strict=True), start=1):
                if number % 200 == 0:
                    print(f"{number}/{len(tasks)} pieces", file=sys.stderr)
                for window in windows:
                    steps.append(window.steps)
                    blocks.append(window.block + count)
                    conditions.append(window.conditions)
                    count += len(window.conditions)
                    starts.append(starts[-1] + len(window.steps))
                    splits.append(SPLITS.index(piece.split))
                    origin.append(sources.index(piece.source))
    out.parent.mkdir(parents=True, exist_ok=True)
    all_steps = np.concatenate(steps)
    np.savez(
        out,
        steps=all_steps,
        block=np.concatenate(blocks),
        conditions=np.concatenate(conditions),
        window_start=np.array(starts, dtype=np.int64),
        window_split=np.array(splits, dtype=np.uint8),
        window_source=np.array(origin, dtype=np.uint8),
        sources=np.array(sources),
        fingerprint=np.array(fingerprint()),
    )
    notes = int((all_steps[:, 0] != END).sum())
    return {"pieces": len(pieces), "windows": len(splits), "steps": len(all_steps), "notes": notes}


def download(data: Path, chosen: Sequence[Source] = SOURCES) -> None:
    """Fetch the public sources under ``data/sources`` and make ``data/music`` from them (hours, several GB)."""
    rows: dict[str, list[dict[str, str]]] = {}
    for source in chosen:
        print(f"fetching {source.name} ({source.licence})", file=sys.stderr)
        root = fetch(source, data / "sources")
        rows.setdefault(source.collection, []).extend(collect(source, root, data / "midi"))
    for name, found in rows.items():
        print(f"{name}: {write_set(found, data / 'midi', data / 'music', name)} pieces", file=sys.stderr)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, help="folder that holds music/open.tar.xz ...")
    where.add_argument("--download", type=Path, metavar="DIR", help="fetch the public sources and make such a folder")
    parser.add_argument("--out", type=Path, required=True, help="cache file to write (.npz)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--views", type=int, default=1, help="encodings of a training piece, roles drawn anew (1)")
    parser.add_argument("--limit", type=int, help="only so many pieces, from the end of the list")
    options = parser.parse_args(argv)
    if options.download is not None:
        download(options.download)
    data = options.data or options.download
    print(build(data, options.out, workers=options.workers, limit=options.limit, views=options.views))


if __name__ == "__main__":
    main()
