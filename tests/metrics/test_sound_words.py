"""Words that are measured from notes, and the sentence of a plan."""

from __future__ import annotations

import io

import mido
import pytest

from composer.errors import MidiError
from composer.gm import INSTRUMENTS
from composer.metrics.sound_words import CLASSES, PLAIN_NAMES, measure_facts, plain_name, words
from composer.midi.notes import MidiNotes, parse_midi_notes


def scale(
    program: int, tonic: int, steps: tuple[int, ...], *, bpm: float, velocity: int, ticks: int = 480
) -> MidiNotes:
    track = mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=round(60e6 / bpm)),
            mido.MetaMessage("time_signature", numerator=3, denominator=4),
            mido.Message("program_change", program=program),
        ]
    )
    for step in (*steps, 12, *steps[::-1]):
        track += [
            mido.Message("note_on", note=tonic + step, velocity=velocity),
            mido.Message("note_off", note=tonic + step, time=ticks),
        ]
    file = mido.MidiFile(type=1)
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return parse_midi_notes(buffer.getvalue())


MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def test_a_fast_loud_major_scale_and_a_slow_soft_minor_one() -> None:
    happy = words(measure_facts(scale(73, 74, MAJOR, bpm=170, velocity=100)))
    sad = words(measure_facts(scale(42, 38, MINOR, bpm=50, velocity=40)))
    assert (happy.instruments, happy.key, happy.tempo, happy.loudness) == (("flute",), "D major", "very fast", "loud")
    assert (sad.instruments, sad.mode, sad.tempo, sad.loudness) == (("cello",), "minor", "very slow", "soft")
    assert (happy.register, sad.register) == ("very high", "very low")
    assert happy.texture == sad.texture == "single line"
    assert happy.beat == sad.beat == "triple"
    assert (happy.mood, sad.mood) == ("joyful", "sad")


def test_without_notes_there_is_nothing_to_say() -> None:
    file = mido.MidiFile(type=1)
    file.tracks.append(mido.MidiTrack())
    buffer = io.BytesIO()
    file.save(file=buffer)
    with pytest.raises(MidiError, match="no pitched note"):
        measure_facts(parse_midi_notes(buffer.getvalue()))


def test_every_program_has_one_name() -> None:
    listed = [program for programs in PLAIN_NAMES.values() for program in programs]
    assert len(listed) == len(set(listed))
    assert all(plain_name(instrument.program) for instrument in INSTRUMENTS)
    assert plain_name(40) == "violin"
    assert all(len(edges) + 1 == len(names) for edges, names in CLASSES.values())


def test_a_plan_in_words() -> None:
    from composer.metrics.plan_description import describe_plan
    from composer.planning import PlanOverrides, make_plan

    overrides = PlanOverrides(
        bars=8,
        valence=-0.7,
        arousal=-0.5,
        tonic="F#",
        mode="minor",
        tempo_bpm=63,
        meter="3/4",
        instruments="violin,cello",
    )
    text = describe_plan(make_plan(None, overrides=overrides, seed=0, title="x"))
    assert text.startswith("music for violin and cello, slow, in F sharp minor, in triple time, ")
    assert text.endswith(", sad")
