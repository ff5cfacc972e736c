"""Harmony: a progression for every phrase, from the idiom of the mode.

A phrase is an opening, links where it is long, and a close; each is drawn from `composer.planning.idioms` several times
and the best kept: the smoothest joining, with as many major and minor chords as the feeling asks for
(`composer.planning.brightness`). Of several such progressions, with all that colours and prolongs them, the one that is
nearest to the feeling as a whole stands. Restated sections keep their openings and change their closes. Harmonic rhythm
follows the tempo: about a chord a bar, two in slow pieces and at cadences, one where bars are short.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from composer.planning.brightness import brightness, chord_on_c, tonic_share, wanted_brightness
from composer.planning.colour import add_colour
from composer.planning.form import phrase_ends, restated_letter
from composer.planning.harmonic_rhythm import add_sevenths, prolong
from composer.planning.idioms import Bar, Formula, Idiom, idiom_of
from composer.planning.modulation import HOMEWARD, at_home, stays_away
from composer.planning.roman import parse_numeral, symbol_of
from composer.theory import Key, Meter
from composer.types import ChordSpan, Section

__all__ = ["HarmonyTask", "bar_seconds", "make_chords", "progression", "second_chord_beat", "spans"]

_FAST_BAR_S, _SLOW_BAR_S = 1.3, 3.0
"""Bars shorter than the first keep one chord; bars longer than the second take two now and then."""
_TRIES = 8
"""Drafts of a phrase; with many more the smoothest few formulas would be all one hears."""
_DRAFTS, _LAMENTING = 8, 1.0
"""Drafts of the whole progression, and what one whose bass only falls by step gains in the stillest sadness."""
_AT_HOME, _GLADLY_HOME, _HOMELESS = 0.3, 0.15, 1.5
"""Share of the bars from which a tonic chord is heard as the tonic, what the gladdest adds to it, and the cost of a
progression without any."""
_LEAN = 4.0
"""Cost of a phrase whose `brightness` is off by one, in units of `_roughness`."""
_LAMENT = 16.0
"""What a phrase whose bass only falls by step gains in the stillest sadness, in the same units."""
_ENRICHED = 0.4
"""Share of a slow piece's plain bars that get a second chord; the stiller the piece, the fewer."""
_GLAD, _VERY_GLAD = 0.2, 0.5
"""Valence from which a major piece borrows nothing from minor, and from which it does not dwell on its minor chords."""
_PLAINER = 0.5
"""Share of its sevenths that the gladdest piece leaves out."""
_PREDOMINANT, _DOMINANT = frozenset({2, 4}), frozenset({5, 7})


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmonyTask:
    """What the progression is for.

    Attributes
    ----------
    key, meter, tempo_bpm : as in `composer.types.MusicalPlan`.
    colour : appetite for borrowed chords and applied dominants, in [0, 2].
    valence : in [-1, 1]; how many major and minor chords to take among those that the mode has.
    stillness : quiet sadness in [0, 1]; how much the bass is to fall by step, as in a lament.
    prolonged : share of bar lines over which the root stays.
    sevenths : share of the chords that may have a seventh that get one.
    away : letter of an episode -> the other key that it is in (`composer.planning.modulation`).
    """

    key: Key
    meter: Meter
    tempo_bpm: float
    colour: float = 0.0
    valence: float = 0.0
    stillness: float = 0.0
    prolonged: float = 0.0
    sevenths: float = 0.0
    away: Mapping[str, Key] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phrase:
    """Bars of a phrase before its close, and the close."""

    opening: Formula
    close: Formula

    @property
    def bars(self) -> Formula:
        return self.opening + self.close


def second_chord_beat(meter: Meter) -> int | None:
    """Beat at which a bar's second chord enters, or None: 3 in 4/4 and 3/4, 2 in 2/4, 4 in 6/8, none in 3/8."""
    whole = meter.numerator < 2 or (meter.numerator == 3 and meter.denominator >= 8)
    return None if whole else meter.middle_beat


def bar_seconds(meter: Meter, tempo_bpm: float) -> float:
    """Length of a bar in seconds at `tempo_bpm` quarter notes per minute."""
    return meter.quarters * 60 / tempo_bpm


def make_chords(sections: Sequence[Section], task: HarmonyTask, rng: random.Random) -> tuple[ChordSpan, ...]:
    """Write the progression: a chord on every bar line, a second one at the middle of some bars.

    The last bar holds the tonic chord alone.
    """
    return spans(progression(sections, task, rng), task)


def progression(
    sections: Sequence[Section], task: HarmonyTask, rng: random.Random, *, is_last: bool = True
) -> list[Bar]:
    """Write the numerals of every bar of some sections; the first begins at bar 1, the last may end the piece.

    The drafts do not depend on valence, and so moving it with the same seed moves the choice one way only.
    """
    mode = task.key.mode
    wanted = wanted_brightness(task.valence, minor=task.key.minor, stillness=task.stillness)
    at_home = _AT_HOME + _GLADLY_HOME * max(0.0, task.valence)
    drafts = [_draft(sections, task, random.Random(rng.random()), is_last=is_last) for _ in range(_DRAFTS)]

    def cost(bars: list[Bar]) -> float:
        homeless = _HOMELESS * max(0.0, at_home - tonic_share(bars, mode))
        return abs(brightness(bars, mode) - wanted) + homeless - _LAMENTING * task.stillness * _falling_bass(bars, mode)

    return min(drafts, key=cost)


def _draft(sections: Sequence[Section], task: HarmonyTask, rng: random.Random, *, is_last: bool) -> list[Bar]:
    writer = _Writer(task, rng)
    abroad = {letter: _Writer(replace(task, key=key), rng) for letter, key in task.away.items()}
    bars: list[Bar] = []
    for index, section in enumerate(sections):
        ends = is_last and index == len(sections) - 1
        if stays_away(section, task.away):
            letter = restated_letter(section)
            bars += writer.homeward(abroad[letter].section(section, is_last=False), section, task.away[letter])
        else:
            bars += writer.section(section, is_last=ends)
    mode = task.key.mode
    glad = task.valence > _GLAD and not task.key.minor
    bars = add_colour(bars, sections, mode, task.colour, rng, two_chords=writer.two_chords, mixture=not glad)
    if writer.is_slow:
        bars = _enrich(bars, sections, mode, _ENRICHED * (1 - task.stillness), rng)
    bars = add_sevenths(bars, sections, mode, task.sevenths * (1 - _PLAINER * max(0.0, task.valence)), rng)
    return prolong(bars, sections, mode, task.prolonged, rng, glad=glad and task.valence > _VERY_GLAD)


def spans(bars: Sequence[Bar], task: HarmonyTask) -> tuple[ChordSpan, ...]:
    """Place numerals on their beats with chord symbols."""
    middle = second_chord_beat(task.meter)
    result = []
    for number, bar in enumerate(map(_distinct, bars), start=1):
        for beat, roman in zip((1, middle), bar, strict=False):
            if beat is not None:
                symbol = symbol_of(roman, task.key)
                result.append(ChordSpan(bar=number, beat=beat, symbol=symbol, roman=roman))
    return tuple(result)


def _distinct(bar: Bar) -> Bar:
    return bar[:1] if len(bar) == 2 and bar[0] == bar[1] else bar


class _Writer:
    """Writes phrases and remembers each section's idea."""

    def __init__(self, task: HarmonyTask, rng: random.Random) -> None:
        self.key, self.mode = task.key, task.key.mode
        self.brightness = wanted_brightness(task.valence, minor=task.key.minor, stillness=task.stillness)
        self.lament = _LAMENT * task.stillness
        self.rng = rng
        self.idiom: Idiom = idiom_of(task.key.mode)
        self.two_chords = second_chord_beat(task.meter) is not None
        seconds = bar_seconds(task.meter, task.tempo_bpm)
        self.is_fast, self.is_slow = seconds < _FAST_BAR_S, seconds > _SLOW_BAR_S and self.two_chords
        self.ideas: dict[str, list[_Phrase]] = {}

    def section(self, section: Section, *, is_last: bool) -> list[Bar]:
        """Bars of one section; restates the idea of its letter where there is one."""
        if section.opening:
            return self._vamp(section)
        letter = restated_letter(section)
        idea = self.ideas.get(letter)
        contrast = idea is None and section.varies is None and bool(self.ideas)
        phrases: list[_Phrase] = []
        for number, (length, cadence) in enumerate(zip(section.phrases, self._cadences(section), strict=True)):
            source = idea[number] if idea is not None and number < len(idea) else None
            if source is None and number and cadence != "half" and self.rng.random() < 0.6:
                source = phrases[0]  # a parallel period: the consequent begins as the antecedent did
            phrases.append(self._phrase(length, cadence, source, contrast=contrast and number == 0))
        if is_last:
            phrases[-1] = self._ending(phrases[-1])
        self.ideas.setdefault(letter, phrases)
        return [bar for phrase in phrases for bar in phrase.bars]

    def homeward(self, bars: list[Bar], section: Section, key: Key) -> list[Bar]:
        """An episode written in another key: its last bars make the section's cadence at home."""
        return [*at_home(bars[:-HOMEWARD], key, self.key), *self._close(HOMEWARD, section.cadence, contrast=True)]

    def _vamp(self, section: Section) -> list[Bar]:
        """The tonic before the tune begins; the last bar leads into it where the section's cadence says so."""
        last = self.idiom.half[0][-1][-1] if section.cadence == "half" else self.idiom.tonic
        return [*((self.idiom.tonic,),) * (section.bars - 1), (last,)]

    def _cadences(self, section: Section) -> list[str]:
        """A cadence for each phrase; the last is the section's, those before alternate open and closed."""
        count = len(section.phrases)
        cadences = ["half" if number % 2 == 0 else "authentic" for number in range(count - 1)]
        if section.cadence == "half" and count > 1 and cadences[-1] == "half":
            cadences[-1] = self.rng.choice(("authentic", "deceptive"))
        return [*cadences, section.cadence]

    def _phrase(self, bars: int, cadence: str, source: _Phrase | None, *, contrast: bool) -> _Phrase:
        tries = [self._draw(bars, cadence, source, contrast=contrast) for _ in range(_TRIES)]
        # The drafts do not depend on valence: moving it with the same seed moves the choice one way only.
        return min(
            tries,
            key=lambda phrase: (
                _roughness(phrase.bars, self.idiom, self.mode)
                + _LEAN * abs(brightness(phrase.bars, self.mode) - self.brightness)
                - self.lament * _falling_bass(phrase.bars, self.mode)
            ),
        )

    def _draw(self, bars: int, cadence: str, source: _Phrase | None, *, contrast: bool) -> _Phrase:
        close = self._close(bars, cadence, contrast=contrast)
        length = bars - len(close)
        if source is not None and source.opening:
            opening = source.opening[:length]
        else:
            opening = self._opening(contrast=contrast)[:length]
        while len(opening) < length:
            opening = (*opening, self.rng.choice(self.idiom.links))
        return _Phrase(opening=opening, close=close)

    def _opening(self, *, contrast: bool) -> Formula:
        opening = self.rng.choice(self.idiom.contrasts if contrast else self.idiom.openings)
        if self.is_fast:
            opening = tuple(bar[:1] for bar in opening)
            opening = (opening[0], opening[0]) if self.rng.random() < 0.4 else opening
        return opening if self.two_chords else tuple(bar[:1] for bar in opening)

    def _close(self, bars: int, cadence: str, *, contrast: bool) -> Formula:
        formulas = list(self.idiom.closes(cadence))
        if self.is_fast or not self.two_chords:
            formulas = [tuple(bar[-1:] for bar in formula) for formula in formulas]
        if bars == 1:
            return (self.rng.choice(formulas)[-1],)
        if bars == 2 and not contrast:
            close = self.rng.choice(formulas)
            return self._short(close)
        # Long closes need a phrase that has room for a beginning.
        room = bars - 2 if bars > 3 else bars - 1
        return self.rng.choice([formula for formula in formulas if len(formula) <= max(2, room)])

    def _short(self, close: Formula) -> Formula:
        """Two bars that still begin on the tonic: ``I V7 | I``."""
        before = close[-2][-1]
        first = (self.idiom.tonic, before) if self.two_chords and before != self.idiom.tonic else (self.idiom.tonic,)
        return (first if self.two_chords else (before,), close[-1])

    def _ending(self, phrase: _Phrase) -> _Phrase:
        """The piece closes on the tonic alone; a long last phrase gets a plagal afterthought."""
        close: Formula = (*phrase.close[:-1], (self.idiom.tonic,))
        if len(phrase.bars) >= 6 and len(phrase.opening) >= 4:
            tag = min(self.idiom.plagal, key=len)[-2:]
            close = (*close, tag[0][-1:], (self.idiom.tonic,))
            return _Phrase(opening=phrase.opening[:-2], close=close)
        return replace(phrase, close=close)


# --------------------------------------------------------------------------------------- smoothness


def _roughness(bars: Formula, idiom: Idiom, mode: str) -> float:
    """Cost of the joins inside a phrase; 0 is smooth."""
    chain = [roman for bar in bars for roman in bar]
    cost = math.fsum(_join_cost(one, two, idiom, mode) for one, two in pairwise(chain))
    prepared = any(parse_numeral(roman, mode).degree in _PREDOMINANT for roman in chain[:-1])
    return cost if prepared or not idiom.functional or len(bars) < 4 else cost + 1.5


def _falling_bass(bars: Sequence[Bar], mode: str) -> float:
    """Share of the joins at which the bass falls by step, in [0, 1]."""
    basses = [chord_on_c(roman, mode).bass for bar in bars for roman in bar]
    falls = [(one - two) % 12 in (1, 2) for one, two in pairwise(basses)]
    return sum(falls) / max(1, len(falls))


def _join_cost(one: str, two: str, idiom: Idiom, mode: str) -> float:
    if one == two:
        return 2.5
    first, second = parse_numeral(one, mode), parse_numeral(two, mode)
    here, there = chord_on_c(one, mode), chord_on_c(two, mode)
    cost = 0.0
    if here.root == there.root:
        cost += 0.4
    elif here.bass == there.bass:
        cost += 0.8
    if idiom.functional:
        if first.degree in _DOMINANT and second.degree in _PREDOMINANT:
            cost += 4.0
        elif first.degree in _DOMINANT and second.degree == 3:
            cost += 2.0
        if first.degree == 5 and first.inversion == 0 and second.degree == 1 and second.inversion == 2:
            cost += 3.0
        if first.degree == 2 and second.degree == 1 and second.inversion != 2:
            cost += 2.0
        if first.degree == 3 and second.degree in (1, 5, 7):
            cost += 1.0
    return cost


# ---------------------------------------------------------------------------------- harmonic rhythm


def _enrich(bars: list[Bar], sections: Sequence[Section], mode: str, share: float, rng: random.Random) -> list[Bar]:
    """Give ``share`` of the slow bars a second chord: the first inversion, which sets the bass in motion."""
    ends = phrase_ends(sections)
    result: list[Bar] = []
    for index, bar in enumerate(bars):
        draw = rng.random()
        inverted = bar[0] + "6"
        plain = bar[0] in ("I", "i", "IV", "iv", "V", "v")
        following = bars[index + 1][0] if index + 1 < len(bars) else ""
        fits = len(bar) == 1 and plain and index + 1 not in ends and following not in (inverted, bar[0])
        if fits and draw < share and not _same_bass(inverted, following, mode):
            result.append((bar[0], inverted))
        else:
            result.append(bar)
    return result


def _same_bass(one: str, two: str, mode: str) -> bool:
    return bool(two) and chord_on_c(one, mode).bass == chord_on_c(two, mode).bass
