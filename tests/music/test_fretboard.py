"""A guitarist's hand reaches what its thumb and fingers sound together."""

from __future__ import annotations

import pytest

from builders.blocks import build_block, build_context, durations, free, notes, pitches
from composer.gm import GUITAR_STRINGS
from composer.music.rules.base import FORBIDDEN
from composer.music.rules.fretboard import Fretboard, can_be_stopped

FINGERS = {"role": "harmony", "monophonic": False, "most_at_once": 3, "low": 40, "high": 76, "strings": GUITAR_STRINGS}


@pytest.mark.parametrize(
    "chord",
    [
        (40, 47, 52, 56, 59, 64),  # E major, open
        (41, 48, 53, 57, 60, 65),  # F major, a finger across all strings
        (45, 76),  # an open string under the highest note
        (46, 70),  # both within four frets
    ],
)
def test_a_hand_holds_what_lies_within_its_frets(chord: tuple[int, ...]) -> None:
    assert can_be_stopped(GUITAR_STRINGS, chord)


@pytest.mark.parametrize(
    "chord",
    [
        (41, 71),  # first and seventh fret
        (40, 41),  # two notes of one string
        (41, 44, 49, 70),
        (40, 45, 50, 55, 59, 64, 67),  # seven notes, six strings
        (39,),
    ],
)
def test_no_hand_holds_what_lies_farther_apart(chord: tuple[int, ...]) -> None:
    assert not can_be_stopped(GUITAR_STRINGS, chord)


def test_notes_beyond_the_hand_are_not_struck() -> None:
    block = build_block(**FINGERS)
    held = {"own": [notes((0, 41, 48))]}
    reached = free(pitches(Fretboard(), build_context(block, **held), 12))
    assert 69 in reached
    assert 71 not in reached
    assert {69, 71} <= free(pitches(Fretboard(), build_context(block), 12)), "nothing is held"
    plain = build_block(**FINGERS | {"strings": ()})
    assert 71 in free(pitches(Fretboard(), build_context(plain, **held), 12))


def test_a_bass_is_let_go_before_what_the_hand_cannot_reach_with_it() -> None:
    block = build_block(**FINGERS | {"role": "bass"})
    context = build_context(block, own=[notes((24, 71, 24))])
    for bass, held in ((41, False), (45, True)):
        lengths = durations(Fretboard(), context, 0, bass)
        assert lengths[24] > FORBIDDEN / 2
        assert (lengths[48] > FORBIDDEN / 2) is held
