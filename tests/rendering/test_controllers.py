from __future__ import annotations

from types import SimpleNamespace

import pytest

from composer.rendering import score_to_midi
from composer.rendering.controllers import expression, pedal
from composer.types import ChordSpan, Instrument, MusicalPlan, Note, Score, Track

ORGAN = Instrument(role="harmony", name="Church Organ", program=19)


def bare(plan: MusicalPlan) -> Score:
    return Score(plan=plan, tracks=())


def arpeggio(*pitches: int, start: int = 0) -> list[Note]:
    return [Note(onset=start + 240 * n, pitch=p, duration=240, velocity=70) for n, p in enumerate(pitches)]


def test_expression_follows_the_dynamics(kit: SimpleNamespace) -> None:
    plan = kit.build_plan(bars=4, dynamics=(0.2, 0.4, 0.9, 0.3))
    moves = expression(bare(plan), kit.violin)
    assert moves[0] == (0, 92)
    at = dict(moves)
    assert at[2 * 1920] == max(at.values()) == 120
    rising = [value for tick, value in moves if tick <= 2 * 1920]
    assert rising == sorted(rising)
    falling = [value for tick, value in moves if tick >= 2 * 1920]
    assert falling == sorted(falling, reverse=True)


def test_a_steady_level_needs_one_event(kit: SimpleNamespace) -> None:
    assert expression(bare(kit.build_plan(dynamics=(0.5,) * 4)), kit.cello) == [(0, 104)]


@pytest.mark.parametrize("name", ["piano", "drums"])
def test_what_dies_away_cannot_swell(kit: SimpleNamespace, name: str) -> None:
    assert expression(bare(kit.build_plan()), getattr(kit, name)) == []


def test_the_pedal_changes_with_the_chord(kit: SimpleNamespace) -> None:
    plan = kit.build_plan(bars=2)  # Dm, A7
    notes = arpeggio(50, 57, 62, 65) + arpeggio(45, 52, 57, 61, start=1920)
    assert pedal(bare(plan), kit.piano, notes) == [(60, 127), (1920, 0), (1980, 127), (3840, 0)]


def test_a_second_chord_in_the_bar_gets_a_pedal_of_its_own(kit: SimpleNamespace) -> None:
    plan = kit.build_plan(bars=1, chords=(ChordSpan(bar=1, beat=1, symbol="Dm"), ChordSpan(bar=1, beat=3, symbol="G")))
    notes = arpeggio(50, 53, 57) + arpeggio(55, 59, 62, start=960)
    assert pedal(bare(plan), kit.piano, notes) == [(60, 127), (960, 0), (1020, 127), (1920, 0)]


@pytest.mark.parametrize(
    ("pitches", "why"),
    [((50, 52, 53), "a passing note would blur"), ((50,), "one note needs no pedal"), ((), "a rest stays a rest")],
)
def test_no_pedal_where_it_would_harm(kit: SimpleNamespace, pitches: tuple[int, ...], why: str) -> None:
    assert pedal(bare(kit.build_plan(bars=1)), kit.piano, arpeggio(*pitches)) == [], why


def test_what_still_sounds_from_before_counts(kit: SimpleNamespace) -> None:
    held = Note(onset=960, pitch=53, duration=1200, velocity=70)  # F sounds on into A7
    notes = sorted([held, *arpeggio(45, 52, 57, 61, start=1920)])
    assert pedal(bare(kit.build_plan(bars=2)), kit.piano, notes) == []


def test_detached_playing_and_other_instruments_go_without(kit: SimpleNamespace) -> None:
    notes = arpeggio(50, 57, 62)
    assert pedal(bare(kit.build_plan(articulation=0.6)), kit.piano, notes) == []
    assert pedal(bare(kit.build_plan()), ORGAN, notes) == []


def test_the_file_ends_with_the_pedal_up(kit: SimpleNamespace) -> None:
    tracks = [Track(instrument=kit.piano, notes=tuple(arpeggio(50, 57, 62, 65)))]
    file = kit.open_midi(score_to_midi(kit.build(tracks, instruments=(kit.piano,), bars=1)))
    moves = [(t, m.value) for t, m in kit.absolute(file.tracks[1]) if m.type == "control_change" and m.control == 64]
    assert moves == [(60, 127), (1920, 0)]


def test_at_a_chord_change_the_pedal_moves_between_the_old_and_the_new_notes(kit: SimpleNamespace) -> None:
    notes = arpeggio(50, 57, 62, 65, 69, 74, 77, 81) + arpeggio(45, 52, start=1920)
    file = kit.open_midi(
        score_to_midi(kit.build([Track(instrument=kit.piano, notes=tuple(notes))], instruments=(kit.piano,), bars=2))
    )
    kinds = [message.type for tick, message in kit.absolute(file.tracks[1]) if tick == 1920]
    assert [kind for kind in kinds if kind != "cue_marker"] == ["note_off", "control_change", "note_on"]


def test_every_part_carries_the_sections(kit: SimpleNamespace) -> None:
    file = kit.open_midi(score_to_midi(kit.build(bars=4)))
    for track in file.tracks[1:]:
        cues = [(tick, m.text) for tick, m in kit.absolute(track) if m.type == "cue_marker"]
        assert cues == [(0, "A (bars 1-2)"), (3840, "B (bars 3-4)")]
