"""The compound representation: one step of the transformer is one note.

A piece is bars; a bar holds one *block* per part, in the order of `ROLE_ORDER` (the melody leads, the bass supports it,
inner parts fill in); a block is a header step and its notes by onset, then pitch. The header carries no note: it closes
the block before it. A step predicts the next note's position, then its pitch, then its duration (small heads inside
the step), or the end of the block.

Everything that the plan fixes reaches every step of a block as *conditions* (`CONDITIONS`): chords, meter, phrase,
role, density, register, and which earlier bar is echoed. So what a person edits acts at once and at every note, and
no token is spent on it.

Conventions
-----------
* Grid time: `GRID` (12) steps to the quarter note, so that sixteenths and triplets are both exact.
* Pitches are in the canonical key (`composer.theory.Key`): the scale is on the white keys.
* In every condition, 0 means *unknown*: training hides conditions at random, generation may leave them open.
"""

from __future__ import annotations

import bisect
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

from composer.theory import STEPS_PER_QUARTER, Meter

__all__ = [
    "BAR_CYCLE",
    "CHORD_CLASSES",
    "CONDITIONS",
    "DURATIONS",
    "END",
    "GRID",
    "MAX_POSITION",
    "NO_DURATION",
    "NO_PITCH",
    "ROLE_CODES",
    "ROLE_ORDER",
    "START",
    "STEP_FIELDS",
    "TEMPO_EDGES",
    "ChordCode",
    "chord_code",
    "density_code",
    "duration_index",
    "fingerprint",
    "meter_code",
    "register_code",
    "spread_code",
    "tempo_code",
    "vocabulary",
]

GRID = STEPS_PER_QUARTER
MAX_POSITION = 96
"""Positions 0..95: bars of up to eight quarter notes."""
END, START = MAX_POSITION, MAX_POSITION + 1
NO_PITCH, NO_DURATION = 128, 33
DURATIONS = (
    1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20, 21, 24, 27, 28, 30, 32, 33, 36, 39, 42, 45, 48, 54, 60, 66,
    72, 84, 96,
)  # fmt: skip
"""Durations that a note may have, in grid steps; longer notes are tied by the score, not by the model."""

STEP_FIELDS = {"position": MAX_POSITION + 2, "pitch": NO_PITCH + 1, "duration": NO_DURATION + 1}
"""What a step says about its own note: field -> number of values."""

METERS = ("2/4", "3/4", "4/4", "6/8", "3/8", "9/8", "12/8", "5/4")
_METER_ALIASES = {"2/2": "4/4", "4/8": "2/4"}
TEMPO_EDGES = (60.0, 76.0, 92.0, 112.0, 138.0)
_DENSITY_EDGES = (0.01, 0.3, 0.55, 0.8, 1.05, 1.55, 2.05, 3.05)
CHORD_CLASSES = ("", "m", "dim", "aug", "7", "maj7", "m7", "m7b5", "dim7", "sus4")
"""Chord qualities the model tells apart; others are folded into these by `chord_code`."""
_CHORD_FOLDS = {"sus2": "sus4", "mmaj7": "m", "6": "", "m6": "m", "5": ""}
ROLE_CODES = {"melody": 1, "counter": 2, "harmony": 3, "bass": 4}
ROLE_ORDER = ("melody", "bass", "counter", "harmony")
BAR_CYCLE = 32

CONDITIONS: dict[str, int] = {
    "meter": len(METERS) + 2,
    "tempo": len(TEMPO_EDGES) + 2,
    "mode": 3,
    "root": 13,
    "quality": len(CHORD_CLASSES) + 1,
    "bass": 13,
    "root_late": 13,
    "quality_late": len(CHORD_CLASSES) + 1,
    "bass_late": 13,
    "root_next": 13,
    "quality_next": len(CHORD_CLASSES) + 1,
    "bars_left": 10,
    "phrase_left": 10,
    "bar": BAR_CYCLE + 1,
    "role": len(ROLE_CODES) + 1,
    "slot": 9,
    "family": 17,
    "roles_present": 17,
    "polyphony": 5,
    "density": len(_DENSITY_EDGES) + 2,
    "register": 65,
    "spread": 12,
    "echo": BAR_CYCLE + 1,
    "echo_kind": 4,
}
"""Condition -> number of values, 0 included. All but the last fourteen are the same for every part of a bar.

``root``/``quality``/``bass`` is the chord at the bar line, ``*_late`` the one from the bar's middle on, ``*_next`` the
next bar's. ``bars_left`` and ``phrase_left`` are 1 + bars after this one (capped), so 1 is the last bar. ``bar`` counts
modulo `BAR_CYCLE`; ``echo`` is the ``bar`` value of the bar that this block takes up, ``echo_kind`` how closely:
1 the rhythm, 2 rhythm and contour, 3 the notes.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChordCode:
    """A chord as the model sees it: ``root``, ``bass`` canonical pitch class + 1, ``quality`` from 1; 0 unknown."""

    root: int = 0
    quality: int = 0
    bass: int = 0


def chord_code(root: int, quality: str, bass: int, shift: int) -> ChordCode:
    """Code a sounding chord; ``shift`` semitones lead to the canonical key."""
    folded = _CHORD_FOLDS.get(quality, quality)
    return ChordCode(
        root=(root + shift) % 12 + 1, quality=CHORD_CLASSES.index(folded) + 1, bass=(bass + shift) % 12 + 1
    )


def meter_code(meter: Meter) -> int:
    """1.. for a meter the model knows, the last code for any other."""
    name = _METER_ALIASES.get(str(meter), str(meter))
    return METERS.index(name) + 1 if name in METERS else len(METERS) + 1


def tempo_code(tempo_bpm: float) -> int:
    """Tempo class 1..6 from quarter notes per minute."""
    return bisect.bisect_right(TEMPO_EDGES, tempo_bpm) + 1


def density_code(onsets_per_quarter: float) -> int:
    """Density class 1..9; 1 is silence."""
    return bisect.bisect_right(_DENSITY_EDGES, onsets_per_quarter) + 1


def register_code(mean_pitch: float) -> int:
    """Register class 1..64 from the mean canonical pitch, two semitones each."""
    return min(63, max(0, int(mean_pitch // 2))) + 1


def spread_code(semitones: float) -> int:
    """Spread class 1..11 from the distance between the 10th and 90th percentile of pitch, three semitones each."""
    return min(10, int(semitones // 3)) + 1


def duration_index(steps: float) -> int:
    """Index into `DURATIONS` of the nearest duration on a logarithmic scale."""
    target = math.log(max(steps, 0.5))
    return min(range(len(DURATIONS)), key=lambda index: abs(math.log(DURATIONS[index]) - target))


def vocabulary() -> dict[str, Any]:
    """The whole representation as plain data; what the tokenizer file holds."""
    return {
        "format": "composer-compound/1",
        "grid_per_quarter": GRID,
        "durations": list(DURATIONS),
        "meters": list(METERS),
        "chord_classes": list(CHORD_CLASSES),
        "tempo_edges_bpm": list(TEMPO_EDGES),
        "density_edges_onsets_per_quarter": list(_DENSITY_EDGES),
        "roles": ROLE_CODES,
        "bar_cycle": BAR_CYCLE,
        "step_fields": STEP_FIELDS,
        "conditions": CONDITIONS,
    }


def fingerprint() -> str:
    """Sha256 of the canonical JSON of `vocabulary`; weights carry it and are refused when it differs."""
    text = json.dumps(vocabulary(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
