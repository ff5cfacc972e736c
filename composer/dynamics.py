"""Dynamic levels and the MIDI velocities that stand for them.

Conventions
-----------
* A level lies in [0, 1]: 0 is ppp, velocity 28; 1 is fff, velocity 112; the marks between lie evenly.
"""

from __future__ import annotations

__all__ = ["LOUDEST", "QUIETEST", "level_of", "velocity_of"]

QUIETEST, LOUDEST = 28.0, 112.0
"""Velocities of the levels 0 and 1."""


def velocity_of(level: float) -> float:
    """Return the velocity of a level."""
    return QUIETEST + (LOUDEST - QUIETEST) * level


def level_of(velocity: float) -> float:
    """Return the level of a velocity; below 0 and above 1 for those outside the range."""
    return (velocity - QUIETEST) / (LOUDEST - QUIETEST)
