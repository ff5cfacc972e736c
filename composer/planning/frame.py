"""The frame of a piece: an opening before its tune, an interlude before the tune comes back, a codetta after its last
cadence, and the manner of the last bar.

An opening and an interlude are two bars of the accompaniment's figure alone, as songs have them: in songs of our
training scores the voice is silent in .28 of the bars, in quartets the leading part in .07. A codetta repeats the
close, with the subdominant (a plagal echo) or the dominant (W. Caplin, *Classical Form*, chapter 1). They stand where
the length allows: in a piece whose length nobody gave, and but for the interlude in a given one whose bars are not all
needed for its phrases.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from composer.gm import INSTRUMENTS, KEYBOARD_PROGRAMS
from composer.planning.form import restated_letter
from composer.types import Instrument, Section

__all__ = ["CODETTA", "INTERLUDE", "Frame", "can_fade", "choose_ending", "choose_frame", "ending_reason", "framed"]

OPENING, INTERLUDE, CODETTA = "Intro", "Interlude", "Codetta"
_OPENINGS, _INTERLUDES, _CODETTAS, _PLAGAL, _FADING = 0.6, 0.4, 0.4, 0.55, 0.5
"""Shares of the pieces that open with their figure, that have an interlude and a codetta, of the codettas that are
plagal, and of the pieces with a figure and a bass to hold beneath it that fade out on the figure."""
_LEADING = 0.5
"""Share of the openings that end on the dominant."""
_BARS = 2
_LEAST_BARS, _AMPLE_BARS = 9, 20
"""Bars from which on a piece may give two that its phrases leave over, and four that they would fill."""
_LIVELY = 0.55
"""Arousal from which on a piece ends on a chord: what is lively does not fade."""
_THINNER, _LOWER = 0.6, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Bars of the opening, the interlude and the codetta; 0 where there is none."""

    opening: int = 0
    interlude: int = 0
    codetta: int = 0

    @property
    def bars(self) -> int:
        """Bars of all of them."""
        return self.opening + self.interlude + self.codetta


def choose_frame(bars: int | None, instruments: Sequence[Instrument], rng: random.Random) -> Frame:
    """Choose whether to open and to close apart, and whether the accompaniment has a word of its own between.

    Parameters
    ----------
    bars : of the whole piece where somebody gave them; None where the frame is added to what its phrases take.
    instruments : who plays; without an accompaniment there is nothing to open with.
    rng : decides.
    """
    opens, closes = rng.random() < _OPENINGS, rng.random() < _CODETTAS
    accompanied = any(part.role in ("harmony", "bass") for part in instruments)
    if bars is None:
        between = rng.random() < _INTERLUDES
        return Frame(
            opening=_BARS if opens and accompanied else 0,
            interlude=_BARS if between and accompanied else 0,
            codetta=_BARS if closes else 0,
        )
    if bars >= _AMPLE_BARS and bars % 4 == 0 and opens and closes and accompanied:
        return Frame(opening=_BARS, codetta=_BARS)
    if bars < _LEAST_BARS or bars % 4 != _BARS:
        return Frame()
    return Frame(opening=_BARS) if accompanied and not closes else Frame(codetta=_BARS)


def framed(sections: tuple[Section, ...], frame: Frame, rng: random.Random) -> tuple[Section, ...]:
    """Put the frame's bars before, between and after sections that begin at bar 1 and are as long as the rest."""
    last = sections[-1]
    plagal, leads = rng.random() < _PLAGAL, rng.random() < _LEADING
    made = list(sections)
    if frame.interlude:
        place = _homecoming(sections)
        made.insert(place, _alone(sections[place], INTERLUDE, frame.interlude, leads=True))
    if frame.opening:
        made.insert(0, _alone(sections[0], OPENING, frame.opening, leads=leads))
    if frame.codetta:
        codetta = replace(
            last,
            name=CODETTA,
            bars=frame.codetta,
            phrases=(frame.codetta,),
            varies=None,
            variation=None,
            cadence="plagal" if plagal else "authentic",
            density=max(0.25, round(last.density * _THINNER, 2)),
            register=max(-24, last.register - _LOWER),
        )
        made.append(codetta)
    start, moved = 1, []
    for section in made:
        moved.append(replace(section, start_bar=start))
        start += section.bars
    return tuple(moved)


def _homecoming(sections: tuple[Section, ...]) -> int:
    """The last section that comes back after another idea, or else the one in the middle."""
    letters = [restated_letter(section) for section in sections]
    returns = [i for i, letter in enumerate(letters) if letter in letters[:i] and letter != letters[i - 1]]
    return returns[-1] if returns else len(sections) // 2


def _alone(section: Section, name: str, bars: int, *, leads: bool) -> Section:
    """The accompaniment alone before a section; it ends on the dominant where it ``leads``."""
    return replace(
        section,
        name=name,
        bars=bars,
        phrases=(bars,),
        varies=None,
        variation=None,
        cadence="half" if leads else "authentic",
        opening=True,
    )


def choose_ending(instruments: Sequence[Instrument], arousal: float, rng: random.Random) -> str:
    """``"figure"`` where an accompaniment fades out over a held bass, else ``"held"``."""
    draw = rng.random()
    return "figure" if can_fade(instruments) and arousal < _LIVELY and draw < _FADING else "held"


def can_fade(instruments: Sequence[Instrument]) -> bool:
    """Whether an accompaniment that plays chords and a bass are there."""
    chords = [part for part in instruments if part.role == "harmony" and INSTRUMENTS[part.program].polyphonic]
    bass = any(part.role == "bass" for part in instruments) or any(part.program in KEYBOARD_PROGRAMS for part in chords)
    return bool(chords) and bass


def ending_reason(ending: str) -> str:
    """Say how the last bar sounds."""
    if ending == "figure":
        return "the accompaniment's figure comes to rest over the tonic, which the tune and the bass hold"
    return "all parts hold the tonic chord"
