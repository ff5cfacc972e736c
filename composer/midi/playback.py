"""Any MIDI file as a list of timed events for a synthesiser.

Only what sounds is read: notes, controllers, programs, pitch bends, the tempo, ports and track names. The file's bytes
are read here and not by a library, so that every broken file ends in one kind of error, odd titles and keys cannot stop
playback, and a tiny file that claims to last for years is refused.

Conventions
-----------
* Times are in seconds from the beginning of the file. Channels count from 0; those of a file's second port follow as
  16..31.
* A *part* is the notes of one channel in one track; parts are in the file's order.
* Source of the format: *Standard MIDI Files 1.0*, MIDI Manufacturers Association, RP-001 (1996).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from pathlib import Path

from composer.errors import MidiError

__all__ = [
    "CONTROL",
    "NOTE_OFF",
    "NOTE_ON",
    "PITCH_BEND",
    "PROGRAM",
    "MidiEvents",
    "MidiPart",
    "PlayEvent",
    "parse_midi",
    "read_midi",
]

NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, PITCH_BEND = 0x80, 0x90, 0xB0, 0xC0, 0xE0
_ONE_DATA_BYTE = (0xC0, 0xD0)
_PLAYED = (NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, PITCH_BEND)
_DEFAULT_TEMPO_US = 500_000  # 120 quarter notes a minute until the file says otherwise
_MAX_BYTES = 32 * 2**20
_MAX_SECONDS = 3600.0

_TickEvent = tuple[int, int, int, int, int, int]
"""(tick, status, channel, first data byte, second data byte, track); status 0 carries a tempo in its first number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayEvent:
    """One message to a synthesiser.

    Attributes
    ----------
    seconds : when, from the beginning.
    kind : `NOTE_OFF`, `NOTE_ON`, `CONTROL`, `PROGRAM` or `PITCH_BEND`.
    channel : 0..31.
    first, second : data: note and velocity, controller and value, program and 0, or 0 and bend in -8192..8191.
    part : index of the part for notes, -1 for what acts on a whole channel.
    """

    seconds: float
    kind: int
    channel: int
    first: int
    second: int
    part: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiPart:
    """Who plays: track from 0, its name (may be empty), channel, and the program of the first note."""

    track: int
    name: str
    channel: int
    program: int

    @property
    def is_drums(self) -> bool:
        """True on the drum channel."""
        return self.channel % 16 == 9


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiEvents:
    """What a MIDI file plays: `events` in time order, `end_seconds`, the end of its longest track, and who plays."""

    events: tuple[PlayEvent, ...]
    end_seconds: float
    parts: tuple[MidiPart, ...]


def read_midi(path: Path) -> MidiEvents:
    """Read the playable events of a MIDI file.

    Raises
    ------
    MidiError
        The file is missing, too large (over 32 MiB), no MIDI file, broken, longer than an hour or without a note.
    """
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise MidiError(f"{str(path)!r} has {size} bytes; a MIDI file of at most {_MAX_BYTES} bytes is read")
        data = path.read_bytes()
    except OSError as error:
        raise MidiError(f"cannot read {str(path)!r}: {error.strerror or type(error).__name__}") from error
    return parse_midi(data, name=str(path))


def parse_midi(data: bytes, *, name: str = "MIDI data") -> MidiEvents:
    """Like `read_midi` for bytes; `name` stands in the messages.

    Raises
    ------
    MidiError
        As `read_midi`.
    """
    try:
        division, tracks = _chunks(data)
        read = [_track_events(track, number) for number, track in enumerate(tracks)]
    except _BrokenError as error:
        raise MidiError(f"{name!r} is not a usable MIDI file: {error}") from None
    streams = _on_ports(read)
    merged = list(heapq.merge(*streams, key=lambda event: event[0]))
    result = _timed(merged, division, name, [track.name for track in read])
    if not any(event.kind == NOTE_ON for event in result.events):
        raise MidiError(f"{name!r} holds no note")
    return result


class _BrokenError(ValueError):
    """What is wrong with the bytes, to stand after a colon."""


def _chunks(data: bytes) -> tuple[int, list[bytes]]:
    """Ticks per quarter note, and the bytes of every track."""
    if not data:
        raise _BrokenError("it is empty")
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":  # the Windows wrapping: the file lies in the first chunk
        data = data[20:]
    if data[:4] != b"MThd":
        raise _BrokenError(f"it begins with {data[:4]!r}, expected b'MThd'")
    if len(data) < 14 or int.from_bytes(data[4:8]) < 6:
        raise _BrokenError("its header is cut short")
    kind, count, division = (int.from_bytes(data[at : at + 2]) for at in (8, 10, 12))
    if kind > 1:
        raise _BrokenError(f"it is of type {kind}; types 0 and 1 are played")
    if not 0 < division < 0x8000:
        raise _BrokenError(f"its time division is {division:#06x}; ticks per quarter note (1 to 32767) are needed")
    tracks: list[bytes] = []
    at = 8 + int.from_bytes(data[4:8])
    while len(tracks) < count and at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8])
        body = data[at + 8 : at + 8 + size]
        if len(data) < at + 8 or len(body) < size:
            raise _BrokenError(f"it is cut short in track {len(tracks) + 1} of {count}")
        if data[at : at + 4] == b"MTrk":  # other chunks are to be skipped, says the standard
            tracks.append(body)
        at += 8 + size
    if len(tracks) < count:
        raise _BrokenError(f"it holds {len(tracks)} of the {count} tracks that its header names")
    return division, tracks


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length number of at most four bytes, and the place after it."""
    value = 0
    for place in range(at, at + 4):
        if place >= len(data):
            raise _BrokenError("a track ends in the middle of a number")
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    raise _BrokenError("a number is longer than four bytes")


@dataclass(slots=True)
class _Track:
    """A track as it is read; ``ports`` are the places in ``events`` from which another port holds."""

    number: int
    events: list[_TickEvent] = field(default_factory=list)
    name: str = ""
    ports: list[tuple[int, int]] = field(default_factory=list)


def _track_events(data: bytes, number: int) -> _Track:
    track = _Track(number=number)
    events = track.events
    at = tick = running = 0
    while at < len(data):
        delta, at = _number(data, at)
        tick += delta
        if at >= len(data):
            raise _BrokenError("a track ends after a time without an event")
        if data[at] >= 0x80:
            status = data[at]
            at += 1
        else:
            status = running
        if status >= 0xF0:
            ended, at = _system(data, at, status, tick, track)
            if ended:
                break
            continue
        if status < 0x80:
            raise _BrokenError("a track has data bytes without a status byte")
        running = status
        size = 1 if status & 0xF0 in _ONE_DATA_BYTE else 2
        first, second = _data_bytes(data[at : at + size], size)
        at += size
        if status & 0xF0 in _PLAYED:
            events.append((tick, status & 0xF0, status & 0x0F, first, second, number))
    events.append((tick, 0, 0, 0, 0, number))  # the end of the track, which may lie after its last note
    return track


def _on_ports(tracks: list[_Track]) -> list[list[_TickEvent]]:
    """The tracks' events with the channels of every second port moved up by sixteen."""
    used = sorted({port for track in tracks for _, port in track.ports} | {0} if any(t.ports for t in tracks) else {0})
    out = []
    for track in tracks:
        moved = track.events
        for place, port in track.ports:
            up = 16 * (used.index(port) % 2)
            moved = moved[:place] + [(e[0], e[1], e[2] % 16 + up, *e[3:]) if e[1] else e for e in moved[place:]]
        out.append(moved)
    return out


def _data_bytes(data: bytes, size: int) -> tuple[int, int]:
    if len(data) < size:
        raise _BrokenError("a track ends in the middle of an event")
    if max(data) > 0x7F:
        raise _BrokenError(f"an event has the data byte {max(data):#04x}; data bytes go up to 0x7f")
    return data[0], data[1] if size == 2 else 0


def _system(data: bytes, at: int, status: int, tick: int, track: _Track) -> tuple[bool, int]:
    """Read a meta or system-exclusive event into the track: whether the track ends, and the place after the event."""
    if status not in (0xF0, 0xF7, 0xFF):
        raise _BrokenError(f"a track holds the status byte {status:#04x}, which no MIDI file may hold")
    kind = -1
    if status == 0xFF:
        if at >= len(data):
            raise _BrokenError("a track ends in the middle of an event")
        kind, at = data[at], at + 1
    size, at = _number(data, at)
    body = data[at : at + size]
    if len(body) < size:
        raise _BrokenError("a track ends in the middle of an event")
    if kind == 0x51 and size == 3 and any(body):
        track.events.append((tick, 0, 0, int.from_bytes(body), 0, track.number))
    elif kind == 0x21 and size == 1:
        track.ports.append((len(track.events), body[0]))
    elif kind == 0x03 and not track.name:
        track.name = body.decode("utf-8", errors="replace").strip()
    return kind == 0x2F, at + size


def _timed(ticks: list[_TickEvent], division: int, name: str, names: list[str]) -> MidiEvents:
    """Follow the tempo; tempo changes lie among the events, in whichever track they were."""
    events: list[PlayEvent] = []
    parts = _parts(ticks, names)
    numbers = {(part.track, part.channel): number for number, part in enumerate(parts)}
    seconds, last_tick, tempo_us = 0.0, 0, _DEFAULT_TEMPO_US
    for tick, status, channel, first, second, track in ticks:
        seconds += (tick - last_tick) * tempo_us / (division * 1e6)
        last_tick = tick
        if seconds > _MAX_SECONDS:
            raise MidiError(f"{name!r} is longer than the {_MAX_SECONDS / 60:g} minutes that are rendered at most")
        if status == 0:
            tempo_us = first or tempo_us
            continue
        kind = NOTE_OFF if status == NOTE_ON and second == 0 else status
        data = (0, (second << 7 | first) - 8192) if status == PITCH_BEND else (first, second)
        part = numbers.get((track, channel), -1) if kind in (NOTE_ON, NOTE_OFF) else -1
        events.append(PlayEvent(seconds=seconds, kind=kind, channel=channel, first=data[0], second=data[1], part=part))
    return MidiEvents(events=tuple(events), end_seconds=seconds, parts=parts)


def _parts(ticks: list[_TickEvent], names: list[str]) -> tuple[MidiPart, ...]:
    """Who plays a note, in the file's order."""
    programs: dict[int, int] = {}
    found: dict[tuple[int, int], int] = {}
    for _, status, channel, first, second, track in ticks:
        if status == PROGRAM:
            programs[channel] = first
        elif status == NOTE_ON and second:
            found.setdefault((track, channel), programs.get(channel, 0))
    return tuple(
        MidiPart(track=track, name=names[track], channel=channel, program=program)
        for (track, channel), program in sorted(found.items())
    )
