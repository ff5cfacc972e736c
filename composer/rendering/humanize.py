"""Small departures from the grid, as players make them: for MIDI and audio, never for the notation.

Timing wanders slowly and jitters a little (the 1/f noise of human timing: Gilden, Thornton & Mallon 1995; Hennig et al.
2011), the melody is a few milliseconds ahead (Palmer 1996), loudness wavers, and the last bars slow down as a runner
comes to a stop (Friberg & Sundberg 1999). How far was measured: on drummers for drums (`composer.grooves.DrumTouch`),
on pianists for all others (`composer.playing.Playing`). Chords are not quite together, and their highest stands out,
where hands strike or pluck them; what bows and breath hold begins together. All of it is scaled by one amount and
drawn from one seed: the same piece is played the same way.

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

from composer.gm import INSTRUMENTS
from composer.grooves import DRUM_KEYS, load_grooves
from composer.playing import load_playing
from composer.types import TICKS_PER_QUARTER, Instrument, Note, Score

__all__ = ["humanized", "slowing"]

_LEAD_MS = 10.0
"""How far the melody is ahead at amount 1."""
_MOST_MS = 45.0
_LOUDNESS = 0.6
"""Share of the players' spread of velocity, as of the drummers' accents: the plan's dynamics need room."""
_LAST_TEMPO = 0.45
"""What the final ritardando takes from the tempo at amount 1."""
_CURVE = 3.0
"""Friberg & Sundberg's q: the curve of a runner who stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """The departures of a part at amount 1: times in milliseconds, spreads as standard deviations.

    ``late`` is what single pitches are behind, negative ahead; ``spread`` the time between two notes of a chord, whose
    highest one is ``top`` louder than the others.
    """

    wander: float
    jitter: float
    memory: float
    loud: float
    loud_jitter: float
    loud_memory: float
    spread: float = 0.0
    top: float = 0.0
    late: Mapping[int, float] = field(default_factory=dict)


def _manner(instrument: Instrument) -> _Manner:
    """The manner of a part."""
    if instrument.is_drums:
        return _drummer()
    playing = load_playing()
    struck = not INSTRUMENTS[instrument.program].sustains
    return _Manner(
        wander=playing.wander_ms,
        jitter=playing.jitter_ms,
        memory=playing.memory,
        loud=_LOUDNESS * playing.loud_wander,
        loud_jitter=_LOUDNESS * playing.loud_jitter,
        loud_memory=playing.loud_memory,
        spread=playing.spread_ms if struck else 0.0,
        top=_LOUDNESS * playing.top_louder if struck else 0.0,
    )


def _drummer() -> _Manner:
    touch = load_grooves().touch
    return _Manner(
        wander=touch.wander_ms,
        jitter=touch.jitter_ms,
        memory=touch.memory,
        loud=_LOUDNESS * touch.loud_wander,
        loud_jitter=_LOUDNESS * touch.loud_jitter,
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
    if amount <= 0:
        return [list(notes) for notes in parts]
    plan, end = score.plan, score.end_tick
    per_ms = TICKS_PER_QUARTER * plan.tempo_bpm / 60_000
    played = []
    for number, (instrument, notes) in enumerate(zip(plan.instruments, parts, strict=True)):
        chance = random.Random(f"{seed}/humanize/{number}")
        manner = _manner(instrument)
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
    for number, note in enumerate(notes):
        if not together or note.onset != together[0].onset:
            together = []
            slow = manner.memory * slow + chance.gauss(0, manner.wander * (1 - manner.memory**2) ** 0.5)
            loud = manner.loud_memory * loud + chance.gauss(0, manner.loud * (1 - manner.loud_memory**2) ** 0.5)
        late = slow + chance.gauss(0, manner.jitter) + manner.spread * min(len(together), 4)
        late += manner.late.get(note.pitch, 0.0)
        together.append(note)
        moved = max(-_MOST_MS, min(_MOST_MS, share * late - ahead)) * per_ms
        onset = max(0, min(end - 1, round(note.onset + moved)))
        below = number + 1 < len(notes) and notes[number + 1].onset == note.onset
        louder = loud + chance.gauss(0, manner.loud_jitter) - manner.top * below
        velocity = max(1, min(127, round(note.velocity + share * louder)))
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
