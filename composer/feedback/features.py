"""The features that preferences are learnt over: eight readable numbers of a plan or of its notes.

Each is in steps that one hears: its unit is divided by about what one press of a nudge moves. `score_features` counts
density, register, polyphony and consonance in the notes; `plan_features` says about where the notes of a plan will
stand. Two plans are compared, or two pieces, never a plan with a piece; a place that was learnt from pieces holds for
plans (benchmarks/feedback/scales.csv).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from composer.theory import TICKS_PER_QUARTER
from composer.theory.modes import MODES
from composer.types import Instrument, MusicalPlan, Score, Track

__all__ = ["FEATURES", "USUAL", "Vector", "plan_features", "score_features"]

Vector = NDArray[np.float64]

FEATURES: dict[str, str] = {
    "valence": "how pleasant the plan's target is, in steps of 0.3",
    "arousal": "how excited the plan's target is, in steps of 0.3",
    "tempo": "tempo, in steps of 0.3 octaves (23 %)",
    "density": "notes per second of the leading part, in steps of half an octave",
    "register": "height of the leading part, in steps of 5 semitones",
    "brightness": "brightness of the mode, in steps of two sharps (major 0, minor -1.5)",
    "polyphony": "notes that sound together, in steps of 1.5",
    "consonance": "share of plain triads (plan), or of consonant intervals (notes), in steps of 25 % and 10 %",
}
"""Name -> what it counts, in the order of every vector."""

USUAL: Vector = np.array([0.0, 0.0, 0.0, 2.1, 0.0, -0.7, 2.6, 9.2])
"""The features of a usual piece; what is learnt of places is learnt around it."""

_FEELING, _TEMPO, _DENSITY, _REGISTER, _BRIGHTNESS, _POLYPHONY = 0.3, 0.3, 0.5, 5.0, 2.0, 1.5
_PLAIN_CHORDS, _CONSONANT_PAIRS = 0.25, 0.1
_SILENT_VOICES, _CONSONANT_ANYWAY = 1.2, 6.3
"""How far the notes lie from the plan, in steps: not all voices sound on each beat; sevenths hold consonances."""
_USUAL_TEMPO, _MIDDLE = 97.6, 72
_CHORD_VOICES = 3
_CONSONANT = {0, 3, 4, 5, 7, 8, 9}
_PLAIN_SYMBOL = frozenset(("", "m"))


def plan_features(plan: MusicalPlan) -> Vector:
    """Features of a plan, eight numbers in the order of `FEATURES`, about where those of its notes will be."""
    density = sum(section.density * section.bars for section in plan.sections) / plan.bars
    register = sum(section.register * section.bars for section in plan.sections) / plan.bars
    plain = sum(_is_plain(chord.symbol) for chord in plan.chords) / len(plan.chords)
    return np.array(
        [
            *_of_target(plan)[:3],
            math.log2(max(density * plan.tempo_bpm / 60, 0.05)) / _DENSITY,
            register / _REGISTER,
            _of_target(plan)[3],
            sum(_voices(instrument) for instrument in plan.instruments) / _POLYPHONY - _SILENT_VOICES,
            plain / _PLAIN_CHORDS + _CONSONANT_ANYWAY,
        ]
    )


def score_features(score: Score) -> Vector:
    """Features of a piece, eight numbers in the order of `FEATURES`; what can be is counted in its notes."""
    plan = score.plan
    pitched = [track for track in score.tracks if not track.instrument.is_drums and track.notes]
    lead = next((track for track in pitched if track.instrument.role == "melody"), pitched[0] if pitched else None)
    polyphony, consonant = _verticals(pitched)
    return np.array(
        [
            *_of_target(plan)[:3],
            math.log2(max(_notes_per_second(lead, score), 0.05)) / _DENSITY,
            (_mean_pitch(lead) - _MIDDLE) / _REGISTER,
            _of_target(plan)[3],
            polyphony / _POLYPHONY,
            consonant / _CONSONANT_PAIRS,
        ]
    )


def _of_target(plan: MusicalPlan) -> tuple[float, float, float, float]:
    """Valence, arousal, tempo and brightness: what a plan fixes for its notes too."""
    return (
        plan.valence / _FEELING,
        plan.arousal / _FEELING,
        math.log2(plan.tempo_bpm / _USUAL_TEMPO) / _TEMPO,
        MODES[plan.mode].signature_shift / _BRIGHTNESS,
    )


def _is_plain(symbol: str) -> bool:
    chord = symbol.split("/", 1)[0]
    return chord[1:].lstrip("#b") in _PLAIN_SYMBOL


def _voices(instrument: Instrument) -> int:
    if instrument.is_drums:
        return 0
    return instrument.voices or (_CHORD_VOICES if instrument.role == "harmony" else 1)


def _notes_per_second(lead: Track | None, score: Score) -> float:
    if lead is None:
        return 0.0
    seconds = score.end_tick / TICKS_PER_QUARTER * 60 / score.plan.tempo_bpm
    return len({note.onset for note in lead.notes}) / max(seconds, 0.001)


def _mean_pitch(lead: Track | None) -> float:
    return float(np.mean([note.pitch for note in lead.notes])) if lead is not None else float(_MIDDLE)


def _verticals(tracks: Sequence[Track]) -> tuple[float, float]:
    """Mean number of notes that sound on a beat where any does, and the share of their intervals that is consonant."""
    sounding: dict[int, set[int]] = defaultdict(set)
    for track in tracks:
        for note in track.notes:
            for beat in range(-(-note.onset // TICKS_PER_QUARTER), -(-note.end // TICKS_PER_QUARTER)):
                sounding[beat].add(note.pitch)
    pairs = [abs(a - b) % 12 in _CONSONANT for pitches in sounding.values() for a, b in combinations(pitches, 2)]
    counts = [len(pitches) for pitches in sounding.values()]
    return (float(np.mean(counts)) if counts else 0.0), (float(np.mean(pairs)) if pairs else 1.0)
