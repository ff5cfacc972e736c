from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import MidiError
from composer.midi.playback import CONTROL, NOTE_OFF, NOTE_ON, PITCH_BEND, PROGRAM, parse_midi, read_midi
from composer.rendering.midi import score_to_midi

KINDS = {"note_on": NOTE_ON, "note_off": NOTE_OFF, "control_change": CONTROL, "program_change": PROGRAM}


def smf(*tracks: bytes, kind: int = 1, division: int = 480, count: int | None = None) -> bytes:
    header = b"MThd" + (6).to_bytes(4) + b"".join(n.to_bytes(2) for n in (kind, count or len(tracks), division))
    return header + b"".join(b"MTrk" + len(track).to_bytes(4) + track for track in tracks)


NOTE = b"\x00\x90\x3c\x50\x83\x60\x80\x3c\x40"  # middle C for a quarter note
END = b"\x00\xff\x2f\x00"


def test_plays_the_writer_s_events_at_their_times(kit: SimpleNamespace) -> None:
    data = score_to_midi(kit.build(tempo_bpm=90.0, meter="6/8"))
    read = parse_midi(data)
    expected = []
    seconds = 0.0
    for message in mido.MidiFile(file=io.BytesIO(data)):
        seconds += message.time
        if message.type in KINDS:
            expected.append(
                (pytest.approx(seconds, abs=1e-6), KINDS[message.type], message.channel, message.bytes()[1])
            )
    assert [(event.seconds, event.kind, event.channel, event.first) for event in read.events] == expected
    assert read.end_seconds == pytest.approx(4 * 6 * 30 / 90, rel=1e-5)


def test_follows_tempo_changes_in_any_track() -> None:
    fast = b"\x83\x60\xff\x51\x03\x03\xd0\x90" + END  # 240 bpm after a quarter note
    read = parse_midi(smf(fast, NOTE + NOTE + END))
    assert [round(event.seconds, 6) for event in read.events] == [0, 0.5, 0.5, 0.75]


def test_reads_running_status_velocity_0_sysex_bends_and_unknown_chunks() -> None:
    track = b"\x00\x90\x3c\x50\x60\x3c\x00" + b"\x00\xf0\x03\x43\x12\xf7" + b"\x00\xe0\x00\x40\x00\x7f\x7f" + END
    data = smf(track)[:14] + b"XFIH" + (2).to_bytes(4) + b"\x00\x00" + smf(track)[14:]
    events = [(event.kind, event.first, event.second) for event in parse_midi(data).events]
    assert events == [(NOTE_ON, 60, 80), (NOTE_OFF, 60, 0), (PITCH_BEND, 0, 0), (PITCH_BEND, 0, 8191)]


def test_reads_the_windows_wrapping() -> None:
    inner = smf(NOTE + END)
    wrapped = b"RIFF" + (len(inner) + 12).to_bytes(4, "little") + b"RMIDdata" + len(inner).to_bytes(4, "little") + inner
    assert len(parse_midi(wrapped).events) == 2


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "it is empty"),
        (b"just some text in a file named x.mid", "begins with b'just'"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "begins with"),
        (b"MThd", "header is cut short"),
        (smf(NOTE + END, kind=2), "type 2"),
        (smf(NOTE + END, division=0), "time division is 0;"),
        (smf(NOTE + END, division=0xE028), "time division is 0xe028"),
        (smf(END), "holds no note"),
        (smf(b"\x00\x90\x3c\x00" + END), "holds no note"),
        (smf(), "holds none of the 0 tracks"),
        (smf(b"\x00\x3c\x50" + END), "without a status byte"),
        (smf(b"\x00\x90\x3c"), "holds no note"),
        (smf(b"\x00\xff\x01\x7fabc"), "holds no note"),
        (smf(b"\x00\xf4\x01"), "status byte 0xf4"),
        (smf(b"\xff\xff\xff\xff\x7f"), "longer than four bytes"),
        (smf(b"\x00\x90\x3c\x50\xff\xff\xff\x7f\x80\x3c\x40" + END, division=1), "longer than the 60 minutes"),
    ],
)
def test_broken_files_say_what_is_wrong(tmp_path: Path, data: bytes, complaint: str) -> None:
    path = tmp_path / "x.mid"
    path.write_bytes(data)
    with pytest.raises(MidiError, match=r"x\.mid") as caught:
        read_midi(path)
    assert complaint in caught.value.message
    assert "\n" not in caught.value.message


def test_missing_files_and_folders_are_midi_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none.mid", tmp_path):
        with pytest.raises(MidiError, match="cannot read"):
            read_midi(path)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_damaged_file_plays_or_is_refused(kit: SimpleNamespace, data: st.DataObject) -> None:
    whole = score_to_midi(kit.build(bars=1))
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = parse_midi(bytes(damaged))
    except MidiError:
        return
    assert 0 <= read.end_seconds <= 3600
    assert all(0 <= event.first <= 127 and event.channel < 16 for event in read.events)
