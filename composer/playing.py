"""The playing of pianists: how far timing and loudness depart from what is written, measured in performances.

`composer.training.touch.performances` measures them; the file is ``touch/playing.json`` among the weights.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from composer import assets
from composer.errors import AssetError

__all__ = ["Playing", "load_playing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """Departures of players, times in milliseconds, loudness in MIDI velocity.

    Attributes
    ----------
    wander_ms, jitter_ms : standard deviations of the slow and the quick part of timing.
    memory : share of the slow part that is left at the next onset.
    ahead_ms : how far the highest note of a chord is ahead of the others.
    spread_ms : time from one note of a chord to the next.
    loud_wander, loud_jitter, loud_memory : the same of loudness.
    top_louder : how much louder the highest note of a chord is than the others.
    """

    wander_ms: float
    jitter_ms: float
    memory: float
    ahead_ms: float
    spread_ms: float
    loud_wander: float
    loud_jitter: float
    loud_memory: float
    top_louder: float


@cache
def load_playing() -> Playing:
    """The embedded measures.

    Raises
    ------
    AssetError
        The file is missing or damaged.
    """
    path = assets.verified("touch/playing.json")
    try:
        return Playing(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise AssetError(f"playing: {path} is no table of measures", hint="install the package again") from error
