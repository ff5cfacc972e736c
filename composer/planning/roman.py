"""Roman numerals: a chord's function in its key, read and written.

Conventions
-----------
* Upper case is a major third, lower case a minor one; ``o`` diminished, ``ø`` half-diminished, ``+`` augmented.
* Numerals count from the major scale on the tonic, with ``b`` and ``#`` before them (``bVII`` in mixolydian, ``bII`` in
  phrygian). In minor, harmonic minor and their relatives ``III VI VII`` are the lowered degrees without a sign, as
  every textbook writes them.
* Figures tell the bass: ``6 64`` for triads, ``65 43 42`` for seventh chords.
* ``V7/V`` is applied: the numeral counts from the major scale on the degree after the stroke (``bVI/v``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from composer.errors import PlanError
from composer.theory import CHORD_QUALITIES, ChordSymbol, Key, fifths_position, find_mode, note_name

__all__ = ["Numeral", "chord_of", "numeral_at_home", "parse_numeral", "roman_of", "symbol_of"]

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_PLAIN_LOWERED = frozenset(
    {"minor", "harmonic-minor", "melodic-minor", "minor-pentatonic", "blues", "hungarian-minor", "hirajoshi"}
)
"""Modes in which III, VI and VII without a sign are the lowered degrees."""

# Suffix after the numeral -> chord quality, for upper and lower case.
_UPPER = {
    "": "", "+": "aug", "sus4": "sus4", "sus2": "sus2", "5": "5", "7": "7", "maj7": "maj7", "add6": "6",
}  # fmt: skip
_LOWER = {
    "": "m", "o": "dim", "7": "m7", "ø7": "m7b5", "o7": "dim7", "maj7": "mmaj7", "add6": "m6",
}  # fmt: skip
_FIGURES = {"6": 1, "64": 2, "65": 1, "43": 2, "42": 3}
"""Figure -> index of the bass among the chord's tones."""
_PATTERN = re.compile(
    r"^(?P<sign>[b#]?)(?P<numeral>VII|VI|V|IV|III|II|I|vii|vi|v|iv|iii|ii|i)"
    r"(?P<kind>maj|ø|o|\+|sus4|sus2|add6|5(?!\d))?(?P<figure>7|65|64|6|43|42)?(?:/(?P<target>.+))?$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeral:
    """A parsed Roman numeral.

    Attributes
    ----------
    degree : 1..7.
    step : root in semitones above the tonic (above the target's root when applied), 0..11.
    quality : a key of `composer.theory.CHORD_QUALITIES`.
    inversion : index of the bass among the chord's tones.
    target : the numeral after the stroke, or None.
    """

    degree: int
    step: int
    quality: str
    inversion: int
    target: Numeral | None


@cache
def parse_numeral(text: str, mode: str) -> Numeral:
    """Read ``"ii65"``, ``"bVII"``, ``"V7/V"`` in `mode`; `PlanError` when it is no numeral."""
    match = _PATTERN.match(text)
    quality = None
    if match is not None:
        numeral, kind, figure = match["numeral"], match["kind"] or "", match["figure"] or ""
        seventh = figure in ("7", "65", "43", "42")
        table = _UPPER if numeral.isupper() else _LOWER
        quality = table.get(kind + ("7" if seventh else ""))
    if match is None or quality is None:
        raise PlanError(f"roman: {text!r} is no Roman numeral; expected one such as I, ii6, V7, bVII or V7/V")
    degree = _NUMERALS.index(numeral.upper()) + 1
    applied = match["target"] is not None
    step = _MAJOR[degree - 1] + {"b": -1, "#": 1, "": 0}[match["sign"]]
    plain_lowered = numeral in ("III", "VI", "VII") and mode in _PLAIN_LOWERED and not applied
    if plain_lowered and match["sign"] != "b":
        step -= 1
    return Numeral(
        degree=degree,
        step=step % 12,
        quality=quality,
        inversion=_FIGURES.get(figure, 0),
        target=parse_numeral(match["target"], mode) if applied else None,
    )


def chord_of(text: str, key: Key) -> ChordSymbol:
    """Return the sounding chord of a numeral in a key."""
    numeral = parse_numeral(text, key.mode)
    root = key.tonic_pc + numeral.step
    if numeral.target is not None:
        root += numeral.target.step
    tones = CHORD_QUALITIES[numeral.quality]
    bass = root + tones[min(numeral.inversion, len(tones) - 1)]
    return ChordSymbol(root=root % 12, quality=numeral.quality, bass=bass % 12)


def symbol_of(text: str, key: Key) -> str:
    """Return the chord symbol of a numeral in a key, spelled by its function: bVI of C is Ab, never G#."""
    numeral = parse_numeral(text, key.mode)
    tones = CHORD_QUALITIES[numeral.quality]
    bass = tones[min(numeral.inversion, len(tones) - 1)]
    place = fifths_position(key.tonic) + _fifths_above(numeral)
    chord = chord_of(text, key)
    root_name = _name(place, chord.root, key)
    bass_place = fifths_position(root_name) + _TONE_FIFTHS[bass]
    symbol = root_name + numeral.quality
    return symbol if bass == 0 else f"{symbol}/{note_name(bass_place)}"


_TONE_FIFTHS = {0: 0, 2: 2, 3: -3, 4: 4, 5: -1, 6: -6, 7: 1, 8: 8, 9: -9, 10: -2, 11: 5}
"""Semitones above a root, as chord tones -> places on the line of fifths."""
_DEGREE_FIFTHS = (0, 2, 4, -1, 1, 3, 5)


def _fifths_above(numeral: Numeral) -> int:
    """Place of the root on the line of fifths, from the tonic's."""
    alteration = (numeral.step - _MAJOR[numeral.degree - 1] + 6) % 12 - 6
    own = _DEGREE_FIFTHS[numeral.degree - 1] + 7 * alteration
    return own + (_fifths_above(numeral.target) if numeral.target is not None else 0)


_PLAIN = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
"""Pitch classes by the name that is read most easily."""


def _name(place: int, pitch_class: int, key: Key) -> str:
    """Spell by function, but no double sharps and flats in chord symbols."""
    names = (note_name(place), key.spell(pitch_class), _PLAIN[pitch_class % 12])
    return next(name for name in names if len(name) <= 2)


# ------------------------------------------------------------------------------------------ writing


def roman_of(chord: ChordSymbol, key: Key) -> str:
    """Name a chord's function: diatonic or borrowed numeral, or applied dominant (``V7/V``) where it is one.

    A bass that is no chord tone is left out of the numeral.
    """
    step = (chord.root - key.tonic_pc) % 12
    applied = _applied(step, chord, key.mode)
    if applied is not None:
        return applied
    return _degree_name(step, chord.quality, key.mode) + _suffix(chord)


def numeral_at_home(roman: str, key: Key, home: Key) -> str:
    """Name a chord of a key by its function at home.

    What leaves the scale of ``home`` counts from the major scale on the other key's tonic (``V7/vi``, ``bVI/v``).
    """
    chord = chord_of(roman, key)
    inside = set(chord.pitch_classes) <= home.pitch_classes
    if inside or parse_numeral(roman, key.mode).target is not None:
        return roman_of(chord, home)
    name = _degree_name((chord.root - key.tonic_pc) % 12, chord.quality, "major") + _suffix(chord)
    return f"{name}/{roman_of(chord_of('i' if key.minor else 'I', key), home)}"


def _degree_name(step: int, quality: str, mode: str) -> str:
    """Numeral without quality: sign and case."""
    upper = quality in _UPPER.values()
    for sign, shift in (("", 0), ("b", -1), ("#", 1)):
        for degree, natural in enumerate(_MAJOR, start=1):
            if (natural + shift) % 12 != step:
                continue
            numeral = _NUMERALS[degree - 1] if upper else _NUMERALS[degree - 1].lower()
            written = _resign(sign, numeral, mode)
            if written is not None:
                return written
    raise AssertionError(f"no degree {step}")


def _resign(sign: str, numeral: str, mode: str) -> str | None:
    if numeral in ("III", "VI", "VII") and mode in _PLAIN_LOWERED:
        return {"b": numeral, "": f"#{numeral}", "#": None}[sign]
    return None if sign == "#" and numeral.upper() in ("III", "VII") else sign + numeral


def _suffix(chord: ChordSymbol) -> str:
    """Quality and figure after the numeral."""
    table = _UPPER if chord.quality in _UPPER.values() else _LOWER
    kind = next(text for text, quality in table.items() if quality == chord.quality)
    tones = [(chord.root + tone) % 12 for tone in CHORD_QUALITIES[chord.quality]]
    inversion = tones.index(chord.bass) if chord.bass in tones else 0
    if chord.quality in ("", "m", "dim", "aug"):
        return kind + ("", "6", "64")[inversion]
    if kind.endswith("7") and inversion:
        return kind[:-1] + ("", "65", "43", "42")[inversion]
    return kind


def _applied(step: int, chord: ChordSymbol, mode: str) -> str | None:
    """``V7/x`` when the chord is a major triad or dominant seventh foreign to the key, a fifth above a degree.

    ``viio7/x`` when it is a diminished seventh foreign to the key, a half-step below one.
    """
    if chord.quality == "dim7":
        return _leading(step, chord, mode)
    if chord.quality not in ("", "7"):
        return None
    steps = set(find_mode(mode).steps)
    tones = {(step + tone) % 12 for tone in CHORD_QUALITIES[chord.quality]}
    target = (step + 5) % 12
    # The dominant of the key itself is V, leading tone raised or not.
    home = target == 0 or tones <= steps
    third_leads = (step + 4) % 12 not in steps
    triad = _diatonic_quality(target, steps)
    if home or triad is None or not (third_leads or chord.quality == "7"):
        return None
    return "V" + _suffix(chord) + "/" + _degree_name(target, triad, mode)


def _leading(step: int, chord: ChordSymbol, mode: str) -> str | None:
    steps = set(find_mode(mode).steps)
    target = (step + 1) % 12
    triad = _diatonic_quality(target, steps)
    foreign = not {(step + tone) % 12 for tone in CHORD_QUALITIES["dim7"]} <= steps
    if target == 0 or triad is None or not foreign:
        return None
    return "vii" + _suffix(chord) + "/" + _degree_name(target, triad, mode)


def _diatonic_quality(step: int, steps: set[int]) -> str | None:
    """``""`` or ``"m"`` when the scale has that triad on the degree, else None."""
    for quality in ("", "m"):
        if {(step + tone) % 12 for tone in CHORD_QUALITIES[quality]} <= steps:
            return quality
    return None
