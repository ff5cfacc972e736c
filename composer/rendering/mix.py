"""The mix: where the parts sit and what room they play in, as volume, pan and reverb by ensemble.

The parts of an ensemble sit as its players do, seen from the audience: violins to the left, basses to the right, winds
in the middle, brass behind them (N. Del Mar, *Anatomy of the Orchestra*, 1981; string quartets in the order violin,
violin, viola, cello). Farther back means more reverb, not less volume. A band has its bass, drums and singer in the
middle.

Conventions
-----------
* Values are MIDI controllers, 0..127: 7 (volume), 10 (pan, 64 is the middle, below it left), 91 (reverb send).
* A room is FluidSynth's reverb: size, damping, width and level.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import cycle

from composer.gm import INSTRUMENTS
from composer.types import Instrument

__all__ = ["ROOMS", "PartMix", "Room", "ensemble_kind", "mix_parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMix:
    """Where a part sits: controllers 7, 10 and 91."""

    volume: int
    pan: int
    reverb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """FluidSynth's reverb: ``roomsize``, ``damping``, ``level`` in 0..1 and ``width`` in 0..100."""

    roomsize: float
    damping: float
    width: float
    level: float


ROOMS: dict[str, Room] = {
    "solo": Room(roomsize=0.5, damping=0.4, width=0.8, level=0.6),
    "chamber": Room(roomsize=0.55, damping=0.35, width=0.8, level=0.7),
    "orchestra": Room(roomsize=0.7, damping=0.3, width=1.0, level=0.75),
    "church": Room(roomsize=0.82, damping=0.2, width=1.0, level=0.8),
    "band": Room(roomsize=0.35, damping=0.5, width=0.7, level=0.5),
}
"""Kind of ensemble -> the room it plays in: a salon, a chamber hall, a concert hall, a church, a club."""

_VOLUME = {"melody": 104, "counter": 92, "harmony": 84, "bass": 96, "drums": 88}
"""The tune a little in front."""
_DISTANCE = {"solo": 44, "chamber": 48, "orchestra": 56, "church": 72, "band": 30}
"""Reverb send of the nearest parts, by kind of ensemble."""

_STRINGS = {40: 34, 41: 76, 42: 88, 43: 98, 44: 64, 45: 64, 48: 64, 49: 64, 110: 36}
_WINDS = {72: 52, 73: 54, 74: 54, 75: 54, 68: 72, 69: 76, 71: 58, 70: 74, 64: 50, 65: 56, 66: 70, 67: 78}
_BRASS = {60: 40, 56: 78, 59: 78, 57: 86, 58: 92, 61: 80}
_OTHERS = {46: 26, 47: 50, 6: 60, 8: 40, 9: 38, 11: 46, 12: 82, 13: 84, 14: 92, 24: 48, 25: 80, 104: 48, 107: 78}
_SEATS = _STRINGS | _WINDS | _BRASS | _OTHERS
"""General MIDI program -> pan of its seat; what is not listed sits in the middle."""
_DEPTH = (
    dict.fromkeys((*_STRINGS, 104, 107), 0)
    | dict.fromkeys(_WINDS, 5)
    | dict.fromkeys(_BRASS, 9)
    | dict.fromkeys((8, 9, 11, 12, 13, 14, 47), 12)
    | dict.fromkeys((52, 53, 54), 10)
)
"""What sitting further back adds to the reverb send, in an orchestra or church; half of it in a chamber."""
_SECOND_SEAT = 16
"""How far the second player of a sound sits from the first; further ones follow."""
_WIDEST = 50
_BAND_SIDES = (40, 88, 30, 98, 52, 76)


def ensemble_kind(programs: Collection[int], *, drums: bool) -> str:
    """A key of `ROOMS` for the General MIDI programs that play; ``programs`` names each pitched part once."""
    playing = list(programs)
    if {19, 52, 53} & set(playing):
        return "church"
    if drums and not {40, 41, 43, 48, 60, 61} & set(playing):
        return "band"
    if any(program in range(26, 32) or program in range(33, 40) or program in range(80, 104) for program in playing):
        return "band"
    if len(set(playing)) <= 1:
        return "solo"
    if len(playing) > 5 or {47, 48, 49, 61} & set(playing) or drums:
        return "orchestra"
    return "chamber"


def mix_parts(instruments: Sequence[Instrument]) -> tuple[PartMix, ...]:
    """Volume, pan and reverb of every part."""
    programs = [part.program for part in instruments if not part.is_drums]
    kind = ensemble_kind(programs, drums=any(part.is_drums for part in instruments))
    pans = _band(instruments) if kind == "band" else _seated(instruments)
    return tuple(
        PartMix(volume=_VOLUME[part.role], pan=pan, reverb=_reverb(part, kind))
        for part, pan in zip(instruments, pans, strict=True)
    )


def _reverb(part: Instrument, kind: str) -> int:
    send = _DISTANCE[kind]
    if part.is_drums:
        return max(20, send - 14)
    if part.role == "bass":  # low reverb is mud
        send -= 16
    depth = _DEPTH.get(part.program, 0)
    return max(8, send + (depth if kind in ("orchestra", "church") else depth // 2))


def _seated(instruments: Sequence[Instrument]) -> list[int]:
    """Seats by instrument; the ensemble as a whole faces the listener."""
    pitched = [part for part in instruments if not part.is_drums]
    if len({part.program for part in pitched}) == 1:
        return _one_sound(instruments, len(pitched))
    pans: list[int] = []
    seen: dict[int, int] = {}
    for part in instruments:
        number = seen.get(part.program, 0)
        seen[part.program] = number + 1
        seat = _SEATS.get(part.program, 64)
        inward = 1 if seat <= 64 else -1
        pans.append(64 if part.is_drums else seat + inward * _SECOND_SEAT * number)
    sitting = [pan for pan, part in zip(pans, instruments, strict=True) if not part.is_drums]
    turn = round(64 - sum(sitting) / len(sitting))
    return [64 if part.is_drums else _within(pan + turn) for pan, part in zip(pans, instruments, strict=True)]


def _one_sound(instruments: Sequence[Instrument], parts: int) -> list[int]:
    """Parts of one sound: one player's two hands side by side, or players from left to right."""
    span = 12 if INSTRUMENTS[instruments[0].program].polyphonic else 24
    pans, place = [], 0
    for part in instruments:
        pans.append(64 if part.is_drums else _within(round(64 + span * (place - (parts - 1) / 2))))
        place += not part.is_drums
    return pans


def _band(instruments: Sequence[Instrument]) -> list[int]:
    """Singer, bass and drums in the middle, the others to the sides in turn."""
    sides = cycle(_BAND_SIDES)
    return [64 if part.role in ("melody", "bass", "drums") else next(sides) for part in instruments]


def _within(pan: int) -> int:
    return max(64 - _WIDEST, min(64 + _WIDEST, pan))
