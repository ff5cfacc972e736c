"""The subtitles of a film, in the SubRip form: the caption first, then each section by its name."""

from __future__ import annotations

from collections.abc import Sequence

from composer.types import MusicalPlan

__all__ = ["subtitles"]

_LONGEST, _SHORTEST = 7.0, 2.5
"""Seconds that words stay at most, and that they need."""


def subtitles(plan: MusicalPlan, times: Sequence[float], seconds: float) -> str:
    """The text of a subtitle file.

    Parameters
    ----------
    plan : MusicalPlan
    times : sequence of float
        When each of its sections begins, seconds.
    seconds : float
        Length of the film.
    """
    first = plan.caption or plan.title
    lines = [(0.0, first), *((start, f"Section {part.name}") for start, part in zip(times, plan.sections, strict=True))]
    lines = [line for line in lines if line[0] > 0 or line[1] == first]
    entries = []
    for index, (start, words) in enumerate(lines):
        following = lines[index + 1][0] if index + 1 < len(lines) else seconds
        end = min(following, start + max(_SHORTEST, _LONGEST if index == 0 else _SHORTEST))
        entries.append(f"{index + 1}\n{_clock(start)} --> {_clock(end)}\n{words}\n")
    return "\n".join(entries)


def _clock(seconds: float) -> str:
    """Hours, minutes, seconds and thousandths: ``00:00:07,000``."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"
