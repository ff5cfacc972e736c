"""Transposition: what players of such instruments read, written pitch, its key and its chord symbols.

Conventions: a *shift* is written minus sounding pitch in semitones (clarinet in B flat: +2, double bass: +12).
"""

from __future__ import annotations

import re

from composer.gm import INSTRUMENTS
from composer.theory import Key, fifths_position, note_name
from composer.types import Instrument

__all__ = ["transpose_element", "written_key", "written_shift", "written_symbol"]

_NAMED = {"Descant Recorder": -12}
"""Instruments that General MIDI has no program of their own for."""
_ROOT = re.compile(r"[A-G](?:##|bb|#|b)?")


def written_shift(instrument: Instrument) -> int:
    """The shift of an instrument; 0 for drums."""
    if instrument.is_drums:
        return 0
    return _NAMED.get(instrument.name, INSTRUMENTS[instrument.program].transposition)


def _fifths(shift: int) -> int:
    """Fifths that a shift moves along the line of fifths, -5..6."""
    moved = 7 * shift % 12
    return moved - 12 if moved > 6 else moved


def written_key(key: Key, shift: int) -> Key:
    """The key that a player with this shift reads, spelled with at most seven accidentals."""
    if shift % 12 == 0:
        return key
    return Key.of(note_name(fifths_position(key.tonic) + _fifths(shift)), key.mode)


def written_symbol(symbol: str, key: Key, shift: int) -> str:
    """A chord symbol of the sounding `key` as a player with this shift reads it."""
    by = written_key(key, shift).fifths - key.fifths
    return _ROOT.sub(lambda match: note_name(fifths_position(match.group()) + by), symbol) if by else symbol


def transpose_element(key: Key, shift: int) -> tuple[int, int, int]:
    """MusicXML's diatonic and chromatic steps and octaves from the written pitch down (or up) to the sounding one."""
    octaves, semitones = divmod(abs(shift), 12)
    sign = 1 if shift < 0 else -1
    by = written_key(key, shift).fifths - key.fifths
    steps = 4 * by * -sign % 7
    return sign * steps, sign * semitones, sign * octaves
