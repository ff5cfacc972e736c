"""A MIDI file as note arrays: parts, notes, tempo, meter and key signatures. All measures start from it.

Nothing is taken from Composer's own score, so that a file by anyone is measured by the same code.

Conventions
-----------
* Times are in quarter notes from the beginning of the file, unless a name says seconds.
* A note array has shape (n, 4), float64, with the columns `ONSET`, `DURATION`, `PITCH`, `VELOCITY`, sorted by onset and
  pitch. Pitches are MIDI numbers.
* Bars are counted from 1; without a time signature the meter is 4/4, without a tempo it is 120 (the MIDI defaults).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.errors import MidiError
from composer.midi.lanes import Lane, read_lanes
from composer.midi.reader import MidiFile, parse_midi_file, read_midi_file
from composer.theory import note_name, parse_note_name

__all__ = [
    "DURATION",
    "ONSET",
    "PITCH",
    "STEPS_PER_QUARTER",
    "VELOCITY",
    "FloatArray",
    "KeySignature",
    "MeterChange",
    "MidiNotes",
    "MidiPart",
    "TempoChange",
    "excerpt",
    "gate",
    "notes_of",
    "parse_midi_notes",
    "read_midi_notes",
]

ONSET, DURATION, PITCH, VELOCITY = range(4)
STEPS_PER_QUARTER = 12
"""The grid of everything about rhythm: sixteenths and triplets are both exact."""
FloatArray = NDArray[np.float64]

_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoChange:
    """From `quarter` on, `bpm` quarter notes a minute."""

    quarter: float
    bpm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterChange:
    """From `quarter` on, bars of `beats` times a note of value 1/`unit`."""

    quarter: float
    beats: int
    unit: int

    @property
    def bar_quarters(self) -> float:
        """Length of a bar in quarter notes."""
        return self.beats * 4 / self.unit

    @property
    def text(self) -> str:
        """Such as ``"6/8"``."""
        return f"{self.beats}/{self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySignature:
    """From `quarter` on, the key on pitch class `tonic` (0..11), minor or major; `name` as in the file (``"F#m"``)."""

    quarter: float
    tonic: int
    minor: bool
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiPart:
    """The notes of one track on one channel with one program (0..127; of no meaning for drums)."""

    name: str
    program: int
    is_drums: bool
    notes: FloatArray = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiNotes:
    """What a MIDI file says.

    Attributes
    ----------
    parts : in the file's order; a part that never plays is there when the file names its program.
    tempos, meters : at least one each, the first at quarter 0.
    keys : the key signatures, possibly none.
    track_ends : where each track ends, in quarter notes.
    """

    parts: tuple[MidiPart, ...]
    tempos: tuple[TempoChange, ...]
    meters: tuple[MeterChange, ...]
    keys: tuple[KeySignature, ...]
    track_ends: tuple[float, ...]

    @property
    def pitched(self) -> FloatArray:
        """All notes but those of drums, shape (n, 4)."""
        return _merged([part.notes for part in self.parts if not part.is_drums])

    @property
    def notes(self) -> FloatArray:
        """All notes, shape (n, 4)."""
        return _merged([part.notes for part in self.parts])

    @property
    def last_note_end(self) -> float:
        """Where the last note stops, in quarter notes; 0 without notes."""
        notes = self.notes
        return float((notes[:, ONSET] + notes[:, DURATION]).max()) if len(notes) else 0.0

    def bar_lines(self, until: float | None = None) -> FloatArray:
        """Bar lines from 0 to the first one at or after `until` (the end of the last note), in quarter notes.

        A meter change within a bar cuts that bar short, as notation programs do.
        """
        end = self.last_note_end if until is None else until
        lines = [0.0]
        for index, meter in enumerate(self.meters):
            final = index + 1 == len(self.meters)
            stop = end if final else min(end, self.meters[index + 1].quarter)
            while lines[-1] < stop - _TOLERANCE:
                following = lines[-1] + meter.bar_quarters
                lines.append(following if final else min(following, self.meters[index + 1].quarter))
        return np.array(lines)

    def seconds(self, quarters: FloatArray) -> FloatArray:
        """Times in seconds of times in quarter notes, through all tempo changes."""
        starts = np.array([tempo.quarter for tempo in self.tempos])
        pace = np.array([60.0 / tempo.bpm for tempo in self.tempos])
        at_start = np.concatenate([[0.0], np.cumsum(np.diff(starts) * pace[:-1])])
        index = np.maximum(np.searchsorted(starts, quarters, side="right") - 1, 0)
        return at_start[index] + (quarters - starts[index]) * pace[index]


def _merged(arrays: list[FloatArray]) -> FloatArray:
    notes = np.concatenate(arrays) if arrays else np.empty((0, 4))
    return notes[np.lexsort((notes[:, PITCH], notes[:, ONSET]))]


# ------------------------------------------------------------------------------------------ reading


def read_midi_notes(source: Path | str | MidiFile) -> MidiNotes:
    """The notes of a MIDI file, from a path or read already.

    Raises
    ------
    MidiError
        As `composer.midi.reader.read_midi_file`. A file without notes is read.
    """
    return notes_of(source if isinstance(source, MidiFile) else read_midi_file(source))


def parse_midi_notes(data: bytes, *, name: str = "MIDI data") -> MidiNotes:
    """Like `read_midi_notes` for bytes; `name` stands in the messages.

    Raises
    ------
    MidiError
        As `read_midi_notes`.
    """
    return notes_of(parse_midi_file(data, name=name))


def notes_of(file: MidiFile) -> MidiNotes:
    """The notes of a MIDI file; it may have none."""
    timeline, resolution = file.timeline, file.resolution
    tempos = {0: 500_000} | dict(timeline.tempi)
    meters = {0: (4, 4)} | {tick: (beats, unit) for tick, beats, unit in timeline.meters}
    keys = {tick: (sharps, minor) for tick, sharps, minor in timeline.signatures}
    return MidiNotes(
        parts=_parts(read_lanes(file), resolution),
        tempos=tuple(TempoChange(quarter=tick / resolution, bpm=6e7 / us) for tick, us in sorted(tempos.items())),
        meters=tuple(
            MeterChange(quarter=tick / resolution, beats=beats, unit=unit)
            for tick, (beats, unit) in sorted(meters.items())
        ),
        keys=tuple(_signature(tick / resolution, *key) for tick, key in sorted(keys.items())),
        track_ends=tuple(track.end_tick / resolution for track in file.tracks),
    )


def _signature(quarter: float, sharps: int, minor: bool) -> KeySignature:  # noqa: FBT001 - the file's two numbers
    tonic = note_name(sharps + 3 * minor)
    return KeySignature(
        quarter=quarter, tonic=parse_note_name(tonic), minor=minor, name=f"{tonic}m" if minor else tonic
    )


def _parts(lanes: Sequence[Lane], resolution: int) -> tuple[MidiPart, ...]:
    """The lanes, divided where the program changes; within a track in the order in which they begin."""
    rows: dict[tuple[int, int, int], list[tuple[float, float, int, int]]] = {}
    by_place = {(lane.track, lane.channel): lane for lane in lanes}
    heard = ((note, lane) for lane in lanes for note in lane.notes)
    for note, lane in sorted(heard, key=lambda item: (item[0].onset, item[1].track, item[0].on)):
        place = (lane.track, lane.channel, lane.program_at(note.onset))
        # A note without length still sounds in most synthesisers: it gets one tick.
        duration = max(1, note.end - note.onset) / resolution
        rows.setdefault(place, []).append((note.onset / resolution, duration, note.pitch, note.velocity))
    for lane in lanes:
        if not lane.notes:
            rows[lane.track, lane.channel, lane.program] = []
    return tuple(
        MidiPart(
            name=by_place[track, channel].name,
            program=program,
            is_drums=by_place[track, channel].is_drums,
            notes=_merged([np.array(rows[track, channel, program], dtype=np.float64).reshape(-1, 4)]),
        )
        for track, channel, program in sorted(rows, key=lambda key: key[0])
    )


# ------------------------------------------------------------------------------------------ cutting


def excerpt(midi: MidiNotes, first_bar: int, bars: int) -> MidiNotes:
    """Bars `first_bar` .. `first_bar` + `bars` - 1 as a piece of its own, starting at quarter 0.

    Notes belong to the bar in which they begin; those that last beyond the excerpt are cut at its end. Parts without a
    note in it are left out.

    Raises
    ------
    MidiError
        The file does not hold these bars.
    """
    lines = midi.bar_lines()
    if first_bar < 1 or bars < 1 or first_bar + bars > len(lines):
        raise MidiError(
            f"bars {first_bar}..{first_bar + bars - 1} were asked for; the file has bars 1..{len(lines) - 1}"
        )
    low, high = float(lines[first_bar - 1]), float(lines[first_bar + bars - 1])
    parts = []
    for part in midi.parts:
        inside = (part.notes[:, ONSET] >= low - _TOLERANCE) & (part.notes[:, ONSET] < high - _TOLERANCE)
        notes = part.notes[inside]
        if len(notes):
            notes[:, ONSET] -= low
            notes[:, DURATION] = np.minimum(notes[:, DURATION], high - low - notes[:, ONSET])
            parts.append(replace(part, notes=notes))
    return MidiNotes(
        parts=tuple(parts),
        tempos=_within(midi.tempos, low, high),
        meters=_within(midi.meters, low, high),
        keys=_within(midi.keys, low, high),
        track_ends=(high - low,),
    )


def _within(changes: tuple[Any, ...], low: float, high: float) -> tuple[Any, ...]:
    """The changes between two times, the one in force at the beginning first."""
    before = [change for change in changes if change.quarter <= low + _TOLERANCE][-1:]
    during = [change for change in changes if low + _TOLERANCE < change.quarter < high - _TOLERANCE]
    return tuple(replace(change, quarter=max(0.0, change.quarter - low)) for change in before + during)


def gate(midi: MidiNotes) -> float:
    """Median share, in [0, 1], of the time to the part's next attack that notes last; NaN where no part has two."""
    shares = []
    for part in midi.parts:
        onsets, first = np.unique(part.notes[:, ONSET], return_index=True)
        if not part.is_drums and len(onsets) > 1:
            shares.append(np.minimum(1.0, part.notes[first[:-1], DURATION] / np.diff(onsets)))
    return float(np.median(np.concatenate(shares))) if shares else math.nan
