"""A journey: the regions of a picture as the sections of a piece, in the order of the eye, the whole at the end."""

from __future__ import annotations

import random
from collections.abc import Sequence

from composer.circumplex import in_plane
from composer.planning import affect_to_music as affect
from composer.planning.form import FormTargets
from composer.planning.stages import stated_sections
from composer.types import Region, Section

__all__ = ["journey_reason", "journey_sections", "place_of"]

_GAIN = 1.0
"""How far a section's feeling goes from the whole's for each step of its region's from the regions' mean."""
_HEIGHT = 10.0
"""Semitones between a region at the upper edge and one at the lower."""
_LIGHT = 6.0
"""Semitones between white and black."""
_LETTERS = "ABCDEFG"


def journey_sections(
    bars: int,
    regions: Sequence[Region],
    *,
    valence: float,
    arousal: float,
    steady_bpm: float,
    rng: random.Random,
) -> tuple[Section, ...]:
    """Lay out a section for each region and one for the whole.

    Parameters
    ----------
    bars : 1..512; with fewer bars than sections the last regions are left out.
    regions : one to six, in the order in which they are met.
    valence, arousal : of the whole picture, in [-1, 1].
    steady_bpm : quarter notes per minute that densities are for.
    rng : chooses what a return changes.
    """
    met = list(regions)[: max(bars - 1, 0)]
    mean_valence = sum(region.valence for region in regions) / len(regions)
    mean_arousal = sum(region.arousal for region in regions) / len(regions)
    stages = [
        _targets(
            in_plane(valence + _GAIN * (region.valence - mean_valence)),
            in_plane(arousal + _GAIN * (region.arousal - mean_arousal)),
            steady_bpm,
            place_of(region),
        )
        for region in met
    ]
    stages.append(_targets(valence, arousal, steady_bpm, 0.0))
    return stated_sections(_lengths(bars, len(stages)), stages, list(_LETTERS[: len(stages)]), rng)


def place_of(region: Region) -> float:
    """Return how high a region sounds by its place and its light, in semitones from the middle."""
    return _HEIGHT * (0.5 - (region.top + region.bottom) / 2) + _LIGHT * (region.palette.lightness - 0.5)


def journey_reason(sections: Sequence[Section], regions: Sequence[Region]) -> str:
    """Name the region of each section: ``B: the dark boats below, valence −.4``."""
    letters = list(dict.fromkeys(section.name.rstrip("'") for section in sections))
    parts = [
        f"{letter}: {region.name}, valence {_signed(region.valence)}, arousal {_signed(region.arousal)}"
        for letter, region in zip(letters[:-1], regions, strict=False)
    ]
    return "; ".join([*parts, f"{letters[-1]}: the whole picture"])


def _lengths(bars: int, count: int) -> list[int]:
    """Divide bars evenly in fours, or twos where they are few.

    What is left over goes to the whole, then to the regions from the first on: none is longer than one met before it.
    Odd bars lengthen the whole, where a cadence is drawn out.
    """
    unit = next((unit for unit in (4, 2) if bars >= unit * count), 1)
    units, odd = divmod(bars, unit)
    each, extra = divmod(units, count)
    longer = {(count - 1 + number) % count for number in range(extra)}
    lengths = [unit * (each + (number in longer)) for number in range(count)]
    lengths[-1] += odd
    return lengths


def _targets(valence: float, arousal: float, steady_bpm: float, high: float) -> FormTargets:
    return FormTargets(
        valence=valence,
        arousal=arousal,
        other_valence=valence,
        other_arousal=arousal,
        density=affect.density(arousal, steady_bpm),
        register=affect.mean_pitch_shift(valence, arousal) + high,
    )


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")
