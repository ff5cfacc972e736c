"""Small departures from the grid, as players make them: for MIDI and audio, never for the notation.

Timing wanders slowly and jitters a little (the 1/f noise of human timing: Gilden, Thornton & Mallon 1995; Hennig et al.
2011), the melody is a few milliseconds ahead (Palmer 1996), chords are not quite together, loudness wavers, and the
last bars slow down as a runner comes to a stop (Friberg & Sundberg 1999). Drums do what was measured on drummers
(`composer.grooves.DrumTouch`). All of it is scaled by one amount and drawn
from one seed: the same piece is played the same way.

Conventions
-----------
* ``amount`` is 0 (as written) to 1 (a free performance); 0.5 is a steady player.
* Times in ticks; deviations are set in milliseconds of the plan's tempo.
* Notes stay in order, within the piece, and never overlap another of their pitch on their channel.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from composer.grooves import DRUM_KEYS, load_grooves
from composer.types import TICKS_PER_QUARTER, Note, Score

__all__ = ["humanized", "slowing"]

_WANDER_MS, _JITTER_MS = 14.0, 5.0
"""Standard deviations of the slow and the quick part of timing, at amount 1."""
_MEMORY = 0.9
"""How much of the slow deviation is left at the next onset."""
_LEAD_MS, _SPREAD_MS = 10.0, 8.0
"""How far the melody is ahead, and a chord is spread from bottom to top, at amount 1."""
_LOUDNESS = 7.0
"""Standard deviation of velocity at amount 1."""
_MOST_MS = 45.0
_DRUM_LOUDNESS = 0.6
"""Share of the drummers' spread of velocity, as of their accents: the plan's dynamics need room."""
_LAST_TEMPO = 0.45
"""What the final ritardando takes from the tempo at amount 1."""
_CURVE = 3.0
"""Friberg & Sundberg's q: the curve of a runner who stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """The departures of a part at amount 1: times in milliseconds, spreads as standard deviations.

    ``late`` is what single pitches are behind; negative ahead.
    """

    wander: float = _WANDER_MS
    jitter: float = _JITTER_MS
    memory: float = _MEMORY
    spread: float = _SPREAD_MS
    loud: float = _LOUDNESS
    loud_jitter: float = _LOUDNESS / 2
    loud_memory: float = _MEMORY
    late: Mapping[int, float] = field(default_factory=dict)


def _drummer() -> _Manner:
    touch = load_grooves().touch
    return _Manner(
        wander=touch.wander_ms,
        jitter=touch.jitter_ms,
        memory=touch.memory,
        spread=0.0,
        loud=_DRUM_LOUDNESS * touch.loud_wander,
        loud_jitter=_DRUM_LOUDNESS * touch.loud_jitter,
        loud_memory=touch.loud_memory,
        late={key: touch.late_ms.get(role, 0.0) for role, key in reversed(DRUM_KEYS.items())},
    )


def humanized(
    score: Score, parts: Sequence[Sequence[Note]], channels: Sequence[int], *, amount: float, seed: int
) -> list[list[Note]]:
    """The notes of every part as played.

    Parameters
    ----------
    score : Score
        For tempo, length and roles.
    parts : sequence of sequences of Note
        As they would sound without; no pitch twice at a time on a channel.
    channels : sequence of int
        Of the parts.
    amount : float
        0..1.
    seed : int
        The same seed plays the same way.
    """
    plan, end = score.plan, score.end_tick
    per_ms = TICKS_PER_QUARTER * plan.tempo_bpm / 60_000
    played = []
    for number, (instrument, notes) in enumerate(zip(plan.instruments, parts, strict=True)):
        chance = random.Random(f"{seed}/humanize/{number}")
        manner = _drummer() if instrument.is_drums and amount > 0 else _Manner()
        ahead = _LEAD_MS * amount if instrument.role == "melody" and len(parts) > 1 else 0.0
        played.append(_played(notes, chance, manner, (amount, ahead, per_ms), end))
    return _untangled(parts, played, channels, end)


def _played(
    notes: Sequence[Note], chance: random.Random, manner: _Manner, scale: tuple[float, float, float], end: int
) -> list[Note]:
    """The notes of a part; ``scale`` is the amount, how far it is ahead in milliseconds, and ticks per millisecond."""
    share, ahead, per_ms = scale
    out: list[Note] = []
    slow = loud = 0.0
    together: list[Note] = []
    for note in notes:
        if not together or note.onset != together[0].onset:
            together = []
            slow = manner.memory * slow + chance.gauss(0, manner.wander * (1 - manner.memory**2) ** 0.5)
            loud = manner.loud_memory * loud + chance.gauss(0, manner.loud * (1 - manner.loud_memory**2) ** 0.5)
        late = slow + chance.gauss(0, manner.jitter) + manner.spread * min(len(together), 4) / 4
        late += manner.late.get(note.pitch, 0.0)
        together.append(note)
        moved = max(-_MOST_MS, min(_MOST_MS, share * late - ahead)) * per_ms
        onset = max(0, min(end - 1, round(note.onset + moved)))
        velocity = max(1, min(127, round(note.velocity + share * (loud + chance.gauss(0, manner.loud_jitter)))))
        # What is held to the last bar line still ends there.
        length = end - onset if note.end >= end else max(1, min(note.duration, end - onset))
        out.append(replace(note, onset=onset, duration=length, velocity=velocity))
    return out


def _untangled(
    written: Sequence[Sequence[Note]], played: Sequence[Sequence[Note]], channels: Sequence[int], end: int
) -> list[list[Note]]:
    """Order and distance of the notes of each pitch on each channel, as they were written."""
    lines: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for part, notes in enumerate(written):
        for index, note in enumerate(notes):
            lines.setdefault((channels[part], note.pitch), []).append((part, index))
    out = [list(notes) for notes in played]
    for line in lines.values():
        line.sort(key=lambda place: (written[place[0]][place[1]].onset, place))
        onsets: list[int] = []
        for part, index in line:
            onsets.append(max(out[part][index].onset, onsets[-1] + 1 if onsets else 0))
        after, limit = end, end
        for (part, index), at in zip(reversed(line), reversed(onsets), strict=True):
            note, was = out[part][index], written[part][index]
            onset = min(at, limit - 1)
            touching = was.end >= after or limit - onset == 1
            length = max(1, min(note.duration, limit - onset - (0 if touching else 1)))
            out[part][index] = replace(note, onset=onset, duration=length)
            after, limit = was.onset, onset
    return [sorted(notes) for notes in out]


def slowing(score: Score, amount: float) -> list[tuple[int, float]]:
    """Tempi of the final ritardando as (tick, quarter notes per minute): beat by beat through the last bar or two."""
    bars = score.timeline.bars
    beat, count = bars[-1].meter.beat_ticks, 2 if bars[-1].length <= 2 * TICKS_PER_QUARTER else 1
    if len(bars) < 4 or amount <= 0:
        return []
    start, end, tempo = bars[-count].start, score.end_tick, score.timeline.tempi[-1][1]
    last = 1 - _LAST_TEMPO * amount
    out = []
    for tick in range(start, end, beat):
        place = (tick - start + beat / 2) / (end - start)
        share = (1 + (last**_CURVE - 1) * place) ** (1 / _CURVE)
        out.append((tick, max(4.0, tempo * share)))
    return out
