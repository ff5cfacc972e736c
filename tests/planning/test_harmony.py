"""Progressions: cadences, functions, places, spelling."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest

from composer.planning import PlanOverrides, make_plan
from composer.planning.form import FormTargets, make_sections
from composer.planning.harmony import HarmonyTask, make_chords, second_chord_beat
from composer.planning.idioms import IDIOMS, idiom_of
from composer.planning.roman import chord_of, parse_numeral
from composer.theory import MODES, Key, Meter, parse_chord
from composer.types import ChordSpan, MusicalPlan

METERS = ("2/4", "3/4", "4/4", "6/8", "3/8", "9/8", "12/8", "5/4")
LENGTHS = (*range(1, 41), 64, 128)
EXPLAINED_QUALITIES = {"", "7", "m", "dim", "dim7", "m7b5", "m7"}


def _plan(mode: str, meter: str = "4/4", bars: int = 16, seed: int = 0, **more: object) -> MusicalPlan:
    overrides = PlanOverrides(mode=mode, meter=meter, bars=bars, **more)  # type: ignore[arg-type]
    return make_plan(None, overrides=overrides, seed=seed)


def _bars_away(plan: MusicalPlan) -> set[int]:
    """Bars of the episodes that are in another key, as the plan's reason says."""
    letters = re.findall(r"\b([B-Z]) in [A-G]", plan.reasons["chords"])
    away = [section for section in plan.sections if section.name.rstrip("'") in letters]
    return {bar for section in away for bar in range(section.start_bar, section.end_bar + 1)}


def _bar(plan: MusicalPlan, bar: int) -> list[ChordSpan]:
    return [chord for chord in plan.chords if chord.bar == bar]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("meter", METERS)
def test_every_length_ends_on_the_tonic_and_cadences_where_it_says(mode: str, meter: str) -> None:
    idiom = idiom_of(mode)
    turn = (list(MODES).index(mode) + METERS.index(meter)) % 2  # every second length, by turns
    for bars in LENGTHS[turn::2]:
        plan = _plan(mode, meter, bars, seed=bars)
        (last,) = _bar(plan, bars)
        assert last.beat == 1
        assert last.roman == idiom.tonic
        assert parse_chord(last.symbol).root == plan.key.tonic_pc
        assert {chord.bar for chord in plan.chords} == set(range(1, bars + 1))
        assert {chord.beat for chord in plan.chords} <= {1, second_chord_beat(Meter.parse(meter))}
        for section in plan.sections:
            close = _bar(plan, section.end_bar)
            assert len(close) == 1
            at_home = parse_chord(close[0].symbol).root == plan.key.tonic_pc
            assert at_home is (section.cadence in ("authentic", "plagal"))


@pytest.mark.parametrize("mode", MODES)
def test_chords_are_diatonic_or_explained(mode: str) -> None:
    words = {
        roman
        for formulas in (IDIOMS[mode].openings, IDIOMS[mode].contrasts, IDIOMS[mode].authentic, IDIOMS[mode].half)
        for formula in formulas
        for bar in formula
        for roman in bar
    }
    colour = ("bII6", "bVI", "iv", "VII7", "VI7", "iiø", "V65")
    for seed in range(20):
        plan = _plan(mode, seed=seed, arousal=0.9)
        scale = Key.of(plan.tonic, mode).pitch_classes
        for chord in plan.chords:
            parsed = parse_chord(chord.symbol)
            assert parsed == chord_of(chord.roman, plan.key)
            if not parsed.pitch_classes <= scale:
                assert chord.roman in words or "/" in chord.roman or chord.roman.startswith(colour)
                assert parsed.quality in EXPLAINED_QUALITIES


def test_small_scales_stay_inside_themselves() -> None:
    for mode in ("pentatonic", "minor-pentatonic", "hirajoshi", "in-sen", "whole-tone", "double-harmonic"):
        for seed in range(10):
            plan = _plan(mode, seed=seed)
            scale = Key.of(plan.tonic, mode).pitch_classes
            assert all(parse_chord(chord.symbol).pitch_classes <= scale for chord in plan.chords)


@pytest.mark.parametrize("mode", ["major", "minor", "harmonic-minor"])
def test_common_practice_is_kept(mode: str) -> None:
    """Minor dominants are major at cadences, applied dominants resolve, no dominant falls back to a predominant."""
    for seed in range(40):
        plan = _plan(mode, bars=32, seed=seed, arousal=0.6)
        numerals = [parse_numeral(chord.roman, mode) for chord in plan.chords]
        away = _bars_away(plan)
        for (here, one), (there, two) in pairwise(zip(plan.chords, numerals, strict=True)):
            if here.bar in away:
                continue
            if one.target is not None:
                # A six-four on the way to the dominant is prepared as the dominant is.
                embellished = (two.degree, two.inversion, one.target.degree) == (1, 2, 5)
                assert two.step == one.target.step or two.target == one.target or embellished, (here, there)
            inside = not any(section.start_bar == there.bar for section in plan.sections)
            if inside and one.target is None and one.degree == 5 and one.quality == "7" and one.inversion == 0:
                assert two.degree in (1, 6), (here, there)
        for section in plan.sections:
            if section.cadence == "half":
                assert _bar(plan, section.end_bar)[0].roman == "V"
            elif mode != "major" and section.cadence == "authentic" and not section.opening:
                before = [chord for chord in plan.chords if chord.bar < section.end_bar][-1]
                assert parse_chord(before.symbol).quality in ("", "7")


def test_modes_cadence_in_their_own_way() -> None:
    penultimate = {
        mode: {_plan(mode, seed=seed).chords[-2].roman for seed in range(20)}
        for mode in ("dorian", "phrygian", "lydian", "mixolydian")
    }
    assert "bVII" in penultimate["dorian"]
    assert penultimate["phrygian"] <= {"bII", "bvii"}
    assert penultimate["lydian"] & {"II", "V"}
    assert penultimate["mixolydian"] & {"bVII", "IV"}
    assert not any("V7" in romans for romans in penultimate.values())


def test_returns_keep_the_opening_and_change_the_close() -> None:
    kept = total = 0
    for seed in range(30):
        plan = _plan("major", seed=seed)
        for section in plan.sections:
            if section.varies is None:
                continue
            model = next(other for other in plan.sections if other.name == section.varies)
            total += 1
            first = [chord.roman for chord in _bar(plan, model.start_bar)]
            kept += first == [chord.roman for chord in _bar(plan, section.start_bar)]
    assert kept == total > 0


def test_harmonic_rhythm_follows_the_tempo() -> None:
    targets = FormTargets(valence=0, arousal=0, other_valence=0, other_arousal=0, density=1, register=0)
    sections = make_sections(64, targets, random.Random(0))

    def chords_per_bar(meter: str, tempo: float) -> float:
        task = HarmonyTask(key=Key.of("C", "major"), meter=Meter.parse(meter), tempo_bpm=tempo)
        return sum(len(make_chords(sections, task, random.Random(seed))) for seed in range(5)) / 5 / 64

    assert chords_per_bar("2/4", 150) == 1.0
    assert 1.0 < chords_per_bar("4/4", 100) < chords_per_bar("4/4", 50) < 2.0


def test_colour_adds_chromatic_chords() -> None:
    targets = FormTargets(valence=0, arousal=0, other_valence=0, other_arousal=0, density=1, register=0)
    sections = make_sections(32, targets, random.Random(0))

    def chromatic(colour: float) -> int:
        task = HarmonyTask(key=Key.of("C", "major"), meter=Meter.parse("4/4"), tempo_bpm=100, colour=colour)
        scale = Key.of("C", "major").pitch_classes
        chords = make_chords(sections, task, random.Random(0))
        return sum(not parse_chord(chord.symbol).pitch_classes <= scale for chord in chords)

    assert chromatic(0.0) == 0
    assert chromatic(1.0) >= 2


@pytest.mark.parametrize(
    ("meter", "beat"),
    [("4/4", 3), ("3/4", 3), ("2/4", 2), ("6/8", 4), ("3/8", None), ("9/8", 7), ("12/8", 7), ("5/4", 4), ("2/2", 2)],
)
def test_second_chord_beat(meter: str, beat: int | None) -> None:
    assert second_chord_beat(Meter.parse(meter)) == beat


def test_the_variety_of_progressions() -> None:
    openings = {
        tuple(chord.roman for chord in _plan("major", seed=seed).chords if chord.bar <= 4) for seed in range(40)
    }
    assert len(openings) >= 20


def test_brighter_feelings_bring_more_major_chords() -> None:
    def brightness(valence: float, mode: str) -> float:
        found = []
        for seed in range(12):
            for chord in _plan(mode, seed=seed, valence=valence, arousal=0.0).chords:
                steps = {(pc - parse_chord(chord.symbol).root) % 12 for pc in parse_chord(chord.symbol).pitch_classes}
                found.append((4 in steps) - (3 in steps and 4 not in steps))
        return sum(found) / len(found)

    assert brightness(0.9, "major") > brightness(0.2, "major") + 0.15
    assert brightness(-0.1, "minor") > brightness(-0.9, "minor") + 0.15


def test_quiet_sadness_has_a_falling_bass_and_slower_chords() -> None:
    def measured(arousal: float) -> tuple[float, float]:
        falls, changes = [], []
        for seed in range(20):
            chords = [
                parse_chord(chord.symbol) for chord in _plan("minor", seed=seed, valence=-0.7, arousal=arousal).chords
            ]
            falls += [(one.bass - two.bass) % 12 in (1, 2) for one, two in pairwise(chords)]
            changes += [one.root != two.root for one, two in pairwise(chords)]
        return sum(falls) / len(falls), sum(changes) / len(changes)

    still, stirred = measured(-0.7), measured(0.1)
    assert still[0] > stirred[0] + 0.04
    assert still[1] < stirred[1] - 0.05
