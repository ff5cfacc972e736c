"""Levels of difficulty: one table, from which plans are made, notes are masked and files are checked.

The steps follow the order in which the graded syllabuses for beginners introduce things (see docs/levels.md).

Conventions
-----------
* Time is in steps, twelve to the quarter note: an eighth is 6, a triplet eighth 4, a sixteenth 3.
* Pitches are sounding MIDI notes, ranges inclusive; *fifths* count the sharps (+) or flats (-) of a signature.
* A *position* is five neighbouring notes of the scale from the tonic up, one for each finger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from composer.types import LEVELS, Instrument

__all__ = ["LEVELS", "PIANO", "PLAYERS", "Level", "Player", "find_level", "hand_range", "player_of"]

_SIMPLE = ("2/4", "3/4", "4/4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one level allows.

    Attributes
    ----------
    name : one of `composer.types.LEVELS`.
    meters : time signatures.
    modes : mode names; empty for all.
    tempo_bpm : slowest and fastest, quarter notes a minute.
    density : least and most onsets per quarter note that a plan may ask of the melody.
    values : written lengths in steps; the last bar's note and a bar's full length are always allowed.
    most_pairs : eighths come in pairs on a beat, at most so many a bar; None where they are free.
    triplets : three triplet eighths may fill a beat of a simple meter.
    syncopated : a note may cross a beat that is stronger than the one it starts on.
    ties : notes may be tied over the bar line.
    altered : notes outside the scale: ``"none"``, ``"leading"`` (the raised seventh of minor), ``"free"``.
    largest_leap : semitones between neighbouring notes of the melody.
    most_together, widest : notes that the accompanying hand strikes at once, and their span in semitones.
    most_strokes : times a bar that the accompanying hand plays; None where it is free.
    """

    name: str
    meters: tuple[str, ...]
    modes: tuple[str, ...]
    tempo_bpm: tuple[float, float]
    density: tuple[float, float]
    values: frozenset[int]
    most_pairs: int | None
    triplets: bool
    syncopated: bool
    ties: bool
    altered: str
    largest_leap: int
    most_together: int
    widest: int
    most_strokes: int | None


_EASY_MODES = ("major", "minor", "harmonic-minor")
_TABLE = (
    Level(
        name="primer", meters=_SIMPLE, modes=_EASY_MODES, tempo_bpm=(60, 92), density=(0.45, 0.75),
        values=frozenset({12, 24, 48}), most_pairs=0, triplets=False, syncopated=False, ties=False, altered="none",
        largest_leap=7, most_together=1, widest=0, most_strokes=1,
    ),
    Level(
        name="1", meters=_SIMPLE, modes=_EASY_MODES, tempo_bpm=(60, 96), density=(1.0, 1.2),
        values=frozenset({6, 12, 24, 36, 48}), most_pairs=1, triplets=False, syncopated=False, ties=False,
        altered="leading", largest_leap=7, most_together=3, widest=9, most_strokes=1,
    ),
    Level(
        name="2", meters=_SIMPLE, modes=_EASY_MODES, tempo_bpm=(60, 104), density=(1.4, 1.7),
        values=frozenset({6, 12, 24, 36, 48}), most_pairs=None, triplets=False, syncopated=False, ties=False,
        altered="leading", largest_leap=7, most_together=3, widest=9, most_strokes=None,
    ),
    Level(
        name="3", meters=(*_SIMPLE, "3/8", "6/8"),
        modes=(*_EASY_MODES, "melodic-minor", "dorian", "mixolydian"), tempo_bpm=(54, 112),
        density=(1.7, 2.1), values=frozenset({6, 12, 18, 24, 36, 48}), most_pairs=None, triplets=True,
        syncopated=False, ties=False, altered="free", largest_leap=12, most_together=3, widest=12, most_strokes=None,
    ),
    Level(
        name="4", meters=(*_SIMPLE, "2/2", "3/8", "6/8", "9/8", "12/8"), modes=(),
        tempo_bpm=(50, 116), density=(2.1, 2.8), values=frozenset({3, 6, 9, 12, 18, 24, 36, 48, 72}), most_pairs=None,
        triplets=True, syncopated=True, ties=True, altered="free", largest_leap=12, most_together=4, widest=14,
        most_strokes=None,
    ),
)  # fmt: skip


def find_level(name: str) -> Level:
    """The level of that name, which must be one of `LEVELS`."""
    return _TABLE[LEVELS.index(name)]


# ------------------------------------------------------------------------------------------ players


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Who plays: the piano with two hands, or one melody instrument.

    Attributes
    ----------
    name : as on the command line.
    part : name of the part.
    program : General MIDI program.
    written : written minus sounding pitch in semitones.
    home : signature of the key that beginners meet first, in fifths, sounding.
    lowest_tonic : positions lie on the lowest tonic from here up.
    primer_keys : keys of the first position, ``"D major"``.
    keys : level -> lowest and highest signature in fifths, sounding.
    ranges : level -> lowest and highest note of the melody; the primer's (and on the piano level 1's) is a position.
    """

    name: str
    part: str
    program: int
    written: int
    home: int
    lowest_tonic: int
    primer_keys: tuple[str, ...]
    keys: Mapping[str, tuple[int, int]] = field(hash=False)
    ranges: Mapping[str, tuple[int, int]] = field(hash=False)


PIANO = Player(
    name="piano", part="Acoustic Grand Piano", program=0, written=0, home=0, lowest_tonic=60,
    primer_keys=("C major", "G major", "F major", "D minor", "A minor"),
    keys={"primer": (-1, 1), "1": (-1, 1), "2": (-2, 2), "3": (-3, 3), "4": (-4, 4)},
    ranges={"2": (60, 79), "3": (59, 84), "4": (57, 88)},
)  # fmt: skip
_LEFT_HAND = {"2": (43, 59), "3": (38, 59), "4": (36, 60)}

PLAYERS: Mapping[str, Player] = {
    "piano": PIANO,
    # The descant (soprano) recorder, which sounds an octave above what is written.
    "recorder": Player(
        name="recorder", part="Descant Recorder", program=74, written=-12, home=1, lowest_tonic=76,
        primer_keys=("G major", "E minor"),
        keys={"primer": (1, 1), "1": (0, 1), "2": (-1, 2), "3": (-2, 3), "4": (-3, 3)},
        ranges={"1": (74, 86), "2": (72, 88), "3": (72, 91), "4": (72, 93)},
    ),
    # First position; level 1 on the D and A strings with one finger pattern.
    "violin": Player(
        name="violin", part="Violin", program=40, written=0, home=2, lowest_tonic=62,
        primer_keys=("D major", "A major", "E minor", "B minor"),
        keys={"primer": (1, 3), "1": (2, 3), "2": (0, 3), "3": (-1, 3), "4": (-3, 4)},
        ranges={"1": (62, 76), "2": (55, 83), "3": (55, 83), "4": (55, 83)},
    ),
    # In B flat: written a whole tone higher.
    "trumpet": Player(
        name="trumpet", part="Trumpet", program=56, written=2, home=-2, lowest_tonic=58,
        primer_keys=("Bb major", "C minor"),
        keys={"primer": (-3, -2), "1": (-3, -1), "2": (-4, 0), "3": (-5, 1), "4": (-6, 2)},
        ranges={"1": (57, 67), "2": (57, 72), "3": (55, 74), "4": (54, 77)},
    ),
    "voice": Player(
        name="voice", part="Voice", program=53, written=0, home=0, lowest_tonic=60,
        primer_keys=("C major", "D major", "F major", "D minor", "E minor"),
        keys={"primer": (-1, 2), "1": (-1, 1), "2": (-2, 2), "3": (-3, 3), "4": (-4, 4)},
        ranges={"1": (60, 72), "2": (60, 74), "3": (58, 76), "4": (57, 77)},
    ),
}  # fmt: skip
"""Everybody for whom levels are defined, by name."""

_POSITION, _WIDE_BELOW, _WIDE_ABOVE = 7, 2, 9
"""A position spans a fifth; level 1 on the piano adds a note on either side of it."""


def player_of(instruments: tuple[Instrument, ...]) -> Player | None:
    """Who plays these parts: two hands of a piano, or one melody; None for anything else."""
    programs = [part.program for part in instruments if not part.is_drums]
    roles = [part.role for part in instruments]
    if programs == [0, 0] and roles == ["melody", "harmony"]:
        return PIANO
    if len(instruments) != 1 or roles != ["melody"]:
        return None
    return next((one for one in PLAYERS.values() if one is not PIANO and one.program == programs[0]), None)


def hand_range(player: Player, level: str, role: str, tonic: int) -> tuple[int, int]:
    """Lowest and highest note of a part (``"melody"``, or ``"harmony"``: the left hand); `tonic` is a pitch class."""
    if level == "primer" or (level == "1" and player is PIANO):
        low = player.lowest_tonic + (tonic - player.lowest_tonic) % 12
        low -= 12 if role == "harmony" else 0
        return (low, low + _POSITION) if level == "primer" else (low - _WIDE_BELOW, low + _WIDE_ABOVE)
    return _LEFT_HAND[level] if role == "harmony" else player.ranges[level]
