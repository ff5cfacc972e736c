"""Players of a journey: high and bright regions are sung by the higher of two players, low and dark ones by the other.

The players are those that the plan has chosen: the one of the melody and the one of the counter-melody, who exchange
their lines where the region asks for it (`composer.music.handover`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from composer.planning.handover import can_hand_over
from composer.planning.journey import place_of
from composer.types import Instrument, Region, Section

__all__ = ["with_players"]

_APART = 2.0
"""Semitones between the middles of two players' ranges, or between places of regions, below which they are alike."""


def with_players(
    sections: tuple[Section, ...], regions: Sequence[Region], instruments: Sequence[Instrument]
) -> tuple[tuple[Section, ...], str]:
    """Give each region's sections to the player that its place and light ask for; the whole stays with the melody's.

    Parameters
    ----------
    sections : of `journey_sections`: a letter for each region, the last one for the whole.
    regions : in the order of the sections.
    instruments : of the plan.

    Returns
    -------
    tuple of Section, str
        The sections, those of the counter-melody's player with ``variation="orchestration"``, and the reason; it is
        empty where nobody can take the tune over or the regions lie alike.
    """
    letters = list(dict.fromkeys(section.name.rstrip("'") for section in sections))
    places = {letter: place_of(region) for letter, region in zip(letters[:-1], regions, strict=False)}
    if not can_hand_over(instruments) or max(places.values(), default=0) - min(places.values(), default=0) < _APART:
        return sections, ""
    lead, other = (next(part for part in instruments if part.role == role) for role in ("melody", "counter"))
    above = _middle(other) - _middle(lead)
    if abs(above) < _APART:
        return sections, ""
    middle = (max(places.values()) + min(places.values())) / 2
    given = [letter for letter, place in places.items() if (place > middle) == (above > 0)]
    changed = tuple(
        replace(section, variation="orchestration") if section.name.rstrip("'") in given else section
        for section in sections
    )
    where = "high and bright" if above > 0 else "low and dark"
    others = [letter for letter in letters if letter not in given]
    return changed, f"{other.name} has the tune in {_listed(given)} ({where}), {lead.name} in {_listed(others)}"


def _middle(part: Instrument) -> float:
    return (part.low + part.high) / 2


def _listed(letters: Sequence[str]) -> str:
    return letters[0] if len(letters) == 1 else f"{', '.join(letters[:-1])} and {letters[-1]}"
