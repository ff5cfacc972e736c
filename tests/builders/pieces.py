"""Small pieces made by hand."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import mido

from composer.types import (
    ChordSpan,
    Composition,
    Instrument,
    MusicalPlan,
    Note,
    Score,
    Section,
    Track,
)

VIOLIN = Instrument(role="melody", name="Violin", program=40, low=55, high=100)
PIANO = Instrument(role="harmony", name="Acoustic Grand Piano", program=0, low=21, high=108)
CELLO = Instrument(role="bass", name="Cello", program=42, low=36, high=76)
DRUMS = Instrument(role="drums", name="Drums", program=0, low=27, high=87)
QUARTET = (VIOLIN, PIANO, CELLO, DRUMS)
PROVENANCE = {
    "composer": "0.1.0",
    "seed": 7,
    "image": {"name": "storm", "sha256": "ab" * 32, "size": [512, 400]},
    "music": {"weights": {"name": "music/model.safetensors", "sha256": "cd" * 32}},
    "notes": [],
}


def build_plan(**changes: Any) -> MusicalPlan:
    """A plan of `bars` bars with one chord a bar; any field can be given."""
    bars = changes.get("bars", 4)
    first = max(1, bars // 2)
    sections = [Section(name="A", start_bar=1, bars=first, phrases=(first,))]
    if bars > first:
        rest = bars - first
        sections.append(Section(name="B", start_bar=first + 1, bars=rest, phrases=(rest,), cadence="half"))
    fields: dict[str, Any] = {
        "title": "Storm at Sea",
        "tonic": "D",
        "mode": "minor",
        "tempo_bpm": 96.0,
        "meter": "4/4",
        "bars": bars,
        "sections": tuple(sections),
        "chords": tuple(ChordSpan(bar=bar, beat=1, symbol="Dm" if bar % 2 else "A7") for bar in range(1, bars + 1)),
        "instruments": QUARTET,
        "dynamics": (0.5,) * bars,
        "articulation": 1.0,
        "valence": -0.4,
        "arousal": 0.5,
        "caption": "A ship in a storm.",
        "reasons": {"mode": "minor: valence -0.40"},
    }
    return MusicalPlan(**fields | changes)


def build_tracks(plan: MusicalPlan, seed: int = 1) -> tuple[Track, ...]:
    """One note a beat and part, from the part's range, with repeated notes; every part reaches the last bar."""
    chance = random.Random(seed)
    beat, beats = plan.time.beat_ticks, plan.time.numerator
    tracks = []
    for instrument in plan.instruments:
        low, high = max(instrument.low, 36), min(instrument.high, 84)
        notes = tuple(
            Note(
                onset=index * beat,
                pitch=chance.randint(low, high),
                duration=chance.choice((beat // 2, beat)),
                velocity=chance.randint(40, 110),
            )
            for index in range(beats * plan.bars)
        )
        tracks.append(Track(instrument=instrument, notes=notes))
    return tuple(tracks)


def build(
    tracks: Sequence[Track] | None = None, provenance: dict[str, Any] | None = None, **changes: Any
) -> Composition:
    """A composition without a picture; `changes` are fields of the plan."""
    plan = build_plan(**changes)
    score = Score(plan=plan, tracks=tuple(tracks) if tracks is not None else build_tracks(plan))
    return Composition(
        perception=None, plan=plan, score=score, provenance=PROVENANCE if provenance is None else provenance
    )


def open_midi(data: bytes) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(data), charset="utf-8")


def absolute(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    """A track's messages with their ticks from the beginning."""
    tick, events = 0, []
    for message in track:
        tick += message.time
        events.append((tick, message))
    return events


KIT = SimpleNamespace(
    absolute=absolute,
    build=build,
    build_plan=build_plan,
    cello=CELLO,
    drums=DRUMS,
    open_midi=open_midi,
    piano=PIANO,
    violin=VIOLIN,
)
"""What tests build pieces with."""
