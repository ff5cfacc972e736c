"""Chord symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from composer.errors import PlanError
from composer.theory.notes import parse_note_name, plain_accidentals

__all__ = ["CHORD_QUALITIES", "ChordSymbol", "parse_chord"]

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


@cache
def parse_chord(symbol: str) -> ChordSymbol:
    """Parse ``Dm7``, ``F#m7b5``, ``G/B`` ...; `PlanError` when the symbol is not understood."""
    match = _CHORD_PATTERN.match(plain_accidentals(symbol))
    if match is not None:
        root, suffix, bass = match.groups()
        quality = _QUALITY_ALIASES.get(suffix, suffix)
        if quality in CHORD_QUALITIES:
            root_pc = parse_note_name(root)
            return ChordSymbol(root=root_pc, quality=quality, bass=parse_note_name(bass) if bass else root_pc)
    allowed = ", ".join(quality or "(none)" for quality in CHORD_QUALITIES)
    raise PlanError(f"chords: {symbol!r} is not a chord symbol; expected ROOT, one of {allowed}, and /BASS if wanted")
