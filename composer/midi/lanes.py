"""Lanes: the notes of one channel within one track of a MIDI file, who plays them, and whether that is a drum kit.

A lane is what a person calls a track: a file of type 0 has one for each channel. All views of a file count notes and
instruments as they are found here.

Conventions
-----------
* Of two notes of one pitch that sound at once, the first to begin is the first to end. A note that is never switched
  off ends with its track.
* The program of a note is the last one that its own track set for the channel, else any track.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from composer.midi.events import MidiEvent
from composer.midi.kits import read_kits
from composer.midi.reader import MidiFile

__all__ = ["HeardNote", "Lane", "read_lanes"]

_OFF, _ON, _PROGRAM = 0x80, 0x90, 0xC0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardNote:
    """A note as the file has it; ``on`` and ``off`` are its events' places in the file's track, -1 for none."""

    onset: int
    end: int
    pitch: int
    velocity: int
    on: int
    off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A channel in a track.

    Attributes
    ----------
    track : from 0; ``name`` is its name, which may be empty, and ``alone`` says that it has no other channel.
    channel : 0..31.
    notes : by onset and pitch; none where only a program is set.
    programs : (tick, program) in time order, those of other tracks where the own one sets none.
    is_drums : whether a drum kit plays.
    """

    track: int
    name: str
    alone: bool
    channel: int
    notes: tuple[HeardNote, ...] = field(repr=False)
    programs: tuple[tuple[int, int], ...]
    is_drums: bool

    def program_at(self, tick: int) -> int:
        """The program that holds at a tick; 0 before any is set."""
        place = bisect_right(self.programs, (tick, 128))
        return self.programs[place - 1][1] if place else 0

    @property
    def program(self) -> int:
        """The program of the first note, or the first that is set."""
        return self.program_at(self.notes[0].onset) if self.notes else self.programs[0][1]


def read_lanes(file: MidiFile) -> tuple[Lane, ...]:
    """The lanes of a file by track and channel, those that only set a program too."""
    programs = _programs(file)
    kits = read_kits((track.events for track in file.tracks), (track.name for track in file.tracks))
    out = []
    for number, track in enumerate(file.tracks):
        notes = _notes(track.events, track.end_tick)
        alone = file.format == 1 and len(notes) <= 1
        for channel in sorted({on for at, on in programs if at == number} | set(notes)):
            held = _held(programs, number, channel)
            first = notes[channel][0].onset if channel in notes else held[-1][0]
            out.append(
                Lane(
                    track=number,
                    name=track.name,
                    alone=alone,
                    channel=channel,
                    notes=tuple(notes.get(channel, ())),
                    programs=held,
                    is_drums=kits.plays(number, channel, first, alone=alone),
                )
            )
    return tuple(out)


def _programs(file: MidiFile) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """(track, channel) -> (tick, program)."""
    out: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for number, track in enumerate(file.tracks):
        for event in track.events:
            if event.status == _PROGRAM:
                out.setdefault((number, event.channel), []).append((event.tick, event.data[0]))
    return out


def _held(
    programs: Mapping[tuple[int, int], Sequence[tuple[int, int]]], track: int, channel: int
) -> tuple[tuple[int, int], ...]:
    """What holds for a lane: other tracks' programs until its own track sets one."""
    own = programs.get((track, channel), ())
    others = [change for (at, on), changes in programs.items() if on == channel and at != track for change in changes]
    early = [change for change in sorted(others, key=lambda item: item[0]) if not own or change[0] < own[0][0]]
    return (*early, *own)


def _notes(events: Sequence[MidiEvent], end_tick: int) -> dict[int, list[HeardNote]]:
    """Notes by channel."""
    sounding: dict[tuple[int, int], deque[tuple[int, int, int]]] = {}
    out: dict[int, list[HeardNote]] = {}
    for place, event in enumerate(events):
        if event.status not in (_ON, _OFF):
            continue
        key = (event.channel, event.data[0])
        if event.is_note:
            sounding.setdefault(key, deque()).append((event.tick, event.data[1], place))
        elif sounding.get(key):
            onset, velocity, on = sounding[key].popleft()
            note = HeardNote(onset=onset, end=event.tick, pitch=key[1], velocity=velocity, on=on, off=place)
            out.setdefault(event.channel, []).append(note)
    for (channel, pitch), left in sounding.items():
        out.setdefault(channel, []).extend(
            HeardNote(onset=onset, end=end_tick, pitch=pitch, velocity=velocity, on=on, off=-1)
            for onset, velocity, on in left
        )
    for notes in out.values():
        notes.sort(key=lambda note: (note.onset, note.pitch, note.on))
    return out
