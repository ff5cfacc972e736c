"""Overriding single fields of an edited plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from composer.planning import PlanOverrides, apply_overrides, make_plan
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
