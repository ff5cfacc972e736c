"""The first bars of any MIDI file, engraved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from composer.errors import ComposerError, MidiError
from composer.evaluation.midi_notes import DURATION, ONSET, PITCH, VELOCITY, MidiNotes, MidiPart, excerpt
from composer.gm import INSTRUMENTS
from composer.types import TICKS_PER_QUARTER, Composition, Instrument, MusicalPlan, Note, Score, Track, bar_ticks

__all__ = ["BARS", "engraved_excerpt"]

BARS = 8
_MOST_PARTS = 6
_GRID = 12
_SOUNDING = 0.6
"""A note that sounds for this share of the time to the next onset is written out to it."""
_TICK = TICKS_PER_QUARTER // _GRID


def engraved_excerpt(path: Path, midi: MidiNotes) -> str:
    """The first page of the first `BARS` bars, as SVG; onsets and lengths on a grid of twelfths of a quarter note.

    Raises
    ------
    ComposerError
        The file has too many parts to be read at this size, or cannot be notated.
    """
    from composer.midi_plan import plan_from_midi
    from composer.rendering import engrave

    bars = min(BARS, len(midi.bar_lines()) - 1)
    cut = excerpt(midi, 1, bars)
    parts = [part for part in cut.parts if len(part.notes)]
    if not 1 <= len(parts) <= _MOST_PARTS:
        raise MidiError(f"{len(parts)} parts play in the first bars; up to {_MOST_PARTS} are engraved")
    plan = plan_from_midi(path, bars=(1, bars))
    plan = replace(plan, instruments=tuple(_instrument(part, index) for index, part in enumerate(parts)))
    tracks = tuple(_track(instrument, part, plan) for instrument, part in zip(plan.instruments, parts, strict=True))
    if not any(track.notes for track in tracks):
        raise MidiError("no note begins in the first bars")
    score = Score(plan=plan, tracks=tracks)
    try:
        return engrave(Composition(perception=None, plan=plan, score=score, provenance={}))[0]
    except ValueError as error:  # music that the notation was not made for
        raise ComposerError(f"the first bars cannot be notated: {error}") from error


def _instrument(part: MidiPart, index: int) -> Instrument:
    if part.is_drums:
        return Instrument(role="drums", name="Drums", program=0)
    role = "melody" if index == 0 else "harmony"
    return Instrument(role=role, name=INSTRUMENTS[part.program].name, program=part.program)


def _track(instrument: Instrument, part: MidiPart, plan: MusicalPlan) -> Track:
    end = plan.bars * bar_ticks(plan.meter)
    onsets = np.floor(part.notes[:, ONSET] * _GRID + 0.5).astype(np.int64) * _TICK
    lengths = np.maximum(1, np.round(part.notes[:, DURATION] * _GRID)).astype(np.int64) * _TICK
    bar_lines = np.arange(1, plan.bars + 1) * bar_ticks(plan.meter)
    starts = np.union1d(onsets, bar_lines)
    following = starts[np.minimum(np.searchsorted(starts, onsets, side="right"), len(starts) - 1)] - onsets
    # Players shorten notes; a score writes them out to the next one or to the bar line.
    lengths = np.where((lengths < following) & (lengths >= _SOUNDING * following), following, lengths)
    notes: dict[tuple[int, int], Note] = {}
    for onset, length, row in zip(onsets.tolist(), lengths.tolist(), part.notes, strict=True):
        if onset < end:
            pitch, velocity = int(row[PITCH]), max(1, int(row[VELOCITY]))
            duration = min(length, end - onset)
            notes[onset, pitch] = Note(onset=onset, pitch=pitch, duration=duration, velocity=velocity)
    return Track(instrument=instrument, notes=tuple(sorted(notes.values())))
