"""Note names: by the chord that sounds, by where a chromatic note leads, else by the key; and accidentals in print.

Conventions: *fifths* is a place on the line of fifths, C = 0, G = 1, F = -1; *alter* is in semitones, sharp +1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from composer.theory import Key, fifths_position, note_name, parse_chord

__all__ = ["Accidentals", "Spelled", "chord_names", "spelled"]

_LETTERS = "CDEFGAB"
_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHARP_ORDER = "FCGDAEB"
_FIFTHS_ABOVE = {0: 0, 1: -5, 2: 2, 3: -3, 4: 4, 5: -1, 6: -6, 7: 1, 8: 8, 9: 3, 10: -2, 11: 5}
"""Semitones above a chord's root -> fifths: thirds are thirds, the fifth of an augmented chord is augmented ..."""
_DIMINISHED_SEVENTH = -9
_HALF_STEP = 5
"""Fifths by which a note lies above the one a diatonic half-step higher on the keys: E and F, F sharp and G."""
_LEADING = range(-7, 9)
"""Fifths from the signature's centre where a name that leads may lie: in C from D flat to A sharp.

F sharp is no G flat there, since falling lines keep the raised fourth.
"""
_ROOT = re.compile(r"[A-G][#b]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A written pitch at concert pitch: letter, semitones of alteration, octave (middle C is C4)."""

    step: str
    alter: int
    octave: int


@cache
def chord_names(symbol: str, key: Key) -> Mapping[int, str]:
    """Pitch class -> name for a chord's tones, thirds above the root as it is written."""
    chord = parse_chord(symbol)
    root = fifths_position(_written_root(symbol, key))
    names = {}
    for tone in chord.pitch_classes:
        above = (tone - chord.root) % 12
        diminished = above == 9 and chord.quality == "dim7"
        names[tone] = note_name(root + (_DIMINISHED_SEVENTH if diminished else _FIFTHS_ABOVE[above]))
    return names


def _written_root(symbol: str, key: Key) -> str:
    match = _ROOT.match(symbol.strip().replace("♯", "#").replace("♭", "b"))
    written = match.group() if match else ""
    chord = parse_chord(symbol)
    # A root far from the key (after the tonic was respelled, say) takes the key's name, and so does a diminished
    # seventh with such a tone: Gdim7 in B is a name that is easily read, and leads to the sixth degree as F## does.
    reach = (0, _DIMINISHED_SEVENTH) if chord.quality == "dim7" else (0,)
    near = written and all(abs(fifths_position(written) + above - key.fifths - 2) <= 8 for above in reach)
    return written if near else key.spell(chord.root)


def spelled(pitch: int, symbol: str, key: Key, goal: tuple[int, str] | None = None) -> Spelled:
    """Name a MIDI pitch that sounds with a chord in a key; double accidentals only where the key asks for them.

    `goal` is the pitch that its voice goes on to, and the chord symbol there: what belongs neither to the chord nor to
    the key is a raised letter below what it rises to by a half-step, and a lowered letter above what it falls to.
    """
    name = chord_names(symbol, key).get(pitch % 12)
    if name is None and goal is not None and not _belongs(pitch, key):
        name = _leading_name(pitch, goal, key)
    if name is None or len(name) > 2:
        name = key.spell(pitch)
    alter = name.count("#") - name.count("b")
    return Spelled(step=name[0], alter=alter, octave=(pitch - alter) // 12 - 1)


def _belongs(pitch: int, key: Key) -> bool:
    """Whether a pitch is in the scale or needs no accidental under the key's signature."""
    signature = range(key.fifths - 1, key.fifths + 6)
    return pitch % 12 in key.pitch_classes or any((7 * place - pitch) % 12 == 0 for place in signature)


def _leading_name(pitch: int, goal: tuple[int, str], key: Key) -> str | None:
    """The name of a note that leads to `goal` by a half-step; None for others, and where the name is hard to read."""
    move = goal[0] - pitch
    if abs(move) != 1:
        return None
    aim = spelled(*goal, key)
    place = fifths_position(aim.step + "#" * aim.alter + "b" * -aim.alter) + _HALF_STEP * move
    return note_name(place) if place - key.fifths - 2 in _LEADING else None


class Accidentals:
    """Which accidentals one staff prints: those that are new in the bar, and reminders.

    A reminder cancels what the last bar, or another octave in this bar, may have left in the reader's mind.
    """

    def __init__(self, key: Key) -> None:
        sharps = _SHARP_ORDER[: max(0, key.fifths)]
        flats = _SHARP_ORDER[::-1][: max(0, -key.fifths)]
        self._signature = {letter: (letter in sharps) - (letter in flats) for letter in _LETTERS}
        self._bar: dict[tuple[str, int], int] = {}
        self._last_bar: dict[tuple[str, int], int] = {}

    def bar_line(self) -> None:
        """Begin the next bar."""
        self._last_bar, self._bar = self._bar, {}

    def prints(self, note: Spelled, *, tied: bool) -> bool:
        """Whether the note's accidental is printed; call in order of time. Tied notes need none."""
        place = (note.step, note.octave)
        expected = self._bar.get(place, self._signature[note.step])
        if tied:
            return False
        others = [alter for (step, _), alter in self._bar.items() if step == note.step]
        doubtful = place not in self._bar and (
            self._last_bar.get(place, note.alter) != note.alter or any(alter != note.alter for alter in others)
        )
        self._bar[place] = note.alter
        return note.alter != expected or doubtful
