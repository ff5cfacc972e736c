"""The grooves and fills that drummers play, measured in the training split of the Groove MIDI Dataset.

A pattern is what one layer does in a bar: kick, backbeat (snare or stick), time (hi-hat or ride) or pedal. Each stands
in at least three performances of at least two drummers, and so do the pairs that a groove is made of, so a groove is
common property and nobody's invention. `composer.training.grooves.build` measures them; the file is
``grooves/grooves.json`` among the weights.

Conventions
-----------
* Positions are grid steps of `composer.music.tokens.GRID` (12 to the quarter).
* ``accent`` is a stroke's mean velocity less that of its performance.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from composer import assets
from composer.errors import AssetError

__all__ = [
    "DRUM_KEYS",
    "GHOST_ROLE",
    "GROOVE_FORMAT",
    "LAYERS",
    "DrumHit",
    "DrumTouch",
    "Groove",
    "Grooves",
    "Pattern",
    "load_grooves",
]

GROOVE_FORMAT = "composer-grooves/1"
LAYERS = ("kick", "back", "time", "pedal")
"""The layers of a groove, in the order of `Groove.patterns`."""
GHOST_ROLE = "ghost"
DRUM_KEYS = {
    "kick": 36, "snare": 38, "ghost": 38, "stick": 37, "hat": 42, "open_hat": 46, "pedal": 44, "ride": 51, "bell": 53,
    "crash": 49, "shaker": 70, "high_tom": 50, "mid_tom": 47, "floor_tom": 45, "low_tom": 43,
}  # fmt: skip
"""General MIDI percussion key of each role."""


class DrumHit(NamedTuple):
    """A stroke: grid step, role (``"kick"``, ``"snare"``, ``"hat"`` ...), accent."""

    position: int
    role: str
    accent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A layer's bar, or a fill's beat, and how people go on from it.

    Attributes
    ----------
    hits : by position.
    performances : how many of the training split hold it.
    kept : share of its bars that are followed by itself.
    followers : numbers of the patterns of the same table that follow it most often, itself left out.
    """

    hits: tuple[DrumHit, ...]
    performances: int
    kept: float
    followers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groove:
    """Patterns that are played together: their numbers in `LAYERS`, and the bars of each style family.

    ``tempo`` is the median of its performances in quarters per minute.
    """

    patterns: tuple[int, int, int, int]
    tempo: float
    bars: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrumTouch:
    """The spread of drummers about the grid and about a stroke's own loudness.

    Attributes
    ----------
    wander_ms, jitter_ms : standard deviations of the slow and the quick part of timing.
    memory : how much of the slow part is left at the next onset.
    loud_wander, loud_jitter, loud_memory : the same of velocity.
    late_ms : mean lateness by role.
    """

    wander_ms: float
    jitter_ms: float
    memory: float
    loud_wander: float
    loud_jitter: float
    loud_memory: float
    late_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grooves:
    """All that was measured, in 4/4: by layer its patterns, the grooves, the beats of fills, ghost notes, touch.

    ``ghosts`` has for each family a mapping from grid step to (share of bars, accent).
    """

    patterns: Mapping[str, tuple[Pattern, ...]]
    grooves: tuple[Groove, ...]
    fills: tuple[Pattern, ...]
    ghosts: Mapping[str, Mapping[int, tuple[float, int]]]
    touch: DrumTouch


def _hits(text: str) -> tuple[DrumHit, ...]:
    parts = (stroke.split(".") for stroke in text.split())
    return tuple(DrumHit(int(position), role, int(accent)) for position, role, accent in parts)


def _patterns(rows: list[tuple[str, int, float, list[int]]]) -> tuple[Pattern, ...]:
    return tuple(
        Pattern(hits=_hits(text), performances=performances, kept=kept, followers=tuple(followers))
        for text, performances, kept, followers in rows
    )


@cache
def load_grooves() -> Grooves:
    """Read the measured grooves.

    Raises
    ------
    AssetError
        The file is missing or broken.
    """
    path = assets.verified("grooves/grooves.json")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != GROOVE_FORMAT:
            raise ValueError(f"format {data['format']!r}, expected {GROOVE_FORMAT!r}")
        return Grooves(
            patterns={layer: _patterns(data["patterns"][layer]) for layer in LAYERS},
            grooves=tuple(
                Groove(patterns=(kick, back, time, pedal), tempo=tempo, bars=bars)
                for kick, back, time, pedal, tempo, bars in data["grooves"]
            ),
            fills=_patterns(data["fills"]),
            ghosts={
                family: {position: (share, accent) for position, share, accent in rows}
                for family, rows in data["ghosts"].items()
            },
            touch=DrumTouch(**data["touch"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssetError(f"grooves cannot be read: {path}: {error}") from error
