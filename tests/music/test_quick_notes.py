"""Quick notes stand where a plan asks for them and a player plays them; all that the plan fixes holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from composer.music.layout import lay_out
from composer.music.quick_notes import with_quick_notes
from composer.planning import PlanOverrides, make_plan
from composer.types import ORNAMENTS, MusicalPlan, Note, Score, Track

UNIT = 60


def plan_of(
    ornaments: Sequence[str], *, players: str = "violin,piano", tempo: float = 90, **more: float
) -> MusicalPlan:
    overrides = PlanOverrides(
        instruments=players,
        bars=16,
        meter="4/4",
        mode="major",
        tonic="C",
        tempo_bpm=tempo,
        **more,  # type: ignore[arg-type]
    )
    return replace(make_plan(None, overrides=overrides, seed=3), ornaments=tuple(ornaments))


def piece(plan: MusicalPlan, bar: Sequence[tuple[int, int, int]], *, held: int = 60) -> Score:
    """The same bar (ticks in it, pitch, length) again and again in the lead, a held note in every other part."""
    tracks = []
    for instrument in plan.instruments:
        own = bar if instrument.role == "melody" else [(0, min(max(held, instrument.low), instrument.high), 1920)]
        notes = [
            Note(onset=number * 1920 + at, pitch=pitch, duration=length, velocity=70)
            for number in range(plan.bars)
            for at, pitch, length in own
        ]
        tracks.append(Track(instrument=instrument, notes=tuple(notes)))
    return Score(plan=plan, tracks=tuple(tracks))


def decorated(plan: MusicalPlan, bar: Sequence[tuple[int, int, int]], seed: int = 1) -> tuple[Score, Score]:
    before = piece(plan, bar)
    return before, with_quick_notes(plan, lay_out(plan, seed=1), before, seed=seed)


def added(before: Score, after: Score) -> list[Note]:
    return [
        note for old, new in zip(before.tracks, after.tracks, strict=True) for note in set(new.notes) - set(old.notes)
    ]


STEPS = [(0, 72, 960), (960, 74, 480), (1440, 76, 480)]
LEAPS = [(0, 72, 960), (960, 79, 480), (1440, 77, 480)]


@pytest.mark.parametrize("kind", ["mordent", "turn", "slide", "run"])
def test_an_ornament_moves_by_step_in_the_scale_and_leaves_the_beats(kind: str) -> None:
    before, after = decorated(plan_of([kind]), STEPS if kind == "turn" else LEAPS)
    quick = [note for note in added(before, after) if note.duration <= 80]
    assert quick, f"no {kind} in sixteen bars"
    lines = [sorted(score.tracks[0].notes) for score in (before, after)]
    assert {(note.onset, note.pitch) for note in lines[0]} <= {(note.onset, note.pitch) for note in lines[1]}
    assert sum(note.duration for note in lines[0]) == sum(note.duration for note in lines[1])
    for one, other in zip(lines[1], lines[1][1:], strict=False):
        assert one.end <= other.onset
        assert one.duration > 80 or 0 < abs(one.pitch - other.pitch) <= 4, "quick notes move, and by step"


def test_a_trill_stands_before_the_last_note_of_a_section_and_takes_its_place() -> None:
    before, after = decorated(plan_of(["trill"]), [(0, 76, 480), (480, 74, 480), (960, 72, 960)])
    quick = [note for note in added(before, after) if note.duration == UNIT]
    ends = {section.end_bar - 1 for section in before.plan.sections if section.end_bar < before.plan.bars}
    assert {note.onset // 1920 for note in quick} <= ends
    assert {note.pitch for note in quick} == {74, 76}


@pytest.mark.parametrize("kind", sorted(ORNAMENTS))
def test_the_last_bar_the_ranges_and_the_other_parts_are_as_they_were(kind: str) -> None:
    plan = plan_of([kind])
    before, after = decorated(plan, STEPS)
    assert before.tracks[1:] == after.tracks[1:]
    last = (plan.bars - 1) * 1920
    for old, new in zip(before.tracks, after.tracks, strict=True):
        assert [note for note in old.notes if note.onset >= last] == [note for note in new.notes if note.onset >= last]
        assert all(new.instrument.low <= note.pitch <= new.instrument.high for note in new.notes)


def test_bowed_accompaniments_of_dark_and_stirred_sections_have_tremolo() -> None:
    plan = plan_of(["tremolo"], players="violin,string ensemble 1,cello", valence=-0.7, arousal=0.7)
    before, after = decorated(plan, STEPS)
    strings = next(n for n, part in enumerate(plan.instruments) if part.role == "harmony")
    strokes = [note for note in after.tracks[strings].notes if note.duration == UNIT]
    assert len(strokes) >= 32
    assert len({note.pitch for note in strokes}) == 1
    assert [n for n, (a, b) in enumerate(zip(before.tracks, after.tracks, strict=True)) if a != b] == [strings]
    calm = plan_of(["tremolo"], players="violin,string ensemble 1,cello", valence=0.5, arousal=-0.5)
    assert decorated(calm, STEPS)[0] == decorated(calm, STEPS)[1]


def test_what_is_too_quick_to_play_stays_plain_and_so_does_a_level_and_a_plan_without() -> None:
    fast = plan_of(list(ORNAMENTS), tempo=220)
    plain = plan_of([])
    for plan in (fast, plain, replace(plain, ornaments=tuple(ORNAMENTS), level="3")):
        before, after = decorated(plan, LEAPS)
        assert before == after


def test_the_same_seed_gives_the_same_ornaments_and_they_keep_to_a_place() -> None:
    plan = plan_of(["mordent"])
    before, after = decorated(plan, LEAPS)
    assert decorated(plan, LEAPS)[1] == after
    assert any(decorated(plan, LEAPS, seed=seed)[1] != after for seed in range(2, 8))
    places = {note.onset % 1920 for note in added(before, after) if note.duration == UNIT}
    assert len(places) == 2, "one beat of the bar: the note and its neighbour"
