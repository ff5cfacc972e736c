"""The harmony of a journey: each section in a key of its own feeling, the home key or its relative.

A region that feels darker than its picture takes the relative minor of a major piece, a brighter one the relative major
of a minor piece: the signature stays, so that the parts keep their scale. A section's major and minor chords follow its
own feeling too (see `composer.planning.harmony`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from composer.planning.form import restated_letter
from composer.planning.harmony import HarmonyTask, progression, spans
from composer.planning.roman import numeral_at_home
from composer.theory import Key
from composer.types import ChordSpan, Section

__all__ = ["close_sections", "journey_chords", "key_reason", "section_key"]

_RELATIVES = {"major": ("minor", 9), "mixolydian": ("minor", 2), "minor": ("major", 3), "dorian": ("major", 10)}
"""Mode -> mode of the other side on the same scale, and semitones up to its tonic."""
_LEAST = 0.1
"""Step of valence from the whole below which a section stays in the home key."""


def section_key(valence: float, home: Key, whole: float) -> Key:
    """Return the key of a section: that of the piece, or its relative where the feeling is on the other side.

    Parameters
    ----------
    valence, whole : of the section and of the piece, in [-1, 1].
    home : the key of the piece; modes that have no relative here keep every section.
    """
    darker = valence < min(whole - _LEAST, whole / 2)
    brighter = valence > max(whole + _LEAST, whole / 2)
    if home.mode not in _RELATIVES or not (brighter if home.minor else darker):
        return home
    mode, up = _RELATIVES[home.mode]
    return Key.of(home.spell(home.tonic_pc + up), mode)


def _leaning(valence: float, whole: float) -> float:
    """A section's valence, its step away from the whole counted twice: what is heard is the contrast."""
    return min(max(2 * valence - whole, -1.0), 1.0)


def close_sections(sections: Sequence[Section], home: Key, whole: float) -> tuple[Section, ...]:
    """Let a region close on its own tonic where the next one is in another key."""
    keys = [section_key(section.valence, home, whole) for section in sections]
    return tuple(
        replace(section, cadence="authentic") if key != following else section
        for section, key, following in zip(sections, keys, [*keys[1:], home], strict=True)
    )


def key_reason(sections: Sequence[Section], home: Key, whole: float) -> str:
    """Name the keys of the sections: ``A in G minor, B in Bb major``; without one where all are at home."""
    keys = {restated_letter(section): section_key(section.valence, home, whole) for section in sections}
    if set(keys.values()) == {home}:
        return ""
    return ", ".join(f"{letter} in {key.name}" for letter, key in keys.items())


def journey_chords(sections: Sequence[Section], task: HarmonyTask, rng: random.Random) -> tuple[ChordSpan, ...]:
    """Write the progression, each letter's sections in their own key and for their own valence.

    Parameters
    ----------
    sections : of a journey; the last ones state the whole picture.
    task : what the piece is for; its key is the home key.
    rng : source of the choices.
    """
    found: list[ChordSpan] = []
    for _, group in groupby(sections, key=restated_letter):
        own = list(group)
        first = own[0].start_bar - 1
        valence, last = own[0].valence, own[-1] is sections[-1]
        here = replace(task, key=section_key(valence, task.key, task.valence), valence=_leaning(valence, task.valence))
        moved = [replace(section, start_bar=section.start_bar - first) for section in own]
        bars = progression(moved, here, rng, is_last=last)
        found += [replace(span, bar=span.bar + first) for span in _at_home(spans(bars, here), here.key, task.key)]
    return tuple(found)


def _at_home(chords: Sequence[ChordSpan], key: Key, home: Key) -> list[ChordSpan]:
    """Name chords of a key by their function in the home key, keeping their spelling."""
    return (
        [replace(span, roman=numeral_at_home(span.roman, key, home)) for span in chords]
        if key != home
        else list(chords)
    )
