"""All measures of one piece in one value, and the vector by which sets of pieces are compared.

Conventions
-----------
* `VECTOR_NAMES` names the entries of a vector; histograms count bin by bin. The embedding is called `EMBEDDING`.
* The compression ratio is that of the first `COMPRESSED_BARS` bars, since it takes too long for more.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import asdict, astuple, dataclass, field

import numpy as np

from composer.metrics.adherence import blind_key
from composer.metrics.keys import key_agreement
from composer.metrics.melodic_ngrams import parts_of
from composer.metrics.originality import Originality, measure_originality
from composer.metrics.outer_voices import VoiceLeading, measure_voice_leading
from composer.metrics.patterns import MAX_POINTS, compression_ratio
from composer.metrics.statistics import Statistics, duration_histogram, interval_histogram, measure
from composer.midi.notes import PITCH, VELOCITY, FloatArray, MidiNotes, excerpt, gate

__all__ = [
    "COMPRESSED_BARS",
    "EMBEDDING",
    "VECTOR_NAMES",
    "PieceFacts",
    "SymbolicMeasures",
    "measure_symbolic",
    "scaled",
    "symbolic_vector",
]

EMBEDDING = "symbolic-statistics-1"
COMPRESSED_BARS = 16
_MOST_NOTES = 1200
"""More notes than this in the first bars, and their compression ratio is left out: it would take minutes."""

VECTOR_NAMES: tuple[str, ...] = (
    *Statistics.names(),
    "compression_ratio",
    *(f"interval_{step:+d}" for step in range(-12, 13)),
    *(f"duration_{index}" for index in range(10)),
)
_FLOOR = 0.02
"""Least standard deviation by which an entry is divided: a bin that is nearly always empty must not decide alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceFacts:
    """What a file says, and what is plainly measured.

    Attributes
    ----------
    notes, parts : numbers; drums take part.
    seconds, bars : length; bars up to the end of the last note.
    tempo_bpm, meter : the first.
    key_stated : first key signature, or "". ``key_heard`` : by the Krumhansl-Schmuckler analysis, or "".
    key_agreement : of the two, 0..1 (`composer.metrics.keys`); NaN when one is missing.
    velocity_mean, pitch_mean : of the notes (pitched ones); NaN without.
    lowest, highest : pitches; 0 without notes.
    notes_per_second : pitched notes.
    gate : median of each note's length over the time to the next onset of its part, at most 1; NaN without.
    """

    notes: int
    parts: int
    seconds: float
    bars: int
    tempo_bpm: float
    meter: str
    key_stated: str
    key_heard: str
    key_agreement: float
    velocity_mean: float
    pitch_mean: float
    lowest: int
    highest: int
    notes_per_second: float
    gate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolicMeasures:
    """Everything that is measured on the notes of a file without a plan."""

    facts: PieceFacts
    statistics: Statistics
    compression_ratio: float
    voice_leading: VoiceLeading
    originality: Originality
    vector: FloatArray = field(compare=False, repr=False)

    def numbers(self) -> dict[str, float]:
        """The single numbers by which pieces are described and sets compared, in order."""
        return {
            **asdict(self.statistics),
            "compression_ratio": self.compression_ratio,
            "parallel_rate": self.voice_leading.parallel_rate,
            "unanswered_leaps": self.voice_leading.unanswered_leaps,
            "longest_run": float(self.originality.longest_run),
            "figures_seen": self.originality.share_seen,
        }


def measure_symbolic(midi: MidiNotes) -> SymbolicMeasures:
    """Take every measure of a file that needs no plan.

    Raises
    ------
    AssetError
        The embedded index of figures is missing or damaged.
    """
    statistics, compressed = measure(midi), _compression(midi)
    return SymbolicMeasures(
        facts=_facts(midi),
        statistics=statistics,
        compression_ratio=compressed,
        voice_leading=measure_voice_leading(midi),
        originality=measure_originality(parts_of(midi)),
        vector=_vector(midi, statistics, compressed),
    )


def symbolic_vector(midi: MidiNotes) -> FloatArray:
    """The vector of a piece alone, shape (len(VECTOR_NAMES),); NaN where undefined."""
    return _vector(midi, measure(midi), _compression(midi))


def _vector(midi: MidiNotes, statistics: Statistics, compressed: float) -> FloatArray:
    return np.concatenate([[*astuple(statistics), compressed], interval_histogram(midi), duration_histogram(midi)])


def _compression(midi: MidiNotes) -> float:
    bars = len(midi.bar_lines()) - 1
    if bars < 1:
        return math.nan
    start = excerpt(midi, 1, min(bars, COMPRESSED_BARS))
    return compression_ratio(start) if len(start.pitched) <= min(_MOST_NOTES, MAX_POINTS) else math.nan


def _facts(midi: MidiNotes) -> PieceFacts:
    notes, pitched = midi.notes, midi.pitched
    key = blind_key(midi)
    seconds = float(midi.seconds(np.array([midi.last_note_end]))[0])
    stated = midi.keys[0] if midi.keys else None
    agreement = key_agreement((stated.tonic, stated.minor), (key.tonic, key.minor)) if stated and key else math.nan
    some = len(pitched) > 0
    return PieceFacts(
        notes=len(notes),
        parts=len(midi.parts),
        seconds=seconds,
        bars=len(midi.bar_lines()) - 1,
        tempo_bpm=midi.tempos[0].bpm,
        meter=midi.meters[0].text,
        key_stated=stated.name if stated else "",
        key_heard=key.name if key else "",
        key_agreement=agreement,
        velocity_mean=float(notes[:, VELOCITY].mean()) if len(notes) else math.nan,
        pitch_mean=float(pitched[:, PITCH].mean()) if some else math.nan,
        lowest=int(pitched[:, PITCH].min()) if some else 0,
        highest=int(pitched[:, PITCH].max()) if some else 0,
        notes_per_second=len(pitched) / seconds if seconds > 0 else math.nan,
        gate=gate(midi),
    )


def scaled(reference: FloatArray, *others: FloatArray) -> tuple[FloatArray, ...]:
    """Sets of vectors in units of the reference's standard deviations; what is undefined gets the reference's mean.

    Parameters
    ----------
    reference, others : arrays, shape (n, len(VECTOR_NAMES))
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an entry that no piece has
        mean = np.nan_to_num(np.nanmean(reference, axis=0))
        spread = np.maximum(np.nan_to_num(np.nanstd(reference, axis=0)), _FLOOR)
    return tuple((np.where(np.isfinite(each), each, mean) - mean) / spread for each in (reference, *others))
