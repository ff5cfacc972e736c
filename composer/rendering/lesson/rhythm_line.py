"""One bar's rhythm as MusicXML on a single line, the way it is clapped."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

from composer.rendering.lesson.melody import MelodyNote
from composer.rendering.notation.bars import Element, bars_of
from composer.rendering.notation.meters import STEPS_PER_QUARTER, BarSpan, bar_steps
from composer.rendering.notation.rhythm import value_of
from composer.rendering.notation.voices import StaffNote, lines
from composer.theory import Meter

__all__ = ["Written", "rhythm_values", "rhythm_xml"]

_LINE = 71
_BEAMS = {
    "start": "begin", "continue": "continue", "stop": "end", "partial-left": "backward hook",
    "partial-right": "forward hook",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A note or rest as it is written: ``"quarter"`` ..., and whether it is dotted, of a triplet, tied onwards."""

    value: str
    rest: bool
    dotted: bool
    triplet: bool
    tied: bool


def rhythm_values(bar: Sequence[MelodyNote], meter: str) -> tuple[Written, ...]:
    """What is written for a bar, from left to right."""
    return tuple(
        Written(
            value=element.piece.value,
            rest=not element.heads,
            dotted=element.piece.dots > 0,
            triplet=element.piece.tuplet is not None,
            tied=bool(element.heads) and element.heads[0].tied_out,
        )
        for element in _elements(bar, meter)
    )


def _elements(bar: Sequence[MelodyNote], meter: str) -> tuple[Element, ...]:
    length = bar_steps(meter)
    notes = [StaffNote(start=note.start, end=min(note.end, length), pitch=_LINE) for note in bar]
    return bars_of(lines(notes), (BarSpan(start=0, end=length, meter=meter),))[0].voices[0]


def rhythm_xml(bar: Sequence[MelodyNote], meter: str, counts: Sequence[str] = ()) -> bytes:
    """Write a bar as notes without pitch.

    Parameters
    ----------
    bar : the notes that begin in it.
    meter : ``"4/4"`` ...
    counts : what stands under each note; may be empty.
    """
    root = ET.Element("score-partwise", version="4.0")
    score_part = ET.SubElement(ET.SubElement(root, "part-list"), "score-part", id="P1")
    ET.SubElement(score_part, "part-name")
    measure = ET.SubElement(ET.SubElement(root, "part", id="P1"), "measure", number="1")
    _attributes(measure, meter)
    waiting = iter(counts)
    for element in _elements(bar, meter):
        count = next(waiting, "") if element.heads and not element.heads[0].tied_in else ""
        measure.append(_note(element, count))
    line = ET.SubElement(measure, "barline", location="right")
    ET.SubElement(line, "bar-style").text = "light-light"
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"


def _attributes(measure: ET.Element, meter: str) -> None:
    parsed = Meter.parse(meter)
    attributes = ET.SubElement(measure, "attributes")
    ET.SubElement(attributes, "divisions").text = str(STEPS_PER_QUARTER)
    time = ET.SubElement(attributes, "time")
    ET.SubElement(time, "beats").text = str(parsed.numerator)
    ET.SubElement(time, "beat-type").text = str(parsed.denominator)
    clef = ET.SubElement(attributes, "clef")
    ET.SubElement(clef, "sign").text = "percussion"
    ET.SubElement(ET.SubElement(attributes, "staff-details"), "staff-lines").text = "1"


def _note(element: Element, count: str) -> ET.Element:
    piece = element.piece
    made = ET.Element("note")
    head = element.heads[0] if element.heads else None
    if head is None:
        ET.SubElement(made, "rest")
    else:
        place = ET.SubElement(made, "unpitched")
        ET.SubElement(place, "display-step").text = "E"
        ET.SubElement(place, "display-octave").text = "4"
    ET.SubElement(made, "duration").text = str(piece.end - piece.start)
    ties = [kind for kind, tied in (("stop", head and head.tied_in), ("start", head and head.tied_out)) if tied]
    for kind in ties:
        ET.SubElement(made, "tie", type=kind)
    ET.SubElement(made, "voice").text = "1"
    ET.SubElement(made, "type").text = piece.value
    for _ in range(piece.dots):
        ET.SubElement(made, "dot")
    if piece.tuplet is not None:
        change = ET.SubElement(made, "time-modification")
        ET.SubElement(change, "actual-notes").text = "3"
        ET.SubElement(change, "normal-notes").text = "2"
        ET.SubElement(change, "normal-type").text = value_of(piece.tuplet)
    if head is not None:
        ET.SubElement(made, "stem").text = "up"
    for level, kind in enumerate(element.beams, start=1):
        ET.SubElement(made, "beam", number=str(level)).text = _BEAMS[kind]
    _notations(made, ties, element)
    if count:
        lyric = ET.SubElement(made, "lyric", number="1")
        ET.SubElement(lyric, "text").text = count
    return made


def _notations(made: ET.Element, ties: Sequence[str], element: Element) -> None:
    if not ties and not element.tuplet:
        return
    notations = ET.SubElement(made, "notations")
    for kind in ties:
        ET.SubElement(notations, "tied", type=kind)
    if element.tuplet:
        ET.SubElement(notations, "tuplet", type=element.tuplet, bracket="yes" if element.bracket else "no")
