from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.odd_midi import ACCEPTED, END, PLAIN, REFUSED, OddFile, by_name, clip, meta, name, note, smf, track
from composer.errors import MidiError
from composer.midi.chunks import plain_midi, riff_midi
from composer.midi.edit import NewNote, edited
from composer.midi.notes import parse_midi_notes
from composer.midi.piece import parse_piece, read_piece
from composer.midi.playback import NOTE_ON, parse_midi
from composer.midi.reader import parse_midi_file, read_midi_file


@pytest.mark.parametrize("odd", ACCEPTED, ids=lambda odd: odd.name)
def test_what_a_sequencer_plays_is_read_and_what_was_repaired_is_said(odd: OddFile) -> None:
    file = parse_midi_file(odd.data)
    assert len(file.repairs) == len(odd.repairs), file.repairs
    for repair, expected in zip(file.repairs, odd.repairs, strict=True):
        assert expected in str(repair)


@pytest.mark.parametrize("odd", ACCEPTED, ids=lambda odd: odd.name)
def test_the_three_views_hear_the_same_notes(odd: OddFile) -> None:
    file = parse_midi_file(odd.data)
    piece, notes, played = parse_piece(odd.data), parse_midi_notes(odd.data), parse_midi(odd.data)
    heard = sorted((note.onset, note.pitch) for voice in piece.voices for note in voice.notes)
    assert len(heard) >= 8
    assert [(round(row[0] * file.resolution), int(row[2])) for row in notes.notes.tolist()] == heard
    assert sorted(event.first for event in played.events if event.kind == NOTE_ON) == sorted(p for _, p in heard)
    assert len(played.parts) == len(piece.voices) == len([part for part in notes.parts if len(part.notes)])


@pytest.mark.parametrize("odd", ACCEPTED, ids=lambda odd: odd.name)
def test_what_is_read_is_written_back(odd: OddFile) -> None:
    piece = parse_piece(odd.data)
    data = edited(piece, removed={}, added={})
    assert (data == odd.data) == odd.same
    again = parse_piece(data)
    assert again.voices == piece.voices
    assert {repair.what for repair in again.file.repairs} <= {repair.what for repair in piece.file.repairs}
    assert edited(again, removed={}, added={}) == data, "written twice, written the same"


@pytest.mark.parametrize("odd", REFUSED, ids=lambda odd: odd.name)
def test_what_cannot_be_understood_is_refused_in_two_lines(odd: OddFile, tmp_path: Path) -> None:
    path = tmp_path / "x.mid"
    path.write_bytes(odd.data)
    with pytest.raises(MidiError, match=r"x\.mid") as raised:
        read_piece(path)
    assert odd.refused in raised.value.message
    assert "\n" not in raised.value.message + raised.value.hint


def test_a_repair_names_the_bar_and_the_track_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "loud.mid"
    loud = [(tick, bytes([0x90, 60, 200])) for tick in (1920, 3840, 5760)]
    path.write_bytes(smf(track([]), track([*note(0, 480, 60), *loud])))
    with caplog.at_level(logging.WARNING):
        file = read_midi_file(path)
    assert [repair.to_json() for repair in file.repairs] == [
        {"what": "data bytes over 127 count as 127", "track": 2, "bar": 2, "times": 3}
    ]
    assert caplog.messages == [f"{path}: data bytes over 127 count as 127 (track 2, bar 2 and 2 more)"]
    assert [note.velocity for note in read_piece(file).voices[0].notes] == [80, 127, 127, 127]


def test_an_edit_leaves_the_bytes_around_it() -> None:
    """Running status, padded times, a split message: only where a note went is anything written anew."""
    first = b"\x80\x80\x00\x90\x3c\x50" + b"\x83\x60\x3c\x00"
    split = b"\x00\xf0\x04\x43\x12\x00\x07" + b"\x0a\xf7\x03\x01\x02\xf7"
    second = b"\x00\x90\x3e\x50" + b"\x83\x60\x3e\x00" + b"\x00\x40\x50" + b"\x83\x60\x40\x00"
    data = smf(b"MTrk" + (len(first + split + second) + 4).to_bytes(4) + first + split + second + b"\x00" + END)
    piece = parse_piece(data)
    (voice,) = piece.voices
    new = edited(piece, removed={1: [voice.notes[1]]}, added={})
    # The third note began where the second ended, in its running status; that must be said now.
    assert new.endswith(first + split + b"\x83\x60\x90\x40\x50" + b"\x83\x60\x40\x00" + b"\x00" + END)
    more = edited(piece, removed={}, added={1: [NewNote(onset=2000, pitch=72, end=2100)]})
    assert first + split + second in more
    assert parse_piece(more).voices[0].notes[-1].pitch == 72


def test_the_windows_wrapping_comes_off_and_on() -> None:
    for odd in ("RIFF wrapping", "RIFF wrapping of an odd length"):
        wrapped = by_name(odd).data
        assert riff_midi(plain_midi(wrapped)) == wrapped
    assert plain_midi(PLAIN) == PLAIN
    assert plain_midi(riff_midi(PLAIN)) == PLAIN


def test_film_frames_are_seconds() -> None:
    """25 frames of 40 ticks: a thousand ticks a second, whatever the tempo events say."""
    data = smf(track([(0, meta(0x51, b"\x01\x00\x00")), *note(0, 1000, 60), *note(2000, 1000, 62)]), division=0xE728)
    assert [round(event.seconds, 6) for event in parse_midi(data).events] == [0, 1, 2, 3]
    midi = parse_midi_notes(data)
    assert (midi.notes[:, 0].tolist(), midi.tempos[0].bpm) == ([0, 4], 120)


def test_names_are_read_as_they_were_written() -> None:
    for encoding in ("utf-8", "cp1252"):
        tracks = [track([(0, name("Frühlingslied", encoding))]), track([(0, name("Flöte", encoding)), *note(0, 9, 60)])]
        piece = parse_piece(smf(*tracks))
        assert (piece.title, piece.voices[0].name) == ("Frühlingslied", "Flöte")
        assert parse_midi_notes(smf(*tracks)).parts[0].name == "Flöte"
        assert parse_midi(smf(*tracks)).parts[0].name == "Flöte"


def test_channels_of_a_second_port_are_others() -> None:
    """A program of the second port is none of the first's, though the channels have one number."""
    first = track([(0, b"\xc0\x28"), *note(0, 480, 60), *note(960, 480, 60)])
    second = track([(0, meta(0x21, b"\x01")), (0, b"\xc0\x46"), *note(480, 480, 60)])
    data = smf(first, second)
    assert [(voice.channel, voice.program) for voice in parse_piece(data).voices] == [(0, 40), (16, 70)]
    assert [part.program for part in parse_midi_notes(data).parts] == [40, 70]
    assert [(part.channel, part.program) for part in parse_midi(data).parts] == [(0, 40), (16, 70)]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damage_is_read_alike_or_refused(data: st.DataObject) -> None:
    odd = data.draw(st.sampled_from(ACCEPTED))
    damaged = bytearray(odd.data)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(len(damaged) // 2, len(damaged)))]
    try:
        piece = parse_piece(bytes(damaged))
    except MidiError:
        return
    again = parse_piece(edited(piece, removed={}, added={}))
    assert again.voices == piece.voices
    assert parse_midi(bytes(damaged)).parts
    assert len(parse_midi_notes(bytes(damaged)).notes) == sum(len(voice.notes) for voice in piece.voices)


def test_any_length_of_a_track_may_be_cut() -> None:
    body = clip([*note(0, 480, 60), *note(480, 480, 62)])
    for cut in range(4, len(body)):
        piece = parse_piece(smf(b"MTrk" + len(body).to_bytes(4) + body[:cut]))
        assert piece.file.repairs
