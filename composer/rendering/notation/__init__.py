"""Notation, from ticks to what stands on paper: note values, ties, beams, voices, staves, spelling and marks.

No module here knows a file format. Conventions: time is in *steps*, twelve to the quarter note, so that sixteenths
and triplets are both whole numbers; within a bar it counts from the bar line.
"""

from __future__ import annotations

__all__: list[str] = []
