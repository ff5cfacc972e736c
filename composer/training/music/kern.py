"""The ``**kern`` score of a Humdrum file as timed notes, bar lines and meters.

Read are notes, rests, chords, ties, tuplets (a duration's reciprocal says it), spine splits, joins, exchanges and ends,
meters, metronome marks, instruments, dynamics spines and the marks that a note bears. Repeats are not unrolled; grace
notes are dropped. Pitches are sounding ones: ``*ITr`` concerns the printed page alone.

Conventions
-----------
* Times are quarter notes from the first event, as exact fractions.
* Tracks come from the top of the page down; the staves of one part are tracks of their own.
* Format: https://www.humdrum.org/rep/kern/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from composer.training.music.pieces import TrackInfo

__all__ = ["MARKS", "KernNote", "KernScore", "parse_kern", "read_kern"]

MARKS = {
    "'": "staccato",
    "`": "staccatissimo",
    "^": "accent",
    "~": "tenuto",
    ";": "fermata",
    "(": "slur",
    ")": "slur end",
}
"""Signifiers of a token -> the mark that its notes bear."""

_PROGRAMS = {
    "piano": 0, "forte": 0, "clavi": 6, "klav": 0, "cemba": 6, "organ": 19, "glock": 9, "guitr": 24, "liuto": 24,
    "tiorb": 24, "zithr": 15, "violn": 40, "viola": 41, "viole": 41, "violt": 41, "violb": 42, "cello": 42, "cbass": 43,
    "arpa": 46, "timpa": 47, "vox": 52, "soprn": 52, "mezzo": 52, "alto": 52, "calto": 52, "tenor": 52, "ctenor": 52,
    "barit": 52, "bass": 52, "canto": 52, "male": 52, "feme": 52, "coro": 52, "sesto": 52, "quinto": 52, "clrno": 56,
    "tromp": 56, "cornt": 56, "tromt": 57, "tromb": 57, "troma": 57, "tuba": 58, "ophic": 58, "serp": 58, "cor": 60,
    "corno": 60, "sxhC": 65, "sxhB": 66, "oboe": 68, "cangl": 69, "fagot": 70, "fag": 70, "clars": 71, "clara": 71,
    "clarb": 71, "claro": 71, "picco": 72, "flt": 73, "physh": 20,
}  # fmt: skip
"""Humdrum instrument code -> General MIDI program; percussion without pitch has none."""
_PERCUSSION = frozenset(("trngl", "piatt", "bdrum", "tambn", "gong", "drum", "drumP", "tom", "casts", "campn", "timpb"))

_DURATION = re.compile(r"(\d+)(?:%(\d+))?(\.*)")
_PITCH = re.compile(r"(([a-gA-G])\2*)(#+|-+)?")
_LEVEL = re.compile(r"sfz|sf|rf|fz|fp|m[pf]|p+|f+")
_METER = re.compile(r"\*M(\d+)/(\d+)$")
_METRONOME = re.compile(r"\*MM(\d+(?:\.\d+)?)")
_SEMITONE = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


@dataclass(slots=True, kw_only=True)
class KernNote:
    """A sounding note: track, onset and end in quarters, MIDI pitch, the marks it bears, the dynamic in force.

    ``swell`` is 1 within a crescendo, -1 within a diminuendo, else 0.
    """

    track: int
    onset: Fraction
    end: Fraction
    pitch: int
    marks: str
    dynamic: str
    swell: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KernScore:
    """A score.

    Attributes
    ----------
    tracks : name and program, top of the page first; only tracks that sound.
    notes : by onset, then track, then pitch.
    bars : times of the bar lines, ascending, the end of the music included.
    meters : ``(time, "3/4")``, ascending.
    tempo_bpm : the first metronome mark in quarters a minute, None where there is none.
    silent_tracks : staves that hold no note at all (lost part-books).
    """

    tracks: tuple[TrackInfo, ...]
    notes: list[KernNote] = field(repr=False)
    bars: tuple[Fraction, ...] = field(repr=False)
    meters: tuple[tuple[Fraction, str], ...]
    tempo_bpm: float | None
    silent_tracks: int


@dataclass(slots=True, kw_only=True)
class _Spine:
    """One column: its representation, its staff (number of the ``**kern`` column), until when its token lasts."""

    kind: str
    staff: int
    until: Fraction = Fraction(0)


class _Reader:
    """The state while the records of a file are read from top to bottom."""

    def __init__(self) -> None:
        self.now = Fraction(0)
        self.spines: list[_Spine] = []
        self.notes: list[KernNote] = []
        self.bars: list[Fraction] = []
        self.meters: list[tuple[Fraction, str]] = []
        self.tempo: float | None = None
        self.names: dict[int, str] = {}
        self.codes: dict[int, str] = {}
        self.levels: dict[int, str] = {}
        self.swells: dict[int, int] = {}
        self.tied: dict[tuple[int, int], KernNote] = {}

    def record(self, line: str) -> None:
        """Take one line of the file."""
        if not line or line.startswith("!"):
            return
        tokens = line.split("\t")
        if line.startswith("**"):
            self._open(tokens)
        elif len(tokens) != len(self.spines):
            raise ValueError(f"{len(tokens)} tokens for {len(self.spines)} spines")
        elif line.startswith("*"):
            self._interpret(tokens)
        elif line.startswith("="):
            if not self.bars or self.bars[-1] != self.now:
                self.bars.append(self.now)
        else:
            self._data(tokens)

    def _open(self, cells: list[str]) -> None:
        staff = -1
        for cell in cells:
            staff += cell == "**kern"
            self.spines.append(_Spine(kind=cell, staff=staff))

    def _interpret(self, cells: list[str]) -> None:
        for spine, cell in zip(self.spines, cells, strict=True):
            if spine.kind != "**kern":
                continue
            if meter := _METER.match(cell):
                entry = (self.now, f"{meter[1]}/{meter[2]}")
                if not self.meters or self.meters[-1] != entry:
                    self.meters.append(entry)
            elif (mark := _METRONOME.match(cell)) and self.tempo is None:
                self.tempo = float(mark[1])
            elif cell.startswith('*I"'):
                self.names.setdefault(spine.staff, cell[3:].strip('" []'))
            elif cell.startswith("*I") and cell[2:3].islower():
                self.codes.setdefault(spine.staff, cell[2:])
        if any(cell in ("*^", "*v", "*x", "*-", "*+") for cell in cells):
            self._rearrange(cells)

    def _rearrange(self, cells: list[str]) -> None:
        spines: list[_Spine] = []
        joining = False
        for spine, cell in zip(self.spines, cells, strict=True):
            if cell == "*^":
                spines += [spine, _Spine(kind=spine.kind, staff=spine.staff, until=spine.until)]
            elif cell == "*v":
                if joining and spines[-1].staff == spine.staff and spines[-1].kind == spine.kind:
                    spines[-1].until = max(spines[-1].until, spine.until)
                else:
                    spines.append(spine)
            elif cell != "*-":
                spines.append(spine)
            joining = cell == "*v"
        crossing = [index for index, cell in enumerate(cells) if cell == "*x"]
        if len(crossing) == 2 and len(spines) == len(cells):
            first, second = crossing
            spines[first], spines[second] = spines[second], spines[first]
        self.spines = spines

    def _data(self, cells: list[str]) -> None:
        for spine, cell in zip(self.spines, cells, strict=True):
            if spine.kind == "**dynam" and cell != ".":
                self._dynamics(max(spine.staff, 0), cell)
        timed = False
        for spine, cell in zip(self.spines, cells, strict=True):
            if spine.kind == "**kern" and cell != ".":
                timed |= self._token(spine, cell)
        if not timed:  # grace notes alone
            return
        later = [spine.until for spine in self.spines if spine.kind == "**kern" and spine.until > self.now]
        self.now = min(later, default=self.now)

    def _dynamics(self, staff: int, cell: str) -> None:
        """A level, and hairpins: ``<`` to ``[``, ``>`` to ``]``."""
        if level := _LEVEL.search(cell):
            self.levels[staff] = level[0]
            self.swells[staff] = 0
        if "[" in cell or "]" in cell:
            self.swells[staff] = 0
        if "<" in cell or ">" in cell:
            self.swells[staff] = 1 if "<" in cell else -1

    def _token(self, spine: _Spine, token: str) -> bool:
        """Take a note, chord or rest; return whether it takes time."""
        if "q" in token or "Q" in token:
            return False
        length: Fraction | None = None
        for sub in token.split():
            length = _length(sub) or length
            if length is None:
                continue
            spine.until = self.now + length
            if "r" not in sub and (pitch := _pitch(sub)) is not None:
                self._note(spine.staff, pitch, length, sub)
        return length is not None

    def _note(self, staff: int, pitch: int, length: Fraction, token: str) -> None:
        end = self.now + length
        held = self.tied.get((staff, pitch))
        if ("_" in token or "]" in token) and held is not None and held.end == self.now:
            held.end = end
            if "]" in token:
                del self.tied[staff, pitch]
            return
        note = KernNote(
            track=staff,
            onset=self.now,
            end=end,
            pitch=pitch,
            marks="".join(sign for sign in MARKS if sign in token),
            dynamic=self.levels.get(staff, ""),
            swell=self.swells.get(staff, 0),
        )
        self.notes.append(note)
        if "[" in token or "_" in token:
            self.tied[staff, pitch] = note


def _length(token: str) -> Fraction | None:
    """Quarter notes of a token; None where it names no duration."""
    found = _DURATION.search(token)
    if found is None:
        return None
    if set(found[1]) == {"0"}:  # 0 a breve, 00 a long, 000 a maxima
        length = Fraction(4 * 2 ** len(found[1]))
    else:
        length = Fraction(4 * int(found[2] or 1), int(found[1]))
    return length * (2 - Fraction(1, 2 ** len(found[3])))


def _pitch(token: str) -> int | None:
    """MIDI pitch of a token; None where it names none."""
    found = _PITCH.search(token)
    if found is None:
        return None
    count = len(found[1])
    letter = found[2]
    octave = 3 + count if letter.islower() else 4 - count
    accidental = found[3] or ""
    shift = len(accidental) * (-1 if "-" in accidental else 1)
    return 12 * (octave + 1) + _SEMITONE[letter.lower()] + shift


def parse_kern(text: str) -> KernScore:
    """Read the text of a ``**kern`` file.

    Raises
    ------
    ValueError
        A record has another number of tokens than there are spines, or nothing sounds.
    """
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            reader.record(line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
    return _score(reader)


def _score(reader: _Reader) -> KernScore:
    program = {staff: _PROGRAMS.get(code) for staff, code in reader.codes.items()}
    percussion = {staff for staff, code in reader.codes.items() if code in _PERCUSSION}
    sounding = sorted({note.track for note in reader.notes} - percussion, reverse=True)
    if not sounding:
        raise ValueError("no note sounds")
    number = {staff: index for index, staff in enumerate(sounding)}
    notes = [note for note in reader.notes if note.track in number]
    for note in notes:
        note.track = number[note.track]
    end = max(note.end for note in notes)
    known = {*reader.names, *reader.codes, *sounding}
    return KernScore(
        tracks=tuple(
            TrackInfo(name=reader.names.get(staff, ""), program=_program(staff, program, reader.names))
            for staff in sounding
        ),
        notes=sorted(notes, key=lambda note: (note.onset, note.track, note.pitch)),
        bars=(*(time for time in reader.bars if time < end), end),
        meters=tuple(reader.meters),
        tempo_bpm=reader.tempo,
        silent_tracks=len(known - set(sounding) - percussion),
    )


def _program(staff: int, programs: dict[int, int | None], names: dict[int, str]) -> int:
    """Program of a staff: its code's, else that of a neighbouring staff of the same name, else a piano."""
    if (own := programs.get(staff)) is not None:
        return own
    same = [other for other in programs if names.get(other) == names.get(staff) and programs[other] is not None]
    return int(programs[same[0]] or 0) if same else 0


def read_kern(path: Path) -> KernScore:
    """Read a ``**kern`` file.

    Raises
    ------
    ValueError
        The file is not such a score, or breaks off.
    """
    return parse_kern(path.read_text(encoding="utf-8", errors="replace"))
