"""Do the measures of sets behave: identity, order under degradation, floor, time?

Excerpts of works (16 bars, validation split by default) are split in two halves. Half A is the reference. Half B is
compared as it is (the floor), and degraded in four ways, each at three strengths:

* notes, wrong pitches: a share of the notes moves by one or two semitones;
* notes, shuffled bars: a share of the bars change places;
* sound, noise: white noise at a ratio to the signal in dB;
* sound, detuning: a second copy of the recording, so many cents sharp, is mixed in.

A measure passes when a stronger degradation is farther from the reference, and every one farther than the floor.

    python benchmarks/evaluation/run.py --data DIR --n 120

Writes results.csv and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import argparse
import csv
import io
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

from composer.appraisal.files import played
from composer.errors import MidiError
from composer.evaluation import audio_embedding, symbolic
from composer.evaluation.audio_embedding import embed_audio
from composer.evaluation.frechet import Extrapolated, frechet_at_infinity, frechet_distance
from composer.evaluation.midi_notes import DURATION, ONSET, PITCH, VELOCITY, MidiNotes, excerpt, parse_midi_notes
from composer.evaluation.symbolic import measure_symbolic, scaled
from composer.evaluation.waveform import Waveform
from composer.training.originality.build import split_files

__all__ = ["excerpts", "main", "midi_bytes", "shuffled_bars", "wrong_pitches"]

FloatArray = NDArray[np.float64]
STRENGTHS: dict[str, tuple[float, float, float]] = {
    "wrong pitches": (0.05, 0.2, 0.5),
    "shuffled bars": (0.25, 0.5, 1.0),
    "noise": (30.0, 20.0, 10.0),
    "detuning": (25.0, 50.0, 100.0),
}
MAX_PARTS, MAX_NOTES = 8, 400


def excerpts(data: Path, split: str, n: int, bars: int, seed: int) -> list[MidiNotes]:
    """One excerpt of each of `n` works, at random."""
    rng = random.Random(seed)
    works = list(split_files(data, split))
    rng.shuffle(works)
    found = []
    for row, content in works:
        try:
            midi = parse_midi_notes(content, name=row["id"])
            first = rng.randrange(1, max(2, len(midi.bar_lines()) - bars))
            part = excerpt(midi, first, bars)
        except MidiError:
            continue
        if 1 <= len(part.parts) <= MAX_PARTS and 2 * bars <= len(part.pitched) <= MAX_NOTES:
            found.append(part)
        if len(found) == n:
            break
    return found


def midi_bytes(midi: MidiNotes) -> bytes:
    """The notes, programs, tempos and meters as a MIDI file."""
    file = mido.MidiFile(type=1, ticks_per_beat=480)
    head = [(tempo.quarter, mido.MetaMessage("set_tempo", tempo=round(60e6 / tempo.bpm))) for tempo in midi.tempos]
    head += [
        (meter.quarter, mido.MetaMessage("time_signature", numerator=meter.beats, denominator=meter.unit))
        for meter in midi.meters
    ]
    tracks = [[(quarter, 0, message) for quarter, message in head]]
    channels = iter([*range(9), *range(10, 16)])
    for part in midi.parts:
        channel = 9 if part.is_drums else next(channels)
        events = [(0.0, -1, mido.Message("program_change", channel=channel, program=part.program))]
        for row in part.notes:
            note, velocity = int(row[PITCH]), max(1, int(row[VELOCITY]))
            events.append((row[ONSET], 1, mido.Message("note_on", channel=channel, note=note, velocity=velocity)))
            events.append((row[ONSET] + row[DURATION], 0, mido.Message("note_off", channel=channel, note=note)))
        tracks.append(events)
    for events in tracks:
        track, now = mido.MidiTrack(), 0
        for quarter, _, message in sorted(events, key=lambda event: event[:2]):
            tick = round(quarter * 480)
            track.append(message.copy(time=tick - now))
            now = tick
        file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


# -------------------------------------------------------------------------------------- degradations


def wrong_pitches(midi: MidiNotes, share: float, rng: np.random.Generator) -> MidiNotes:
    """A share of the pitched notes moves by one or two semitones."""
    parts = []
    for part in midi.parts:
        notes = part.notes.copy()
        if not part.is_drums:
            moved = rng.random(len(notes)) < share
            notes[:, PITCH] = np.clip(notes[:, PITCH] + moved * rng.choice([-2, -1, 1, 2], len(notes)), 0, 127)
        parts.append(replace(part, notes=notes))
    return replace(midi, parts=tuple(parts))


def shuffled_bars(midi: MidiNotes, share: float, rng: np.random.Generator) -> MidiNotes:
    """A share of the bars change places; those of all parts together, so that chords stay whole."""
    lines = midi.bar_lines()
    bars = len(lines) - 1
    chosen = np.sort(rng.permutation(bars)[: max(2, round(share * bars))])
    target = np.arange(bars)
    target[chosen] = np.roll(chosen, 1) if len(chosen) == 2 else rng.permutation(chosen)
    parts = []
    for part in midi.parts:
        notes = part.notes.copy()
        bar = np.clip(np.searchsorted(lines, notes[:, ONSET] + 1e-6, side="right") - 1, 0, bars - 1)
        notes[:, ONSET] += lines[target[bar]] - lines[bar]
        parts.append(replace(part, notes=notes[np.lexsort((notes[:, PITCH], notes[:, ONSET]))]))
    return replace(midi, parts=tuple(parts))


def noise(wave: Waveform, decibels: float, rng: np.random.Generator) -> Waveform:
    level = np.sqrt(np.mean(wave.samples**2)) * 10 ** (-decibels / 20)
    return replace(wave, samples=wave.samples + level * rng.standard_normal(wave.samples.shape))


def detuning(wave: Waveform, cents: float, _rng: np.random.Generator) -> Waveform:
    places = np.arange(len(wave.samples)) * 2 ** (cents / 1200)
    sharp = np.interp(places, np.arange(len(wave.samples)), wave.mono, right=0.0)
    return replace(wave, samples=((wave.mono + sharp) / 2)[:, None])


NOTES: dict[str, Callable[[MidiNotes, float, np.random.Generator], MidiNotes]] = {
    "wrong pitches": wrong_pitches,
    "shuffled bars": shuffled_bars,
}
SOUND: dict[str, Callable[[Waveform, float, np.random.Generator], Waveform]] = {"noise": noise, "detuning": detuning}


# ------------------------------------------------------------------------------------------ measuring


def _embedded(item: tuple[int, MidiNotes], *, seed: int, degrade: bool) -> dict[str, FloatArray]:
    """Vectors of one excerpt, as it is and degraded: name -> shape (n, dimensions)."""
    number, midi = item
    rng = np.random.default_rng([seed, number])
    result = {"notes": measure_symbolic(midi).vector[None]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "piece.mid"
        path.write_bytes(midi_bytes(midi))
        wave, _ = played(path)
    result["sound"] = embed_audio(wave)
    if degrade:
        for name, change in NOTES.items():
            for strength in STRENGTHS[name]:
                result[f"{name} {strength:g}"] = measure_symbolic(change(midi, strength, rng)).vector[None]
        for name, worsen in SOUND.items():
            for strength in STRENGTHS[name]:
                result[f"{name} {strength:g}"] = embed_audio(worsen(wave, strength, rng))
    return result


def measured(midis: Sequence[MidiNotes], seed: int, workers: int) -> list[dict[str, FloatArray]]:
    half = len(midis) // 2
    found = []
    with ProcessPoolExecutor(workers) as pool:
        jobs = [
            *pool.map(partial(_embedded, seed=seed, degrade=False), list(enumerate(midis[:half]))),
            *pool.map(partial(_embedded, seed=seed, degrade=True), list(enumerate(midis[half:], start=half))),
        ]
        for done in jobs:
            found.append(done)
            print(f"\r{len(found)}/{len(midis)} excerpts", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def distances(found: Sequence[dict[str, FloatArray]], seed: int) -> Iterator[tuple[str, str, str, Extrapolated]]:
    """(of, degradation, strength, distance) for the floor and every degradation."""
    half = len(found) // 2
    base = {kind: np.concatenate([each[kind] for each in found[:half]]) for kind in ("notes", "sound")}

    def against(kind: str, name: str) -> Extrapolated:
        other = np.concatenate([each[name] for each in found[half:]])
        pair = scaled(base[kind], other) if kind == "notes" else (base[kind], other)
        # The same subsets for every degradation, so that these differ by the degradation alone.
        return frechet_at_infinity(*pair, rng=np.random.default_rng(seed), rounds=20)

    for kind, changes in (("notes", NOTES), ("sound", SOUND)):
        yield kind, "none", "", against(kind, kind)
        for name in changes:
            for strength in STRENGTHS[name]:
                yield kind, name, f"{strength:g}", against(kind, f"{name} {strength:g}")


def report(rows: Sequence[tuple[str, str, str, Extrapolated]], identity: dict[str, float]) -> Iterator[str]:
    names = {"notes": symbolic.EMBEDDING, "sound": audio_embedding.EMBEDDING}
    for kind, name in names.items():
        yield f"{kind}, {name}: distance of a set from itself {identity[kind]:.1e}"
        floor = next(row[3] for row in rows if row[0] == kind and row[1] == "none")
        yield f"  {'floor: half against half':<30}{floor}"
        changes = dict.fromkeys(row[1] for row in rows if row[0] == kind and row[1] != "none")
        for change in changes:
            series = [row for row in rows if row[:2] == (kind, change)]
            for row in series:
                yield f"  {change + ' ' + row[2]:<30}{row[3]}"
            values = [floor.infinite, *(row[3].infinite for row in series)]
            ordered = all(lower < higher for lower, higher in pairwise(values))
            yield f"  {change}: in order from the floor up: {'yes' if ordered else 'NO'}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = Path(os.environ.get("COMPOSER_DATA", "../shared/data"))
    parser.add_argument("--data", type=Path, default=default, help="folder with music/open.tar.xz and pop909.tar.xz")
    parser.add_argument("--n", type=int, default=120, help="excerpts, half of them the reference (default 120)")
    parser.add_argument("--bars", type=int, default=16, help="length in bars (default 16)")
    parser.add_argument("--split", choices=("val", "test"), default="val", help="of the works (default val)")
    parser.add_argument("--seed", type=int, default=0, help="of everything drawn (default 0)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder for the two results")
    options = parser.parse_args(arguments)
    before = time.perf_counter()
    midis = excerpts(options.data, options.split, options.n, options.bars, options.seed)
    found = measured(midis, options.seed, options.workers)
    rows = list(distances(found, options.seed))
    identity = {}
    for kind in ("notes", "sound"):
        everything = np.concatenate([each[kind] for each in found])
        (base,) = scaled(everything) if kind == "notes" else (everything,)
        identity[kind] = frechet_distance(base, base)
    seconds = time.perf_counter() - before
    head = f"n = {len(midis)}, bars = {options.bars}, split = {options.split}, seed = {options.seed}, {seconds:.0f} s"
    text = "\n".join([head, *report(rows, identity)]) + "\n"
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "results.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["of", "degradation", "strength", "infinite", "low", "high", "finite", "n", "reference_n"])
        for kind, name, strength, d in rows:
            values = (f"{value:.5g}" for value in (d.infinite, d.low, d.high, d.finite))
            writer.writerow([kind, name, strength, *values, d.n, d.reference_n])
    (options.out / "summary.txt").write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
