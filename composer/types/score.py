"""The score: the notes of a piece, and the piece with all that led to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from composer.errors import PlanError
from composer.theory import TICKS_PER_QUARTER
from composer.types.checks import freeze
from composer.types.convertible import Convertible
from composer.types.perception import Perception
from composer.types.plan import Instrument, MusicalPlan
from composer.types.score_timeline import KeySpan, ScoreBar, ScoreTimeline

__all__ = ["Composition", "Note", "Score", "Track"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Note:
    """A note: `onset` and `duration` in ticks, `pitch` 0..127, `velocity` 1..127."""

    onset: int
    pitch: int
    duration: int
    velocity: int

    @property
    def end(self) -> int:
        """First tick after the note."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One part: the plan's instrument and its notes, sorted by onset and pitch."""

    instrument: Instrument
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Convertible):
    """The finished piece, from which every file format is written.

    ``plan`` holds tempo, meter, key, chords, sections and dynamics; ``tracks`` follow its instruments' order.
    ``changes`` says what the plan, which has one meter, tempo and key, cannot say of a piece from elsewhere; the bars
    of sections, chords and dynamics are then its bars, and a chord's beat counts in the meter of its bar.
    """

    plan: MusicalPlan
    tracks: tuple[Track, ...]
    changes: ScoreTimeline | None = None

    def __post_init__(self) -> None:
        if self.changes is not None and len(self.changes.bars) != self.plan.bars:
            raise PlanError(f"bars: the score has {len(self.changes.bars)} of them, its plan {self.plan.bars}")

    @property
    def timeline(self) -> ScoreTimeline:
        """The bars with their meters, the tempi and the keys: `changes`, or the plan's one meter, tempo and key."""
        if self.changes is not None:
            return self.changes
        plan, length = self.plan, self.plan.time.bar_ticks
        return ScoreTimeline(
            bars=tuple(ScoreBar(start=index * length, length=length, meter=plan.time) for index in range(plan.bars)),
            tempi=((0, plan.tempo_bpm),),
            keys=(KeySpan(bar=1, key=plan.key),),
        )

    def chord_ticks(self) -> tuple[tuple[int, str], ...]:
        """The plan's chord symbols as (tick, symbol), in order."""
        bars = self.timeline.bars
        return tuple(
            (bars[chord.bar - 1].start + (chord.beat - 1) * bars[chord.bar - 1].meter.beat_ticks, chord.symbol)
            for chord in self.plan.chords
        )

    @property
    def end_tick(self) -> int:
        """The final bar line in ticks."""
        return self.changes.end_tick if self.changes is not None else self.plan.bars * self.plan.time.bar_ticks

    @property
    def end_seconds(self) -> float:
        """The final bar line in seconds."""
        if self.changes is not None:
            return self.changes.end_seconds
        return float(Fraction(self.end_tick, TICKS_PER_QUARTER)) * 60.0 / self.plan.tempo_bpm


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A piece with all that led to it; what `composer.compose` returns.

    ``provenance`` is plain JSON data: seed, picture's sha256, names and sha256 of the weights and
    tokenizer, versions, sampling settings, and what was done without an asset that was missing.
    ``perception`` is None when the piece was made from an edited plan alone.
    """

    perception: Perception | None
    plan: MusicalPlan
    score: Score
    provenance: Mapping[str, Any]

    def __post_init__(self) -> None:
        freeze(self, "provenance")
