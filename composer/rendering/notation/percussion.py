"""The drum kit on five lines: place and note head of each General MIDI percussion key.

Places follow the Percussive Arts Society's guide (N. Weinberg, *Guide to Standardized Drumset Notation*, 1998): bass
drum in the lowest space, snare in the third, cymbals above with crosses. Feet have their stems down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from composer.gm import PERCUSSION_KEYS
from composer.rendering.notation.meters import BarSpan, bar_at, meter_tree, spans_of_length
from composer.rendering.notation.voices import StaffNote

__all__ = ["DrumPlace", "drum_name", "drum_place", "drum_voices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrumPlace:
    """Where a stroke stands, read as in the treble clef, and MusicXML's name of its head."""

    step: str
    octave: int
    head: str


_PLACES = {
    35: "F4", 36: "F4", 37: "C5 x", 38: "C5", 39: "C5 slash", 40: "C5", 41: "G4", 42: "G5 x", 43: "A4", 44: "D4 x",
    45: "B4", 46: "G5 circle-x", 47: "D5", 48: "E5", 49: "A5 x", 50: "F5", 51: "F5 x", 52: "B5 circle-x",
    53: "F5 diamond", 54: "E5 x", 55: "C6 x", 56: "E5 triangle", 57: "B5 x", 59: "D5 x",
}  # fmt: skip
_FEET = frozenset({35, 36, 44})
_OTHERS = ("G4", "A4", "B4", "D5", "E5")
_LONGEST_BEAT = 18


def drum_place(key: int) -> DrumPlace:
    """The place of a percussion key; rare instruments take diamonds."""
    text = _PLACES.get(key) or f"{_OTHERS[key % len(_OTHERS)]} diamond"
    place, _, head = text.partition(" ")
    return DrumPlace(step=place[0], octave=int(place[1]), head=head or "normal")


def drum_name(key: int) -> str:
    """General MIDI's name of a percussion key."""
    return PERCUSSION_KEYS.get(key, f"Percussion {key}")


def drum_voices(strokes: Iterable[StaffNote], spans: Sequence[BarSpan]) -> tuple[list[StaffNote], list[StaffNote]]:
    """Hands and feet, each stroke written to the next one of its voice, at most to the end of its beat.

    A stroke has no length of its own, and rests after every one would hide the rhythm. Only what is meant to ring
    beyond its beat keeps its length, up to the bar line.
    """
    hands: list[StaffNote] = []
    feet: list[StaffNote] = []
    for stroke in sorted(strokes):
        (feet if stroke.pitch in _FEET else hands).append(stroke)
    return _filled(hands, spans), _filled(feet, spans)


def _filled(strokes: list[StaffNote], spans: Sequence[BarSpan]) -> list[StaffNote]:
    onsets = sorted({stroke.start for stroke in strokes})
    ends = {}
    for onset, following in zip_longest(onsets, onsets[1:]):
        bar = spans[bar_at(spans, onset)]
        beats = spans_of_length(meter_tree(bar.meter), _LONGEST_BEAT)
        beat_end = bar.start + next(beat.end for beat in beats if onset - bar.start < beat.end)
        longest = max(stroke.end for stroke in strokes if stroke.start == onset)
        rings = min(bar.end, max(beat_end, longest))
        ends[onset] = rings if following is None else min(rings, following)
    unique = {(stroke.start, stroke.pitch) for stroke in strokes}
    return [StaffNote(start=start, end=ends[start], pitch=pitch) for start, pitch in sorted(unique)]
