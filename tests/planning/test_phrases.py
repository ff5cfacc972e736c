"""Phrases of harmony: how they open, join and close, how fast they move, and how near to the feeling they come."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest

from composer.planning.brightness import brightness, chord_on_c, tonic_share, wanted_brightness
from composer.planning.harmony import HarmonyTask, bar_seconds, make_chords, progression
from composer.planning.idioms import Bar
from composer.planning.roman import parse_numeral
from composer.theory import Key, Meter
from composer.types import Section

FUNCTIONAL = ("major", "minor", "harmonic-minor", "melodic-minor")


def section(
    *phrases: int, name: str = "A", start: int = 1, cadence: str = "authentic", opening: bool = False
) -> Section:
    return Section(
        name=name, start_bar=start, bars=sum(phrases), phrases=phrases, cadence=cadence, opening=opening,
        varies=name.rstrip("'") if "'" in name else None,
    )  # fmt: skip


def task(mode: str = "major", **more: object) -> HarmonyTask:
    fields = {"key": Key.of("C", mode), "meter": Meter.parse("4/4"), "tempo_bpm": 100.0} | more
    return HarmonyTask(**fields)  # type: ignore[arg-type]


def drawn(sections: Sequence[Section], asked: HarmonyTask, seeds: int = 20) -> list[list[Bar]]:
    return [progression(sections, asked, random.Random(seed)) for seed in range(seeds)]


def numerals(bars: Sequence[Bar]) -> list[str]:
    return [roman for bar in bars for roman in bar]


def falls(bars: Sequence[Bar], mode: str) -> float:
    """Share of the joins at which the bass falls by step."""
    basses = [chord_on_c(roman, mode).bass for roman in numerals(bars)]
    steps = [(one - two) % 12 in (1, 2) for one, two in pairwise(basses)]
    return sum(steps) / len(steps)


# ------------------------------------------------------------------------------------------ closes


def test_phrases_inside_a_section_are_left_open_and_closed_by_turns() -> None:
    for bars in drawn([section(4, 4, 4, 4)], task()):
        assert [bars[end][-1] for end in (3, 7, 11, 15)] == ["V", "I", "V", "I"]


def test_before_a_half_cadence_the_phrase_closes_for_good_or_deceives() -> None:
    ends = {
        (bars[3][-1], bars[7][-1]) for bars in drawn([section(4, 4, cadence="half"), section(4, start=9)], task(), 40)
    }
    assert ends == {("I", "V"), ("vi", "V")}


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_a_plagal_section_closes_from_the_subdominant(mode: str) -> None:
    four = "IV" if mode == "major" else "iv"
    for bars in drawn([section(4), section(2, name="Codetta", start=5, cadence="plagal")], task(mode), 10):
        assert bars[-1] == ("I" if mode == "major" else "i",)
        assert bars[-2][-1] == four


def test_two_bars_are_the_tonic_and_its_dominant_and_one_is_the_tonic() -> None:
    for bars in drawn([section(2)], task(), 10):
        assert bars == [("I", "V7"), ("I",)]
    for bars in drawn([section(2)], task(meter=Meter.parse("3/8")), 10):
        assert bars == [("V7",), ("I",)]
    for bars in drawn([section(1)], task(), 10):
        assert bars == [("I",)]
    for bars in drawn([section(3)], task(), 20):
        assert bars[0][0] == "I"
        assert (bars[1][-1], bars[2]) == ("V7", ("I",))


def test_an_opening_holds_the_tonic_and_leads_into_the_tune_where_it_is_left_open() -> None:
    for mode, tonic, dominant in (("major", "I", "V"), ("minor", "i", "V"), ("mixolydian", "I", "bVII")):
        tune = section(4, start=3)
        led = progression([section(2, name="Intro", opening=True, cadence="half"), tune], task(mode), random.Random(1))
        held = progression([section(2, name="Intro", opening=True), tune], task(mode), random.Random(1))
        assert led[:2] == [(tonic,), (dominant,)]
        assert held[:2] == [(tonic,), (tonic,)]


def test_a_long_last_phrase_may_say_amen() -> None:
    """A plagal afterthought stands on the last two of six bars or more, after the cadence."""
    tagged = 0
    for bars in drawn([section(6)], task(), 60):
        assert len(bars) == 6
        assert bars[-1] == ("I",)
        if bars[-2] == ("IV",):
            tagged += 1
            assert bars[-3] == ("I",)
            assert bars[-4][-1].startswith("V")
    assert 0 < tagged < 60
    assert not any(bars[-2] == ("IV",) for bars in drawn([section(4)], task(), 30))


# ------------------------------------------------------------------------------------------ openings


def test_a_main_idea_opens_on_the_tonic_and_an_episode_away_from_it() -> None:
    asked = [section(4), section(4, name="B", start=5, cadence="half"), section(4, name="A'", start=9)]
    for mode in ("major", "minor", "dorian"):
        tonic = "I" if mode == "major" else "i"
        found = drawn(asked, task(mode), 8)
        assert all(bars[0][0] == bars[8][0] == tonic for bars in found)
        assert all(bars[4][0] != tonic for bars in found)


def test_a_consequent_mostly_begins_as_its_antecedent_did() -> None:
    found = drawn([section(4, 4)], task(), 80)
    assert 0.6 < sum(bars[0] == bars[4] for bars in found) / len(found) < 0.95


def test_what_returns_has_the_same_opening_in_a_phrase_of_another_length() -> None:
    for bars in drawn([section(4), section(4, name="B", start=5), section(6, name="A'", start=9)], task(), 20):
        assert bars[8] == bars[0]


# -------------------------------------------------------------------------------------------- joins


@pytest.mark.parametrize("mode", FUNCTIONAL)
def test_functions_follow_each_other_as_in_common_practice(mode: str) -> None:
    """No dominant falls back, none goes to a mediant or a cadential six-four, no supertonic to the plain tonic."""
    prepared = phrases = repeated = 0
    for bars in drawn([section(4, 4, 4, 4)], task(mode), 25):
        for start in range(0, 16, 4):
            chain = numerals(bars[start : start + 4])
            phrases += 1
            read = [parse_numeral(roman, mode) for roman in chain]
            prepared += any(one.degree in (2, 4) for one in read[:-1])
            for one, two in pairwise(read):
                repeated += one == two
                assert not (one.degree in (5, 7) and two.degree in (2, 3, 4)), chain
                assert not (one.degree == 5 and one.inversion == 0 and two.degree == 1 and two.inversion == 2), chain
                assert not (one.degree == 2 and two.degree == 1 and two.inversion != 2), chain
    assert prepared / phrases > 0.6
    assert repeated / phrases < 0.1


# ------------------------------------------------------------------------------------ harmonic rhythm


def test_bars_shorter_than_a_second_and_a_third_keep_one_chord() -> None:
    def second_chords(tempo: float) -> float:
        found = drawn([section(4, 4, 4, 4)], task(tempo_bpm=tempo), 6)
        return sum(len(bar) == 2 for bars in found for bar in bars) / (16 * len(found))

    assert second_chords(185) == 0 == second_chords(300)
    assert 0.25 < second_chords(184) < 0.4
    assert second_chords(81) == second_chords(100)
    assert second_chords(79) > second_chords(81) + 0.01


def test_stillness_keeps_even_slow_bars_to_their_chord() -> None:
    def inverted(stillness: float) -> int:
        found = drawn([section(4, 4, 4, 4)], task("dorian", tempo_bpm=50.0, stillness=stillness), 12)
        return sum(bar[1] == bar[0] + "6" for bars in found for bar in bars if len(bar) == 2)

    assert inverted(1.0) == 0
    assert inverted(0.0) > 10


def test_a_meter_without_a_middle_has_one_chord_a_bar() -> None:
    for bars in drawn([section(4, 4)], task(meter=Meter.parse("3/8"), tempo_bpm=40.0), 10):
        assert all(len(bar) == 1 for bar in bars)


def test_the_gladdest_quick_pieces_dwell_on_their_first_chord_now_and_then() -> None:
    found = drawn([section(4, 4)], task(tempo_bpm=220.0, valence=0.9), 60)
    assert 0 < sum(bars[0] == bars[1] for bars in found) / len(found) < 0.4


def test_the_length_of_a_bar() -> None:
    assert bar_seconds(Meter.parse("4/4"), 60) == 4
    assert bar_seconds(Meter.parse("6/8"), 90) == 2
    assert bar_seconds(Meter.parse("2/2"), 120) == 2


# -------------------------------------------------------------------------------------------- feeling


@pytest.mark.parametrize(
    ("mode", "valence", "most"), [("major", 0.2, 0.1), ("major", 0.5, 0.1), ("major", 0.9, 0.1), ("minor", -0.4, 0.15)]
)
def test_progressions_come_near_to_the_brightness_of_the_feeling(mode: str, valence: float, most: float) -> None:
    wanted = wanted_brightness(valence, minor=mode == "minor")
    asked = [section(4, 4), section(4, 4, name="B", start=9, cadence="half"), section(4, 4, name="A'", start=17)]
    off = [abs(brightness(bars, mode) - wanted) for bars in drawn(asked, task(mode, valence=valence), 12)]
    assert sum(off) / len(off) < most


def test_the_tonic_is_heard_in_a_third_of_the_bars_and_oftener_where_it_is_glad() -> None:
    asked = [section(4, 4), section(4, 4, name="B", start=9, cadence="half")]

    def at_home(valence: float) -> list[float]:
        return [tonic_share(bars, "major") for bars in drawn(asked, task(valence=valence), 8)]

    plain, glad = at_home(0.0), at_home(0.9)
    assert sum(plain) / len(plain) > 0.28
    assert min(glad) > 0.4


def test_the_bass_of_a_lament_falls() -> None:
    asked = [section(4, 4), section(4, 4, name="B", start=9, cadence="half")]
    shares = []
    for stillness in (0.0, 0.5, 1.0):
        found = drawn(asked, task("minor", valence=-0.7, stillness=stillness), 8)
        shares.append(sum(falls(bars, "minor") for bars in found) / len(found))
    assert shares[0] + 0.1 < shares[1] < shares[2]
    assert shares[2] > 0.35


def test_gladness_leaves_out_borrowed_chords_and_half_of_the_sevenths() -> None:
    def count(valence: float, wanted: object) -> int:
        assert callable(wanted)
        asked = task(valence=valence, colour=1.0, sevenths=0.6)
        found = drawn([section(4, 4), section(4, 4, name="B", start=9), section(4, 4, name="A'", start=17)], asked, 10)
        return sum(map(wanted, (roman for bars in found for roman in numerals(bars))))

    def borrowed(roman: str) -> bool:
        return roman in ("iv", "bVI") or roman.startswith("viio7/")

    def seventh(roman: str) -> bool:
        return roman in ("ii7", "ii65", "IVmaj7", "vi7", "iii7")

    assert count(0.1, borrowed) > 5
    assert count(0.3, borrowed) == 0
    assert count(1.0, seventh) < 0.75 * count(0.0, seventh)


def test_an_episode_in_another_key_comes_home_in_its_last_two_bars() -> None:
    asked = [section(8), section(8, name="B", start=9, cadence="half"), section(8, name="A'", start=17)]
    for seed in range(10):
        bars = progression(asked, task(away={"B": Key.of("G", "major")}), random.Random(seed))
        scale = Key.of("G", "major").pitch_classes
        assert all(chord_on_c(roman, "major").pitch_classes <= scale for roman in numerals(bars[8:13]))
        assert bars[15] == ("V",)
        assert len(bars) == 24


def test_chords_stand_on_the_first_beat_and_in_the_middle_and_are_not_said_twice() -> None:
    for meter, middle in (("4/4", 3), ("6/8", 4), ("2/4", 2)):
        chords = make_chords([section(4, 4)], task(meter=Meter.parse(meter), tempo_bpm=60.0), random.Random(3))
        assert {chord.beat for chord in chords} == {1, middle}
        for one, two in pairwise(chords):
            assert one.bar != two.bar or one.roman != two.roman
