from __future__ import annotations

import random
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from composer.errors import ComposerError
from composer.gm import DRUM_KIT, INSTRUMENTS, find_instrument
from composer.planning.orchestration import assign_roles, make_instruments
from composer.rendering.channels import assign_channels
from composer.rendering.musicxml.document import score_to_musicxml, write_musicxml
from composer.rendering.notation.staves import parts_of
from composer.theory import Meter
from composer.types import ChordSpan, Composition, Instrument, Note, Section, Track

METERS = ("4/4", "3/4", "6/8", "2/4", "5/4", "12/8", "9/8", "3/8", "7/8", "5/8", "2/2", "3/2", "6/4", "7/4", "6/16")
KEYS = (("D", "minor"), ("F#", "major"), ("Ab", "dorian"), ("C", "phrygian-dominant"), ("G#", "major"), ("Eb", "blues"))
SYMBOLS = ("Dm7", "G/B", "F#m7b5", "Bbmaj7", "C#dim7", "Ebaug", "A7", "Gsus4", "Ammaj7", "E5", "C6", "D/F#")
_TICKS = 480


# ------------------------------------------------------------------------------------------ pieces


def random_notes(chance: random.Random, instrument: Instrument, end: int) -> tuple[Note, ...]:
    """Chords, held notes, overlaps, triplets and notes across bar lines; never one pitch twice at a time."""
    grid = chance.choice((240, 120, 160, 80, 40))
    free: dict[int, int] = {}
    notes = []
    for onset in range(0, end, grid):
        if chance.random() < 0.4:
            continue
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            pitch = chance.randint(instrument.low, instrument.high)
            duration = min(chance.choice((1, 1, 2, 3, 4, 5, 7)) * grid, end - onset)
            if free.get(pitch, 0) <= onset:
                notes.append(Note(onset=onset, pitch=pitch, duration=duration, velocity=80))
                free[pitch] = onset + duration
    return tuple(sorted(notes))


def random_piece(kit: SimpleNamespace, seed: int) -> Composition:
    chance = random.Random(seed)
    meter = METERS[seed % len(METERS)]
    bars = chance.randint(1, 3)
    if seed % 3 == 0:
        players = [INSTRUMENTS[chance.choice((0, 6, 8, 12, 19, 24, 46, 107))]]
    else:
        players = [INSTRUMENTS[chance.randrange(128)] for _ in range(chance.randint(1, 5 if seed % 5 else 7))]
        players += [DRUM_KIT] if seed % 2 else []
    instruments = make_instruments(players, assign_roles(players))
    tracks = [
        Track(instrument=instrument, notes=random_notes(chance, instrument, bars * Meter.parse(meter).bar_ticks))
        for instrument in instruments
    ]
    chords = tuple(ChordSpan(bar=bar, beat=1 + (bar > 1), symbol=chance.choice(SYMBOLS)) for bar in range(1, bars + 1))
    tonic, mode = KEYS[seed % len(KEYS)]
    levels = tuple(round(chance.random(), 3) for _ in range(bars))
    return kit.build(
        tracks, instruments=instruments, meter=meter, bars=bars, chords=chords, tonic=tonic, mode=mode, dynamics=levels
    )


def voices_of(measure: Any) -> list[Any]:
    return list(measure.voices) or [measure]


def read_staff(staff: Any) -> Iterator[tuple[int, int, int]]:
    """(onset, pitch, duration) in ticks of a music21 part, tied notes joined."""
    written: dict[tuple[int, int], list[list[int]]] = {}
    for measure in staff.getElementsByClass("Measure"):
        for place, voice in enumerate(voices_of(measure)):
            for element in notes_of(voice):
                onset = round(Fraction(measure.offset + element.offset) * _TICKS)
                length = round(Fraction(element.duration.quarterLength) * _TICKS)
                for head in element.notes if element.isChord else [element]:
                    kind = head.tie.type if head.tie is not None else ""
                    line = written.setdefault((place, head.pitch.midi), [])
                    if kind in ("stop", "continue"):
                        last = next(note for note in reversed(line) if note[0] + note[1] == onset and note[2])
                        last[1:] = [last[1] + length, kind == "continue"]
                    else:
                        line.append([onset, length, kind == "start"])
    for (_, pitch), notes in written.items():
        for onset, length, open_end in notes:
            assert not open_end, f"a tie into nothing at {onset}, {pitch}"
            yield onset, pitch, length


def read_drums(root: ET.Element, number: int) -> Iterator[tuple[int, int]]:
    """(onset, percussion key) of the strokes of part `number` (from 1), from the XML itself."""
    keys = {item.get("id"): int(item.findtext("midi-unpitched", "0")) - 1 for item in root.iter("midi-instrument")}
    part = root.findall("part")[number - 1]
    divisions = int(part.findtext(".//divisions", "0"))
    at = 0
    for measure in part.findall("measure"):
        start = last = at
        for item in measure:
            length = int(item.findtext("duration", "0"))
            if item.tag == "note":
                onset = last if item.find("chord") is not None else at
                sound = item.find("instrument")
                if sound is not None:
                    assert item.find("tie") is None
                    yield round(Fraction(onset * _TICKS, divisions)), keys[sound.get("id")]
                last, at = onset, onset + length
            elif item.tag in ("backup", "forward"):
                at += length if item.tag == "forward" else -length
        at = start + round(Fraction(measure_quarters(part)) * divisions)


def measure_quarters(part: ET.Element) -> Fraction:
    return Fraction(4 * int(part.findtext(".//beats", "0")), int(part.findtext(".//beat-type", "1")))


def notes_of(voice: Any) -> list[Any]:
    return [item for item in voice.notes if "Harmony" not in item.classes]


def parsed(data: bytes) -> Any:
    from music21 import converter

    return converter.parse(data.decode(), format="musicxml")


def read_back(composition: Composition, data: bytes) -> None:
    """Every part holds the notes of its tracks, and every bar is full."""
    plan, root = composition.score.plan, ET.fromstring(data)
    staves = iter(parsed(data).parts)
    for number, part in enumerate(parts_of(composition.score), start=1):
        drums = part.instrument.is_drums
        read: Counter[tuple[int, ...]] = Counter(read_drums(root, number)) if drums else Counter()
        for _ in part.staves:
            staff = next(staves)
            measures = list(staff.getElementsByClass("Measure"))
            assert [measure.number for measure in measures] == list(range(1, plan.bars + 1))
            for voice in (voice for measure in measures for voice in voices_of(measure)):
                full = sum(
                    Fraction(item.duration.quarterLength)
                    for item in [*notes_of(voice), *voice.getElementsByClass("Rest")]
                )
                assert full == Fraction(plan.time.bar_ticks, _TICKS)
            if not drums:
                read.update(read_staff(staff))
        notes = [note for index in part.tracks for note in composition.score.tracks[index].notes]
        played = Counter((n.onset, n.pitch) if drums else (n.onset, n.pitch, n.duration) for n in notes)
        if drums or INSTRUMENTS[part.instrument.program].sustains:
            assert read == played
        else:  # a broken chord that rings on is written in shorter notes
            rung = sorted((read - played).elements()), sorted((played - read).elements())
            assert [note[:2] for note in rung[0]] == [note[:2] for note in rung[1]]
            assert all(short[2] < long[2] for short, long in zip(*rung, strict=True))
    assert next(staves, None) is None


# -------------------------------------------------------------------------------------- round trip


@pytest.mark.parametrize("seed", range(len(METERS)))
def test_notes_come_back_from_the_file_and_every_bar_is_full(kit: SimpleNamespace, seed: int) -> None:
    composition = random_piece(kit, seed)
    read_back(composition, score_to_musicxml(composition))


def test_the_same_composition_gives_the_same_bytes(kit: SimpleNamespace) -> None:
    composition = random_piece(kit, 4)
    assert score_to_musicxml(composition) == score_to_musicxml(composition)


def test_mxl_holds_the_same_score(kit: SimpleNamespace, tmp_path: Path) -> None:
    composition = kit.build()
    write_musicxml(composition, tmp_path / "a.mxl")
    with zipfile.ZipFile(tmp_path / "a.mxl") as archive:
        container = ET.fromstring(archive.read("META-INF/container.xml"))
        assert archive.read(container.find(".//rootfile").get("full-path")) == score_to_musicxml(composition)


def test_notes_off_the_grid_are_refused(kit: SimpleNamespace) -> None:
    track = Track(instrument=kit.violin, notes=(Note(onset=13, pitch=60, duration=480, velocity=80),))
    with pytest.raises(ComposerError, match="grid of 40 ticks"):
        score_to_musicxml(kit.build([track], instruments=(kit.violin,)))


# ------------------------------------------------------------------------------ what stands on paper


def written(kit: SimpleNamespace, notes: list[tuple[int, int, int]], **changes: Any) -> ET.Element:
    """A violin part from (onset, pitch, duration) in steps of a twelfth of a quarter."""
    made = tuple(Note(onset=40 * o, pitch=p, duration=40 * d, velocity=80) for o, p, d in notes)
    instrument = changes.pop("instrument", kit.violin)
    track = Track(instrument=instrument, notes=made)
    return ET.fromstring(score_to_musicxml(kit.build([track], instruments=(instrument,), **changes)))


def values(root: ET.Element, measure: int = 1) -> list[str]:
    """Note values of a bar: ``"quarter."``, rests with an r, tied notes with a ~, tuplets with a 3."""
    texts = []
    for note in root.findall("part/measure")[measure - 1].findall("note"):
        text = note.findtext("type", "bar") + "." * len(note.findall("dot"))
        text += "3" if note.find("time-modification") is not None else ""
        text += "~" if any(tie.get("type") == "start" for tie in note.findall("tie")) else ""
        texts.append(("r " if note.find("rest") is not None else "") + text)
    return texts


@pytest.mark.parametrize(
    ("meter", "notes", "expected"),
    [
        ("4/4", [(0, 48)], ["whole"]),
        ("4/4", [(0, 12), (12, 24), (36, 12)], ["quarter", "half", "quarter"]),
        ("4/4", [(0, 6), (6, 12), (18, 12), (30, 18)], ["eighth", "quarter", "eighth~", "eighth", "quarter."]),
        ("4/4", [(0, 30), (30, 18)], ["half~", "eighth", "quarter."]),
        ("4/4", [(0, 9), (9, 6), (15, 33)], ["eighth.", "16th~", "16th", "eighth.~", "half"]),
        ("4/4", [(0, 4), (4, 4), (8, 4), (12, 36)], ["eighth3", "eighth3", "eighth3", "half."]),
        ("4/4", [(0, 8), (8, 8), (16, 8), (24, 24)], ["quarter3", "quarter3", "quarter3", "half"]),
        ("4/4", [(36, 12)], ["r half", "r quarter", "quarter"]),
        ("4/4", [(0, 6)], ["eighth", "r eighth", "r quarter", "r half"]),
        ("3/4", [(0, 18), (18, 18)], ["quarter.", "quarter."]),
        ("3/4", [(0, 12)], ["quarter", "r quarter", "r quarter"]),
        ("3/4", [(0, 36)], ["half."]),
        ("6/8", [(0, 36)], ["half."]),
        ("6/8", [(0, 12), (12, 12), (24, 12)], ["quarter", "eighth~", "eighth", "quarter"]),
        ("6/8", [(0, 18)], ["quarter.", "r quarter."]),
        ("6/8", [(0, 6)], ["eighth", "r eighth", "r eighth", "r quarter."]),
        ("5/4", [(0, 60)], ["half.~", "half"]),
        ("12/8", [(0, 72)], ["whole."]),
        ("7/8", [(0, 42)], ["half~", "quarter."]),
        ("2/2", [(0, 3), (3, 6), (9, 39)], ["16th", "eighth", "16th~", "quarter~", "half"]),
        ("5/8", [], ["r bar"]),
    ],
)
def test_note_values_show_the_beats(
    kit: SimpleNamespace, meter: str, notes: list[tuple[int, int]], expected: list[str]
) -> None:
    root = written(kit, [(onset, 72, length) for onset, length in notes], meter=meter, bars=2)
    assert values(root) == expected
    assert values(root, 2) == ["r bar"]


def test_notes_are_tied_over_the_bar_line(kit: SimpleNamespace) -> None:
    root = written(kit, [(36, 72, 24)], bars=2)
    assert values(root) == ["r half", "r quarter", "quarter~"]
    assert values(root, 2) == ["quarter", "r quarter", "r half"]


def beams(root: ET.Element) -> list[str]:
    return [" ".join(beam.text or "" for beam in note.findall("beam")) for note in root.iter("note")]


@pytest.mark.parametrize(
    ("meter", "lengths", "expected"),
    [
        ("4/4", [6] * 8, ["begin", "continue", "continue", "end"] * 2),
        ("4/4", [3, 3, 6, 6, 6, 24], ["begin begin", "continue end", "end", "begin", "end", ""]),
        ("4/4", [9, 3, 36], ["begin", "end backward hook", ""]),
        ("3/4", [6] * 6, ["begin", "continue", "continue", "continue", "continue", "end"]),
        ("6/8", [6] * 6, ["begin", "continue", "end"] * 2),
        ("6/8", [3, 9, 6, 12, 6], ["begin forward hook", "continue", "end", "", ""]),
        ("5/8", [6] * 5, ["begin", "continue", "end", "begin", "end"]),
        ("7/8", [6] * 7, ["begin", "end", "begin", "end", "begin", "continue", "end"]),
    ],
)
def test_beams_show_the_beats(kit: SimpleNamespace, meter: str, lengths: list[int], expected: list[str]) -> None:
    onsets = [sum(lengths[:index]) for index in range(len(lengths))]
    notes = [(onset, 72, length) for onset, length in zip(onsets, lengths, strict=True)]
    assert beams(written(kit, notes, meter=meter, bars=1)) == expected


def names(root: ET.Element) -> list[str]:
    signs = {"-2": "bb", "-1": "b", "1": "#", "2": "##"}
    return [
        pitch.findtext("step", "") + signs.get(pitch.findtext("alter", ""), "") + pitch.findtext("octave", "")
        for pitch in root.iter("pitch")
    ]


@pytest.mark.parametrize(
    ("tonic", "mode", "chord", "pitches", "expected"),
    [
        ("A", "minor", "E7", [64, 68, 71, 74], ["E4", "G#4", "B4", "D5"]),
        ("C", "major", "Fm", [65, 68, 72], ["F4", "Ab4", "C5"]),
        ("C", "major", "C#dim7", [61, 64, 67, 70], ["C#4", "E4", "G4", "Bb4"]),
        ("G#", "minor", "D#7", [63, 67, 70, 73], ["D#4", "F##4", "A#4", "C#5"]),
        ("B", "major", "Gdim7", [67, 70, 73, 76], ["F##4", "A#4", "C#5", "E5"]),
        ("Ab", "major", "Ddim7", [62, 65, 68, 71], ["D4", "F4", "Ab4", "Cb5"]),
        ("Eb", "major", "Cb", [59, 63, 66], ["Cb4", "Eb4", "Gb4"]),
        ("F#", "major", "C#7", [61, 65, 68, 71], ["C#4", "E#4", "G#4", "B4"]),
        ("G#", "major", "G#", [68, 72, 75], ["Ab4", "C5", "Eb5"]),
        ("D", "dorian", "Dm", [62, 71, 72, 66], ["D4", "B4", "C5", "F#4"]),
    ],
)
def test_spelling_follows_chord_and_key(
    kit: SimpleNamespace, tonic: str, mode: str, chord: str, pitches: list[int], expected: list[str]
) -> None:
    chords = (ChordSpan(bar=1, beat=1, symbol=chord),)
    notes = [(12 * index, pitch, 12) for index, pitch in enumerate(pitches)]
    assert names(written(kit, notes, tonic=tonic, mode=mode, chords=chords, bars=1)) == expected


@pytest.mark.parametrize(
    ("tonic", "chord", "pitches", "expected"),
    [
        ("G", "D7", [69, 70, 71], ["A4", "A#4", "B4"]),
        ("G", "G", [71, 70, 69], ["B4", "Bb4", "A4"]),
        ("G", "D7", [66, 65, 66], ["F#4", "E#4", "F#4"]),
        ("C", "Dm", [69, 68, 69], ["A4", "G#4", "A4"]),
        ("C", "C", [67, 68, 67], ["G4", "Ab4", "G4"]),
        ("Eb", "Eb", [67, 66, 67], ["G4", "F#4", "G4"]),
        ("Eb", "Bb7", [70, 71, 72], ["Bb4", "B4", "C5"]),
        ("G", "D7", [69, 70, 70, 71], ["A4", "A#4", "A#4", "B4"]),  # repeated on the way
        ("G", "Gm", [69, 70, 71], ["A4", "Bb4", "B4"]),  # a tone of the chord
        ("A", "E", [68, 67, 68], ["G#4", "G4", "G#4"]),  # F double sharp is not asked for
        ("C", "C", [67, 66, 65], ["G4", "F#4", "F4"]),  # the raised fourth stays one
        ("G", "D7", [69, 70, 74], ["A4", "Bb4", "D5"]),  # leads nowhere
    ],
)
def test_chromatic_notes_are_named_by_where_they_lead(
    kit: SimpleNamespace, tonic: str, chord: str, pitches: list[int], expected: list[str]
) -> None:
    chords = (ChordSpan(bar=1, beat=1, symbol=chord),)
    notes = [(12 * index, pitch, 12) for index, pitch in enumerate(pitches)]
    assert names(written(kit, notes, tonic=tonic, mode="major", chords=chords, bars=1)) == expected
    quick = [(3 * index, pitch, 3) for index, pitch in enumerate(pitches)]
    assert names(written(kit, quick, tonic=tonic, mode="major", chords=chords, bars=1)) == expected


def test_a_chromatic_note_leads_across_a_bar_line_and_into_the_nearest_tone_of_a_chord(kit: SimpleNamespace) -> None:
    chords = (ChordSpan(bar=1, beat=1, symbol="D7"), ChordSpan(bar=2, beat=1, symbol="G"))
    notes = [(36, 70, 12), (48, 62, 48), (48, 67, 48), (48, 71, 48)]
    root = written(kit, notes, tonic="G", mode="major", chords=chords, bars=2)
    assert sorted(names(root)) == ["A#4", "B4", "D4", "G4"]


def test_a_chromatic_note_before_a_long_rest_leads_nowhere(kit: SimpleNamespace) -> None:
    chords = (ChordSpan(bar=1, beat=1, symbol="D7"),)
    root = written(kit, [(0, 70, 12), (36, 71, 12)], tonic="G", mode="major", chords=chords, bars=1)
    assert names(root) == ["Bb4", "B4"]


def test_accidentals_are_printed_once_a_bar_and_recalled_in_the_next(kit: SimpleNamespace) -> None:
    chords = (ChordSpan(bar=1, beat=1, symbol="C"),)
    notes = [(0, 66, 12), (12, 66, 12), (24, 65, 12), (36, 66, 12), (48, 65, 12), (60, 65, 12), (72, 72, 24)]
    root = written(kit, notes, tonic="C", mode="major", chords=chords, bars=2)
    printed = [note.findtext("accidental") for note in root.iter("note")]
    assert printed == ["sharp", None, "natural", "sharp", "natural", None, None]


@pytest.mark.parametrize(
    ("program", "role", "pitches", "expected"),
    [
        (40, "melody", [67, 76], ["G2"]),
        (41, "melody", [60, 67], ["C3"]),
        (42, "bass", [40, 52], ["F4"]),
        (42, "melody", [64, 69], ["C4"]),
        (43, "bass", [28, 40], ["F4 -1"]),
        (24, "harmony", [52, 60], ["G2 -1"]),
        (72, "melody", [86, 98], ["G2 1"]),
        (60, "harmony", [45, 52], ["F4"]),
        (0, "harmony", [48, 72], ["G2", "F4"]),
        (48, "harmony", [60, 72], ["G2"]),
    ],
)
def test_clefs_suit_the_instrument_and_its_notes(
    kit: SimpleNamespace, program: int, role: str, pitches: list[int], expected: list[str]
) -> None:
    instrument = Instrument(role=role, name=INSTRUMENTS[program].name, program=program)
    root = written(kit, [(12 * i, pitch, 12) for i, pitch in enumerate(pitches)], instrument=instrument, bars=1)
    found = [
        f"{clef.findtext('sign')}{clef.findtext('line')} {clef.findtext('clef-octave-change', '')}".strip()
        for clef in root.iter("clef")
    ]
    assert found == expected


def test_two_hands_become_one_part_on_two_staves(kit: SimpleNamespace) -> None:
    hands = make_instruments([INSTRUMENTS[0]], ("melody",))
    tracks = [
        Track(instrument=hand, notes=(Note(onset=0, pitch=pitch, duration=1920, velocity=80),))
        for hand, pitch in zip(hands, (76, 40), strict=True)
    ]
    root = ET.fromstring(score_to_musicxml(kit.build(tracks, instruments=hands, bars=1)))
    assert [part.findtext("part-name") for part in root.iter("score-part")] == ["Piano"]
    assert root.findtext(".//staves") == "2"
    assert [(note.findtext("staff"), note.findtext("voice")) for note in root.iter("note")] == [("1", "1"), ("2", "5")]


@pytest.mark.parametrize(
    ("notes", "upper", "lower"),
    [
        ([(0, 64, 48), (6, 52, 6), (12, 55, 6), (18, 59, 6)], [64], [52, 55, 59]),  # a held note over moving ones
        ([(0, 55, 12), (12, 60, 12), (24, 64, 12), (36, 60, 12)], [], [55, 60, 64, 60]),  # one line stays together
        ([(0, 40, 48), (0, 76, 48)], [76], [40]),
        ([(0, 67, 24), (24, 72, 24)], [67, 72], []),
        # a low chord is one hand's while the other has its own
        ([(0, 40, 48), *((o, p, 12) for o in (0, 12, 24, 36) for p in (55, 59, 64))], [55, 59, 64] * 4, [40]),
        (
            [(0, 48, 24), (24, 46, 24), *((o, p, 12) for o in (0, 12) for p in (55, 64)), (24, 53, 12), (24, 62, 12)],
            [55, 64, 55, 64, 53, 62],
            [48, 46],
        ),
    ],
)
def test_a_keyboard_part_is_parted_where_it_reads_best(
    kit: SimpleNamespace, notes: list[tuple[int, int, int]], upper: list[int], lower: list[int]
) -> None:
    piano = Track(
        instrument=kit.piano,
        notes=tuple(Note(onset=40 * o, pitch=p, duration=40 * d, velocity=80) for o, p, d in sorted(notes)),
    )
    (part,) = parts_of(kit.build([piano], instruments=(kit.piano,), bars=1).score)
    hands = [[head.note.pitch for voice in staff.voices for c in voice for head in c.heads] for staff in part.staves]
    assert hands == [upper, lower]


@pytest.mark.parametrize("low", [36, 38, 41, 43])
@pytest.mark.parametrize("length", [12, 24, 48])
@pytest.mark.parametrize("chord", [(60, 64, 67), (57, 60, 65), (64, 67, 72), (67, 72, 76)])
def test_octaves_of_a_left_hand_stay_together_in_the_lower_staff(
    kit: SimpleNamespace, low: int, length: int, chord: tuple[int, ...]
) -> None:
    left = [(onset, pitch, length) for onset in range(0, 48, length) for pitch in (low, low + 12)]
    right = [(onset, pitch, 12) for onset in range(0, 48, 12) for pitch in chord]
    piano = Track(
        instrument=kit.piano,
        notes=tuple(Note(onset=40 * o, pitch=p, duration=40 * d, velocity=80) for o, p, d in sorted(left + right)),
    )
    (part,) = parts_of(kit.build([piano], instruments=(kit.piano,), bars=1).score)
    upper, lower = [{h.note.pitch for v in staff.voices for c in v for h in c.heads} for staff in part.staves]
    assert (upper, lower) == (set(chord), {low, low + 12})


@pytest.mark.parametrize(
    ("meter", "bpm", "valence", "arousal", "expected"),
    [
        ("4/4", 60.0, -0.5, -0.5, ("Adagio mesto", "quarter", None, "60")),
        ("2/2", 176.0, 0.5, 0.5, ("Moderato con brio", "half", None, "88")),
        ("12/8", 180.0, 0.5, 0.5, ("Allegro con brio", "quarter", "", "120")),
        ("3/8", 150.0, 0.0, 0.0, ("Moderato", "quarter", "", "100")),
        ("7/8", 200.0, -0.5, 0.5, ("Presto agitato", "quarter", None, "200")),
    ],
)
def test_tempo_counts_the_felt_beat(
    kit: SimpleNamespace, meter: str, bpm: float, valence: float, arousal: float, expected: tuple[str | None, ...]
) -> None:
    root = written(kit, [(0, 72, 12)], meter=meter, tempo_bpm=bpm, valence=valence, arousal=arousal, bars=1)
    mark = root.find(".//metronome")
    found = (
        root.findtext(".//words").strip(),
        *(mark.findtext(tag) for tag in ("beat-unit", "beat-unit-dot", "per-minute")),
    )
    assert found == expected
    assert float(root.find(".//sound[@tempo]").get("tempo")) == pytest.approx(bpm, abs=2)


def test_overlapping_notes_take_two_voices_with_stems_apart(kit: SimpleNamespace) -> None:
    root = written(kit, [(0, 60, 48), (0, 76, 12), (12, 77, 12), (24, 79, 24)], bars=1)
    found = [(note.findtext("voice"), note.findtext("type"), note.findtext("stem")) for note in root.iter("note")]
    quarters = [("1", "quarter", "up"), ("1", "quarter", "up"), ("1", "half", "up")]
    assert found == [*quarters, ("2", "whole", "down")]


def test_signs_of_the_plan_stand_over_the_top_staff(kit: SimpleNamespace) -> None:
    sections = (
        Section(name="A", start_bar=1, bars=2, phrases=(2,)),
        Section(name="B", start_bar=3, bars=2, phrases=(2,)),
    )
    chords = tuple(
        ChordSpan(bar=bar, beat=beat, symbol=symbol)
        for bar, beat, symbol in ((1, 1, "Dm7"), (1, 4, "Dm7"), (2, 1, "G/B"), (2, 4, "C#dim7"), (3, 1, "C#dim7"))
    )
    root = ET.fromstring(
        score_to_musicxml(
            kit.build(meter="6/8", sections=sections, chords=chords, tempo_bpm=90.0, dynamics=(0.3, 0.3, 0.8, 0.8))
        )
    )
    top, *others = root.findall("part")
    assert not any(part.findall(".//harmony") + part.findall(".//rehearsal") for part in others)
    assert [(mark.text, number) for number, measure in enumerate(top, 1) for mark in measure.iter("rehearsal")] == [
        ("A", 1),
        ("B", 3),
    ]
    symbols = [
        (h.findtext("root/root-step"), h.findtext("root/root-alter"), h.find("kind").text, h.find("kind").get("text"))
        for h in top.iter("harmony")
    ]
    assert symbols == [
        ("D", None, "minor-seventh", "m7"),
        ("G", None, "major", None),
        ("C", "1", "diminished-seventh", "dim7"),
        ("C", "1", "diminished-seventh", "dim7"),
    ]
    assert [bass.text for bass in top.iter("bass-step")] == ["B"]
    metronome = top.find(".//metronome")
    assert [metronome.findtext(tag) for tag in ("beat-unit", "per-minute")] == ["quarter", "60"]
    assert metronome.find("beat-unit-dot") is not None
    assert top.findtext(".//words").strip() == "Adagio pesante"
    assert [dynamic[0].tag for dynamic in top.iter("dynamics")] == ["p", "ff"]
    assert [style.text for style in top.iter("bar-style")] == ["light-light", "light-heavy"]
    assert root.findtext("work/work-title") == "Storm at Sea"


def test_dynamics_rise_in_hairpins(kit: SimpleNamespace) -> None:
    levels = (0.3, 0.36, 0.42, 0.48, 0.54, 0.6, 0.6, 0.6)
    root = written(kit, [(48 * bar, 72, 48) for bar in range(8)], bars=8, dynamics=levels)
    wedges = [
        (wedge.get("type"), int(measure.get("number", "0")))
        for measure in root.iter("measure")
        for wedge in measure.iter("wedge")
    ]
    signs = [
        (sign[0].tag, int(measure.get("number", "0")))
        for measure in root.iter("measure")
        for sign in measure.iter("dynamics")
    ]
    assert signs[0] == ("p", 1)
    assert signs[-1][0] == "mf"
    assert wedges[0] == ("crescendo", 1)
    for (_, first), (_, last) in zip(wedges[::2], wedges[1::2], strict=True):
        assert last - first < 4
        assert (last + 1) in [bar for _, bar in signs]


@pytest.mark.parametrize(
    ("name", "louder_and_softer"),
    [("piano", {"dynamics", "wedge", "accent"}), ("harpsichord", set()), ("church organ", {"dynamics"})],
)
def test_keys_that_know_no_louder_and_softer_are_not_asked_for_it(
    kit: SimpleNamespace, name: str, louder_and_softer: set[str]
) -> None:
    player = replace(kit.violin, program=find_instrument(name).program, name=name)
    levels = (0.3, 0.36, 0.42, 0.48, 0.54, 0.6, 0.9, 0.9)
    root = written(kit, [(48 * bar, 72, 48) for bar in range(8)], instrument=player, bars=8, dynamics=levels)
    assert {
        sign for sign in ("dynamics", "wedge", "accent") if root.find(f".//{sign}") is not None
    } == louder_and_softer


def test_the_drum_kit_is_written_with_heads_and_sounds(kit: SimpleNamespace) -> None:
    root = written(kit, [(0, 36, 3), (0, 42, 3), (12, 38, 3), (12, 42, 3)], instrument=kit.drums, bars=1)
    found = [
        (note.findtext("unpitched/display-step"), note.findtext("notehead"), note.findtext("voice"))
        for note in root.iter("note")
        if note.find("unpitched") is not None
    ]
    assert found == [("G", "x", "1"), ("C", None, "1"), ("G", "x", "1"), ("F", None, "2")]
    assert root.findtext(".//clef/sign") == "percussion"
    assert root.find(".//part//key") is None
    assert sorted(item.text for item in root.iter("midi-unpitched")) == ["37", "39", "43"]


@pytest.mark.parametrize("title", ["«Les Très Riches Heures»", "神奈川沖浪裏", "a & b < c\x07", "a\udce9\nb", ""])
def test_titles_of_any_script_are_kept(kit: SimpleNamespace, title: str) -> None:
    root = ET.fromstring(score_to_musicxml(kit.build(title=title)))
    expected = " ".join("".join(c if c.isprintable() else " " for c in title).split()) or "Untitled"
    assert root.findtext("work/work-title") == expected


# --------------------------------------------------------------------- broken chords and far notes

_BROKEN = [(0, 36, 48), (12, 43, 36), (24, 48, 24), (36, 52, 12)]
"""C, G, C, E, one after another and all held to the end of the bar."""


def test_a_held_broken_chord_is_single_notes_under_a_pedal(kit: SimpleNamespace) -> None:
    root = written(kit, [(0, 84, 48), *_BROKEN], bars=2, instrument=kit.piano)
    left = [note for note in root.iter("note") if note.findtext("staff") == "2" and note.find("pitch") is not None]
    assert [(note.findtext("type"), note.findtext("voice")) for note in left] == [("quarter", "5")] * 4
    assert not [tie for note in root.iter("note") for tie in note.findall("tie")]
    assert [pedal.get("type") for pedal in root.iter("pedal")] == ["start", "stop"]


def test_what_has_no_pedal_rings_into_nothing(kit: SimpleNamespace) -> None:
    harp = Instrument(role="harmony", name="Orchestral Harp", program=46, low=36, high=91)
    root = written(kit, [(0, 84, 48), *_BROKEN], bars=2, instrument=harp)
    assert not list(root.iter("pedal"))
    assert {tied.get("type") for tied in root.iter("tied")} == {"let-ring"}


def staves(root: ET.Element, measure: int = 1) -> dict[str, set[str]]:
    """The voices of each staff that have notes in a bar."""
    found: dict[str, set[str]] = {}
    for note in root.findall("part/measure")[measure - 1].findall("note"):
        if note.find("pitch") is not None:
            found.setdefault(note.findtext("staff") or "", set()).add(note.findtext("voice") or "")
    return found


def test_a_harps_figure_over_a_held_bass_stays_in_one_hand(kit: SimpleNamespace) -> None:
    harp = Instrument(role="harmony", name="Orchestral Harp", program=46, low=24, high=91)
    figure = [
        (0, 36, 24),
        (24, 43, 24),
        *((6 * n, pitch, 6) for n, pitch in enumerate([52, 57, 60, 57, 52, 57, 60, 57])),
    ]
    found = staves(written(kit, sorted(figure), bars=1, instrument=harp))
    assert len(found) <= 2
    assert all(len(voices) == 1 for voices in found.values()) or list(found) == ["2"]
    high = [(0, 36, 48), *((6 * n, pitch, 6) for n, pitch in enumerate([64, 55, 59, 55, 64, 55, 59, 55]))]
    assert {staff: len(voices) for staff, voices in staves(written(kit, high, bars=1, instrument=harp)).items()} in (
        {"1": 1, "2": 1},
        {"2": 2},
    )


def test_a_harps_notes_are_written_until_the_next(kit: SimpleNamespace) -> None:
    harp = Instrument(role="harmony", name="Orchestral Harp", program=46, low=24, high=91)
    ringing = [(0, 36, 48), (6, 67, 18), (12, 72, 12), (18, 76, 12), (24, 79, 24), (36, 76, 12)]
    root = written(kit, ringing, bars=1, instrument=harp)
    assert not [tie for note in root.iter("note") for tie in note.findall("tie")]
    assert staves(root) == {"1": {"1"}, "2": {"5"}}


def test_a_pianists_run_through_a_chord_is_written_without_what_fingers_hold(kit: SimpleNamespace) -> None:
    pitches = [62, 74, 71, 74, 74, 71, 67, 71]
    held = {0: 42, 4: 18, 6: 12}
    run = [(6 * number, pitch, held.get(number, 6)) for number, pitch in enumerate(pitches)]
    root = written(kit, run, bars=1, instrument=kit.piano)
    notes = [note for note in root.iter("note") if note.find("pitch") is not None and note.findtext("voice") == "1"]
    assert [note.findtext("type") for note in notes] == ["eighth"] * 7, "only the bass is held"
    assert not [tie for note in notes for tie in note.findall("tie")]


def test_a_pianists_chords_are_written_until_the_hands_next_chord(kit: SimpleNamespace) -> None:
    figure = [
        (0, 67, 12),
        (12, 64, 12),
        (12, 67, 12),
        (18, 64, 12),
        (18, 67, 12),
        (30, 72, 12),
        (36, 64, 12),
        (36, 67, 12),
    ]
    root = written(kit, figure, bars=1, instrument=kit.piano)
    assert staves(root)["1"] == {"1"}
    held = [(0, 67, 24), (0, 72, 12), (0, 76, 12), (12, 74, 12), (12, 77, 12)]
    assert staves(written(kit, held, bars=1, instrument=kit.piano))["1"] == {"1", "2"}, "a held note is a voice"


def test_a_guitar_has_its_bass_and_one_voice_above(kit: SimpleNamespace) -> None:
    guitar = Instrument(role="harmony", name="Guitar", program=24, low=40, high=76)
    ringing = [(0, 45, 48), (6, 57, 42), (12, 60, 18), (18, 64, 30), (24, 69, 24), (36, 64, 12)]
    root = written(kit, sorted(ringing), bars=1, instrument=guitar)
    assert not [tie for note in root.iter("note") for tie in note.findall("tie")]
    heads = [
        (note.findtext("voice"), note.findtext("type")) for note in root.iter("note") if note.find("pitch") is not None
    ]
    assert ("2", "whole") in heads
    assert len([voice for voice, _ in heads if voice == "1"]) == 5


def test_what_sustains_keeps_its_ties(kit: SimpleNamespace) -> None:
    organ = Instrument(role="harmony", name="Church Organ", program=19, low=36, high=91)
    root = written(kit, [(0, 84, 48), *_BROKEN], bars=2, instrument=organ)
    assert [tie for note in root.iter("note") for tie in note.findall("tie")]
    assert not list(root.iter("pedal"))


def test_notes_far_above_the_staff_stand_under_an_octave_sign(kit: SimpleNamespace) -> None:
    root = written(kit, [(0, 74, 12), (12, 91, 12), (24, 88, 12), (36, 74, 12)], bars=2)
    shifts = [shift.get("type") for shift in root.iter("octave-shift")]
    assert shifts == ["down", "stop"]
    first = next(iter(root.iter("measure")))
    order = [item.tag if item.tag == "note" else "sign" for item in first if item.find("pitch") is not None
             or item.find("direction-type/octave-shift") is not None]  # fmt: skip
    assert order == ["note", "sign", "note", "note", "sign", "note"]
    assert not list(written(kit, [(0, 88, 48)], bars=2).iter("octave-shift"))


def test_a_note_on_one_ledger_line_does_not_go_along_under_an_octave_sign(kit: SimpleNamespace) -> None:
    first = next(written(kit, [(0, 81, 12), (12, 91, 12), (24, 84, 12), (36, 74, 12)], bars=2).iter("measure"))
    order = [item.tag if item.tag == "note" else "sign" for item in first if item.find("pitch") is not None
             or item.find("direction-type/octave-shift") is not None]  # fmt: skip
    assert order == ["note", "sign", "note", "note", "sign", "note"]


def test_parts_that_share_a_channel_say_so(kit: SimpleNamespace) -> None:
    instruments = [replace(kit.violin, name=f"Violin {number}") for number in range(1, 19)]
    tracks = [
        Track(instrument=player, notes=(Note(onset=0, pitch=74, duration=480, velocity=80),)) for player in instruments
    ]
    composition = kit.build(tracks, instruments=tuple(instruments), bars=1)
    channels = [int(item.text or "") for item in ET.fromstring(score_to_musicxml(composition)).iter("midi-channel")]
    assert channels == [channel % 16 + 1 for channel in assign_channels(instruments)]
    assert len(set(channels)) == 15
