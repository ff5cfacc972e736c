"""The difficulty of a piece, from its MIDI file: a weighted mean of nine features, each 0 to 1, on a scale of 0 to 10.

The features are those by which the literature grades piano music (S.-C. Chiu & M.-S. Chen, "A study on difficulty level
recognition of piano sheet music", IEEE ISM 2012; V. Sébastien et al., "Score Analyzer", ISMIR 2012); the weights are
ours and were not fitted to graded pieces, so the number orders pieces and means nothing in itself.

Conventions
-----------
* Times are in steps, twelve to the quarter note.
* The first part is the melody, a second one the left hand.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from composer.metrics.level_check import Event, events_of, player_of_file
from composer.midi.notes import DURATION, ONSET, STEPS_PER_QUARTER, MidiNotes
from composer.theory import Key

__all__ = ["Difficulty", "measure_difficulty"]

_BEAT, _DOTTED_BEAT, _EIGHTH, _TRIPLET = 12, 18, 6, 4
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """How difficult a piece is.

    Attributes
    ----------
    pace : log2(1 + onsets a second of the busier hand) / log2(9).
    values : mean cost of the melody's note values: longer than an eighth 0, eighth .3, dotted .6, triplet .7, short .9.
    variety : entropy of the melody's (place in the beat, length) pairs in bits, over 4.
    compass : semitones from lowest to highest note of the wider hand, over 36.
    moves : times a bar that a hand leaves a position of eight semitones, over 3.
    leaps : mean interval of the melody in semitones, over 6.
    texture : mean number of notes struck at once, less one, over 2.
    independence : twice the share of onsets at which one hand strikes alone, of the hand that does so less often; held
        notes under a tune count nothing, rhythms that interlock count most.
    key : fifths between the key and the instrument's first one over 6, and the share of notes outside the key, twice.
    total : weighted mean on a scale of 0 to 10.
    """

    pace: float
    values: float
    variety: float
    compass: float
    moves: float
    leaps: float
    texture: float
    independence: float
    key: float
    total: float


_WEIGHTS = {
    "pace": 2.0, "values": 2.0, "variety": 1.0, "compass": 1.5, "moves": 1.0, "leaps": 0.5, "texture": 1.5,
    "independence": 1.0, "key": 1.0,
}  # fmt: skip
_POSITION_SPAN = 7


def measure_difficulty(midi: MidiNotes) -> Difficulty:
    """The difficulty of a piece for one or two hands (or one melody); parts beyond the second are not looked at."""
    bar = round(midi.meters[0].bar_quarters * STEPS_PER_QUARTER)
    hands = [events for events in (events_of(part, bar) for part in midi.parts[:2]) if events]
    if not hands:
        return Difficulty(**dict.fromkeys(_WEIGHTS, 0.0), total=0.0)
    tune = hands[0]
    seconds = max(1e-9, float(midi.seconds(midi.pitched[:, ONSET] + midi.pitched[:, DURATION]).max()))
    bars = max(event.bar for hand in hands for event in hand)
    struck = [len(event.pitches) for hand in hands for event in hand]
    features = {
        "pace": math.log2(1 + max(len(hand) for hand in hands) / seconds) / math.log2(9),
        "values": sum(_cost(event) for event in tune) / len(tune),
        "variety": _entropy(Counter((event.place % _BEAT, event.length) for event in tune)) / 4,
        "compass": max(_span(hand) for hand in hands) / 36,
        "moves": sum(map(_moves, hands)) / bars / 3,
        "leaps": sum(abs(b.pitches[-1] - a.pitches[-1]) for a, b in pairwise(tune)) / max(1, len(tune) - 1) / 6,
        "texture": (sum(struck) / len(struck) - 1) / 2,
        "independence": _independence(hands),
        "key": _key_cost(midi, hands),
    }
    features = {name: min(1.0, value) for name, value in features.items()}
    total = sum(_WEIGHTS[name] * value for name, value in features.items()) / sum(_WEIGHTS.values())
    return Difficulty(**features, total=10 * total)


def _cost(event: Event) -> float:
    if event.length in (_DOTTED_BEAT, 9):
        return 0.6 if event.length == _DOTTED_BEAT else 0.9
    if event.length > _EIGHTH:
        return 0.0
    return 0.3 if event.length == _EIGHTH else 0.7 if event.length == _TRIPLET else 0.9


def _entropy(counts: Counter[tuple[int, int]]) -> float:
    total = sum(counts.values())
    return -sum(count / total * math.log2(count / total) for count in counts.values())


def _span(hand: Sequence[Event]) -> int:
    return max(event.pitches[-1] for event in hand) - min(event.pitches[0] for event in hand)


def _moves(hand: Sequence[Event]) -> int:
    """Times the hand leaves its position: notes are taken into one while they span a fifth at most."""
    moves, low, high = 0, hand[0].pitches[0], hand[0].pitches[-1]
    for event in hand[1:]:
        low, high = min(low, event.pitches[0]), max(high, event.pitches[-1])
        if high - low > _POSITION_SPAN:
            moves, low, high = moves + 1, event.pitches[0], event.pitches[-1]
    return moves


def _independence(hands: Sequence[Sequence[Event]]) -> float:
    if len(hands) < 2:
        return 0.0
    right, left = ({event.start for event in hand} for hand in hands)
    return 2 * min(len(right - left), len(left - right)) / len(right | left)


def _key_cost(midi: MidiNotes, hands: Sequence[Sequence[Event]]) -> float:
    if not midi.keys:
        return 0.0
    key = midi.keys[0]
    scale = {(key.tonic + step) % 12 for step in (_MINOR if key.minor else _MAJOR)}
    fifths = Key(tonic=key.name.removesuffix("m"), mode="minor" if key.minor else "major").fifths
    player = player_of_file(midi)
    fifths -= player.home if player is not None else 0
    pitches = [pitch for hand in hands for event in hand for pitch in event.pitches]
    return abs(fifths) / 6 + 2 * sum(pitch % 12 not in scale for pitch in pitches) / len(pitches)
