"""The drum performances of the Groove MIDI Dataset (Gillick et al. 2019, CC BY 4.0) and their bars on the grid.

Conventions
-----------
* Times in quarter notes from the first bar line, velocities 1..127.
* A beat is read as divided by four or by three, whichever its strokes lie closer to (a quarter in favour of four).
* A snare softer than `GHOST` is a ghost note; it belongs to no pattern.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from composer.grooves import GHOST_ROLE
from composer.music.tokens import GRID

__all__ = ["FAMILIES", "GHOST", "GridHit", "Hit", "Performance", "bars_of", "read_performances"]

GHOST = 50
"""Velocity below which a snare is a ghost note."""
FAMILIES = {
    "rock": "rock", "pop": "rock", "punk": "rock", "country": "rock",
    "funk": "funk", "soul": "funk", "hiphop": "funk", "gospel": "funk", "dance": "funk", "neworleans": "funk",
    "latin": "latin", "afrocuban": "latin", "afrobeat": "latin", "highlife": "latin", "reggae": "latin",
    "middleeastern": "latin", "jazz": "jazz", "blues": "jazz",
}  # fmt: skip
"""Style, as the table names it, to family."""
_ROLES = {
    35: "kick", 36: "kick", 38: "snare", 40: "snare", 37: "stick", 48: "high_tom", 50: "high_tom", 45: "mid_tom",
    47: "mid_tom", 41: "low_tom", 43: "low_tom", 58: "low_tom", 42: "hat", 22: "hat", 46: "open_hat", 26: "open_hat",
    44: "pedal", 51: "ride", 59: "ride", 53: "bell", 49: "crash", 52: "crash", 55: "crash", 57: "crash",
}  # fmt: skip
_DUPLE, _TRIPLE = (0, 3, 6, 9, 12), (0, 4, 8, 12)
_EARLY = 1 / 16
"""How far ahead of a beat, in quarters, a stroke still belongs to it."""
_FAVOUR = 1.25


class Hit(NamedTuple):
    """A stroke as it was played: time in quarters, role, velocity."""

    time: float
    role: str
    velocity: int


class GridHit(NamedTuple):
    """A stroke in its bar: grid step, role, velocity, how late it was in quarters."""

    position: int
    role: str
    velocity: int
    late: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """One file: ``kind`` is ``"beat"`` or ``"fill"``, ``meter`` as ``"4/4"``, ``bpm`` quarters per minute."""

    name: str
    drummer: str
    family: str
    bpm: float
    kind: str
    meter: str
    split: str
    hits: tuple[Hit, ...]


def read_performances(root: Path) -> Iterator[Performance]:
    """Read all performances that ``info.csv`` under a folder lists."""
    with (root / "info.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Performance(
                name=row["id"],
                drummer=row["drummer"],
                family=FAMILIES.get(row["style"].split("/")[0], ""),
                bpm=float(row["bpm"]),
                kind=row["beat_type"],
                meter=row["time_signature"].replace("-", "/"),
                split=row["split"],
                hits=tuple(_hits(root / row["midi_filename"])),
            )


def _hits(path: Path) -> Iterator[Hit]:
    import mido

    file = mido.MidiFile(path)
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity and message.note in _ROLES:
                yield Hit(tick / file.ticks_per_beat, _ROLES[message.note], message.velocity)


def bars_of(hits: Sequence[Hit], *, bar_steps: int) -> dict[int, list[GridHit]]:
    """Strokes by bar number, on the grid; each role once at a position, the loudest of them."""
    beats: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        beats[int(hit.time + _EARLY)].append(hit)
    bars: dict[int, dict[tuple[int, str], GridHit]] = defaultdict(dict)
    for beat, struck in beats.items():
        places = [GRID * (hit.time - beat) for hit in struck]
        duple, triple = (
            sum(min(abs(place - point) for point in grid) for place in places) for grid in (_DUPLE, _TRIPLE)
        )
        grid = _DUPLE if duple <= _FAVOUR * triple else _TRIPLE
        for hit, place in zip(struck, places, strict=True):
            point = min(grid, key=lambda point, place=place: abs(place - point))
            role = GHOST_ROLE if hit.role == "snare" and hit.velocity < GHOST else hit.role
            bar, position = divmod(beat * GRID + point, bar_steps)
            here = GridHit(position, role, hit.velocity, (place - point) / GRID)
            before = bars[bar].get((position, role))
            if before is None or before.velocity < here.velocity:
                bars[bar][position, role] = here
    return {bar: sorted(found.values()) for bar, found in sorted(bars.items())}
