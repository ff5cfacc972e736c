"""The notes of a segment on the grid, with their loudness: what a score is written from.

Conventions
-----------
* Rows are (onset, end, pitch, velocity); onset and end in grid steps from the segment's first bar line, by onset and
  pitch. A pitch never begins while it sounds, and nothing lasts beyond the last bar line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from composer.errors import MidiError
from composer.midi.piece import MidiPiece, Voice
from composer.music.infill.parts import GridPart, Segment, read_parts
from composer.music.tokens import GRID

__all__ = ["QuantizedNotes", "drum_notes", "quantize_notes"]

IntArray = NDArray[np.int64]
_MAX_PARTS = 16
_EXACT = 0.15
"""Grid steps from the grid within which a note was put there on purpose."""
_USUAL = (0, 3, 4, 6, 8, 9, GRID)
"""Where notes stand in a quarter note: sixteenths and triplet eighths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizedNotes:
    """What plays in a segment.

    ``voices`` are all that do, ``chosen`` the piece with the pitched ones that a plan has room for, ``parts`` those in
    their roles, ``left_out`` the names of the others.
    """

    voices: tuple[Voice, ...]
    chosen: MidiPiece
    parts: tuple[GridPart, ...]
    left_out: tuple[str, ...]

    @property
    def drums(self) -> tuple[Voice, ...]:
        """The drum voices."""
        return tuple(voice for voice in self.voices if voice.is_drums)


def quantize_notes(piece: MidiPiece, segment: Segment) -> QuantizedNotes:
    """Who plays in a segment, in the file's order; of too many, those with the most notes.

    Raises
    ------
    MidiError
        No note sounds.
    """
    end = segment.tick(segment.bars * segment.steps)
    voices = tuple(v for v in piece.voices if any(segment.start_tick <= n.onset < end for n in v.notes))
    pitched = [voice for voice in voices if not voice.is_drums]
    if not voices:
        raise MidiError("the MIDI file holds no note in those bars", hint="choose bars in which more is played")
    room = _MAX_PARTS - 1 - (len(pitched) < len(voices))  # a keyboard that plays alone becomes two parts
    kept = {voice.number for voice in sorted(pitched, key=lambda voice: -len(voice.notes))[:room]}
    chosen = replace(piece, voices=tuple(voice for voice in pitched if voice.number in kept))
    return QuantizedNotes(
        voices=voices,
        chosen=chosen,
        parts=tuple(part for part in read_parts(chosen, segment) if len(part.rows)),
        left_out=tuple(voice.name for voice in pitched if voice.number not in kept),
    )


def drum_notes(voices: Sequence[Voice], segment: Segment) -> IntArray:
    """The strokes of all drum voices; shape (n, 4)."""
    rows = []
    for voice in voices:
        for note in voice.notes:
            onset = _snapped(_place(note.onset, segment))
            if 0 <= onset < segment.bars * segment.steps:
                rows.append((onset, _end(onset, round(_place(note.end, segment))), note.pitch, note.velocity))
    return _tidy(rows, segment)


def _place(tick: int, segment: Segment) -> float:
    return (tick - segment.start_tick) * segment.steps / segment.bar_ticks


def _snapped(place: float) -> int:
    """The grid step of what was written exactly; of what was played, the nearest sixteenth or triplet eighth."""
    step = round(place)
    if abs(place - step) <= _EXACT:
        return step
    quarter, within = divmod(place, GRID)
    return int(quarter) * GRID + min(_USUAL, key=lambda usual: abs(usual - within))


def _end(onset: int, end: int) -> int:
    """An end that can be read: on a sixteenth or triplet where the note is long enough for it."""
    near = _snapped(end + 2 * _EXACT)
    return near if near > onset else max(end, onset + 1)


def _tidy(rows: Sequence[tuple[int, ...]], segment: Segment) -> IntArray:
    """Each pitch once at a time, the louder one where two start together, and none beyond the end."""
    limit: dict[int, int] = {}
    out: list[tuple[int, int, int, int]] = []
    for onset, end, pitch, velocity in sorted(rows, key=lambda row: (-row[0], row[2], -row[3])):
        last = limit.get(pitch, segment.bars * segment.steps)
        if 0 <= onset < last:
            out.append((onset, max(onset + 1, min(end, last)), pitch, velocity))
            limit[pitch] = onset
    return np.array(sorted(out, key=lambda row: (row[0], row[2])), dtype=np.int64).reshape(-1, 4)
