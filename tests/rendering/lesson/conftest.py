"""Composed pieces of several keys, meters and ensembles, their lessons, and their scores as music21 reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from types import SimpleNamespace
from typing import Any

import pytest

from composer import ComposeOptions, Composition, compose
from composer.rendering.lesson import Layout, LessonContent, Tasks, Version, answer_score, find_tasks, pupil_score

CASES = {
    "glad": {"valence": 0.7, "arousal": 0.5, "instruments": "piano", "tonic": "Bb", "mode": "major", "bars": 16},
    "sad": {"valence": -0.6, "arousal": -0.5, "instruments": "piano", "tonic": "F#", "mode": "minor", "bars": 16},
    "modal": {"valence": -0.1, "arousal": -0.2, "instruments": "flute,harp,cello", "tonic": "D", "mode": "dorian",
              "meter": "6/8", "bars": 12},
    "tense": {"valence": -0.5, "arousal": 0.6, "instruments": "violin,piano", "tonic": "C",
              "mode": "harmonic-minor", "meter": "3/4", "bars": 16},
}  # fmt: skip

VERSIONS = (
    Version(letter="A", change="tempo", mode="major", tempo_bpm=60, files=("x-listen-a.mid", "x-listen-a.wav")),
    Version(letter="B", change="none", mode="major", tempo_bpm=100, files=("x-listen-b.mid", "x-listen-b.wav")),
    Version(letter="C", change="mode", mode="minor", tempo_bpm=100, files=("x-listen-c.mid", "x-listen-c.wav")),
)
CAPTION = "A stormy sea with ships, at night; Romantic painting in deep blues and greys; mood: solemn, grave."


@dataclass(frozen=True)
class Piece:
    """A piece, what is asked about it, and both editions of its score as music21 streams."""

    composition: Composition
    tasks: Tasks
    full: Any
    pupil: Any

    def bar(self, number: int, *, pupil: bool = False) -> Iterator[Any]:
        """The measures of one bar, one for each staff."""
        for part in (self.pupil if pupil else self.full).parts:
            yield part.measure(number)


@cache
def piece(name: str) -> Piece:
    from music21 import converter

    composition = compose(ComposeOptions(candidates=1, seed=3, ornaments="none", **CASES[name]))
    tasks = find_tasks(composition.score)
    full, pupil = answer_score(composition), pupil_score(composition, tasks)
    return Piece(
        composition=composition,
        tasks=tasks,
        full=converter.parseData(full.decode(), format="musicxml"),
        pupil=converter.parseData(pupil.decode(), format="musicxml"),
    )


def content(composition: Composition, *, language: str = "en", painting: bytes | None = b"", **layout: Any) -> Any:
    """A lesson about a piece with every activity that it gives."""
    return LessonContent(
        composition=composition,
        tasks=find_tasks(composition.score, versions=VERSIONS),
        language=language,
        layout=Layout(**layout),
        painting=painting,
        pupil_file=PurePath("x-pupil.musicxml"),
        answer_file=PurePath("x-answers.musicxml"),
    )


@pytest.fixture(params=CASES)
def music(request: pytest.FixtureRequest) -> Piece:
    """One of the composed pieces."""
    return piece(request.param)


@pytest.fixture(scope="session")
def lesson_kit() -> SimpleNamespace:
    """What the tests of this folder build lessons with."""
    return SimpleNamespace(CAPTION=CAPTION, VERSIONS=VERSIONS, content=content, piece=piece)
