"""Keys, modes, chord symbols and meters: what music is made of before a note is written.

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

from composer.theory.chords import CHORD_QUALITIES, ChordSymbol, parse_chord
from composer.theory.keys import Key
from composer.theory.meters import STEPS_PER_QUARTER, THIRTY_SECOND, TICKS_PER_QUARTER, Meter
from composer.theory.modes import MODES, Mode, find_mode
from composer.theory.notes import fifths_position, note_name, parse_note_name

__all__ = [
    "CHORD_QUALITIES",
    "MODES",
    "STEPS_PER_QUARTER",
    "THIRTY_SECOND",
    "TICKS_PER_QUARTER",
    "ChordSymbol",
    "Key",
    "Meter",
    "Mode",
    "fifths_position",
    "find_mode",
    "note_name",
    "parse_chord",
    "parse_note_name",
]
