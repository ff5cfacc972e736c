"""The names in front of the staves: an instrument's name as scores print it, and its short form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from composer.gm import DRUM_KIT, HARP, INSTRUMENTS
from composer.types import Instrument

__all__ = ["families", "printed_name", "short_name", "transposed_name"]

_PRINTED = {
    0: "Piano", 1: "Piano", 6: "Harpsichord", 19: "Organ", 24: "Guitar", 25: "Guitar", 32: "Bass", 43: "Double Bass",
    46: "Harp", 48: "Strings", 49: "Strings", 52: "Choir", 53: "Voices", 60: "Horn",
}  # fmt: skip
"""Programs whose General MIDI name says more than a score does."""
_SHORT = {
    "Piano": "Pno.", "Harpsichord": "Hpd.", "Celesta": "Cel.", "Glockenspiel": "Glock.", "Vibraphone": "Vib.",
    "Marimba": "Mar.", "Xylophone": "Xyl.", "Organ": "Org.", "Accordion": "Acc.", "Guitar": "Gtr.", "Bass": "Bs.",
    "Double Bass": "Db.", "Violin": "Vln.", "Viola": "Vla.", "Cello": "Vc.", "Harp": "Hp.", "Timpani": "Timp.",
    "Strings": "Str.", "Choir": "Ch.", "Voices": "V.", "Trumpet": "Tpt.", "Trombone": "Tbn.", "Tuba": "Tba.",
    "Horn": "Hn.", "Soprano Sax": "S. Sx.", "Alto Sax": "A. Sx.", "Tenor Sax": "T. Sx.", "Baritone Sax": "B. Sx.",
    "Oboe": "Ob.", "English Horn": "E. Hn.", "Bassoon": "Bsn.", "Clarinet": "Cl.", "Piccolo": "Picc.", "Flute": "Fl.",
    "Recorder": "Rec.", "Pan Flute": "P. Fl.", "Shakuhachi": "Shak.", "Koto": "Koto", "Fiddle": "Fdl.",
    "Drums": "Dr.", "Descant Recorder": "Rec.", "Soprano": "S.", "Mezzo-Soprano": "Mez.", "Alto": "A.", "Tenor": "T.",
    "Baritone": "Bar.",
}  # fmt: skip


def printed_name(name: str, instrument: Instrument) -> str:
    """``"Acoustic Grand Piano"`` as ``"Piano"``; a number or a name of the person's own stays."""
    general = DRUM_KIT.name if instrument.is_drums else INSTRUMENTS[instrument.program].name
    match = re.fullmatch(re.escape(general) + r"( \d+)?", name)
    if match is None or instrument.is_drums:
        return name or general
    return _PRINTED.get(instrument.program, general) + (match.group(1) or "")


def short_name(printed: str) -> str:
    """The short form for later systems, its number kept."""
    match = re.fullmatch(r"(.*?)(?: in [A-G]♭?)?( \d+| [IVX]+)?", printed)
    base, number = (match.group(1), match.group(2) or "") if match else (printed, "")
    return _SHORT.get(base, base if len(base) <= 5 else f"{base[:4].rstrip()}.") + number


_NAMED_BY_KEY = {56: "B♭", 59: "B♭", 60: "F", 71: "B♭"}
"""Programs whose written parts name the key: trumpets, horn, clarinet."""


def transposed_name(printed: str, instrument: Instrument) -> str:
    """``"Clarinet 2"`` as ``"Clarinet in B♭ 2"``, where the player's part says so."""
    key = _NAMED_BY_KEY.get(instrument.program)
    match = re.fullmatch(r"(.*?)( \d+)?", printed)
    return f"{match.group(1)} in {key}{match.group(2) or ''}" if key is not None and match is not None else printed


_SECTIONS = {"strings": "strings", "reed": "wood", "pipe": "wood", "brass": "brass"}
_TIMPANI = 47


def families(instruments: Sequence[Instrument]) -> Iterator[tuple[int, int]]:
    """First and last index of neighbours that a bracket holds together: strings, woodwind, brass; drums apart."""

    def family(index: int) -> str:
        part = instruments[index]
        if part.is_drums or part.program in (HARP, _TIMPANI):
            return ""
        return _SECTIONS.get(INSTRUMENTS[part.program].family, "")

    for name, group in groupby(range(len(instruments)), key=family):
        members = list(group)
        if name and len(members) > 1:
            yield members[0], members[-1]
