"""A MIDI file as a list of timed events for a synthesiser: notes, controllers, programs and pitch bends.

Conventions
-----------
* Times are in seconds from the beginning of the file. Channels count from 0; those of a file's second port follow as
  16..31.
* A *part* is the notes of one channel in one track; parts are in the file's order.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from pathlib import Path

from composer.errors import MidiError
from composer.midi.events import MidiEvent
from composer.midi.lanes import read_lanes
from composer.midi.reader import MidiFile, open_midi, parse_midi_file

__all__ = [
    "CONTROL",
    "NOTE_OFF",
    "NOTE_ON",
    "PITCH_BEND",
    "PROGRAM",
    "MidiEvents",
    "PlayEvent",
    "PlayedPart",
    "parse_midi",
    "playback_of",
    "read_midi",
]

NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, PITCH_BEND = 0x80, 0x90, 0xB0, 0xC0, 0xE0
_PLAYED = (NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, PITCH_BEND)


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
class PlayedPart:
    """Who plays: track from 0, its name (may be empty), channel, the first note's program, and whether it is a kit."""

    track: int
    name: str
    channel: int
    program: int
    is_drums: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiEvents:
    """What a MIDI file plays: `events` in time order, `end_seconds`, the end of its longest track, and who plays."""

    events: tuple[PlayEvent, ...]
    end_seconds: float
    parts: tuple[PlayedPart, ...]


def read_midi(source: Path | str | MidiFile) -> MidiEvents:
    """The playable events of a MIDI file, from a path or read already.

    Raises
    ------
    MidiError
        As `composer.midi.reader.open_midi`.
    """
    return playback_of(open_midi(source))


def parse_midi(data: bytes, *, name: str = "MIDI data") -> MidiEvents:
    """Like `read_midi` for bytes; `name` stands in the messages.

    Raises
    ------
    MidiError
        As `read_midi`.
    """
    return playback_of(parse_midi_file(data, name=name))


def playback_of(file: MidiFile) -> MidiEvents:
    """What a MIDI file plays.

    Raises
    ------
    MidiError
        No note is in it.
    """
    lanes = [lane for lane in read_lanes(file) if lane.notes]
    if not lanes:
        raise MidiError(f"{file.name!r} holds no note")
    numbers = {(lane.track, lane.channel): number for number, lane in enumerate(lanes)}
    seconds = file.timeline.seconds()
    streams = [[(event, number) for event in track.events] for number, track in enumerate(file.tracks)]
    merged = heapq.merge(*streams, key=lambda item: item[0].tick)
    events = tuple(
        _played(event, seconds(event.tick), numbers.get((track, event.channel), -1))
        for event, track in merged
        if event.status in _PLAYED
    )
    return MidiEvents(
        events=events,
        end_seconds=file.timeline.seconds_at(max(track.end_tick for track in file.tracks)),
        parts=tuple(
            PlayedPart(
                track=lane.track, name=lane.name, channel=lane.channel, program=lane.program, is_drums=lane.is_drums
            )
            for lane in lanes
        ),
    )


def _played(event: MidiEvent, seconds: float, part: int) -> PlayEvent:
    kind = NOTE_OFF if event.status == NOTE_ON and event.data[1] == 0 else event.status
    first, second = event.data[0], event.data[1] if len(event.data) > 1 else 0
    if kind == PITCH_BEND:
        first, second = 0, (second << 7 | first) - 8192
    part = part if kind in (NOTE_ON, NOTE_OFF) else -1
    return PlayEvent(seconds=seconds, kind=kind, channel=event.channel, first=first, second=second, part=part)
