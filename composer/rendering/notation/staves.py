"""Parts and staves: who has one staff, who has two, and the clef that suits.

One player whose two hands are two tracks (``Acoustic Grand Piano (right hand)``, ``... (left hand)``) is one part.
Other keyboard and harp parts are spread over two staves about middle C,
and a hand keeps the music as long as it reads well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from composer.errors import ComposerError
from composer.gm import BRIEF_PROGRAMS, HARP, INSTRUMENTS
from composer.rendering.notation.meters import STEPS_PER_QUARTER, BarSpan, bar_at, bar_spans
from composer.rendering.notation.percussion import drum_voices
from composer.rendering.notation.shorthand import abbreviated
from composer.rendering.notation.transposition import written_shift
from composer.rendering.notation.voices import Chord, StaffNote, lines, written_singly
from composer.types import THIRTY_SECOND, TICKS_PER_QUARTER, Instrument, Score, Track

__all__ = ["Clef", "Staff", "StaffPart", "lead_part", "parts_of"]

_TICKS_PER_STEP = TICKS_PER_QUARTER // STEPS_PER_QUARTER
_MIDDLE_C = 60
_TREBLE_LOW, _BASS_HIGH = 55, 64
"""How low the upper staff and how high the lower one may go where the other could take over: two ledger lines."""
_LINE_LOW, _LINE_HIGH, _COMPASS = 52, 69, 16
"""The same for a broken chord or a run that one hand plays: three ledger lines, and a tenth from end to end."""
_ONE_MORE_HAND, _OTHER_HAND = 1.5, 4.0
"""Cost of a hand that joins or leaves, and of one that takes over, on the scale of `_difficulty`."""
_RUN = 6
"""Single notes of a bar from which on it runs."""
_TWO_VOICES = 2
"""What two plain voices in one staff count, in overlapping notes."""
_REACH = 13
"""Semitones that a hand spans at most."""
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
        return (Staff(clef=clef, voices=lines((), hands=(upper, lower), fades=not facts.sustains)),)
    high = _shifted(_TREBLE, first.octave)
    fades = not facts.sustains
    if fades:
        lower = _running(lower, spans)
    return (_staff((high, _BASS), upper, fades=fades), _staff((_BASS, high), lower, fades=fades))


def _one_track(line: _Line, spans: Sequence[BarSpan]) -> tuple[Staff, ...]:
    notes, instrument = line.notes, line.instrument
    if instrument.is_drums:
        return (Staff(clef=_PERCUSSION, voices=lines((), hands=drum_voices(notes, spans))),)
    facts = INSTRUMENTS[instrument.program]
    fades = not facts.sustains
    if facts.clef != "grand":
        return (_staff(_candidates(line), notes, fades=fades),)
    clef = _suited((_TREBLE, _BASS), notes)
    keyboard = facts.family in ("piano", "organ") or facts.program == HARP
    if not keyboard and _strain(clef, notes) <= len(notes):
        return (_staff((clef,), notes, fades=fades),)
    upper, lower = _hands(notes, spans, fades=fades)
    if facts.program in BRIEF_PROGRAMS:
        upper = _to_next(written_singly(upper), bass=False)
        lower = _to_next(written_singly(lower), bass=True)
    elif fades:
        upper, lower = _running(upper, spans), _running(lower, spans)
    return (_staff((_TREBLE,), upper, fades=fades), _staff((_BASS,), lower, fades=fades))


def _running(hand: Sequence[StaffNote], spans: Sequence[BarSpan]) -> list[StaffNote]:
    """A hand on keys; in bars where it runs through a chord, over a bass or not, notes are written until the next."""
    bars: dict[int, list[StaffNote]] = {}
    for note in hand:
        bars.setdefault(bar_at(spans, note.start), []).append(note)
    return [note for bar in bars.values() for note in (_to_next(bar, bass=True) if _runs(bar) else bar)]


def _runs(group: Sequence[StaffNote]) -> bool:
    """Single notes, eighths or quicker, some of which are held into the next ones."""
    quick = 2 * (max(n.start for n in group) - min(n.start for n in group)) <= STEPS_PER_QUARTER * (len(group) - 1)
    return len(group) >= _RUN and quick and _is_line(group) and _overlaps(_moving(group) or group) > 0


def _to_next(hand: Sequence[StaffNote], *, bass: bool) -> list[StaffNote]:
    """Notes as they are struck, as what rings by itself or soon dies away; only a ``bass`` is held under others."""
    made = []
    for note in hand:
        during = [other for other in hand if note.start < other.start < note.end]
        sounding = [other for other in hand if other.start <= note.start < other.end]
        lowest = all(note.pitch < other.pitch for other in during) and all(note.pitch <= one.pitch for one in sounding)
        until = note.end if bass and lowest else min((other.start for other in during), default=note.end)
        made.append(replace(note, end=until))
    return made


def _staff(candidates: Sequence[Clef], notes: Sequence[StaffNote], *, fades: bool = False) -> Staff:
    return Staff(clef=_suited(candidates, notes), voices=lines(notes, fades=fades))


def _hands(
    notes: Iterable[StaffNote], spans: Sequence[BarSpan], *, fades: bool
) -> tuple[list[StaffNote], list[StaffNote]]:
    """Right and left hand, parted in every bar at a pitch that is easy to read, so that the part seldom changes hands.

    The splits of all bars are found together (Viterbi): a bar's own difficulty, and what a hand that comes or goes
    costs against the bar before.
    """
    bars: dict[int, list[StaffNote]] = {}
    for note in notes:
        bars.setdefault(bar_at(spans, note.start), []).append(note)
    best: list[tuple[float, tuple[int, ...], tuple[bool, ...]]] = [(0.0, (), ())]
    for _, group in sorted(bars.items()):
        ways: dict[tuple[bool, bool], tuple[float, int]] = {}  # hands in use -> difficulty, split
        for split in _splits(group):
            used = (any(note.pitch >= split for note in group), any(note.pitch < split for note in group))
            cost = _difficulty(group, split, fades=fades) + 0.01 * abs(split - _MIDDLE_C)
            ways[used] = min(ways.get(used, (cost, split)), (cost, split))
        best = [
            min((before + cost + _change(last, used), (*splits, split), used) for before, splits, last in best)
            for used, (cost, split) in ways.items()
        ]
    hands: tuple[list[StaffNote], list[StaffNote]] = ([], [])
    for (_, group), split in zip(sorted(bars.items()), min(best)[1], strict=True):
        for note in group:
            hands[note.pitch < split].append(note)
    return hands


def _splits(group: Sequence[StaffNote]) -> Sequence[int]:
    """Lowest pitches of the right hand to choose from: from "all in the left hand" to "all in the right"."""
    pitches = [note.pitch for note in group]
    lowest, highest = min(pitches), max(pitches)
    splits = list(range(max(_TREBLE_LOW, lowest), min(_BASS_HIGH + 1, highest + 1) + 1))
    line = _moving(group)
    if line:
        lowest, highest = min(note.pitch for note in line), max(note.pitch for note in line)
    if highest - lowest <= _COMPASS and (line or _is_line(group)):
        splits += [lowest] * (lowest >= _LINE_LOW) + [highest + 1] * (highest <= _LINE_HIGH)
    return splits or (_MIDDLE_C,)


def _moving(group: Sequence[StaffNote]) -> list[StaffNote]:
    """The line of single notes over a bass that is held below it; empty where a bar is no such thing."""
    bass = {
        note for note in group
        if any(note.start <= other.start < note.end and other.end < note.end for other in group)
        and all(note.pitch <= other.pitch for other in group if note.start <= other.start < note.end)
    }  # fmt: skip
    line = [note for note in group if note not in bass]
    return line if bass and _is_line(line) and _is_line(sorted(bass)) else []


def _is_line(group: Sequence[StaffNote]) -> bool:
    """One note after another."""
    return len({note.start for note in group}) == len(group)


def _change(before: tuple[bool, ...], after: tuple[bool, ...]) -> float:
    """What it costs the reader that the music moves from one hand to the other, or to both, at a bar line."""
    if not before or before == after:
        return 0.0
    return _ONE_MORE_HAND if True in (all(before), all(after)) else _OTHER_HAND


def _difficulty(group: Sequence[StaffNote], split: int, *, fades: bool) -> float:
    """What a bar asks: overlapping lines, chords beyond reach, jumps from staff to staff, waiting, ledger lines."""
    right = [note for note in group if note.pitch >= split]
    left = [note for note in group if note.pitch < split]
    ledgers = sum(max(0, _MIDDLE_C - note.pitch) for note in right) + sum(max(0, n.pitch - _MIDDLE_C) for n in left)
    wide = 3.0 * (_beyond_reach(right) + _beyond_reach(left))
    jumps = 1.5 * max(0, _crossings(group, split) - 1)
    waits = 0.4 * (_waits(right, group) + _waits(left, group)) / STEPS_PER_QUARTER
    tangled = 2.0 * sum(_tangles(written_singly(hand) if fades else hand) for hand in (right, left))
    return tangled + wide + jumps + waits + bool(right and left) + 0.1 * ledgers


def _waits(hand: Sequence[StaffNote], group: Sequence[StaffNote]) -> int:
    """Steps for which a hand that plays in a bar rests while the other goes on."""
    if not hand:
        return 0
    sounding = {step for note in hand for step in _covered(note)}
    return len({step for note in group for step in _covered(note)} - sounding)


def _covered(note: StaffNote) -> range:
    """The steps in which a note begins or sounds."""
    return range(math.floor(note.start), math.ceil(note.end))


def _crossings(group: Sequence[StaffNote], split: int) -> int:
    """How often a single line, a broken chord say, goes from hand to hand: each time leaves rests in both staves."""
    line = sorted(_moving(group) or group, key=lambda note: note.start)
    if not _is_line(line):
        return 0
    return sum((one.pitch >= split) != (two.pitch >= split) for one, two in pairwise(line))


def _beyond_reach(notes: Sequence[StaffNote]) -> int:
    """Chords that one hand does not reach."""
    chords: dict[float, list[int]] = {}
    for note in notes:
        chords.setdefault(note.start, []).append(note.pitch)
    return sum(max(pitches) - min(pitches) > _REACH for pitches in chords.values())


def _tangles(hand: Sequence[StaffNote]) -> int:
    """How hard its overlapping notes are to read: a moving line over a held bass is two plain voices."""
    overlaps = _overlaps(hand)
    return min(overlaps, _TWO_VOICES) if _moving(hand) else overlaps


def _overlaps(notes: Iterable[StaffNote]) -> int:
    spans = sorted({(note.start, note.end) for note in notes})
    return sum(other[0] < span[1] for index, span in enumerate(spans) for other in spans[index + 1 :])


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
