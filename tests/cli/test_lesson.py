"""``compose lesson`` from a picture to files."""

from __future__ import annotations

import os
import re
from pathlib import Path

import mido
import pytest
from music21 import converter

QUICK = ("--bars", "8", "--candidates", "1")


@pytest.fixture(scope="module")
def meadow(examples: dict[str, Path]) -> Path:
    return examples["sunny-meadow"]


def test_a_lesson_and_what_stands_beside_it(run_cli, meadow: Path, tmp_path: Path) -> None:
    outcome = run_cli("lesson", "--image", meadow, "--out", tmp_path / "m.html", "--no-audio", *QUICK)
    assert outcome.code == 0, outcome.err
    assert sorted(os.listdir(tmp_path)) == [
        "m-answers.musicxml", "m-listen-a.mid", "m-listen-b.mid", "m-listen-c.mid", "m-pupil.musicxml", "m.html"
    ]  # fmt: skip
    assert "Piano" in (tmp_path / "m-pupil.musicxml").read_text(encoding="utf-8")
    page = (tmp_path / "m.html").read_text(encoding="utf-8")
    for name in os.listdir(tmp_path):
        assert name == "m.html" or f'href="{name}"' in page
    assert len(converter.parse(tmp_path / "m-pupil.musicxml").parts[0].getElementsByClass("Measure")) == 8


def test_the_versions_differ_in_what_the_answers_say(run_cli, meadow: Path, tmp_path: Path) -> None:
    assert run_cli("lesson", "--image", meadow, "--out", tmp_path / "m.html", "--no-audio", *QUICK).code == 0
    tempos, notes = [], []
    for letter in "abc":
        midi = mido.MidiFile(tmp_path / f"m-listen-{letter}.mid")
        messages = [message for track in midi.tracks for message in track]
        tempos.append(next(message.tempo for message in messages if message.type == "set_tempo"))
        notes.append(tuple(m.note for m in messages if m.type == "note_on" and m.velocity))
    # One differs in its notes, another in its tempo, the third in nothing.
    assert len(set(notes)) == 2
    assert len(set(tempos)) == 2
    odd_notes = next(i for i in range(3) if notes.count(notes[i]) == 1)
    odd_tempo = next(i for i in range(3) if tempos.count(tempos[i]) == 1)
    assert odd_notes != odd_tempo
    answers = (tmp_path / "m.html").read_text(encoding="utf-8").split('id="answer-listening"')[1]
    assert f"Version {'ABC'[odd_notes]} is in another mode" in answers
    assert f"Version {'ABC'[3 - odd_notes - odd_tempo]} is the printed piece" in answers


def test_a_pdf_is_tagged_has_the_title_and_is_the_same_every_time(run_cli, meadow: Path, tmp_path: Path) -> None:
    from pypdf import PdfReader

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        outcome = run_cli(
            "lesson", "--image", meadow, "--out", tmp_path / name / "m.pdf", "--page", "letter", "--no-audio", *QUICK
        )
        assert outcome.code == 0, outcome.err
    data = [(tmp_path / name / "m.pdf").read_bytes() for name in ("a", "b")]
    assert data[0] == data[1]
    reader = PdfReader(tmp_path / "a" / "m.pdf")
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert "Sunny Meadow" in reader.metadata.title
    assert [float(side) for side in reader.pages[0].mediabox[2:]] == pytest.approx([612, 792], abs=2)
    tree = elements(reader.trailer["/Root"]["/StructTreeRoot"])
    figures = [element for element in tree if element["/S"] == "/Figure"]
    assert len(figures) >= 6
    assert all(len(figure["/Alt"]) > 10 for figure in figures)
    texts = [page.extract_text() for page in reader.pages]
    answers = next(index for index, text in enumerate(texts) if text.startswith("Answers"))
    assert answers > next(index for index, text in enumerate(texts) if text.startswith("Activities"))


def elements(node):
    """The elements of a PDF's structure below a node."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from elements(child)
    elif hasattr(node, "get"):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--out", "x.mid"), 2, ".pdf, .html"),
        (("--out", "x.html", "--language", "xx"), 2, "--language"),
        (("--out", "x.html", "--page", "a5"), 2, "--page"),
        (("--out", "x.html", "--out", "x.html"), 2, "twice"),
        (("--out", "no/such/folder/x.html"), 1, "folder"),
        (("--out", "x.html", "--soundfont", "none.sf2"), 3, "none.sf2"),
    ],
)
def test_what_cannot_end_well_is_refused_and_leaves_nothing(
    run_cli, meadow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments, code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run_cli("lesson", "--image", meadow, *arguments, *QUICK)
    assert outcome.code == code
    assert said in outcome.err
    assert len(outcome.error_lines) == 2
    assert os.listdir(tmp_path) == []


def test_without_pango_or_fonts_the_error_says_that_html_needs_none(
    run_cli, meadow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from composer.rendering.lesson import pdf

    monkeypatch.setattr(pdf, "japanese_font", lambda: None)
    monkeypatch.setattr(pdf, "system_has", lambda language: False)
    outcome = run_cli("lesson", "--image", meadow, "--out", tmp_path / "m.pdf", "--language", "ja", *QUICK)
    assert outcome.code in (2, 3)
    assert os.listdir(tmp_path) == []
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    outcome = run_cli("lesson", "--image", meadow, "--out", tmp_path / "m.pdf", *QUICK)
    assert outcome.code == 4
    assert "html" in outcome.err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("level", ["primer", "3"])
def test_a_lesson_at_a_level_says_so_and_its_music_is_at_that_level(
    run_cli, meadow: Path, tmp_path: Path, level: str
) -> None:
    from composer.metrics.level_check import check_level
    from composer.midi.notes import read_midi_notes

    outcome = run_cli("lesson", "--image", meadow, "--level", level, "--out", tmp_path / "m.html", "--no-audio", *QUICK)
    assert outcome.code == 0, outcome.err
    page = (tmp_path / "m.html").read_text(encoding="utf-8")
    assert f"<dt>Level</dt><dd>{level}</dd>" in page
    printed = re.search(r"Version ([ABC]) is the printed piece", page)[1].lower()
    assert check_level(read_midi_notes(tmp_path / f"m-listen-{printed}.mid"), level) == ()
