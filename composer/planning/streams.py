"""Streams of random numbers, one for each purpose."""

from __future__ import annotations

import random

__all__ = ["stream"]


def stream(seed: int, purpose: str) -> random.Random:
    """Random numbers for one purpose, so that fixing one field leaves the draws for the others as they were."""
    return random.Random(f"{seed}/{purpose}")
