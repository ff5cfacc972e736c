"""The completion of music21's MusicXML: percussion sounds, voices, transposition, systems, bar numbers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

from composer.rendering.musicxml.measures import DRUM_TAG
from composer.rendering.notation.percussion import drum_name

__all__ = ["Transpose", "finish"]

_DRUM_CHANNEL = "10"
_BEFORE_TRANSPOSE = (
    "divisions", "key", "time", "staves", "part-symbol", "instruments", "clef", "staff-details",
)  # fmt: skip
_BEFORE_INSTRUMENT = ("grace", "cue", "chord", "pitch", "unpitched", "rest", "duration", "tie")


Transpose = tuple[int, int, int]
"""Diatonic steps, semitones and octaves from written to sounding pitch."""


def finish(
    root: ET.Element,
    transpositions: Sequence[Mapping[int, Transpose]] = (),
    new_systems: Collection[int] = (),
    *,
    names: bool = True,
    pickup: bool = False,
) -> None:
    """Complete a ``score-partwise`` element in place.

    Parameters
    ----------
    root : the element.
    transpositions : one entry per part: bar from 0 -> the transposition that holds from there; empty at concert pitch.
    new_systems : bars, from 1, at which a system begins; others are left to who sets the page.
    names : print the parts' names.
    pickup : the first bar is an upbeat.
    """
    for encoding in root.iter("encoding"):
        for date in encoding.findall("encoding-date"):
            encoding.remove(date)
    for channel in root.iter("midi-channel"):
        channel.text = str((int(channel.text or 1) - 1) % 16 + 1)
    for part in root.iter("part"):
        for measure in part.iter("measure"):
            _join_tempi(measure)
            _number_voices(measure)
        _name_strokes(root, part)
    for part, transposition in zip(root.iter("part"), transpositions, strict=False):
        measures = part.findall("measure")
        for bar, transpose in transposition.items():
            _transpose(measures[bar], transpose)
    if not names:
        for name in (*root.iter("part-name"), *root.iter("part-abbreviation")):
            name.set("print-object", "no")
    if pickup:
        for measure in root.findall("part/measure[1]"):
            measure.set("implicit", "yes")
    _set_systems(root, new_systems)


def _set_systems(root: ET.Element, new_systems: Collection[int]) -> None:
    for number, measure in enumerate(root.findall("part[1]/measure"), start=1):
        if number == 1:  # bar numbers at the beginning of every system
            ET.SubElement(_print(measure), "measure-numbering").text = "system"
        elif number in new_systems:
            _print(measure).set("new-system", "yes")


def _print(measure: ET.Element) -> ET.Element:
    found = measure.find("print")
    if found is None:
        found = ET.Element("print")
        measure.insert(0, found)
    return found


def _transpose(measure: ET.Element, transposition: Transpose) -> None:
    attributes = measure.find("attributes")
    assert attributes is not None
    place = sum(child.tag in _BEFORE_TRANSPOSE for child in attributes)
    element = ET.Element("transpose")
    for tag, value in zip(("diatonic", "chromatic", "octave-change"), transposition, strict=True):
        if value or tag != "octave-change":
            ET.SubElement(element, tag).text = str(value)
    attributes.insert(place, element)


def _join_tempi(measure: ET.Element) -> None:
    """Each tempo word and its metronome mark side by side, in one direction."""
    for mark, words in list(pairwise(measure)):
        if mark.find("direction-type/metronome") is not None and words.find("direction-type/words") is not None:
            _join_tempo(measure, mark, words)


def _join_tempo(measure: ET.Element, mark: ET.Element, words: ET.Element) -> None:
    kind = words.find("direction-type")
    text = words.find("direction-type/words")
    assert kind is not None
    assert text is not None
    text.attrib.pop("default-y", None)
    metronome = mark.find("direction-type/metronome")
    assert metronome is not None
    metronome.set("parentheses", "yes")
    text.text = f"{text.text} "  # readers set the mark directly after the word
    mark.set("placement", "above")
    mark.insert(0, kind)
    measure.remove(words)


def _number_voices(measure: ET.Element) -> None:
    """1 and 2 on the upper staff, 5 and 6 on the lower one, as other programs write them."""
    numbers: dict[str, list[str]] = {}
    for note in measure.iter("note"):
        staff = note.findtext("staff", "1")
        voice = note.find("voice")
        if voice is None or voice.text is None:
            continue
        seen = numbers.setdefault(staff, [])
        if voice.text not in seen:
            seen.append(voice.text)
        voice.text = str(4 * (int(staff) - 1) + seen.index(voice.text) + 1)


# -------------------------------------------------------------------------------------- percussion


def _name_strokes(root: ET.Element, part: ET.Element) -> None:
    """Give every stroke its sound: one instrument of the part per percussion key."""
    keys = set()
    for note in part.iter("note"):
        tag, _, rest = note.get("id", "").partition("-")
        if tag != DRUM_TAG:
            continue
        key = int(rest.partition("-")[2])
        keys.add(key)
        del note.attrib["id"]
        place = sum(child.tag in _BEFORE_INSTRUMENT for child in note)
        note.insert(place, ET.Element("instrument", id=_sound_id(part, key)))
    if keys:
        score_part = next(item for item in root.iter("score-part") if item.get("id") == part.get("id"))
        _list_sounds(score_part, part, sorted(keys))


def _list_sounds(score_part: ET.Element, part: ET.Element, keys: Iterable[int]) -> None:
    for tag in ("score-instrument", "midi-instrument"):
        for old in score_part.findall(tag):
            score_part.remove(old)
    for key in keys:
        sound = ET.SubElement(score_part, "score-instrument", id=_sound_id(part, key))
        ET.SubElement(sound, "instrument-name").text = drum_name(key)
    for key in keys:
        midi = ET.SubElement(score_part, "midi-instrument", id=_sound_id(part, key))
        ET.SubElement(midi, "midi-channel").text = _DRUM_CHANNEL
        ET.SubElement(midi, "midi-unpitched").text = str(key + 1)  # MusicXML counts from 1


def _sound_id(part: ET.Element, key: int) -> str:
    return f"{part.get('id')}-K{key}"
