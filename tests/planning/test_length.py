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


@pytest.mark.parametrize("text", ["0:10:00", "0:01:30", "5.5s", "2m", "0.5m", "9m59.5s", "7:05.5", "600"])
def test_every_way_of_writing_counts_hours_minutes_and_seconds(text: str) -> None:
    seconds = {"0:10:00": 600, "0:01:30": 90, "5.5s": 5.5, "2m": 120, "0.5m": 30, "9m59.5s": 599.5, "7:05.5": 425.5}
    assert parse_duration(text) == seconds.get(text, 600)


def test_what_lies_outside_says_how_long_it_is() -> None:
    with pytest.raises(UsageError, match=r"'1:00:02' is 3602 seconds"):
        parse_duration("1:00:02")
    with pytest.raises(UsageError, match=r"'4.9' is 4.9 seconds"):
        parse_duration("4.9")


@pytest.mark.parametrize("quarters", [1.5, 2, 3, 4, 6])
@pytest.mark.parametrize("beside", [0, 2, 4])
def test_a_piece_that_nobody_gave_a_length_lasts_about_a_minute(quarters: float, beside: int) -> None:
    for bpm in range(50, 191, 7):
        bars = usual_bars(quarters, bpm, beside)
        seconds = (bars + beside) * quarters * 60 / bpm
        assert bars % (4 if bars <= 32 else 8) == 0
        assert bars in (8, 96) or 50 < seconds < 72
        for other in (*range(8, 33, 4), *range(40, 81, 8)):
            away = (other + beside) * quarters * 60 / bpm
            assert max(seconds / 60, 60 / seconds) <= max(away / 60, 60 / away) * 1.001, other


def test_the_slowest_have_eight_bars_and_the_quickest_ninety_six() -> None:
    assert usual_bars(8, 20) == 8
    assert usual_bars(1, 300) == 96
    assert usual_bars(4, 64) == 16
    assert usual_bars(4, 64, 4) == 12


@pytest.mark.parametrize(
    ("seconds", "bpm", "bars"),
    [
        (64, 120, 32),  # just as long as eights
        (26 * 2, 120, 26),  # twos that fit to the second, though eights lie at the edge of what is free
        (52 * 2, 120, 52),  # so do fours
        (27 * 2, 120, 28),
        (33 * 2, 120, 32),
        (29 * 2, 120, 28),
        (10 * 2, 120, 10),  # nothing else is near enough
        (11 * 2, 120, 11),
        (102 * 2, 120, 104),
    ],
)
def test_bars_divide_into_phrases_as_well_as_the_tempo_allows(seconds: float, bpm: float, bars: int) -> None:
    found = fit_duration(seconds, 4, bpm)
    assert found.bars == bars
    assert found.tempo_bpm == pytest.approx(bars * 240 / seconds, abs=0.001)


@given(st.integers(20, 300), st.sampled_from([2, 3, 4]), st.integers(60, 160))
def test_odd_bars_only_where_no_four_is_near(seconds: int, quarters: int, bpm: int) -> None:
    exact = seconds * bpm / 60 / quarters
    bars = fit_duration(seconds, quarters, bpm).bars
    if any(abs(four / exact - 1) < 0.9 * TEMPO_FREEDOM for four in range(4, 1000, 4)):
        assert bars % 2 == 0
    if any(abs(eight / exact - 1) < 0.01 * TEMPO_FREEDOM for eight in range(8, 1000, 8)):
        assert bars % 8 == 0
    assert bars == max(1, round(exact)) or abs(bars / exact - 1) <= TEMPO_FREEDOM * 1.001


def test_a_moment_is_a_bar_and_the_longest_is_the_most_bars() -> None:
    assert fit_duration(5, 8, 20).bars == 1
    assert fit_duration(5, 8, 20, fixed_tempo=True).bars == 1
    assert fit_duration(MAX_BARS * 2, 4, 120).bars == MAX_BARS == fit_duration(1024, 4, 120, fixed_tempo=True).bars
    with pytest.raises(UsageError, match="would be 513 bars"):
        fit_duration(1026, 4, 120, fixed_tempo=True)
    with pytest.raises(UsageError, match="18 quarter notes a minute"):
        fit_duration(13.4, 4, 18)
