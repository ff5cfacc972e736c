"""Build the token cache: ``python -m composer.training.music.corpus --data DIR --out CACHE.npz``.

Takes the ``open``, ``pop909`` and ``kern`` sets (their CSV tables carry the split by work) and writes one file:

* ``steps`` int16 (n, 3): position, pitch, duration index of every step; a header has position `END`
* ``block`` int32 (n,): the block each step belongs to
* ``conditions`` uint8 (blocks, len(CONDITIONS))
* ``window_start`` int64 (windows + 1,): first step of each window
* ``window_split`` uint8 (0 train, 1 val, 2 test), ``window_source`` uint8 (index into ``sources``), ``window_piece``
  int32 (number of the piece)
* ``sources``, ``fingerprint``
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.files import atomic_write
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
from composer.training.music.kern_source import KERN_COLUMNS, collect_kern
from composer.training.music.material import Piece, pieces_of, windows_of
from composer.training.music.overlap import MOST_SHARED, passages, shared_share
from composer.training.music.pieces import Window
from composer.training.music.sources import SET_COLUMNS, SOURCES, Source, collect, fetch, write_set

__all__ = ["build", "download", "encode_window", "main"]

SPLITS = ("train", "val", "test")
_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """One window as arrays; ``block`` counts from 0."""

    steps: NDArray[np.int16] = field(compare=False, repr=False)
    block: NDArray[np.int32] = field(compare=False, repr=False)
    conditions: NDArray[np.uint8] = field(compare=False, repr=False)


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


def _encode_piece(item: tuple[Piece, list[int]]) -> list[list[Encoded]]:
    """Encode a piece once for every seed."""
    piece, seeds = item
    windows = list(windows_of(piece))
    out = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        encoded = [encode_window(window, piece.tempo_bpm, rng) for window in windows]
        out.append([window for window in encoded if window is not None])
    return out


def _melodies(windows: list[Encoded]) -> NDArray[np.uint64]:
    """Passages of the melody of every window (`composer.training.music.overlap`)."""
    lines = []
    for window in windows:
        own = window.conditions[window.block, _COLUMN["role"]] == ROLE_CODES["melody"]
        lines.append(window.steps[own & (window.steps[:, 0] != END), 1])
    return passages(lines)


def _doubles(pieces: list[Piece], found: list[NDArray[np.uint64]]) -> set[int]:
    """Numbers of the kern pieces that other sets hold too, and of training pieces that kern's other splits hold."""
    others = [lines for piece, lines in zip(pieces, found, strict=True) if not piece.kern]
    held_out = [lines for piece, lines in zip(pieces, found, strict=True) if piece.kern and piece.split != "train"]
    elsewhere = np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *others]))
    tested = np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *held_out]))
    return {
        number
        for number, (piece, lines) in enumerate(zip(pieces, found, strict=True))
        if piece.kern
        and (
            shared_share(lines, elsewhere) > MOST_SHARED
            or (piece.split == "train" and shared_share(lines, tested) > MOST_SHARED)
        )
    }


def build(data: Path, out: Path, *, workers: int = 2, limit: int | None = None, views: int = 1) -> dict[str, int]:
    """Encode all sets into ``out``; return counts of pieces, doubles left out, windows, steps and notes.

    Roles are given partly at random (how a keyboard is split, which inner voice counters); with more than one view,
    every piece of the training split is encoded that often with other draws.
    """
    with tempfile.TemporaryDirectory() as folder:
        pieces = list(pieces_of(data, Path(folder)))[:: 1 if limit is None else -1][:limit]
        tasks = [
            (piece, [seed + view * len(pieces) for view in range(views if piece.split == "train" else 1)])
            for seed, piece in enumerate(pieces)
        ]
        encoded = []
        with ProcessPoolExecutor(workers) as pool:
            for number, windows in enumerate(pool.map(_encode_piece, tasks, chunksize=16), start=1):
                encoded.append(windows)
                if number % 200 == 0:
                    print(f"{number}/{len(tasks)} pieces", file=sys.stderr)
    doubles = _doubles(pieces, [_melodies(windows[0]) for windows in encoded])
    for number in sorted(doubles):
        print(f"left out, the same music stands elsewhere: {pieces[number].name}", file=sys.stderr)
    order = sorted((view, number) for number, views_of in enumerate(encoded) for view in range(len(views_of)))
    kept = [(number, window) for view, number in order if number not in doubles for window in encoded[number][view]]
    return {"pieces": len(pieces), "doubles": len(doubles)} | _write(out, pieces, kept)


def _write(out: Path, pieces: list[Piece], kept: list[tuple[int, Encoded]]) -> dict[str, int]:
    """Write the cache from windows with the numbers of their pieces; sources are numbered by first appearance."""
    flat = [(pieces[number], window) for number, window in kept]
    sources = list(dict.fromkeys(piece.source for piece, _ in flat))
    blocks = np.cumsum([0] + [len(window.conditions) for _, window in flat])
    out.parent.mkdir(parents=True, exist_ok=True)
    steps = np.concatenate([window.steps for _, window in flat])
    with atomic_write(out) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            steps=steps,
            block=np.concatenate([window.block + first for (_, window), first in zip(flat, blocks[:-1], strict=True)]),
            conditions=np.concatenate([window.conditions for _, window in flat]),
            window_start=np.cumsum([0] + [len(window.steps) for _, window in flat]).astype(np.int64),
            window_split=np.array([SPLITS.index(piece.split) for piece, _ in flat], dtype=np.uint8),
            window_source=np.array([sources.index(piece.source) for piece, _ in flat], dtype=np.uint8),
            window_piece=np.array([number for number, _ in kept], dtype=np.int32),
            sources=np.array(sources),
            fingerprint=np.array(fingerprint()),
        )
    return {"windows": len(flat), "steps": len(steps), "notes": int((steps[:, 0] != END).sum())}


def download(data: Path, chosen: Sequence[Source] = SOURCES) -> None:
    """Fetch the public sources under ``data/sources`` and make ``data/music`` from them (hours, several GB)."""
    rows: dict[str, list[dict[str, str]]] = {}
    for source in chosen:
        print(f"fetching {source.name} ({source.licence})", file=sys.stderr)
        root = fetch(source, data / "sources")
        if source.collection == "kern":
            found = collect_kern(root, source.pattern, source.licence, data / "midi")
        else:
            found = collect(source, root, data / "midi")
        rows.setdefault(source.collection, []).extend(found)
    for name, listed in rows.items():
        columns = KERN_COLUMNS if name == "kern" else SET_COLUMNS
        count = write_set(listed, data / "midi", data / "music", name, columns=columns)
        print(f"{name}: {count} pieces", file=sys.stderr)


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
