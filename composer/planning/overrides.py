"""Values that a person sets instead of what was derived, checked with messages that name the option."""

from __future__ import annotations

import math
from dataclasses import dataclass

from composer.errors import PlanError, UsageError
from composer.planning.figure_choice import parse_figures
from composer.planning.orchestration import parse_instruments
from composer.planning.ornament_choice import parse_ornaments
from composer.planning.tradition_styles import check_tradition
from composer.theory import MODES, Meter, find_mode, parse_note_name
from composer.types import LEVELS, MAX_BARS

__all__ = ["MAX_BAR_QUARTERS", "PlanOverrides", "check_meter"]

MAX_BAR_QUARTERS = 8
"""Longest bar in quarter notes that can be composed."""
_METERS_ALLOWED = "2/4, 3/4, 4/4, 6/8 and others with unit 2, 4 or 8 and at most 8 quarter notes in a bar"


def check_meter(meter: str) -> None:
    """Raise `PlanError` unless `meter` is one with unit 2, 4 or 8 and bars of at most eight quarter notes."""
    time = Meter.parse(meter)
    if time.quarters > MAX_BAR_QUARTERS or time.denominator > 8:
        raise PlanError(f"meter: {meter!r} is not supported; allowed: {_METERS_ALLOWED}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOverrides:
    """What a person wants fixed; None leaves the choice to the picture or the plan.

    Attributes
    ----------
    bars : 1..512.
    duration_s : how long the piece lasts, 5..600 seconds, instead of `bars`; the tempo moves by as little as it needs.
    tempo_bpm : quarter notes per minute, 20..300.
    tonic : note name, ``"C"``, ``"F#"``, ``"Bb"`` ...
    mode : a mode of `composer.theory.MODES` or an alias.
    meter : ``"4/4"`` ... with at most eight quarter notes in a bar.
    instruments : General MIDI names or programs with commas between, in score order.
    valence, arousal : in [-1, 1].
    level : one of `composer.types.LEVELS`.
    figure : accompaniment figures as ``part=figure`` with commas between (`composer.planning.figure_choice`).
    ornaments : kinds of `composer.types.ORNAMENTS` with commas between, ``"none"`` or ``"auto"``.
    tradition : a tradition of `composer.planning.tradition_styles`, ``"none"`` or ``"auto"``; acts when a plan is made.

    Raises
    ------
    UsageError
        A value is not allowed; the message names the option, the value found and the values allowed.
    """

    bars: int | None = None
    duration_s: float | None = None
    tempo_bpm: float | None = None
    tonic: str | None = None
    mode: str | None = None
    meter: str | None = None
    instruments: str | None = None
    valence: float | None = None
    arousal: float | None = None
    level: str | None = None
    figure: str | None = None
    ornaments: str | None = None
    tradition: str | None = None

    def __post_init__(self) -> None:
        _check_number("--bars", self.bars, 1, MAX_BARS)
        _check_number("--duration", self.duration_s, 5, 600)
        if self.bars is not None and self.duration_s is not None:
            raise UsageError("--bars and --duration both say how long the piece is", hint="give one of the two")
        _check_number("--tempo", self.tempo_bpm, 20, 300)
        _check_number("--valence", self.valence, -1, 1)
        _check_number("--arousal", self.arousal, -1, 1)
        if self.tonic is not None:
            self._check("--key", self.tonic, "C, C#, Db, D ... B")
        if self.mode is not None:
            self._check("--mode", self.mode, ", ".join(MODES))
        if self.meter is not None:
            self._check("--meter", self.meter, _METERS_ALLOWED)
        if self.instruments is not None:
            parse_instruments(self.instruments)
        if self.figure is not None:
            parse_figures(self.figure)
        if self.ornaments is not None:
            parse_ornaments(self.ornaments)
        if self.tradition is not None:
            check_tradition(self.tradition)
        if self.level is not None and self.level not in LEVELS:
            raise UsageError(
                f"--level: {self.level!r} is unknown; allowed: {', '.join(LEVELS)}", hint="give --level one of those"
            )

    def _check(self, option: str, value: str, allowed: str) -> None:
        check = {"--key": parse_note_name, "--mode": find_mode, "--meter": check_meter}[option]
        try:
            check(value)
        except PlanError as error:
            raise UsageError(
                f"{option}: {value!r} is not allowed; allowed: {allowed}", hint=f"give {option} one of those"
            ) from error


def _check_number(option: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise UsageError(
            f"{option}: {value!r} is outside {low:g}..{high:g}", hint=f"give {option} a number from {low:g} to {high:g}"
        )
