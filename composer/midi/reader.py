"""Any MIDI file as a frozen value: every event at its tick, with its bytes, so that it can be written back.

This is the one place where MIDI bytes are understood. What a sequencer would play is read; what had to be repaired for
that is listed; what cannot be understood is refused. The views (`playback`, `notes`, `piece`) and the writer (`edit`)
start from here, so they all accept the same files.

Conventions
-----------
* Ticks are the file's own, from its beginning. Tracks are lists from 0 here, and count from 1 in `Repair`.
* Channels count from 0; those of a file's second port follow as 16..31.
* Data bytes over 127 count as 127. A track that is cut short is read up to there. Bytes that only the wire knows
  (clock, active sensing ...) are kept and mean nothing. A file that counts in film frames is read at 120 quarter notes
  a minute.
* Source of the format: *Standard MIDI Files 1.0*, MIDI Manufacturers Association, RP-001 (1996).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from composer.errors import MidiError
from composer.midi.chunks import BrokenError, Chunks, read_chunks
from composer.midi.events import CUT_SHORT, META, MidiEvent, read_events
from composer.midi.repairs import Repair, RepairList
from composer.midi.texts import decode_text, guess_encoding, printable_text
from composer.midi.timeline import Timeline, read_timeline

__all__ = ["MidiFile", "MidiTrack", "open_midi", "parse_midi_file", "read_midi_file"]

_MAX_BYTES = 32 * 2**20
_MAX_EVENTS = 2_000_000
_MAX_SECONDS = 3600.0
_PORT, _NAME = 0x21, 0x03
_TEXTS = range(0x01, 0x10)
_SMPTE = 0x8000
_FRAMES = {24: 24.0, 25: 25.0, 29: 30000 / 1001, 30: 30.0}
"""Frames a second; 29 stands for 30 with drop frames."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiTrack:
    """A track: its name on one line (may be empty), its events, and the tick at which it ends.

    ``rest`` are bytes behind the end of the track.
    """

    name: str
    events: tuple[MidiEvent, ...] = field(repr=False)
    end_tick: int
    rest: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiFile:
    """A MIDI file.

    Attributes
    ----------
    name : where it came from, for messages; ``stem`` is the file's name without folder and extension.
    sha256 : of its bytes.
    format : 0 or 1.
    resolution : ticks per quarter note.
    tracks : in the file's order.
    timeline : tempo, meter, key signatures and bars.
    encoding : of the texts that are not UTF-8.
    repairs : what is read otherwise than it stands there.
    chunks : the file's other chunks and its header, for writing it back.
    """

    name: str
    stem: str
    sha256: str
    format: int
    resolution: int
    tracks: tuple[MidiTrack, ...] = field(repr=False)
    timeline: Timeline = field(repr=False)
    encoding: str
    repairs: tuple[Repair, ...]
    chunks: Chunks = field(repr=False)

    @property
    def has_notes(self) -> bool:
        """Whether anything sounds."""
        return any(event.is_note for track in self.tracks for event in track.events)

    def text(self, event: MidiEvent) -> str:
        """The text of a meta event, as it is written there."""
        return decode_text(event.data, self.encoding)

    def metas(self, *kinds: int) -> Iterator[tuple[int, MidiEvent]]:
        """(track, event) of the meta events of some kinds, in time."""
        found = (
            (number, event)
            for number, track in enumerate(self.tracks)
            for event in track.events
            if event.status == META and event.kind in kinds
        )
        return iter(sorted(found, key=lambda item: (item[1].tick, item[0])))


def read_midi_file(path: Path | str, *, silent: bool = False) -> MidiFile:
    """Read a MIDI file, and log what had to be repaired, unless ``silent``.

    Raises
    ------
    MidiError
        The file is missing, larger than 32 MiB, no MIDI file, of type 2, damaged beyond understanding, or longer than
        an hour. A file without notes is read.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise MidiError(f"{str(path)!r} has {size} bytes; a MIDI file of at most {_MAX_BYTES} bytes is read")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MidiError(f"cannot read {str(path)!r}: {reason}") from error
    file = parse_midi_file(data, name=str(path))
    for repair in file.repairs if not silent else ():
        _log.warning("%s: %s", file.name, repair)
    return file


def open_midi(source: Path | str | MidiFile) -> MidiFile:
    """A MIDI file with notes, from a path or read already.

    Raises
    ------
    MidiError
        As `read_midi_file`; or no note is in it.
    """
    file = source if isinstance(source, MidiFile) else read_midi_file(source)
    if not file.has_notes:
        raise MidiError(f"{file.name!r} holds no note")
    return file


def parse_midi_file(data: bytes, *, name: str = "MIDI data") -> MidiFile:
    """Like `read_midi_file` for bytes; ``name`` stands in the messages.

    Raises
    ------
    MidiError
        As `read_midi_file`.
    """
    repairs = RepairList()
    try:
        chunks = read_chunks(data)
        resolution, smpte_us = _resolution(chunks.division, repairs)
        tracks = _tracks(chunks, repairs)
    except BrokenError as error:
        raise MidiError(f"{name!r} is not a usable MIDI file: {error}") from None
    texts = (e.data for track in tracks for e in track.events if e.status == META and e.kind in _TEXTS)
    encoding = guess_encoding(texts)
    timeline = read_timeline([track.events for track in tracks], resolution, repairs, fixed_tempo_us=smpte_us)
    end = max((track.end_tick for track in tracks), default=0)
    if timeline.seconds_at(end) > _MAX_SECONDS:
        raise MidiError(f"{name!r} is longer than the {_MAX_SECONDS / 60:g} minutes that are read at most")
    try:
        bars = timeline.bar_starts(end)
    except BrokenError as error:
        raise MidiError(f"{name!r} cannot be used: {error}") from None
    return MidiFile(
        name=name,
        stem=Path(name).stem,
        sha256=hashlib.sha256(data).hexdigest(),
        format=1 if chunks.format == 0 and len(tracks) > 1 else chunks.format,
        resolution=resolution,
        tracks=tuple(replace(track, name=_name(track, encoding)) for track in tracks),
        timeline=timeline,
        encoding=encoding,
        repairs=repairs.result(bars),
        chunks=chunks,
    )


def _resolution(division: int, repairs: RepairList) -> tuple[int, int | None]:
    """Ticks per quarter note; where time is counted in film frames also the microseconds of these."""
    if division < _SMPTE:
        if division == 0:
            raise BrokenError("its time division is 0; at least one tick per quarter note is needed")
        return division, None
    frames = _FRAMES.get(256 - (division >> 8))
    if frames is None or not division & 0xFF:
        raise BrokenError(f"its time division is {division:#06x}, which names no film frames")
    ticks = frames * (division & 0xFF)
    repairs.add("time counted in film frames is read at 120 quarter notes a minute")
    resolution = max(1, round(ticks / 2))
    return resolution, round(1e6 * resolution / ticks)


def _tracks(chunks: Chunks, repairs: RepairList) -> list[MidiTrack]:
    if chunks.format > 1:
        raise BrokenError(f"it is of type {chunks.format}; types 0 and 1 are read")
    found = len(chunks.tracks)
    if not found:
        raise BrokenError(f"it holds none of the {chunks.claimed} tracks that its header names")
    if found != chunks.claimed:
        repairs.add(f"the header names {chunks.claimed} tracks, the file holds {found}")
    if chunks.format == 0 and found > 1:
        repairs.add(f"a type 0 file holds {found} tracks: read as type 1")
    if chunks.rest[:4] == b"MThd":
        repairs.add("a second MIDI file that follows the first is not read")
    if any(chunk.cut for chunk in chunks.chunks if not chunk.is_track):
        repairs.add("the file ends within a chunk that is not read")
    out, left = [], _MAX_EVENTS
    for number, chunk in enumerate(chunks.tracks, start=1):
        events, rest = read_events(chunk.body, number, repairs, most=left, cut=chunk.cut)
        left -= len(events)
        if chunk.cut and not repairs.has(CUT_SHORT, number):
            repairs.add(CUT_SHORT, track=number, tick=events[-1].tick if events else 0)
        out.append(MidiTrack(name="", events=tuple(events), end_tick=events[-1].tick if events else 0, rest=rest))
    return _on_ports(out)


def _on_ports(tracks: list[MidiTrack]) -> list[MidiTrack]:
    """The tracks with the channels of every second port moved up by sixteen."""

    def port(event: MidiEvent) -> int | None:
        return event.data[0] if event.status == META and event.kind == _PORT and len(event.data) == 1 else None

    used = sorted({0} | {p for track in tracks for event in track.events if (p := port(event)) is not None})
    if len(used) == 1:
        return tracks
    out = []
    for track in tracks:
        up, events = 0, []
        for event in track.events:
            number = port(event)
            up = up if number is None else 16 * (used.index(number) % 2)
            events.append(event._replace(channel=event.channel + up) if up and event.channel >= 0 else event)
        out.append(replace(track, events=tuple(events)))
    return out


def _name(track: MidiTrack, encoding: str) -> str:
    names = (decode_text(e.data, encoding) for e in track.events if e.status == META and e.kind == _NAME)
    return next((clean for name in names if (clean := printable_text(name))), "")
