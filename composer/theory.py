"""Keys, modes and chord symbols.

Conventions
-----------
* A *pitch class* (pc) is 0..11 with C = 0. Note names are a letter A..G and any of ``# b`` (``F#``, ``Bb``).
* A mode's ``steps`` are its pitch classes above the tonic, ascending, starting with 0.
* The *canonical* key of a mode is the one on the white keys (C major, A minor, D dorian ...); the music model lives
  there, so that every bar teaches every key. Scales that do not fit the white keys borrow the tonic of their nearest
  relative (harmonic minor: A).
* *Fifths* count sharps (+) or flats (-) of a key signature.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from composer.errors import PlanError

__all__ = [
    "CHORD_QUALITIES",
    "MODES",
    "ChordSymbol",
    "Mode",
    "canonical_shift",
    "chord_symbol",
    "find_mode",
    "key_fifths",
    "note_name",
    "parse_chord",
    "parse_note_name",
    "respell_tonic",
    "scale_pitch_classes",
    "spell",
]

_LETTER_PC = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_LINE_OF_FIFTHS = "FCGDAEB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A scale on a tonic.

    Attributes
    ----------
    name : as on the command line, e.g. ``"harmonic-minor"``.
    steps : pitch classes above the tonic.
    minor : True when its third is minor (its key signature is written as a minor one).
    canonical_tonic : pitch class of its tonic in the canonical key.
    signature_shift : fifths to add to the major key signature on the same tonic (dorian -2, minor -3 ...).
    """

    name: str
    steps: tuple[int, ...]
    minor: bool
    canonical_tonic: int
    signature_shift: int


def _mode(name: str, steps: str, canonical_tonic: int, signature_shift: int) -> Mode:
    tones = tuple(int(step) for step in steps.split())
    minor = 3 in tones and 4 not in tones
    return Mode(name=name, steps=tones, minor=minor, canonical_tonic=canonical_tonic, signature_shift=signature_shift)


MODES: dict[str, Mode] = {
    mode.name: mode
    for mode in (
        _mode("major", "0 2 4 5 7 9 11", 0, 0),
        _mode("minor", "0 2 3 5 7 8 10", 9, -3),
        _mode("dorian", "0 2 3 5 7 9 10", 2, -2),
        _mode("phrygian", "0 1 3 5 7 8 10", 4, -4),
        _mode("lydian", "0 2 4 6 7 9 11", 5, 1),
        _mode("mixolydian", "0 2 4 5 7 9 10", 7, -1),
        _mode("locrian", "0 1 3 5 6 8 10", 11, -5),
        _mode("harmonic-minor", "0 2 3 5 7 8 11", 9, -3),
        _mode("melodic-minor", "0 2 3 5 7 9 11", 9, -3),
        _mode("pentatonic", "0 2 4 7 9", 0, 0),
        _mode("minor-pentatonic", "0 3 5 7 10", 9, -3),
        _mode("blues", "0 3 5 6 7 10", 9, -3),
        _mode("whole-tone", "0 2 4 6 8 10", 0, 0),
        _mode("phrygian-dominant", "0 1 4 5 7 8 10", 4, -4),
        _mode("double-harmonic", "0 1 4 5 7 8 11", 4, -4),
        _mode("hungarian-minor", "0 2 3 6 7 8 11", 9, -3),
        _mode("hirajoshi", "0 2 3 7 8", 9, -3),
        _mode("in-sen", "0 1 5 7 10", 4, -4),
    )
}
"""Every mode that a plan may ask for, by name."""

_MODE_ALIASES = {
    "ionian": "major",
    "aeolian": "minor",
    "natural-minor": "minor",
    "major-pentatonic": "pentatonic",
    "yo": "pentatonic",
}

CHORD_QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "mmaj7": (0, 3, 7, 11),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "5": (0, 7),
}
"""Chord symbol suffix -> pitch classes above the root."""

_QUALITY_ALIASES = {
    "maj": "",
    "M": "",
    "min": "m",
    "-": "m",
    "o": "dim",
    "°": "dim",
    "+": "aug",
    "sus": "sus4",
    "dom7": "7",
    "M7": "maj7",
    "Δ": "maj7",
    "min7": "m7",
    "-7": "m7",
    "ø": "m7b5",
    "ø7": "m7b5",
    "o7": "dim7",
    "°7": "dim7",
    "mM7": "mmaj7",
    "mMaj7": "mmaj7",
}

_CHORD_PATTERN = re.compile(r"^([A-G](?:##|bb|#|b)?)([^/\s]*)(?:/([A-G](?:##|bb|#|b)?))?$")
_NOTE_PATTERN = re.compile(r"^([A-Ga-g])(##|bb|#|b|)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChordSymbol:
    """A parsed chord symbol: pitch classes of `root` and `bass`, and a key of `CHORD_QUALITIES`."""

    root: int
    quality: str
    bass: int

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The chord's pitch classes, the bass included."""
        return frozenset((self.root + step) % 12 for step in CHORD_QUALITIES[self.quality]) | {self.bass}


def parse_note_name(name: str) -> int:
    """Pitch class of a note name; `PlanError` when it is none. ``♯`` and ``♭`` are accepted."""
    match = _NOTE_PATTERN.match(name.strip().replace("♯", "#").replace("♭", "b"))
    if match is None:
        raise PlanError(f"tonic: {name!r} is not a note name; expected C, C#, Db, ... B")
    letter, accidentals = match.groups()
    return (_LETTER_PC[letter.upper()] + accidentals.count("#") - accidentals.count("b")) % 12


def note_name(fifths_position: int) -> str:
    """Note name at a position on the line of fifths, C = 0, G = 1, F = -1."""
    accidental, index = divmod(fifths_position + 1, 7)
    return _LINE_OF_FIFTHS[index] + ("#" * accidental if accidental > 0 else "b" * -accidental)


def _fifths_position(name: str) -> int:
    letter, accidentals = name[0].upper(), name[1:].replace("♯", "#").replace("♭", "b")
    return _LINE_OF_FIFTHS.index(letter) - 1 + 7 * (accidentals.count("#") - accidentals.count("b"))


def find_mode(name: str) -> Mode:
    """Look a mode up by name or alias (case, spaces and underscores do not matter)."""
    key = name.strip().lower().replace(" ", "-").replace("_", "-")
    mode = MODES.get(_MODE_ALIASES.get(key, key))
    if mode is None:
        raise PlanError(f"mode: {name!r} is unknown; allowed: {', '.join(MODES)}")
    return mode


def key_fifths(tonic: str, mode: str) -> int:
    """Sharps (+) or flats (-) of the modal key signature, e.g. D dorian 0, F# minor +3."""
    parse_note_name(tonic)
    return _fifths_position(tonic) + find_mode(mode).signature_shift


def respell_tonic(tonic: str, mode: str) -> str:
    """The spelling of the tonic whose signature has the fewest accidentals (A# minor stays, G# major becomes Ab)."""
    pc = parse_note_name(tonic)
    shift = find_mode(mode).signature_shift
    spelled = tonic.strip()[0].upper() + tonic.strip()[1:].replace("♯", "#").replace("♭", "b")
    if abs(_fifths_position(spelled) + shift) <= 7:
        return spelled
    candidates = [position for position in range(-15, 16) if (position * 7) % 12 == pc]
    return note_name(min(candidates, key=lambda position: (abs(position + shift), position)))


def scale_pitch_classes(tonic: str, mode: str) -> frozenset[int]:
    """Pitch classes of the scale."""
    pc = parse_note_name(tonic)
    return frozenset((pc + step) % 12 for step in find_mode(mode).steps)


def canonical_shift(tonic: str, mode: str) -> int:
    """Semitones to add to a sounding pitch to reach the canonical key, in -5..6."""
    shift = (find_mode(mode).canonical_tonic - parse_note_name(tonic)) % 12
    return shift - 12 if shift > 6 else shift


def spell(pc: int, tonic: str, mode: str) -> str:
    """Name a pitch class as musicians would in this key.

    Scale tones take the signature's name; others the nearest name on the line of fifths, with a lean towards sharps
    that make leading tones (up to six fifths above the signature's centre, five below).
    """
    centre = key_fifths(tonic, mode) + 2  # the signature's seven notes lie around here on the line of fifths
    positions = [position for position in range(centre - 6, centre + 7) if (position * 7) % 12 == pc % 12]
    return note_name(min(positions, key=lambda position: (abs(position - centre), -position)))


@cache
def parse_chord(symbol: str) -> ChordSymbol:
    """Parse ``Dm7``, ``F#m7b5``, ``G/B`` ...; `PlanError` when the symbol is not understood."""
    match = _CHORD_PATTERN.match(symbol.strip().replace("♯", "#").replace("♭", "b"))
    if match is not None:
        root, suffix, bass = match.groups()
        quality = _QUALITY_ALIASES.get(suffix, suffix)
        if quality in CHORD_QUALITIES:
            root_pc = parse_note_name(root)
            return ChordSymbol(root=root_pc, quality=quality, bass=parse_note_name(bass) if bass else root_pc)
    allowed = ", ".join(quality or "(none)" for quality in CHORD_QUALITIES)
    raise PlanError(f"chords: {symbol!r} is not a chord symbol; expected ROOT, one of {allowed}, and /BASS if wanted")


def chord_symbol(root: int, quality: str, tonic: str, mode: str, *, bass: int | None = None) -> str:
    """Write a chord symbol with the spelling of the key."""
    text = spell(root, tonic, mode) + quality
    return text if bass is None or bass % 12 == root % 12 else f"{text}/{spell(bass, tonic, mode)}"
