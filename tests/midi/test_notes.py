"""Reading any MIDI file."""

from __future__ import annotations

import io
from contextlib import suppress

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import MidiError
from composer.midi.notes import DURATION, ONSET, PITCH, VELOCITY, excerpt, parse_midi_notes, read_midi_notes


def test_reads_what_was_written(make_midi):
    midi = make_midi([[(0, 1, 60, 70), (1.5, 0.5, 64, 90)], [(0, 4, 36)]], programs=[40, -1], meter="6/8", key="F#m")
    assert [(part.program, part.is_drums) for part in midi.parts] == [(40, False), (0, True)]
    assert midi.parts[0].notes.tolist() == [[0, 1, 60, 70], [1.5, 0.5, 64, 90]]
    assert midi.pitched[:, PITCH].tolist() == [60, 64]
    assert midi.notes[:, PITCH].tolist() == [36, 60, 64]
    assert (midi.meters[0].text, midi.tempos[0].bpm) == ("6/8", 120.0)
    assert (midi.keys[0].tonic, midi.keys[0].minor, midi.keys[0].name) == (6, True, "F#m")
    assert midi.last_note_end == 4


def test_defaults_hold_where_the_file_is_silent(make_midi):
    midi = make_midi([[(0, 1, 60)]], meter=None, tempo_us=None)
    assert (midi.meters[0].text, midi.tempos[0].bpm, midi.keys) == ("4/4", 120.0, ())


def test_a_tempo_change_is_followed(make_midi):
    change = (4.0, mido.MetaMessage("set_tempo", tempo=1_000_000))
    midi = make_midi([[(0, 8, 60)]], conductor=[change])
    assert midi.seconds(np.array([0.0, 2.0, 4.0, 6.0])).tolist() == [0.0, 1.0, 2.0, 4.0]


def test_a_meter_change_moves_the_bar_lines(make_midi):
    change = (4.0, mido.MetaMessage("time_signature", numerator=3, denominator=4))
    midi = make_midi([[(0, 9, 60)]], conductor=[change])
    assert midi.bar_lines().tolist() == [0, 4, 7, 10]
    assert midi.bar_lines(4).tolist() == [0, 4]


def test_a_pickup_bar_is_cut_short_by_the_meter_that_follows(make_midi):
    change = (1.0, mido.MetaMessage("time_signature", numerator=3, denominator=4))
    assert make_midi([[(0, 4, 60)]], conductor=[change]).bar_lines().tolist() == [0, 1, 4]


def test_repeated_notes_and_note_on_with_velocity_zero():
    file = mido.MidiFile(ticks_per_beat=480)
    on = mido.Message("note_on", note=60, velocity=64)
    off = mido.Message("note_on", note=60, velocity=0)
    file.tracks.append(mido.MidiTrack([on, off.copy(time=240), on.copy(time=0), off.copy(time=480), on.copy(time=0)]))
    file.tracks[0].append(mido.MetaMessage("end_of_track", time=960))
    buffer = io.BytesIO()
    file.save(file=buffer)
    midi = parse_midi_notes(buffer.getvalue())
    # The last one is never switched off and ends with its track.
    assert midi.notes[:, [ONSET, DURATION]].tolist() == [[0, 0.5], [0.5, 1], [1.5, 2]]


def test_the_program_counts_wherever_it_was_set():
    """Type 1 files may set all programs in the first track; a part that changes instrument is two parts."""
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(mido.MidiTrack([mido.Message("program_change", channel=3, program=73)]))
    notes = []
    for program in (None, 68):
        if program is not None:
            notes.append(mido.Message("program_change", channel=3, program=program))
        notes.append(mido.Message("note_on", channel=3, note=72, velocity=64))
        notes.append(mido.Message("note_off", channel=3, note=72, time=480))
    file.tracks.append(mido.MidiTrack(notes))
    buffer = io.BytesIO()
    file.save(file=buffer)
    midi = parse_midi_notes(buffer.getvalue())
    assert [(part.program, len(part.notes)) for part in midi.parts if len(part.notes)] == [(73, 1), (68, 1)]


def test_a_silent_part_is_still_a_part(make_midi):
    assert [part.program for part in make_midi([[(0, 1, 60)], []], programs=[0, 56]).parts] == [0, 56]


def test_no_notes_is_a_file_too(make_midi):
    midi = make_midi()
    assert len(midi.notes) == 0
    assert midi.last_note_end == 0
    assert midi.bar_lines().tolist() == [0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0",
        b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x00\x00MTrk\x00\x00\x00\x04\x00\xff\x2f\x00",
        b"MThd\x00\x00\x00\x06\x00\x02\x00\x01\x01\xe0MTrk\x00\x00\x00\x04\x00\xff\x2f\x00",
    ],
)
def test_what_is_no_midi_file_is_refused(data):
    with pytest.raises(MidiError, match=r"bad\.mid") as raised:
        parse_midi_notes(data, name="bad.mid")
    assert raised.value.hint


def test_a_missing_file_and_one_that_claims_years(tmp_path, make_bytes):
    with pytest.raises(MidiError, match="cannot read"):
        read_midi_notes(tmp_path / "none.mid")
    path = tmp_path / "long.mid"
    path.write_bytes(make_bytes([[(0, 1, 60)]], end=4e5))
    with pytest.raises(MidiError, match="longer than the 60 minutes"):
        read_midi_notes(path)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 200), st.randoms(use_true_random=False))
def test_damage_never_ends_in_a_foreign_exception(make_bytes, junk, place, random):
    data = bytearray(make_bytes([[(0, 1, 60), (1, 1, 62)]], key="C"))
    place %= len(data)
    data[place : place + random.randrange(1, 9)] = junk
    with suppress(MidiError):
        parse_midi_notes(bytes(data))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 4), st.integers(0, 127), st.integers(1, 127)),
        max_size=30,
        unique_by=lambda tone: (tone[0], tone[2]),
    )
)
def test_round_trip(make_midi, tones):
    # Notes on one pitch never overlap: each lasts at most until the next begins.
    tones = [(onset, 1, pitch, velocity) for onset, _, pitch, velocity in tones]
    midi = make_midi([tones])
    expected = sorted(tones, key=lambda tone: (tone[0], tone[2]))
    assert midi.notes.tolist() == [list(tone) for tone in expected]


def test_an_excerpt_is_a_piece_of_its_own(make_midi):
    change = (8.0, mido.MetaMessage("set_tempo", tempo=400_000))
    midi = make_midi([[(n, 1, 60 + n) for n in range(15)] + [(15, 8, 90)], [(0, 1, 40)]], conductor=[change], key="G")
    part = excerpt(midi, 3, 2)
    assert part.notes[:, PITCH].tolist() == [68, 69, 70, 71, 72, 73, 74, 90]
    assert part.notes[-1, [ONSET, DURATION]].tolist() == [7, 1]
    assert len(part.parts) == 1
    assert [(tempo.quarter, tempo.bpm) for tempo in part.tempos] == [(0, 150)]
    assert (part.keys[0].quarter, part.keys[0].name) == (0, "G")
    assert len(part.bar_lines()) == 3
    assert midi.notes[0, VELOCITY] == 80
    with pytest.raises(MidiError, match=r"bars 6\.\.7"):
        excerpt(midi, 6, 2)


def test_real_files_read_as_symusic_reads_them(data):
    """One file of each kind: performance, arrangement, score."""
    import tarfile

    import symusic

    with tarfile.open(data / "music" / "pop909.tar.xz") as archive:
        member = next(member for member in archive if member.name.endswith(".mid"))
        content = archive.extractfile(member).read()
    ours, theirs = parse_midi_notes(content), symusic.Score.from_midi(content)
    expected = sorted(
        (note.time / theirs.tpq, note.pitch, note.duration / theirs.tpq)
        for track in theirs.tracks
        for note in track.notes
    )
    found = sorted((row[ONSET], row[PITCH], row[DURATION]) for row in ours.notes.tolist())
    assert np.allclose(found, expected)
