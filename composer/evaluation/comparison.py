"""A set of pieces held against another.

Conventions
-----------
* The reference is split into two halves at random (seeded). Half A is what both the set and half B are compared with,
  so that the distance of half B, the *floor*, is what the set would reach if it were of the reference's kind.
* Distances are Fréchet distances, extended to infinitely many pieces (`composer.metrics.frechet`), on the embeddings
  that are named with them. Notes: one vector a piece. Sound: many vectors a piece. Where the entries of a vector have
  different units they are taken in half A's standard deviations.
* Every mean comes with a 95 % interval and n.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.assets import sha256_of
from composer.errors import ComposerError, UsageError
from composer.evaluation.audio_text_sets import Hearing, hear_sets
from composer.evaluation.files import AUDIO, MIDI
from composer.evaluation.samples import Measured, Sample, measure_set
from composer.metrics.confidence import Interval, mean_interval
from composer.metrics.distributions import overlap_area
from composer.metrics.embeddings import EMBEDDINGS, Embedding, comparable
from composer.metrics.frechet import Extrapolated, frechet_at_infinity
from composer.metrics.judge import load_judge
from composer.progress import Progress
from composer.version import __version__

__all__ = ["Comparison", "Distance", "compare_sets"]

FORMAT = "composer-comparison/1"
_ROUNDS = 40
_SPLITS = 5
_AUDIO_NUMBERS = ("loudness_lufs", "true_peak_dbtp", "crest_db", "clipped_samples", "silent_share", "thd_percent")

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """Fréchet distances on one embedding: of the set, and the floor (of one half of the reference from the other)."""

    embedding: str
    of: str
    made: Extrapolated
    floor: Extrapolated

    @property
    def ratio(self) -> float:
        """How many times the floor; NaN when the floor is not above zero."""
        return self.made.infinite / self.floor.infinite if self.floor.infinite > 0 else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sets and what sets them apart.

    Attributes
    ----------
    made, reference : the sets.
    means : measure -> its mean in the set and in the reference.
    overlaps : measure -> overlap of the distributions, and of the reference's two halves.
    distances : on every embedding that both sets have.
    hearing : what the Composer audio-text encoder and its tagger say.
    notes : what was not measured and why.
    judge_accuracy : of the emotion judge, when its verdicts are among the measures; else "".
    soundfont_sha256 : of what MIDI files were played with, or "".
    """

    made: Measured
    reference: Measured
    means: dict[str, tuple[Interval, Interval]]
    overlaps: dict[str, tuple[float, float]]
    distances: tuple[Distance, ...]
    hearing: Hearing
    notes: tuple[str, ...]
    judge_accuracy: str
    soundfont_sha256: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        from composer.evaluation.tables import finite

        return {
            "format": FORMAT,
            "composer": __version__,
            "made": {"folder": self.made.folder.name, "n": len(self.made.samples)},
            "reference": {"folder": self.reference.folder.name, "n": len(self.reference.samples)},
            "measures": {
                name: {
                    "made": finite(asdict(made)),
                    "reference": finite(asdict(reference)),
                    "overlap": finite(self.overlaps[name][0]),
                    "overlap_floor": finite(self.overlaps[name][1]),
                }
                for name, (made, reference) in self.means.items()
            },
            "distances": [
                {
                    "embedding": each.embedding,
                    "of": each.of,
                    "made": finite(asdict(each.made)),
                    "floor": finite(asdict(each.floor)),
                    "ratio": finite(each.ratio),
                }
                for each in self.distances
            ],
            "hearing": finite(self.hearing.to_json()),
            "judge_accuracy": self.judge_accuracy or None,
            "soundfont_sha256": self.soundfont_sha256 or None,
            "failures": dict((*self.made.failures, *self.reference.failures)),
            "notes": list(self.notes),
        }

    def lines(self) -> Iterator[str]:
        """A table for a terminal."""
        ours, theirs = (f"{each.folder} (n = {len(each.samples)})" for each in (self.made, self.reference))
        yield f"{ours} against {theirs}"
        yield f"{'measure':<22}{'set':>28}{'reference':>28}{'overlap':>9}{'floor':>7}"
        for name, (made, reference) in self.means.items():
            overlap, floor = self.overlaps[name]
            yield f"{name:<22}{_interval(made):>28}{_interval(reference):>28}{overlap:>9.3f}{floor:>7.3f}"
        for each in self.distances:
            yield f"Frechet distance of {each.of} on {each.embedding}, extended to infinite n"
            yield f"  set:   {each.made}"
            yield f"  floor: {each.floor} (one half of the reference against the other)"
        yield from self.hearing.lines()
        if self.judge_accuracy:
            yield f"the emotion judge's own accuracy: {self.judge_accuracy}"
        if self.soundfont_sha256:
            yield f"soundfont: SHA-256 {self.soundfont_sha256}"
        yield from (f"not measured: {note}" for note in self.notes)
        for name, reason in (*self.made.failures, *self.reference.failures):
            yield f"left out: {name}: {reason}"


def _interval(found: Interval) -> str:
    return f"{found.value:.4g} [{found.low:.4g}, {found.high:.4g}]" if found.n else "-"


# --------------------------------------------------------------------------------------- measuring


def compare_sets(
    made: Path,
    reference: Path,
    *,
    audio: bool = True,
    soundfont: Path | None = None,
    texts: Mapping[str, str] | None = None,
    workers: int = 2,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Measure two folders of MIDI or WAV files and compare them.

    Parameters
    ----------
    made, reference : Path
        Folders; files in folders below them count too.
    audio : bool
        Play MIDI files and measure their sound.
    soundfont : Path, optional
        For that.
    texts : mapping, optional
        File name -> text that the piece of the set should fit.
    workers : int
        Processes.
    seed : int
        Of halves, subsets and resamples.
    progress : callable, optional

    Raises
    ------
    UsageError
        A folder is missing or holds fewer than two usable files (the reference: four).
    AssetError
        Embedded weights are missing or damaged.
    """
    report = progress or (lambda _what, _share: None)
    notes: list[str] = []
    font = _font(soundfont, notes) if audio else None
    files = [_files(made, 2), _files(reference, 4)]
    total = sum(len(paths) for paths in files)
    measured: list[Measured] = []
    for folder, these, least in ((made, files[0], 2), (reference, files[1], 4)):
        done = sum(len(paths) for paths in files[: len(measured)])
        part = _within(report, 0.9 * done / total, 0.9 * (done + len(these)) / total)
        found = measure_set(folder, these, font=font, workers=workers, progress=part)
        if len(found.samples) < least:
            reasons = "; ".join(reason for _, reason in found.failures[:2])
            raise UsageError(f"{str(folder)!r}: {len(found.samples)} usable files, needed: {least}. {reasons}")
        measured.append(found)
    report("comparing", 0.92)
    return _compared(measured[0], measured[1], notes, font, texts, np.random.default_rng(seed))


def _within(report: Progress, low: float, high: float) -> Progress:
    return lambda what, share: report(what, low + (high - low) * share)


def _font(soundfont: Path | None, notes: list[str]) -> Path | None:
    from composer.rendering import find_soundfont
    from composer.rendering.audio.synthesizer_choice import synthesizer_name

    try:
        synthesizer_name()
        return find_soundfont(soundfont)
    except ComposerError as error:
        if soundfont is not None:
            raise
        notes.append(f"sound of MIDI files: {error.message}; {error.hint}")
        return None


def _files(folder: Path, least: int) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is not a folder", hint="give a folder of MIDI or WAV files")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (*MIDI, *AUDIO) and path.is_file())
    if len(found) < least:
        raise UsageError(
            f"{str(folder)!r} holds {len(found)} MIDI or WAV files, needed: {least}", hint="give a folder with more"
        )
    return found


# --------------------------------------------------------------------------------------- comparing


def _compared(
    made: Measured,
    reference: Measured,
    notes: list[str],
    font: Path | None,
    texts: Mapping[str, str] | None,
    rng: np.random.Generator,
) -> Comparison:
    names = [name for name in made.names() if name in reference.names()]
    order = rng.permutation(len(reference.samples))
    half = len(order) // 2
    first, second = ([reference.samples[index] for index in part] for part in (order[:half], order[half:]))
    distances = tuple(_distances(made.samples, first, second, notes, rng))
    hearing = hear_sets(made, reference, texts, rng)
    return Comparison(
        made=made,
        reference=reference,
        means={name: (mean_interval(made.values(name)), mean_interval(reference.values(name))) for name in names},
        overlaps={name: _overlap(made.values(name), reference.values(name), rng) for name in names},
        distances=distances,
        hearing=hearing,
        notes=(*notes, *hearing.notes),
        judge_accuracy=str(load_judge().accuracy) if "judged_valence" in names else "",
        soundfont_sha256=sha256_of(font) if font else "",
    )


def _overlap(made: FloatArray, reference: FloatArray, rng: np.random.Generator) -> tuple[float, float]:
    """Overlap with the reference and between halves of it, at equal sizes, each the mean of some random halves."""
    values, floors = [], []
    for _ in range(_SPLITS):
        order = rng.permutation(len(reference))
        half = len(order) // 2
        first, second = reference[order[:half]], reference[order[half : 2 * half]]
        floors.append(overlap_area(first, second))
        values.append(overlap_area(first, made[rng.permutation(len(made))[:half]]))
    return float(np.mean(values)), float(np.mean(floors))


def _distances(
    made: Sequence[Sample],
    first: Sequence[Sample],
    second: Sequence[Sample],
    notes: list[str],
    rng: np.random.Generator,
) -> Iterator[Distance]:
    for embedding in EMBEDDINGS:
        groups = [
            [sample.embeddings[embedding.name] for sample in group if embedding.name in sample.embeddings]
            for group in (first, made, second)
        ]
        if min(map(len, groups)) < (2 if embedding.of == "notes" else 1):
            continue
        base, ours, theirs = comparable(embedding, *(np.concatenate(group) for group in groups))
        yield _distance(embedding, base, ours, theirs, rng)
        fewest = min(len(base), len(ours), len(theirs))
        if fewest <= embedding.dimensions:
            notes.append(
                f"{fewest} vectors for {embedding.dimensions} dimensions: the distance on {embedding.name} is rough"
            )
    notes.append(
        "distances on VGGish or CLAP embeddings: their weights are not here; figures on those are not comparable"
    )


def _distance(
    embedding: Embedding, base: FloatArray, ours: FloatArray, theirs: FloatArray, rng: np.random.Generator
) -> Distance:
    return Distance(
        embedding=embedding.name,
        of=embedding.of,
        made=frechet_at_infinity(base, ours, rng=rng, rounds=_ROUNDS),
        floor=frechet_at_infinity(base, theirs, rng=rng, rounds=_ROUNDS),
    )
