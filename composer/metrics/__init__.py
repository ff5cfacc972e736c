"""Measures of any MIDI file, and of sets of them. What is exported here is imported when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from composer.metrics.adherence import Adherence, measure_adherence
    from composer.metrics.confidence import Interval, bootstrap_interval, wilson_interval
    from composer.metrics.difficulty import Difficulty, measure_difficulty
    from composer.metrics.distributions import distance_overlap, overlap_area
    from composer.metrics.judge import EmotionJudge, EmotionVerdict, judge_emotion, load_judge
    from composer.metrics.level_check import Violation, check_level
    from composer.metrics.melodic_ngrams import parts_of
    from composer.metrics.originality import Originality, longest_run, measure_originality
    from composer.metrics.statistics import Statistics, measure

__all__ = [
    "Adherence",
    "Difficulty",
    "EmotionJudge",
    "EmotionVerdict",
    "Interval",
    "Originality",
    "Statistics",
    "Violation",
    "bootstrap_interval",
    "check_level",
    "distance_overlap",
    "judge_emotion",
    "load_judge",
    "longest_run",
    "measure",
    "measure_adherence",
    "measure_difficulty",
    "measure_originality",
    "overlap_area",
    "parts_of",
    "wilson_interval",
]

_HOMES = {
    "Adherence": "adherence",
    "Difficulty": "difficulty",
    "EmotionJudge": "judge",
    "EmotionVerdict": "judge",
    "Interval": "confidence",
    "Originality": "originality",
    "Statistics": "statistics",
    "Violation": "level_check",
    "check_level": "level_check",
    "measure_adherence": "adherence",
    "measure_difficulty": "difficulty",
    "bootstrap_interval": "confidence",
    "distance_overlap": "distributions",
    "judge_emotion": "judge",
    "load_judge": "judge",
    "longest_run": "originality",
    "measure": "statistics",
    "measure_originality": "originality",
    "parts_of": "melodic_ngrams",
    "overlap_area": "distributions",
    "wilson_interval": "confidence",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
