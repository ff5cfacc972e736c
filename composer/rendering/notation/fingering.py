"""Fingering hints for beginners, where a rule gives them.

* Piano, primer and level 1: the hand lies on five neighbouring notes of the scale, so the tonic takes the right thumb
  or the left little finger, the next note the next finger. Notes outside the position get no hint.
* Violin up to level 2, first position: open strings in preference to the fourth finger; semitones 1 and 2 above the
  open string take the first finger, 3 and 4 the second, 5 and 6 the third, 7 (on the E string) the fourth.
* Trumpet up to level 2: the nearest open note of the harmonic series above, lowered by the valves: second a semitone,
  first two, first and second three, second and third four, first and third five, all of them six.

A hint stands where its note first comes in a section. Conventions: pitches are those that sound.
"""

from __future__ import annotations

from composer.levels import PIANO, PLAYERS, find_level, hand_range, player_of
from composer.types import MusicalPlan

__all__ = ["finger", "section_starts"]

_FIVE = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 4, 7: 4}
"""Semitones above the tonic -> place in the position."""
_OPEN_STRINGS = (76, 69, 62, 55)
_ON_STRING = (0, 1, 1, 2, 2, 3, 3, 4)
_OPEN_NOTES = (60, 67, 72, 76, 79, 84)
"""Written open notes of the trumpet: middle C and the harmonics above."""
_VALVES = ("0", "2", "1", "12", "23", "13", "123")


def finger(plan: MusicalPlan, role: str, pitch: int) -> str:
    """The hint for a note of a part, empty where no rule gives one."""
    player = player_of(plan.instruments)
    if plan.level is None or player is None:
        return ""
    tonic = plan.key.tonic_pc
    if player is PIANO:
        return _piano(plan.level, role, pitch, tonic)
    if plan.level not in ("primer", "1", "2"):
        return ""
    if player is PLAYERS["violin"]:
        string = next((open_ for open_ in _OPEN_STRINGS if open_ <= pitch), None)
        above = pitch - string if string is not None else len(_ON_STRING)
        return str(_ON_STRING[above]) if above < len(_ON_STRING) else ""
    if player is PLAYERS["trumpet"]:
        written = pitch + player.written
        down = next((note - written for note in _OPEN_NOTES if note >= written), len(_VALVES))
        return _VALVES[down] if down < len(_VALVES) else ""
    return ""


def _piano(level: str, role: str, pitch: int, tonic: int) -> str:
    if level not in ("primer", "1"):
        return ""
    low, _ = hand_range(PIANO, find_level("primer").name, role, tonic)
    place = _FIVE.get(pitch - low)
    if place is None:
        return ""
    return str(place + 1 if role == "melody" else 5 - place)


def section_starts(plan: MusicalPlan) -> tuple[int, ...]:
    """First bars of the sections, from 0."""
    return tuple(section.start_bar - 1 for section in plan.sections)
