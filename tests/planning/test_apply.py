"""Overriding single fields of an edited plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from composer.planning import PlanOverrides, apply_overrides, make_plan
from composer.planning import affect_to_music as affect
from composer.planning.roman import symbol_of
from composer.theory import MODES, parse_chord, parse_note_name
from composer.types import ChordSpan, MusicalPlan


@pytest.fixture
def plan() -> MusicalPlan:
    return make_plan(
        None, seed=5, overrides=PlanOverrides(tonic="C", mode="major", meter="4/4", valence=0.5, arousal=0.1)
    )


def test_nothing_asked_nothing_changed(plan: MusicalPlan) -> None:
    assert apply_overrides(plan, PlanOverrides()) == plan


def test_tempo_changes_only_the_tempo(plan: MusicalPlan) -> None:
    other = apply_overrides(plan, PlanOverrides(tempo_bpm=66))
    assert other.tempo_bpm == 66
    assert replace(other, tempo_bpm=plan.tempo_bpm, reasons=plan.reasons) == plan


def test_tonic_transposes_every_chord(plan: MusicalPlan) -> None:
    other = apply_overrides(plan, PlanOverrides(tonic="Eb"))
    assert other.tonic == "Eb"
    for before, after in zip(plan.chords, other.chords, strict=True):
        one, two = parse_chord(before.symbol), parse_chord(after.symbol)
        assert ((two.root - one.root) % 12, (two.bass - one.bass) % 12, two.quality) == (3, 3, one.quality)
        assert after.roman == before.roman
        assert "#" not in after.symbol or "V7/" in after.roman


def test_a_persons_own_bass_note_survives_transposition(plan: MusicalPlan) -> None:
    own = (ChordSpan(bar=1, beat=1, symbol="C/D", roman=""), *plan.chords[1:])
    other = apply_overrides(replace(plan, chords=own), PlanOverrides(tonic="G"))
    assert other.chords[0].symbol == "G/A"


@pytest.mark.parametrize("mode", MODES)
def test_mode_keeps_places_and_ends_on_its_tonic(plan: MusicalPlan, mode: str) -> None:
    other = apply_overrides(plan, PlanOverrides(mode=mode))
    places = [(chord.bar, chord.beat) for chord in plan.chords]
    assert set(places) >= {(chord.bar, chord.beat) for chord in other.chords}
    assert {chord.bar for chord in other.chords} == {chord.bar for chord in plan.chords}
    assert parse_chord(other.chords[-1].symbol).root == parse_note_name(other.tonic)
    assert other.sections == plan.sections
    assert other.instruments == plan.instruments


def test_minor_gets_minor_tonic_and_major_dominant(plan: MusicalPlan) -> None:
    other = apply_overrides(plan, PlanOverrides(mode="minor"))
    assert other.chords[-1].symbol == "Cm"
    dominants = {chord.symbol for chord in other.chords if chord.roman in ("V", "V7")}
    assert dominants
    assert dominants <= {"G", "G7"}


def test_meter_moves_second_chords(plan: MusicalPlan) -> None:
    six = apply_overrides(plan, PlanOverrides(meter="6/8"))
    assert {chord.beat for chord in six.chords} == {1, 4}
    assert [chord.symbol for chord in six.chords] == [chord.symbol for chord in plan.chords]
    three = apply_overrides(plan, PlanOverrides(meter="3/8"))
    assert {chord.beat for chord in three.chords} == {1}
    before_end = next(chord for chord in three.chords if chord.bar == plan.bars - 1)
    assert before_end.roman.startswith("V")


def test_bars_write_the_form_anew(plan: MusicalPlan) -> None:
    other = apply_overrides(plan, PlanOverrides(bars=23), seed=1)
    assert other.bars == 23 == len(other.dynamics)
    assert other.sections[0].density == plan.sections[0].density
    assert (other.tonic, other.mode, other.instruments) == (plan.tonic, plan.mode, plan.instruments)
    assert parse_chord(other.chords[-1].symbol).root == 0
    assert apply_overrides(plan, PlanOverrides(bars=plan.bars)).chords == plan.chords


def test_a_form_written_anew_keeps_the_feelings_of_the_old_one(plan: MusicalPlan) -> None:
    def second(which: MusicalPlan) -> tuple[float, float]:
        return next((one.valence, one.arousal) for one in which.sections if one.name.rstrip("'") in "BCD")

    edited = replace(
        plan,
        sections=tuple(
            replace(one, valence=-0.35, arousal=0.77) if one.name.rstrip("'") in "BCD" else one for one in plan.sections
        ),
    )
    assert second(edited) == (-0.35, 0.77)
    assert second(apply_overrides(edited, PlanOverrides(bars=32), seed=1)) == (-0.35, 0.77)
    assert second(apply_overrides(plan, PlanOverrides(bars=32), seed=1)) == second(plan)


def test_feeling_moves_what_expresses_it(plan: MusicalPlan) -> None:
    other = apply_overrides(plan, PlanOverrides(valence=-0.7, arousal=0.8))
    assert (other.valence, other.arousal) == (-0.7, 0.8)
    assert MODES[other.mode].minor
    assert other.tempo_bpm > plan.tempo_bpm
    assert sum(other.dynamics) > sum(plan.dynamics)
    assert other.articulation < plan.articulation
    assert other.sections[0].register < plan.sections[0].register
    assert other.bars == plan.bars
    assert other.instruments == plan.instruments


def test_instruments_are_replaced(plan: MusicalPlan) -> None:
    other = apply_overrides(plan, PlanOverrides(instruments="flute,guitar"))
    assert [part.program for part in other.instruments] == [73, 24]
    parts = {item.part for section in other.sections for item in section.figures}
    assert parts <= {part.name for part in other.instruments}
    sections = tuple(
        replace(section, figures=old.figures) for section, old in zip(other.sections, plan.sections, strict=True)
    )
    assert other.ending == "held", "no bass is there to fade over"
    back = replace(other, instruments=plan.instruments, sections=sections, reasons=plan.reasons, ending=plan.ending)
    assert back == plan


def test_a_little_more_feeling_moves_tempo_loudness_density_and_place_by_as_much_as_it_would_have(
    plan: MusicalPlan,
) -> None:
    moved = apply_overrides(plan, PlanOverrides(arousal=0.5))
    assert moved.tempo_bpm == affect.tempo_bpm(0.5, 0.5)
    lift = affect.dynamic_level(0.5, 0.5) - affect.dynamic_level(0.5, 0.1)
    for before, after in zip(plan.dynamics, moved.dynamics, strict=True):
        assert after == pytest.approx(min(1.0, before + lift), abs=0.001)
    factor = affect.density(0.5, affect.tempo_bpm(0.5, 0.5)) / affect.density(0.1, affect.tempo_bpm(0.5, 0.1))
    for one, two in zip(plan.sections, moved.sections, strict=True):
        assert two.arousal == pytest.approx(one.arousal + 0.4, abs=0.001)
        assert two.valence == one.valence
        assert two.density == pytest.approx(one.density * factor, abs=0.002)
        assert two.register == round(one.register + 1.2)
    assert moved.articulation == affect.articulation(0.5, 0.5)
    assert (moved.mode, moved.chords) == (plan.mode, plan.chords)
    darker = apply_overrides(plan, PlanOverrides(valence=0.3))
    assert [one.valence - two.valence for one, two in zip(plan.sections, darker.sections, strict=True)] == (
        pytest.approx([0.2] * len(plan.sections))
    )
    assert darker.mode == plan.mode


def test_the_furthest_feelings_stay_within_what_a_plan_may_hold(plan: MusicalPlan) -> None:
    for valence in (-1.0, 1.0):
        for arousal in (-1.0, 1.0):
            moved = apply_overrides(plan, PlanOverrides(valence=valence, arousal=arousal))
            assert all(0.05 <= level <= 1 for level in moved.dynamics)
            assert all(-1 <= one.valence <= 1 and -1 <= one.arousal <= 1 for one in moved.sections)
            assert all(0.25 <= one.density <= 4 for one in moved.sections)


def test_arousal_alone_never_changes_the_mode(plan: MusicalPlan) -> None:
    minor = apply_overrides(plan, PlanOverrides(mode="minor"))
    assert apply_overrides(minor, PlanOverrides(arousal=0.9)).mode == "minor"
    assert not apply_overrides(minor, PlanOverrides(valence=0.9)).key.minor


def test_functions_keep_their_degree_their_inversion_and_their_dominants_in_another_mode(plan: MusicalPlan) -> None:
    own = ("I", "vi6", "V65", "V7/ii", "ii6", "V7", "iii", "IV64", "V7/vi", "vi", "V42", "I6", "V43", "I")
    chords = tuple(
        ChordSpan(bar=number, beat=1, symbol=symbol_of(roman, plan.key), roman=roman)
        for number, roman in enumerate(own, start=1)
    )
    sections = (replace(plan.sections[0], bars=14, phrases=(4, 4, 6)),)
    short = replace(plan, bars=14, sections=sections, chords=chords, dynamics=plan.dynamics[:14])

    def moved(mode: str) -> list[str]:
        return [chord.roman for chord in apply_overrides(short, PlanOverrides(mode=mode)).chords]

    assert moved("minor") == [
        "i", "VI6", "V65", "VI", "iio6", "V7", "III", "iv64", "V7/VI", "VI", "V42", "i6", "V43", "i",
    ]  # fmt: skip
    dorian = moved("dorian")
    assert dorian[0] == dorian[-1] == "i"
    assert "V7" not in " ".join(dorian)
    assert dorian[2] == "v6"
    assert moved("whole-tone")[0] == "I+"


def test_the_same_meter_moves_nothing_and_a_wider_one_spreads_the_beats(plan: MusicalPlan) -> None:
    assert apply_overrides(plan, PlanOverrides(meter="4/4")).chords == plan.chords
    four = (
        ChordSpan(bar=1, beat=1, symbol="C"), ChordSpan(bar=1, beat=2, symbol="F"),
        ChordSpan(bar=1, beat=3, symbol="G"), ChordSpan(bar=1, beat=4, symbol="Am"),
    )  # fmt: skip
    own = replace(plan, chords=(*four, *(chord for chord in plan.chords if chord.bar > 1)))

    def first_bar(meter: str) -> list[tuple[int, str]]:
        return [
            (chord.beat, chord.symbol)
            for chord in apply_overrides(own, PlanOverrides(meter=meter)).chords
            if chord.bar == 1
        ]

    assert first_bar("8/8") == [(1, "C"), (3, "F"), (5, "G"), (7, "Am")]
    assert first_bar("2/4") == [(1, "C"), (2, "G")]
    assert first_bar("3/4") == [(1, "C"), (3, "G")]


def test_a_duration_moves_the_length_and_hardly_the_tempo(plan: MusicalPlan) -> None:
    long = apply_overrides(plan, PlanOverrides(duration_s=140), seed=3)
    assert long.bars * 4 * 60 / long.tempo_bpm == pytest.approx(140, rel=0.001)
    assert abs(long.tempo_bpm / plan.tempo_bpm - 1) <= 0.08
    fixed = apply_overrides(plan, PlanOverrides(duration_s=140, tempo_bpm=100.0), seed=3)
    assert (fixed.tempo_bpm, fixed.bars) == (100.0, 58)
    seconds = plan.bars * 4 * 60 / plan.tempo_bpm
    same = apply_overrides(plan, PlanOverrides(duration_s=round(seconds, 2)), seed=3)
    assert same.bars == plan.bars
    assert same.chords == plan.chords


def test_a_form_written_anew_is_as_loud_as_the_old_one_and_says_what_it_is(plan: MusicalPlan) -> None:
    loud = replace(plan, dynamics=tuple(min(1.0, level + 0.15) for level in plan.dynamics))
    for one in (plan, loud):
        longer = apply_overrides(one, PlanOverrides(bars=40), seed=1)
        assert sum(longer.dynamics) / 40 == pytest.approx(sum(one.dynamics) / one.bars, abs=0.05)
    assert longer.reasons["sections"].startswith(" ".join(section.name for section in longer.sections))
    assert "; chromatic chords in at most " in longer.reasons["chords"]
    assert longer.reasons["bars"] == "given by an option"


def test_a_plan_of_one_idea_gets_a_contrast_when_it_grows(plan: MusicalPlan) -> None:
    alone = replace(
        plan, bars=4, sections=(replace(plan.sections[0], name="A", start_bar=1, bars=4, phrases=(4,), opening=False),),
        chords=tuple(chord for chord in plan.chords if chord.bar <= 4), dynamics=plan.dynamics[:4],
    )  # fmt: skip
    grown = apply_overrides(alone, PlanOverrides(bars=16), seed=1)
    main = alone.sections[0]
    (other,) = {(one.valence, one.arousal) for one in grown.sections if one.name.startswith("B")}
    assert other == pytest.approx((main.valence - 0.1, main.arousal + 0.2), abs=0.001)


def test_two_functions_that_another_mode_has_one_chord_for_become_one(plan: MusicalPlan) -> None:
    own = (ChordSpan(bar=1, beat=1, symbol="Em", roman="iii"), ChordSpan(bar=1, beat=3, symbol="Am", roman="vi"))
    two = replace(plan, chords=(*own, *(chord for chord in plan.chords if chord.bar > 1)))
    first = [
        chord.roman for chord in apply_overrides(two, PlanOverrides(mode="harmonic-minor")).chords if chord.bar == 1
    ]
    assert first == ["VI"]
    assert len([chord for chord in apply_overrides(two, PlanOverrides(mode="minor")).chords if chord.bar == 1]) == 2
