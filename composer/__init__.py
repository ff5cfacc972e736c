"""Composer: from a painting to an editable piece of music.

::

    from composer import ComposeOptions, compose, save

    piece = compose(ComposeOptions(image="sea.png"))
    print(piece.perception.caption, piece.plan.tonic, piece.plan.mode)
    save(piece, ["sea.mid", "sea.wav"])

Public is what ``__all__`` names here, with the methods and fields of those values. Importing this package loads no
torch, transformers, miditok or music21; the first call that needs one does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from composer.errors import (
    AssetError,
    ComposerError,
    ExternalToolError,
    ImageError,
    MidiError,
    OutputError,
    PlanError,
    UsageError,
)
from composer.options import ComposeOptions
from composer.pipeline.compose import compose, perceive, plan, render, save
from composer.types import Composition, MusicalPlan, Perception, Score
from composer.types.convertible import provide
from composer.version import __version__

if TYPE_CHECKING:
    from composer.evaluation import EvaluationOptions, FileEvaluation, compare_sets
    from composer.evaluation.files import evaluate_file as evaluate
    from composer.music.infill import Rewrite, extend, infill
    from composer.music.miditok_tokenizer import CompoundTokenizer
    from composer.pipeline.lesson import LessonOptions, LessonRun, make_lesson
    from composer.pipeline.midi_plan import plan_from_midi

__all__ = [
    "AssetError",
    "ComposeOptions",
    "ComposerError",
    "Composition",
    "CompoundTokenizer",
    "EvaluationOptions",
    "ExternalToolError",
    "FileEvaluation",
    "ImageError",
    "LessonOptions",
    "LessonRun",
    "MidiError",
    "MusicalPlan",
    "OutputError",
    "Perception",
    "PlanError",
    "Rewrite",
    "Score",
    "UsageError",
    "__version__",
    "compare_sets",
    "compose",
    "evaluate",
    "extend",
    "infill",
    "make_lesson",
    "perceive",
    "plan",
    "plan_from_midi",
    "render",
    "save",
]

_HOMES = {
    "CompoundTokenizer": ("music.miditok_tokenizer", "CompoundTokenizer"),
    "EvaluationOptions": ("evaluation.files", "EvaluationOptions"),
    "FileEvaluation": ("evaluation.files", "FileEvaluation"),
    "LessonOptions": ("pipeline.lesson", "LessonOptions"),
    "LessonRun": ("pipeline.lesson", "LessonRun"),
    "Rewrite": ("music.infill", "Rewrite"),
    "compare_sets": ("evaluation.comparison", "compare_sets"),
    "evaluate": ("evaluation.files", "evaluate_file"),
    "extend": ("music.infill", "extend"),
    "infill": ("music.infill", "infill"),
    "make_lesson": ("pipeline.lesson", "make_lesson"),
    "plan_from_midi": ("pipeline.midi_plan", "plan_from_midi"),
}
"""Imported when first used: name -> module and name there."""

provide(lambda: import_module("composer.rendering.conversions"))


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, there = _HOMES[name]
    return getattr(import_module(f"{__name__}.{home}"), there)


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()})
