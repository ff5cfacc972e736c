"""Single bars of a part, made by hand, for what rules say of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.music.blocks import Block, GridNote, Harmony
from composer.music.rules.base import FORBIDDEN, LENGTHS, Rule
from composer.music.rules.context import DecodingContext
from composer.music.tokens import CONDITIONS, END, ChordCode

__all__ = [
    "BAR",
    "WHITE",
    "build_block",
    "build_context",
    "chord",
    "durations",
    "free",
    "notes",
    "pitches",
    "positions",
]

BAR = 48
"""Steps of a bar of four quarter notes."""
WHITE = frozenset({0, 2, 4, 5, 7, 9, 11})
_CHORDS = {
    "C": (0, 0, {0, 4, 7}),
    "C/E": (0, 4, {0, 4, 7}),
    "F": (5, 5, {5, 9, 0}),
    "G7": (7, 7, {7, 11, 2, 5}),
    "Am": (9, 9, {9, 0, 4}),
    "Dm": (2, 2, {2, 5, 9}),
}


def chord(name: str, start: int = 0) -> Harmony:
    """A chord of C major from a step of the bar on."""
    root, bass, tones = _CHORDS[name]
    return Harmony(start=start, root=root, bass=bass, code=ChordCode(), tones=frozenset(tones), allowed=WHITE)


def build_block(*chords: Harmony, **changes: Any) -> Block:
    """A bar of a melody in C major, over C where nothing is said."""
    fields: dict[str, Any] = {
        "bar": 1, "part": 0, "role": "melody", "length": BAR, "harmonies": chords or (chord("C"),), "following": None,
        "low": 48, "high": 84, "monophonic": True, "most_at_once": 1, "fewest_onsets": 1, "most_onsets": 8,
        "calm": False, "closing": False, "cadence": None, "final": False, "penultimate": False, "echo_bar": None,
        "echo_kind": 0, "tonic": 0, "conditions": np.zeros(len(CONDITIONS), dtype=np.int64),
    }  # fmt: skip
    return Block(**fields | changes)


def notes(*rows: tuple[int, int, int]) -> list[GridNote]:
    """Notes as (step, pitch, length)."""
    return [GridNote(*row) for row in rows]


def build_context(block: Block | None = None, *written: tuple[int, int, int], **changes: Any) -> DecodingContext:
    """What rules see of a bar in which some notes stand already."""
    return DecodingContext(block or build_block(), notes(*written), **changes)


def positions(rule: Rule, context: DecodingContext) -> NDArray[np.float64]:
    """What a rule says of the next note's place; `END` ends the bar."""
    bias = np.zeros(END + 1)
    rule.positions(context, bias)
    return bias


def pitches(rule: Rule, context: DecodingContext, position: int = 0) -> NDArray[np.float64]:
    """What it says of the pitch at a place."""
    bias = np.zeros(128)
    rule.pitches(context, position, bias)
    return bias


def durations(rule: Rule, context: DecodingContext, position: int = 0, pitch: int = 60) -> dict[int, float]:
    """Length -> what it says of it."""
    bias = np.zeros(len(LENGTHS))
    rule.durations(context, position, pitch, bias)
    return dict(zip(LENGTHS.tolist(), bias.tolist(), strict=True))


def free(bias: NDArray[np.float64]) -> set[int]:
    """The choices that are left."""
    return set(np.flatnonzero(bias > FORBIDDEN / 2).tolist())
