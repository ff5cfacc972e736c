"""Sets heard by the Composer audio-text encoder: tags, pairs of one name, and sentences that pieces should fit.

Conventions
-----------
* What a sample's windows are heard as stands in `Sample.embeddings`, under the names of the encoder and the tagger.
* A table of texts is a CSV file with a heading; its columns ``file`` and ``text`` are read.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from composer.errors import UsageError
from composer.evaluation.samples import Measured
from composer.metrics.audio_text import Matching, match
from composer.metrics.confidence import Interval
from composer.metrics.sound_encoder import ENCODER, load_sound_encoder
from composer.metrics.tags import TAGGER, inception_score, paired_divergence
from composer.midi.notes import FloatArray

__all__ = ["Hearing", "hear_sets", "match_texts", "read_texts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What the tagger and the encoder say of two sets; None where it cannot be said, with the reason in `notes`.

    Attributes
    ----------
    inception, inception_reference : inception scores of the set and of the reference.
    divergence : KL of pieces from the reference's pieces of the same name.
    matching : of the set's pieces with their texts.
    notes : what could not be measured, and why.
    """

    inception: Interval | None = None
    inception_reference: Interval | None = None
    divergence: Interval | None = None
    matching: Matching | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data, with the names of the models."""
        return {
            "tagger": TAGGER,
            "encoder": ENCODER,
            "inception_score": asdict(self.inception) if self.inception else None,
            "inception_score_reference": asdict(self.inception_reference) if self.inception_reference else None,
            "kl": asdict(self.divergence) if self.divergence else None,
            "text": asdict(self.matching) if self.matching else None,
        }

    def lines(self) -> list[str]:
        """For a terminal."""
        found = []
        if self.inception and self.inception_reference:
            found.append(f"inception score on {TAGGER}: set {self.inception}, reference {self.inception_reference}")
        if self.divergence:
            found.append(f"KL on {TAGGER}, pairs of one name: {self.divergence} nats")
        if self.matching:
            chance = 1 / self.matching.recall_at_1.n
            found += [
                f"texts on {ENCODER}: matched {self.matching.matched}",
                f"  matched minus shuffled {self.matching.advantage}",
                f"  own text first {self.matching.recall_at_1}, chance {chance:.3f}",
            ]
        return found


def hear_sets(
    made: Measured, reference: Measured, texts: Mapping[str, str] | None, rng: np.random.Generator
) -> Hearing:
    """Take the measures that need the encoder."""
    ours, theirs = _tags(made), _tags(reference)
    notes: list[str] = []
    inception = inception_reference = divergence = None
    if min(len(ours), len(theirs)) >= 2:
        inception = inception_score(np.stack(list(ours.values())), rng=rng)
        inception_reference = inception_score(np.stack(list(theirs.values())), rng=rng)
        try:
            divergence = paired_divergence(ours, theirs, rng=rng)
        except ValueError as error:
            notes.append(f"KL divergence: {error}")
    else:
        notes.append("inception score and KL divergence: they need the sound of two pieces on both sides")
    matching = None
    if texts is not None:
        matching = match_texts(made, texts, rng)
    return Hearing(
        inception=inception,
        inception_reference=inception_reference,
        divergence=divergence,
        matching=matching,
        notes=tuple(notes),
    )


def _tags(found: Measured) -> dict[str, FloatArray]:
    """Name without extension -> posterior of the whole piece."""
    return {
        PurePath(sample.name).stem: sample.embeddings[TAGGER].mean(axis=0)
        for sample in found.samples
        if TAGGER in sample.embeddings
    }


def match_texts(found: Measured, texts: Mapping[str, str], rng: np.random.Generator) -> Matching:
    """Hold pieces against their own texts and each other's; by file name, with or without its extension.

    Raises
    ------
    UsageError
        Fewer than two pieces have a sound and a text.
    """
    heard, said = [], []
    for sample in found.samples:
        text = texts.get(sample.name) or texts.get(PurePath(sample.name).stem)
        if text and ENCODER in sample.embeddings:
            mean = sample.embeddings[ENCODER].mean(axis=0)
            heard.append(mean / np.linalg.norm(mean))
            said.append(text)
    if len(said) < 2:
        raise UsageError(
            f"{len(said)} pieces with sound have a text, needed: 2",
            hint="name the files of the folder in the table's column 'file'",
        )
    return match(np.stack(heard) @ load_sound_encoder().embed_texts(said).T, rng=rng)


def read_texts(path: Path) -> dict[str, str]:
    """Read a table of texts: file name -> text.

    Raises
    ------
    UsageError
        It cannot be read, or has no columns ``file`` and ``text``.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{str(path)!r} cannot be read as a table: {reason}", hint="give a CSV file") from error
    if not rows or not {"file", "text"} <= set(rows[0]):
        raise UsageError(f"{str(path)!r} has no columns 'file' and 'text'", hint="begin it with a line 'file,text'")
    return {row["file"]: row["text"] for row in rows if row["file"] and row["text"]}
