"""Hand-made MIDI files, written with mido so that no code of ours stands between the test and the file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import mido
import pytest

from composer.evaluation.midi_notes import MidiNotes, parse_midi_notes
from composer.types import ChordSpan, Instrument, MusicalPlan, Section

Tone = tuple[float, float, int] | tuple[float, float, int, int]
"""Onset and duration in quarter notes, pitch, and velocity (default 80)."""


def midi_bytes(
    parts: Sequence[Sequence[Tone]] = (),
    *,
    programs: Sequence[int] = (),
    meter: str | None = "4/4",
    tempo_us: int | None = 500_000,
    key: str | None = None,
    end: float | None = None,
    conductor: Sequence[tuple[float, mido.MetaMessage]] = (),
    division: int = 480,
) -> bytes:
    """One track per part after a conductor track; a program of -1 means drums."""
    file = mido.MidiFile(type=1, ticks_per_beat=division)
    head: list[tuple[float, mido.MetaMessage]] = []
    if tempo_us is not None:
        head.append((0.0, mido.MetaMessage("set_tempo", tempo=tempo_us)))
    if meter is not None:
        beats, unit = (int(number) for number in meter.split("/"))
        head.append((0.0, mido.MetaMessage("time_signature", numerator=beats, denominator=unit)))
    if key is not None:
        head.append((0.0, mido.MetaMessage("key_signature", key=key)))
    tracks = [[(quarter, 0, message) for quarter, message in (*head, *conductor)]]
    melodic = iter((*range(9), *range(10, 16)))
    for index, part in enumerate(parts):
        program = programs[index] if index < len(programs) else 0
        channel = 9 if program < 0 else next(melodic)
        events = [(0.0, -1, mido.Message("program_change", channel=channel, program=max(0, program)))]
        for onset, duration, pitch, *rest in part:
            velocity = rest[0] if rest else 80
            events.append((onset, 1, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
            events.append((onset + duration, 0, mido.Message("note_off", channel=channel, note=pitch)))
        tracks.append(events)
    for events in tracks:
        track = mido.MidiTrack()
        now = 0
        for quarter, _rank, message in sorted(events, key=lambda event: event[:2]):
            tick = round(quarter * division)
            track.append(message.copy(time=tick - now))
            now = tick
        stop = now if end is None else max(now, round(end * division))
        track.append(mido.MetaMessage("end_of_track", time=stop - now))
        file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


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
