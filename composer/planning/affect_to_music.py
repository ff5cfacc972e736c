"""The rules from valence and arousal to tempo, mode, meter, tonic, register, dynamics, articulation and density.

The map is additive: linear cues explain 77-89 % of perceived emotion in music, without interactions (Eerola, Friberg
& Bresin 2013). Tempo carries arousal, mode carries valence (Husain, Thompson & Schellenberg 2002); register, loudness
and articulation follow (Livingstone et al. 2010, CMERS). Colour acts through affect alone (Palmer et al. 2013;
Whiteford et al. 2018).

Conventions
-----------
* V and A stand for valence and arousal in [-1, 1].
* Tempo is in quarter notes per minute, in every meter.
* Chance is drawn from a `random.Random` of the caller; the draws do not depend on V and A, so that moving V or A with
  the same seed moves the result one way only.
* What all the rest of a piece hangs on, meter, tonic and ensemble, follows the *side* of a feeling, bright or dark
  (`leaning`), not its degree: a little more valence gives the same piece a little brighter, not another piece.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from composer.circumplex import TEMPO_PER_AROUSAL, TEMPO_PER_VALENCE, stillness
from composer.dynamics import level_of
from composer.planning.cues import Cues
from composer.planning.tradition_styles import TRADITIONS
from composer.theory import Key

__all__ = [
    "MEAN_VELOCITY",
    "VELOCITY_PER_AROUSAL",
    "Choice",
    "articulation",
    "choose_meter",
    "choose_mode",
    "choose_tonic",
    "density",
    "dynamic_level",
    "leaning",
    "mean_pitch_shift",
    "probability_major",
    "tempo_bpm",
    "velocity",
]

_SIDE = 0.5
MEAN_VELOCITY, VELOCITY_PER_AROUSAL = 72.0, 28.0
"""Velocity at arousal 0, and what an arousal of 1 adds."""
_STILL_HIGHER, _STILL_SOFTER = 3.0, 4.0
"""Semitones and velocities by which full stillness (`composer.circumplex.stillness`) lifts and softens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value and the reason a person can read."""

    value: str
    reason: str


def tempo_bpm(valence: float, arousal: float) -> float:
    """69 * 2**(0.5 + 0.7 A + 0.1 V), rounded to a whole number: 56 to 170.

    From one end of arousal to the other the tempo goes from 60 to 159, as far as Husain et al. (2002) varied it (60 and
    165); the small share of valence follows Eerola et al. (2013).
    """
    return float(round(69.0 * math.exp2(0.5 + TEMPO_PER_AROUSAL * arousal + TEMPO_PER_VALENCE * valence)))


def probability_major(valence: float) -> float:
    """Logistic function of 4 V: the share of listeners' bright pieces that are major (Eerola et al. 2013)."""
    return 1.0 / (1.0 + math.exp(-4.0 * valence))


def leaning(valence: float, rng: random.Random) -> float:
    """+-`_SIDE`: the side of the feeling, by the same draw as in `choose_mode` when given the same `rng`."""
    return _SIDE if probability_major(valence) > _coin(rng) else -_SIDE


def _coin(rng: random.Random) -> float:
    """A draw from .35...65: away from the middle the feeling decides between major and minor, near it chance does."""
    return 0.35 + 0.3 * rng.random()


def mean_pitch_shift(valence: float, arousal: float) -> float:
    """5 V (1 + min(0, A)) + 3 A + 3 s semitones, s being `stillness`: happy and excited music lies higher.

    So it is in general (Livingstone et al. 2010), but the calmer, the less valence moves it. In EMOPIA's training clips
    quiet sadness is the highest of the four quadrants (mean pitch 64.0, n 179, against 61.0 for calm content, n 243,
    and 60.6 for agitated sadness, n 189).
    """
    return 5.0 * valence * (1.0 + min(0.0, arousal)) + 3.0 * arousal + _STILL_HIGHER * stillness(valence, arousal)


def velocity(valence: float, arousal: float) -> float:
    """72 + 28 A - 4 s as a MIDI velocity: loudness carries arousal (Eerola et al. 2013); quiet sadness is softest."""
    return MEAN_VELOCITY + VELOCITY_PER_AROUSAL * arousal - _STILL_SOFTER * stillness(valence, arousal)


def dynamic_level(valence: float, arousal: float) -> float:
    """`velocity` as a level (see `composer.dynamics`)."""
    return level_of(velocity(valence, arousal))


def articulation(valence: float, arousal: float) -> float:
    """0.95 - 0.35 max(0, A) - 0.05 V: sounding share of the written duration, .55 to 1.

    Excited music is more detached (CMERS), and glad music than sad music (Gabrielsson & Lindström 2001).
    """
    return round(0.95 - 0.35 * max(0.0, arousal) - 0.05 * valence, 3)


def density(arousal: float, tempo: float) -> float:
    """Onsets per quarter note of the leading part: 2**(1 + 1.2 A) notes per second at the tempo, within 0.25..4."""
    per_second = math.exp2(1.0 + 1.2 * arousal)
    return round(min(max(per_second * 60.0 / tempo, 0.25), 4.0), 2)


# --------------------------------------------------------------------------------------------- mode

_MELLOWER, _FLOATING, _GENTLER = 0.6, 0.2, 0.85
"""Shares of the bright pieces near the middle that are mixolydian and, a little further and calm, lydian; of the dark
pieces near the middle that are dorian."""
_STILL = -0.3
"""Arousal up to which a still minor is darker than a phrygian, whose chords are mostly major."""


def choose_mode(valence: float, arousal: float, cues: Cues, rng: random.Random) -> Choice:
    """Major or minor by the sign of valence, with modal shades where the feeling is mixed.

    Modes are shades of valence, brightest first: major, lydian and mixolydian, dorian, minor, phrygian, as listeners
    order them (Temperley & Tan, *Music Perception* 30, 2013); harmonic minor stands for tension.
    """
    coin, shade = _coin(rng), rng.random()
    for tradition in TRADITIONS:
        word = cues.first(*tradition.words)
        mode = tradition.bright if valence >= 0 else tradition.dark
        if word is not None and mode:
            return Choice(value=mode, reason=f"{cues.cite(word)} suggests it; valence {valence:+.2f}")
    if probability_major(valence) > coin:
        return _bright_mode(valence, arousal, shade)
    return _dark_mode(valence, arousal, shade)


def _bright_mode(valence: float, arousal: float, shade: float) -> Choice:
    if 0.12 <= valence < 0.35 and arousal < 0.15 and shade > 1 - _FLOATING:
        return Choice(value="lydian", reason=f"valence {valence:+.2f} with little stir: a major that floats")
    if valence < 0.12 and shade < _MELLOWER:
        return Choice(value="mixolydian", reason=f"valence {valence:+.2f}, near the middle: a mellower major")
    return Choice(value="major", reason=f"valence {valence:+.2f}: bright")


def _dark_mode(valence: float, arousal: float, shade: float) -> Choice:
    if valence > -0.15 and shade < _GENTLER:
        return Choice(value="dorian", reason=f"valence {valence:+.2f}, near the middle: a gentler minor")
    if valence < -0.55 and arousal > _STILL and shade > 0.92:
        return Choice(value="phrygian", reason=f"valence {valence:+.2f}: the darkest mode")
    if valence < -0.2 and arousal > 0.25 and shade > 0.25:
        return Choice(
            value="harmonic-minor", reason=f"valence {valence:+.2f}, arousal {arousal:+.2f}: minor with a tense seventh"
        )
    return Choice(value="minor", reason=f"valence {valence:+.2f}: dark")


# -------------------------------------------------------------------------------------------- meter

_METER_WORDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("waltz", "ballroom", "minuet", "ball", "skater", "skating", "wedding"), "3/4", "a dance in three"),
    (("march", "marching", "parade", "procession", "soldier", "army", "cavalry", "battle", "troops", "regiment"),
     "4/4", "a march"),
    (("jig", "carnival", "circus", "peasant dance", "village dance", "hunt", "riders on horseback"), "6/8", "a jig"),
    (("polka", "galop", "galloping"), "2/4", "a quick dance in two"),
    (("boat", "gondola", "ship", "wave", "sailing", "rowing", "lake", "river", "shepherd", "shepherdess",
      "pastoral", "cradle", "lullaby", "sheep"), "6/8", "rocking and pastoral music goes in six"),
    (("dance", "dancer", "dancing", "garden party", "mother and child", "virgin and child"), "3/4", "a gentle three"),
)  # fmt: skip


def choose_meter(valence: float, arousal: float, cues: Cues, rng: random.Random) -> Choice:
    """Meter by the caption's words (two times in three), else four-four with a share of other meters by affect."""
    follow, draw = rng.random(), rng.random()
    for words, meter, why in _METER_WORDS:
        word = cues.first(*words)
        if word is not None and follow < 0.67 and not (meter == "6/8" and arousal < -0.6):
            marching = meter == "4/4" and arousal > 0.5
            return Choice(value="2/4" if marching else meter, reason=f"‹{word}› in the caption: {why}")
    if valence > 0.1 and arousal < 0.1 and draw < 0.4:
        return Choice(value="3/4" if draw < 0.25 else "6/8", reason="gentle and friendly: a swaying meter")
    if valence < -0.1 and arousal < 0.0 and draw < 0.25:
        return Choice(value="3/4", reason="sad and quiet: a slow three")
    if valence > 0.3 and arousal > 0.5 and draw < 0.3:
        return Choice(value="2/4" if draw < 0.2 else "6/8", reason="lively and glad: a quick two-beat")
    return Choice(value="4/4", reason="nothing asks for another meter")


# -------------------------------------------------------------------------------------------- tonic

_TONICS = ("C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "F", "Bb", "Eb", "Ab", "Db")
_MAX_ACCIDENTALS = 4


def choose_tonic(mode: str, valence: float, arousal: float, rng: random.Random) -> Choice:
    """A tonic with at most four accidentals, few being likelier; sharps lean to bright, flats to dark and calm.

    The lean is a convention of the repertoire (R. Steblin, *A History of Key Characteristics*), not a law, so chance
    has the larger part.
    """
    lean = 1.2 * valence + 0.6 * arousal
    keys = [key for key in (Key(tonic=tonic, mode=mode) for tonic in _TONICS) if abs(key.fifths) <= _MAX_ACCIDENTALS]
    weights = [math.exp(-((key.fifths - lean) ** 2) / 6.0) for key in keys]
    key = rng.choices(keys, weights)[0]
    fifths = key.fifths
    kind = "sharp" if fifths > 0 else "flat"
    count = f"{abs(fifths)} {kind}{'s' if abs(fifths) > 1 else ''}" if fifths else "no accidentals"
    return Choice(value=key.tonic, reason=f"chosen by the seed among easy keys: {count}")
