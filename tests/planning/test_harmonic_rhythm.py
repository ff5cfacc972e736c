"""Chords stay over the bar line and have sevenths as often as they are asked to, and cadences keep theirs."""

from __future__ import annotations

import random
from itertools import pairwise

from composer.planning.form import FormTargets, make_sections, phrase_ends
from composer.planning.harmonic_rhythm import add_sevenths, prolong
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
