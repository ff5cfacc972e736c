from __future__ import annotations

import pytest

from builders.odd_midi import HEAD, beat, name, scale, smf, sysex, track
from composer.midi.kits import is_drum_name
from composer.midi.notes import parse_midi_notes
from composer.midi.piece import parse_piece
from composer.midi.playback import parse_midi
from composer.midi.reader import parse_midi_file
from composer.pipeline.midi_plan import plan_from_midi

GS_RESET = sysex(0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41, 0xF7)
BANK_127 = (0, b"\xb2\x00\x7f")


def gs_rhythm(block: int, value: int) -> bytes:
    return sysex(0x41, 0x10, 0x42, 0x12, 0x40, 0x10 | block, 0x15, value, 0x00, 0xF7)


DRUMS = {
    "channel 10": (9, ()),
    "XG kit": (2, (BANK_127, (0, b"\xc2\x00"))),
    "XG effects": (2, ((0, b"\xb2\x00\x7e"), (0, b"\xc2\x00"))),
    "XG part mode": (2, ((0, sysex(0x43, 0x10, 0x4C, 0x08, 0x02, 0x07, 0x02, 0xF7)),)),
    "GM2 kit": (2, ((0, b"\xb2\x00\x78"), (0, b"\xc2\x00"))),
    "GS rhythm part": (2, ((0, GS_RESET), (0, gs_rhythm(3, 1)))),
    "GS rhythm part 16": (15, ((0, gs_rhythm(15, 1)),)),
    "bank 128": (2, ((0, b"\xb2\x00\x80"), (0, b"\xc2\x00"))),
    "named": (2, ((0, name("Drum Kit 1")),)),
    "named in Japanese": (2, ((0, name("ドラム", "cp932")),)),
}
PITCHED = {
    "another channel": (2, ()),
    "another bank": (2, ((0, b"\xb2\x00\x08"),)),
    "the sounds of the MT-32 in GS": (2, ((0, GS_RESET), BANK_127)),
    "channel 10 in GS without drums": (9, ((0, GS_RESET), (0, gs_rhythm(0, 0)))),
    "steel drums": (2, ((0, name("Steel Drums")), (0, b"\xc2\x72"))),
}


@pytest.mark.parametrize(
    ("channel", "events", "drums"),
    [(*value, True) for value in DRUMS.values()] + [(*value, False) for value in PITCHED.values()],
    ids=[*DRUMS, *PITCHED],
)
def test_kits_are_drums_in_every_view(channel: int, events: tuple[tuple[int, bytes], ...], *, drums: bool) -> None:
    melody = track([(0, b"\xc0\x00"), *scale()])
    data = smf(HEAD, melody, track([*events, *beat(channel=channel)]))
    assert [voice.is_drums for voice in parse_piece(data).voices] == [False, drums]
    assert [part.is_drums for part in parse_midi(data).parts] == [False, drums]
    notes = parse_midi_notes(data)
    assert [part.is_drums for part in notes.parts] == [False, drums]
    assert (len(notes.pitched) == len(notes.notes)) == (not drums)


def test_a_kit_on_another_channel_does_not_move_the_key() -> None:
    """C major with strokes on F sharp and C sharp, four times as many."""
    melody = track([(0, b"\xc0\x00"), *scale()])
    strokes = [(tick, event[:1] + bytes([(42, 37)[event[1] % 2]]) + event[2:]) for tick, event in beat(channel=2)]
    for kit in DRUMS["XG kit"], DRUMS["named"]:
        data = smf(HEAD, melody, track([*kit[1], *strokes]))
        plan = plan_from_midi(parse_midi_file(data))
        assert (plan.tonic, plan.mode) == ("C", "major")
        assert [part.role for part in plan.instruments] == ["melody", "drums"]


@pytest.mark.parametrize(
    ("text", "drums"),
    [
        ("Drums", True),
        ("DRUM KIT", True),
        ("Drumset 2", True),
        ("Schlagzeug", True),
        ("Percussion & Drums", True),
        ("Standard Kit", True),
        ("Batería", True),
        ("Kit", True),
        ("Steel Drums", False),
        ("Taiko Drum", False),
        ("Percussive Organ", False),
        ("Drum Song", False),
        ("Kitty", False),
        ("Timpani", False),
        ("Violin", False),
        ("", False),
    ],
)
def test_names_that_say_drums_and_nothing_else(text: str, *, drums: bool) -> None:
    assert is_drum_name(text) is drums
