"""Ten-second passages of training pieces, varied so that more is heard than the pieces themselves have.

A passage begins at a bar line; its tempo, key, loudness and instruments are drawn anew, because the pieces are mostly
for piano, voice and strings at a few tempos.

Conventions
-----------
* A passage is a `MidiNotes` that starts at quarter 0, has one tempo and lasts ten seconds; instruments play in range.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from composer.gm import INSTRUMENTS
from composer.metrics.sound_words import PLAIN_NAMES
from composer.metrics.spectra import WINDOW_SECONDS
from composer.midi.notes import (
    DURATION,
    ONSET,
    PITCH,
    VELOCITY,
    FloatArray,
    MidiNotes,
    MidiPart,
    TempoChange,
)

__all__ = ["passage"]

_MOST_PARTS = 5
_TEMPO_RANGE = (44.0, 190.0)
_FEWEST_NOTES = 6
_KEEPS_INSTRUMENTS = 0.2
_SPLITS_KEYBOARD = 0.6
_ADDS_DRUMS = 0.12
_VOICES = (52, 53, 54)
_CHORDAL = tuple(p for programs in PLAIN_NAMES.values() for p in programs if INSTRUMENTS[p].polyphonic)
_MELODIC = tuple(p for programs in PLAIN_NAMES.values() for p in programs if not INSTRUMENTS[p].polyphonic)
_COMMON = frozenset((0, 6, 19, 24, 40, 41, 42, 46, 48, 52, 56, 60, 68, 70, 71, 73))
_KICK, _SNARE, _HAT, _RIDE = 36, 38, 42, 51


def passage(midi: MidiNotes, rng: np.random.Generator, *, beats: bool = True) -> MidiNotes | None:
    """Draw a passage; None when the place drawn has too few notes.

    Parameters
    ----------
    midi : MidiNotes
        A whole piece.
    rng : Generator
    beats : bool
        Whether the file's beats mean anything; performances without them keep their tempo.
    """
    bpm = _tempo(midi, rng) if beats else 120.0
    quarters = WINDOW_SECONDS * bpm / 60
    lines = midi.bar_lines()
    last = max(1, int(np.searchsorted(lines, midi.last_note_end - 0.8 * quarters)))
    start = float(lines[rng.integers(0, min(last, len(lines)))])
    parts = [_cut(part, start, quarters) for part in midi.parts]
    parts = sorted((part for part in parts if len(part.notes) >= 3), key=lambda part: -len(part.notes))[:_MOST_PARTS]
    if sum(len(part.notes) for part in parts if not part.is_drums) < _FEWEST_NOTES:
        return None
    pitched = [part for part in parts if not part.is_drums]
    drums = [part for part in parts if part.is_drums]
    if rng.random() >= _KEEPS_INSTRUMENTS:
        pitched = _orchestrated(_split(pitched, rng), rng)
    meter = [change for change in midi.meters if change.quarter <= start + 1e-6][-1]
    if beats and not drums and rng.random() < _ADDS_DRUMS:
        drums = [_drum_part(quarters, meter.bar_quarters, rng)]
    shift = int(rng.integers(-5, 7))
    pitched = [_in_range(part, shift) for part in pitched]
    louder = rng.uniform(34, 112)
    return MidiNotes(
        parts=tuple(_dynamics([*pitched, *drums], louder)),
        tempos=(TempoChange(quarter=0.0, bpm=bpm),),
        meters=(replace(meter, quarter=0.0),),
        keys=(),
        track_ends=(quarters,),
    )


def _tempo(midi: MidiNotes, rng: np.random.Generator) -> float:
    low, high = _TEMPO_RANGE
    factor = 2 ** rng.uniform(-0.75, 0.75)
    return float(np.clip(midi.tempos[0].bpm * factor, low, high))


def _cut(part: MidiPart, start: float, quarters: float) -> MidiPart:
    inside = (part.notes[:, ONSET] >= start - 1e-6) & (part.notes[:, ONSET] < start + quarters - 1e-6)
    notes = part.notes[inside].copy()
    notes[:, ONSET] = np.maximum(0.0, notes[:, ONSET] - start)
    notes[:, DURATION] = np.minimum(notes[:, DURATION], quarters - notes[:, ONSET])
    return replace(part, notes=notes)


# ----------------------------------------------------------------------------------- instruments


def _split(parts: Sequence[MidiPart], rng: np.random.Generator) -> list[MidiPart]:
    """Give a lone part's top voice, sometimes its lowest too, to players of their own."""
    if len(parts) != 1 or rng.random() >= _SPLITS_KEYBOARD:
        return list(parts)
    notes = parts[0].notes
    onsets = np.round(notes[:, ONSET] * 12)
    # Sorted by onset and pitch: the last of each onset is the highest.
    top = np.append(onsets[1:] != onsets[:-1], True)
    bottom = np.insert(onsets[1:] != onsets[:-1], 0, True) & ~top & (rng.random() < 0.5)
    groups = [notes[top], notes[~top & ~bottom], notes[bottom]]
    return [replace(parts[0], notes=group) for group in groups if len(group) >= 3]


def _orchestrated(parts: Sequence[MidiPart], rng: np.random.Generator) -> list[MidiPart]:
    """New programs that suit each part's range and whether it plays chords."""
    result: list[MidiPart] = []
    for part in parts:
        twin = rng.random() < 0.15 and bool(result)  # families of one instrument occur too
        program = result[-1].program if twin else _program(part.notes, rng)
        result.append(replace(part, program=program))
    return result


def _program(notes: FloatArray, rng: np.random.Generator) -> int:
    onsets = np.unique(np.round(notes[:, ONSET] * 12))
    chordal = len(notes) > 1.25 * len(onsets)
    choices = _CHORDAL if chordal or rng.random() < 0.25 else _MELODIC
    middle = float(np.median(notes[:, PITCH]))
    fitting = [p for p in choices if INSTRUMENTS[p].easy_low - 2 <= middle <= INSTRUMENTS[p].easy_high + 2]
    fitting = fitting or list(choices)
    weight = np.array([_weight(p) for p in fitting])
    return int(rng.choice(fitting, p=weight / weight.sum()))


def _weight(program: int) -> float:
    """Common instruments four times as often; programs of one name share its place."""
    shared = next(len(programs) for programs in PLAIN_NAMES.values() if program in programs)
    return (4.0 if program in _COMMON else 1.0) / math.sqrt(shared)


def _in_range(part: MidiPart, shift: int) -> MidiPart:
    """Transposed, moved by octaves into the instrument's range; notes that still lie outside are moved one by one."""
    low, high = INSTRUMENTS[part.program].low, INSTRUMENTS[part.program].high
    notes = part.notes.copy()
    notes[:, PITCH] += shift
    octaves = np.array([-24, -12, 0, 12, 24])
    outside = [((notes[:, PITCH] + move < low) | (notes[:, PITCH] + move > high)).sum() for move in octaves]
    best = min(range(5), key=lambda index: (outside[index], abs(octaves[index])))
    notes[:, PITCH] += octaves[best]
    for _ in range(4):
        notes[notes[:, PITCH] < low, PITCH] += 12
        notes[notes[:, PITCH] > high, PITCH] -= 12
    return replace(part, notes=notes[(notes[:, PITCH] >= low) & (notes[:, PITCH] <= high)])


# ----------------------------------------------------------------------------- loudness and drums


def _dynamics(parts: Sequence[MidiPart], mean: float) -> list[MidiPart]:
    everything = np.concatenate([part.notes[:, VELOCITY] for part in parts])
    offset = mean - float(everything.mean())
    result = []
    for part in parts:
        notes = part.notes.copy()
        notes[:, VELOCITY] = np.clip(np.round(notes[:, VELOCITY] + offset), 12, 126)
        result.append(replace(part, notes=notes))
    return result


def _drum_part(quarters: float, bar: float, rng: np.random.Generator) -> MidiPart:
    """A plain pattern: bass drum on the bar, snare on what follows, a cymbal on eighths or quarters."""
    step = 0.5 if rng.random() < 0.7 else 1.0
    cymbal = _HAT if rng.random() < 0.6 else _RIDE
    rows = [(at, 0.2, cymbal, 64.0) for at in np.arange(0, quarters, step)]
    for line in np.arange(0, quarters, bar):
        rows.append((line, 0.25, _KICK, 84.0))
        rows += [(at, 0.25, _SNARE, 76.0) for at in np.arange(line + 1, min(line + bar, quarters), 2.0)]
    notes = np.array(sorted(rows), dtype=np.float64)
    return MidiPart(name="drums", program=0, is_drums=True, notes=notes)
