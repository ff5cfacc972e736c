from __future__ import annotations

import io
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from composer.errors import ExternalToolError, OutputError
from composer.rendering.engraving import PNG_DPI, engrave, page_paths
from composer.rendering.musicxml.document import score_to_musicxml
from composer.rendering.svg_page import draw_glyphs, fit_words, free_marks
from composer.rendering.writers import write
from composer.types import ChordSpan, Composition, Note, Section, Track

_SVG = "{http://www.w3.org/2000/svg}"


def flats(kit: SimpleNamespace, **changes: object) -> Composition:
    """A quartet whose chord symbols need accidentals."""
    chords = (ChordSpan(bar=1, beat=1, symbol="Bb7"), ChordSpan(bar=2, beat=1, symbol="F#m7b5/A"))
    return kit.build(chords=chords, **changes)


@pytest.fixture(scope="module")
def long_piece(kit: SimpleNamespace) -> Composition:
    """A quartet of two pages."""
    return kit.build(bars=20)


def ink(image: Image.Image, box: tuple[float, float, float, float]) -> float:
    """Share of dark pixels in a box given in shares of the page."""
    width, height = image.size
    part = image.convert("L").crop(
        (int(box[0] * width), int(box[1] * height), int(box[2] * width), int(box[3] * height))
    )
    return sum(part.histogram()[:128]) / (part.width * part.height)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"meter": "6/8", "tonic": "F#", "mode": "major"},
        {"meter": "5/4", "bars": 9},
        {"meter": "12/8", "tonic": "Ab"},
    ],
)
def test_verovio_has_nothing_to_complain_of(
    kit: SimpleNamespace, capfd: pytest.CaptureFixture[str], changes: dict[str, object]
) -> None:
    import verovio

    verovio.enableLog(verovio.LOG_WARNING)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(score_to_musicxml(kit.build(**changes)).decode())
    assert "<svg" in toolkit.renderToSVG(1)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_pages_are_a4_and_hold_every_bar(long_piece: Composition) -> None:
    pages = engrave(long_piece)
    roots = [ET.fromstring(page) for page in pages]
    assert len(roots) > 1
    assert {(root.get("width"), root.get("height")) for root in roots} == {("210mm", "297mm")}
    bars = [group for root in roots for group in root.iter(f"{_SVG}g") if group.get("class") == "measure"]
    assert len(bars) == 20
    assert "Storm at Sea" in "".join(roots[0].itertext())


def test_the_same_composition_gives_the_same_files(kit: SimpleNamespace, tmp_path: Path) -> None:
    for extension in ("svg", "pdf", "png"):
        composition = kit.build(instruments=(kit.violin,), bars=2)
        first, second = (write(composition, tmp_path / f"{name}.{extension}").sha256 for name in "ab")
        assert first == second


def test_marks_stand_over_the_chord_symbols(kit: SimpleNamespace) -> None:
    (page,) = engrave(flats(kit))
    root = ET.fromstring(page)

    def baseline(kind: str) -> float:
        group = next(group for group in root.iter(f"{_SVG}g") if group.get("class") == kind)
        lift = float(group.get("transform", "translate(0,0)").partition(",")[2].rstrip(")"))
        return float(next(group.iter(f"{_SVG}text")).get("y", 0)) + lift

    assert baseline("tempo") < baseline("harm") - 300


def test_a_rehearsal_mark_stands_clear_of_a_long_chord_symbol(kit: SimpleNamespace) -> None:
    """The symbol begins well before the double bar and reaches under the mark."""
    sections = (
        Section(name="A", start_bar=1, bars=1, phrases=(1,)),
        Section(name="Coda", start_bar=2, bars=1, phrases=(1,)),
    )
    chords = (
        ChordSpan(bar=1, beat=1, symbol="D"),
        ChordSpan(bar=1, beat=4, symbol="F#m7b5/A"),
        ChordSpan(bar=2, beat=1, symbol="F#m7b5/A"),
    )
    (page,) = engrave(kit.build(chords=chords, sections=sections, bars=2, instruments=(kit.violin,)))
    root = ET.fromstring(page)
    coda = next(g for g in root.iter(f"{_SVG}g") if g.get("class") == "reh" and "Coda" in g.itertext())
    frame = next(coda.iter(f"{_SVG}rect"))
    lift = float(coda.get("transform", "translate(0,0)").partition(",")[2].rstrip(")"))
    bottom = float(frame.get("y", 0)) + float(frame.get("height", 0)) + lift
    harm = next(g for g in root.iter(f"{_SVG}g") if g.get("class") == "harm")
    letters = next(harm.iter(f"{_SVG}text"))
    size = max(float(span.get("font-size", "0px").removesuffix("px")) for span in letters.iter(f"{_SVG}tspan"))
    assert bottom < float(letters.get("y", 0)) - 0.9 * size


def test_a_rehearsal_mark_stands_clear_of_the_tempo(kit: SimpleNamespace) -> None:
    """After a short opening the next section begins under the end of the tempo words."""
    sections = (
        Section(name="Intro", start_bar=1, bars=1, phrases=(1,)),
        Section(name="A", start_bar=2, bars=3, phrases=(3,)),
    )
    notes = tuple(Note(onset=1920 * bar, pitch=67, duration=1920, velocity=70) for bar in range(1, 4))
    tracks = [Track(instrument=kit.violin, notes=notes)]
    (page,) = engrave(kit.build(tracks, sections=sections, bars=4, instruments=(kit.violin,), valence=0.7, arousal=0.0))
    tempo = next(g for g in ET.fromstring(page).iter(f"{_SVG}g") if g.get("class") == "tempo")
    mark = next(
        g for g in ET.fromstring(page).iter(f"{_SVG}g") if g.get("class") == "reh" and "A" in "".join(g.itertext())
    )
    frame, words = next(mark.iter(f"{_SVG}rect")), next(tempo.iter(f"{_SVG}text"))
    letters = "".join(words.itertext()).strip()
    size = max(float(span.get("font-size", "0px").removesuffix("px")) for span in words.iter(f"{_SVG}tspan"))
    end = float(words.get("x", 0)) + _moved(tempo)[0] + 0.45 * size * len(letters)
    top = float(frame.get("y", 0)) + _moved(mark)[1]
    assert float(frame.get("x", 0)) < end  # without room between them, the tempo has to stand higher
    assert float(words.get("y", 0)) + _moved(tempo)[1] < top
    intro = next(
        g for g in ET.fromstring(page).iter(f"{_SVG}g") if "Intro" in "".join(g.itertext()) and g.get("class") == "reh"
    )
    beside = next(intro.iter(f"{_SVG}rect"))
    foot = float(beside.get("y", 0)) + float(beside.get("height", 0)) + _moved(intro)[1]
    assert abs(foot - float(words.get("y", 0)) - _moved(tempo)[1]) < size, "on one line with the tempo"


def test_the_first_mark_and_the_tempo_stand_side_by_side() -> None:
    """Where chord symbols do not part them, verovio sets both in one place."""
    page = (
        '<svg xmlns="http://www.w3.org/2000/svg"><g class="system"><g class="harm"><text x="900" y="900">'
        '<tspan font-size="300px">E</tspan></text></g><g class="reh"><rect x="500" y="100" width="200" height="300"/>'
        '<text x="520" y="350"><tspan font-size="300px">A</tspan></text></g><g class="tempo"><text x="550" y="380">'
        '<tspan font-size="300px">Adagio</tspan></text></g></g></svg>'
    )
    root = ET.fromstring(free_marks(page))
    tempo = next(g for g in root.iter(f"{_SVG}g") if g.get("class") == "tempo")
    assert 550 + _moved(tempo)[0] > 700
    assert _moved(next(g for g in root.iter(f"{_SVG}g") if g.get("class") == "reh")) == (0, 0)


def _moved(group: ET.Element) -> tuple[float, float]:
    across, _, down = group.get("transform", "translate(0,0)").removeprefix("translate(").rstrip(")").partition(",")
    return float(across), float(down)


def test_no_text_is_left_to_the_music_font(kit: SimpleNamespace) -> None:
    (page,) = engrave(flats(kit))
    assert 'font-family="Leipzig"' in page
    drawn = draw_glyphs(page)
    assert 'font-family="Leipzig"' not in drawn
    words = "".join(ET.fromstring(drawn).itertext())
    assert "F" in words
    assert not any("\ue000" <= character <= "\uf8ff" for character in words.partition("@font-face")[0])
    # B, the flat, 7: the flat's outline stands between the two words.
    group = next(
        group
        for group in ET.fromstring(drawn).iter(f"{_SVG}g")
        if group.get("class") == "harm" and "B" in group.itertext()
    )
    kinds = [child.tag.removeprefix(_SVG) for child in next(iter(group))]
    assert kinds == ["text", "path", "text"]


def test_words_stay_within_their_frames_in_whatever_font_is_at_hand(kit: SimpleNamespace) -> None:
    cairo = pytest.importorskip("cairocffi")
    sections = (
        Section(name="Interlude", start_bar=1, bars=2, phrases=(2,)),
        Section(name="Codetta", start_bar=3, bars=2, phrases=(2,)),
    )
    (page,) = engrave(kit.build(sections=sections, bars=4, instruments=(kit.violin,)))
    drawing = cairo.Context(cairo.PDFSurface(None, 10, 10))
    drawing.select_font_face("Times", 0, 1)
    found = {}
    for mark in ET.fromstring(fit_words(draw_glyphs(page))).iter(f"{_SVG}g"):
        if mark.get("class") == "reh":
            frame = float(next(mark.iter(f"{_SVG}rect")).get("width", 0))
            for span in mark.iter(f"{_SVG}tspan"):
                if span.text and span.text.strip():
                    drawing.set_font_size(float(span.get("font-size", "0px").removesuffix("px")))
                    found[span.text.strip()] = drawing.text_extents(span.text.strip())[4] / frame
    assert set(found) == {"Interlude", "Codetta"}
    assert all(0.5 < share < 1 for share in found.values()), found


def test_the_number_of_a_tempo_ends_before_its_bracket(kit: SimpleNamespace) -> None:
    """verovio's style sheet sets all of the mark in bold, though only its words say so."""
    cairo = pytest.importorskip("cairocffi")
    (page,) = engrave(kit.build(bars=2, instruments=(kit.violin,)))
    root = ET.fromstring(fit_words(draw_glyphs(page)))
    tempo = next(g for g in root.iter(f"{_SVG}g") if g.get("class") == "tempo")
    drawing = cairo.Context(cairo.PDFSurface(None, 10, 10))
    drawing.select_font_face("Times", 0, 1)
    texts = [text for text in tempo.iter(f"{_SVG}text") if (text.text or "").strip()]
    number, bracket = texts[-2:]
    assert bracket.text == ")"
    drawing.set_font_size(float(number.get("font-size", "").removesuffix("px")))
    assert float(number.get("x", 0)) + drawing.text_extents(number.text)[4] <= float(bracket.get("x", 0)) + 1


@pytest.mark.parametrize("sign", ["\U0001d12a", "\U0001d12b"])
def test_a_double_accidental_is_drawn(sign: str) -> None:
    """verovio leaves these as text, which no text font has."""
    text = f'<text x="9" y="9"><tspan font-size="300px">7/F{sign}</tspan></text>'
    page = f'<svg xmlns="http://www.w3.org/2000/svg">{text}</svg>'
    group = next(iter(ET.fromstring(draw_glyphs(page))))
    words, outline = group
    assert (words.tag, words.text, outline.tag) == (f"{_SVG}text", "7/F", f"{_SVG}path")
    assert len(outline.get("d", "")) > 20
    assert float(outline.get("transform", "").removeprefix("translate(").partition(",")[0]) > 9


def test_png_shows_a_page_of_music(long_piece: Composition, tmp_path: Path) -> None:
    facts = write(long_piece, tmp_path / "a.png")
    assert facts.format == "png"
    assert facts.facts["pages"] == len(facts.facts["files"]) > 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(Path(file).name for file in facts.facts["files"])
    image = Image.open(tmp_path / "a.png")
    assert image.size == (round(210 / 25.4 * PNG_DPI), round(297 / 25.4 * PNG_DPI))
    assert image.getpixel((3, 3))[:3] == (255, 255, 255)
    assert ink(image, (0.05, 0.02, 0.95, 0.1)) > 0.001  # the title
    assert 0.02 < ink(image, (0.05, 0.1, 0.95, 0.9)) < 0.4
    assert ink(image, (0, 0, 0.03, 1)) == 0


def test_pdf_holds_every_page(long_piece: Composition, tmp_path: Path) -> None:
    import pypdf

    facts = write(long_piece, tmp_path / "a.pdf")
    book = pypdf.PdfReader(io.BytesIO((tmp_path / "a.pdf").read_bytes()))
    assert len(book.pages) == facts.facts["pages"] == len(engrave(long_piece)) > 1
    sizes = {tuple(round(float(side) / 72 * 25.4) for side in page.mediabox[2:]) for page in book.pages}
    assert sizes == {(210, 297)}
    assert book.metadata is not None
    assert book.metadata.title == "Storm at Sea"
    assert "/CreationDate" not in book.metadata


def test_further_pages_take_the_final_name(long_piece: Composition, tmp_path: Path) -> None:
    facts = write(long_piece, tmp_path / ".x.part.svg", final=tmp_path / "piece.svg")
    assert facts.facts["files"][0] == str(tmp_path / "piece.svg")
    names = {path.name for path in tmp_path.iterdir()}
    assert ".x.part.svg" in names
    assert "piece-2.svg" in names
    assert not any(name.startswith(".x.part-") for name in names)
    assert page_paths(Path("a.png"), 3) == (Path("a.png"), Path("a-2.png"), Path("a-3.png"))


@pytest.mark.parametrize("extension", [".musicxml", ".svg", ".pdf", ".png"])
def test_a_missing_folder_is_an_output_error(kit: SimpleNamespace, tmp_path: Path, extension: str) -> None:
    with pytest.raises(OutputError):
        write(kit.build(bars=1), tmp_path / "none" / f"a{extension}")


@pytest.mark.parametrize(
    ("library", "extension"), [("verovio", ".svg"), ("cairosvg", ".png"), ("pypdf", ".pdf"), ("cairosvg", ".pdf")]
)
def test_a_missing_library_is_named_with_its_remedy(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, extension: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ExternalToolError, match=library) as caught:
        write(kit.build(bars=1), tmp_path / f"a{extension}")
    assert f"pip install {library}" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
