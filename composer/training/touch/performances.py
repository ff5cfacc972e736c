"""The timing and loudness of pianists: small departures from evenness, measured in transcribed performances.

``python -m composer.training.touch.performances --data DATA --out composer/weights/touch/playing.json``

The performances (GiantMIDI-Piano, CC BY 4.0) have no bars, so departures are measured where evenness can be seen: in
runs of at least `RUN` onsets whose distances differ little, from a straight line through each run. What is slower than
a run is tempo and no departure. The transcription itself is some ten milliseconds exact, so that the measures are upper
bounds.
"""

from __future__ import annotations

import argparse
import csv
import json
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.errors import MidiError
from composer.files import atomic_write
from composer.midi.notes import ONSET, PITCH, VELOCITY, FloatArray, MidiPart, read_midi_notes
from composer.training.grooves.touch import spread_of
from composer.training.music.archives import unpack

__all__ = ["RUN", "main", "playing_of"]

RUN = 24
_SOURCE, _SECONDS = "giantmidi_preview", 0.5
"""Its files are at 120 to the minute throughout."""
_TOGETHER_MS, _CHORD_MS = 35.0, 80.0
"""Onsets nearer than the first are struck together, as long as the chord is no longer than the second."""
_EVEN = 0.15
"""How far a distance may be from the run's median."""
_WINDOW = 16
"""Chords on each side whose mean loudness is a chord's own level."""


def playing_of(performances: Iterable[FloatArray]) -> dict[str, float]:
    """The fields of `composer.playing.Playing` from note arrays whose onsets are quarters at 120 a minute."""
    timing: list[list[float]] = []
    loudness: list[list[float]] = []
    ahead: list[float] = []
    spread: list[float] = []
    louder: list[float] = []
    for notes in performances:
        chords = _chords(notes)
        times = np.array([chord[:, ONSET].min() for chord in chords]) * 1000 * _SECONDS
        for chord in (chord for chord in chords if len(chord) > 1):
            inner = chord[:-1]
            ahead.append(float((inner[:, ONSET].mean() - chord[-1, ONSET]) * 1000 * _SECONDS))
            louder.append(float(chord[-1, VELOCITY] - inner[:, VELOCITY].mean()))
            spread.append(float(np.ptp(chord[:, ONSET]) * 1000 * _SECONDS / (len(chord) - 1)))
        timing += [_departures(times[first:last]) for first, last in _even_runs(times)]
        loudness.append(_about_mean(np.array([chord[:, VELOCITY].max() for chord in chords])))
    wander, jitter, memory = spread_of(timing)
    loud_wander, loud_jitter, loud_memory = spread_of(loudness)
    values = {
        "wander_ms": wander, "jitter_ms": jitter, "memory": memory, "ahead_ms": float(np.mean(ahead)),
        "spread_ms": float(np.median(spread)), "loud_wander": loud_wander, "loud_jitter": loud_jitter,
        "loud_memory": loud_memory, "top_louder": float(np.mean(louder)),
    }  # fmt: skip
    return {name: round(value, 2) for name, value in values.items()}


def _chords(notes: FloatArray) -> list[FloatArray]:
    """Notes that are struck together, by pitch."""
    notes = notes[np.argsort(notes[:, ONSET], kind="stable")]
    out: list[list[NDArray[np.float64]]] = []
    for note in notes:
        near = out and (note[ONSET] - out[-1][-1][ONSET]) * 1000 * _SECONDS < _TOGETHER_MS
        if near and (note[ONSET] - out[-1][0][ONSET]) * 1000 * _SECONDS < _CHORD_MS:
            out[-1].append(note)
        else:
            out.append([note])
    return [np.array(sorted(chord, key=lambda note: float(note[PITCH]))) for chord in out]


def _even_runs(times: NDArray[np.float64]) -> list[tuple[int, int]]:
    """First and last (exclusive) index of runs of onsets at even distances."""
    gaps = np.diff(times)
    out, first = [], 0
    for index in range(1, len(gaps) + 1):
        typical = float(np.median(gaps[first:index]))
        if index == len(gaps) or abs(gaps[index] - typical) > _EVEN * typical:
            if index - first + 1 >= RUN:
                out.append((first, index + 1))
            first = index
    return out


def _departures(times: NDArray[np.float64]) -> list[float]:
    """Distances in milliseconds from a straight line, piece by piece of a run."""
    out: list[float] = []
    for start in range(0, len(times) - RUN + 1, RUN):
        own = times[start : start + RUN]
        line = np.polynomial.Polynomial.fit(np.arange(RUN), own, 1)
        out += (own - line(np.arange(RUN))).tolist()
    return out


def _about_mean(values: NDArray[np.float64]) -> list[float]:
    """The values less the mean of those around them."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    first = np.maximum(np.arange(len(values)) - _WINDOW, 0)
    last = np.minimum(np.arange(len(values)) + _WINDOW + 1, len(values))
    return (values - (sums[last] - sums[first]) / (last - first)).tolist()


def _read(data: Path, splits: Sequence[str]) -> list[FloatArray]:
    with (data / "music" / "open.csv").open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["source"] == _SOURCE and row["split"] in splits]
    with tempfile.TemporaryDirectory() as name, tarfile.open(data / "music" / "open.tar.xz") as archive:
        unpack(archive, Path(name))
        files = {path.name: path for path in Path(name).rglob("giant_*.mid")}
        parts = [found for row in rows if (found := _parts(files[Path(row["path"]).name]))]
    return [np.concatenate([part.notes for part in own]) for own in parts]


def _parts(path: Path) -> tuple[MidiPart, ...]:
    """The parts of a file; none where it is no performance that a reader takes (one lasts over an hour)."""
    try:
        return read_midi_notes(path).parts
    except MidiError:
        return ()


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    train, held_out = _read(options.data, ("train",)), _read(options.data, ("val", "test"))
    found = playing_of(train)
    print(f"{len(train)} performances: {found}\n{len(held_out)} held out: {playing_of(held_out)}")
    with atomic_write(options.out) as temporary:
        temporary.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
