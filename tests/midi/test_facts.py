from __future__ import annotations

import pytest

from builders.odd_midi import METER, TEMPO, meta, name, scale, smf, track
from builders.pieces import build
from composer.midi.facts import FACTS, TEXT, facts_data, read_facts
from composer.midi.piece import parse_piece
from composer.midi.reader import parse_midi_file
from composer.pipeline.midi_plan import plan_from_midi
from composer.rendering.midi import score_to_midi


def ours(*conductor: bytes, part: bytes) -> bytes:
    """A file with a chord symbol, and what older or newer versions wrote beside it."""
    head = [(0, TEMPO), (0, METER), *((0, event) for event in conductor), (0, meta(TEXT, b"Am"))]
    return smf(track(head), track([(0, name("Flute")), (0, part), (0, b"\xc0\x49"), *scale(base=72)]))


NEW = ours(
    meta(FACTS, facts_data({"mode": "A dorian", "caption": "Bäume", "composer": "0.1.0"})),
    part=meta(FACTS, facts_data({"role": "bass"})),
)
OLD = ours(
    meta(TEXT, b"mode: A dorian"),
    meta(TEXT, "caption: Bäume".encode()),
    meta(TEXT, b"composer: 0.1.0"),
    part=meta(TEXT, b"role: bass"),
)


@pytest.mark.parametrize("data", [NEW, OLD], ids=["new", "old"])
def test_what_we_wrote_is_believed_in_the_form_of_any_version(data: bytes) -> None:
    piece = parse_piece(data)
    assert piece.own is not None
    assert (piece.own.tonic, piece.own.mode, piece.own.caption) == ("A", "dorian", "Bäume")
    assert [tick for tick, _ in piece.own.chords] == [0]
    assert [voice.role for voice in piece.voices] == ["bass"]
    plan = plan_from_midi(parse_midi_file(data))
    assert (plan.tonic, plan.mode, plan.caption) == ("A", "dorian", "Bäume")


@pytest.mark.parametrize(
    "event",
    [
        meta(FACTS, b"\x7dcomposer"),
        meta(FACTS, b"\x7dcomposer[1, 2]"),
        meta(FACTS, b"\x7dcomposer{" + b"[" * 5000),
        meta(FACTS, b"\x7dcomposer\xff\xfe"),
        meta(FACTS, b'\x7dcomposer{"mode": 3, "composer": [], "role": {}}'),
        meta(FACTS, b'\x7dsomebody else{"mode": "C major"}'),
        meta(FACTS, b"\x43\x00\x01"),
        meta(TEXT, b"mode: C happy"),
        meta(TEXT, b": "),
    ],
)
def test_what_is_no_fact_of_ours_is_none(event: bytes) -> None:
    piece = parse_piece(ours(event, part=event))
    assert piece.own is None
    assert piece.voices[0].role == ""


def test_facts_of_any_length_and_script_come_back() -> None:
    facts = {"caption": "春 " * 5000, "seed": 7, "image": {"name": "«Où»", "size": [1, 2]}}
    assert read_facts([(FACTS, facts_data(facts), "")]) == facts
    whole = build(provenance={"composer": "1", "note": "春" * 20_000}, caption="Où")
    piece = parse_piece(score_to_midi(whole))
    assert piece.own is not None
    assert piece.own.caption == "Où"
    assert [voice.role for voice in piece.voices] == ["melody", "harmony", "bass", "drums"]
