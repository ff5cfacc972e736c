"""Sections, phrases, cadences, dynamics."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from composer.planning.form import FormTargets, dynamics_curve, make_sections, phrase_lengths

TARGETS = FormTargets(valence=0.3, arousal=0.1, other_valence=-0.2, other_arousal=0.4, density=1.2, register=2)


@pytest.mark.parametrize("bars", [*range(1, 41), 64, 100, 128, 255, 256])
def test_sections_cover_any_length(bars: int) -> None:
    for seed in range(5):
        sections = make_sections(bars, TARGETS, random.Random(seed))
        assert sections[0].start_bar == 1
        assert sum(section.bars for section in sections) == bars
        for one, two in pairwise(sections):
            assert two.start_bar == one.end_bar + 1
        names = [section.name for section in sections]
        assert len(set(names)) == len(names)
        for place, section in enumerate(sections):
            assert section.varies is None or section.varies in names[:place]
            assert section.varies is not None or "'" not in section.name
            assert all(length <= 6 for length in section.phrases)
            assert bars < 8 or all(length >= 3 for length in section.phrases)
        assert sections[-1].cadence == "authentic"


def test_phrases_are_four_bars_where_the_length_allows() -> None:
    assert phrase_lengths(4) == (4,)
    assert phrase_lengths(8) == (4, 4)
    assert phrase_lengths(7) == (4, 3)
    assert phrase_lengths(9) == (4, 5)
    assert phrase_lengths(10) == (4, 6)
    assert phrase_lengths(3) == (3,)


def test_sixteen_bars_are_mostly_song_form() -> None:
    forms = [[section.name for section in make_sections(16, TARGETS, random.Random(seed))] for seed in range(40)]
    assert forms.count(["A", "A'", "B", "A''"]) > 20
    song = make_sections(
        16, TARGETS, random.Random(next(n for n in range(40) if len(forms[n]) == 4 and "B'" not in forms[n]))
    )
    assert [section.cadence for section in song] == ["half", "authentic", "half", "authentic"]
    assert [section.varies for section in song] == [None, "A", None, "A"]


def test_eight_bars_are_antecedent_and_consequent() -> None:
    first, second = make_sections(8, TARGETS, random.Random(0))
    assert (first.cadence, second.cadence) == ("half", "authentic")
    assert second.varies == "A"


def test_the_middle_takes_the_second_feeling_and_contrasts() -> None:
    sections = make_sections(16, TARGETS, random.Random(1))
    main = sections[0]
    other = next(section for section in sections if section.name == "B")
    assert other.valence == TARGETS.other_valence
    assert other.arousal == TARGETS.other_arousal
    assert other.density > main.density * 1.1
    assert other.register != main.register


def test_a_coda_calms_thins_and_sinks_to_the_close() -> None:
    codas = 0
    for seed in range(40):
        for section in make_sections(40, TARGETS, random.Random(seed)):
            if section.name == "Coda":
                codas += 1
                assert section.arousal == pytest.approx(TARGETS.arousal - 0.1)
                assert section.density == pytest.approx(0.75 * TARGETS.density)
                assert section.register == TARGETS.register - 2
    assert codas


def test_a_return_right_after_its_model_keeps_the_register_and_no_change_comes_twice() -> None:
    moved = 0
    for seed in range(60):
        sections = make_sections(32, TARGETS, random.Random(seed))
        last: dict[str, str | None] = {}
        for before, section in pairwise(sections):
            letter = section.name.rstrip("'")
            if section.variation is None:
                continue
            if before.name.rstrip("'") == letter:
                assert section.variation != "register", section.name
            moved += section.variation == "register"
            assert section.variation != last.get(letter)
            last[letter] = section.variation
    assert moved, "later a tune may move"


@pytest.mark.parametrize("bars", [1, 2, 3, 5, 8, 16, 33, 64])
def test_dynamics_rise_to_a_late_climax_and_fall(bars: int) -> None:
    even = FormTargets(valence=0, arousal=0, other_valence=0, other_arousal=0, density=1, register=0)
    curve = dynamics_curve(make_sections(bars, even, random.Random(0)), 0.5, 0.0)
    assert len(curve) == bars
    assert all(0 < level <= 1 for level in curve)
    if bars >= 8:
        climax = curve.index(max(curve)) + 1
        assert 0.6 * bars <= climax <= 0.8 * bars
        assert curve[-1] < curve[-2] < max(curve)
        assert curve[0] < max(curve) - 0.08


def test_calm_pieces_swell_further_than_neutral_ones() -> None:
    even = FormTargets(valence=0, arousal=0, other_valence=0, other_arousal=0, density=1, register=0)
    sections = make_sections(16, even, random.Random(0))
    spans = [max(curve) - min(curve) for curve in (dynamics_curve(sections, 0.4, arousal) for arousal in (-0.8, 0.0))]
    assert spans[0] > spans[1] + 0.05
