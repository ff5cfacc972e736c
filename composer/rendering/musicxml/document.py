"""A composition as MusicXML 4.0, made with music21 from the internal score.

Conventions
-----------
* At concert pitch, instruments that sound an octave from what is written have the clef with the 8; at written pitch a
  part stands as its player reads it, and says by how much it sounds lower or higher.
* Pitches, onsets and written lengths are the score's. A drum stroke has a place in time and no length of its own.
* Same composition, same bytes: no date, no random ids.
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from composer.errors import ExternalToolError
from composer.files import atomic_write
from composer.midi.texts import printable_text
from composer.rendering.channels import assign_channels
from composer.rendering.musicxml.completion import Transpose, finish
from composer.rendering.musicxml.directions import (
    add_dynamics,
    add_fingering,
    add_octaves,
    add_ornaments,
    add_ringing,
    add_signs,
    add_touch,
    chord_symbol,
)
from composer.rendering.musicxml.measures import Measure, quarters, staff_measures
from composer.rendering.notation.bars import bars_of
from composer.rendering.notation.instrument_names import families, printed_name, short_name, transposed_name
from composer.rendering.notation.meters import STEPS_PER_QUARTER, BarSpan, bar_at, bar_spans
from composer.rendering.notation.staves import Clef, StaffPart, lead_part, parts_of
from composer.rendering.notation.systems import phrase_systems
from composer.rendering.notation.transposition import transpose_element, written_key, written_symbol
from composer.rendering.sheet import Sheet
from composer.theory import Key
from composer.types import TICKS_PER_QUARTER, Composition, MusicalPlan, Score, ScoreTimeline

__all__ = ["encoded_systems", "score_to_musicxml", "sheet_parts", "write_musicxml"]

_DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)
_CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
    '<rootfile full-path="score.musicxml" media-type="application/vnd.recordare.musicxml+xml"/>'
    "</rootfiles></container>\n"
)
_FEW_STAVES = 2
_KEY_MODES = frozenset({"major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian"})
"""Modes that MusicXML has a name for; others have their signature only."""


def score_to_musicxml(composition: Composition, sheet: Sheet = Sheet()) -> bytes:  # noqa: B008 - frozen
    """The bytes of a MusicXML 4.0 file (``score-partwise``, UTF-8).

    Parameters
    ----------
    composition : Composition
        Only its score is used, whose plan gives title, key, meter, tempo, chords, sections and dynamics.
    sheet : Sheet
        Pitch, and whether the whole score, one part or a lead sheet is written.

    Raises
    ------
    ComposerError
        A note lies off the grid of 40 ticks.
    ExternalToolError
        music21 is missing.
    """
    try:
        from music21.musicxml.m21ToXml import ScoreExporter
    except ImportError as error:
        raise ExternalToolError(
            "MusicXML is written with music21, which cannot be loaded", hint="run 'pip install music21'"
        ) from error
    parts = sheet_parts(composition, sheet)
    root = ScoreExporter(_score(composition, parts, sheet), makeNotation=False).parse()
    score, timeline = composition.score, composition.score.timeline
    transpositions = [_transpositions(timeline, part.shift) for part in parts]
    staves = [staff for part in parts for staff in part.staves]
    encoded = encoded_systems(sheet, len(staves))
    systems = phrase_systems(staves, score.plan, bar_spans(timeline)) if encoded else ()
    finish(root, transpositions, systems, names=not sheet.lead, pickup=timeline.pickup)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n{text}\n'.encode()


def _transpositions(timeline: ScoreTimeline, shift: int) -> dict[int, Transpose]:
    """Bar from 0 -> transposition, where it changes; empty at concert pitch."""
    found: dict[int, Transpose] = {}
    for key in timeline.keys if shift else ():
        transpose = transpose_element(key.key, shift)
        if transpose not in list(found.values())[-1:]:
            found[key.bar - 1] = transpose
    return found


def write_musicxml(composition: Composition, path: Path, sheet: Sheet = Sheet()) -> None:  # noqa: B008 - frozen
    """Write a ``.musicxml`` file, or a compressed one for ``.mxl``, whole or not at all.

    Raises
    ------
    ComposerError, ExternalToolError
        As `score_to_musicxml`.
    OutputError
        The file cannot be written.
    """
    data = score_to_musicxml(composition, sheet)
    with atomic_write(path) as temporary:
        temporary.write_bytes(_compressed(data) if path.suffix.lower() == ".mxl" else data)


def _compressed(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("META-INF/container.xml", _CONTAINER.encode()), ("score.musicxml", data)):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # ZipInfo's date is always 1980
    return buffer.getvalue()


# ------------------------------------------------------------------------------------------- score


def sheet_parts(composition: Composition, sheet: Sheet) -> tuple[StaffPart, ...]:
    """The parts that a sheet shows.

    Raises
    ------
    ComposerError
        A note lies off the grid of 40 ticks.
    """
    if sheet.lead:
        return (lead_part(composition.score),)
    parts = parts_of(composition.score, written=sheet.pitch == "written")
    return parts if sheet.part is None else parts[sheet.part : sheet.part + 1]


def encoded_systems(sheet: Sheet, staves: int) -> bool:
    """Whether the systems follow the phrases; larger scores are left to who sets the page."""
    return sheet.lead or staves <= _FEW_STAVES


def _score(composition: Composition, parts: Sequence[StaffPart], sheet: Sheet) -> Any:
    from music21 import metadata, stream

    plan = composition.score.plan
    made = stream.Score()
    about = metadata.Metadata()
    about.title = printable_text(plan.title) or "Untitled"
    about.composer = "Composer"
    made.insert(0, about)
    channels = assign_channels(plan.instruments)
    own = _one_each([channels[part.tracks[0]] % 16 for part in parts])
    written: list[list[Any]] = []
    for number, part in enumerate(parts, start=1):
        staves = _part(part, composition.score, sheet, first=number == 1)
        for staff in staves:
            made.insert(0, staff)
            staff.insert(0, _instrument(part, number, own[number - 1]))
        written.append(staves)
        if len(staves) > 1:
            made.insert(0, _group(staves, printed_name(part.name, part.instrument), symbol="brace"))
    for first, last in families([part.instrument for part in parts]):
        made.insert(
            0, _group([staff for staves in written[first : last + 1] for staff in staves], "", symbol="bracket")
        )
    return made


def _group(staves: Sequence[Any], name: str, symbol: str) -> Any:
    from music21 import layout

    return layout.StaffGroup(list(staves), name=name or None, symbol=symbol, barTogether=True)


def _instrument(part: StaffPart, number: int, channel: int) -> Any:
    from music21 import instrument

    name = printable_text(printed_name(part.name, part.instrument)) or "Part"
    name = transposed_name(name, part.instrument) if part.shift else name if part.name else "Melody"
    made = instrument.Instrument(name)
    made.partId, made.instrumentId = f"P{number}", f"P{number}-I1"
    made.partName, made.partAbbreviation = name, short_name(name)
    made.midiProgram, made.midiChannel = part.instrument.program, channel
    return made


def _one_each(channels: Sequence[int]) -> list[int]:
    """Channels that music21 does not think taken: a second part on one gets a number beyond, for `finish` to fold."""
    return [channel + 16 * (channel in channels[:place]) * (place + 1) for place, channel in enumerate(channels)]


def _part(part: StaffPart, score: Score, sheet: Sheet, *, first: bool) -> list[Any]:
    from music21 import stream

    plan, timeline = score.plan, score.timeline
    spans = bar_spans(timeline)
    keys = [written_key(timeline.key_at(index), part.shift) for index in range(len(spans))]
    symbols = _symbols(score, spans, part.shift)
    drums = part.instrument.is_drums
    staves, bars, measures = [], [], []
    for number, staff in enumerate(part.staves):
        bars.append(bars_of(staff.voices, spans, ties=not drums))
        made, written = staff_measures(bars[-1], spans, keys, symbols, drums=drums)
        measures.append(made)
        _open(made, staff.clef, timeline, keys)
        staves.append(stream.PartStaff() if len(part.staves) > 1 else stream.Part())
        for index, measure in enumerate(made):
            staves[-1].insert(quarters(spans[index].start), measure)
        add_octaves(staves[-1], written, bars[-1], staff.clef)
        if not sheet.lead:
            add_ringing(staves[-1], written, bars[-1], part.instrument)
            add_ornaments(written, bars[-1])
            # A keyboard's staves are its hands: two tracks, or one that was parted.
            instrument = plan.instruments[part.tracks[min(number, len(part.tracks) - 1)]]
            add_touch(staves[-1], written, bars[-1], score, instrument, spans)
            add_fingering(written, bars[-1], plan, instrument, shift=part.shift, below=number > 0)
    _bar_lines(measures, plan)
    if first:
        add_signs(measures[0], score, spans)
    if first and sheet.part is None and any(not track.instrument.is_drums for track in score.tracks):
        for step, symbol in _changes(plan, spans, symbols):
            bar = bar_at(spans, step)
            measures[0][bar].insert(quarters(step - spans[bar].start), chord_symbol(symbol, keys[bar]))
    if not sheet.lead:
        add_dynamics(staves, measures, bars, plan, part.instrument)
    return staves


def _open(measures: Sequence[Measure], clef: Clef, timeline: ScoreTimeline, keys: Sequence[Key]) -> None:
    """Clef, key and meter at the beginning, keys and meters where they change, and the bars' numbers."""
    from music21 import meter as m21_meter

    measures[0].insert(0, _clef(clef))
    starts = {key.bar - 1 for key in timeline.keys}
    for index, measure in enumerate(measures):
        measure.number -= timeline.pickup
        meter = timeline.shown_meter(index)
        if clef.sign != "percussion" and index in starts and (index == 0 or keys[index] != keys[index - 1]):
            measure.insert(0, _key(keys[index]))
        if index == 0 or meter != timeline.shown_meter(index - 1):
            measure.insert(0, m21_meter.TimeSignature(str(meter)))


def _clef(clef: Clef) -> Any:
    from music21 import clef as m21_clef

    if clef.sign == "percussion":
        return m21_clef.PercussionClef()
    made = {"G": m21_clef.GClef, "F": m21_clef.FClef, "C": m21_clef.CClef}[clef.sign]()
    made.line, made.octaveChange = clef.line, clef.octave
    return made


def _key(key: Key) -> Any:
    from music21 import key as m21_key

    if key.mode in _KEY_MODES:
        return m21_key.Key(key.tonic.replace("b", "-"), key.mode)
    return m21_key.KeySignature(key.fifths)


def _bar_lines(measures: Sequence[Sequence[Measure]], plan: MusicalPlan) -> None:
    """A double bar line after each section, the final one at the end."""
    from music21 import bar

    for staff in measures:
        for section in plan.sections:
            last = section.end_bar == plan.bars
            staff[section.end_bar - 1].rightBarline = bar.Barline("final" if last else "double")


def _symbols(score: Score, spans: Sequence[BarSpan], shift: int) -> list[tuple[int, str]]:
    ticks = TICKS_PER_QUARTER // STEPS_PER_QUARTER
    timeline, symbols = score.timeline, [(tick // ticks, symbol) for tick, symbol in score.chord_ticks()]
    return [(step, written_symbol(symbol, timeline.key_at(bar_at(spans, step)), shift)) for step, symbol in symbols]


def _changes(plan: MusicalPlan, spans: Sequence[BarSpan], symbols: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Chord symbols to print: where the chord changes, and where a section begins."""
    starts = {spans[section.start_bar - 1].start for section in plan.sections}
    changes: list[tuple[int, str]] = []
    for step, symbol in symbols:
        if step in starts or not changes or changes[-1][1] != symbol:
            changes.append((step, symbol))
    return changes
