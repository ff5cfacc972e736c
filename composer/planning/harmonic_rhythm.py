"""Harmonic rhythm and fullness as people have them: chords that stay over the bar line, and chords with sevenths.

In our training scores the root stays over a bar line in .24 of bars (.06 to .45 from window to window), where formulas
of a chord a bar change it nearly always, nearly half of the chords hold a seventh, and .09 of their tones lie outside
the scale.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from composer.planning.brightness import chord_brightness
from composer.planning.form import phrase_ends, restated_letter
from composer.planning.idioms import Bar, idiom_of
from composer.planning.roman import parse_numeral
from composer.proportions import load_windows
from composer.theory import find_mode
from composer.types import Section

__all__ = ["HarmonicManner", "add_sevenths", "harmonic_manner", "prolong"]

_USUAL_PROLONGED, _USUAL_SEVENTHS, _USUAL_CHROMATIC = 0.24, 0.47, 0.09
_HEARD = 1.0
"""Of the sevenths that an analysis of people's bars finds, how many to write: passing notes make up the others."""
_PLACES = 3.2
"""Bars for each one in which a chord may stay: phrase beginnings, cadences and restless chords take none."""
_MEDIANT, _LEADING_ON = 3, frozenset({5, 7})
_INVERTED = 0.4
"""How often the chord that stays turns to its first inversion, so that the bass moves on."""
_STILL_PROLONGED, _STILL_SEVENTHS = 0.4, 0.4
"""What full stillness (`composer.circumplex.stillness`) adds to the two shares."""
_STILL_PLAINER = 0.7
"""How much of its chromatic chords the stillest sadness leaves out: what is still does not change its chords."""
_INVERSIONS = {"I": "I6", "i": "i6", "IV": "IV6", "iv": "iv6", "V": "V6", "vi": "vi6", "VI": "VI6", "ii": "ii6"}
_SEVENTHS = {
    "major": {"ii": "ii7", "ii6": "ii65", "IV": "IVmaj7", "vi": "vi7", "iii": "iii7", "V": "V7", "V6": "V65"},
    "minor": {"iv": "iv7", "VI": "VImaj7", "iio6": "iiø65", "III": "IIImaj7", "V": "V7", "V6": "V65", "VII": "VII7"},
    "harmonic-minor": {"iv": "iv7", "VI": "VImaj7", "iio6": "iiø65", "V": "V7", "V6": "V65"},
    "melodic-minor": {"ii": "ii7", "ii6": "ii65", "V": "V7", "V6": "V65"},
}
"""Mode -> chord -> the same with its seventh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmonicManner:
    """Shares: bar lines over which the root stays, chords that have a seventh, chord tones outside the scale."""

    prolonged: float
    sevenths: float
    chromatic: float


def harmonic_manner(
    *, meter: str, mode: str, tempo_bpm: float, density: float, rng: random.Random, stillness: float = 0.0
) -> HarmonicManner:
    """Take the shares from a window near the plan (`composer.proportions`); quiet sadness stays, and adds sevenths."""
    near = load_windows().near(meter=meter, tempo_bpm=tempo_bpm, minor=find_mode(mode).minor, density=density, rng=rng)
    prolonged, sevenths = near.get("prolonged", _USUAL_PROLONGED), _HEARD * near.get("sevenths", _USUAL_SEVENTHS)
    return HarmonicManner(
        prolonged=prolonged + _STILL_PROLONGED * stillness,
        sevenths=min(1.0, sevenths + _STILL_SEVENTHS * stillness),
        chromatic=near.get("chromatic", _USUAL_CHROMATIC) * (1 - _STILL_PLAINER * stillness),
    )


def prolong(
    bars: Sequence[Bar],
    sections: Sequence[Section],
    mode: str,
    share: float,
    rng: random.Random,
    *,
    glad: bool = False,
) -> list[Bar]:
    """Let the root stay over about ``share`` of the bar lines.

    The chord of the bar before goes on, itself or in its first inversion; where the bar had two chords, the second
    stays. A section's first bar and a phrase's last one keep theirs, and so does a cadence. Dominants, mediants and
    diminished chords do not stay, and in what is ``glad`` no minor chord does. What returns stays where its model did.
    """
    ends = phrase_ends(sections)
    firsts = {section.start_bar for section in sections}
    draws = _draws(sections, rng)
    result = list(bars)
    for index in range(1, len(bars)):
        number, before, here = index + 1, result[index - 1][-1], result[index]
        cadence = number + 1 in ends and len(here) == 1
        if number in firsts or number in ends or index in ends or cadence or not _may_stay(before, mode, glad=glad):
            continue
        if draws[index][0] > _PLACES * share:
            continue
        stays = _INVERSIONS.get(before, before) if draws[index][1] < _INVERTED else before
        following = result[index + 1][0] if index + 1 < len(bars) else ""
        if len(here) == 2 and here[1] != stays:
            result[index] = (stays, here[1])
        elif len(here) == 1 and following not in (stays, before):
            result[index] = (stays,)
    return result


def _may_stay(roman: str, mode: str, *, glad: bool) -> bool:
    """Whether a chord is at rest enough to go on for another bar."""
    minor = chord_brightness(roman, mode) < 0
    if "/" in roman or "o" in roman or "ø" in roman or (glad and minor):
        return False
    degree = parse_numeral(roman, mode).degree
    return not idiom_of(mode).functional or not (degree in _LEADING_ON or (degree == _MEDIANT and minor))


def _draws(sections: Sequence[Section], rng: random.Random) -> list[tuple[float, float]]:
    """Two numbers in [0, 1) for every bar, the same ones for what returns."""
    found: dict[tuple[str, int], tuple[float, float]] = {}
    keys = [(restated_letter(section), offset) for section in sections for offset in range(section.bars)]
    for key in keys:
        draw = rng.random(), rng.random()
        found.setdefault(key, draw)
    return [found[key] for key in keys]


def add_sevenths(
    bars: Sequence[Bar], sections: Sequence[Section], mode: str, share: float, rng: random.Random
) -> list[Bar]:
    """Give about ``share`` of the chords that may have one a seventh; cadences and modes without them none."""
    table = _SEVENTHS.get(mode, {})
    ends = phrase_ends(sections)
    draws = _draws(sections, rng)
    result = []
    for index, bar in enumerate(bars):
        if not idiom_of(mode).functional or index + 1 in ends:
            result.append(bar)
            continue
        result.append(
            tuple(
                table.get(name, name) if draw < share else name for name, draw in zip(bar, draws[index], strict=False)
            )
        )
    return result
