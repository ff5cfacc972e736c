"""Composer: from a painting to an editable piece of music.

::

    from composer import ComposeOptions, compose, save

    piece = compose(ComposeOptions(image="sea.png"))
    print(piece.perception.caption, piece.plan.tonic, piece.plan.mode)
    save(piece, ["sea.mid", "sea.wav"])

Importing this package loads no torch, transformers, miditok or music21; the first call that needs one does.
"""

from __future__ import annotations

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
from composer.pipeline.compose import compose, perceive, plan, save
from composer.types import Composition, MusicalPlan, Perception, Score
from composer.version import __version__

__all__ = [
    "AssetError",
    "ComposeOptions",
    "ComposerError",
    "Composition",
    "ExternalToolError",
    "ImageError",
    "MidiError",
    "MusicalPlan",
    "OutputError",
    "Perception",
    "PlanError",
    "Score",
    "UsageError",
    "__version__",
    "compose",
    "perceive",
    "plan",
    "save",
]
