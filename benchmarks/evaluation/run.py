"""Do the measures of sets behave: identity, order under degradation, floor?

Excerpts of works (16 bars, test split by default) are degraded in four ways, each at three strengths:

* wrong pitches: a share of the notes moves by one or two semitones;
* shuffled bars: a share of the bars change places, in all parts together;
* detuning: every note is so many cents sharp or flat, by chance;
* noise: white noise at a ratio to the signal in dB.

Half the excerpts, chosen at random, are the reference; the other half is compared with it as it is (the *floor*: human
against human) and degraded. That is done for many random halves, each half once on either side, and averaged: otherwise
two halves that differ by chance could be brought nearer to each other by a fault. An embedding passes a degradation
when a stronger one is farther, and every one farther than the floor.

    python benchmarks/evaluation/run.py --data DIR --n 120

Writes results.csv and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import io
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import mido
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import (
    add_data,
    add_number,
    add_out,
    argument_parser,
    in_parallel,
    processor_seconds,
    write_csv,
    write_summary,
)
from composer.errors import MidiError
from composer.metrics.embeddings import EMBEDDINGS, Embedding, comparable, embed_notes, embed_sound
from composer.metrics.frechet import frechet_at_infinity, frechet_distance
from composer.metrics.waveform import Waveform
from composer.midi.notes import DURATION, ONSET, PITCH, VELOCITY, MidiNotes, excerpt, parse_midi_notes
from composer.rendering import find_soundfont
from composer.rendering.audio.synthesizer import load_fluidsynth
from composer.training.originality.build import split_files

__all__ = ["detuned", "excerpts", "main", "midi_bytes", "shuffled_bars", "wrong_pitches"]

FloatArray = NDArray[np.float64]
STRENGTHS: dict[str, tuple[float, float, float]] = {
    "wrong pitches": (0.05, 0.2, 0.5),
    "shuffled bars": (0.25, 0.5, 1.0),
    "detuning": (10.0, 30.0, 60.0),
    "noise": (30.0, 20.0, 10.0),
}
UNITS = {"wrong pitches": "of notes", "shuffled bars": "of bars", "detuning": "cents"}
MAX_PARTS, MAX_NOTES = 7, 400
"""Seven parts: detuned, each takes two of the fifteen channels for pitched instruments."""
RATE_HZ = 16_000
"""Of the sound: what the embeddings listen at."""
SPLITS = 10


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


def detuned(midi: MidiNotes, cents: float, rng: np.random.Generator) -> bytes:
    """A MIDI file with every pitched note sharp or flat by chance: each part on two channels with opposite bends."""
    parts, bends = [], []
    for part in midi.parts:
        up = rng.random(len(part.notes)) < 0.5
        sides = ((up, 1), (~up, -1)) if not part.is_drums else ((np.ones_like(up), 0),)
        for side, sign in sides:
            parts.append(replace(part, notes=part.notes[side]))
            bends.append(round(sign * cents / 200 * 8192))
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(replace(midi, parts=tuple(parts)))))
    for track, bend in zip(file.tracks[1:], bends, strict=True):
        place = next(index for index, message in enumerate(track) if message.type == "program_change")
        track.insert(place + 1, mido.Message("pitchwheel", channel=track[place].channel, pitch=bend, time=0))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def noise(wave: Waveform, decibels: float, rng: np.random.Generator) -> Waveform:
    level = np.sqrt(np.mean(wave.samples**2)) * 10 ** (-decibels / 20)
    return replace(wave, samples=wave.samples + level * rng.standard_normal(wave.samples.shape))


NOTES: dict[str, Callable[[MidiNotes, float, np.random.Generator], MidiNotes]] = {
    "wrong pitches": wrong_pitches,
    "shuffled bars": shuffled_bars,
}


# ------------------------------------------------------------------------------------------ measuring


class Player:
    """FluidSynth without a room, mono: quick, and enough for the embeddings, which listen at 16 kHz."""

    def __init__(self) -> None:
        self._synth = load_fluidsynth().Synth(samplerate=float(RATE_HZ), gain=0.3)
        font = self._synth.sfload(str(find_soundfont()))
        for channel in range(16):
            self._synth.program_select(channel, font, 128 if channel == 9 else 0, 0)
        for room in ("reverb", "chorus"):
            self._synth.setting(f"synth.{room}.active", 0)

    def play(self, content: bytes) -> Waveform:
        """A MIDI file's sound, and a second more."""
        self._synth.system_reset()
        blocks, due = [], 0.0
        for message in mido.MidiFile(file=io.BytesIO(content)):
            due += message.time
            count = round(due * RATE_HZ)
            due -= count / RATE_HZ
            blocks.append(self._samples(count))
            self._send(message)
        blocks.append(self._samples(RATE_HZ))
        return Waveform(samples=np.concatenate(blocks)[:, None], rate_hz=RATE_HZ)

    def _samples(self, count: int) -> FloatArray:
        found = np.asarray(self._synth.get_samples(count), dtype=np.float64) if count else np.empty(0)
        mono: FloatArray = found.reshape(-1, 2).mean(axis=1) / 2**15
        return mono

    def _send(self, message: Any) -> None:
        if message.type == "note_on":
            self._synth.noteon(message.channel, message.note, message.velocity)
        elif message.type == "note_off":
            self._synth.noteoff(message.channel, message.note)
        elif message.type == "program_change":
            self._synth.program_change(message.channel, message.program)
        elif message.type == "pitchwheel":
            self._synth.pitch_bend(message.channel, message.pitch)


Vectors = dict[str, FloatArray]
"""Name of an embedding -> vectors of an excerpt, shape (n, dimensions)."""
_PLAYERS: list[Player] = []


def embedded(item: tuple[int, MidiNotes], *, seed: int) -> dict[str, Vectors]:
    """One excerpt as it is ("none") and degraded ("noise 20" ...)."""
    number, midi = item
    rng = np.random.default_rng([seed, number])
    if not _PLAYERS:
        _PLAYERS.append(Player())
    player = _PLAYERS[0]
    wave = player.play(midi_bytes(midi))
    result = {"none": embed_notes(midi) | embed_sound(wave)}
    for name, change in NOTES.items():
        for strength in STRENGTHS[name]:
            worse = change(midi, strength, rng)
            result[f"{name} {strength:g}"] = embed_notes(worse) | embed_sound(player.play(midi_bytes(worse)))
    for cents in STRENGTHS["detuning"]:
        result[f"detuning {cents:g}"] = embed_sound(player.play(detuned(midi, cents, rng)))
    for decibels in STRENGTHS["noise"]:
        result[f"noise {decibels:g}"] = embed_sound(noise(wave, decibels, rng))
    return result


def measured(midis: Sequence[MidiNotes], seed: int, workers: int) -> list[dict[str, Vectors]]:
    """All excerpts, with a line of progress."""
    return in_parallel(partial(embedded, seed=seed), list(enumerate(midis)), workers, "excerpts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The distance of a degraded half from the other half, extended to infinite n: mean over the splits.

    `low` and `high` are the 2.5 and 97.5 percentiles over the splits of what it exceeds the same split's floor by.
    """

    embedding: Embedding
    degradation: str
    strength: str
    distance: float
    low: float
    high: float
    n: int


def distances(found: Sequence[dict[str, Vectors]], seed: int) -> list[Row]:
    """The floor and every degradation on every embedding that hears it."""
    rows = []
    halves = list(_halves(len(found), seed))
    for embedding in EMBEDDINGS:
        floor = _series(found, embedding, "none", halves)
        for key in found[0]:
            if embedding.name not in found[0][key]:
                continue
            name, _, strength = key.rpartition(" ") if key != "none" else ("none", "", "")
            values = floor if key == "none" else _series(found, embedding, key, halves)
            low, high = np.percentile(values - floor, [2.5, 97.5])
            rows.append(
                Row(
                    embedding=embedding,
                    degradation=name,
                    strength=strength,
                    distance=float(values.mean()),
                    low=float(low),
                    high=float(high),
                    n=len(found) // 2,
                )
            )
    return rows


def _halves(n: int, seed: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    rng = np.random.default_rng(seed)
    for _ in range(SPLITS):
        shuffled = rng.permutation(n)
        first, second = shuffled[: n // 2], shuffled[n // 2 : 2 * (n // 2)]
        yield first, second
        yield second, first


def _series(
    found: Sequence[dict[str, Vectors]],
    embedding: Embedding,
    key: str,
    halves: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> FloatArray:
    values = []
    for number, (first, second) in enumerate(halves):
        base = np.concatenate([found[index]["none"][embedding.name] for index in first])
        other = np.concatenate([found[index][key][embedding.name] for index in second])
        # The same subsets for every degradation, so that these differ by the degradation alone.
        rng = np.random.default_rng(number)
        values.append(frechet_at_infinity(*comparable(embedding, base, other), rng=rng).infinite)
    return np.array(values)


def identity(found: Sequence[dict[str, Vectors]], embedding: Embedding) -> float:
    """The distance of everything from itself."""
    everything = np.concatenate([each["none"][embedding.name] for each in found])
    (base,) = comparable(embedding, everything)
    return frechet_distance(base, base)


def report(rows: Sequence[Row], found: Sequence[dict[str, Vectors]]) -> Iterator[str]:
    """The summary, embedding by embedding; at the end who hears what."""
    heard: dict[str, list[str]] = {name: [] for name in STRENGTHS}
    for embedding in EMBEDDINGS:
        mine = [row for row in rows if row.embedding == embedding]
        yield f"{embedding.name} ({embedding.of}): distance of a set from itself {identity(found, embedding):.1e}"
        yield f"  {'floor: half against half':<28}{mine[0].distance:8.2f}"
        for change in STRENGTHS:
            series = [row for row in mine if row.degradation == change]
            if not series:
                continue
            values = [mine[0].distance, *(row.distance for row in series)]
            in_order = all(lower < higher for lower, higher in pairwise(values))
            for row in series:
                label = f"{change} {row.strength} {UNITS.get(change, 'dB')}"
                yield f"  {label:<28}{row.distance:8.2f}   above the floor by [{row.low:+.2f}, {row.high:+.2f}]"
            yield f"  {change}: in order from the floor up: {'yes' if in_order else 'NO'}"
            heard[change] += [embedding.name] if in_order else []
    for change, names in heard.items():
        yield f"{change}: heard in order by {', '.join(names) or 'NOBODY'}"


def _cells(row: Row) -> list[object]:
    values = (f"{value:.5g}" for value in (row.distance, row.low, row.high))
    return [row.embedding.name, row.degradation, row.strength, *values, row.n]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__)
    add_data(parser)
    add_number(parser, "--n", 120, "excerpts, half of them the reference")
    add_number(parser, "--bars", 16, "length in bars")
    parser.add_argument("--split", choices=("val", "test"), default="test", help="of the works (default test)")
    add_number(parser, "--seed", 0, "of everything drawn")
    add_number(parser, "--workers", 2, "processes")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    before = time.perf_counter()
    midis = excerpts(options.data, options.split, options.n, options.bars, options.seed)
    found = measured(midis, options.seed, options.workers)
    rows = distances(found, options.seed)
    seconds, busy = time.perf_counter() - before, processor_seconds()
    head = (
        f"n = {len(midis)}, half against half, {2 * SPLITS} splits, bars = {options.bars}, split = {options.split}, "
        f"seed = {options.seed}; {seconds:.0f} s, {busy:.0f} s of processor time"
    )
    text = "\n".join([head, *report(rows, found)]) + "\n"
    header = ("embedding", "degradation", "strength", "distance", "above_low", "above_high", "n")
    write_csv(options.out / "results.csv", header, map(_cells, rows))
    write_summary(options.out, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
