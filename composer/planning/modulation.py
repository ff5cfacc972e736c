"""Modulation: which episodes leave the home key, where they go, and how they come home.

A middle part in a near key is the usual contrast of small forms (W. Caplin, *Classical Form*, chapters 6 and 14). Major
pieces go to the dominant, the subdominant or the relative minor, minor ones to the minor dominant and subdominant or to
the relative major; the last two bars of the episode lead back by a cadence in the home key. Where to go is drawn by the
seed; of two places the brighter feeling takes the brighter one.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from composer.planning.form import restated_letter
from composer.planning.idioms import Bar
from composer.planning.roman import numeral_at_home
from composer.theory import Key
from composer.types import Section

__all__ = ["HOMEWARD", "at_home", "choose_keys", "modulation_reason", "stays_away"]

HOMEWARD = 2
"""Last bars of an episode, which lead home."""
_LEAST_BARS, _LONG = 4, 6
_SHORT_CHANCE, _LONG_CHANCE = 0.5, 0.75
"""Shares of the episodes of four and five bars, and of longer ones, that leave the key."""
_PLACES: dict[str, tuple[tuple[float, tuple[str, int], tuple[str, int], float], ...]] = {
    "major": ((0.5, ("major", 7), ("major", 7), 0.0), (0.7, ("major", 5), ("major", 5), 0.0),
              (1.0, ("major", 7), ("minor", 9), 0.3)),
    "minor": ((0.4, ("minor", 5), ("minor", 5), 0.0), (0.65, ("minor", 7), ("minor", 7), 0.0),
              (1.0, ("major", 3), ("minor", 5), -0.3)),
    "harmonic-minor": ((0.6, ("minor", 5), ("minor", 5), 0.0), (1.0, ("minor", 7), ("minor", 7), 0.0)),
}  # fmt: skip
"""Mode -> up to which draw: mode and semitones up to the tonic for the brighter and for the darker feeling, and the
valence between the two."""


def choose_keys(sections: Sequence[Section], home: Key, valence: float, rng: random.Random) -> dict[str, Key]:
    """Letter of an episode -> the key that it is in; episodes that stay at home are left out.

    Parameters
    ----------
    sections : the form.
    home : key of the piece; modes other than major, minor and harmonic minor stay at home.
    valence : of the piece, in [-1, 1].
    rng : decides which episodes go, and where.
    """
    found: dict[str, Key] = {}
    first = next((restated_letter(section) for section in sections if not section.opening), "")
    last = restated_letter(sections[-1])
    for section in sections:
        letter = restated_letter(section)
        if section.varies is not None or section.opening or letter in (first, last):
            continue
        goes, where = rng.random(), rng.random()
        chance = _LONG_CHANCE if section.bars >= _LONG else _SHORT_CHANCE
        if home.mode not in _PLACES or section.bars < _LEAST_BARS or goes > chance:
            continue
        _, bright, dark, middle = next(place for place in _PLACES[home.mode] if where <= place[0])
        mode, up = bright if valence >= middle else dark
        found[letter] = Key.of(home.spell(home.tonic_pc + up), mode)
    return found


def stays_away(section: Section, keys: Mapping[str, Key]) -> bool:
    """Whether a section is written in another key than the piece; too short a return comes home at once."""
    return restated_letter(section) in keys and section.bars > HOMEWARD


def at_home(bars: Sequence[Bar], key: Key, home: Key) -> list[Bar]:
    """Name bars of a key by the functions that their chords have in the home key."""
    return [tuple(numeral_at_home(roman, key, home) for roman in bar) for bar in bars]


def modulation_reason(keys: Mapping[str, Key]) -> str:
    """Name the keys of the episodes: ``B in G major``; empty where all stay at home."""
    return ", ".join(f"{letter} in {key.name}" for letter, key in keys.items())
