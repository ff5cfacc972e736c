"""Chromatic touches: how many, where, which, and that they resolve."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from composer.planning.colour import add_colour, colour_of
from composer.planning.idioms import Bar
from composer.planning.roman import parse_numeral
from composer.types import Section

PLAIN: list[Bar] = [("I",), ("vi",), ("IV",), ("V",), ("I",), ("IV",), ("ii",), ("V",)] * 4
DARK: list[Bar] = [("i",), ("VI",), ("iv",), ("V",), ("i",), ("III",), ("iv",), ("V",)] * 4


def sections(*, opening: bool = False) -> list[Section]:
    """A, B, A' and C of eight bars each."""
    names = [("A", None), ("B", None), ("A'", "A"), ("C", None)]
    return [
        Section(
            name=name, start_bar=1 + 8 * number, bars=8, phrases=(4, 4), varies=varies,
            opening=opening and number == 0,
        )
        for number, (name, varies) in enumerate(names)
    ]  # fmt: skip


def coloured(
    colour: float, *, mode: str = "major", two_chords: bool = True, seeds: int = 40, **more: bool
) -> list[list[Bar]]:
    bars = PLAIN if mode == "major" else DARK
    return [
        add_colour(bars, sections(), mode, colour, random.Random(seed), two_chords=two_chords, **more)
        for seed in range(seeds)
    ]


def touched(found: list[list[Bar]], mode: str = "major") -> list[tuple[int, Bar, Bar]]:
    """Index, bar and following bar of every touch."""
    bars = PLAIN if mode == "major" else DARK
    return [
        (index, piece[index], piece[index + 1])
        for piece in found
        for index, bar in enumerate(bars)
        if piece[index] != bar
    ]


def test_there_are_at_most_half_as_many_touches_as_the_colour_says() -> None:
    for colour, most in ((0.0, 0), (0.05, 1), (0.2, 3), (0.5, 8), (1.0, 16)):
        counts = [len(touched([piece])) for piece in coloured(colour)]
        assert max(counts) <= most
        assert colour > 0.3 or max(counts) == most
    assert sum(len(touched([piece])) for piece in coloured(1.0)) / 40 > 5


def test_touches_are_two_bars_apart_and_leave_beginnings_and_phrase_ends_alone() -> None:
    for piece in coloured(0.8):
        places = [index for index, _, _ in touched([piece])]
        assert all(two - one >= 2 for one, two in pairwise(places))
        assert not any(index % 8 == 0 or index % 4 == 3 for index in places)
    taken = Counter(index for index, _, _ in touched(coloured(1.0)))
    assert set(taken) >= {2, 9, 10, 17, 18, 25, 26}


def test_the_first_statement_of_the_main_idea_is_plain_unless_all_is_colourful() -> None:
    assert min(index for index, _, _ in touched(coloured(0.6))) == 9
    assert min(index for index, _, _ in touched(coloured(0.7))) == 2


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_applied_chords_resolve_to_what_they_are_applied_to(mode: str) -> None:
    kinds = Counter()
    for _, bar, following in touched(coloured(0.8, mode=mode), mode):
        last = bar[-1]
        if "/" in last:
            assert last.partition("/")[2] == following[0]
            kinds[last.partition("/")[0]] += 1
    total = kinds.total()
    assert set(kinds) == {"V7", "V65", "viio7"}
    assert 0.2 < kinds["V65"] / total < 0.5
    assert 0.1 < kinds["viio7"] / total < 0.4


def test_borrowed_chords_stand_for_their_own_and_not_always() -> None:
    found = Counter(bar[0] for index, bar, _ in touched(coloured(0.8, seeds=80)) if index % 8 in (1, 2, 6))
    assert found["iv"] > 5
    assert found["IV"] > found["iv"], "mostly the chord itself stays, with another dominant after it"
    assert {"bVI", "iv"} & set(found)
    neapolitan = [bar for _, bar, _ in touched(coloured(0.8, mode="minor"), "minor") if bar[0] == "bII6"]
    assert neapolitan


def test_without_mixture_nothing_darkens() -> None:
    found = touched(coloured(1.0, mixture=False))
    assert found
    assert all(parse_numeral(bar[-1], "major").quality == "7" and bar[-1].startswith("V") for _, bar, _ in found)


def test_a_bar_without_a_middle_is_replaced_and_others_keep_their_first_chord() -> None:
    narrow = touched(coloured(0.8, two_chords=False))
    assert all(len(bar) == 1 for _, bar, _ in narrow)
    wide = [bar for _, bar, _ in touched(coloured(0.8)) if "/" in bar[-1]]
    assert all(len(bar) == 2 for bar in wide)
    assert {bar[0] for bar in wide} <= {"I", "vi", "IV", "ii"}


def test_no_dominant_goes_into_a_touch_and_no_chord_is_prepared_by_itself() -> None:
    bars: list[Bar] = [("I",), ("V",), ("vi",), ("V",), ("I",), ("ii",), ("ii",), ("V",)] * 4
    for seed in range(30):
        piece = add_colour(bars, sections(), "major", 1.0, random.Random(seed), two_chords=True)
        for index, bar in enumerate(bars):
            assert piece[index] == bar or bar[0] != "V" or piece[index][-1] == "V", "a dominant stays"
            assert piece[index] == bar or bars[index + 1] != bar or piece[index][-1] == bar[0]


def test_modes_keep_their_own_chords() -> None:
    bars: list[Bar] = [("i",), ("IV",), ("bVII",), ("v",)] * 8
    for mode in ("dorian", "pentatonic"):
        assert add_colour(bars, sections(), mode, 1.0, random.Random(1), two_chords=True) == bars


def test_an_opening_is_no_statement_of_the_tune() -> None:
    found = [
        add_colour(PLAIN, sections(opening=True), "major", 0.5, random.Random(seed), two_chords=True)
        for seed in range(30)
    ]
    assert min(index for index, _, _ in touched(found)) >= 16, "the tune's own first statement is plain"


def test_a_full_colour_touches_neighbours_and_each_chord_still_goes_where_it_leads() -> None:
    neighbours = 0
    for mode in ("major", "minor"):
        for piece in coloured(2.0, mode=mode):
            places = [index for index, _, _ in touched([piece], mode)]
            neighbours += sum(two - one == 1 for one, two in pairwise(places))
            chords = [chord for bar in piece for chord in bar]
            applied = [(one.partition("/")[2], two) for one, two in pairwise(chords) if "/" in one]
            for target, two in applied:
                assert two.lower().removesuffix("7") == target.lower() or two in (f"V7/{target}", f"V65/{target}")
    assert neighbours > 40


def test_an_inverted_chord_is_led_to_like_its_root_and_a_cadential_six_four_like_the_dominant() -> None:
    bars: list[Bar] = [("I",), ("vi",), ("IV",), ("I64", "V"), ("I",), ("IV",), ("ii65",), ("V",)] * 4
    found = Counter()
    for seed in range(60):
        piece = add_colour(bars, sections(), "major", 1.0, random.Random(seed), two_chords=True)
        found.update((piece[index][-1], piece[index + 1][0]) for index in (10, 13, 26, 29))
    assert found["V7/V", "I64"]
    assert found["V7/ii", "ii65"]


def test_colour_follows_the_share_of_chromatic_tones_within_its_range() -> None:
    assert colour_of(0.0, 0.5) == 0.0
    assert 0.9 < colour_of(0.09, 0.4) < 1.1
    assert colour_of(0.3, 0.9) == 2.0
    assert colour_of(0.1, -0.2) == 0.0
