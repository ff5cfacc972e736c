"""Notes out of a MIDI file and notes into it, with every other event left as it was.

Conventions
-----------
* Removed are whole notes that *start* in the region; a note that starts before it and sounds into it stays.
* At one tick, new note-offs stand before what was there, new note-ons after it, so that a pitch is never struck while
  it sounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from composer.midi.chunks import write_chunks
from composer.midi.events import NOTE_OFF, NOTE_ON, MidiEvent, channel_event, meta_event, write_events
from composer.midi.piece import HeardNote, MidiPiece, Voice

__all__ = ["NewNote", "edited", "fitted", "velocities"]

_NEAR_BARS = 4
_TEXTS = {"text": 0x01, "marker": 0x06}


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
    file = piece.file
    old_end = piece.bars[-1].end
    tracks = []
    for chunk, track in enumerate(file.tracks):
        voices = [voice for voice in piece.voices if voice.chunk == chunk]
        gone = {at for voice in voices for note in removed.get(voice.number, ()) for at in (note.on, note.off)}
        events = [(event.tick, 1, event) for place, event in enumerate(track.events) if place not in gone]
        for voice in voices:
            for note in added.get(voice.number, ()):
                events += _events(note, voice.channel)
        if chunk == 0:
            events += [(tick, 2, meta_event(tick, _TEXTS[kind], text.encode("utf-8"))) for tick, kind, text in texts]
        last = track.end_tick
        if end_tick is not None and last >= old_end - piece.bars[-1].length:
            last = max(last, end_tick)
        ordered = [event for _, _, event in sorted(events, key=lambda event: event[:2])]
        tracks.append(write_events(ordered, last, track.rest))
    return write_chunks(file.chunks, tracks)


def _events(note: NewNote, channel: int) -> list[tuple[int, int, MidiEvent]]:
    on = channel_event(note.onset, NOTE_ON, channel, note.pitch, note.velocity)
    off = channel_event(note.end, NOTE_OFF, channel, note.pitch, 64)
    return [(note.onset, 2, on), (note.end, 0, off)]
