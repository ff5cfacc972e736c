"""What a person may ask for, up to its very ends, and what is said where it lies beyond them."""

from __future__ import annotations

import math

import pytest

from composer.errors import PlanError, UsageError
from composer.planning.overrides import PlanOverrides, check_meter


@pytest.mark.parametrize(
    ("option", "name", "low", "high"),
    [
        ("bars", "--bars", 1, 512),
        ("duration_s", "--duration", 5, 600),
        ("tempo_bpm", "--tempo", 20, 300),
        ("valence", "--valence", -1, 1),
        ("arousal", "--arousal", -1, 1),
    ],
)
def test_numbers_are_allowed_up_to_their_bounds(option: str, name: str, low: int, high: int) -> None:
    for value in (low, high):
        assert getattr(PlanOverrides(**{option: value}), option) == value  # type: ignore[arg-type]
    for value in (low - 1, high + 1, low - 0.01, high + 0.01, math.nan, math.inf, -math.inf):
        with pytest.raises(UsageError) as caught:
            PlanOverrides(**{option: value})  # type: ignore[arg-type]
        assert caught.value.message == f"{name}: {value!r} is outside {low}..{high}"
        assert caught.value.hint == f"give {name} a number from {low} to {high}"


@pytest.mark.parametrize("meter", ["2/4", "3/4", "4/4", "5/4", "8/4", "6/8", "7/8", "16/8", "2/2", "4/2", "1/2"])
def test_bars_of_up_to_eight_quarters_can_be_asked_for(meter: str) -> None:
    check_meter(meter)
    assert PlanOverrides(meter=meter).meter == meter


@pytest.mark.parametrize("meter", ["9/4", "17/8", "5/2", "12/16", "4/3", "0/4", "four"])
def test_longer_bars_and_finer_units_are_refused(meter: str) -> None:
    with pytest.raises(PlanError):
        check_meter(meter)
    with pytest.raises(UsageError, match="--meter") as caught:
        PlanOverrides(meter=meter)
    assert "at most 8 quarter notes" in caught.value.message


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        ({"tonic": "H"}, "--key: 'H' is not allowed; allowed: C, C#", "give --key one of those"),
        ({"mode": "sad"}, "--mode: 'sad' is not allowed; allowed: major, ", "give --mode one of those"),
        ({"level": "5"}, "--level: '5' is unknown; allowed: primer, 1, 2, 3, 4", "give --level one of those"),
        ({"bars": 8, "duration_s": 30.0}, "--bars and --duration both say", "give one of the two"),
    ],
)
def test_wrong_words_are_answered_with_the_right_ones(asked: dict[str, object], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        PlanOverrides(**asked)  # type: ignore[arg-type]
    assert message in caught.value.message
    assert caught.value.hint == hint


def test_nothing_asked_is_nothing_wrong() -> None:
    assert PlanOverrides() == PlanOverrides(bars=None, level=None)
    assert PlanOverrides(level="primer", tonic="Bb", mode="Aeolian").mode == "Aeolian"
