"""Any MIDI file as bars, tracks and notes, with every event kept so that it can be written back.

Conventions
-----------
* Ticks are the file's own, from its beginning. Bars and tracks count from 1 where people see them, lists from 0.
* A *track* here is what a person calls one: the notes of one channel within one track of the file. A file of type 0
  thus has one for each channel.
* Channels count from 0; channel 9 is the drum kit.
"""

from __future__ import annotations

import io
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composer.errors import MidiError, PlanError
from composer.gm import INSTRUMENTS
from composer.theory import ChordSymbol, find_mode, key_fifths, parse_chord, parse_note_name
from composer.types import ROLES

if TYPE_CHECKING:
    import mido

__all__ = ["Bar", "HeardNote", "MidiPiece", "OwnFacts", "Voice", "parse_piece", "read_piece"]

DRUM_CHANNEL = 9
_MAX_BYTES = 32 * 2**20
_MAX_BARS = 4000


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
class Voice:
    """A track as a person sees it: its number from 1, where its events are, and its notes by onset and pitch.

    ``role`` is the one that Composer wrote into the track, ``""`` where it wrote none.
    """

    number: int
    name: str
    chunk: int
    channel: int
    program: int
    notes: tuple[HeardNote, ...]
    role: str = ""

    @property
    def is_drums(self) -> bool:
        """True for the drum channel."""
        return self.channel == DRUM_CHANNEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar in ticks; ``whole`` is False where a change of meter cuts it short."""

    start: int
    length: int
    meter: str
    whole: bool

    @property
    def end(self) -> int:
        """Tick of the next bar line."""
        return self.start + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFacts:
    """What Composer wrote into the file: the key, and chords as (tick, symbol)."""

    tonic: str
    mode: str
    chords: tuple[tuple[int, ChordSymbol], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiPiece:
    """A MIDI file.

    Attributes
    ----------
    file : all events.
    resolution : ticks per quarter note.
    bars : from the beginning through the last note.
    voices : tracks with notes, in the file's order.
    tempi : (tick, quarter notes per minute), in order.
    signatures : key signatures as (tick, sharps or flats), in order.
    markers : section names as (tick, text), in order.
    own : what Composer wrote into it, None for other people's files.
    """

    file: mido.MidiFile = field(compare=False, repr=False)
    resolution: int
    bars: tuple[Bar, ...]
    voices: tuple[Voice, ...]
    tempi: tuple[tuple[int, float], ...]
    signatures: tuple[tuple[int, int], ...]
    markers: tuple[tuple[int, str], ...]
    own: OwnFacts | None

    def tempo_at(self, tick: int) -> float:
        """Quarter notes per minute."""
        return next((bpm for start, bpm in reversed(self.tempi) if start <= tick), 120.0)


def read_piece(path: Path) -> MidiPiece:
    """Read a MIDI file.

    Raises
    ------
    MidiError
        The file is missing, too large (over 32 MiB), no MIDI file, broken, of type 2 or without a note.
    """
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise MidiError(f"{str(path)!r} has {size} bytes; a MIDI file of at most {_MAX_BYTES} bytes is read")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MidiError(f"cannot read {str(path)!r}: {reason}") from error
    return parse_piece(data, name=str(path))


def parse_piece(data: bytes, *, name: str = "MIDI data") -> MidiPiece:
    """Like `read_piece` for bytes; ``name`` stands in the messages.

    Raises
    ------
    MidiError
        As `read_piece`.
    """
    file = _load(data, name)
    events = [_absolute(track) for track in file.tracks]
    voices = _voices(file, events)
    if not voices:
        raise MidiError(f"{name!r} holds no note")
    resolution = file.ticks_per_beat
    last_onset = max(voice.notes[-1].onset for voice in voices)
    last_end = max(note.end for voice in voices for note in voice.notes)
    merged = sorted((item for track in events for item in track if item[1].is_meta), key=lambda item: item[0])
    return MidiPiece(
        file=file,
        resolution=resolution,
        # What rings a moment over the last bar line does not make another bar.
        bars=tuple(_bars(merged, resolution, max(last_onset, last_end - 1 - resolution // 4), name)),
        voices=voices,
        tempi=tuple((tick, 6e7 / event.tempo) for tick, event in merged if event.type == "set_tempo" and event.tempo),
        signatures=tuple((tick, _fifths(event.key)) for tick, event in merged if event.type == "key_signature"),
        markers=tuple((tick, event.text) for tick, event in merged if event.type == "marker"),
        own=_own_facts(merged),
    )


def _load(data: bytes, name: str) -> mido.MidiFile:
    import mido
    from mido.midifiles.meta import KeySignatureError

    try:
        file = mido.MidiFile(file=io.BytesIO(data))
    except (OSError, EOFError, ValueError, LookupError, TypeError, ArithmeticError, struct.error) as error:
        what = str(error) or "it is cut short"
        raise MidiError(f"{name!r} is not a usable MIDI file: {what}") from error
    except KeySignatureError as error:
        raise MidiError(f"{name!r} is not a usable MIDI file: {error}") from error
    if file.type not in (0, 1):
        raise MidiError(f"{name!r} is a MIDI file of type {file.type}; types 0 and 1 are read")
    if file.ticks_per_beat <= 0:
        raise MidiError(f"{name!r} counts time in film frames; ticks per quarter note are needed")
    return file


def _absolute(track: Any) -> list[tuple[int, Any]]:
    """Events with their ticks."""
    out, tick = [], 0
    for message in track:
        tick += message.time
        out.append((tick, message))
    return out


def _fifths(key: str) -> int:
    return key_fifths(key.removesuffix("m"), "minor" if key.endswith("m") else "major")


# ------------------------------------------------------------------------------------------- tracks


def _voices(file: Any, events: list[list[tuple[int, Any]]]) -> tuple[Voice, ...]:
    programs = sorted(
        (tick, chunk, message.channel, message.program)
        for chunk, track in enumerate(events)
        for tick, message in track
        if message.type == "program_change"
    )
    out: list[Voice] = []
    for chunk, track in enumerate(events):
        by_channel = _notes(track)
        title = next((message.name.strip() for _, message in track if message.type == "track_name"), "")
        alone = len(by_channel) == 1 and file.type == 1
        role = next(
            (m.text.removeprefix("role: ") for _, m in track if m.type == "text" and m.text[:6] == "role: "), ""
        )
        for channel, notes in sorted(by_channel.items()):
            program = _program(programs, chunk, channel, notes[0].onset)
            instrument = "Drums" if channel == DRUM_CHANNEL else INSTRUMENTS[program].name
            out.append(
                Voice(
                    number=len(out) + 1,
                    name=title if alone and title else instrument,
                    chunk=chunk,
                    channel=channel,
                    program=program,
                    notes=tuple(notes),
                    role=role if alone and role in ROLES else "",
                )
            )
    return tuple(out)


def _program(programs: list[tuple[int, int, int, int]], chunk: int, channel: int, tick: int) -> int:
    """The channel's program when a note starts; one from the note's own track is believed first."""
    before = [item for item in programs if item[2] == channel and item[0] <= tick]
    own = [item for item in before if item[1] == chunk]
    return (own or before or [(0, 0, 0, 0)])[-1][3]


def _notes(track: list[tuple[int, Any]]) -> dict[int, list[HeardNote]]:
    """Notes by channel; the first note of a pitch to start is the first to end."""
    sounding: dict[tuple[int, int], deque[tuple[int, int, int]]] = {}
    out: dict[int, list[HeardNote]] = {}
    for place, (tick, message) in enumerate(track):
        if message.type not in ("note_on", "note_off"):
            continue
        key = (message.channel, message.note)
        if message.type == "note_on" and message.velocity:
            sounding.setdefault(key, deque()).append((tick, message.velocity, place))
        elif sounding.get(key):
            onset, velocity, on = sounding[key].popleft()
            note = HeardNote(onset=onset, end=tick, pitch=message.note, velocity=velocity, on=on, off=place)
            out.setdefault(message.channel, []).append(note)
    end = track[-1][0] if track else 0
    for (channel, pitch), left in sounding.items():
        out.setdefault(channel, []).extend(
            HeardNote(onset=onset, end=end, pitch=pitch, velocity=velocity, on=on, off=-1)
            for onset, velocity, on in left
        )
    for notes in out.values():
        notes.sort(key=lambda note: (note.onset, note.pitch, note.on))
    return out


# --------------------------------------------------------------------------------------------- bars


def _bars(merged: list[tuple[int, Any]], resolution: int, last_tick: int, name: str) -> Iterator[Bar]:
    changes = {0: (4, 4)}
    for tick, event in merged:
        if event.type == "time_signature" and event.numerator and 4 * resolution >= event.denominator:
            changes[tick] = (event.numerator, event.denominator)
    starts = sorted(changes)
    starts = [tick for before, tick in zip([-1, *starts], starts, strict=False) if changes.get(before) != changes[tick]]
    tick = count = 0
    for place, start in enumerate(starts):
        beats, unit = changes[start]
        length = beats * 4 * resolution // unit
        exact = beats * 4 * resolution % unit == 0
        stop = min(starts[place + 1], last_tick + 1) if place + 1 < len(starts) else last_tick + 1
        cut = place + 1 < len(starts) and starts[place + 1] <= last_tick
        while tick < stop:
            end = min(tick + length, stop) if cut else tick + length
            yield Bar(start=tick, length=end - tick, meter=f"{beats}/{unit}", whole=exact and end - tick == length)
            tick = end
            count += 1
            if count > _MAX_BARS:
                raise MidiError(f"{name!r} is longer than the {_MAX_BARS} bars that are read at most")


# -------------------------------------------------------------------------------------- our own files


def _own_facts(merged: list[tuple[int, Any]]) -> OwnFacts | None:
    """Key and chords that Composer wrote; None when the file is not ours or an editor has dropped them."""
    texts = [(tick, event.text) for tick, event in merged if event.type == "text"]
    words = next((text.split()[1:] for _, text in texts if text.startswith("mode: ")), ["none"])
    if len(words) != 2 or not any(text.startswith("composer: ") for _, text in texts):
        return None
    try:
        parse_note_name(words[0])
        mode = find_mode(words[1]).name
    except PlanError:
        return None
    chords: dict[int, ChordSymbol] = {}
    for tick, text in texts:
        try:
            chords[tick] = parse_chord(text)
        except PlanError:
            continue
    return OwnFacts(tonic=words[0], mode=mode, chords=tuple(chords.items())) if 0 in chords else None
