"""Names of the parts of a MIDI file: those that its maker gave, told apart where two are equal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from composer.gm import INSTRUMENTS

__all__ = ["NamedPart", "given_name", "part_names"]

_EMPTY = re.compile(
    r"(midi|audio|instrument|track|staff|channel|part|untitled|unnamed|new|out|in|no|#|[\s_:.-]|\d)*", re.IGNORECASE
)
"""Names that programs give where their user gave none: ``Track 3``, ``Staff-1``, ``MIDI out``."""
_LONGEST = 60
_FAR = 5.0
"""Semitones between the middles of two staves of one player's hands, at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPart:
    """A pitched part: its track's name, its General MIDI program, and the middle of what it plays as a pitch."""

    name: str
    program: int
    pitch: float


def given_name(name: str, player: str) -> str:
    """The name that a track's maker gave, or that of its instrument, ``player``."""
    clean = " ".join(name.split())[:_LONGEST]
    return player if _EMPTY.fullmatch(clean) else clean


def part_names(parts: Sequence[NamedPart]) -> list[str]:
    """A name for each part, no two equal.

    Two tracks of one keyboard are its hands; of other equals the instruments tell them apart, else a number does.
    """
    names = [given_name(part.name, INSTRUMENTS[part.program].name) for part in parts]
    out = list(names)
    for name in dict.fromkeys(names):
        same = [index for index, other in enumerate(names) if other == name]
        if len(same) == 1:
            continue
        players = [INSTRUMENTS[parts[index].program].name for index in same]
        if _are_hands([parts[index] for index in same], same):
            marks = [" (right hand)", " (left hand)"]
        elif len(set(players)) == len(same):
            marks = [f" ({player})" if player != name else "" for player in players]
        else:
            marks = [f" {number}" for number in range(1, len(same) + 1)]
        for index, mark in zip(same, marks, strict=True):
            out[index] = name + mark
    return _unique(out)


def _unique(names: Sequence[str]) -> list[str]:
    """Numbered names may meet one that was there: count on."""
    out: list[str] = []
    for name in names:
        made, number = name, 2
        while made in out:
            made, number = f"{name} {number}", number + 1
        out.append(made)
    return out


def _are_hands(parts: Sequence[NamedPart], places: Sequence[int]) -> bool:
    if len(parts) != 2 or places[1] != places[0] + 1 or parts[0].program != parts[1].program:
        return False
    keyboard = INSTRUMENTS[parts[0].program].family in ("piano", "organ")
    return keyboard and parts[0].pitch - parts[1].pitch >= _FAR
