"""A score in other libraries: the same notes, tempo, meter and key there."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from builders.pieces import DRUMS, PIANO, VIOLIN, build
from composer.errors import ExternalToolError, UsageError
from composer.types import TICKS_PER_QUARTER, Note, Score, Track

METERS = ("4/4", "6/8", "5/4")


def score(meter: str = "4/4", **changes: object) -> Score:
    """Three parts and drums in D minor, 96 quarter notes a minute, played as written."""
    return build(meter=meter, bars=4, **changes).score


def expected(piece: Score, scale: float = 1.0) -> list[tuple[int, bool, float, int, float, int]]:
    """(program, drums, onset, pitch, duration, velocity) with times in ticks times ``scale``."""
    return sorted(
        (
            0 if track.instrument.is_drums else track.instrument.program,
            track.instrument.is_drums,
            round(n.onset * scale, 4),
            n.pitch,
            round(n.duration * scale, 4),
            n.velocity,
        )
        for track in piece.tracks
        for n in track.notes
    )


@pytest.mark.parametrize("meter", METERS)
def test_pretty_midi(meter: str) -> None:
    piece = score(meter)
    made = piece.to_pretty_midi()
    found = sorted(
        (int(i.program), i.is_drum, round(n.start, 4), n.pitch, round(n.end - n.start, 4), n.velocity)
        for i in made.instruments
        for n in i.notes
    )
    second = 60 / 96 / TICKS_PER_QUARTER
    assert [item[:2] + item[3:4] + item[5:] for item in found] == [
        item[:2] + item[3:4] + item[5:] for item in expected(piece, second)
    ]
    assert np.allclose([(i[2], i[4]) for i in found], [(i[2], i[4]) for i in expected(piece, second)], atol=2e-4)
    beats, unit = map(int, meter.split("/"))
    assert [(item.numerator, item.denominator) for item in made.time_signature_changes] == [(beats, unit)]
    assert made.get_tempo_changes()[1].tolist() == pytest.approx([96])
    assert [item.key_number for item in made.key_signature_changes] == [12 + 2]  # D minor
    assert [item.name for item in made.instruments] == ["Violin", "Acoustic Grand Piano", "Cello", "Drums"]


@pytest.mark.parametrize("meter", METERS)
def test_symusic(meter: str) -> None:
    piece = score(meter)
    made = piece.to_symusic()
    assert made.ticks_per_quarter == TICKS_PER_QUARTER
    found = sorted(
        (track.program, track.is_drum, n.time, n.pitch, n.duration, n.velocity)
        for track in made.tracks
        for n in track.notes
    )
    assert found == expected(piece)
    beats, unit = map(int, meter.split("/"))
    assert [(item.numerator, item.denominator) for item in made.time_signatures] == [(beats, unit)]
    assert [round(item.qpm, 3) for item in made.tempos] == [96]
    assert [(item.key, item.tonality) for item in made.key_signatures] == [(-1, 1)]  # one flat, minor
    assert [item.text for item in made.markers] == ["A", "B"]


@pytest.mark.parametrize("meter", METERS)
def test_music21(meter: str) -> None:
    from music21 import harmony, key, stream, tempo
    from music21 import meter as meters

    piece = score(meter, instruments=(VIOLIN,))
    made = piece.to_music21()
    assert isinstance(made, stream.Score)
    sounding = made.parts[0].stripTies().flatten().getElementsByClass("Note")
    found = [(float(n.offset), n.pitch.midi, float(n.quarterLength)) for n in sounding]
    wanted = [(n.onset / 480, n.pitch, n.duration / 480) for n in piece.tracks[0].notes]
    assert [item[:2] for item in found] == [item[:2] for item in wanted]
    assert [item[2] for item in found] == pytest.approx([item[2] for item in wanted])
    flat = made.parts[0].flatten()
    assert flat.getElementsByClass(meters.TimeSignature)[0].ratioString == meter
    assert flat.getElementsByClass(key.KeySignature)[0].sharps == -1
    assert made.flatten().getElementsByClass(tempo.MetronomeMark)[0].getQuarterBPM() == pytest.approx(96)
    assert [item.figure for item in made.flatten().getElementsByClass(harmony.ChordSymbol)] == ["Dm", "A7"] * 2


def test_a_pianoroll_holds_every_note_at_its_place() -> None:
    notes = (
        Note(onset=0, pitch=60, duration=480, velocity=50),
        Note(onset=160, pitch=64, duration=160, velocity=60),
        Note(onset=1900, pitch=72, duration=20, velocity=70),
    )
    tracks = (
        Track(instrument=PIANO, notes=notes),
        Track(instrument=VIOLIN, notes=(Note(onset=240, pitch=60, duration=480, velocity=90),)),
        Track(instrument=DRUMS, notes=(Note(onset=0, pitch=36, duration=240, velocity=100),)),
    )
    piece = build(tracks, bars=1, instruments=(PIANO, VIOLIN, DRUMS)).score
    piano = piece.to_pianoroll(0)
    assert piano.shape == (128, 48)
    assert piano.dtype == np.uint8
    assert np.flatnonzero(piano[60]).tolist() == [*range(12)]
    assert np.flatnonzero(piano[64]).tolist() == [4, 5, 6, 7]
    assert np.flatnonzero(piano[72]).tolist() == [47]  # shorter than a column, and there
    every = piece.to_pianoroll()
    assert every[60, :18].tolist() == [50] * 6 + [90] * 12
    assert not every[36].any()
    assert piece.to_pianoroll(2)[36, :6].tolist() == [100] * 6
    assert piece.to_pianoroll(0, steps_per_quarter=4).shape == (128, 16)


def test_a_note_can_be_read_back_from_a_pianoroll() -> None:
    piece = score(instruments=(VIOLIN,))
    roll = piece.to_pianoroll(0, steps_per_quarter=480)
    for note in piece.tracks[0].notes:
        assert set(roll[note.pitch, note.onset : note.end].tolist()) == {note.velocity}
    assert int((roll > 0).sum()) == sum(note.duration for note in piece.tracks[0].notes)


@pytest.mark.parametrize(("track", "steps"), [(4, 12), (-1, 12), (0, 0), (0, 481)])
def test_a_pianoroll_of_nothing_is_refused(track: int, steps: int) -> None:
    with pytest.raises(UsageError):
        score().to_pianoroll(track, steps_per_quarter=steps)


@pytest.mark.parametrize(
    ("package", "method"),
    [("pretty_midi", "to_pretty_midi"), ("symusic", "to_symusic"), ("music21.converter", "to_music21")],
)
def test_a_missing_library_is_named(package: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    piece = score()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExternalToolError, match=package.partition(".")[0]):
        getattr(piece, method)()
