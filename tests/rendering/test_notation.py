"""The rules of notation as tables: note values and ties, beams, spelling, accidentals, signs and words."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from builders.pieces import CELLO, VIOLIN, build_plan
from composer.rendering.musicxml.document import score_to_musicxml
from composer.rendering.notation.beams import beam
from composer.rendering.notation.fingering import finger, section_starts
from composer.rendering.notation.marks import dynamic_marks, tempo_mark
from composer.rendering.notation.meters import bar_steps, meter_tree, spans_of_length
from composer.rendering.notation.rhythm import NoteValue, TimeSpan, notate
from composer.rendering.notation.spelling import Accidentals, Spelled, spelled
from composer.rendering.notation.voices import StaffNote, lines
from composer.theory import Key, Meter
from composer.types import Composition, Instrument, KeySpan, Note, Score, ScoreBar, ScoreTimeline, Track

SHORT = {"whole": "w", "half": "h", "quarter": "q", "eighth": "e", "16th": "s", "32nd": "t", "breve": "b"}


def stretches(edges: str) -> list[TimeSpan]:
    """``"0 12 r24 48"``: notes from edge to edge, those that begin at an r are rests."""
    words = edges.split()
    steps = [float(word.lstrip("r")) for word in words]
    return [
        TimeSpan(start=start, end=end, rest=word.startswith("r"))
        for word, start, end in zip(words, steps, steps[1:], strict=False)
    ]


def written(meter: str, edges: str) -> str:
    """``"q. e~q"``: values with dots, 3 for tuplets, ties within a stretch."""
    names = [
        "~".join(SHORT[one.value] + "." * one.dots + ("3" if one.tuplet else "") for one in values)
        for values in notate(stretches(edges), meter)
    ]
    return " ".join(names)


@pytest.mark.parametrize(
    ("meter", "edges", "text"),
    [
        ("4/4", "0 48", "w"),
        ("4/4", "0 36 48", "h. q"),
        ("4/4", "0 12 48", "q h."),
        ("4/4", "0 12 36 48", "q h q"),  # aligned with the beats: the middle may be hidden
        ("4/4", "0 6 18 24 48", "e q e h"),  # a syncopation across one beat
        ("4/4", "0 6 30 48", "e q.~e q."),
        ("4/4", "0 18 24 42 48", "q. e q. e"),
        ("4/4", "0 18 36 48", "q. e~q q"),
        ("4/4", "0 3 12 24 48", "s e. q h"),
        ("4/4", "0 3 9 12 24 48", "s e s q h"),
        ("4/4", "0 9 10.5 12 24 48", "e. t t q h"),
        ("4/4", "0 6 7.5 9 10.5 12 48", "e t t t t h."),
        ("4/4", "0 9 16.5 18 48", "e. s~s. t e~h"),
        ("6/8", "0 3 4.5 6 12 18 36", "s t t e e q."),
        ("4/4", "0 24 36 38 40 42 44 46 48", "h q s3 s3 s3 s3 s3 s3"),
        ("4/4", "0 9 21 24 48", "e. s~e. s h"),
        ("4/4", "0 r12 r24 48", "q q h"),
        ("4/4", "0 6 r18 24 48", "e q e h"),
        ("4/4", "0 r6 18 48", "e e~e e~h"),
        ("4/4", "0 r6 r18 48", "e e~e e~h"),
        ("3/4", "0 36", "h."),
        ("3/4", "0 12 36", "q h"),
        ("3/4", "0 r12 36", "q q~q"),
        ("3/4", "0 6 18 36", "e q q."),
        ("2/4", "0 6 18 24", "e q e"),
        ("6/8", "0 36", "h."),
        ("6/8", "0 18 36", "q. q."),
        ("6/8", "0 12 18 24 36", "q e e q"),
        ("6/8", "0 12 24 36", "q e~e q"),
        ("6/8", "0 r6 18 36", "e e~e q."),
        ("6/8", "0 6 r18 36", "e q q."),
        ("5/4", "0 36 60", "h. h"),
        ("5/4", "0 60", "h.~h"),
        ("7/8", "0 24 42", "h q."),
        ("4/4", "0 4 8 12 48", "e3 e3 e3 h."),
        ("4/4", "0 8 12 48", "q3 e3 h."),
        ("4/4", "0 4 12 48", "e3 q3 h."),
        ("4/4", "0 8 16 24 48", "q3 q3 q3 h"),
        ("4/4", "0 2 4 6 12 48", "s3 s3 s3 e h."),
        ("4/4", "0 12 16 20 24 28 48", "q e3 e3 e3 e3 q3~q"),
    ],
)
def test_note_values_keep_the_beats_visible(meter: str, edges: str, text: str) -> None:
    assert written(meter, edges) == text


@pytest.mark.parametrize(
    ("meter", "parts", "beats"),
    [
        ("4/4", [0, 24, 48], [0, 12, 24, 36]),
        ("3/4", [0, 12, 24, 36], [0, 12, 24]),
        ("6/8", [0, 18, 36], [0, 18]),
        ("9/8", [0, 18, 36, 54], [0, 18, 36]),
        ("12/8", [0, 36, 72], [0, 18, 36, 54]),
        ("5/4", [0, 36, 60], [0, 12, 24, 36, 48]),
        ("7/8", [0, 24, 42], [0, 12, 24]),
        ("5/8", [0, 18, 30], [0, 18]),
        ("2/2", [0, 24, 48], [0, 12, 24, 36]),
    ],
)
def test_bars_divide_as_engravers_group_them(meter: str, parts: list[int], beats: list[int]) -> None:
    tree = meter_tree(meter)
    assert [*(part.start for part in tree.parts), tree.end] == parts
    assert tree.length == bar_steps(meter)
    assert [span.start for span in spans_of_length(tree, 18)] == beats


def beams(meter: str, edges: str) -> list[str]:
    """The outermost beam of each piece as a letter, further ones behind it: ``"["``, ``"-"``, ``"]"``, ``"."``."""
    spans = stretches(edges)
    pieces: list[NoteValue] = []
    rests: list[bool] = []
    for span, values in zip(spans, notate(spans, meter), strict=True):
        pieces += values
        rests += [span.rest] * len(values)
    signs = {"start": "[", "continue": "-", "stop": "]", "partial-right": ">", "partial-left": "<"}
    return ["".join(signs[name] for name in row) or "." for row in beam(pieces, rests, meter)]


@pytest.mark.parametrize(
    ("meter", "edges", "text"),
    [
        ("4/4", "0 6 12 18 24 48", "[ - - ] ."),  # a half bar of plain eighths
        ("4/4", "0 12 18 24 30 36 48", ". [ ] [ ] ."),
        ("4/4", "0 6 12 18 24 30 36 42 48", "[ - - ] [ - - ]"),
        ("4/4", "0 3 6 12 18 24 48", "[[ -] ] [ ] ."),
        ("4/4", "0 6 9 12 48", "[ -[ ]] ."),
        ("4/4", "0 9 12 48", "[ ]< ."),
        ("4/4", "0 3 12 48", "[> ] ."),
        ("4/4", "0 3 9 12 48", "[> - ]< ."),
        ("4/4", "0 r6 12 18 24 48", ". . [ ] ."),
        ("4/4", "0 6 r9 12 24 48", "[ ]< . . ."),
        ("3/4", "0 6 12 18 24 30 36", "[ - - - - ]"),
        ("3/4", "0 12 18 24 30 36", ". [ ] [ ]"),
        ("6/8", "0 6 12 18 24 30 36", "[ - ] [ - ]"),
        ("6/8", "0 12 18 24 30 36", ". . [ - ]"),
        ("7/8", "0 6 12 18 24 30 36 42", "[ ] [ ] [ - ]"),
        ("4/4", "0 4 8 12 18 24 48", "[ - ] [ ] ."),
    ],
)
def test_beams_show_the_beats(meter: str, edges: str, text: str) -> None:
    assert " ".join(beams(meter, edges)) == text.replace("q", ".")


# ------------------------------------------------------------------------------------------ spelling


def name_of(pitch: int, symbol: str, key: Key) -> str:
    found = spelled(pitch, symbol, key)
    return found.step + {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}[found.alter] + str(found.octave)


@pytest.mark.parametrize(
    ("pitch", "symbol", "key", "name"),
    [
        (61, "A7", ("D", "minor"), "C#4"),
        (61, "Db", ("Ab", "major"), "Db4"),
        (66, "D7", ("C", "major"), "F#4"),
        (70, "C7", ("F", "major"), "Bb4"),
        (68, "E7", ("A", "minor"), "G#4"),
        (60, "C", ("C", "major"), "C4"),
        (59, "G7", ("C", "major"), "B3"),
        (71, "Abm", ("Ab", "minor"), "Cb5"),
        (60, "C#7", ("F#", "minor"), "C4"),
        (64, "Bdim7", ("C", "minor"), "E4"),
        (68, "Bdim7", ("C", "minor"), "Ab4"),
        (68, "Caug", ("C", "major"), "G#4"),
        (63, "Cm", ("C", "minor"), "Eb4"),
        (61, "C", ("D", "major"), "C#4"),
        (63, "C", ("Bb", "major"), "Eb4"),
    ],
)
def test_notes_are_named_by_their_chord_else_by_the_key(
    pitch: int, symbol: str, key: tuple[str, str], name: str
) -> None:
    assert name_of(pitch, symbol, Key.of(*key)) == name


def printed(key: Key, *bars: str) -> str:
    """``"F#4 F4 | F4"``: the notes of which an accidental is printed are kept, others become dots."""
    staff, out = Accidentals(key), []
    for bar in bars:
        staff.bar_line()
        marks = []
        for word in bar.split():
            tied, plain = word.startswith("~"), word.lstrip("~")
            note = Spelled(step=plain[0], alter=plain.count("#") - plain[1:].count("b"), octave=int(plain[-1]))
            marks.append(plain if staff.prints(note, tied=tied) else ".")
        out.append(" ".join(marks))
    return " | ".join(out)


@pytest.mark.parametrize(
    ("key", "bars", "text"),
    [
        (("C", "major"), ("F#4 F#4 F4",), "F#4 . F4"),
        (("G", "major"), ("F#4 F4 F#4",), ". F4 F#4"),
        (("F", "major"), ("Bb4 B4",), ". B4"),
        (("D", "major"), ("C#4 F#4 G#4",), ". . G#4"),
        (("Eb", "major"), ("Bb4 Eb4 Ab4 Db4",), ". . . Db4"),
        (("C", "major"), ("F#4", "F4", "F4"), "F#4 | F4 | ."),
        (("C", "major"), ("F#4 F5",), "F#4 F5"),
        (("C", "major"), ("F#4", "F5"), "F#4 | ."),
        (("C", "major"), ("F#4", "~F#4 F#4"), "F#4 | . F#4"),
        (("C", "major"), ("F4 G4", "F4"), ". . | ."),
    ],
)
def test_accidentals_are_printed_when_they_are_new_or_doubtful(
    key: tuple[str, str], bars: tuple[str, ...], text: str
) -> None:
    assert printed(Key.of(*key), *bars) == text


# -------------------------------------------------------------------------------------------- voices


def voices(*notes: tuple[int, int, int], **options: Any) -> list[str]:
    """Each voice as chords, ``"0-12:60+64"``, with ~ before heads that are tied in."""
    found = lines([StaffNote(start=start, end=end, pitch=pitch) for start, end, pitch in notes], **options)
    return [
        " ".join(
            f"{chord.start}-{chord.end}:" + "+".join("~" * head.tied_in + str(head.note.pitch) for head in chord.heads)
            for chord in voice
        )
        for voice in found
    ]


def test_a_staff_has_one_voice_where_that_says_all_and_two_where_lines_overlap() -> None:
    assert voices((0, 12, 64), (0, 12, 60), (12, 24, 62)) == ["0-12:60+64 12-24:62", ""]
    assert voices((0, 24, 60), (0, 12, 72), (12, 24, 71)) == ["0-12:72 12-24:71", "0-24:60"]
    assert voices((0, 12, 60), (12, 24, 59), (0, 24, 72)) == ["0-24:72", "0-12:60 12-24:59"]
    three = voices((0, 24, 60), (0, 12, 72), (6, 24, 66))
    assert sum(text.count("~") for text in three) >= 1, "what does not fit is cut and tied"


def test_a_held_broken_chord_is_written_singly_where_the_sound_dies_away() -> None:
    held = ((0, 48, 48), (12, 48, 52), (24, 48, 55), (36, 48, 60))
    assert voices(*held, fades=True) == ["0-12:48 12-24:52 24-36:55 36-48:60", ""]
    assert "~" in "".join(voices(*held))
    seventh = ((0, 48, 48), (12, 48, 52), (24, 48, 58), (36, 48, 60))
    assert "~" not in "".join(voices(*seventh, fades=True)), "one step among leaps makes no line"
    moving = ((0, 48, 48), (12, 48, 50), (24, 48, 52), (36, 48, 53))
    assert voices(*moving, fades=True) == voices(*moving), "a line over a held note stays one"
    two = ((0, 24, 48), (12, 24, 52))
    assert voices(*two, fades=True) == voices(*two)


def test_ties_do_not_pile_up_where_lines_can_be_parted_otherwise() -> None:
    held = ((0, 12, 61), (3, 12, 64), (6, 9, 67), (9, 12, 69))
    assert voices(*held) == ["6-9:67 9-12:69", "0-3:61 3-12:~61+64"]
    line = ((0, 12, 61), (3, 12, 64), (6, 9, 66), (9, 12, 68))
    for fades in (True, False):
        assert voices(*line, fades=fades) == ["6-9:66 9-12:68", "0-3:61 3-12:~61+64"]


def test_a_third_line_is_written_singly_where_the_sound_dies_away() -> None:
    three = ((0, 36, 55), (0, 36, 64), (12, 36, 67), (12, 24, 60), (24, 36, 59))
    upper, lower = voices(*three, fades=True)
    assert "~" not in lower
    assert upper == "12-36:67"
    assert lower == "0-12:55+64 12-24:60 24-36:59"
    found = lines([StaffNote(start=start, end=end, pitch=pitch) for start, end, pitch in three], fades=True)
    assert all(head.note.rings is None for voice in found for chord in voice for head in chord.heads), "no pedal"


# --------------------------------------------------------------------------------------------- signs


@pytest.mark.parametrize(
    ("levels", "marks", "hairpins"),
    [
        ([0.5] * 4, "1mf", ""),
        ([0.0, 1.0], "1ppp 2fff", ""),
        ([0.43, 0.5, 0.57, 0.64, 0.71], "1mp 3mf 5f", "1-4<"),
        ([0.71, 0.64, 0.57, 0.5, 0.43], "1f 3mf 5mp", "1-4>"),
        ([0.43, 0.46, 0.43, 0.46], "1mp", ""),
        ([0.29, 0.43, 0.43], "1p 2mp", ""),
    ],
)
def test_dynamics_stand_where_the_curve_leaves_its_mark(levels: list[float], marks: str, hairpins: str) -> None:
    found, pins = dynamic_marks(levels)
    text = " ".join(f"{pin.first_bar}-{pin.last_bar}{'<' if pin.grows else '>'}" for pin in pins)
    assert text == hairpins
    shown = " ".join(f"{mark.bar}{mark.sign}" for mark in found)
    assert shown.split(maxsplit=1)[0] == marks.split(maxsplit=1)[0]
    assert shown.rsplit(maxsplit=1)[-1] == marks.rsplit(maxsplit=1)[-1]


@pytest.mark.parametrize(
    ("meter", "bpm", "value", "dots", "count", "word"),
    [
        ("4/4", 43.0, "quarter", 0, 43, "Grave"),
        ("4/4", 44.0, "quarter", 0, 44, "Largo"),
        ("4/4", 69.0, "quarter", 0, 69, "Adagio"),
        ("4/4", 87.0, "quarter", 0, 87, "Andante"),
        ("4/4", 107.0, "quarter", 0, 107, "Moderato"),
        ("4/4", 119.0, "quarter", 0, 119, "Allegretto"),
        ("4/4", 151.0, "quarter", 0, 151, "Allegro"),
        ("4/4", 171.0, "quarter", 0, 171, "Vivace"),
        ("4/4", 172.0, "quarter", 0, 172, "Presto"),
        ("6/8", 90.0, "quarter", 1, 60, "Largo"),
        ("3/8", 90.0, "quarter", 1, 60, "Adagio"),
        ("2/2", 120.0, "half", 0, 60, "Adagio"),
        ("6/4", 120.0, "half", 1, 40, "Grave"),
        ("7/8", 120.0, "quarter", 0, 120, "Allegro"),
    ],
)
def test_the_tempo_is_told_on_the_felt_beat(
    meter: str, bpm: float, value: str, dots: int, count: int, word: str
) -> None:
    mark = tempo_mark(build_plan(meter=meter, tempo_bpm=bpm), mood=False)
    assert (mark.value, mark.dots, mark.count) == (value, dots, count)
    assert mark.words == {"6/8": "Adagio"}.get(meter, word)


@pytest.mark.parametrize(
    ("valence", "arousal", "bpm", "words"),
    [
        (0.5, 0.5, 60.0, "Adagio maestoso"), (-0.5, 0.5, 60.0, "Adagio pesante"), (0.0, 0.5, 60.0, "Adagio"),
        (0.5, 0.5, 130.0, "Allegro con brio"), (-0.5, 0.5, 130.0, "Allegro agitato"),
        (0.0, 0.5, 130.0, "Allegro energico"),
        (0.5, -0.5, 80.0, "Andante dolce"), (-0.5, -0.5, 80.0, "Andante mesto"),
        (0.0, -0.5, 80.0, "Andante tranquillo"),
        (0.5, 0.0, 80.0, "Andante grazioso"), (-0.5, 0.0, 80.0, "Andante malinconico"), (0.0, 0.0, 80.0, "Andante"),
        (0.25, 0.25, 80.0, "Andante"), (-0.25, -0.25, 80.0, "Andante"),
    ],
)  # fmt: skip
def test_the_mood_stands_behind_the_pace(valence: float, arousal: float, bpm: float, words: str) -> None:
    assert tempo_mark(build_plan(valence=valence, arousal=arousal, tempo_bpm=bpm)).words == words


def test_fingers_of_beginners() -> None:
    def hint(level: str, pitch: int, role: str = "melody", program: int = 40, name: str = "Violin") -> str:
        instrument = Instrument(role=role, name=name, program=program, low=21, high=108)
        return finger(build_plan(instruments=(instrument,), level=level, tonic="C", mode="major"), role, pitch)

    assert [hint("1", pitch) for pitch in range(69, 77)] == ["0", "1", "1", "2", "2", "3", "3", "0"]
    assert [hint("2", pitch) for pitch in (55, 62, 83, 84)] == ["0", "0", "4", ""]
    assert hint("3", 69) == ""
    assert hint("1", 54) == ""
    trumpet = {"program": 56, "name": "Trumpet"}
    assert [hint("1", pitch, **trumpet) for pitch in (65, 64, 63, 62, 61, 60, 59)] == [
        "0",
        "2",
        "1",
        "12",
        "23",
        "13",
        "123",
    ]
    assert section_starts(build_plan(bars=4)) == (0, 2)


def test_an_upbeat_is_no_bar_of_its_own_and_changes_stand_at_their_bars() -> None:
    meter = Meter.parse("4/4")
    bars = (
        ScoreBar(start=0, length=480, meter=Meter.parse("1/4")),
        ScoreBar(start=480, length=1920, meter=meter),
        ScoreBar(start=2400, length=1440, meter=Meter.parse("3/4")),
    )
    keys = (KeySpan(bar=1, key=Key.of("D", "minor")), KeySpan(bar=3, key=Key.of("E", "major")))
    timeline = ScoreTimeline(bars=bars, tempi=((0, 96.0), (2400, 60.0)), keys=keys, pickup=True)
    plan = build_plan(bars=3, instruments=(VIOLIN, CELLO))
    tracks = tuple(
        Track(instrument=who, notes=tuple(Note(onset=bar.start, pitch=60, duration=480, velocity=80) for bar in bars))
        for who in (VIOLIN, CELLO)
    )
    score = Score(plan=plan, tracks=tracks, changes=timeline)
    data = score_to_musicxml(Composition(perception=None, plan=plan, score=score, provenance={}))
    root = ET.fromstring(data.decode().partition('.dtd">')[2].strip())
    for part in root.iter("part"):
        measures = part.findall("measure")
        assert [measure.get("implicit") for measure in measures] == ["yes", "no", "no"]
        assert [measure.findtext("attributes/key/fifths") for measure in measures] == ["-1", None, "4"]
        assert [measure.findtext("attributes/time/beats") for measure in measures] == ["4", None, "3"]
    first = root.find("part")
    assert first is not None
    tempi = [[sound.get("tempo") for sound in measure.iter("sound")] for measure in first.findall("measure")]
    assert [float(tempo or 0) for bar in tempi for tempo in bar if tempo] == [96.0, 60.0]
