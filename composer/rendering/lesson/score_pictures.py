"""The music of a lesson as pictures: the pupil's score, the score with answers, a rhythm line, a phrase to finish.

verovio engraves MusicXML that is made from the internal score; what would give an answer away is taken out before.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from composer.errors import ExternalToolError
from composer.rendering.lesson.melody import melody_bars
from composer.rendering.lesson.outlines import outline_text
from composer.rendering.lesson.rhythm_line import rhythm_xml
from composer.rendering.lesson.tasks import RhythmTask, Tasks
from composer.rendering.musicxml.document import score_to_musicxml
from composer.rendering.notation.meters import STEPS_PER_QUARTER
from composer.rendering.svg_page import draw_glyphs, free_marks, number_systems
from composer.types import (
    TICKS_PER_QUARTER,
    ChordSpan,
    Composition,
    Instrument,
    MusicalPlan,
    Note,
    Score,
    Section,
    Track,
)

__all__ = ["Picture", "Size", "answer_score", "phrase_score", "pictures", "pupil_score", "rhythm_score"]

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_TICKS = TICKS_PER_QUARTER // STEPS_PER_QUARTER
_VEROVIO_STAFF_MM = 7.2
_HIGH_PLAYER = Instrument(role="melody", name="Melody", program=40)
_LOW_PLAYER = Instrument(role="melody", name="Melody", program=42)
_BASS_BELOW = 55
"""A melody whose middle note lies below this is printed in the bass clef."""


_SETTINGS = ((1.2, 7), (1.1, 7), (1.0, 7), (1.0, 4), (0.96, 4), (0.92, 4), (0.88, 4))
"""Scales of the staves and verovio's spaces between systems, largest first: music shrinks where that saves a page or
a line with a single bar, and grows as long as it costs neither."""
_SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a picture of music may fill: `width_mm` and `height_mm`; its staves are `staff_mm` high."""

    width_mm: float
    height_mm: float
    staff_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A stretch of music as SVG without outside fonts for its signs, `width_mm` by `height_mm`."""

    svg: str
    width_mm: float
    height_mm: float


# ------------------------------------------------------------------------------------------- scores


def answer_score(composition: Composition) -> bytes:
    """MusicXML with everything in it: chord symbols, rehearsal marks, the mode of the key."""
    return score_to_musicxml(composition)


def pupil_score(composition: Composition, tasks: Tasks) -> bytes:
    """MusicXML without the answers: no rehearsal marks, no mode, no chord symbols in the bars that are asked for."""
    root = _parsed(score_to_musicxml(composition))
    asked = {chord.bar for chord in tasks.chords.bars} if tasks.chords is not None else set()
    for key in root.iter("key"):
        for mode in key.findall("mode"):
            key.remove(mode)
    for part in root.iter("part"):
        for number, measure in enumerate(part.iter("measure"), start=1):
            _drop_rehearsal_marks(measure)
            if number in asked:
                _drop_all(measure, "harmony")
    return _written(root)


def phrase_score(composition: Composition, bars: tuple[int, int], *, chords: bool, empty: bool = False) -> bytes:
    """MusicXML of the melody alone in `bars`, with chord symbols if wanted; `empty` leaves the staff blank."""
    root = _parsed(score_to_musicxml(_melody_alone(composition, bars, empty=empty)))
    for measure in root.iter("measure"):
        _drop_all(measure, "direction")
        if not chords:
            _drop_all(measure, "harmony")
    if empty:
        for note in root.iter("note"):
            _hide(note)
    for notations in root.iter("notations"):
        for tag in ("articulations", "technical"):
            for item in notations.findall(tag):
                notations.remove(item)
    for style in root.iter("bar-style"):
        style.text = "light-light"
    for part in root.iter("score-part"):
        for tag in ("part-name", "part-abbreviation"):
            for name in part.findall(tag):
                name.text = ""
    return _written(root)


def rhythm_score(composition: Composition, task: RhythmTask, *, counts: Sequence[str] = ()) -> bytes:
    """MusicXML of the rhythm of one bar on one line, with `counts` under its notes where they are given."""
    plan = composition.score.plan
    return rhythm_xml(melody_bars(composition.score)[task.bar - 1], plan.meter, counts)


def _melody_alone(composition: Composition, bars: tuple[int, int], *, empty: bool) -> Composition:
    """The leading line of some bars as a piece of its own; `empty` fills them with a note a beat, to be hidden."""
    plan, (first, last) = composition.score.plan, bars
    length, count = plan.time.bar_ticks, last - first + 1
    melody = melody_bars(composition.score)
    pitches = sorted(note.pitch for bar in melody for note in bar)
    middle = pitches[len(pitches) // 2] if pitches else 72
    player = _LOW_PLAYER if middle < _BASS_BELOW else _HIGH_PLAYER
    if empty:
        beat = plan.time.beat_ticks
        spans = [(onset, beat, middle) for onset in range(0, count * length, beat)]
    else:
        spans = [
            ((number - 1) * length + note.start * _TICKS, (note.end - note.start) * _TICKS, note.pitch)
            for number, bar in enumerate(melody[first - 1 : last], start=1)
            for note in bar
        ]
    notes = tuple(
        Note(onset=onset, pitch=pitch, duration=min(duration, count * length - onset), velocity=64)
        for onset, duration, pitch in spans
    )
    part = replace(
        plan,
        bars=count,
        sections=(Section(name="A", start_bar=1, bars=count, phrases=(count,)),),
        chords=_chords_from(plan, first, last),
        instruments=(player,),
        dynamics=(0.5,) * count,
        level=None,
    )
    return replace(composition, plan=part, score=Score(plan=part, tracks=(Track(instrument=player, notes=notes),)))


def _chords_from(plan: MusicalPlan, first: int, last: int) -> tuple[ChordSpan, ...]:
    before = [chord for chord in plan.chords if (chord.bar, chord.beat) <= (first, 1)]
    inside = [chord for chord in plan.chords if chord.bar <= last and (chord.bar, chord.beat) > (first, 1)]
    return tuple(
        replace(chord, bar=chord.bar - first + 1) for chord in (replace(before[-1], bar=first, beat=1), *inside)
    )


# ---------------------------------------------------------------------------------------------- XML


def _parsed(xml: bytes) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - made a moment ago


def _written(root: ET.Element) -> bytes:
    return (_HEAD + ET.tostring(root, encoding="unicode") + "\n").encode()


def _hide(note: ET.Element) -> None:
    """Make of a note a rest that is not printed: it keeps the room for its beat, and has no beam."""
    for child in list(note):
        if child.tag not in ("duration", "voice", "type", "dot", "staff"):
            note.remove(child)
    note.insert(0, ET.Element("rest"))
    note.set("print-object", "no")


def _drop_all(measure: ET.Element, tag: str) -> None:
    for item in measure.findall(tag):
        measure.remove(item)


def _drop_rehearsal_marks(measure: ET.Element) -> None:
    for direction in measure.findall("direction"):
        for kind in direction.findall("direction-type"):
            if kind.find("rehearsal") is not None:
                direction.remove(kind)
        if direction.find("direction-type") is None:
            measure.remove(direction)


# ----------------------------------------------------------------------------------------- pictures


@lru_cache(maxsize=64)
def pictures(xml: bytes, size: Size, *, strip: bool = False) -> tuple[Picture, ...]:
    """Engrave MusicXML into as many pictures as it needs, each cut to its content.

    Parameters
    ----------
    xml : bytes
    size : Size
    strip : bool
        A line or two inside a text instead of a score: every line fills the width, bars are not numbered.

    Raises
    ------
    ExternalToolError
        verovio is missing or cannot lay the music out.
    """
    try:
        import verovio
    except ImportError as error:
        raise ExternalToolError(
            f"lessons are engraved with verovio, which cannot be loaded: {error}", hint="run 'pip install verovio'"
        ) from error
    verovio.enableLog(verovio.LOG_OFF)  # it would write to the terminal
    if strip:
        return tuple(_picture(page, size, strip=True) for page in _lines(verovio, xml, _options(size, strip=True)))
    tried = [
        _engraved(verovio, xml, _options(size, scale=scale) | {"spacingSystem": space}) for scale, space in _SETTINGS
    ]
    fewest = [pages for pages in tried if len(pages) == min(map(len, tried))]
    best = next((pages for pages in fewest if not _leaves_orphan(pages)), fewest[0])
    return tuple(_picture(page, size, strip=False) for page in best)


def _lines(verovio: Any, xml: bytes, options: dict[str, Any]) -> tuple[str, ...]:
    """A few lines of music, evenly filled where the last one would hold a single bar."""
    pages = _engraved(verovio, xml, options)
    if not _leaves_orphan(pages):
        return pages
    root = _parsed(xml)
    bars, count = root.findall("part/measure"), sum(len(page) for page in _bars_of_systems(pages))
    for bar in bars:
        _drop_all(bar, "print")
    for line in range(1, count):
        bars[len(bars) * line // count].insert(0, ET.Element("print", {"new-system": "yes"}))
    return _rendered(verovio, _written(root), options | {"breaks": "line"})


def _engraved(verovio: Any, xml: bytes, options: dict[str, Any]) -> tuple[str, ...]:
    """The pages; lines begin where the MusicXML says so, if that takes no more pages and no line grows fuller."""
    pages = _rendered(verovio, xml, options)
    wanted = xml.count(b'new-system="yes"') + 1
    if wanted > 1 and wanted >= sum(len(systems) for systems in _bars_of_systems(pages)):
        by_phrase = _rendered(verovio, xml, options | {"breaks": "line"})
        return by_phrase if len(by_phrase) <= len(pages) else pages
    return pages


def _rendered(verovio: Any, xml: bytes, options: dict[str, Any]) -> tuple[str, ...]:
    toolkit = verovio.toolkit()
    toolkit.setOptions(options)
    if not toolkit.loadData(xml.decode()) or toolkit.getPageCount() < 1:
        raise ExternalToolError("verovio could not lay out the music of the lesson")
    return tuple(toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1))


def _bars_of_systems(pages: Sequence[str]) -> list[list[int]]:
    """For each page the number of bars in each line of music."""
    systems = [_of_class(ET.fromstring(page), "system") for page in pages]  # noqa: S314 - made a moment ago
    return [[len(list(_of_class(system, "measure"))) for system in page] for page in systems]


def _leaves_orphan(pages: Sequence[str]) -> bool:
    """Whether the last line of music holds a single bar, and others hold more."""
    counts = [bars for page in _bars_of_systems(pages) for bars in page]
    return len(counts) > 1 and counts[-1] == 1 < max(counts)


def _of_class(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (group for group in root.iter(f"{{{_SVG}}}g") if group.get("class") == name)


def _options(size: Size, *, strip: bool = False, scale: float = 1.0) -> dict[str, Any]:
    per_mm = 10 * _VEROVIO_STAFF_MM / (size.staff_mm * scale)  # verovio's page is counted in tenths of a millimetre
    return {
        "pageWidth": round(size.width_mm * per_mm),
        "pageHeight": round(size.height_mm * per_mm),
        "pageMarginLeft": round(per_mm),
        "pageMarginRight": round(per_mm),
        "pageMarginTop": round((1 if strip else 9) * per_mm * size.staff_mm / 6.4),
        "pageMarginBottom": 0,
        "adjustPageHeight": True,
        "scale": 100,
        "svgViewBox": True,
        "header": "none",
        "footer": "none",
        "breaks": "auto",
        "systemDivider": "none",
        "mnumInterval": 0 if strip else 1,
        "measureMinWidth": 30 if strip else 15,
        "minLastJustification": 0.0 if strip else 0.8,
        "dynamDist": 1.5,
        "svgAdditionalAttribute": ["measure@n"],
        "xmlIdSeed": 1,
    }


def _picture(svg: str, size: Size, *, strip: bool) -> Picture:
    root = ET.fromstring(number_systems(free_marks(svg)))  # noqa: S314 - made by verovio a moment ago
    _place_numbers(root, wanted=not strip)
    outline_text(root)
    width, height = _flatten(root)
    height_mm = round(size.width_mm * height / width, 1)
    root.set("width", f"{size.width_mm:g}mm")
    root.set("height", f"{height_mm:g}mm")
    drawn = draw_glyphs(ET.tostring(root, encoding="unicode"))
    return Picture(svg=drawn, width_mm=size.width_mm, height_mm=height_mm)


def _flatten(root: ET.Element) -> tuple[float, float]:
    """Turn the picture inside the picture into a scaled group, which every reader draws; returns the view's size."""
    width, height = (float(number) for number in root.get("viewBox", "").split()[2:])
    for inner in root.findall(f"{{{_SVG}}}svg"):
        scale = width / float(inner.attrib.pop("viewBox").split()[2])
        inner.tag = f"{{{_SVG}}}g"
        inner.set("transform", f"scale({scale:g})")
    return width, height


def _place_numbers(root: ET.Element, *, wanted: bool) -> None:
    """Bar numbers end at the bar line, clear of chord symbols behind it, and stand over the slurs; or none at all."""
    for system in list(_of_class(root, "system")):
        for parent in list(system.iter()):
            for group in parent.findall(f"{{{_SVG}}}g"):
                if not group.get("class", "").startswith("mNum"):
                    continue
                parent.remove(group)
                for text in group.iter():
                    if text.get("text-anchor"):
                        text.set("text-anchor", "end")
                if wanted:
                    system.append(group)
