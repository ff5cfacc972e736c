"""The progress of long work: a callback that is told what is being done and how far it is."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "silent", "within"]

Progress = Callable[[str, float], None]
"""Called with the name of the stage and the share of it that is done, in [0, 1]."""


def silent(_stage: str, _share: float) -> None:
    """Report to nobody."""


def within(progress: Progress, low: float, high: float) -> Progress:
    """A callback that fills a part of another's share."""

    def scaled(stage: str, share: float) -> None:
        progress(stage, low + (high - low) * min(1.0, max(0.0, share)))

    return scaled
