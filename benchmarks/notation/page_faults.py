"""The faults that a player meets on the page, counted over default pieces for different pictures.

    python benchmarks/notation/page_faults.py --n 100

Takes every k-th painting of the data folder, composes it with default options (one candidate), and counts on the
MusicXML and the engraved pages what `README.md` lists. Writes page_faults.csv (one row per piece) and page_faults.txt
beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import csv
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, data_folder, in_parallel, rounded, write_csv, write_summary
from composer.metrics.confidence import wilson_interval
from composer.options import ComposeOptions
from composer.pipeline.compose import compose
from composer.rendering.engraving import engrave
from composer.rendering.musicxml.document import score_to_musicxml
from composer.rendering.svg_page import fit_words
from composer.types import Composition

__all__ = ["PageFaults", "find_faults", "main", "summary"]

_FEWEST = 3
"""Chords that a ladder of ties has at least: each but the first ties some heads over and strikes others."""
_MOST_LEDGER_LINES = 3
_STEPS = "CDEFGAB"
_BOTTOM_LINES = {("G", 2): 30, ("F", 4): 18, ("C", 3): 24, ("C", 4): 22}
"""Clef -> the bottom line as a diatonic step, seven to the octave from C0."""
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFaults:
    """A piece and what was found; counts.

    `ladders` of ties, `ledgers` are notes with four ledger lines and more that no octave sign helps, `overflow` is what
    the title sticks out of the margins (millimetres), `touching` are rehearsal marks that cover a chord symbol or a
    tempo, `empty_hands` staves of a keyboard without a note.
    """

    number: int
    title: str
    ensemble: str
    bars: int
    notes: int
    ladders: int
    ledgers: int
    overflow: float
    touching: int
    empty_hands: int

    @property
    def clean(self) -> bool:
        """No fault."""
        return not (self.ladders or self.ledgers or self.overflow or self.touching or self.empty_hands)


def find_faults(number: int, piece: Composition) -> PageFaults:
    """Count the faults of a composition's whole score."""
    root = ET.fromstring(score_to_musicxml(piece))
    pages = [ET.fromstring(fit_words(page)) for page in engrave(piece)]  # as PDF and PNG are printed
    return PageFaults(
        number=number,
        title=piece.plan.title,
        ensemble=" + ".join(instrument.name for instrument in piece.plan.instruments),
        bars=piece.plan.bars,
        notes=sum(len(track.notes) for track in piece.score.tracks),
        ladders=sum(_ladders(part) for part in root.iter("part")),
        ledgers=sum(_ledgers(part) for part in root.iter("part")),
        overflow=_overflow(pages[0]),
        touching=sum(_touching(page) for page in pages),
        empty_hands=sum(_empty_hands(part) for part in root.iter("part")),
    )


# ------------------------------------------------------------------------------------------ the notes


def _ladders(part: ET.Element) -> int:
    """Runs of three chords and more of one voice in which each ties on to the next and new heads come in."""
    found = 0
    lengths: dict[str, int] = {}
    for measure in part.iter("measure"):
        for voice, chord in _chords(measure):
            tied = sum(any(tie.get("type") == "stop" for tie in head.iter("tie")) for head in chord)
            struck = len(chord) - tied
            lengths[voice] = lengths.get(voice, 0) + 1 if tied and struck else 1
            found += lengths[voice] == _FEWEST
    return found


def _chords(measure: ET.Element) -> Iterator[tuple[str, list[ET.Element]]]:
    """(voice, heads) of each chord of a measure, in order of the file; no rests."""
    chord: list[ET.Element] = []
    for note in measure.iter("note"):
        if note.find("rest") is not None or note.find("pitch") is None:
            continue
        if note.find("chord") is None and chord:
            yield chord[0].findtext("voice", "1"), chord
            chord = []
        chord.append(note)
    if chord:
        yield chord[0].findtext("voice", "1"), chord


def _ledgers(part: ET.Element) -> int:
    bottoms: dict[str, int] = {}
    shifts: dict[str, int] = {}
    found = 0
    for item in (item for measure in part.iter("measure") for item in measure):
        for clef in item.iter("clef"):
            bottoms[clef.get("number", "1")] = _bottom(clef)
        for shift in item.iter("octave-shift"):
            octaves = {"down": -1, "up": 1}.get(shift.get("type", ""), 0) * (int(shift.get("size", "8")) // 7)
            shifts[item.findtext("staff", "1")] = 7 * octaves
        pitch = item.find("pitch")
        if item.tag == "note" and pitch is not None:
            staff = item.findtext("staff", "1")
            place = 7 * int(pitch.findtext("octave", "0")) + _STEPS.index(pitch.findtext("step", "C"))
            above = place + shifts.get(staff, 0) - bottoms.get(staff, 30)
            found += max(-above, above - 8) // 2 > _MOST_LEDGER_LINES
    return found


def _bottom(clef: ET.Element) -> int:
    sign, line = clef.findtext("sign", "G"), int(clef.findtext("line", "2"))
    return _BOTTOM_LINES.get((sign, line), 30) + 7 * int(clef.findtext("clef-octave-change", "0"))


def _empty_hands(part: ET.Element) -> int:
    staves = {staff.text or "1" for staff in part.iter("staff")}
    if len(staves) < 2:
        return 0
    played = {note.findtext("staff", "1") for note in part.iter("note") if note.find("rest") is None}
    return len(staves - played)


# ------------------------------------------------------------------------------------------- the page


def _overflow(page: ET.Element) -> float:
    """Millimetres by which the widest line of the title leaves the margins."""
    import cairocffi

    context = cairocffi.Context(cairocffi.PDFSurface(None, 10, 10))
    context.select_font_face("Times")
    frame = next(item for item in page.iter(f"{_SVG}svg") if item.get("class") == "definition-scale")
    whole = float(frame.get("viewBox", "0 0 1 1").split()[2])
    margins = next(group for group in page.iter(f"{_SVG}g") if group.get("class") == "page-margin")
    left = float(margins.get("transform", "translate(0, 0)").partition("(")[2].split(",")[0])
    per_mm = whole / float(page.get("width", "210mm").removesuffix("mm"))
    widest = 0.0
    for head in (group for group in page.iter(f"{_SVG}g") if "pgHead" in group.get("class", "")):
        for span in (span for span in head.iter(f"{_SVG}tspan") if span.text and span.text.strip()):
            context.set_font_size(_size(span, head))
            widest = max(widest, context.text_extents(span.text)[4])
    return max(0.0, round((widest - (whole - 2 * left)) / per_mm, 2))


def _size(span: ET.Element, head: ET.Element) -> float:
    """Font size: the span's own, or the one of the nearest element around it."""
    parents = {child: parent for parent in head.iter() for child in parent}
    item: ET.Element | None = span
    while item is not None and float(item.get("font-size", "0px").removesuffix("px")) == 0:
        item = parents.get(item)
    return float(item.get("font-size", "0px").removesuffix("px")) if item is not None else 0.0


def _touching(page: ET.Element) -> int:
    """Rehearsal marks whose frame covers part of a chord symbol or a tempo mark of its system."""
    found = 0
    for system in (group for group in page.iter(f"{_SVG}g") if group.get("class") == "system"):
        texts = [box for kind in ("harm", "tempo") for group in _of_class(system, kind) for box in _text_box(group)]
        for mark in _of_class(system, "reh"):
            frame = mark.find(f"{_SVG}rect")
            if frame is not None:
                found += any(_overlap(_frame_box(mark, frame), box) for box in texts)
    return found


def _of_class(system: ET.Element, name: str) -> list[ET.Element]:
    return [group for group in system.iter(f"{_SVG}g") if group.get("class") == name]


_Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def _moved(group: ET.Element) -> tuple[float, float]:
    across, _, down = (
        group.get("transform", "translate(0,0)").removeprefix("translate(").removesuffix(")").partition(",")
    )
    return float(across), float(down)


def _frame_box(mark: ET.Element, frame: ET.Element) -> _Box:
    aside, up = _moved(mark)
    left, top = float(frame.get("x", 0)) + aside, float(frame.get("y", 0)) + up
    return left, top, left + float(frame.get("width", 0)), top + float(frame.get("height", 0))


def _text_box(group: ET.Element) -> Iterator[_Box]:
    """The box of a chord symbol or a tempo, measured with cairo; a music sign is taken for a letter."""
    import cairocffi

    context = cairocffi.Context(cairocffi.PDFSurface(None, 10, 10))
    aside, up = _moved(group)
    text = next(group.iter(f"{_SVG}text"), None)
    if text is not None:
        letters = (span for span in text.iter() if span.get("font-family") != "Leipzig")
        size = max(float(span.get("font-size", "0px").removesuffix("px")) for span in letters)
        words = " ".join("".join(text.itertext()).split())
        left, bottom = float(text.get("x", 0)) + aside, float(text.get("y", 0)) + up
        bold = any(span.get("font-weight") == "bold" for span in text.iter())
        context.select_font_face("Times", 0, int(bold))
        context.set_font_size(size)
        yield left, bottom - 0.7 * size, left + context.text_extents(words)[4], bottom


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# ------------------------------------------------------------------------------------------ results


def _piece(job: tuple[int, str, str], *, folder: Path) -> PageFaults:
    number, file, title = job
    return find_faults(number, compose(ComposeOptions(image=folder / file, title=title, candidates=1)))


def _jobs(folder: Path, n: int) -> list[tuple[int, str, str]]:
    """(number, file, title) of every k-th painting, the longest titles of the others being the odd ones."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        rows = sorted(csv.DictReader(handle), key=lambda row: row["file"])
    rows = rows[:: max(1, len(rows) // n)][:n]
    return [(number, row["file"], row["title"]) for number, row in enumerate(rows)]


def summary(rows: Sequence[PageFaults]) -> str:
    """How many pieces have a fault, with Wilson 95 % intervals, and how often it stands."""
    lines = [f"pieces: {len(rows)}, notes: {sum(row.notes for row in rows)}, bars: {sum(row.bars for row in rows)}"]
    for item in fields(PageFaults)[5:]:
        values: list[Any] = [getattr(row, item.name) for row in rows]
        share = wilson_interval(sum(value > 0 for value in values), len(rows))
        lines.append(f"{'with ' + item.name:<24}{share}, {sum(values):g} in all")
    lines.append(f"{'without any':<24}{wilson_interval(sum(row.clean for row in rows), len(rows))}")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argument_parser(__doc__)
    add_number(parser, "--n", 100, "number of pieces")
    add_number(parser, "--workers", 1, "processes")
    parser.add_argument("--paintings", type=Path, default=data_folder() / "paintings", help="pictures and manifest.csv")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    jobs = _jobs(options.paintings, options.n)
    rows = in_parallel(partial(_piece, folder=options.paintings), jobs, options.workers)
    header = [item.name for item in fields(PageFaults)]
    write_csv(options.out / "page_faults.csv", header, (rounded(row) for row in rows))
    write_summary(options.out, summary(rows), head=f"n = {options.n}\n", name="page_faults.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
