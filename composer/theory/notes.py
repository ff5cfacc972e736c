"""Note names, pitch classes and the line of fifths."""

from __future__ import annotations

import re

from composer.errors import PlanError

__all__ = ["fifths_position", "note_name", "parse_note_name", "plain_accidentals"]

_LETTER_PC = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_LINE_OF_FIFTHS = "FCGDAEB"
_NOTE_PATTERN = re.compile(r"^([A-Ga-g])(##|bb|#|b|)$")


def plain_accidentals(name: str) -> str:
    """Write ``♯`` and ``♭`` as ``#`` and ``b``."""
    return name.strip().replace("♯", "#").replace("♭", "b")


def parse_note_name(name: str) -> int:
    """Pitch class of a note name; `PlanError` when it is none. ``♯`` and ``♭`` are accepted."""
    match = _NOTE_PATTERN.match(plain_accidentals(name))
    if match is None:
        raise PlanError(f"tonic: {name!r} is not a note name; expected C, C#, Db, ... B")
    letter, accidentals = match.groups()
    return (_LETTER_PC[letter.upper()] + accidentals.count("#") - accidentals.count("b")) % 12


def note_name(fifths_position: int) -> str:
    """Note name at a position on the line of fifths, C = 0, G = 1, F = -1."""
    accidental, index = divmod(fifths_position + 1, 7)
    return _LINE_OF_FIFTHS[index] + ("#" * accidental if accidental > 0 else "b" * -accidental)


def fifths_position(name: str) -> int:
    """Position of a note name on the line of fifths, the inverse of `note_name`."""
    letter, accidentals = name[0].upper(), plain_accidentals(name[1:])
    return _LINE_OF_FIFTHS.index(letter) - 1 + 7 * (accidentals.count("#") - accidentals.count("b"))
