"""The files of a set, measured one by one, several at once, each only once in its life.

Conventions
-----------
* MIDI files give numbers, a vector of their notes and, when they are played, embeddings of their sound; WAV files give
  numbers and embeddings of sound.
* A file that cannot be used is left out and named with the reason.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.assets import sha256_of
from composer.errors import ComposerError
from composer.evaluation import cache
from composer.evaluation.files import is_midi, played
from composer.metrics import sound_encoder
from composer.metrics.embeddings import EMBEDDINGS, embed_notes, embed_sound
from composer.metrics.judge import default_judge_folder, judge_emotion, load_judge
from composer.metrics.symbolic import measure_symbolic
from composer.metrics.waveform import measure_audio, read_wav
from composer.midi.notes import notes_of
from composer.midi.reader import read_midi_file
from composer.progress import Progress

__all__ = ["Measured", "Sample", "measure_set"]

_AUDIO_NUMBERS = ("loudness_lufs", "true_peak_dbtp", "crest_db", "clipped_samples", "silent_share", "thd_percent")

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was measured of one file.

    Attributes
    ----------
    name : the file's.
    numbers : measure -> value; NaN where undefined.
    embeddings : name of an embedding (`composer.metrics.embeddings`) -> vectors, shape (n, dimensions): one of the
        notes, many of the sound; the tagger's posteriors stand among them.
    failure : why it was left out, or "".
    """

    name: str
    numbers: dict[str, float] = field(default_factory=dict)
    embeddings: dict[str, FloatArray] = field(default_factory=dict, compare=False, repr=False)
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A set of files, measured."""

    folder: Path
    samples: tuple[Sample, ...]
    failures: tuple[tuple[str, str], ...]

    def values(self, name: str) -> FloatArray:
        """One measure of every piece, shape (n,)."""
        return np.array([sample.numbers.get(name, math.nan) for sample in self.samples])

    def names(self) -> tuple[str, ...]:
        """The measures that any piece has, in order."""
        return tuple(dict.fromkeys(name for sample in self.samples for name in sample.numbers))


def measure_set(
    folder: Path, paths: Sequence[Path], *, font: Path | None, workers: int, progress: Progress
) -> Measured:
    """Measure files, several at once; what was measured before is taken from the cache."""
    samples: list[Sample] = []
    task = partial(_measured, font=font, font_sha256=sha256_of(font) if font else "")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the processes to come: one thread each
    with ProcessPoolExecutor(min(workers, len(paths))) as pool:
        for sample in pool.map(task, paths):
            samples.append(sample)
            progress(f"{folder.name}: {len(samples)}/{len(paths)}", len(samples) / len(paths))
    return Measured(
        folder=folder,
        samples=tuple(sample for sample in samples if not sample.failure),
        failures=tuple((sample.name, sample.failure) for sample in samples if sample.failure),
    )


def _measured(path: Path, *, font: Path | None, font_sha256: str) -> Sample:
    try:
        content = path.read_bytes()
    except OSError as error:
        return Sample(name=path.name, failure=error.strerror or type(error).__name__)
    judge = _judge_sha256()
    names = [embedding.name for embedding in EMBEDDINGS]
    asked = {"font": font_sha256, "judge": judge, "embeddings": names, "encoder": sound_encoder.weights_sha256()}
    key = cache.key_of(content, asked)
    kept = cache.load(key)
    if kept is not None:
        return _from_json(path.name, kept)
    try:
        sample = _measure(path, font)
    except ComposerError as error:
        return Sample(name=path.name, failure=error.message)
    entry = _to_json(sample)
    cache.store(key, entry)
    return _from_json(path.name, entry)  # as it will come out of the cache: vectors are rounded


def _judge_sha256() -> str:
    path = default_judge_folder() / "model.safetensors"
    return sha256_of(path) if path.is_file() else ""


def _measure(path: Path, font: Path | None) -> Sample:
    numbers: dict[str, float] = {}
    embeddings: dict[str, FloatArray] = {}
    wave = None
    if is_midi(path):
        file = read_midi_file(path)
        midi = notes_of(file)
        found = measure_symbolic(midi)
        numbers |= found.numbers()
        embeddings |= embed_notes(midi, found)
        if _judge_sha256() and len(midi.pitched) > 1:
            verdict = judge_emotion(load_judge(), midi)
            numbers |= {"judged_valence": verdict.valence, "judged_arousal": verdict.arousal}
        if font is not None and len(midi.notes):
            wave, _ = played(file, font)
    else:
        wave = read_wav(path)
    if wave is not None:
        sound = measure_audio(wave)
        numbers |= {name: float(getattr(sound, name)) for name in _AUDIO_NUMBERS}
        embeddings |= embed_sound(wave)
    return Sample(name=path.name, numbers=numbers, embeddings=embeddings)


def _to_json(sample: Sample) -> dict[str, Any]:
    return {
        "numbers": {name: value if math.isfinite(value) else str(value) for name, value in sample.numbers.items()},
        "embeddings": {
            name: [[value if math.isfinite(value) else None for value in row] for row in np.round(table, 6).tolist()]
            for name, table in sample.embeddings.items()
        },
    }


def _from_json(name: str, data: dict[str, Any]) -> Sample:
    return Sample(
        name=name,
        numbers={measure: float(value) for measure, value in data["numbers"].items()},
        embeddings={each: np.array(table, dtype=np.float64) for each, table in data["embeddings"].items()},
    )
