"""Parts and staves: who has one staff, who has two, and the clef that suits.

One player whose two hands are two tracks (``Acoustic Grand Piano (right hand)``, ``... (left hand)``) is one part.
Other keyboard and harp parts are spread over two staves (`composer.rendering.notation.hands`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from composer.errors import ComposerError
from composer.gm import BRIEF_PROGRAMS, HARP, INSTRUMENTS
from composer.rendering.notation.hands import note_by_note, part_hands, until_next
from composer.rendering.notation.meters import STEPS_PER_QUARTER, BarSpan, bar_spans
from composer.rendering.notation.percussion import drum_voices
from composer.rendering.notation.shorthand import abbreviated
from composer.rendering.notation.transposition import written_shift
from composer.rendering.notation.voices import Chord, StaffNote, lines, written_singly
from composer.types import THIRTY_SECOND, TICKS_PER_QUARTER, Instrument, Score, Track

__all__ = ["Clef", "Staff", "StaffPart", "lead_part", "parts_of"]

_TICKS_PER_STEP = TICKS_PER_QUARTER // STEPS_PER_QUARTER
_OUT_OF_TREBLE = 50
"""Players who go below this read the bass clef where a score shows what sounds."""
_LEDGER_FREE = 10
"""Semitones from the middle line that need at most one ledger line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clef:
    """A clef: ``sign`` G, F, C or percussion on a line from below; `octave` +1 for a small 8 above it."""

    sign: str
    line: int
    octave: int = 0


_TREBLE, _BASS = Clef(sign="G", line=2), Clef(sign="F", line=4)
_ALTO, _TENOR = Clef(sign="C", line=3), Clef(sign="C", line=4)
_PERCUSSION = Clef(sign="percussion", line=2)
_MIDDLE_LINES = {_TREBLE: 71, _BASS: 50, _ALTO: 60, _TENOR: 57}
_TENOR_CLEF_PROGRAMS = frozenset({42, 57, 70})  # cello, trombone, bassoon


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Five lines: the clef and the chords of voice 1 and voice 2 over the whole piece, in steps."""

    clef: Clef
    voices: tuple[Sequence[Chord], Sequence[Chord]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPart:
    """One player.

    Attributes
    ----------
    name : of the player.
    instrument : the first of its instruments.
    staves : from the top.
    tracks : indices of the tracks it was made from.
    shift : semitones by which its notes are written above where they sound.
    """

    name: str
    instrument: Instrument
    staves: tuple[Staff, ...]
    tracks: tuple[int, ...]
    shift: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A track as it is written; `octave` is what its clef's small figure shifts."""

    instrument: Instrument
    notes: list[StaffNote]
    octave: int


def parts_of(score: Score, *, written: bool = False) -> tuple[StaffPart, ...]:
    """The parts of a score in score order.

    Parameters
    ----------
    score : Score
    written : transposing instruments as their players read them, else as they sound.

    Raises
    ------
    ComposerError
        A note lies neither on the grid of twelve steps to the quarter note nor on that of thirty-seconds.
    """
    parts: list[StaffPart] = []
    spans = bar_spans(score.timeline)
    index = 0
    while index < len(score.tracks):
        track = score.tracks[index]
        line = _line(track, written=written)
        following = score.tracks[index + 1] if index + 1 < len(score.tracks) else None
        if following is not None and _is_one_player(track.instrument, following.instrument):
            staves = _two_tracks(line, _line(following, written=written), spans)
            used: tuple[int, ...] = (index, index + 1)
        else:
            staves, used = _one_track(line, spans), (index,)
        name = _bare(track.instrument.name) if len(used) == 2 else track.instrument.name
        shift = written_shift(track.instrument) if written else 0
        parts.append(StaffPart(name=name, instrument=track.instrument, staves=staves, tracks=used, shift=shift))
        index += len(used)
    return tuple(parts)


def lead_part(score: Score) -> StaffPart:
    """The melody alone on one staff, as it sounds.

    Raises
    ------
    ComposerError
        As `parts_of`.
    """
    index = next((n for n, track in enumerate(score.tracks) if track.instrument.role == "melody"), 0)
    track = score.tracks[index]
    staff = _staff((_TREBLE, _shifted(_TREBLE, -1), _BASS, _shifted(_TREBLE, 1)), _line(track, written=False).notes)
    return StaffPart(name="", instrument=track.instrument, staves=(staff,), tracks=(index,))


def _bare(name: str) -> str:
    return re.sub(r"\s*\((right hand|left hand|melody|accompaniment)\)$", "", name)


def _is_one_player(first: Instrument, second: Instrument) -> bool:
    hands = first.name.endswith("(right hand)") and second.name.endswith("(left hand)")
    return (
        (hands or (first.role, second.role) == ("melody", "harmony"))
        and first.program == second.program
        and first.name != _bare(first.name) == _bare(second.name) != second.name
    )


def _line(track: Track, *, written: bool) -> _Line:
    shift = written_shift(track.instrument)
    octave = -shift // 12 if shift % 12 == 0 and not written else 0
    return _Line(instrument=track.instrument, notes=_notes(track, shift if written else 0), octave=octave)


def _notes(track: Track, shift: int) -> list[StaffNote]:
    made = []
    for note, sign in [(note, "") for note in track.notes] if track.instrument.is_drums else abbreviated(track.notes):
        if any(tick % _TICKS_PER_STEP and tick % THIRTY_SECOND for tick in (note.onset, note.end)):
            raise ComposerError(
                f"the score cannot be notated: {track.instrument.name}: {note} does not lie on the grid of "
                f"{_TICKS_PER_STEP} ticks",
                hint="this is a fault in Composer; please report it with the plan",
            )
        made.append(StaffNote(start=_steps(note.onset), end=_steps(note.end), pitch=note.pitch + shift, sign=sign))
    return made


def _steps(tick: int) -> float:
    """Ticks as steps: whole ones wherever they are, so that what is on the grid is counted exactly."""
    return tick // _TICKS_PER_STEP if tick % _TICKS_PER_STEP == 0 else tick / _TICKS_PER_STEP


# ------------------------------------------------------------------------------------------- staves


def _two_tracks(first: _Line, second: _Line, spans: Sequence[BarSpan]) -> tuple[Staff, ...]:
    """Two hands on two staves; a plucked instrument's tune and accompaniment as two voices of one staff."""
    upper, lower = first.notes, second.notes
    facts = INSTRUMENTS[first.instrument.program]
    if facts.family in ("guitar", "ethnic"):
        clef = _suited(_candidates(first), [*upper, *lower])
        if facts.program in BRIEF_PROGRAMS:
            lower = until_next(lower, bass=False)
        return (Staff(clef=clef, voices=lines((), hands=(upper, lower), fades=not facts.sustains)),)
    high = _shifted(_TREBLE, first.octave)
    fades = not facts.sustains
    if fades:
        lower = note_by_note(lower, spans)
    return (_staff((high, _BASS), upper, fades=fades), _staff((_BASS, high), lower, fades=fades))


def _one_track(line: _Line, spans: Sequence[BarSpan]) -> tuple[Staff, ...]:
    notes, instrument = line.notes, line.instrument
    if instrument.is_drums:
        return (Staff(clef=_PERCUSSION, voices=lines((), hands=drum_voices(notes, spans))),)
    facts = INSTRUMENTS[instrument.program]
    fades = not facts.sustains
    if facts.clef != "grand":
        if facts.program in BRIEF_PROGRAMS and instrument.role != "melody":
            notes = until_next(notes, bass=True)
        return (_staff(_candidates(line), notes, fades=fades),)
    clef = _suited((_TREBLE, _BASS), notes)
    keyboard = facts.family in ("piano", "organ") or facts.program == HARP
    if not keyboard and _strain(clef, notes) <= len(notes):
        return (_staff((clef,), notes, fades=fades),)
    upper, lower = part_hands(notes, spans, fades=fades)
    if facts.program in BRIEF_PROGRAMS:
        upper = until_next(written_singly(upper), bass=False)
        lower = until_next(written_singly(lower), bass=True)
    elif fades:
        upper, lower = note_by_note(upper, spans), note_by_note(lower, spans)
    return (_staff((_TREBLE,), upper, fades=fades), _staff((_BASS,), lower, fades=fades))


def _staff(candidates: Sequence[Clef], notes: Sequence[StaffNote], *, fades: bool = False) -> Staff:
    return Staff(clef=_suited(candidates, notes), voices=lines(notes, fades=fades))


# -------------------------------------------------------------------------------------------- clefs


def _shifted(clef: Clef, octave: int) -> Clef:
    return Clef(sign=clef.sign, line=clef.line, octave=octave)


def _candidates(line: _Line) -> tuple[Clef, ...]:
    """Clefs that players of the instrument read, the usual one first."""
    facts = INSTRUMENTS[line.instrument.program]
    if facts.clef == "alto":
        return _ALTO, _TREBLE
    if facts.clef == "bass":
        usual = _shifted(_BASS, line.octave)
        return (usual, _TENOR, _TREBLE) if facts.program in _TENOR_CLEF_PROGRAMS else (usual,)
    if facts.clef == "treble":
        usual = _shifted(_TREBLE, line.octave)
        # At concert pitch a horn or a baritone saxophone may lie low; synthesizers play anywhere.
        low = facts.easy_low < _OUT_OF_TREBLE or facts.family.startswith("synth")
        return (usual, _BASS) if low else (usual,)
    return _TREBLE, _BASS


def _suited(candidates: Sequence[Clef], notes: Sequence[StaffNote]) -> Clef:
    """The first clef that does well enough, a ledger line or two a note; else the one with the fewest."""
    strains = [_strain(clef, notes) for clef in candidates]
    well = (clef for clef, strain in zip(candidates, strains, strict=True) if strain <= len(notes))
    return next(well, candidates[strains.index(min(strains))])


def _strain(clef: Clef, notes: Sequence[StaffNote]) -> int:
    middle = _MIDDLE_LINES[_shifted(clef, 0)] + 12 * clef.octave
    return sum(max(0, abs(note.pitch - middle) - _LEDGER_FREE) for note in notes)
