"""The proportions of windows of the training split, for `composer.proportions`.

``python -m composer.training.music.proportions --cache CACHE.npz --out composer/weights/figures``
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.files import atomic_write
from composer.music.tokens import (
    CHORD_CLASSES,
    CONDITIONS,
    DURATIONS,
    END,
    GRID,
    METERS,
    ROLE_CODES,
    TEMPO_EDGES,
)
from composer.proportions import ABSENT, ENSEMBLES, MEASURES, UNITS
from composer.theory import CHORD_QUALITIES, Meter
from composer.training.music.batches import Cache, load_cache

__all__ = ["main", "measure_window"]

_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
_LEAST_BARS = 8
_MOST_WINDOWS = 9000
_KEYBOARD = 1
_SEVENTHS = frozenset(index + 1 for index, name in enumerate(CHORD_CLASSES) if "7" in name)
_LENGTHS = np.array((*DURATIONS, 0))
_SCALES = {1: frozenset((0, 2, 4, 5, 7, 9, 11)), 2: frozenset((0, 2, 4, 5, 7, 8, 9, 11))}
"""Mode code -> pitch classes of the key on the white keys: C major, A minor with both sevenths."""
_LOW = 50
"""Canonical pitch below which a keyboard's lowest note is its bass."""


@dataclass(slots=True, kw_only=True)
class _Role:
    """A role's notes over the window: onsets, notes, steps that sound and empty bars, of all its bars together."""

    bars: int = 0
    onsets: int = 0
    notes: int = 0
    sounding: int = 0
    empty: int = 0


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What is gathered of a window."""

    bar: int
    mode: int
    roles: dict[str, _Role] = field(default_factory=dict)
    tune: list[tuple[int, int]] = field(default_factory=list)
    chords: list[tuple[int, int, int, int]] = field(default_factory=list)
    closings: int = 0
    parts: dict[int, int] = field(default_factory=dict)
    bars: list[set[int]] = field(default_factory=list)
    lines: list[bool] = field(default_factory=list)
    sung: list[tuple[int, int, int]] = field(default_factory=list)
    struck: dict[tuple[int, int], set[int]] = field(default_factory=dict)


def measure_window(cache: Cache, window: int) -> list[int] | None:
    """A row of the table; None where the window is short, in a rare meter or has no tune."""
    low, high = int(cache.window_start[window]), int(cache.window_start[window + 1])
    steps, blocks = cache.steps[low:high].astype(np.int64), cache.block[low:high]
    rows = cache.conditions[blocks[0] : blocks[-1] + 1].astype(np.int64)
    meter = int(rows[0, _COLUMN["meter"]])
    if not 0 < meter <= len(METERS):
        return None
    seen = _Seen(bar=Meter.parse(METERS[meter - 1]).bar_steps, mode=int(rows[0, _COLUMN["mode"]]))
    names = {code: name for name, code in ROLE_CODES.items()}
    notes = steps[:, 0] != END
    for number, row in enumerate(rows):
        part = steps[notes & (blocks - blocks[0] == number)]
        _see(seen, row, names[int(row[_COLUMN["role"]])], part)
    bars = len(seen.chords)
    melody = seen.roles.get("melody")
    if bars < _LEAST_BARS or melody is None or melody.onsets < 2 * bars // 2 or len(seen.roles) < 2:
        return None
    values = _tune(seen, melody) | _others(seen, melody) | _harmony(seen) | _together(seen)
    values |= {
        "ensemble": _ensemble(seen),
        "meter": meter,
        "tempo": int(rows[0, _COLUMN["tempo"]]),
        "mode": int(rows[0, _COLUMN["mode"]]),
    }
    return [min(ABSENT - 1, values[name]) if name in values else ABSENT for name in MEASURES]


def _see(seen: _Seen, row: NDArray[np.int64], role: str, part: NDArray[np.int64]) -> None:
    slot, family = int(row[_COLUMN["slot"]]), int(row[_COLUMN["family"]])
    if slot == 1:
        chord = [int(row[_COLUMN[name]]) for name in ("root", "quality", "root_late", "quality_late")]
        seen.chords.append((chord[0], chord[1], chord[2], chord[3]))
        seen.closings += int(row[_COLUMN["phrase_left"]] == 1)
        seen.bars.append(set())
    seen.parts[slot] = family
    here = seen.roles.setdefault(role, _Role())
    here.bars += 1
    here.onsets += len(np.unique(part[:, 0]))
    here.notes += len(part)
    here.empty += not len(part)
    if role != "melody" and family != _KEYBOARD:
        seen.lines.append(not len(part))
    seen.bars[-1].update(part[:, 0].tolist())
    if family == _KEYBOARD:
        for position, pitch, _ in part.tolist():
            seen.struck.setdefault((len(seen.bars), position), set()).add(pitch)
    filled = np.zeros(seen.bar, dtype=bool)
    for position, _, duration in part.tolist():
        filled[position : position + _LENGTHS[duration]] = True
    here.sounding += int(filled.sum())
    if role == "melody" and family != _KEYBOARD:
        seen.sung += [(len(seen.bars), position, pitch) for position, pitch, _ in part.tolist()]
    if role == "melody":
        seen.tune += [(position, int(_LENGTHS[duration])) for position, _, duration in part.tolist()]


def _tune(seen: _Seen, melody: _Role) -> dict[str, int]:
    position, length = np.array(seen.tune).T
    time = melody.bars * seen.bar
    weak = position % GRID != 0
    return {
        "density": round(UNITS["density"] * melody.onsets * GRID / time),
        "rests": round(100 * (1 - melody.sounding / time)),
        "dotted": round(100 * float(np.isin(length, (9, 18, 36)).mean())),
        "syncopated": round(100 * float((weak & (position % GRID + length > GRID)).mean())),
        "sixteenths": round(100 * float((length <= GRID // 4).mean())),
        "off_beat": round(100 * float(weak.mean())),
        "tune_tacet": round(100 * melody.empty / melody.bars),
    }


def _others(seen: _Seen, melody: _Role) -> dict[str, int]:
    out = {}
    lead = melody.onsets / melody.bars
    for role in ("harmony", "bass", "counter"):
        found = seen.roles.get(role)
        if found is not None and found.onsets:
            out[f"{role}_busy"] = round(UNITS[f"{role}_busy"] * found.onsets / found.bars / lead)
            out[f"{role}_sustain"] = round(100 * found.sounding / (found.bars * seen.bar))
            if role == "harmony":
                out["harmony_at_once"] = round(UNITS["harmony_at_once"] * found.notes / found.onsets)
    return out


def _together(seen: _Seen) -> dict[str, int]:
    likeness = [len(one & other) / len(one | other) for one, other in pairwise(seen.bars) if one | other]
    lines = {"lines_tacet": round(100 * float(np.mean(seen.lines)))} if seen.lines else {}
    return {"steady": round(100 * float(np.mean(likeness)))} | _octaves(seen) | lines | _doubled(seen)


def _doubled(seen: _Seen) -> dict[str, int]:
    """Notes of a tune that are the highest that a keyboard strikes with them; nothing without one of the two."""
    if not seen.struck or not seen.sung:
        return {}
    along = [pitch == max(seen.struck.get((bar, position), {-1})) for bar, position, pitch in seen.sung]
    return {"doubled": round(100 * float(np.mean(along)))}


def _octaves(seen: _Seen) -> dict[str, int]:
    """Octaves of the left hand; nothing where a keyboard seldom plays low."""
    low = [sorted(pitches) for pitches in seen.struck.values() if min(pitches) < _LOW]
    if len(low) < len(seen.bars) / 2:
        return {}
    return {"octaves": round(100 * float(np.mean([p[1:2] == [p[0] + 12] for p in low])))}


def _harmony(seen: _Seen) -> dict[str, int]:
    chords = np.array([chord for chord in seen.chords if chord[0]])
    if len(chords) < _LEAST_BARS // 2:
        return {"closings": round(100 * seen.closings / len(seen.chords))}
    stays = chords[1:, 0] == chords[:-1, 2]
    return {
        "prolonged": round(100 * float(stays.mean())),
        "second_chords": round(100 * float((chords[:, 0] != chords[:, 2]).mean())),
        "sevenths": round(100 * float(np.isin(chords[:, 1], tuple(_SEVENTHS)).mean())),
        "closings": round(100 * seen.closings / len(seen.chords)),
        "chromatic": round(100 * _chromatic(chords, seen.mode)),
    }


def _chromatic(chords: NDArray[np.int64], mode: int) -> float:
    """Share of the tones of the chords, early and late ones, that lie outside the scale."""
    scale = _SCALES[mode]
    shares = []
    for root, quality in (*chords[:, :2].tolist(), *chords[:, 2:].tolist()):
        tones = CHORD_QUALITIES[CHORD_CLASSES[quality - 1]]
        shares.append(sum((root - 1 + tone) % 12 not in scale for tone in tones) / len(tones))
    return float(np.mean(shares))


def _ensemble(seen: _Seen) -> int:
    keyboards = sum(family == _KEYBOARD for family in seen.parts.values())
    lines = len(seen.parts) - keyboards
    if not lines:
        return ENSEMBLES.index("keyboard")
    if keyboards:
        return ENSEMBLES.index("voice and keyboard" if lines == 1 else "lines and keyboard")
    return ENSEMBLES.index("lines")


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for windows.npz")
    options = parser.parse_args(argv)
    cache = load_cache(options.cache)
    windows = np.random.default_rng(0).permutation(cache.windows(0))
    rows: list[list[int]] = []
    for window in windows.tolist():
        row = measure_window(cache, window)
        if row is not None:
            rows.append(row)
        if len(rows) == _MOST_WINDOWS:
            break
    options.out.mkdir(parents=True, exist_ok=True)
    with atomic_write(options.out / "windows.npz") as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            table=np.array(rows, dtype=np.uint8),
            measures=np.array(MEASURES),
            meters=np.array(METERS),
            tempo_edges=np.array(TEMPO_EDGES),
        )
    print(f"{len(rows)} windows")


if __name__ == "__main__":
    main()
