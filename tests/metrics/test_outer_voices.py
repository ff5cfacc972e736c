"""Parallels are what music21 calls so; leaps are answered or not."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from music21.note import Note
from music21.voiceLeading import VoiceLeadingQuartet

from composer.metrics.outer_voices import is_parallel, measure_voice_leading
from composer.midi.notes import MidiNotes

Make = Callable[..., MidiNotes]


def test_parallels_agree_with_music21_on_random_moves() -> None:
    rng = np.random.default_rng(0)
    spelled = {7: "P5", 12: "P8", 4: "M3", 19: "P12", 24: "P15"}
    compared = 0
    for _ in range(400):
        lower = rng.integers(45, 60, 2).tolist()
        steps = rng.choice(list(spelled), 2).tolist()
        upper = [low + step for low, step in zip(lower, steps, strict=True)]
        # Spelled as intervals, so that no fifth is written as a diminished sixth.
        below = [Note(Note(pitch).nameWithOctave) for pitch in lower]
        above = [note.transpose(spelled[step]) for note, step in zip(below, steps, strict=True)]
        quartet = VoiceLeadingQuartet(*above, *below)
        before, after = (upper[0], lower[0]), (upper[1], lower[1])
        if upper[0] == upper[1] or lower[0] == lower[1]:
            continue
        compared += 1
        assert is_parallel(before, after, 7) == quartet.parallelMotion("P5", allowOctaveDisplacement=True), (
            before,
            after,
        )
        octaves = [quartet.parallelMotion(name, allowOctaveDisplacement=True) for name in ("P1", "P8")]
        assert is_parallel(before, after, 0) == any(octaves), (before, after)
    assert compared > 200


def test_a_line_doubled_at_the_fifth_is_all_parallels(make_midi: Make) -> None:
    line = [60, 62, 64, 65, 67]
    midi = make_midi([[(i, 1, p + 7) for i, p in enumerate(line)], [(i, 1, p) for i, p in enumerate(line)]])
    found = measure_voice_leading(midi)
    assert (found.moves, found.parallel_fifths, found.parallel_octaves) == (4, 4, 0)
    assert found.parallel_rate == 1


def test_contrary_motion_is_none(make_midi: Make) -> None:
    midi = make_midi([[(i, 1, 72 + i) for i in range(5)], [(i, 1, 60 - i) for i in range(5)]])
    found = measure_voice_leading(midi)
    assert (found.moves, found.parallel_rate) == (4, 0)


def test_a_held_bass_makes_no_moves(make_midi: Make) -> None:
    midi = make_midi([[(i, 1, 72 + i) for i in range(4)], [(0, 4, 48)]])
    found = measure_voice_leading(midi)
    assert found.moves == 0
    assert math.isnan(found.parallel_rate)


def test_a_leap_is_answered_by_a_move_back(make_midi: Make) -> None:
    answered = make_midi([[(0, 1, 60), (1, 1, 72), (2, 1, 71), (3, 1, 60), (4, 1, 62)]])
    ignored = make_midi([[(0, 1, 60), (1, 1, 72), (2, 1, 74)]])
    assert measure_voice_leading(answered).unanswered_leaps == 0
    assert measure_voice_leading(ignored).unanswered_leaps == 1
    assert math.isnan(measure_voice_leading(make_midi([[(0, 1, 60), (1, 1, 62)]])).unanswered_leaps)


@pytest.mark.parametrize("parts", [[], [[]], [[(0, 1, 60)]], [[(i, 1, 60 + i) for i in range(8)]]])
def test_little_music_has_no_moves(make_midi: Make, parts: list) -> None:
    assert measure_voice_leading(make_midi(parts)).moves == 0
