"""Schemes of form: which letters a length may have, where its boundaries lie, what its returns and episodes are."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from composer.planning.form import FormTargets, cadence_at, choose_variations, dynamics_curve, layout, make_sections
from composer.types import Section

EVEN = FormTargets(valence=0.2, arousal=0.1, other_valence=0.2, other_arousal=0.1, density=1.0, register=0)


def layouts(bars: int, seeds: int = 60) -> list[list[tuple[str, int]]]:
    return [layout(bars, random.Random(seed)) for seed in range(seeds)]


def schemes(bars: int) -> set[str]:
    return {" ".join(letter for letter, _ in found) for found in layouts(bars)}


# ------------------------------------------------------------------------------------------ letters


@pytest.mark.parametrize(
    ("bars", "allowed"),
    [
        (1, {"A"}),
        (5, {"A"}),
        (6, {"A A"}),
        (8, {"A A"}),
        (12, {"A B A"}),
        (16, {"A A B A", "A B A B"}),
        (20, {"A B A C A", "A A B A Coda"}),
        (24, {"A B A"}),
        (32, {"A A B A", "A B A B"}),
        (40, {"A B A C A", "A A B A Coda"}),
        (48, {"A A B A C A", "A A B B A A"}),
        (56, {"A B A C A B A"}),
        (80, {"A B A C A", "A A B A Coda"}),
        (112, {"A B A C A B A"}),
    ],
)
def test_small_lengths_have_the_small_forms(bars: int, allowed: set[str]) -> None:
    assert schemes(bars) == allowed


def test_song_form_is_the_usual_one() -> None:
    found = Counter(" ".join(letter for letter, _ in one) for one in layouts(16, 200))
    assert 0.7 < found["A A B A"] / 200 < 0.9
    coda = Counter(one[-1][0] for one in layouts(20, 200))
    assert 0.55 < coda["Coda"] / 200 < 0.8


@pytest.mark.parametrize(
    ("bars", "sonata"),
    [
        (64, "A B A B C A B Coda"),
        (72, "A B A B C C A B Coda"),
        (160, "A B A B C D C A B Coda"),
        (176, "A B A B C D E C A B Coda"),
        (192, "A B A B C D E C A B A Coda"),
    ],
)
def test_long_pieces_are_sonatas_rondos_or_variations(bars: int, sonata: str) -> None:
    found = schemes(bars)
    count = len(sonata.split())
    assert sonata in found
    assert " ".join("A" * count) in found
    rondos = {scheme for scheme in found if scheme not in (sonata, " ".join("A" * count))}
    assert len(rondos) == (2 if count < 10 else 1)
    for scheme in rondos:
        letters = scheme.split()
        assert letters[0] == letters[-1] == "A"
        assert len(letters) == count
        assert len(set(letters)) >= 3
        assert all(one != two or one == "A" for one, two in pairwise(letters)), "an episode is not repeated"


def test_the_refrain_of_a_rondo_stands_on_every_other_place() -> None:
    assert "A A B A C A B A" in schemes(64)
    assert "A B A C A B A D A" in schemes(72)


def test_the_longest_pieces_are_rondos_whose_episodes_are_small_ternary_forms() -> None:
    for bars in (208, 320, 512):
        (scheme,) = schemes(bars)
        letters = scheme.split()
        assert len(letters) == bars // 16
        assert letters[:4] == ["A", "A", "B", "A"]
        assert letters[4:10] == ["C", "D", "C", "A", "B", "A"]
        assert letters[-1] == "A"


@pytest.mark.parametrize(("bars", "unit"), [(8, 4), (20, 4), (23, 4), (24, 8), (60, 8), (79, 8), (80, 16), (200, 16)])
def test_sections_are_of_four_bars_in_short_pieces_of_eight_in_longer_and_sixteen_in_long_ones(
    bars: int, unit: int
) -> None:
    for found in layouts(bars, 20):
        lengths = [length for _, length in found]
        assert sum(lengths) == bars
        assert abs(Counter(lengths).most_common(1)[0][0] - unit) <= (1 if unit == 4 else 0)
        assert lengths[0] == unit
        assert max(lengths) < 2 * unit


def test_bars_left_over_are_a_coda_or_lengthen_the_last_section() -> None:
    for bars, rest in ((38, 6), (36, 4), (92, 12), (59, 3), (30, 6)):
        for found in layouts(bars, 20):
            letter, length = found[-1]
            if bars in (59, 30):  # too few bars, or too few sections, for a coda of their own
                assert length == 8 + rest
            else:
                assert (letter, length) == ("Coda", rest) or length == (8 if bars < 80 else 16) + rest
    assert all("Coda" in scheme for scheme in schemes(36))
    assert all(scheme.count("Coda") <= 1 for bars in range(8, 200) for scheme in schemes(bars))


def test_the_shorter_half_of_seven_bars_comes_first() -> None:
    assert layout(6, random.Random(0)) == [("A", 3), ("A", 3)]
    assert layout(7, random.Random(0)) == [("A", 3), ("A", 4)]


def test_an_inner_boundary_moves_by_a_bar_in_four_pieces_of_ten() -> None:
    moved = 0
    directions = set()
    for found in layouts(20, 400):
        lengths = [length for _, length in found]
        assert lengths[0] == 4
        changes = [length - 4 for length in lengths]
        if any(changes):
            moved += 1
            assert sorted(change for change in changes if change) == [-1, 1]
            place = changes.index(next(change for change in changes if change))
            assert changes[place + 1] == -changes[place], "what one section gains its neighbour loses"
            assert place + 1 < len(lengths) - 1, "the last section keeps its length"
            directions.add((place, changes[place]))
    assert 0.32 < moved / 400 < 0.48
    assert directions == {(1, 1), (1, -1), (2, 1), (2, -1)}
    for bars in (12, 32, 48):
        assert all(length % 4 == 0 for found in layouts(bars) for _, length in found)


# ----------------------------------------------------------------------------------------- cadences


@pytest.mark.parametrize(
    ("letters", "cadences"),
    [
        ("AA", "half authentic"),
        ("ABA", "authentic half authentic"),
        ("AABA", "half authentic half authentic"),
        ("AAA", "half authentic authentic"),
        ("ABAB", "authentic half authentic authentic"),
        ("AABBAA", "half authentic half half half authentic"),
        ("ABACA", "authentic half authentic half authentic"),
        ("BB", "half authentic"),
        ("ABAA", "authentic half half authentic"),
    ],
)
def test_sections_close_before_what_is_new_and_stay_open_before_a_return(letters: str, cadences: str) -> None:
    assert [cadence_at(list(letters), index) for index in range(len(letters))] == cadences.split()


def test_what_precedes_a_coda_has_closed() -> None:
    assert cadence_at(["A", "B", "Coda"], 1) == "authentic"


# ---------------------------------------------------------------------------------------- variations


def test_returns_change_everything_that_they_may_and_firsts_nothing() -> None:
    near, later = Counter(), Counter()
    for seed in range(300):
        first, second, other, third = choose_variations(["A", "A", "B", "A"], random.Random(seed))
        assert first is None is other
        assert third != second
        near[second] += 1
        later[third] += 1
    assert set(near) == {"ornament", "rhythm", "figure", "texture"}
    assert set(later) == {*near, "register"}
    assert min(near.values()) > 50
    assert min(later.values()) > 40


# ------------------------------------------------------------------------------------------- targets


def sections_of(targets: FormTargets, bars: int = 40, seeds: int = 40) -> list[Section]:
    return [section for seed in range(seeds) for section in make_sections(bars, targets, random.Random(seed))]


def test_episodes_of_the_same_feeling_lie_higher_and_denser_or_lower_and_thinner_by_turns() -> None:
    found: dict[str, set[tuple[float, int]]] = {}
    for section in sections_of(EVEN):
        if section.variation != "register":
            found.setdefault(section.name, set()).add((section.density, section.register))
    assert found["A"] == {(1.0, 0)}
    assert found["B"] == {(1.2, 3)}
    assert found["C"] == {(0.8, -3)}


def test_a_stirred_episode_is_denser_and_higher_and_a_calmer_one_thinner_and_lower() -> None:
    def episode(valence: float, arousal: float) -> Section:
        targets = replace(EVEN, other_valence=valence, other_arousal=arousal)
        return next(section for section in sections_of(targets, 24) if section.name == "B")

    same, stirred, calm, dark = episode(0.2, 0.1), episode(0.2, 0.9), episode(0.2, -0.7), episode(-0.6, 0.1)
    assert stirred.density > 1.7 > same.density > calm.density
    assert calm.density < 0.6
    assert stirred.register == round(3 + 3 * 0.8)
    assert calm.register == round(-3 - 3 * 0.8)
    assert dark.register == round(3 - 5 * 0.8)
    assert (dark.valence, stirred.arousal) == (-0.6, 0.9)


def test_an_episode_that_ends_the_piece_comes_home_half_the_way() -> None:
    targets = replace(EVEN, other_valence=-0.6, other_arousal=0.9)
    whole = [make_sections(16, targets, random.Random(seed)) for seed in range(80)]
    ending = [sections for sections in whole if sections[-1].name == "B'" and sections[-1].variation != "register"]
    assert ending
    for sections in ending:
        episode, last = sections[1], sections[-1]
        assert (last.valence, last.arousal) == (targets.valence, targets.arousal)
        assert last.density == pytest.approx((episode.density + 1) / 2, abs=0.02)
        assert abs(last.register - episode.register / 2) <= 0.5


def test_the_last_return_lies_a_semitone_higher_and_a_moved_one_by_a_fourth() -> None:
    for arousal, lift in ((0.1, 5), (-0.25, 5), (-0.5, -5)):
        moved = 0
        for seed in range(60):
            sections = make_sections(32, replace(EVEN, arousal=arousal, other_arousal=arousal), random.Random(seed))
            for section in sections:
                if section.name.rstrip("'") == "A":
                    home = 1 if section is sections[-1] and section.varies else 0
                    assert section.register == home + (lift if section.variation == "register" else 0)
                    moved += section.variation == "register"
        assert moved


def test_targets_are_held_to_what_a_section_may_have() -> None:
    wild = FormTargets(valence=1, arousal=1, other_valence=1, other_arousal=1, density=4, register=24)
    still = FormTargets(valence=-1, arousal=-1, other_valence=-1, other_arousal=-1, density=0.25, register=-24)
    assert all(section.density <= 4 and section.register <= 24 for section in sections_of(wild))
    assert all(section.density >= 0.25 and section.register >= -24 for section in sections_of(still))
    assert {section.density for section in sections_of(still) if section.name == "A"} == {0.25}


# ------------------------------------------------------------------------------------------ dynamics


def curve(bars: int, level: float = 0.5, arousal: float = 0.0, seed: int = 0) -> tuple[float, ...]:
    targets = replace(EVEN, arousal=arousal, other_arousal=arousal)
    return dynamics_curve(make_sections(bars, targets, random.Random(seed)), level, arousal)


def test_the_climax_is_seven_tenths_in_and_never_the_end_of_a_phrase() -> None:
    for bars in (16, 24, 32, 48, 64, 128):
        for seed in range(6):
            targets = replace(EVEN, other_arousal=0.1)
            sections = make_sections(bars, targets, random.Random(seed))
            levels = dynamics_curve(sections, 0.5, 0.1)
            climax = levels.index(max(levels)) + 1
            ends = {section.start_bar + sum(section.phrases[: n + 1]) - 1 for section in sections for n in range(9)}
            assert abs(climax - 0.7 * bars) <= 2.5
            assert climax not in ends


def test_the_way_up_is_longer_than_the_way_down_and_the_start_is_the_softest() -> None:
    levels = curve(64)
    climax = levels.index(max(levels))
    assert levels[0] == min(levels[:-3])
    assert levels[-4] > levels[0] + 0.02, "three quarters of the way down, before the end steps back"
    assert levels[climax // 2] > (levels[0] + levels[climax]) / 2 - 0.05
    assert abs(sum(levels) / 64 - 0.5) < 0.04


def test_the_swing_is_smallest_where_nothing_stirs_and_largest_where_all_is_calm() -> None:
    def swing(arousal: float) -> float:
        inner = curve(64, arousal=arousal)[:-3]
        return max(inner) - min(inner)

    assert swing(0.0) == pytest.approx(0.17, abs=0.02)
    assert swing(1.0) == pytest.approx(0.23, abs=0.02)
    assert swing(-1.0) == pytest.approx(0.36, abs=0.02)


def test_calm_pieces_fade_at_the_end_and_excited_ones_keep_their_strength() -> None:
    def step_back(arousal: float) -> list[float]:
        levels = curve(64, arousal=arousal)
        return [round(one - two, 3) for one, two in pairwise(levels[-5:])]

    calm, wild = step_back(-1.0), step_back(1.0)
    assert sum(calm) > 0.13
    assert max(map(abs, wild)) < 0.03
    levels = curve(64, arousal=-1.0)
    assert levels[-1] < levels[-2] < levels[-3] < levels[-4]


def test_a_stirred_section_is_louder_than_the_whole_and_levels_stay_within_bounds() -> None:
    calm = make_sections(24, EVEN, random.Random(1))
    stirred = tuple(replace(section, arousal=0.6) if section.name == "B" else section for section in calm)
    lift = [b - a for a, b in zip(dynamics_curve(calm, 0.5, 0.1), dynamics_curve(stirred, 0.5, 0.1), strict=True)]
    assert lift[:8] == lift[16:] == [0] * 8
    assert lift[8:16] == pytest.approx([0.1] * 8, abs=0.002)
    assert min(curve(32, level=0.0)) == 0.05
    assert max(curve(32, level=1.0)) == 1.0


def test_each_phrase_is_a_small_arch() -> None:
    levels = curve(64)
    for start in range(0, 40, 4):
        first, second, third, last = levels[start : start + 4]
        assert second - first > third - second > last - third
