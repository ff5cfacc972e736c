"""Leading: the note of a staff that another goes on to, from which a chromatic note has its name."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from composer.rendering.notation.meters import STEPS_PER_QUARTER
from composer.rendering.notation.voices import StaffNote

__all__ = ["goals"]

_LONGEST_REST = STEPS_PER_QUARTER
"""Steps of rest after which nothing leads on."""


def goals(notes: Iterable[StaffNote]) -> Mapping[StaffNote, StaffNote]:
    """The note that each goes on to: the nearest one struck when it ends, or soon after; repeated notes go on alike.

    Notes that nothing follows are left out.
    """
    struck: dict[float, list[StaffNote]] = {}
    for note in sorted(notes):
        struck.setdefault(note.start, []).append(note)
    onsets = sorted(struck)
    found: dict[StaffNote, StaffNote] = {}
    for note in (note for onset in reversed(onsets) for note in struck[onset]):
        at = bisect_left(onsets, note.end)
        if at == len(onsets) or onsets[at] - note.end > _LONGEST_REST:
            continue
        after = min(struck[onsets[at]], key=lambda other: (abs(other.pitch - note.pitch), -other.pitch))
        goal = found.get(after) if after.pitch == note.pitch else after
        if goal is not None:
            found[note] = goal
    return found
