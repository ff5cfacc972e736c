"""Does every note of a MIDI file reach the score? Notes read back from our MusicXML by music21, against the file's own.

    python benchmarks/score_loss/run.py --n 60
    python benchmarks/score_loss/run.py --n 0 --archive open.tar.xz --files 40

Draws `--n` files: changes of meter, tempo and key, upbeats, bars cut short, up to 300 bars and 24 parts, dense
polyphony, free timing, drums with and without anything else. With `--archive`, random files of a tar archive too. Both
are made into a score; the multiset of (onset, pitch) of the file, on the score's grid, is compared with what music21
reads.

Writes results.csv (one row per file) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import sys
import tarfile
import tempfile
import time
import warnings
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido

from composer.errors import ComposerError
from composer.midi.piece import MidiPiece, read_piece
from composer.pipeline.midi_grid import score_grid
from composer.pipeline.midi_score import MidiScore, score_of_midi
from composer.rendering import score_to_musicxml
from composer.types import Composition

__all__ = ["Row", "draw", "main", "measure", "summary"]

_RESOLUTION = 480
_STEPS = 12
_METERS = (
    (4, 4),
    (3, 4),
    (2, 4),
    (6, 8),
    (9, 8),
    (12, 8),
    (5, 8),
    (7, 8),
    (3, 8),
    (2, 2),
    (5, 4),
    (6, 4),
    (3, 16),
    (3, 2),
)
_KEYS = ("C", "Eb", "F#m", "Cb", "C#", "Am", "B")
_PROGRAMS = (0, 0, 19, 40, 42, 48, 52, 73)
_NEAR = 6
"""Steps: how far a note may stand from where the file has it and still be that note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One file: `lost` notes are in the file and not in what music21 reads, `named` of them in the remarks.

    `extra` notes are only in the score; `misplaced` ones are in both, over half a quarter note apart.
    """

    name: str
    bars: int
    parts: int
    notes: int
    lost: int
    named: int
    extra: int
    misplaced: int
    remarks: int
    seconds: float
    error: str = ""


# ---------------------------------------------------------------------------------------- drawn files


def draw(number: int, seed: int) -> bytes:
    """A MIDI file of one of ten kinds."""
    rng = random.Random(f"score-loss/{seed}/{number}")
    kind = number % 10  # 0 all changes, 1 meters and upbeat, 2 bars cut short, 3 upbeat, 4 free timing, 5 keys, ...
    bars = 300 if kind == 7 else rng.randint(4, 24)
    parts = 24 if kind == 8 else rng.randint(1, 5)
    conductor, lines = _course(rng, kind, bars)
    file = mido.MidiFile(type=1, ticks_per_beat=_RESOLUTION)
    file.tracks.append(_track(conductor))
    if kind != 9:
        for index in range(parts):
            channel = index % 15 + (index % 15 >= 9)
            file.tracks.append(_track(_part(rng, kind, lines, channel, name=f"Part {chr(65 + index)}")))
    if kind in (8, 9) or rng.random() < 0.3:
        file.tracks.append(_track(_part(rng, kind, lines, 9, name="Kit")))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _course(rng: random.Random, kind: int, bars: int) -> tuple[list[tuple[int, Any]], list[tuple[int, int]]]:
    """Events of the conductor, and (start, length) of the bars."""
    beats, unit = rng.choice(_METERS)
    events: list[tuple[int, Any]] = [(0, mido.MetaMessage("track_name", name="Drawn"))]
    lines: list[tuple[int, int]] = []
    at = 0
    for bar in range(bars):
        changes = bar == 0 or (kind in (0, 1, 2, 6) and rng.random() < 0.2)
        if changes and bar:
            beats, unit = rng.choice(_METERS)
        length = beats * 4 * _RESOLUTION // unit
        if bar == 0 and kind in (1, 3):  # an upbeat
            events.append((0, mido.MetaMessage("time_signature", numerator=1, denominator=unit)))
            lines.append((0, 4 * _RESOLUTION // unit))
            at = 4 * _RESOLUTION // unit
        if changes:
            events.append((at, mido.MetaMessage("time_signature", numerator=beats, denominator=unit)))
        if kind == 2 and rng.random() < 0.15:  # a bar cut short by the next time signature
            length -= rng.choice((1, 2, 3)) * _RESOLUTION // 4 if length > _RESOLUTION else 0
            changes = True
            events.append((at + length, mido.MetaMessage("time_signature", numerator=beats, denominator=unit)))
        if kind in (0, 4) and (bar == 0 or rng.random() < 0.2):
            events.append((at, mido.MetaMessage("set_tempo", tempo=rng.randint(150_000, 1_500_000))))
        if kind in (0, 5) and (bar == 0 or rng.random() < 0.2):
            events.append((at, mido.MetaMessage("key_signature", key=rng.choice(_KEYS))))
        lines.append((at, length))
        at += length
    return events, lines


def _part(
    rng: random.Random, kind: int, lines: Sequence[tuple[int, int]], channel: int, *, name: str
) -> list[tuple[int, Any]]:
    events: list[tuple[int, Any]] = [(0, mido.MetaMessage("track_name", name=name))]
    if channel != 9:
        events.append((0, mido.Message("program_change", channel=channel, program=rng.choice(_PROGRAMS))))
    sounding: dict[int, int] = {}
    grids = (_RESOLUTION // 4, _RESOLUTION // 3, _RESOLUTION // 2, _RESOLUTION, _RESOLUTION // 8)
    for start, length in lines:
        unit = rng.choice(grids[:4] if kind != 6 else grids)
        for tick in range(start, start + length, unit):
            voices = rng.randint(0, 2) if kind != 6 else rng.randint(0, 6)
            for pitch in rng.sample(range(35, 60) if channel == 9 else range(40, 90), voices):
                onset = tick + (rng.randint(-20, 20) if kind == 4 and tick else 0)
                if sounding.get(pitch, -1) > onset:
                    continue
                held = rng.choice((unit, unit, 2 * unit, 5 * unit))
                sounding[pitch] = onset + held
                events.append(
                    (onset, mido.Message("note_on", channel=channel, note=pitch, velocity=rng.randint(30, 110)))
                )
                events.append((onset + held, mido.Message("note_off", channel=channel, note=pitch)))
    if not sounding:
        events += _note(channel, 50, 0, 240, 70)
    return events


def _note(channel: int, pitch: int, onset: int, end: int, velocity: int) -> list[tuple[int, Any]]:
    on = mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)
    return [(onset, on), (end, mido.Message("note_off", channel=channel, note=pitch))]


def _track(events: Sequence[tuple[int, Any]]) -> mido.MidiTrack:
    track, last = mido.MidiTrack(), 0
    for tick, message in sorted(events, key=lambda item: (item[0], item[1].type == "note_on")):
        track.append(message.copy(time=tick - last))
        last = tick
    return track


# ----------------------------------------------------------------------------------------- measuring


def measure(path: Path, name: str) -> Row:
    """Compare a file with what music21 reads from the MusicXML made of it."""
    begun = time.perf_counter()
    try:
        piece = read_piece(path)
        made = score_of_midi(path)
        read = read_back(made.composition)
        error = ""
    except ComposerError as failure:
        return Row(
            name=name, bars=0, parts=0, notes=0, lost=0, named=0, extra=0, misplaced=0, remarks=0,
            seconds=round(time.perf_counter() - begun, 1), error=str(failure),
        )  # fmt: skip
    wanted = wanted_notes(piece)
    lost, extra, misplaced = compare(wanted, read)
    return Row(
        name=name,
        bars=made.composition.score.plan.bars,
        parts=len(made.composition.score.tracks),
        notes=sum(len(rows) for rows in wanted.values()),
        lost=lost,
        named=sum(_named(made)),
        extra=extra,
        misplaced=misplaced,
        remarks=len(made.remarks),
        seconds=round(time.perf_counter() - begun, 1),
        error=error,
    )


def _named(made: MidiScore) -> Iterator[int]:
    """Notes that the remarks say are not printed on their own."""
    for remark in made.remarks:
        _, _, tail = remark.rpartition(": ")
        if " notes; each" in tail:
            yield int(tail.split()[0])


def wanted_notes(piece: MidiPiece) -> dict[bool, list[tuple[Fraction, int]]]:
    """(onset in quarters of the score, pitch) of the file's pitched notes and of its strokes."""
    grid = score_grid(piece)
    out: dict[bool, list[tuple[Fraction, int]]] = {False: [], True: []}
    for voice in piece.voices:
        for note in voice.notes:
            out[voice.is_drums].append((Fraction(grid.step(note.onset)).limit_denominator(10_000) / _STEPS, note.pitch))
    return out


def read_back(composition: Composition) -> dict[bool, list[tuple[Fraction, int]]]:
    """The same of a composition's MusicXML, read by music21."""
    from music21 import converter

    text = score_to_musicxml(composition).decode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = converter.parse(text, format="musicxml")
    out: dict[bool, list[tuple[Fraction, int]]] = {False: [], True: list(_strokes(ET.fromstring(text)))}
    for part in score.parts:
        for element in part.recurse().notes:
            if not {"Note", "Chord"} & set(element.classes[:1]):
                continue  # chord symbols; strokes are read elsewhere
            onset = Fraction(element.getOffsetInHierarchy(part)).limit_denominator(48)
            for item in element.notes if element.isChord else (element,):
                if "Unpitched" not in item.classes and (item.tie is None or item.tie.type == "start"):
                    out[False].append((onset, item.pitch.midi))
    return out


def _strokes(root: ET.Element) -> Iterator[tuple[Fraction, int]]:
    """(onset, percussion key) of the drums, from the file itself: music21 does not tell the keys apart."""
    keys = {item.get("id"): int(item.findtext("midi-unpitched", "0")) - 1 for item in root.iter("midi-instrument")}
    for part in root.iter("part"):
        at, divisions, begun = Fraction(0), 1, Fraction(0)
        for measure in part.iter("measure"):
            at = start = begun
            longest = Fraction(0)
            for item in measure:
                divisions = int(item.findtext("divisions", str(divisions)))
                length = Fraction(int(item.findtext("duration", "0")), divisions)
                if item.tag in ("backup", "forward"):
                    at += length if item.tag == "forward" else -length
                elif item.tag == "note":
                    onset = at - length if item.find("chord") is not None else at
                    sound = item.find("instrument")
                    if item.find("unpitched") is not None and sound is not None:
                        yield onset, keys[sound.get("id")]
                    at = onset + length
                longest = max(longest, at - start)
            begun = start + longest


def compare(
    wanted: dict[bool, list[tuple[Fraction, int]]], read: dict[bool, list[tuple[Fraction, int]]]
) -> tuple[int, int, int]:
    """Notes lost, extra and misplaced: those of a pitch are paired in order of time."""
    lost = extra = misplaced = 0
    for drums in (False, True):
        theirs, ours = Counter(p for _, p in wanted[drums]), Counter(p for _, p in read[drums])
        lost += sum((theirs - ours).values())
        extra += sum((ours - theirs).values())
        for pitch in theirs:
            if theirs[pitch] == ours[pitch]:
                pairs = zip(
                    sorted(t for t, p in wanted[drums] if p == pitch),
                    sorted(t for t, p in read[drums] if p == pitch),
                    strict=True,
                )
                misplaced += sum(abs(one - other) * _STEPS > _NEAR for one, other in pairs)
    return lost, extra, misplaced


# ------------------------------------------------------------------------------------------- command


def _rows(options: argparse.Namespace) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.mid"
        for number in range(options.n):
            path.write_bytes(draw(number, options.seed))
            yield measure(path, f"drawn {number}")
        if options.archive is None:
            return
        with tarfile.open(options.archive) as archive:
            members = sorted((m for m in archive if m.name.lower().endswith(".mid")), key=lambda m: m.name)
            for member in random.Random(options.seed).sample(members, min(options.files, len(members))):
                file = archive.extractfile(member)
                assert file is not None
                path.write_bytes(file.read())
                yield measure(path, Path(member.name).name)


def summary(rows: Sequence[Row]) -> str:
    """What was lost, over drawn and real files."""
    lines = []
    for title, chosen in (
        ("drawn files", [row for row in rows if row.name.startswith("drawn ")]),
        ("files of the archive", [row for row in rows if not row.name.startswith("drawn ")]),
    ):
        if not chosen:
            continue
        notes, lost, named = (sum(getattr(row, name) for row in chosen) for name in ("notes", "lost", "named"))
        lines += [
            f"{title}: {len(chosen)}, of them refused: {sum(bool(row.error) for row in chosen)}",
            f"  notes {notes}, lost {lost}, of them named in a remark {min(named, lost)}",
            f"  files that lost a note unnamed: {sum(row.lost > row.named for row in chosen)}",
            f"  extra {sum(row.extra for row in chosen)}, misplaced {sum(row.misplaced for row in chosen)}",
            f"  up to {max(row.bars for row in chosen)} bars and {max(row.parts for row in chosen)} parts",
        ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=60, help="drawn files")
    parser.add_argument("--archive", type=Path, help="tar archive with MIDI files")
    parser.add_argument("--files", type=int, default=40, help="files of the archive")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = []
    with (options.out / "results.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, [field.name for field in fields(Row)])
        writer.writeheader()
        for row in _rows(options):
            rows.append(row)
            writer.writerow(asdict(row))
            handle.flush()
    text = summary(rows)
    (options.out / "summary.txt").write_text(text)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
