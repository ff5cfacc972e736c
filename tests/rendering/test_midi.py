from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import ComposerError
from composer.rendering.channels import assign_channels
from composer.rendering.conductor import midi_key
from composer.rendering.midi import score_to_midi, write_midi
from composer.theory import MODES, Meter
from composer.types import ChordSpan, Composition, Instrument, Note, Score, Section, Track

METERS = ("2/4", "3/4", "4/4", "6/8", "5/8", "7/8", "12/8", "2/2", "3/8")


def melodic(count: int, program: int | None = None) -> tuple[Instrument, ...]:
    return tuple(
        Instrument(role="melody", name=f"Part {index}", program=index if program is None else program)
        for index in range(count)
    )


def sounding(file: mido.MidiFile) -> list[tuple[int, int, int, int, int]]:
    """Notes of all tracks as (track, onset, pitch, duration, velocity); fails on overlapping or hanging notes."""
    notes = []
    for number, track in enumerate(file.tracks):
        tick, open_notes = 0, {}
        for message in track:
            tick += message.time
            if message.type == "note_on":
                assert (message.channel, message.note) not in open_notes
                open_notes[message.channel, message.note] = (tick, message.velocity)
            elif message.type == "note_off":
                onset, velocity = open_notes.pop((message.channel, message.note))
                notes.append((number, onset, message.note, tick - onset, velocity))
        assert not open_notes
    return sorted(notes)


# ------------------------------------------------------------------------------------- the whole file


def test_is_type_1_with_a_conductor_track_and_one_track_per_instrument(kit: SimpleNamespace) -> None:
    file = kit.open_midi(score_to_midi(kit.build()))
    assert (file.type, file.ticks_per_beat) == (1, 480)
    assert [track.name for track in file.tracks] == [
        "Storm at Sea",
        "Violin",
        "Acoustic Grand Piano",
        "Cello",
        "Drums",
    ]


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("bars", [1, 5])
def test_every_track_ends_on_the_final_bar_line(kit: SimpleNamespace, meter: str, bars: int) -> None:
    file = kit.open_midi(score_to_midi(kit.build(meter=meter, bars=bars)))
    assert {sum(message.time for message in track) for track in file.tracks} == {bars * Meter.parse(meter).bar_ticks}
    assert all(track[-1].type == "end_of_track" for track in file.tracks)


def test_same_composition_gives_the_same_bytes(kit: SimpleNamespace) -> None:
    assert score_to_midi(kit.build()) == score_to_midi(kit.build())
    assert score_to_midi(kit.build()) != score_to_midi(kit.build(tempo_bpm=97.0))


def test_write_midi_leaves_exactly_the_file(kit: SimpleNamespace, tmp_path: Path) -> None:
    write_midi(kit.build(), tmp_path / "piece.mid")
    assert [path.name for path in tmp_path.iterdir()] == ["piece.mid"]
    assert (tmp_path / "piece.mid").read_bytes() == score_to_midi(kit.build())


# --------------------------------------------------------------------------------------- conductor


@pytest.mark.parametrize(
    ("meter", "clocks"),
    [
        ("2/4", 24),
        ("4/4", 24),
        ("2/2", 48),
        ("6/8", 36),
        ("12/8", 36),
        ("9/8", 36),
        ("3/8", 12),
        ("5/8", 12),
        ("6/16", 18),
    ],
)
def test_the_metronome_clicks_on_the_felt_beat(kit: SimpleNamespace, meter: str, clocks: int) -> None:
    track = kit.open_midi(score_to_midi(kit.build(meter=meter))).tracks[0]
    event = next(message for message in track if message.type == "time_signature")
    assert (f"{event.numerator}/{event.denominator}", event.clocks_per_click) == (meter, clocks)
    assert event.notated_32nd_notes_per_beat == 8


def test_tempo_meter_and_key_stand_at_tick_0_and_only_in_the_conductor_track(kit: SimpleNamespace) -> None:
    file = kit.open_midi(score_to_midi(kit.build(tempo_bpm=70.0)))
    kinds = ("set_tempo", "time_signature", "key_signature")
    at_start = [message for tick, message in kit.absolute(file.tracks[0]) if tick == 0 and message.type in kinds]
    assert [message.type for message in at_start] == list(kinds)
    assert at_start[0].tempo == 857143
    assert at_start[2].key == "Dm"
    assert not any(message.type in kinds for track in file.tracks[1:] for message in track)


@pytest.mark.parametrize(
    ("tonic", "mode", "key"),
    [
        ("C", "major", "C"),
        ("G#", "major", "Ab"),
        ("D#", "major", "Eb"),
        ("A#", "lydian", "Bb"),
        ("C#", "major", "C#"),
        ("Gb", "mixolydian", "Gb"),
        ("Cb", "major", "Cb"),
        ("Fb", "major", "E"),
        ("E#", "pentatonic", "F"),
        ("D", "dorian", "Dm"),
        ("E", "phrygian", "Em"),
        ("Db", "minor", "C#m"),
        ("Gb", "harmonic-minor", "F#m"),
        ("A#", "minor", "A#m"),
        ("Ab", "dorian", "Abm"),
        ("B", "locrian", "Bm"),
        ("F♯", "minor", "F#m"),
    ],
)
def test_key_signature_keeps_the_tonic(tonic: str, mode: str, key: str) -> None:
    assert midi_key(tonic, mode) == key


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("letter", "CDEFGAB")
@pytest.mark.parametrize("accidental", ["", "#", "b", "##", "bb"])
def test_every_key_has_a_signature_that_midi_can_hold(mode: str, letter: str, accidental: str) -> None:
    from composer.theory import parse_note_name

    key = midi_key(letter + accidental, mode)
    mido.MetaMessage("key_signature", key=key).bytes()
    assert parse_note_name(key.removesuffix("m")) == parse_note_name(letter + accidental)
    assert key.endswith("m") == MODES[mode].minor


def test_sections_and_chords_stand_at_their_places(kit: SimpleNamespace) -> None:
    composition = kit.build(
        meter="6/8",
        bars=4,
        chords=(
            ChordSpan(bar=1, beat=1, symbol="Dm"),
            ChordSpan(bar=2, beat=4, symbol="G7/B"),
            ChordSpan(bar=4, beat=1, symbol="B♭"),
        ),
        sections=(
            Section(name="A", start_bar=1, bars=2, phrases=(2,)),
            Section(name="A′", start_bar=3, bars=2, phrases=(2,)),
        ),
    )
    events = kit.absolute(kit.open_midi(score_to_midi(composition)).tracks[0])
    assert [(tick, event.text) for tick, event in events if event.type == "marker"] == [(0, "A"), (2880, "A′")]
    chords = [(tick, event.text) for tick, event in events if event.type == "text"]
    assert chords == [(0, "Dm"), (1440 + 720, "G7/B"), (3 * 1440, "Bb")]


def test_facts_for_programs_are_no_texts_that_a_notation_program_prints(kit: SimpleNamespace) -> None:
    file = kit.open_midi(score_to_midi(kit.build(mode="dorian", caption="Schiffe im Sturm: «春»")))
    texts = [message.text for track in file.tracks for message in track if message.type in ("text", "lyrics")]
    assert set(texts) == {"Dm", "A7"}
    (facts,) = [bytes(message.data) for message in file.tracks[0] if message.type == "sequencer_specific"]
    assert facts[:9] == b"\x7dcomposer"
    assert json.loads(facts[9:]) == {
        "mode": "D dorian",
        "caption": "Schiffe im Sturm: «春»",
        "composer": "0.1.0",
        "seed": 7,
        "image": {"name": "storm", "sha256": "ab" * 32, "size": [512, 400]},
        "music": {"weights": {"name": "music/model.safetensors", "sha256": "cd" * 32}},
        "notes": [],
    }
    roles = [json.loads(bytes(m.data)[9:]) for t in file.tracks[1:] for m in t if m.type == "sequencer_specific"]
    assert roles == [{"role": "melody"}, {"role": "harmony"}, {"role": "bass"}, {"role": "drums"}]


# ------------------------------------------------------------------------------------------- parts


def test_a_part_begins_with_its_program_and_mix(kit: SimpleNamespace) -> None:
    file = kit.open_midi(score_to_midi(kit.build()))
    programs = []
    for track in file.tracks[1:]:
        head = [message for tick, message in kit.absolute(track) if tick == 0 and message.type != "note_on"]
        assert [message.type for message in head[:3]] == ["program_change", "track_name", "sequencer_specific"]
        assert [message.control for message in head[3:6]] == [7, 10, 91]
        assert [message.type for message in head[6:]] in (["cue_marker"], ["cue_marker", "control_change"])
        programs.append((head[0].channel, head[0].program))
    assert programs == [(0, 40), (1, 0), (2, 42), (9, 0)]


def test_a_solo_stands_in_the_middle(kit: SimpleNamespace) -> None:
    track = kit.open_midi(score_to_midi(kit.build(instruments=(kit.piano,)))).tracks[1]
    assert next(message.value for message in track if message.type == "control_change" and message.control == 10) == 64


@pytest.mark.parametrize("count", range(1, 17))
def test_melodic_parts_skip_the_drum_channel(count: int) -> None:
    instruments = melodic(count) if count < 16 else (*melodic(15), Instrument(role="drums", name="Drums", program=0))
    channels = assign_channels(instruments)
    assert len(set(channels)) == count
    assert (9 in channels) == (count == 16)


def test_a_sixteenth_melodic_part_shares_with_its_program() -> None:
    twin = Instrument(role="counter", name="Second", program=3)
    channels = assign_channels((*melodic(15), twin))
    assert channels[15] == channels[3]
    assert 9 not in channels


def test_a_sixteenth_program_plays_on_the_second_port(kit: SimpleNamespace) -> None:
    channels = assign_channels(melodic(16))
    assert channels == (*range(9), *range(10, 16), 16)
    file = kit.open_midi(score_to_midi(kit.build(instruments=melodic(16))))
    ports = [next(message.port for message in track if message.type == "midi_port") for track in file.tracks[1:]]
    assert ports == [0] * 15 + [1]
    programs = [next(message for message in track if message.type == "program_change") for track in file.tracks[1:]]
    assert [change.program for change in programs] == list(range(16))
    assert programs[15].channel == 0


def test_a_file_that_needs_one_port_names_none(kit: SimpleNamespace) -> None:
    file = kit.open_midi(score_to_midi(kit.build()))
    assert not any(message.type == "midi_port" for track in file.tracks for message in track)


def test_unisons_on_a_shared_channel_do_not_cut_each_other(kit: SimpleNamespace) -> None:
    instruments = melodic(16, program=48)
    silent = [Track(instrument=instrument, notes=()) for instrument in instruments[1:15]]
    first = (Note(onset=0, pitch=60, duration=960, velocity=80), Note(onset=960, pitch=62, duration=480, velocity=80))
    last = (Note(onset=480, pitch=60, duration=480, velocity=70), Note(onset=960, pitch=62, duration=960, velocity=70))
    tracks = [Track(instrument=instruments[0], notes=first), *silent, Track(instrument=instruments[15], notes=last)]
    data = score_to_midi(kit.build(tracks, instruments=instruments))
    notes = sounding(kit.open_midi(data))
    assert notes == [(1, 0, 60, 479, 80), (1, 960, 62, 960, 80), (16, 480, 60, 480, 70)]


def test_a_repeated_note_is_released_before_it_sounds_again(kit: SimpleNamespace) -> None:
    notes = tuple(Note(onset=480 * index, pitch=60, duration=480, velocity=80) for index in range(4))
    track = Track(instrument=kit.violin, notes=notes)
    file = kit.open_midi(score_to_midi(kit.build([track], instruments=(kit.violin,), bars=1)))
    assert [note[1:] for note in sounding(file)] == [(480 * index, 60, 480, 80) for index in range(4)]
    kinds = [message.type for tick, message in kit.absolute(file.tracks[1]) if tick == 480]
    assert kinds == ["note_off", "note_on"]


# ------------------------------------------------------------------------------------ articulation


@pytest.mark.parametrize(
    ("articulation", "lengths"),
    [(1.0, [480, 40, 120, 1920]), (0.9, [432, 40, 108, 1728]), (0.5, [240, 40, 60, 1680]), (0.3, [240, 40, 40, 1680])],
)
def test_articulation_shortens_what_sounds(kit: SimpleNamespace, articulation: float, lengths: list[int]) -> None:
    written = [(0, 480), (480, 40), (960, 120), (1920, 1920)]
    notes = tuple(Note(onset=onset, pitch=60, duration=length, velocity=80) for onset, length in written)
    track = Track(instrument=kit.violin, notes=notes)
    composition = kit.build([track], instruments=(kit.violin,), bars=3, articulation=articulation)
    file = kit.open_midi(score_to_midi(composition))
    assert [note[3] for note in sounding(file)] == lengths
    assert [note[1] for note in sounding(file)] == [onset for onset, _ in written]


def test_the_last_bar_and_the_drums_keep_their_length(kit: SimpleNamespace) -> None:
    notes = (Note(onset=0, pitch=42, duration=480, velocity=80), Note(onset=1440, pitch=42, duration=960, velocity=80))
    tracks = [Track(instrument=instrument, notes=notes) for instrument in (kit.cello, kit.drums)]
    composition = kit.build(tracks, instruments=(kit.cello, kit.drums), bars=2, articulation=0.5)
    file = kit.open_midi(score_to_midi(composition))
    assert [(note[0], note[3]) for note in sounding(file)] == [(1, 240), (1, 960), (2, 480), (2, 960)]


# ------------------------------------------------------------------------------------ broken scores


@pytest.mark.parametrize(
    ("notes", "complaint"),
    [
        ([(0, 60, 480, 0)], "velocity"),
        ([(0, 60, 480, 128)], "velocity"),
        ([(0, 128, 480, 80)], "pitch"),
        ([(0, -1, 480, 80)], "pitch"),
        ([(-1, 60, 480, 80)], "final bar line"),
        ([(0, 60, 0, 80)], "final bar line"),
        ([(0, 60, 1921, 80)], "final bar line"),
        ([(0, 60, 480, 80), (240, 60, 480, 80)], "before the last note"),
        ([(480, 60, 480, 80), (0, 62, 480, 80)], "not sorted"),
        ([], "no note"),
    ],
)
def test_a_broken_score_is_refused(kit: SimpleNamespace, notes: list[tuple[int, ...]], complaint: str) -> None:
    made = tuple(Note(onset=o, pitch=p, duration=d, velocity=v) for o, p, d, v in notes)
    track = Track(instrument=kit.violin, notes=made)
    with pytest.raises(ComposerError, match=complaint):
        score_to_midi(kit.build([track], instruments=(kit.violin,), bars=1))


def test_tracks_must_follow_the_plan(kit: SimpleNamespace) -> None:
    composition = kit.build()
    score = Score(plan=composition.plan, tracks=composition.score.tracks[::-1])
    broken = Composition(perception=None, plan=composition.plan, score=score, provenance={})
    with pytest.raises(ComposerError, match="do not follow"):
        score_to_midi(broken)


# ------------------------------------------------------------------------------------ round trips


@st.composite
def note_lists(draw: st.DrawFn, end_tick: int) -> tuple[Note, ...]:
    notes: list[Note] = []
    free: dict[int, int] = {}
    for _ in range(draw(st.integers(0, 25))):
        pitch = draw(st.integers(0, 127))
        onset = draw(st.integers(free.get(pitch, 0), end_tick))
        if onset < end_tick:
            duration = draw(st.integers(1, end_tick - onset))
            notes.append(Note(onset=onset, pitch=pitch, duration=duration, velocity=draw(st.integers(1, 127))))
            free[pitch] = onset + duration
    return tuple(sorted(notes))


@st.composite
def pieces(draw: st.DrawFn) -> dict[str, Any]:
    meter, bars = draw(st.sampled_from(METERS)), draw(st.integers(1, 8))
    roles = draw(st.lists(st.sampled_from(("melody", "counter", "harmony", "bass", "drums")), min_size=1, max_size=16))
    instruments = tuple(
        Instrument(role=role, name=draw(st.text(max_size=12)), program=draw(st.integers(0, 127))) for role in roles
    )
    tracks = [
        Track(instrument=instrument, notes=draw(note_lists(bars * Meter.parse(meter).bar_ticks)))
        for instrument in instruments
    ]
    return {
        "tracks": tracks,
        "instruments": instruments,
        "meter": meter,
        "bars": bars,
        "tempo_bpm": draw(st.floats(20, 300)),
        "title": draw(st.text(max_size=40)),
        "caption": draw(st.text(max_size=40)),
    }


@settings(max_examples=60, deadline=None)
@given(piece=pieces())
def test_any_score_comes_back_from_its_file(kit: SimpleNamespace, piece: dict[str, Any]) -> None:
    tracks = piece["tracks"]
    channels = [track.instrument.is_drums for track in tracks]
    if not any(track.notes for track in tracks) or channels.count(True) > 1 or channels.count(False) > 15:
        return  # silent pieces and shared channels have tests of their own
    file = kit.open_midi(score_to_midi(kit.build(**piece)))
    written = [
        (number, note.onset, note.pitch, note.duration, note.velocity)
        for number, track in enumerate(tracks, start=1)
        for note in track.notes
    ]
    assert sounding(file) == sorted(written)
    assert file.tracks[0][1].tempo == pytest.approx(6e7 / piece["tempo_bpm"], abs=0.51)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_shared_channels_never_hold_a_pitch_twice(kit: SimpleNamespace, data: st.DataObject) -> None:
    drums = tuple(Instrument(role="drums", name=f"Drums {number}", program=0) for number in range(3))
    tracks = [Track(instrument=drum, notes=data.draw(note_lists(3840))) for drum in drums]
    if not any(track.notes for track in tracks):
        return
    file = kit.open_midi(score_to_midi(kit.build(tracks, instruments=drums, bars=2)))
    spans = sorted((pitch, onset, onset + length) for _, onset, pitch, length, _ in sounding(file))
    clashes = [(a, b) for a, b in pairwise(spans) if a[0] == b[0] and b[1] < a[2]]
    # Notes that follow each other tick by tick cannot be told apart any better than by one tick.
    assert all(b[1] - a[1] <= 1 for a, b in clashes)
    before = {(note.onset, note.pitch) for track in tracks for note in track.notes}
    assert {(onset, pitch) for pitch, onset, _ in spans} == before


@pytest.mark.parametrize("title", ["«Les Très Riches Heures»", "神奈川沖浪裏", "Sunset 🌅", "a\udce9\nb", ""])
def test_titles_of_any_script_open_everywhere(kit: SimpleNamespace, title: str) -> None:
    import pretty_midi
    import symusic
    from music21 import converter

    named = Instrument(role="melody", name=title or "x", program=40)
    data = score_to_midi(kit.build(title=title, caption=title, instruments=(named,)))
    assert mido.MidiFile(file=io.BytesIO(data)).tracks[1]
    assert pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments
    assert symusic.Score.from_midi(data).tracks
    assert converter.parse(data, format="midi").parts
