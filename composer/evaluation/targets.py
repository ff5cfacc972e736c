"""The targets of a piece, what was asked for against what was measured, on scales from 0 to 1 for a radar.

Conventions
-----------
* Each axis states both values in their own unit; the scale is only for the picture.
* What nothing was asked for, or could not be measured, is NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from composer.dynamics import level_of
from composer.evaluation.files import FileEvaluation
from composer.metrics.repetition import melodic_lines
from composer.midi.notes import MidiNotes
from composer.types import MusicalPlan

__all__ = ["Axis", "asked_and_measured"]

_SLOWEST, _FASTEST = 40.0, 240.0
_MOST_DENSE = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One thing asked for: both values in `unit`, and on the scale 0..1."""

    name: str
    unit: str
    asked: float
    measured: float
    asked_scaled: float
    measured_scaled: float


def asked_and_measured(found: FileEvaluation) -> tuple[Axis, ...]:
    """The axes of a file: tempo, loudness and so on with a plan; valence and arousal with a plan or picture."""
    axes: list[Axis] = []
    if found.plan is not None and found.symbolic is not None and found.midi is not None:
        axes += _of_plan(found, found.plan, found.midi)
    source = found.plan or found.perception
    if source is not None and found.midi is not None:
        heard = found.emotion
        for name in ("valence", "arousal"):
            measured = getattr(heard, name) if heard is not None else math.nan
            axes.append(_axis(name, "-1..1, measured: the judge's", getattr(source, name), measured, -1, 1))
    return tuple(axes)


def _of_plan(found: FileEvaluation, plan: MusicalPlan, midi: MidiNotes) -> list[Axis]:
    assert found.symbolic is not None
    assert found.adherence is not None
    facts = found.symbolic.facts
    loudness = level_of(facts.velocity_mean)
    density = sum(section.density * section.bars for section in plan.sections) / plan.bars
    tempo = _axis(
        "tempo",
        "quarter notes a minute",
        plan.tempo_bpm,
        facts.tempo_bpm,
        math.log(_SLOWEST),
        math.log(_FASTEST),
        log=True,
    )
    chord_tones = found.chord_tones if found.chord_tones is not None else math.nan
    return [
        tempo,
        _axis("loudness", "level, 0..1", sum(plan.dynamics) / len(plan.dynamics), loudness, 0, 1),
        _axis("density", "onsets a quarter note, leading part", density, _lead_density(plan, midi), 0, _MOST_DENSE),
        _axis("articulation", "sounding share", plan.articulation, facts.gate, 0, 1),
        _axis("in key or chord", "share of notes", 1.0, found.adherence.in_scale_or_chord, 0, 1),
        _axis("chord tones", "share of notes; nobody asks for all", math.nan, chord_tones, 0, 1),
    ]


def _lead_density(plan: MusicalPlan, midi: MidiNotes) -> float:
    """Onsets per quarter note of the line in the melody's place (or of the first line)."""
    lines = melodic_lines(midi)
    pitched = [part for part in plan.instruments if not part.is_drums]
    lead = next((index for index, part in enumerate(pitched) if part.role == "melody"), 0)
    if lead >= len(lines) or midi.last_note_end <= 0:
        return math.nan
    return len(lines[lead]) / midi.last_note_end


def _axis(name: str, unit: str, asked: float, measured: float, low: float, high: float, *, log: bool = False) -> Axis:
    def scaled(value: float) -> float:
        place = (math.log(value) if log and value > 0 else value) - low
        return min(1.0, max(0.0, place / (high - low))) if math.isfinite(value) else math.nan

    return Axis(
        name=name,
        unit=unit,
        asked=asked,
        measured=measured,
        asked_scaled=scaled(asked),
        measured_scaled=scaled(measured),
    )
