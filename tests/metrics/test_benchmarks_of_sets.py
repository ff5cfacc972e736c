"""The logic of the benchmarks of originality and of sets, and of the table; nothing is composed here."""

from __future__ import annotations

import io
import random
from pathlib import Path
from types import ModuleType

import mido
import numpy as np
import pytest

from builders.programs import load_program
from composer.metrics.originality import longest_run
from composer.midi.notes import ONSET, PITCH, parse_midi_notes


@pytest.fixture(scope="module")
def originality(repository: Path) -> ModuleType:
    return load_program(repository / "benchmarks" / "originality" / "run.py")


@pytest.fixture(scope="module")
def sets(repository: Path) -> ModuleType:
    return load_program(repository / "benchmarks" / "evaluation" / "run.py")


def test_made_up_melodies_are_tunes_of_their_own(originality: ModuleType) -> None:
    melodies = [originality.folk_melody(random.Random(seed)) for seed in range(60)]
    assert melodies == [originality.folk_melody(random.Random(seed)) for seed in range(60)]
    assert len({tuple(pitch for _, _, pitch in melody) for melody in melodies}) == 60
    for melody in melodies:
        onsets = [onset for onset, _, _ in melody]
        assert onsets == sorted(set(onsets))
        assert melody[-1][2] % 12 == 62 % 12
        assert all(40 <= pitch <= 90 for _, _, pitch in melody)
    found = [longest_run([(onset, pitch) for onset, _, pitch in melody]) for melody in melodies]
    assert sum(run >= 16 for run in found) == 0


def test_a_melody_in_disguise_has_other_notes_and_the_same_tune(originality: ModuleType) -> None:
    melody = originality.folk_melody(random.Random(1))
    plain = originality._read(melody, factor=1.0, shift=0, program=0).parts[0]
    moved = originality._read(melody, factor=3.0, shift=5, program=40).parts[0]
    assert moved.program == 40
    assert np.allclose(moved.notes[:, ONSET], 3 * plain.notes[:, ONSET])
    assert np.array_equal(moved.notes[:, PITCH], plain.notes[:, PITCH] + 5)


def test_the_summary_of_runs_counts_what_is_in_the_rows(originality: ModuleType) -> None:
    rows = [
        originality.Row(name="x", source="s", by=by, longest_run=run, figures=100, seen=run)
        for by, run in (("human (test)", 0), ("human (test)", 12), ("composer", 0), ("composer", 20))
    ]
    human, made = list(originality.summary(rows))[1:]
    assert "0.500" in human
    assert "0.000" in human
    assert made.count("0.500") == 2


def test_an_excerpt_survives_the_way_into_a_file(sets: ModuleType, make_midi, piece) -> None:
    midi = make_midi(piece, programs=(40, -1), meter="3/4")
    back = parse_midi_notes(sets.midi_bytes(midi))
    assert [(part.program, part.is_drums) for part in back.parts] == [(40, False), (0, True)]
    for one, other in zip(midi.parts, back.parts, strict=True):
        assert np.allclose(one.notes, other.notes)
    assert back.meters == midi.meters


def test_degradations_do_what_they_say(sets: ModuleType, make_midi) -> None:
    midi = make_midi([[(index / 2, 0.5, 48 + index % 24) for index in range(64)]])
    rng = np.random.default_rng(0)
    wrong = sets.wrong_pitches(midi, 0.5, rng).parts[0].notes
    moved = np.abs(wrong[:, PITCH] - midi.parts[0].notes[:, PITCH])
    assert 0.3 < (moved > 0).mean() < 0.7
    assert moved.max() <= 2
    shuffled = sets.shuffled_bars(midi, 1.0, rng)
    assert sorted(shuffled.parts[0].notes[:, PITCH]) == sorted(midi.parts[0].notes[:, PITCH])
    assert np.array_equal(shuffled.parts[0].notes[:, ONSET], midi.parts[0].notes[:, ONSET])
    assert not np.array_equal(shuffled.parts[0].notes[:, PITCH], midi.parts[0].notes[:, PITCH])


def test_detuned_notes_are_the_same_notes_bent_both_ways(sets: ModuleType, make_midi, piece) -> None:
    midi = make_midi(piece, programs=(40, -1))
    file = mido.MidiFile(file=io.BytesIO(sets.detuned(midi, 30, np.random.default_rng(0))))
    messages = [message for track in file.tracks for message in track]
    bends = {message.channel: message.pitch for message in messages if message.type == "pitchwheel"}
    assert sorted(bends.values()) == [-1229, 0, 1229]  # 30 of 200 cents
    assert bends[9] == 0
    back = parse_midi_notes(sets.midi_bytes(midi))
    found = np.concatenate(
        [part.notes for part in parse_midi_notes(sets.detuned(midi, 30, np.random.default_rng(0))).parts]
    )
    assert sorted(found.tolist()) == sorted(np.concatenate([part.notes for part in back.parts]).tolist())


def test_the_table_names_what_it_does_not_measure(repository: Path) -> None:
    script = load_program(repository / "benchmarks" / "table" / "run.py")
    from composer.perception.affect import EMOTIONS

    assert tuple(script.EMOTIONS) == EMOTIONS
    assert "5.06" in script.PAPER
    assert "not compared" in script.PAPER
