"""What goes to and fro in thirty-seconds is one note with a sign on paper; the file reads back to the same notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from composer.pipeline.midi_score import score_of_midi
from composer.rendering import score_to_musicxml, write_midi
from composer.rendering.notation.shorthand import abbreviated
from composer.types import Composition, Note, Track

TRILL = [(0, 74, 60), (60, 76, 60), (120, 74, 60), (180, 76, 60), (240, 74, 60), (300, 76, 60), (360, 74, 120)]
MORDENT = [(0, 72, 60), (60, 71, 60), (120, 72, 360)]
INVERTED = [(0, 72, 60), (60, 74, 60), (120, 72, 360)]
TREMOLO = [(at, pitch, 60) for at in range(0, 960, 60) for pitch in (60, 67)]
TURN = [(0, 72, 240), (240, 74, 60), (300, 72, 60), (360, 71, 60), (420, 72, 60), (480, 74, 480)]


def notes(rows: Sequence[tuple[int, int, int]], at: int = 0) -> tuple[Note, ...]:
    return tuple(Note(onset=at + onset, pitch=pitch, duration=length, velocity=70) for onset, pitch, length in rows)


def written(rows: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int, str]]:
    return [(note.onset, note.pitch, note.duration, sign) for note, sign in abbreviated(notes(rows))]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (TRILL, [(0, 74, 480, "trill")]),
        (MORDENT, [(0, 72, 480, "mordent")]),
        (INVERTED, [(0, 72, 480, "inverted mordent")]),
        (TREMOLO, [(0, 60, 960, "tremolo"), (0, 67, 960, "tremolo")]),
    ],
)
def test_a_sign_stands_for_the_notes(
    rows: list[tuple[int, int, int]], expected: list[tuple[int, int, int, str]]
) -> None:
    assert written(rows) == expected


@pytest.mark.parametrize(
    "rows",
    [
        TURN,
        [(0, 72, 120), (120, 74, 120), (240, 72, 240)],
        [*MORDENT[:2], (120, 72, 60), (180, 71, 300)],
        [*MORDENT, (0, 60, 480)],
        [(at, 60, 60) for at in range(0, 360, 60)],
        [(0, 71, 60), *((onset + 60, pitch, length) for onset, pitch, length in INVERTED)],
    ],
    ids=["turn", "sixteenths", "figure", "two voices", "six strokes", "led into"],
)
def test_everything_else_is_written_out(rows: list[tuple[int, int, int]]) -> None:
    rows = sorted(rows)
    assert [(onset, pitch, length) for onset, pitch, length, _ in written(rows)] == rows


def with_notes(kit: SimpleNamespace, made: tuple[Note, ...]) -> Composition:
    base = kit.build(instruments=(kit.violin,), bars=2)
    score = replace(base.score, tracks=(Track(instrument=kit.violin, notes=made),))
    return replace(base, score=score)


@pytest.mark.parametrize(
    ("rows", "tag"),
    [(TRILL, "trill-mark"), (MORDENT, "mordent"), (INVERTED, "inverted-mordent"), (TREMOLO, "tremolo")],
)
def test_the_page_has_the_sign(kit: SimpleNamespace, rows: list[tuple[int, int, int]], tag: str) -> None:
    rest = notes([(0, 69, 960)], at=960)
    root = ET.fromstring(score_to_musicxml(with_notes(kit, (*notes(rows), *rest))))
    assert [element.text for element in root.iter(tag)] == (["3"] if tag == "tremolo" else [None])


def test_written_out_thirty_seconds_are_beamed_and_fill_the_bar(kit: SimpleNamespace) -> None:
    root = ET.fromstring(score_to_musicxml(with_notes(kit, (*notes(TURN), *notes([(0, 69, 960)], at=960)))))
    bar = next(root.iter("measure"))
    divisions = int(next(bar.iter("divisions")).text or 0)
    lengths = [Fraction(int(note.findtext("duration") or 0), divisions) for note in bar.iter("note")]
    assert lengths == [Fraction(1, 2), *[Fraction(1, 8)] * 4, 1, 2]
    types = [note.findtext("type") for note in bar.iter("note")]
    assert types == ["eighth", *["32nd"] * 4, "quarter", "half"]
    assert [len(note.findall("beam")) for note in bar.iter("note")] == [1, 3, 3, 3, 3, 0, 0]


@pytest.mark.parametrize("rows", [TRILL, MORDENT, INVERTED, TREMOLO, TURN])
def test_a_midi_file_reads_back_to_the_same_notes(
    kit: SimpleNamespace, tmp_path: Path, rows: list[tuple[int, int, int]]
) -> None:
    made = (*notes(rows), *notes([(0, 69, 960)], at=960), *notes([(0, 69, 1920)], at=1920))
    write_midi(with_notes(kit, made), tmp_path / "a.mid")
    found = score_of_midi(tmp_path / "a.mid").composition.score.tracks[0].notes
    assert {(n.onset, n.pitch, n.duration) for n in found} == {(n.onset, n.pitch, n.duration) for n in made}
