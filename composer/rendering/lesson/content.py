"""The content of a lesson before it is a page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from composer.rendering.lesson.style import Layout
from composer.rendering.lesson.tasks import Tasks
from composer.types import Composition

__all__ = ["LessonContent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonContent:
    """The piece, its tasks and how they are to be shown.

    Attributes
    ----------
    composition : the piece.
    tasks : what is asked.
    language : tag of a catalogue.
    layout : page and sizes.
    painting : the picture as JPEG, or None.
    pupil_file, answer_file : names of the MusicXML files beside the lesson.
    """

    composition: Composition
    tasks: Tasks
    language: str
    layout: Layout
    painting: bytes | None
    pupil_file: PurePath
    answer_file: PurePath
