from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.errors import UsageError
from composer.planning import PlanOverrides, apply_overrides, make_plan
from composer.planning.length import TEMPO_FREEDOM, fit_duration, parse_duration, usual_bars
from composer.types import MAX_BARS


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:30", 90),
        ("90s", 90),
        ("90", 90),
        ("1m30s", 90),
        ("1.5 min", 90),
        ("2 minutes", 120),
        ("10:00", 600),
        (" 5S ", 5),
    ],
)
def test_durations_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "1:2", "-30", "4s", "10:01", "1h", "nan", "1:30:00", "s", "9" * 400])
def test_what_is_no_duration_gets_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_duration(text)
    assert "--duration" in caught.value.message
    assert "1:30" in (caught.value.hint or "")


@given(st.floats(20, 300), st.sampled_from([1.5, 2.0, 3.0, 4.0, 6.0]), st.floats(50, 190))
def test_bars_and_tempo_last_exactly_as_long_and_stay_near_the_feeling(
    seconds: float, quarters: float, bpm: float
) -> None:
    if seconds * bpm / 60 / quarters * (1 + TEMPO_FREEDOM) > MAX_BARS:
        return
    found = fit_duration(seconds, quarters, bpm)
    assert found.bars * quarters * 60 / found.tempo_bpm == pytest.approx(seconds, rel=1e-4)
    if seconds * bpm / 60 / quarters >= 0.5 / TEMPO_FREEDOM:  # of fewer bars none may fit; then the time counts
        assert abs(found.tempo_bpm / bpm - 1) <= TEMPO_FREEDOM * 1.05


def test_a_tempo_that_was_asked_for_stays() -> None:
    found = fit_duration(60, 4, 97, fixed_tempo=True)
    assert (found.bars, found.tempo_bpm) == (24, 97)


def test_too_long_for_the_tempo_says_what_to_change() -> None:
    with pytest.raises(UsageError, match="bars"):
        fit_duration(600, 2, 190)


@pytest.mark.parametrize("bpm", [50, 76, 104, 190])
def test_the_usual_length_is_in_fours(bpm: float) -> None:
    assert usual_bars(4, bpm) % 4 == 0


def test_a_plan_with_a_duration_says_so_and_can_be_made_longer() -> None:
    plan = make_plan(None, overrides=PlanOverrides(valence=-0.4, arousal=-0.5, duration_s=45), seed=2)
    assert "45 seconds" in plan.reasons["bars"]
    longer = apply_overrides(plan, PlanOverrides(duration_s=150), seed=2)
    assert longer.bars > 2 * plan.bars
    assert longer.tempo_bpm == pytest.approx(plan.tempo_bpm, rel=TEMPO_FREEDOM)


def test_bars_and_duration_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="both"):
        PlanOverrides(bars=8, duration_s=60)


def test_a_level_keeps_to_a_page() -> None:
    plan = make_plan(None, overrides=PlanOverrides(valence=0.4, arousal=0.5, level="1"), seed=2)
    assert plan.bars == 16
