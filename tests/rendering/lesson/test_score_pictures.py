"""The music of a lesson as pictures, and what the pupil's MusicXML keeps to itself."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from composer.rendering.lesson import load_catalogue
from composer.rendering.lesson import score_pictures as staves
from composer.rendering.lesson.localized_names import value_text
from composer.rendering.lesson.melody import MelodyNote, counts_of, most_interesting
from composer.rendering.lesson.rhythm_line import rhythm_values, rhythm_xml

SVG = "{http://www.w3.org/2000/svg}"
PAGE = staves.Size(width_mm=174, height_mm=220, staff_mm=6.4)


def test_pictures_of_a_score_fit_their_page_and_need_no_font(lesson_kit) -> None:
    piece = lesson_kit.piece("tense")
    pages = staves.pictures(staves.pupil_score(piece.composition, piece.tasks), PAGE)
    for page in pages:
        root = ET.fromstring(page.svg)
        assert page.width_mm == PAGE.width_mm
        assert page.height_mm <= PAGE.height_mm * 1.02
        assert root.get("width") == "174mm"
        assert not list(root.iter(f"{SVG}text"))
        assert len(list(root.iter(f"{SVG}svg"))) == 1
    bars = sum(len(re.findall(r'class="measure"', page.svg)) for page in pages)
    assert bars == piece.composition.plan.bars


def test_counts_in_japanese_are_drawn_and_what_no_font_has_stays_text(lesson_kit) -> None:
    piece = lesson_kit.piece("glad")
    task = piece.tasks.rhythm
    for count, texts in (("ト", 0), ("\U0001f3b5", len(task.counts))):
        xml = staves.rhythm_score(piece.composition, task, counts=[count] * len(task.counts))
        root = ET.fromstring(staves.pictures(xml, PAGE, strip=True)[0].svg)
        assert len(list(root.iter(f"{SVG}text"))) == texts


def test_the_empty_staff_has_the_chords_and_no_notes(lesson_kit) -> None:
    piece = lesson_kit.piece("glad")
    task = piece.tasks.phrase
    blank = staves.phrase_score(piece.composition, task.answer, chords=True, empty=True)
    root = ET.fromstring(blank)
    bars = task.answer[1] - task.answer[0] + 1
    assert len(root.findall(".//measure")) == bars
    assert all(note.get("print-object") == "no" for note in root.iter("note"))
    assert 1 <= len(root.findall(".//harmony")) <= len(task.chords)
    picture = staves.pictures(blank, PAGE, strip=True)[0].svg
    assert 'class="notehead"' not in picture
    assert 'class="beam"' not in picture
    assert 'class="harm"' in picture


def test_lines_of_a_phrase_are_filled_evenly(lesson_kit) -> None:
    piece = lesson_kit.piece("tense")
    xml = staves.phrase_score(piece.composition, (1, 4), chords=True)
    narrow = staves.Size(width_mm=90, height_mm=220, staff_mm=9.5)
    for width in (60, 75, 90, 110, 140):
        size = replace(narrow, width_mm=width)
        root = ET.fromstring(staves.pictures(xml, size, strip=True)[0].svg)
        systems = [group for group in root.iter(f"{SVG}g") if group.get("class") == "system"]
        bars = [len([g for g in system.iter(f"{SVG}g") if g.get("class") == "measure"]) for system in systems]
        assert sum(bars) == 4
        assert bars[-1] > 1 or max(bars) <= 2


def test_the_question_is_the_melody_of_its_bars_without_chords(lesson_kit) -> None:
    from music21 import converter

    piece = lesson_kit.piece("modal")
    first, last = piece.tasks.phrase.question
    data = staves.phrase_score(piece.composition, (first, last), chords=False)
    asked = converter.parseData(data.decode(), format="musicxml").parts[0]
    assert not asked.recurse().getElementsByClass("ChordSymbol")
    sung = 0
    for index, measure in enumerate(asked.getElementsByClass("Measure")):
        printed = next(iter(piece.bar(first + index)))
        starts = [
            [(float(note.offset), note.pitches[-1].midi) for note in bar.flatten().notes
             if note.tie is None or note.tie.type == "start"]
            for bar in (measure, printed)
        ]  # fmt: skip
        starts[1] = [pair for pair in starts[1] if pair]
        if starts[0]:  # else the melody rests
            assert starts[0][0][1] in {midi for _, midi in starts[1]}
            sung += 1
    assert sung


def bar(*spans: tuple[int, int]) -> tuple[MelodyNote, ...]:
    return tuple(MelodyNote(start=start, end=end, pitch=72) for start, end in spans)


@pytest.mark.parametrize(
    ("meter", "notes", "counts", "values"),
    [
        ("4/4", bar((0, 18), (18, 24), (24, 36), (36, 48)), ((1, 0), (2, 2), (3, 0), (4, 0)),
         ["quarter.", "eighth", "quarter", "quarter"]),
        ("3/4", bar((0, 4), (4, 8), (8, 12), (24, 36)), ((1, 0), (1, -1), (1, -2), (3, 0)),
         ["eighth3", "eighth3", "eighth3", "rest", "quarter"]),
        ("6/8", bar((0, 12), (12, 18), (18, 36)), ((1, 0), (3, 0), (4, 0)), ["quarter", "eighth", "quarter."]),
        ("2/4", bar((0, 3), (3, 6), (6, 9), (9, 24)), ((1, 0), (1, 1), (1, 2), (1, 3)),
         ["16th", "16th", "16th", "16th", "quarter"]),
    ],
)  # fmt: skip
def test_a_rhythm_is_written_and_counted(meter: str, notes, counts, values) -> None:
    rhythm = tuple((note.start, note.end) for note in notes)
    assert counts_of(rhythm, meter) == counts
    root = ET.fromstring(rhythm_xml(notes, meter, counts=[str(place) for place in range(len(notes))]))
    written = []
    for note in root.iter("note"):
        if note.find("rest") is not None:
            written.append("rest")
            continue
        tuplet = "3" if note.find("time-modification") is not None else ""
        written.append(note.findtext("type") + "." * len(note.findall("dot")) + tuplet)
    assert written == values
    lengths = [int(note.findtext("duration")) for note in root.iter("note")]
    beats, unit = map(int, meter.split("/"))
    assert sum(lengths) == beats * 48 // unit
    assert len(root.findall(".//lyric")) == len(notes)


def test_a_rhythm_is_said_in_note_values_for_those_who_do_not_see_it() -> None:
    notes = bar((0, 18), (18, 24), (36, 48))
    said = {
        language: [value_text(written, load_catalogue(language)) for written in rhythm_values(notes, "4/4")]
        for language in ("en", "ja")
    }
    assert said["en"] == ["dotted quarter note", "eighth note", "quarter rest", "quarter note"]
    assert said["ja"] == ["付点四分音符", "八分音符", "四分休符", "四分音符"]


def test_the_most_interesting_bar_has_most_to_learn_from() -> None:
    plain = bar((0, 12), (12, 24), (24, 36), (36, 48))
    dotted = bar((0, 18), (18, 24), (24, 48))
    tied = bar((0, 18), (18, 54))
    assert most_interesting((plain, plain, dotted, plain, plain), "4/4") == 3
    # The bar that ties, the one that it ties into and the last one are passed over: the first is what is left.
    assert most_interesting((plain, tied, dotted, dotted), "4/4") == 4
    assert most_interesting((plain, tied, dotted), "4/4") == 1
    assert most_interesting((bar((0, 48)), bar((0, 48))), "4/4") is None
