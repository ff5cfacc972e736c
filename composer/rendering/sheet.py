"""A sheet, how a score is put on paper: at which pitch, on which page, and what of it."""

from __future__ import annotations

from dataclasses import dataclass

from composer.errors import UsageError

__all__ = ["PAGES", "PITCHES", "Sheet"]

PITCHES = ("concert", "written")
"""Transposing instruments as they sound, or as their players read them."""
PAGES: dict[str, tuple[int, int]] = {"a4": (210, 297), "letter": (216, 279)}
"""Page sizes in millimetres, upright."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The choices for a score, a part or a lead sheet.

    Attributes
    ----------
    pitch : one of `PITCHES`.
    page : one of `PAGES`.
    part : only this part, counted from 0 in score order; None for all of them.
    lead : a lead sheet: melody, chord symbols and form on one staff.

    Raises
    ------
    UsageError
        A choice is unknown; the message names the option and the values allowed.
    """

    pitch: str = "concert"
    page: str = "a4"
    part: int | None = None
    lead: bool = False

    def __post_init__(self) -> None:
        for option, value, allowed in (("--pitch", self.pitch, PITCHES), ("--page", self.page, tuple(PAGES))):
            if value not in allowed:
                raise UsageError(
                    f"{option}: {value!r} is unknown; allowed: {', '.join(allowed)}", hint=f"give {option} one of those"
                )
