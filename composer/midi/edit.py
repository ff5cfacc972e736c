"""Notes out of a MIDI file and notes into it, with every other event left as it was.

Conventions
-----------
* Removed are whole notes that *start* in the region; a note that starts before it and sounds into it stays.
* At one tick, new note-offs stand before what was there, new note-ons after it, so that a pitch is never struck while
  it sounds.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from composer.midi.piece import HeardNote, MidiPiece, Voice

__all__ = ["NewNote", "edited", "fitted", "velocities"]

_NEAR_BARS = 4


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class NewNote:
    """A note to be written, in ticks of the file."""

    onset: int
    pitch: int
    end: int
    velocity: int = 64


def fitted(
    piece: MidiPiece,
    voice: Voice,
    notes: Iterable[NewNote],
    *,
    removed: Mapping[int, Sequence[HeardNote]],
    added: Mapping[int, Sequence[NewNote]],
) -> list[NewNote]:
    """New notes without those that would strike a pitch while it sounds on the same channel, or cut it off.

    ``removed`` and ``added`` hold the notes that leave and enter each track, by its number. A note that begins while
    its pitch sounds is left out; one that would last into the next note of its pitch ends there.
    """
    gone = {(number, note.on) for number, out in removed.items() for note in out}
    kept = [
        (note.onset, note.end, note.pitch)
        for other in piece.voices
        if other.channel == voice.channel
        for note in other.notes
        if (other.number, note.on) not in gone
    ]
    for other in piece.voices:
        if other.channel == voice.channel:
            kept += [(note.onset, note.end, note.pitch) for note in added.get(other.number, ())]
    out: list[NewNote] = []
    for note in sorted(set(notes)):
        spans = [(onset, end) for onset, end, pitch in kept if pitch == note.pitch]
        spans += [(new.onset, new.end) for new in out if new.pitch == note.pitch]
        if any(onset <= note.onset < end or onset == note.onset for onset, end in spans):
            continue
        end = min([note.end, *(onset for onset, _ in spans if onset > note.onset)])
        if end > note.onset:
            out.append(NewNote(onset=note.onset, pitch=note.pitch, end=end, velocity=note.velocity))
    return out


def velocities(voice: Voice, notes: Sequence[NewNote], region: tuple[int, int], bar_ticks: int) -> list[NewNote]:
    """Give new notes the loudness of the track's notes close by: before and after, and at the same place in the bar."""
    low, high = region
    reach = _NEAR_BARS * bar_ticks
    before = [note for note in voice.notes if low - reach <= note.onset < low]
    after = [note for note in voice.notes if high <= note.onset < high + reach]
    near = before + after or list(voice.notes)
    level = _mean(near)
    start, end = _mean(before or after or near), _mean(after or before or near)
    softest, loudest = min(note.velocity for note in near), max(note.velocity for note in near)
    out = []
    for note in notes:
        place = (note.onset - low) % bar_ticks
        alike = [other for other in near if abs((other.onset - low) % bar_ticks - place) * 32 < bar_ticks]
        accent = _mean(alike) - level if alike else 0.0
        loud = round(start + (end - start) * (note.onset - low) / max(high - low, 1) + accent)
        out.append(replace(note, velocity=max(softest, min(loudest, loud))))
    return out


def _mean(notes: Sequence[HeardNote]) -> float:
    return sum(note.velocity for note in notes) / len(notes)


def edited(
    piece: MidiPiece,
    *,
    removed: Mapping[int, Sequence[HeardNote]],
    added: Mapping[int, Sequence[NewNote]],
    texts: Sequence[tuple[int, str, str]] = (),
    end_tick: int | None = None,
) -> bytes:
    """The file's bytes with notes taken out of and put into tracks, by the tracks' numbers.

    ``texts`` are meta events (tick, type, text) for the first track. ``end_tick`` moves the end of every track that
    ended with the music there.
    """
    import mido

    file = piece.file
    new = mido.MidiFile(type=file.type, ticks_per_beat=file.ticks_per_beat, charset=file.charset)
    old_end = piece.bars[-1].end
    for chunk, track in enumerate(file.tracks):
        voices = [voice for voice in piece.voices if voice.chunk == chunk]
        gone = {at for voice in voices for note in removed.get(voice.number, ()) for at in (note.on, note.off)}
        events, last = _kept(track, gone)
        for voice in voices:
            for note in added.get(voice.number, ()):
                events += _events(note, voice.channel)
        if chunk == 0:
            events += [(tick, 2, mido.MetaMessage(kind, text=text)) for tick, kind, text in texts]
        if end_tick is not None and last >= old_end - piece.bars[-1].length:
            last = max(last, end_tick)
        new.tracks.append(_track(events, last))
    buffer = io.BytesIO()
    new.save(file=buffer)
    return buffer.getvalue()


def _kept(track: Any, gone: set[int]) -> tuple[list[tuple[int, int, Any]], int]:
    """Events that stay as (tick, rank, message), without the end of the track, and the tick of that."""
    events, tick = [], 0
    for place, message in enumerate(track):
        tick += message.time
        if place not in gone and message.type != "end_of_track":
            events.append((tick, 1, message))
    return events, tick


def _events(note: NewNote, channel: int) -> list[tuple[int, int, Any]]:
    import mido

    on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
    off = mido.Message("note_off", channel=channel, note=note.pitch, velocity=64)
    return [(note.onset, 2, on), (note.end, 0, off)]


def _track(events: list[tuple[int, int, Any]], end_tick: int) -> Any:
    import mido

    track = mido.MidiTrack()
    last = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - last))
        last = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end_tick - last)))
    return track
