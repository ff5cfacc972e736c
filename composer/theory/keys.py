"""Keys: a tonic, spelled, and a mode."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from composer.theory.modes import find_mode
from composer.theory.notes import fifths_position, note_name, parse_note_name, plain_accidentals

__all__ = ["Key"]

_MOST_ACCIDENTALS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key; `Key.of` reads one from texts.

    Attributes
    ----------
    tonic : spelled note name, ``"F#"``.
    mode : a name in `composer.theory.MODES`.
    tonic_pc : the tonic's pitch class.
    minor : True when the third above the tonic is minor.
    steps : pitch classes of the scale above the tonic, ascending from 0.
    pitch_classes : those of the scale.
    fifths : sharps (+) or flats (-) of the modal key signature: D dorian 0, F# minor +3.
    canonical_shift : semitones to add to a sounding pitch to reach the canonical key, in -5..6.

    Raises
    ------
    PlanError
        The tonic is no note name, or the mode is unknown.
    """

    tonic: str
    mode: str
    tonic_pc: int = field(init=False, compare=False, repr=False)
    minor: bool = field(init=False, compare=False, repr=False)
    steps: tuple[int, ...] = field(init=False, compare=False, repr=False)
    pitch_classes: frozenset[int] = field(init=False, compare=False, repr=False)
    fifths: int = field(init=False, compare=False, repr=False)
    canonical_shift: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        mode, tonic_pc = find_mode(self.mode), parse_note_name(self.tonic)
        shift = (mode.canonical_tonic - tonic_pc) % 12
        facts = {
            "tonic_pc": tonic_pc,
            "minor": mode.minor,
            "steps": mode.steps,
            "pitch_classes": frozenset((tonic_pc + step) % 12 for step in mode.steps),
            "fifths": fifths_position(self.tonic) + mode.signature_shift,
            "canonical_shift": shift - 12 if shift > 6 else shift,
        }
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    @staticmethod
    def of(tonic: str, mode: str) -> Key:
        """Read a key.

        The tonic is spelled anew where its signature would have more than seven accidentals: A# minor stays, G# major
        becomes Ab. Aliases of modes are accepted.

        Raises
        ------
        PlanError
            The tonic is no note name, or the mode is unknown.
        """
        return _key_of(tonic, mode)

    @property
    def canonical_tonic(self) -> int:
        """The tonic's pitch class in the canonical key."""
        return (self.tonic_pc + self.canonical_shift) % 12

    @property
    def canonical_scale(self) -> frozenset[int]:
        """Pitch classes of the scale in the canonical key."""
        return frozenset((pitch_class + self.canonical_shift) % 12 for pitch_class in self.pitch_classes)

    @property
    def name(self) -> str:
        """Tonic and mode: ``"F# minor"``."""
        return f"{self.tonic} {self.mode}"

    def spell(self, pitch_class: int) -> str:
        """Name a pitch class as musicians would in this key.

        Scale tones take the signature's name; others the nearest name on the line of fifths, with a lean towards
        sharps that make leading tones (up to six fifths above the signature's centre, five below).
        """
        centre = self.fifths + 2  # the signature's seven notes lie around here on the line of fifths
        positions = [place for place in range(centre - 6, centre + 7) if (place * 7) % 12 == pitch_class % 12]
        return note_name(min(positions, key=lambda place: (abs(place - centre), -place)))

    def chord_symbol(self, root: int, quality: str, *, bass: int | None = None) -> str:
        """Write a chord symbol with the spelling of the key."""
        text = self.spell(root) + quality
        return text if bass is None or bass % 12 == root % 12 else f"{text}/{self.spell(bass)}"


@cache
def _key_of(tonic: str, mode: str) -> Key:
    scale, pitch_class = find_mode(mode), parse_note_name(tonic)
    plain = plain_accidentals(tonic)
    spelled = plain[0].upper() + plain[1:]
    if abs(fifths_position(spelled) + scale.signature_shift) > _MOST_ACCIDENTALS:
        places = [place for place in range(-15, 16) if (place * 7) % 12 == pitch_class]
        spelled = note_name(min(places, key=lambda place: (abs(place + scale.signature_shift), place)))
    return Key(tonic=spelled, mode=scale.name)
