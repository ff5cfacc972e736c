"""Measures of any MIDI file, and of sets of them. What is exported here is imported when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from composer.evaluation.adherence import Adherence, measure_adherence
    from composer.evaluation.difficulty import Difficulty, measure_difficulty
    from composer.evaluation.distributions import distance_overlap, overlap_area
    from composer.evaluation.figures import parts_of
    from composer.evaluation.intervals import Interval, bootstrap_interval, wilson_interval
    from composer.evaluation.judge import EmotionJudge, EmotionVerdict, judge_emotion, load_judge
    from composer.evaluation.levels import Violation, check_level
    from composer.evaluation.midi_notes import MidiNotes, excerpt, parse_midi_notes, read_midi_notes
    from composer.evaluation.originality import Originality, longest_run, measure_originality
    from composer.evaluation.statistics import Statistics, measure

__all__ = [
    "Adherence",
    "Difficulty",
    "EmotionJudge",
    "EmotionVerdict",
    "Interval",
    "MidiNotes",
    "Originality",
    "Statistics",
    "Violation",
    "bootstrap_interval",
    "check_level",
    "distance_overlap",
    "excerpt",
    "judge_emotion",
    "load_judge",
    "longest_run",
    "measure",
    "measure_adherence",
    "measure_difficulty",
    "measure_originality",
    "overlap_area",
    "parse_midi_notes",
    "parts_of",
    "read_midi_notes",
    "wilson_interval",
]

_HOMES = {
    "Adherence": "adherence",
    "Difficulty": "difficulty",
    "EmotionJudge": "judge",
    "EmotionVerdict": "judge",
    "Interval": "intervals",
    "MidiNotes": "midi_notes",
    "Originality": "originality",
    "Statistics": "statistics",
    "Violation": "levels",
    "check_level": "levels",
    "measure_adherence": "adherence",
    "measure_difficulty": "difficulty",
    "bootstrap_interval": "intervals",
    "distance_overlap": "distributions",
    "excerpt": "midi_notes",
    "judge_emotion": "judge",
    "load_judge": "judge",
    "longest_run": "originality",
    "measure": "statistics",
    "measure_originality": "originality",
    "parts_of": "figures",
    "overlap_area": "distributions",
    "parse_midi_notes": "midi_notes",
    "read_midi_notes": "midi_notes",
    "wilson_interval": "intervals",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
