"""The events of a track, from its bytes and back to bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from composer.midi.chunks import BrokenError
from composer.midi.repairs import RepairList

__all__ = [
    "CUT_SHORT",
    "END",
    "META",
    "NOTE_OFF",
    "NOTE_ON",
    "MidiEvent",
    "channel_event",
    "meta_event",
    "read_events",
    "write_events",
]

META, END = 0xFF, 0x2F
NOTE_OFF, NOTE_ON = 0x80, 0x90
CUT_SHORT = "the track is cut short; it is read up to there"
_SYSEX, _SYSEX_MORE = 0xF0, 0xF7
_ONE_DATA_BYTE = (0xC0, 0xD0)
_WIRE = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0} | dict.fromkeys(range(0xF8, 0xFF), 0)
"""Messages that only the wire knows, and their data bytes. No file may hold them, and some do."""


class MidiEvent(NamedTuple):
    """One event.

    Attributes
    ----------
    tick : from the beginning of the file.
    status : status byte, without the channel: 0x80..0xE0, 0xF0 and 0xF7 (system exclusive), 0xFF (meta), 0xF1..0xFE.
    channel : 0..15, 16..31 on a second port; -1 for what has none.
    kind : type of a meta event, else -1.
    data : its data bytes, in 0..127 for channel messages.
    raw : as it stands in the file, without the time, and without the status where that is left out.
    delta : the time before it, as it stands in the file; ``b""`` for new events.
    """

    tick: int
    status: int
    channel: int
    kind: int
    data: bytes
    raw: bytes
    delta: bytes = b""

    @property
    def is_note(self) -> bool:
        """True for the beginning of a note."""
        return self.status == NOTE_ON and self.data[1] > 0


def channel_event(tick: int, status: int, channel: int, *data: int) -> MidiEvent:
    """A new channel message; ``channel`` may be one of a second port."""
    raw = bytes([status | channel % 16, *data])
    return MidiEvent(tick=tick, status=status, channel=channel, kind=-1, data=raw[1:], raw=raw)


def meta_event(tick: int, kind: int, data: bytes) -> MidiEvent:
    """A new meta event."""
    raw = bytes([META, kind]) + _variable(len(data)) + data
    return MidiEvent(tick=tick, status=META, channel=-1, kind=kind, data=data, raw=raw)


# ------------------------------------------------------------------------------------------ reading


class _CutError(Exception):
    """The track's bytes end within an event."""


def read_events(
    data: bytes, track: int, repairs: RepairList, *, most: int, cut: bool = False
) -> tuple[list[MidiEvent], bytes]:
    """The events of a track, and the bytes behind its end.

    Parameters
    ----------
    data : the chunk's bytes.
    track : its number from 1, for messages.
    repairs : takes what was read otherwise than it stands there.
    most : how many events are read.
    cut : whether the file ends before the chunk does.

    Raises
    ------
    BrokenError
        Something stands there that no event can be, or there are too many.
    """
    events: list[MidiEvent] = []
    at = tick = running = 0
    while at < len(data):
        if len(events) >= most:
            raise BrokenError("it holds more than two million events")
        try:
            length, start = _number(data, at)
            event, end = _event(data, start, running, tick + length, data[at:start])
        except _CutError:
            repairs.add(CUT_SHORT, track=track, tick=tick)
            return events, b""
        except BrokenError as error:
            raise BrokenError(f"{error} (track {track}, byte {at})") from None
        tick += length
        if event.status < _SYSEX:
            running = event.status | event.channel
        events.append(_repaired(event, repairs, track))
        at = end
        if event.status == META and event.kind == END:
            return events, data[at:]
    repairs.add(CUT_SHORT if cut else "the track has no end", track=track, tick=tick)
    return events, b""


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length number of at most four bytes, and the place after it."""
    value = 0
    for place in range(at, at + 4):
        if place >= len(data):
            raise _CutError
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    raise BrokenError("a number is longer than four bytes")


def _event(data: bytes, at: int, running: int, tick: int, delta: bytes) -> tuple[MidiEvent, int]:
    """The event at a place, and the place after it."""
    if at >= len(data):
        raise _CutError
    start, status = at, running
    if data[at] >= 0x80:
        status, at = data[at], at + 1
    if status < 0x80:
        raise BrokenError("data bytes stand there without a status byte")
    if status < _SYSEX:
        end = at + (1 if status & 0xF0 in _ONE_DATA_BYTE else 2)
        kind, channel, status = -1, status & 0x0F, status & 0xF0
    elif status in _WIRE:
        end, kind, channel = at + _WIRE[status], -1, -1
    elif status in (META, _SYSEX, _SYSEX_MORE):
        kind, channel = -1, -1
        if status == META:
            if at >= len(data):
                raise _CutError
            kind, at = data[at], at + 1
        size, at = _number(data, at)
        end = at + size
    else:
        raise BrokenError(f"a track holds the status byte {status:#04x}, which means nothing")
    if end > len(data):
        raise _CutError
    event = MidiEvent(
        tick=tick, status=status, channel=channel, kind=kind, data=data[at:end], raw=data[start:end], delta=delta
    )
    return event, end


def _repaired(event: MidiEvent, repairs: RepairList, track: int) -> MidiEvent:
    """The event with data bytes that can be; one that means nothing stays as it is, and is named too."""
    if event.status in _WIRE:
        repairs.add(f"the byte {event.status:#04x} in a track plays nothing", track=track, tick=event.tick)
    if event.status >= _SYSEX or all(byte <= 0x7F for byte in event.data):
        return event
    repairs.add("data bytes over 127 count as 127", track=track, tick=event.tick)
    data = bytes(min(byte, 0x7F) for byte in event.data)
    return event._replace(data=data, raw=event.raw[: len(event.raw) - len(data)] + data)


# ------------------------------------------------------------------------------------------ writing


def write_events(events: Iterable[MidiEvent], end_tick: int, rest: bytes = b"") -> bytes:
    """A track's bytes from events in order; what has its old place before it keeps its very bytes.

    A status byte is left out where the file left it out and it still can be. The end of the track, which may be among
    the events, is written at ``end_tick``.
    """
    out = bytearray()
    last = running = 0
    end: MidiEvent | None = None
    for event in events:
        if event.status == META and event.kind == END:
            end = event
            continue
        out += _time(event, event.tick - last)
        last = event.tick
        status = event.status | event.channel % 16
        if event.status < _SYSEX:
            if event.raw[0] < 0x80 and running != status:
                out.append(status)
            running = status
        elif event.status not in _WIRE:
            running = 0  # says the standard, and not every reader is as kind as this one
        out += event.raw
    end = end or meta_event(end_tick, END, b"")
    return bytes(out + _time(end, max(0, end_tick - last)) + end.raw + rest)


def _time(event: MidiEvent, ticks: int) -> bytes:
    if event.delta and _number(event.delta, 0)[0] == ticks:
        return event.delta
    return _variable(ticks)


def _variable(number: int) -> bytes:
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))
