"""The embeddings on which sets of pieces are compared, and what each of them hears.

Distances on different embeddings cannot be compared: each has its own name, and figures carry it.
"""

from __future__ import annotations

from dataclasses import dataclass

from composer.metrics import audio_embedding, order, sound_encoder, sound_order, symbolic, tags, tonal_embedding
from composer.metrics.partials import find_partials
from composer.metrics.symbolic import SymbolicMeasures, scaled
from composer.metrics.waveform import Waveform
from composer.midi.notes import FloatArray, MidiNotes

__all__ = ["EMBEDDINGS", "Embedding", "comparable", "embed_notes", "embed_sound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """A space of vectors in which a set of pieces is a cloud.

    Attributes
    ----------
    name : stands with every distance.
    of : ``"notes"`` (one vector a piece) or ``"sound"`` (many a piece).
    dimensions : length of a vector.
    hears : which faults move a set away, in words.
    mixed_units : entries have different units; they are taken in the reference's standard deviations.
    """

    name: str
    of: str
    dimensions: int
    hears: str
    mixed_units: bool


EMBEDDINGS: tuple[Embedding, ...] = (
    Embedding(
        name=symbolic.EMBEDDING,
        of="notes",
        dimensions=len(symbolic.VECTOR_NAMES),
        hears="pitches, intervals, note values, texture, repetition",
        mixed_units=True,
    ),
    Embedding(
        name=order.EMBEDDING,
        of="notes",
        dimensions=len(order.NAMES),
        hears="bars out of order",
        mixed_units=True,
    ),
    Embedding(
        name=audio_embedding.EMBEDDING,
        of="sound",
        dimensions=audio_embedding.DIMENSIONS,
        hears="timbre, register, noise",
        mixed_units=False,
    ),
    Embedding(
        name=tonal_embedding.EMBEDDING,
        of="sound",
        dimensions=len(tonal_embedding.NAMES),
        hears="notes out of tune, notes out of the key, harmonic change",
        mixed_units=True,
    ),
    Embedding(
        name=sound_order.EMBEDDING,
        of="sound",
        dimensions=len(sound_order.NAMES),
        hears="time out of order",
        mixed_units=True,
    ),
    Embedding(
        name=sound_encoder.ENCODER,
        of="sound",
        dimensions=sound_encoder.DIMENSIONS,
        hears="instruments, register, pace, texture, key: what sentences say of music",
        mixed_units=False,
    ),
)


def comparable(embedding: Embedding, reference: FloatArray, *others: FloatArray) -> tuple[FloatArray, ...]:
    """Vectors of the reference and of other sets, ready for a distance: in the reference's units where these differ."""
    return scaled(reference, *others) if embedding.mixed_units else (reference, *others)


def embed_notes(midi: MidiNotes, measures: SymbolicMeasures | None = None) -> dict[str, FloatArray]:
    """The vectors of a piece on every embedding of notes, shape (1, dimensions); ``measures`` where they are known."""
    vector = symbolic.symbolic_vector(midi) if measures is None else measures.vector
    return {symbolic.EMBEDDING: vector[None], order.EMBEDDING: order.bar_order(midi)[None]}


def embed_sound(wave: Waveform) -> dict[str, FloatArray]:
    """The vectors of a recording on every embedding of sound, shape (n, dimensions).

    Beside them, under `composer.metrics.tags.TAGGER`, the posteriors of the encoder's windows, shape (n, tags).

    Raises
    ------
    AssetError
        The embedded audio-text encoder is missing or damaged.
    """
    heard, posteriors = sound_encoder.load_sound_encoder().hear(wave)
    partials = find_partials(wave)
    return {
        audio_embedding.EMBEDDING: audio_embedding.embed_audio(wave),
        tonal_embedding.EMBEDDING: tonal_embedding.embed_tones(partials),
        sound_order.EMBEDDING: sound_order.embed_order(partials),
        sound_encoder.ENCODER: heard,
        tags.TAGGER: posteriors,
    }
