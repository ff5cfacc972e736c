"""The performance of grid notes as a score: ticks, sounding pitches, and velocities that follow the plan's dynamics.

Velocities are a rule, not a token: dynamics curve, metrical accent, phrase arch, height in the line and the part's
place in the texture (Friberg, Bresin & Sundberg 2006, the KTH performance rules, in reduced form). A fifth of the
training scores have flat velocities and most of the rest synthetic ones; the plan's curve is what a person edits.
"""

from __future__ import annotations

import math

from composer.dynamics import velocity_of
from composer.music.blocks import GridNote
from composer.music.drums import drum_bars
from composer.music.tokens import GRID
from composer.theory import Meter
from composer.types import TICKS_PER_QUARTER, MusicalPlan, Note, Score, Section, Track

__all__ = ["assemble"]

_TICKS_PER_STEP = TICKS_PER_QUARTER // GRID
_ROLE_LEVEL = {"melody": 8, "counter": -2, "harmony": -10, "bass": -3, "drums": -6}
_ARCH = 6.0
"""How much louder the middle of a phrase is than its ends."""
_HIGH_LOUD, _HIGH_LOUD_MOST = 0.6, 6.0
"""Velocity per semitone above the part's mean, and the most it adds or takes."""


def assemble(plan: MusicalPlan, notes: dict[int, list[list[GridNote]]], *, shift: int) -> Score:
    """Build the score: ``notes[part][bar]`` in canonical pitch; drums are added where the plan has them."""
    tracks = []
    for index, instrument in enumerate(plan.instruments):
        if instrument.is_drums:
            bars, down = drum_bars(plan), 0
        else:
            bars, down = notes[index], shift
        tracks.append(Track(instrument=instrument, notes=_track_notes(plan, bars, instrument.role, down)))
    return Score(plan=plan, tracks=tuple(tracks))


def _track_notes(plan: MusicalPlan, bars: list[list[GridNote]], role: str, shift: int) -> tuple[Note, ...]:
    length = plan.time.bar_ticks
    pitches = [note.pitch for bar in bars for note in bar]
    middle = sum(pitches) / max(len(pitches), 1)
    out = []
    for number, bar in enumerate(bars):
        for note in bar:
            onset = number * length + note.position * _TICKS_PER_STEP
            height = 0.0 if role == "drums" else _HIGH_LOUD * (note.pitch - middle)
            height = max(-_HIGH_LOUD_MOST, min(_HIGH_LOUD_MOST, height))
            out.append(
                Note(
                    onset=onset,
                    pitch=note.pitch - shift,
                    duration=min(note.length * _TICKS_PER_STEP, plan.bars * length - onset),
                    velocity=_velocity(plan, number, note.position * _TICKS_PER_STEP, role, height),
                )
            )
    return tuple(sorted(out))


def _velocity(plan: MusicalPlan, bar: int, tick: int, role: str, height: float) -> int:
    """Velocity 1..127 of a note at a tick of a bar; ``height`` is what its pitch adds."""
    length = plan.time.bar_ticks
    here, after = plan.dynamics[bar], plan.dynamics[min(bar + 1, plan.bars - 1)]
    level = here + (after - here) * tick / length
    section = next(s for s in plan.sections if s.start_bar - 1 <= bar < s.end_bar)
    value = velocity_of(level) + _ROLE_LEVEL[role] + _accent(plan.time, tick) + height
    return max(1, min(127, round(value + _ARCH * (_phrase_arch(section, bar + tick / length) - 0.5))))


def _accent(meter: Meter, tick: int) -> float:
    """Downbeat strongest, then the bar's middle, the beats, and what lies between."""
    if tick == 0:
        return 8.0
    if tick * 2 == meter.bar_ticks:
        return 4.0
    return 1.0 if tick % meter.beat_ticks == 0 else -5.0


def _phrase_arch(section: Section, place: float) -> float:
    """0 at a phrase's ends, 1 in its middle; ``place`` in bars from the piece's start."""
    start = float(section.start_bar - 1)
    for length in section.phrases:
        if place < start + length:
            return math.sin(math.pi * (place - start) / length)
        start += length
    return 0.0
