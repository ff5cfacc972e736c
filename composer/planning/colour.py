"""Harmonic colour: applied dominants and leading-tone sevenths, borrowed and Neapolitan chords, where they resolve.

People differ more in this than in anything else that we measure: in 16 bars between none and a third of the notes lie
outside the scale. So how much there is comes from a window of people's music near the plan, beside its feeling.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from composer.planning.form import phrase_ends
from composer.planning.idioms import Bar, idiom_of
from composer.types import Section

__all__ = ["add_colour", "colour_of"]

_MOST_COLOUR = 2.0
"""Colour that asks for a touch in every bar."""

_APPLIED: dict[str, dict[str, str]] = {
    "major": {"ii": "V7/ii", "IV": "V7/IV", "V": "V7/V", "vi": "V7/vi", "iii": "V7/iii"},
    "minor": {"iv": "V7/iv", "V": "V7/V", "III": "VII7", "VI": "V7/VI"},
    "harmonic-minor": {"iv": "V7/iv", "V": "V7/V"},
    "melodic-minor": {"IV": "V7/IV", "V": "V7/V"},
}
"""Mode -> the chord that follows -> the dominant that prepares it."""

_BORROWED_IN_MINOR: dict[tuple[str, str], tuple[str, ...]] = {
    ("iv", "V"): ("bII6", "VI7"),
    ("iio6", "V"): ("bII6",),
    ("iv", "V7"): ("bII6",),
    ("iiø65", "V7"): ("bII6",),
    ("VI", "V"): ("VI7",),
}
_BORROWED: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {
    "major": {
        ("IV", "I"): ("iv",),
        ("IV", "V"): ("iv", "bVI7"),
        ("IV", "I6"): ("iv",),
        ("vi", "V"): ("bVI", "bVI7"),
        ("vi", "ii"): ("bVI",),
        ("vi", "IV"): ("bVI",),
        ("ii", "V"): ("iiø7", "bVI7"),
        ("ii", "V7"): ("iiø7",),
        ("ii6", "V"): ("iiø65", "bVI7"),
        ("ii6", "V7"): ("iiø65",),
    },
    "minor": _BORROWED_IN_MINOR | {("iv6", "V"): ("VI7",)},
    "harmonic-minor": _BORROWED_IN_MINOR,
}
"""Mode -> (chord, the one after it) -> what may stand for the chord: mixture and the German sixth, written as a
seventh chord, in major; the Neapolitan and that sixth in minor."""

_LEADING: dict[str, dict[str, str]] = {
    "major": {"ii": "viio7/ii", "V": "viio7/V", "vi": "viio7/vi"},
    "minor": {"iv": "viio7/iv", "V": "viio7/V"},
    "harmonic-minor": {"iv": "viio7/iv", "V": "viio7/V"},
}
"""Mode -> the chord that follows -> the diminished seventh that leads to it; its bass rises by a half-step."""

_BARS_PER_TOUCH = 2.0
_COLOUR_PER_SHARE = 27.0
"""Colour for each unit of the share of chord tones outside the scale; half of the touches asked for find a place."""
_EVERYWHERE = 0.6
"""Colour from which on the first statement of the main idea is touched too, after its first two bars."""
_INVERTED, _DIMINISHED = 0.35, 0.3
"""Shares of the applied chords that are the dominant with the leading tone in the bass, and the diminished seventh."""
_BORROWED_SHARE = 0.5
"""How often a borrowed chord is taken where it fits; more would make it the rule."""
_MIN_DISTANCE = 2
_CLOSE = 0.8
"""Colour from which on neighbouring bars may be touched."""


def colour_of(chromatic: float, stirred: float) -> float:
    """Turn the share of chord tones outside the scale into colour for `add_colour`, in [0, 2]; `stirred` scales it."""
    return min(_MOST_COLOUR, max(0.0, _COLOUR_PER_SHARE * chromatic * stirred))


def add_colour(
    bars: Sequence[Bar],
    sections: Sequence[Section],
    mode: str,
    colour: float,
    rng: random.Random,
    *,
    two_chords: bool,
    mixture: bool = True,
) -> list[Bar]:
    """Put up to ``colour * bars / 2`` touches; up to a colour of 0.8 they are two bars or more apart.

    Parameters
    ----------
    bars : the progression as numerals.
    sections : the form; the first bar of a section and the last bar of a phrase stay as they are, and up to a colour of
        0.6 so does the first statement of the main idea.
    mode : common-practice modes take colour, others are left alone.
    colour : in [0, 2].
    rng : chooses the places.
    two_chords : the meter has room for a second chord in a bar.
    mixture : borrowed chords may be taken; they darken.
    """
    result = list(bars)
    wanted = round(colour * len(bars) / _BARS_PER_TOUCH)
    if not idiom_of(mode).functional or not wanted:
        return result
    places = _places(sections, everywhere=colour > _EVERYWHERE)
    rng.shuffle(places)
    taken: list[int] = []
    for apart in (_MIN_DISTANCE, 1) if colour > _CLOSE else (_MIN_DISTANCE,):
        for place in places:
            if len(taken) >= wanted:
                return result
            if any(abs(place - other) < apart for other in taken):
                continue
            touched = _touch(bars[place], result[place + 1][0], mode, rng, two_chords=two_chords, mixture=mixture)
            if touched is not None and (place - 1 not in taken or bars[place][0] in touched):
                result[place] = touched
                taken.append(place)
    return result


def _places(sections: Sequence[Section], *, everywhere: bool) -> list[int]:
    """Indices of bars that may take colour."""
    ends = phrase_ends(sections)
    stated = [section for section in sections if not section.opening]
    fresh = stated[1:] or stated
    inner = [bar for section in fresh for bar in range(section.start_bar + 1, section.end_bar)]
    if everywhere and fresh is not stated:
        inner += range(stated[0].start_bar + 2, stated[0].end_bar)
    return [bar - 1 for bar in inner if bar not in ends]


def _touch(bar: Bar, following: str, mode: str, rng: random.Random, *, two_chords: bool, mixture: bool) -> Bar | None:
    """The coloured bar, or None where nothing fits."""
    inside = bar[1] if len(bar) == 2 else following
    borrowed = _BORROWED.get(mode, {}).get((bar[0], inside))
    target = _root_position(following)
    applied = _APPLIED[mode].get(target)
    kind = rng.random()
    if kind < _DIMINISHED and mixture:
        applied = _LEADING.get(mode, {}).get(target, applied)
    elif applied is not None and kind > 1 - _INVERTED and applied.startswith("V7"):
        applied = applied.replace("V7", "V65")
    if borrowed is not None and rng.random() < _BORROWED_SHARE and mixture:
        return (rng.choice(borrowed), *bar[1:])
    # A dominant would fall back into the applied chord; the chord itself needs none.
    fits = applied is not None and _root_position(bar[-1]) != target and not bar[-1].startswith("V")
    if applied is None or not fits or (mode == "major" and bar[-1].startswith("vii")):
        return _approached(bar, mode, kind, two_chords=two_chords)
    if two_chords:
        return (bar[0], applied)
    return (applied,)


def _approached(bar: Bar, mode: str, kind: float, *, two_chords: bool) -> Bar | None:
    """The bar's one chord, after the dominant that leads to it; None where there is no room or no such dominant."""
    applied = _APPLIED[mode].get(bar[0])
    if not two_chords or len(bar) != 1 or applied is None:
        return None
    return (applied.replace("V7", "V65") if kind > 1 - _INVERTED else applied, bar[0])


def _root_position(roman: str) -> str:
    """The triad of a chord: ``ii`` of ``ii65``; a tonic six-four before a cadence is prepared as the dominant is."""
    if roman in ("I64", "i64"):
        return "V"
    return re.sub(r"(maj)?(7|65|64|6|43|42)$", "", roman)
