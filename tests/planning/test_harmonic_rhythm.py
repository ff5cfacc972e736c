"""Chords stay over the bar line and have sevenths as often as they are asked to, and cadences keep theirs."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from composer.planning.form import FormTargets, make_sections, phrase_ends
from composer.planning.harmonic_rhythm import HarmonicManner, add_sevenths, harmonic_manner, prolong
from composer.planning.harmony import HarmonyTask, make_chords
from composer.theory import Key, Meter, parse_chord
from composer.types import ChordSpan, Section

TARGETS = FormTargets(valence=0, arousal=0, other_valence=0, other_arousal=0, density=1, register=0)


def _sections(seed: int) -> tuple[Section, ...]:
    return make_sections(32, TARGETS, random.Random(seed))


def _chords(seed: int, *, prolonged: float, sevenths: float = 0.0) -> tuple[ChordSpan, ...]:
    task = HarmonyTask(
        key=Key.of("C", "major"), meter=Meter.parse("4/4"), tempo_bpm=100, prolonged=prolonged, sevenths=sevenths
    )
    return make_chords(_sections(seed), task, random.Random(seed))


def _stays(chords: tuple[ChordSpan, ...]) -> float:
    """Share of bar lines over which the root stays."""
    lines = [(a, b) for a, b in pairwise(chords) if b.beat == 1]
    return sum(parse_chord(a.symbol).root == parse_chord(b.symbol).root for a, b in lines) / len(lines)


def test_roots_stay_over_the_bar_line_as_often_as_asked() -> None:
    shares = {asked: sum(_stays(_chords(seed, prolonged=asked)) for seed in range(30)) / 30 for asked in (0, 0.2, 0.45)}
    assert shares[0] < 0.13
    assert shares[0] + 0.08 < shares[0.2] < shares[0.45]
    assert abs(shares[0.2] - 0.2) < 0.1


def test_cadences_and_openings_keep_their_chords() -> None:
    for seed in range(20):
        sections = _sections(seed)
        plain = [("I",), ("IV",), ("vi",), ("V",)] * 8
        rich = prolong(plain, sections, "major", 0.9, random.Random(seed))
        rich = add_sevenths(rich, sections, "major", 1.0, random.Random(seed))
        assert rich != plain
        for bar in phrase_ends(sections) | {section.start_bar for section in sections}:
            root = plain[bar - 1][0]
            assert rich[bar - 1][0].removesuffix("7").removesuffix("maj") == root


def test_gladness_does_not_dwell_on_minor_chords_nor_anyone_on_restless_ones() -> None:
    beginnings = ("vi", "iii", "I")
    bars = [bar for roman in beginnings for bar in ((roman,), ("ii",), ("IV",), ("V",))] * 3
    bars = bars[:32]

    def stay(*, glad: bool) -> list[str]:
        """The chords that go on over a bar line."""
        drawn = [prolong(bars, _sections(seed), "major", 0.15, random.Random(seed), glad=glad) for seed in range(10)]
        lines = [(one[-1], two[0].removesuffix("6")) for piece in drawn for one, two in pairwise(piece)]
        return [one for one, two in lines if one == two]

    assert "I" in stay(glad=True)
    assert "vi" not in stay(glad=True)
    assert "vi" in stay(glad=False)
    assert not {"iii", "V"} & {*stay(glad=False), *stay(glad=True)}


def test_sevenths_are_added_where_the_mode_has_them() -> None:
    sections = _sections(0)
    bars = [("I",), ("vi",), ("ii",), ("V",)] * 8
    full = add_sevenths(bars, sections, "major", 1.0, random.Random(0))
    assert ("vi7",) in full
    assert add_sevenths(bars, sections, "dorian", 1.0, random.Random(0)) == bars
    assert prolong(bars, sections, "major", 0.0, random.Random(0)) == bars


def test_quiet_sadness_adds_two_fifths_to_what_stays_and_to_what_is_full() -> None:
    def manner(stillness: float, seed: int) -> HarmonicManner:
        return harmonic_manner(
            meter="4/4", mode="minor", tempo_bpm=70, density=1.0, rng=random.Random(seed), stillness=stillness
        )

    for seed in range(20):
        plain, half, still = (manner(stillness, seed) for stillness in (0.0, 0.5, 1.0))
        assert 0 <= plain.prolonged <= 1
        assert 0 <= plain.sevenths <= 0.8, "of the sevenths in people's scores four of five are written"
        assert half.prolonged == pytest.approx(plain.prolonged + 0.2)
        assert still.prolonged == pytest.approx(plain.prolonged + 0.4)
        assert half.sevenths == pytest.approx(min(1.0, plain.sevenths + 0.2))
        assert still.sevenths == pytest.approx(min(1.0, plain.sevenths + 0.4))


def test_manners_are_those_of_people() -> None:
    drawn = [
        harmonic_manner(meter="4/4", mode="major", tempo_bpm=100, density=1.5, rng=random.Random(seed))
        for seed in range(120)
    ]
    assert 0.15 < sum(one.prolonged for one in drawn) / 120 < 0.35
    assert 0.2 < sum(one.sevenths for one in drawn) / 120 < 0.5
    assert len({one.prolonged for one in drawn}) > 10


def test_two_of_five_chords_that_stay_turn_to_their_first_inversion() -> None:
    bars = [("I",), ("IV",), ("V",), ("vi",)] * 8
    stayed = []
    for seed in range(60):
        rich = prolong(bars, _sections(seed), "major", 0.3, random.Random(seed))
        stayed += [rich[index][0] for index in range(32) if rich[index] != bars[index]]
    assert set(stayed) <= {"I", "I6", "IV", "IV6", "vi", "vi6"}
    assert 0.3 < sum(name.endswith("6") for name in stayed) / len(stayed) < 0.5


def test_a_bar_with_two_chords_keeps_its_second() -> None:
    bars = [("I",), ("vi", "ii"), ("IV", "V6"), ("V",)] * 8
    for seed in range(20):
        rich = prolong(bars, _sections(seed), "major", 0.5, random.Random(seed))
        for old, new in zip(bars, rich, strict=True):
            assert len(new) == len(old)
            assert len(old) == 1 or new[1] == old[1]


def test_what_returns_stays_where_its_model_did() -> None:
    letters = (("A", None), ("A'", "A"))
    sections = [
        Section(name=name, start_bar=1 + 8 * number, bars=8, phrases=(4, 4), varies=varies)
        for number, (name, varies) in enumerate(letters)
    ]
    bars = [("I",), ("IV",), ("ii",), ("V",), ("I",), ("vi",), ("ii",), ("V",)] * 2
    changed = 0
    for seed in range(20):
        rich = prolong(bars, sections, "major", 0.2, random.Random(seed))
        full = add_sevenths(bars, sections, "major", 0.5, random.Random(seed))
        assert rich[:8] == rich[8:]
        assert full[:8] == full[8:]
        changed += rich != bars
    assert changed


def test_as_many_chords_get_their_seventh_as_are_asked_for() -> None:
    bars = [("ii",), ("vi", "IV"), ("I",), ("V",)] * 8
    counts = []
    for share in (0.0, 0.3, 0.6, 1.0):
        count = 0
        for seed in range(30):
            full = add_sevenths(bars, _sections(seed), "major", share, random.Random(seed))
            count += sum(
                one != two for old, new in zip(bars, full, strict=True) for one, two in zip(old, new, strict=True)
            )
        counts.append(count)
    assert counts[0] == 0
    assert counts[1] / counts[3] == pytest.approx(0.3, abs=0.08)
    assert counts[2] / counts[3] == pytest.approx(0.6, abs=0.08)
    full = add_sevenths(bars, _sections(0), "major", 1.0, random.Random(0))
    assert {name for bar in full for name in bar} <= {"ii", "ii7", "vi", "vi7", "IV", "IVmaj7", "I", "V"}
