"""The performance of grid notes as a score: ticks, sounding pitches, and velocities that follow the plan's dynamics.

Velocities are a rule, not a token: dynamics curve, metrical accent, height in the line and the part's place in the
texture (Friberg, Bresin & Sundberg 2006, the KTH performance rules, in reduced form). A fifth of the training scores
have flat velocities and most of the rest synthetic ones; the plan's curve is what a person edits. Within a phrase a
part swells where printed hairpins would open, and stresses what printed accents would (`composer.touch`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from composer.dynamics import velocity_of
from composer.music.blocks import GridNote, LayerNotes
from composer.music.drums import DrumNote, drum_bars
from composer.music.tokens import GRID
from composer.theory import Meter
from composer.touch import LineNote, touch_of
from composer.types import TICKS_PER_QUARTER, Instrument, MusicalPlan, Note, Score, Track

__all__ = ["assemble"]

_TICKS_PER_STEP = TICKS_PER_QUARTER // GRID
_ROLE_LEVEL = {"melody": 8, "counter": -2, "harmony": -10, "bass": -3, "drums": -6}
_SWELL, _STRESS = 4.0, 6.0
"""Velocity that the touch adds or takes within a phrase, and to an accented note; these stand from `_LOUD` on."""
_LOUD = 0.5
_HIGH_LOUD, _HIGH_LOUD_MOST = 0.6, 6.0
"""Velocity per semitone above the part's mean, and the most it adds or takes."""
_DRUM_ACCENT = 0.6
"""Share of the drummers' accents: theirs span all velocities, and the plan's dynamics need room."""


def assemble(plan: MusicalPlan, notes: LayerNotes, *, shift: int, seed: int = 0) -> Score:
    """Build the score: ``notes[part][bar]`` in canonical pitch; drums are added where the plan has them."""
    bass = next((index for index, part in enumerate(plan.instruments) if part.role == "bass" and index in notes), None)
    tracks = []
    for index, instrument in enumerate(plan.instruments):
        if instrument.is_drums:
            made = _drum_notes(plan, drum_bars(plan, [] if bass is None else notes[bass], seed=seed))
        else:
            made = list(_struck_again(_track_notes(plan, notes[index], instrument, shift)))
        tracks.append(Track(instrument=instrument, notes=tuple(sorted(made))))
    return Score(plan=plan, tracks=tuple(tracks))


def _struck_again(notes: list[Note]) -> Iterator[Note]:
    """The notes of a player whose hands meet on a pitch: what is struck again ends there, what both strike is one."""
    ordered = sorted(notes, key=lambda note: (note.pitch, note.onset, -note.duration))
    for _, same in groupby(ordered, lambda note: note.pitch):
        last: Note | None = None
        for note in same:
            if last is not None and note.onset > last.onset:
                yield replace(last, duration=min(last.duration, note.onset - last.onset))
            if last is None or note.onset > last.onset:
                last = note
        if last is not None:
            yield last


def _track_notes(plan: MusicalPlan, bars: list[list[GridNote]], instrument: Instrument, shift: int) -> list[Note]:
    pitches = [note.pitch for bar in bars for note in bar]
    middle = sum(pitches) / max(len(pitches), 1)
    touched = _touched(plan, bars, instrument)
    out = []
    for number, bar in enumerate(bars):
        for note in bar:
            height = max(-_HIGH_LOUD_MOST, min(_HIGH_LOUD_MOST, _HIGH_LOUD * (note.pitch - middle)))
            accent = _accent(plan.time, note.position * _TICKS_PER_STEP)
            accent += touched[number * plan.time.bar_steps + note.position]
            velocity = _velocity(plan, number, note.position * _TICKS_PER_STEP, instrument.role, height + accent)
            out.append(_note(plan, number, note, shift, velocity))
    return out


def _touched(plan: MusicalPlan, bars: list[list[GridNote]], instrument: Instrument) -> dict[int, float]:
    """What the touch of a part adds to the velocity of what begins at each step of the piece."""
    length = plan.time.bar_steps
    starts: dict[int, list[GridNote]] = {}
    for number, bar in enumerate(bars):
        for note in bar:
            starts.setdefault(number * length + note.position, []).append(note)
    line = [
        LineNote(step, step + top.length, top.pitch, len(starts[step]))
        for step in sorted(starts)
        for top in (max(starts[step], key=lambda note: note.pitch),)
    ]
    touch = touch_of(line, range(0, plan.bars * length, length), plan.time, instrument.program, plan.articulation)
    return {
        note.onset: _SWELL * own.swell + _STRESS * (own.accent and plan.dynamics[note.onset // length] >= _LOUD)
        for note, own in zip(line, touch, strict=True)
    }


def _drum_notes(plan: MusicalPlan, bars: list[list[DrumNote]]) -> list[Note]:
    out = []
    for number, bar in enumerate(bars):
        for note, own in bar:
            tick = note.position * _TICKS_PER_STEP
            accent = _accent(plan.time, tick) if own is None else _DRUM_ACCENT * own
            out.append(_note(plan, number, note, 0, _velocity(plan, number, tick, "drums", accent)))
    return out


def _note(plan: MusicalPlan, bar: int, note: GridNote, shift: int, velocity: int) -> Note:
    onset = bar * plan.time.bar_ticks + note.position * _TICKS_PER_STEP
    return Note(
        onset=onset,
        pitch=note.pitch - shift,
        duration=min(note.length * _TICKS_PER_STEP, plan.bars * plan.time.bar_ticks - onset),
        velocity=velocity,
    )


def _velocity(plan: MusicalPlan, bar: int, tick: int, role: str, accent: float) -> int:
    """Velocity 1..127 of a note at a tick of a bar; ``accent`` is what its place and pitch add."""
    length = plan.time.bar_ticks
    here, after = plan.dynamics[bar], plan.dynamics[min(bar + 1, plan.bars - 1)]
    level = here + (after - here) * tick / length
    return max(1, min(127, round(velocity_of(level) + _ROLE_LEVEL[role] + accent)))


def _accent(meter: Meter, tick: int) -> float:
    """Downbeat strongest, then the bar's middle, the beats, and what lies between."""
    if tick == 0:
        return 8.0
    if tick * 2 == meter.bar_ticks:
        return 4.0
    return 1.0 if tick % meter.beat_ticks == 0 else -5.0
