from __future__ import annotations

import pytest

from composer import ComposeOptions, compose
from composer.errors import UsageError
from composer.music.mode_change import counterpart, in_other_mode
from composer.planning import PlanOverrides, apply_overrides
from composer.theory import Key, parse_note_name


@pytest.fixture(scope="module")
def glad():
    return compose(ComposeOptions(valence=0.6, arousal=0.2, tonic="G", mode="major", bars=8, candidates=1,
                                  instruments="piano", seed=5))  # fmt: skip


def test_a_major_piece_becomes_minor_note_by_note(glad) -> None:
    plan = apply_overrides(glad.plan, PlanOverrides(mode="minor"))
    moved = in_other_mode(glad.score, plan)
    # The leading tone may stay in the dominant, and tones that were foreign before stay.
    allowed = Key.of("G", "minor").pitch_classes | {parse_note_name("F#"), parse_note_name("E")}
    allowed |= {note.pitch % 12 for track in glad.score.tracks for note in track.notes} - Key.of(
        "G", "major"
    ).pitch_classes
    thirds = set()
    for before, after in zip(glad.score.tracks, moved.tracks, strict=True):
        assert len(before.notes) == len(after.notes)
        for old, new in zip(before.notes, after.notes, strict=True):
            assert (old.onset, old.duration, old.velocity) == (new.onset, new.duration, new.velocity)
            assert 0 <= old.pitch - new.pitch <= 1
            assert new.pitch % 12 in allowed
            thirds.add((old.pitch % 12, new.pitch % 12))
    assert (parse_note_name("B"), parse_note_name("Bb")) in thirds
    assert (parse_note_name("B"), parse_note_name("B")) not in thirds
    assert (parse_note_name("G"), parse_note_name("G")) in thirds


def test_there_and_back_is_the_same_piece(glad) -> None:
    minor = in_other_mode(glad.score, apply_overrides(glad.plan, PlanOverrides(mode="minor")))
    back = in_other_mode(minor, glad.plan)
    scale = Key.of("G", "major").pitch_classes
    for before, after in zip(glad.score.tracks, back.tracks, strict=True):
        assert {note for note in before.notes if note.pitch % 12 in scale} <= set(after.notes)


def test_scales_of_five_tones_have_no_counterpart(glad) -> None:
    assert counterpart("pentatonic") is None
    assert (counterpart("dorian"), counterpart("lydian")) == ("major", "minor")
    with pytest.raises(UsageError, match="both need 7"):
        in_other_mode(glad.score, apply_overrides(glad.plan, PlanOverrides(mode="pentatonic")))
