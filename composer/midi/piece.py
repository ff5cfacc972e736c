"""A MIDI file as bars, tracks and notes: what infilling, analysis and scores start from.

Conventions
-----------
* Ticks are the file's own, from its beginning. Bars and tracks count from 1 where people see them, lists from 0.
* A *track* here is what a person calls one: the notes of one channel within one track of the file. A file of type 0
  thus has one for each channel.
* Channels count from 0; those of a file's second port follow as 16..31.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composer.errors import MidiError, PlanError
from composer.gm import INSTRUMENTS
from composer.midi.events import META
from composer.midi.facts import FACTS, TEXT, read_facts
from composer.midi.lanes import HeardNote, read_lanes
from composer.midi.reader import MidiFile, open_midi, parse_midi_file
from composer.midi.texts import printable_text
from composer.midi.timeline import Bar
from composer.theory import ChordSymbol, find_mode, parse_chord, parse_note_name
from composer.types import ROLES

__all__ = ["Bar", "HeardNote", "MidiPiece", "OwnFacts", "Voice", "parse_piece", "piece_of", "read_piece"]

_MARKER = 0x06


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A track as a person sees it: its number from 1, where its events are, and its notes by onset and pitch.

    ``is_drums`` says whether a drum kit plays; ``role`` is the one that Composer wrote into the track, ``""`` where it
    wrote none.
    """

    number: int
    name: str
    chunk: int
    channel: int
    program: int
    notes: tuple[HeardNote, ...]
    is_drums: bool = False
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFacts:
    """What Composer wrote into the file: the key, the caption, and chords as (tick, symbol)."""

    tonic: str
    mode: str
    caption: str
    chords: tuple[tuple[int, ChordSymbol], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiPiece:
    """A MIDI file.

    Attributes
    ----------
    file : all events.
    title : name of a first track without notes, may be empty.
    resolution : ticks per quarter note.
    bars : from the beginning through the last note.
    voices : tracks with notes, in the file's order.
    tempi : (tick, quarter notes per minute), in order.
    signatures : key signatures as (tick, sharps or flats), in order.
    markers : section names as (tick, text), in order.
    own : what Composer wrote into it, None for other people's files.
    """

    file: MidiFile = field(compare=False, repr=False)
    title: str
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


def read_piece(source: Path | str | MidiFile) -> MidiPiece:
    """A MIDI file, from a path or read already, as a piece.

    Raises
    ------
    MidiError
        As `composer.midi.reader.open_midi`.
    """
    return piece_of(open_midi(source))


def parse_piece(data: bytes, *, name: str = "MIDI data") -> MidiPiece:
    """Like `read_piece` for bytes; ``name`` stands in the messages.

    Raises
    ------
    MidiError
        As `read_piece`.
    """
    return piece_of(parse_midi_file(data, name=name))


def piece_of(file: MidiFile) -> MidiPiece:
    """A MIDI file as a piece.

    Raises
    ------
    MidiError
        No note is in it.
    """
    voices = _voices(file)
    if not voices:
        raise MidiError(f"{file.name!r} holds no note")
    resolution = file.resolution
    last_onset = max(voice.notes[-1].onset for voice in voices)
    last_end = max(note.end for voice in voices for note in voice.notes)
    first = file.tracks[0]
    return MidiPiece(
        file=file,
        title="" if any(event.is_note for event in first.events) else first.name,
        resolution=resolution,
        # What rings a moment over the last bar line does not make another bar.
        bars=tuple(file.timeline.bars(max(last_onset, last_end - 1 - resolution // 4))),
        voices=voices,
        tempi=tuple((tick, 6e7 / tempo) for tick, tempo in file.timeline.tempi),
        signatures=tuple((tick, sharps) for tick, sharps, _ in file.timeline.signatures),
        markers=tuple((event.tick, printable_text(file.text(event))) for _, event in file.metas(_MARKER)),
        own=_own_facts(file),
    )


def _voices(file: MidiFile) -> tuple[Voice, ...]:
    lanes = [lane for lane in read_lanes(file) if lane.notes]
    out = []
    for number, lane in enumerate(lanes, start=1):
        instrument = "Drums" if lane.is_drums else INSTRUMENTS[lane.program].name
        role = str(_facts(file, lane.track).get("role", "")) if lane.alone else ""
        out.append(
            Voice(
                number=number,
                name=lane.name if lane.alone and lane.name else instrument,
                chunk=lane.track,
                channel=lane.channel,
                program=lane.program,
                notes=lane.notes,
                is_drums=lane.is_drums,
                role=role if role in ROLES else "",
            )
        )
    return tuple(out)


def _facts(file: MidiFile, track: int | None = None) -> dict[str, Any]:
    """What Composer wrote for programs into a track, or into any."""
    tracks = file.tracks if track is None else file.tracks[track : track + 1]
    events = (e for found in tracks for e in found.events if e.status == META and e.kind in (FACTS, TEXT))
    return read_facts((event.kind, event.data, file.text(event)) for event in events)


def _own_facts(file: MidiFile) -> OwnFacts | None:
    """Key and chords that Composer wrote; None when the file is not ours or an editor has dropped them."""
    facts = _facts(file)
    words = str(facts.get("mode", "")).split()
    if len(words) != 2 or "composer" not in facts:
        return None
    try:
        parse_note_name(words[0])
        mode = find_mode(words[1]).name
    except PlanError:
        return None
    chords: dict[int, ChordSymbol] = {}
    for _, event in file.metas(TEXT):
        try:
            chords[event.tick] = parse_chord(file.text(event))
        except PlanError:
            continue
    caption = printable_text(str(facts.get("caption", "")))
    return OwnFacts(tonic=words[0], mode=mode, caption=caption, chords=tuple(chords.items())) if 0 in chords else None
