"""The brightness of harmony: how much of a progression is major and how much is minor, and what a feeling asks for.

Among pieces in one mode the share of major chords carries valence (Gabrielsson & Lindström 2001). A dominant of a
minor key counts neither way: its major third is the leading tone, which tightens and does not brighten. Nor does a
major chord on the lowered sixth (``VI`` in minor), the degree that darkens minor most. A seventh blurs a major chord
with a minor one (``IVmaj7`` holds ``vi``): such chords count half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from composer.planning.idioms import Bar, idiom_of
from composer.planning.roman import chord_of, parse_numeral
from composer.theory import ChordSymbol, Key, find_mode

__all__ = ["brightness", "chord_brightness", "chord_on_c", "tonic_share", "wanted_brightness"]

_MINOR, _MAJOR = (0.35, 1.5), (-0.1, 1.3)
"""Brightness at valence 0 and what a valence of 1 adds, in minor modes and in others."""
_STILL_DARKER = 0.2
"""How much darker than its valence alone the stillest sadness is."""
_BLURRING, _HALF = frozenset({"maj7", "m7", "6", "m6"}), 0.5
_DOMINANT = frozenset({5, 7})
_LOWERED_SIXTH, _LEADING_TONE = 8, 11
"""Pitch classes where the tonic is C."""


def wanted_brightness(valence: float, *, minor: bool, stillness: float = 0.0) -> float:
    """Brightness that a feeling asks for, in [-1, 1].

    A dark feeling in a major mode, or a glad one in a minor mode, asks for no more than a neutral one: the relative key
    would be heard.

    Parameters
    ----------
    valence : in [-1, 1].
    minor : whether the mode has a minor third.
    stillness : quiet sadness in [0, 1] (`composer.circumplex.stillness`).
    """
    if minor:
        middle, slope = _MINOR
        return max(middle + slope * min(valence, 0.0) - _STILL_DARKER * stillness, -1.0)
    middle, slope = _MAJOR
    return min(middle + slope * max(valence, 0.0), 1.0)


def brightness(bars: Sequence[Bar], mode: str) -> float:
    """Mean brightness of the bars of a progression, each bar counting the same; in [-1, 1]."""
    return math.fsum(math.fsum(chord_brightness(roman, mode) for roman in bar) / len(bar) for bar in bars) / len(bars)


def tonic_share(bars: Sequence[Bar], mode: str) -> float:
    """Share of the bars of a progression in which the tonic chord sounds, each bar counting the same; in [0, 1]."""
    return math.fsum(sum(chord_on_c(roman, mode).root == 0 for roman in bar) / len(bar) for bar in bars) / len(bars)


@cache
def chord_brightness(roman: str, mode: str) -> float:
    """1 for a major chord, -1 for a minor or diminished one, 0 for open ones and as the module says."""
    chord = chord_on_c(roman, mode)
    steps = {(tone - chord.root) % 12 for tone in chord.pitch_classes}
    if idiom_of(mode).functional and find_mode(mode).minor:
        numeral = parse_numeral(roman, mode)
        applied = numeral.target is not None and numeral.degree in _DOMINANT
        if applied or _LEADING_TONE in chord.pitch_classes:
            return 0.0
    third = int(4 in steps) - int(3 in steps and 4 not in steps)
    if third > 0 and _LOWERED_SIXTH in chord.pitch_classes:
        return 0.0
    return third * (_HALF if chord.quality in _BLURRING else 1.0)


@cache
def chord_on_c(roman: str, mode: str) -> ChordSymbol:
    """The chord of a numeral where the tonic is C."""
    return chord_of(roman, Key.of("C", mode))
