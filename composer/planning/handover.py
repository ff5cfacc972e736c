"""Handovers: a return in which the tune goes to the player of the counter-melody."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from composer.types import Instrument, Section

__all__ = ["can_hand_over", "with_accompaniment", "with_handover", "without_handovers"]

_CHANCE = 0.6
"""Share of the pieces that could hand their tune over and do."""
_OCTAVE = 12


def can_hand_over(instruments: Sequence[Instrument]) -> bool:
    """Whether a melody and one counter-melody of another sound are there, each with an octave to play in."""
    leads = [part for part in instruments if part.role == "melody"]
    others = [part for part in instruments if part.role == "counter"]
    if len(leads) != 1 or len(others) != 1 or leads[0].program == others[0].program:
        return False
    return all(part.high - part.low >= _OCTAVE for part in (*leads, *others))


def with_handover(
    sections: tuple[Section, ...], instruments: Sequence[Instrument], rng: random.Random
) -> tuple[Section, ...]:
    """Let one return before the last section change the tune's player, instead of what it would have changed.

    A return that lies in another register keeps it: two changes would hide the tune.
    """
    places = [
        index
        for index, section in enumerate(sections[:-1])
        if section.variation is not None and section.variation != "register"
    ]
    if not places or not can_hand_over(instruments) or rng.random() > _CHANCE:
        return sections
    chosen = rng.choice(places)
    changed = replace(sections[chosen], variation="orchestration")
    return (*sections[:chosen], changed, *sections[chosen + 1 :])


def with_accompaniment(sections: tuple[Section, ...], instruments: Sequence[Instrument]) -> tuple[Section, ...]:
    """The sections for these players: where nobody accompanies, the tune is decorated instead of what lies beneath."""
    if any(part.role in ("harmony", "bass") for part in instruments):
        return sections
    return tuple(
        replace(section, variation="ornament") if section.variation in ("figure", "texture") else section
        for section in sections
    )


def without_handovers(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The sections where nobody takes the tune over: such returns change the accompaniment's density."""
    return tuple(
        replace(section, variation="texture") if section.variation == "orchestration" else section
        for section in sections
    )
