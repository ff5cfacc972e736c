"""The library of accompaniment figures, measured in the training split.

``python -m composer.training.music.figures --cache CACHE.npz --out composer/weights/figures``

A figure is kept when it stands in at least `MIN_WORKS` works and `MIN_BARS` bars (`composer.figures` says what it is).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.figure_names import name_of
from composer.figures import FIGURE_FORMAT, Stroke
from composer.files import atomic_write
from composer.music.tokens import CONDITIONS, DURATIONS, END, METERS, ROLE_CODES
from composer.training.music.batches import Cache, load_cache

__all__ = ["MIN_BARS", "MIN_WORKS", "Tally", "figure_of", "main", "tally_of"]

MIN_WORKS, MIN_BARS = 3, 24
_MOST_STROKES = 16
_KEYBOARD = 1
_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
_ROLES = {ROLE_CODES[name]: name for name in ("harmony", "bass")}
_COLUMNS = (
    "meter", "role", "strokes", "name", "works", "bars", "kept", "tempo", "keyboard", "followers", "partners",
)  # fmt: skip

Shape = tuple[tuple[int, int, int], ...]
"""Position, count and rank of every stroke: what makes two bars the same figure."""
Key = tuple[int, str, Shape]
"""Meter code, role, shape."""


@dataclass(slots=True)
class Tally:
    """How often a figure was met, and with what."""

    pieces: set[int] = field(default_factory=set)
    bars: int = 0
    follows: Counter[Key] = field(default_factory=Counter)
    beside: Counter[Key] = field(default_factory=Counter)
    lengths: Counter[tuple[int, ...]] = field(default_factory=Counter)
    tempo: list[int] = field(default_factory=lambda: [0, 0])
    keyboard: int = 0
    span: float = 0.0


def figure_of(block: NDArray[np.integer]) -> tuple[Shape, tuple[int, ...], int] | None:
    """Shape, lengths and span of a block (position, pitch, duration index); None where it is empty or off the grid."""
    notes: dict[int, list[tuple[int, int]]] = {}
    for position, pitch, duration in block.tolist():
        notes.setdefault(position, []).append((pitch, duration))
    if not 0 < len(notes) <= _MOST_STROKES or any(position % 3 and position % 4 for position in notes):
        return None
    lows = {position: min(pitch for pitch, _ in struck) for position, struck in notes.items()}
    ranks = {pitch: rank for rank, pitch in enumerate(sorted(set(lows.values())))}
    shape = tuple((position, min(len(notes[position]), 4), ranks[lows[position]]) for position in sorted(notes))
    lengths = tuple(max(DURATIONS[duration] for _, duration in notes[position]) for position in sorted(notes))
    return shape, lengths, max(lows.values()) - min(lows.values())


def _blocks(cache: Cache, window: int) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int16]]]:
    """Conditions and notes of every block of a window, in order."""
    low, high = int(cache.window_start[window]), int(cache.window_start[window + 1])
    steps = cache.steps[low:high]
    heads = np.flatnonzero(steps[:, 0] == END)
    for first, last in zip(heads, [*heads[1:], len(steps)], strict=True):
        yield cache.conditions[cache.block[low + first]], steps[first + 1 : last]


def tally_of(cache: Cache) -> dict[Key, Tally]:
    """Count the figures of the training split."""
    tallies: dict[Key, Tally] = {}
    for window in cache.windows(0).tolist():
        before: dict[int, Key] = {}
        bar = -1
        here: dict[int, Key] = {}
        for row, notes in _blocks(cache, window):
            role = _ROLES.get(int(row[_COLUMN["role"]]))
            meter, slot = int(row[_COLUMN["meter"]]), int(row[_COLUMN["slot"]])
            if row[_COLUMN["bar"]] != bar:
                bar, here = row[_COLUMN["bar"]], {}
            found = figure_of(notes) if role and 0 < meter <= len(METERS) else None
            if found is None or role is None:
                before.pop(slot, None)
                continue
            key = (meter, role, found[0])
            _count(tallies, key, found, row, int(cache.window_piece[window]))
            if slot in before:
                tallies[before[slot]].follows[key] += 1
            before[slot] = key
            if row[_COLUMN["family"]] == _KEYBOARD:
                for other in here.values():
                    if other[1] != role:
                        tallies[key].beside[other] += 1
                        tallies[other].beside[key] += 1
                here[slot] = key
    return tallies


def _count(
    tallies: dict[Key, Tally],
    key: Key,
    found: tuple[Shape, tuple[int, ...], int],
    row: NDArray[np.uint8],
    piece: int,
) -> None:
    tally = tallies.setdefault(key, Tally())
    tally.pieces.add(piece)
    tally.bars += 1
    tally.lengths[found[1]] += 1
    tally.span += found[2]
    tally.keyboard += int(row[_COLUMN["family"]] == _KEYBOARD)
    if row[_COLUMN["tempo"]]:
        tally.tempo[0] += int(row[_COLUMN["tempo"]])
        tally.tempo[1] += 1


def _strokes(key: Key, tally: Tally) -> tuple[Stroke, ...]:
    """The figure with the lengths that it has most often."""
    lengths = tally.lengths.most_common(1)[0][0]
    return tuple(Stroke(*stroke, length) for stroke, length in zip(key[2], lengths, strict=True))


def _rows(tallies: dict[Key, Tally]) -> list[list[object]]:
    kept = [key for key, tally in tallies.items() if len(tally.pieces) >= MIN_WORKS and tally.bars >= MIN_BARS]
    kept.sort(key=lambda key: -tallies[key].bars)
    number = {key: index for index, key in enumerate(kept)}
    rows: list[list[object]] = []
    for key in kept:
        tally, strokes = tallies[key], _strokes(key, tallies[key])
        meter = METERS[key[0] - 1]
        followed = sum(tally.follows.values())
        followers = [number[other] for other, _ in tally.follows.most_common(6) if other in number and other != key]
        partners = [number[other] for other, _ in tally.beside.most_common(6) if other in number]
        rows.append(
            [
                meter,
                key[1],
                " ".join(".".join(map(str, stroke)) for stroke in strokes),
                name_of(strokes, meter=meter, role=key[1], span=tally.span / tally.bars),
                len(tally.pieces),
                tally.bars,
                round(tally.follows[key] / max(followed, 1), 2),
                round(tally.tempo[0] / tally.tempo[1], 1) if tally.tempo[1] else 3.5,
                round(tally.keyboard / tally.bars, 2),
                followers[:4],
                partners[:3],
            ]
        )
    return rows


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for figures.json")
    options = parser.parse_args(argv)
    rows = _rows(tally_of(load_cache(options.cache)))
    options.out.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    head = f'{{"format":"{FIGURE_FORMAT}","columns":{json.dumps(_COLUMNS)},"figures":[\n'
    with atomic_write(options.out / "figures.json") as temporary:
        temporary.write_text(head + lines + "\n]}\n", encoding="utf-8")
    print(f"{len(rows)} figures, {sum(int(str(row[5])) for row in rows)} bars")


if __name__ == "__main__":
    main()
