"""The correction of a plan's controls by what a person has been found to prefer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import MappingProxyType

from composer.types.checks import check_range

__all__ = ["CORRECTION_BOUNDS", "Correction"]

CORRECTION_BOUNDS = MappingProxyType(
    {"valence": 0.4, "arousal": 0.4, "tempo": 0.3, "density": 0.6, "register": 5.0, "consonance": 0.5}
)
"""Largest absolute value of each control: a correction shades a piece and never turns a storm into a lullaby."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A shift of what a plan is made from; zeros shift nothing.

    Attributes
    ----------
    valence, arousal : added to the feeling read from the picture, -0.4..0.4.
    tempo : octaves of tempo, -0.3..0.3: the tempo is multiplied by 2**tempo.
    density : octaves of the leading part's density, -0.6..0.6.
    register : semitones that the leading part lies higher, -5..5.
    consonance : -0.5..0.5; above 0 fewer sevenths and chromatic chords.
    source : who asked for it, as the reasons name it.

    Raises
    ------
    PlanError
        A value lies outside its bounds.
    """

    valence: float = 0.0
    arousal: float = 0.0
    tempo: float = 0.0
    density: float = 0.0
    register: float = 0.0
    consonance: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        for name, bound in CORRECTION_BOUNDS.items():
            check_range(f"correction.{name}", getattr(self, name), -bound, bound)

    @property
    def is_neutral(self) -> bool:
        """True when it shifts nothing."""
        return not any(getattr(self, item.name) for item in fields(self) if item.name != "source")
