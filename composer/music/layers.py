"""The layers of a plan: what each instrument plays in a role, and in what manner.

Most instruments are one layer; a keyboard or harp that accompanies plays two, as its player has two hands: a bass and
the chords above it, or, where somebody else has the bass, the chords and below them a left hand that carries them. So
does a guitar: thumb and fingers.
How busy a layer is, how many notes it strikes at once, how long it holds and how dotted it is come from one window of
music by people that is near the plan (`composer.proportions`), where the plan does not say.
"""

from __future__ import annotations

from dataclasses import dataclass

from composer.gm import BRIEF_PROGRAMS, GUITARS, HARP, HARPSICHORD, INSTRUMENTS, KEYBOARD_PROGRAMS, PIANOS
from composer.music.tokens import GRID, ROLE_ORDER
from composer.proportions import Proportions, chords_at_once, role_busy
from composer.types import Instrument, MusicalPlan

__all__ = ["MODE_CODES", "RESTING", "Layer", "layers_of", "least_onsets"]

MODE_CODES = {"major": 1, "minor": 2, "harmonic-minor": 2, "melodic-minor": 2}
"""Modes that the model tells apart; others are left unknown."""
RESTING = ("melody", "counter")
"""Roles that come to rest where a phrase ends; the others play on."""

_LEFT_HAND_SPAN, _RIGHT_HAND_SPAN = 19, 24
"""Ranges in semitones of the two layers of an accompaniment, from its lowest note and from its highest."""
_RIGHT_HAND_LOW, _LEAST_SPAN = 56, 12
"""The lowest note of a right hand whose left hand lies over a bass, and the least range of each of these hands."""
_THUMB, _FINGERS = 12, 10
"""Semitones from a guitar's lowest note up to the thumb's highest and to the fingers' lowest."""
_STROKE_S, _HARPSICHORD_S, _HARP_S = 0.6, 0.45, 0.4
"""Seconds from stroke to stroke, at most, of chords that soon die away, of a harpsichord's, which cannot swell either
(C. P. E. Bach, *Versuch* II: chords are struck again and broken), and of a harp's, which are broken and flow."""
_CALM_STROKE = 0.7
"""What a whole unit of calm adds to the first two."""
_CARRYING_BUSY, _CARRYING_VOICES = 0.5, 3
"""Onsets of such a left hand for each one of the right, and the fewest notes at once that take two hands."""
_SUSTAINED, _SHORT = 0.88, 0.6
"""Shares of a bar that sound, from which a part holds its notes, and below which it plays short ones."""
_DOTTED, _VERY_DOTTED = 0.1, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one instrument plays in one role.

    ``busy`` is its onsets per quarter relative to the lead's, ``at_once`` the notes it usually strikes together;
    ``hold`` and ``dotted`` are as in `composer.music.blocks.Block`; ``carries`` marks a left hand that lies over
    somebody else's bass; ``octaves`` is the share of a pianist's left hand that is struck with the octave.
    """

    number: int
    index: int
    instrument: Instrument
    role: str
    low: int
    high: int
    polyphonic: bool
    one_hand: bool
    busy: float
    at_once: int
    hold: float
    dotted: float
    carries: bool = False
    octaves: float = 0.0


def layers_of(plan: MusicalPlan, near: Proportions) -> list[Layer]:
    """The pitched layers in decoding order, each with its manner of playing."""
    pitched = [(i, instrument) for i, instrument in enumerate(plan.instruments) if not instrument.is_drums]
    has_bass = any(instrument.role == "bass" for _, instrument in pitched)
    roles: list[tuple[str, int, str]] = []
    for index, instrument in pitched:
        if has_bass and _has_free_hand(plan, instrument):
            roles += [("harmony", index, "right"), ("harmony", index, "left")]
            continue
        roles.append((instrument.role, index, ""))
        if _has_two_hands(plan, instrument) and not has_bass:
            roles.append(("bass", index, ""))
            has_bass = True
    roles.sort(key=lambda item: (ROLE_ORDER.index(item[0]), item[1]))
    players = [index for _, index, _ in roles]
    return [
        _layer(plan, near, number, index, role, hand=hand, shared=players.count(index) > 1)
        for number, (role, index, hand) in enumerate(roles)
    ]


def _layer(
    plan: MusicalPlan, near: Proportions, number: int, index: int, role: str, *, hand: str, shared: bool
) -> Layer:
    instrument = plan.instruments[index]
    low, high = _range(instrument, role, hand=hand, shared=shared)
    carries = hand == "left"
    chords = INSTRUMENTS[instrument.program].polyphonic
    return Layer(
        number=number,
        index=index,
        instrument=instrument,
        role=role,
        low=low,
        high=high,
        polyphonic=chords,
        one_hand=shared and _is_one_hand(plan, instrument),
        busy=_busy(plan, instrument, role, near, shared=shared) * (_CARRYING_BUSY if carries else 1.0),
        at_once=1 if carries else _at_once(plan, instrument, role, near, chords=chords, shared=shared),
        hold=_hold(role, near),
        dotted=_dotted(plan, role, near),
        carries=carries,
        octaves=_octaves(instrument, near) if carries or role == "bass" else 0.0,
    )


def _range(instrument: Instrument, role: str, *, hand: str, shared: bool) -> tuple[int, int]:
    """Lowest and highest note of a layer; hands over a bass do not cross, so that each has its staff."""
    low, high = instrument.low, instrument.high
    if shared and instrument.program in GUITARS:
        return (low, low + _THUMB) if hand == "left" or role == "bass" else (low + _FINGERS, high)
    if hand:
        return (_RIGHT_HAND_LOW, high) if hand == "right" else (low, _RIGHT_HAND_LOW - 1)
    if shared and role == "harmony":
        low = max(low, high - _RIGHT_HAND_SPAN)
    if shared and role == "bass":
        high = min(high, low + _LEFT_HAND_SPAN)
    return low, high


def _has_two_hands(plan: MusicalPlan, instrument: Instrument) -> bool:
    """A keyboard or guitar that accompanies, with room for a bass below its chords."""
    return _has_thumb(plan, instrument) or (
        instrument.role == "harmony"
        and instrument.program in KEYBOARD_PROGRAMS
        and instrument.high - instrument.low >= 28
    )


def _has_free_hand(plan: MusicalPlan, instrument: Instrument) -> bool:
    """A player of two staves who accompanies and is asked for more than a line; for beginners all stays plain.

    A guitarist's thumb is such a hand too.
    """
    if instrument.program in GUITARS:
        return _has_thumb(plan, instrument)
    staves = INSTRUMENTS[instrument.program].clef == "grand" and instrument.role == "harmony" and plan.level is None
    room = instrument.low + _LEAST_SPAN < _RIGHT_HAND_LOW <= instrument.high - _LEAST_SPAN
    return staves and room and (instrument.voices is None or instrument.voices >= _CARRYING_VOICES)


def _has_thumb(plan: MusicalPlan, instrument: Instrument) -> bool:
    """A guitarist who accompanies a tune that another plays; for beginners all stays plain."""
    room = instrument.high - instrument.low >= _FINGERS + _LEAST_SPAN
    asked = instrument.voices is None or instrument.voices >= _CARRYING_VOICES
    accompanies = instrument.program in GUITARS and instrument.role == "harmony"
    return accompanies and room and asked and plan.level is None and not _is_one_hand(plan, instrument)


def _is_one_hand(plan: MusicalPlan, instrument: Instrument) -> bool:
    """The left hand of a solo keyboard, whose right hand has the tune."""
    return any(other.role == "melody" and other.program == instrument.program for other in plan.instruments)


def _busy(plan: MusicalPlan, instrument: Instrument, role: str, near: Proportions, *, shared: bool) -> float:
    """Onsets for each one that the plan has: what the plan says, else as in the window."""
    if instrument.activity is not None:
        return instrument.activity * (0.7 if shared and role == "bass" else 1.0)
    return role_busy(plan, role, near)


def least_onsets(plan: MusicalPlan, layer: Layer) -> float:
    """Onsets a bar, at least, of a layer whose sound soon dies away; 0 for other sounds and for beginners.

    A guitar's bass rings on under what the fingers play.
    """
    program = layer.instrument.program
    chords = layer.role == "harmony" and layer.polyphonic and not layer.carries
    if plan.level is not None or program not in BRIEF_PROGRAMS or not layer.polyphonic or layer.role == "melody":
        return 0.0
    if not chords and program in GUITARS | {HARP}:
        return 0.0
    stroke = _HARPSICHORD_S if chords and program == HARPSICHORD else _STROKE_S
    stroke = _HARP_S if program == HARP else stroke * (1 + _CALM_STROKE * max(0.0, -plan.arousal))
    return plan.time.bar_steps / GRID * 60 / plan.tempo_bpm / stroke


def _at_once(
    plan: MusicalPlan, instrument: Instrument, role: str, near: Proportions, *, chords: bool, shared: bool
) -> int:
    """Notes at once: what the plan says, else as in the window, fewer in quiet sadness."""
    if not chords or (role != "harmony" and instrument.voices is None):
        return 1
    if instrument.voices is not None:
        above = instrument.voices - (shared and instrument.voices > 2)  # the bass is there on most onsets, not on all
        return 1 if shared and role == "bass" else max(1, min(4, above))
    return max(1, min(4, round(chords_at_once(plan, near))))


def _octaves(instrument: Instrument, near: Proportions) -> float:
    """Share of the left hand's strokes that have the octave, as in the window."""
    return near.get("octaves", 0.0) if instrument.program in PIANOS else 0.0


def _hold(role: str, near: Proportions) -> float:
    """Lean towards notes that last until the chord changes, as the window's parts hold theirs."""
    sustain = near.get(f"{role}_sustain", 0.8)
    return 1.5 if sustain >= _SUSTAINED else -1.0 if sustain < _SHORT else 0.25


def _dotted(plan: MusicalPlan, role: str, near: Proportions) -> float:
    """Lean towards dotted rhythms, as the window's tune is dotted; none among triplets and in compound meters.

    With these leans .025 of the notes are dotted eighths, .022 of people's are (24 pieces, 57 excerpts).
    """
    if role not in RESTING or plan.time.denominator > 4 or plan.subdivision == "triple":
        return 0.0
    share = near.get("dotted", 0.0)
    return 4.0 if share >= _VERY_DOTTED else 2.5 if share >= _DOTTED else 0.5 if share > 0 else 0.0
