"""Hand-made MIDI files as fixtures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from builders.midi_files import Tone, midi_bytes
from composer.midi.notes import MidiNotes, parse_midi_notes
from composer.types import ChordSpan, Instrument, MusicalPlan, Section


@pytest.fixture(scope="session")
def make_bytes() -> Callable[..., bytes]:
    return midi_bytes


@pytest.fixture(scope="session")
def make_midi() -> Callable[..., MidiNotes]:
    def make(*arguments: object, **options: object) -> MidiNotes:
        return parse_midi_notes(midi_bytes(*arguments, **options))

    return make


PIECE = (
    # C major, four bars: a tune, and a bass that ends on the tonic.
    [(0, 1, 64), (1, 1, 65), (2, 2, 67), (4, 1, 69), (5, 1, 67), (6, 2, 65),
     (8, 1, 62), (9, 1, 64), (10, 2, 65), (12, 2, 62), (14, 2, 64)],
    [(0, 4, 48), (4, 4, 53), (8, 4, 55), (12, 2, 43), (14, 2, 48)],
)  # fmt: skip


@pytest.fixture
def piece() -> tuple[list[Tone], list[Tone]]:
    return ([*PIECE[0]], [*PIECE[1]])


@pytest.fixture(scope="session")
def plan() -> MusicalPlan:
    """What `piece` obeys: violin and cello, C major, 120 to the minute, four bars of 4/4."""
    return MusicalPlan(
        title="Test",
        tonic="C",
        mode="major",
        tempo_bpm=120.0,
        meter="4/4",
        bars=4,
        sections=(Section(name="A", start_bar=1, bars=4, phrases=(4,)),),
        chords=(
            ChordSpan(bar=1, beat=1, symbol="C"),
            ChordSpan(bar=2, beat=1, symbol="F"),
            ChordSpan(bar=3, beat=1, symbol="G7"),
            ChordSpan(bar=4, beat=3, symbol="C"),
        ),
        instruments=(
            Instrument(role="melody", name="Violin", program=40, low=55, high=88),
            Instrument(role="bass", name="Cello", program=42, low=36, high=60),
        ),
        dynamics=(0.5,) * 4,
        articulation=0.9,
        valence=0.0,
        arousal=0.0,
    )
