"""Controllers, what players do beside striking notes: swells of held sounds (11) and the piano's pedal (64).

Both are read from the plan, not from chance. Velocities hold the dynamics at the onset of each note; expression lets a
held note follow the curve, and widens it a little for those who can swell. The pedal joins the notes of a broken chord
and is changed with the harmony (S. Banowetz, *The Pianist's Guide to Pedaling*, 1985): it goes down a moment after the
new chord has sounded, and only where nothing but the chord's own tones would ring on.

Conventions
-----------
* Ticks from the first bar line; controller values 0..127; channels do not matter here.
"""

from __future__ import annotations

from collections.abc import Sequence

from composer.gm import INSTRUMENTS
from composer.theory import parse_chord
from composer.types import Instrument, Note, Score

__all__ = ["EXPRESSION", "SUSTAIN", "expression", "pedal"]

EXPRESSION, SUSTAIN = 11, 64
_STEP = 240
"""Expression moves in eighths."""
_SOFTEST, _LOUDEST = 84, 124
"""Expression at levels 0 and 1 of the plan's dynamics: 7 dB apart in General MIDI's curve, on top of the velocities."""
_PIANOS = frozenset(range(6))
_LEGATO = 0.7
"""Articulation from which the pedal is idiomatic."""
_DELAY = 60
"""Ticks from the new chord to the pedal."""


def expression(score: Score, instrument: Instrument) -> list[tuple[int, int]]:
    """(tick, value) wherever it changes; empty for instruments whose sound dies away by itself."""
    if instrument.is_drums or not INSTRUMENTS[instrument.program].sustains:
        return []
    levels, timeline = score.plan.dynamics, score.timeline
    out: list[tuple[int, int]] = []
    for tick in range(0, score.end_tick, _STEP):
        number = timeline.bar_at(tick)
        bar = timeline.bars[number]
        here, after = levels[number], levels[min(number + 1, len(levels) - 1)]
        level = here + (after - here) * (tick - bar.start) / bar.length
        value = round(_SOFTEST + (_LOUDEST - _SOFTEST) * level)
        if not out or out[-1][1] != value:
            out.append((tick, value))
    return out


def pedal(score: Score, instrument: Instrument, notes: Sequence[Note]) -> list[tuple[int, int]]:
    """(tick, 127 or 0): down in each chord that the part breaks, up where the chord changes; empty for other sounds."""
    if instrument.is_drums or instrument.program not in _PIANOS or score.plan.articulation < _LEGATO:
        return []
    out: list[tuple[int, int]] = []
    for start, end, tones in _spans(score):
        here = [note for note in notes if start <= note.onset < end]
        ringing = [note for note in notes if note.onset < end and note.end > start + _DELAY]
        broken = len({note.onset for note in here}) > 1
        if broken and end - start > 2 * _DELAY and all(note.pitch % 12 in tones for note in ringing):
            out += [(start + _DELAY, 127), (end, 0)]
    return out


def _spans(score: Score) -> list[tuple[int, int, frozenset[int]]]:
    """(start, end, pitch classes) of the chords; a chord that stays is pedalled anew in every bar."""
    starts = dict(score.chord_ticks())
    symbol = starts[0]
    spans: dict[int, str] = {}
    for tick in sorted({*starts, *(bar.start for bar in score.timeline.bars)}):
        symbol = starts.get(tick, symbol)
        spans[tick] = symbol
    ends = [*list(spans)[1:], score.end_tick]
    return [
        (start, end, parse_chord(name).pitch_classes) for (start, name), end in zip(spans.items(), ends, strict=True)
    ]
