"""The values that pass between the stages. All are frozen, keyword-only and checked when made.

Conventions
-----------
* Bars and beats are counted from 1, as musicians do. A *beat* is the meter's denominator unit
  (an eighth in 6/8).
* Score time is in ticks, `TICKS_PER_QUARTER` (480) to the quarter note, from the first bar line.
* Pitches are MIDI note numbers (middle C = 60), velocities 1..127 inclusive.
* Valence and arousal lie in [-1, 1].
* Arrays never take part in ``==`` or ``hash``.
"""

from __future__ import annotations

from composer.theory import THIRTY_SECOND, TICKS_PER_QUARTER
from composer.types.correction import CORRECTION_BOUNDS, Correction
from composer.types.perception import FeelingMix, Painting, Palette, Perception, Region, Swatch
from composer.types.plan import (
    ENDINGS,
    LEVELS,
    MAX_BARS,
    MAX_INSTRUMENTS,
    ORNAMENTS,
    PLAN_FORMAT,
    ROLES,
    TEMPO_RANGE,
    TUNE_VARIATIONS,
    VARIATIONS,
    ChordSpan,
    Instrument,
    MusicalPlan,
    PartFigure,
    Section,
    figures_go_on,
)
from composer.types.score import Composition, Note, Score, Track
from composer.types.score_timeline import KeySpan, ScoreBar, ScoreTimeline
from composer.types.wording import Mood, MoodStage, MoodWord, PictureWords, Witness

__all__ = [
    "CORRECTION_BOUNDS",
    "ENDINGS",
    "LEVELS",
    "MAX_BARS",
    "MAX_INSTRUMENTS",
    "ORNAMENTS",
    "PLAN_FORMAT",
    "ROLES",
    "TEMPO_RANGE",
    "THIRTY_SECOND",
    "TICKS_PER_QUARTER",
    "TUNE_VARIATIONS",
    "VARIATIONS",
    "ChordSpan",
    "Composition",
    "Correction",
    "FeelingMix",
    "Instrument",
    "KeySpan",
    "Mood",
    "MoodStage",
    "MoodWord",
    "MusicalPlan",
    "Note",
    "Painting",
    "Palette",
    "PartFigure",
    "Perception",
    "PictureWords",
    "Region",
    "Score",
    "ScoreBar",
    "ScoreTimeline",
    "Section",
    "Swatch",
    "Track",
    "Witness",
    "figures_go_on",
]
