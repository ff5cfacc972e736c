"""Any MIDI file as a small frozen value: parts, notes, tempo, meter and key signatures. All measures start from it.

Nothing is taken from Composer's own score, so that a file by anyone is measured by the same code.

Conventions
-----------
* Times are in quarter notes from the beginning of the file, unless a name says seconds.
* A note array has shape (n, 4), float64, with the columns `ONSET`, `DURATION`, `PITCH`, `VELOCITY`, sorted by onset and
  pitch. Pitches are MIDI numbers.
* Bars are counted from 1; without a time signature the meter is 4/4, without a tempo it is 120 (the MIDI defaults).
* A note that is never switched off ends with its track. A key signature that no key has is passed over.
"""

from __future__ import annotations

import io
import math
import re
import struct
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from composer.errors import MidiError
from composer.theory import parse_note_name

if TYPE_CHECKING:
    import mido

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
    "parse_midi_notes",
    "read_midi_notes",
]

ONSET, DURATION, PITCH, VELOCITY = range(4)
STEPS_PER_QUARTER = 12
"""The grid of everything about rhythm: sixteenths and triplets are both exact."""
FloatArray = NDArray[np.float64]

_DRUM_CHANNEL = 9
_KEY_SIGNATURE = re.compile(rb"\xff\x59\x02([\s\S]{2})")
_MOST_ACCIDENTALS = 7
_DEFAULT_TEMPO_US = 500_000
_MAX_BYTES = 32 * 2**20
_MAX_QUARTERS = 40_000.0
"""Two hours at 300 quarter notes a minute; a damaged file may claim years."""
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


def read_midi_notes(path: Path | str) -> MidiNotes:
    """Read a MIDI file.

    Raises
    ------
    MidiError
        The file is missing, larger than 32 MiB, broken, of type 2 or in SMPTE time. A file without notes is read.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise MidiError(f"{str(path)!r} has {size} bytes; a MIDI file of at most {_MAX_BYTES} bytes is read")
        data = path.read_bytes()
    except OSError as error:
        raise MidiError(f"cannot read {str(path)!r}: {error.strerror or type(error).__name__}") from error
    return parse_midi_notes(data, name=str(path))


def parse_midi_notes(data: bytes, *, name: str = "MIDI data") -> MidiNotes:
    """Like `read_midi_notes` for bytes; `name` stands in the messages.

    Raises
    ------
    MidiError
        As `read_midi_notes`.
    """
    from mido.midifiles.meta import KeySignatureError

    try:
        try:
            file = _opened(data)
        except KeySignatureError:
            file = _opened(_KEY_SIGNATURE.sub(_without_odd_keys, data))
    except (OSError, EOFError, ValueError, LookupError, TypeError, struct.error, KeySignatureError) as error:
        reason = str(error) or type(error).__name__
        raise MidiError(f"{name!r} is not a usable MIDI file: {reason}") from error
    if file.type == 2 or not 0 < file.ticks_per_beat < 0x8000:
        raise MidiError(
            f"{name!r} is of type {file.type} with {file.ticks_per_beat} ticks per quarter note; allowed: "
            "type 0 or 1 in metrical time"
        )
    return _Reader(file, name).result()


def _opened(data: bytes) -> mido.MidiFile:
    import mido

    return mido.MidiFile(file=io.BytesIO(data), clip=True)


def _without_odd_keys(event: re.Match[bytes]) -> bytes:
    """A key signature as it is, or as an event of no meaning when no key has it (eight sharps, say)."""
    sharps, minor = event[1][0], event[1][1]
    known = (sharps <= _MOST_ACCIDENTALS or sharps >= 256 - _MOST_ACCIDENTALS) and minor <= 1
    return event[0] if known else b"\xff\x7f\x02" + event[1]


class _Reader:
    """Walks through all tracks in time order, because a channel's program may be set in another track."""

    def __init__(self, file: mido.MidiFile, name: str) -> None:
        self._division = file.ticks_per_beat
        self._names = [track.name for track in file.tracks]
        self._programs = [0] * 16
        self._tempos: dict[float, TempoChange] = {}
        self._meters: dict[float, MeterChange] = {}
        self._keys: dict[float, KeySignature] = {}
        self._open: defaultdict[tuple[int, int, int], deque[tuple[int, int, int]]] = defaultdict(deque)
        self._rows: dict[tuple[int, int, int], list[tuple[float, float, int, int]]] = {}
        self._named: dict[tuple[int, int], int] = {}
        events, ends = [], []
        for number, track in enumerate(file.tracks):
            tick = 0
            for order, message in enumerate(track):
                tick += message.time
                events.append((tick, number, order, message))
            ends.append(tick)
        self._ends = tuple(tick / self._division for tick in ends)
        if max(self._ends, default=0.0) > _MAX_QUARTERS:
            raise MidiError(f"{name!r} is {max(self._ends):g} quarter notes long; allowed: at most {_MAX_QUARTERS:g}")
        for tick, number, _order, message in sorted(events, key=lambda event: event[:3]):
            self._take(tick, number, message)
        for (number, channel, pitch), started in self._open.items():
            for start in started:
                self._close(number, channel, pitch, start, max(ends[number], start[0] + 1))

    def _take(self, tick: int, number: int, message: Any) -> None:
        quarter = tick / self._division
        if message.type == "note_on" and message.velocity > 0:
            program = self._programs[message.channel]
            self._rows.setdefault((number, message.channel, program), [])
            self._open[number, message.channel, message.note].append((tick, message.velocity, program))
        elif message.type in ("note_on", "note_off"):
            started = self._open[number, message.channel, message.note]
            if started:
                self._close(number, message.channel, message.note, started.popleft(), tick)
        elif message.type == "program_change":
            self._programs[message.channel] = message.program
            self._named.setdefault((number, message.channel), message.program)
        elif message.type == "set_tempo" and message.tempo > 0:
            self._tempos[quarter] = TempoChange(quarter=quarter, bpm=60e6 / message.tempo)
        elif message.type == "time_signature" and message.numerator > 0:
            self._meters[quarter] = MeterChange(quarter=quarter, beats=message.numerator, unit=message.denominator)
        elif message.type == "key_signature":
            minor = message.key.endswith("m")
            tonic = parse_note_name(message.key.removesuffix("m"))
            self._keys[quarter] = KeySignature(quarter=quarter, tonic=tonic, minor=minor, name=message.key)

    def _close(self, number: int, channel: int, pitch: int, start: tuple[int, int, int], tick: int) -> None:
        onset, velocity, program = start
        # A note without length still sounds in most synthesisers: it gets one tick.
        row = (onset / self._division, max(1, tick - onset) / self._division, pitch, velocity)
        self._rows[number, channel, program].append(row)

    def result(self) -> MidiNotes:
        playing = {(number, channel) for number, channel, _ in self._rows}
        for (number, channel), program in self._named.items():
            if (number, channel) not in playing:
                self._rows[number, channel, program] = []
        # Stable: within a track, parts stay in the order in which they begin.
        keys = sorted(self._rows, key=lambda key: key[0])
        tempos = {0.0: TempoChange(quarter=0.0, bpm=60e6 / _DEFAULT_TEMPO_US)} | self._tempos
        meters = {0.0: MeterChange(quarter=0.0, beats=4, unit=4)} | self._meters
        return MidiNotes(
            parts=tuple(self._part(*key) for key in keys),
            tempos=tuple(tempos[quarter] for quarter in sorted(tempos)),
            meters=tuple(meters[quarter] for quarter in sorted(meters)),
            keys=tuple(self._keys[quarter] for quarter in sorted(self._keys)),
            track_ends=self._ends,
        )

    def _part(self, number: int, channel: int, program: int) -> MidiPart:
        notes = np.array(self._rows[number, channel, program], dtype=np.float64).reshape(-1, 4)
        return MidiPart(
            name=self._names[number],
            program=program,
            is_drums=channel == _DRUM_CHANNEL,
            notes=_merged([notes]),
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
