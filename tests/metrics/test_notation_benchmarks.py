"""The benchmarks of notation and levels: their own logic, and that what they find is what is there."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from builders.programs import load_program
from composer.levels import LEVELS
from composer.metrics.difficulty import Difficulty
from composer.metrics.level_check import Violation
from composer.planning import PlanOverrides, make_plan
from composer.rendering import Sheet, score_to_musicxml
from composer.types import Composition, Note, Score, Track


def _load(repository, topic):
    return load_program(repository / "benchmarks" / topic / "run.py")


@pytest.fixture(scope="module")
def notation(repository):
    return _load(repository, "notation")


@pytest.fixture(scope="module")
def levels(repository):
    return _load(repository, "levels")


@pytest.fixture(scope="module")
def winds():
    """Clarinet, horn and double bass, one note a bar each, at a plan's chords."""
    overrides = PlanOverrides(
        instruments="clarinet,horn,contrabass", bars=4, meter="3/4", tonic="D", mode="major", arousal=0.9, valence=0.1
    )
    plan = make_plan(None, overrides=overrides, seed=1, title="Winds")
    bar = plan.time.bar_ticks
    tracks = []
    for part in plan.instruments:
        tonic = part.low + (2 - part.low) % 12
        notes = tuple(Note(onset=n * bar, pitch=tonic, duration=bar, velocity=70) for n in range(plan.bars))
        tracks.append(Track(instrument=part, notes=notes))
    return Composition(perception=None, plan=plan, score=Score(plan=plan, tracks=tuple(tracks)), provenance={})


@pytest.mark.parametrize(
    "sheet", [Sheet(), Sheet(pitch="written"), Sheet(lead=True), Sheet(pitch="written", part=0)], ids=repr
)
def test_files_are_valid_and_the_schema_is_not_easily_pleased(notation, winds, sheet):
    pytest.importorskip("lxml")
    pytest.importorskip("musicxml")
    data = score_to_musicxml(winds, sheet)
    assert notation.schema_faults(data) == []
    assert notation.schema_faults(data.replace(b"duration>", b"durations>"))


@pytest.mark.parametrize("pitch", ["concert", "written"])
def test_notes_are_compared_as_they_sound(notation, winds, pitch):
    data = score_to_musicxml(winds, Sheet(pitch=pitch))
    heads, respelled = notation.spelling(notation.parsed(data), winds, Sheet(pitch=pitch))
    assert heads == 12
    assert respelled == 0
    assert notation.read(notation.parsed(data), data, winds) == (0, notation.midi_notes(winds), [])
    moved = replace(winds.score.tracks[0], notes=winds.score.tracks[0].notes[1:])
    other = replace(winds, score=replace(winds.score, tracks=(moved, *winds.score.tracks[1:])))
    assert notation.read(notation.parsed(data), data, winds)[1] != notation.midi_notes(other)
    assert notation.engraver_log(data) == []


def test_a_sign_stands_for_the_quick_notes_that_it_means_and_for_no_others(notation):
    written = (0, 0, 72, 24)
    upper = Counter([(0, 0, 72, 3), (0, 3, 74, 3), (0, 6, 72, 18), (0, 0, 48, 24)])
    assert notation.under_signs(upper, [(written, "InvertedMordent")]) == Counter([written, (0, 0, 48, 24)])
    assert notation.under_signs(upper, [(written, "Mordent")]) == upper, "the note below is meant"
    assert notation.under_signs(upper - Counter([(0, 3, 74, 3)]), [(written, "InvertedMordent")])[written] == 0
    strokes = Counter((0, 3 * place, 72, 3) for place in range(8))
    assert notation.under_signs(strokes, [(written, "Tremolo")]) == Counter([written])


def test_the_pieces_of_the_notation_benchmark_are_varied(notation):
    drawn = [notation.draw(number, 0) for number in range(60)]
    assert drawn == [notation.draw(number, 0) for number in range(60)]
    plans = [plan for plan, _, _ in drawn]
    assert {plan.level for plan in plans} == {None, *LEVELS}
    assert {plan.meter for plan in plans} >= set(notation.METERS)
    assert len({plan.mode for plan in plans}) > 12
    assert {sheet.pitch for _, sheet, _ in drawn} == {"concert", "written"}


def _row(levels, seed, level, total, faults=()):
    features = dict.fromkeys(list(Difficulty.__dataclass_fields__), 0.5) | {"total": total}
    return levels.Row(
        seed=seed,
        level=level,
        player="piano",
        key="C major",
        meter="4/4",
        tempo_bpm=80,
        notes=10,
        violations=faults,
        difficulty=Difficulty(**features),
        seconds=1.0,
    )


def test_pairs_are_neighbouring_levels_of_one_seed(levels):
    rows = [_row(levels, seed, level, total + seed) for seed in (0, 1) for total, level in enumerate(LEVELS)]
    rows[3] = _row(levels, 0, "3", 0.5, (Violation(rule="tie", bar=2, part=1, found=""),))
    text = levels.summary(rows)
    assert "pieces without a violation          0.900" in text
    assert "tie: 1" in text
    assert "pairs, the higher level harder      0.875" in text
    assert "(n = 8)" in text
