"""The length of a piece: a duration as a person writes it, and the bars and tempo that last so long.

A piece nobody gave a length lasts about a minute at the tempo of its feeling. One that was given a duration takes a
number of bars that phrases divide well, and the tempo moves by as little as makes it exact; it never leaves the
`TEMPO_FREEDOM` within which a feeling's tempo may lie.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from composer.errors import UsageError
from composer.types import MAX_BARS

__all__ = ["LEVEL_BARS", "TEMPO_FREEDOM", "Length", "fit_duration", "parse_duration", "usual_bars"]

LEVEL_BARS = 16
"""A piece at a level of difficulty, when nobody says otherwise: a page."""
TEMPO_FREEDOM = 0.08
"""Share by which a tempo may differ from the feeling's: people who sing a song that they know from memory keep within
it in 72 % of cases (Levitin & Cook, *Perception & Psychophysics* 58, 1996), so it passes for the same tempo."""
_SHORTEST_S, _LONGEST_S = 5.0, 600.0
_USUAL_S = 60.0
_USUAL_BARS = (8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 72, 80, 96)
_SLOWEST_BPM, _FASTEST_BPM = 20.0, 300.0
_UNEVEN = {0: 0.0, 4: 0.15, 2: 0.6, 6: 0.6}
"""Cost of a number of bars by what is left over from eights, in units of the whole freedom of tempo."""
_ODD = 1.2
_ALLOWED = "90s, 1:30, 1m30s or 1.5min, from 5 seconds to 10 minutes"
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:\.\d+)?)")
_WORDS = re.compile(
    r"(?:(\d+(?:\.\d+)?)\s*(?:m|min|mins|minute|minutes))?\s*(?:(\d+(?:\.\d+)?)\s*(?:s|sec|secs|second|seconds)?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A number of bars and the tempo in quarter notes per minute at which they last as long as asked."""

    bars: int
    tempo_bpm: float


def parse_duration(text: str) -> float:
    """Seconds of ``"1:30"``, ``"90s"``, ``"90"``, ``"1m30s"`` or ``"1.5 min"``.

    Raises
    ------
    UsageError
        The text is no duration, or one outside 5 seconds to 10 minutes.
    """
    trimmed = text.strip().lower()
    clock, words = _CLOCK.fullmatch(trimmed), _WORDS.fullmatch(trimmed)
    if clock:
        hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        found = 3600 * hours + 60 * minutes + seconds
    elif words and (words[1] or words[2]):
        found = 60 * float(words[1] or 0) + float(words[2] or 0)
    else:
        raise UsageError(f"--duration: {text!r} is no duration", hint=f"write {_ALLOWED}")
    if not _SHORTEST_S <= found <= _LONGEST_S:
        raise UsageError(f"--duration: {text!r} is {found:g} seconds", hint=f"write {_ALLOWED}")
    return found


def usual_bars(bar_quarters: float, tempo_bpm: float, beside: int = 0) -> int:
    """Bars, in fours and eights, of a piece that lasts about a minute.

    Parameters
    ----------
    bar_quarters : length of a bar in quarter notes.
    tempo_bpm : quarter notes per minute.
    beside : bars that the piece has beside these.
    """
    bar_s = bar_quarters * 60 / tempo_bpm
    return min(_USUAL_BARS, key=lambda bars: (abs(math.log((bars + beside) * bar_s / _USUAL_S)), bars))


def fit_duration(seconds: float, bar_quarters: float, tempo_bpm: float, *, fixed_tempo: bool = False) -> Length:
    """Bars and tempo that last `seconds`.

    Parameters
    ----------
    seconds : what the piece should last, from its first beat to its final bar line.
    bar_quarters : length of a bar in quarter notes.
    tempo_bpm : the tempo of the feeling, or the one that was asked for.
    fixed_tempo : the tempo was asked for and stays; the length is then right to half a bar.

    Raises
    ------
    UsageError
        No number of bars from 1 to `MAX_BARS` lasts so long.
    """
    exact = seconds * tempo_bpm / 60 / bar_quarters  # bars at that tempo
    if fixed_tempo:
        bars = max(1, round(exact))
        _check(bars, seconds, tempo_bpm)
        return Length(bars=bars, tempo_bpm=tempo_bpm)
    nearest = max(1, round(exact))
    tempos = {bars: bars * bar_quarters * 60 / seconds for bars in range(1, 2 * nearest + 1)}
    allowed = [bars for bars, bpm in tempos.items() if abs(bpm / tempo_bpm - 1) <= TEMPO_FREEDOM] or [nearest]
    bars = min(allowed, key=lambda bars: (_cost(bars, exact), bars))
    found = bars * bar_quarters * 60 / seconds
    _check(bars, seconds, found)
    return Length(bars=bars, tempo_bpm=round(found, 3))


def _cost(bars: int, exact: float) -> float:
    return abs(math.log(bars / exact)) / TEMPO_FREEDOM + _UNEVEN.get(bars % 8, _ODD)


def _check(bars: int, seconds: float, tempo_bpm: float) -> None:
    if bars > MAX_BARS or not _SLOWEST_BPM <= tempo_bpm <= _FASTEST_BPM:
        raise UsageError(
            f"--duration: {seconds:g} seconds would be {bars} bars at {tempo_bpm:.0f} quarter notes a minute",
            hint=f"ask for at most {MAX_BARS} bars: a shorter piece, a slower --tempo or a longer --meter",
        )
