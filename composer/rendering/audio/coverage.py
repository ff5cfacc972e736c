"""Notes for which a soundfont has no sample, and who plays them instead.

A font may have gaps: TimGM6mb has no whistle above F#5 and no alto saxophone on E4, and FluidSynth plays silence there.
A part that would fall silent is given to the nearest relative that has all of its notes, and the result says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from composer.gm import INSTRUMENTS
from composer.midi.playback import CONTROL, NOTE_ON, PROGRAM, MidiEvents
from composer.rendering.audio.synthesizer_choice import open_synthesizer
from composer.rendering.mix import ROOMS

__all__ = ["with_sound"]

_RELATIVES = {78: (72, 73), 65: (66, 64), 72: (73,), 9: (14, 8), 13: (12,)}
"""Who stands in first: piccolo for whistle, tenor for alto saxophone ..."""
_BANKS = (0, 32)

_log = logging.getLogger(__name__)


def with_sound(events: MidiEvents, font: Path) -> tuple[MidiEvents, tuple[str, ...]]:
    """The events with programs that the font can play, and what was exchanged, in words.

    Drums, channels that choose a bank, and notes that no relative has either stay as they are.

    Raises
    ------
    AssetError, ExternalToolError
        No synthesiser is installed, or it cannot load the font.
    """
    used = _used(events)
    exchanged: dict[tuple[int, int], int] = {}
    with open_synthesizer(font, ROOMS["solo"]) as synthesizer:
        for (channel, program), pitches in used.items():
            if all(synthesizer.has_sound(program, pitch) for pitch in sorted(pitches)):
                continue
            for other in _candidates(program):
                if all(synthesizer.has_sound(other, pitch) for pitch in sorted(pitches)):
                    exchanged[channel, program] = other
                    break
    if not exchanged:
        return events, ()
    words = sorted(
        {f"{INSTRUMENTS[old].name}: played by {INSTRUMENTS[new].name}" for (_, old), new in exchanged.items()}
    )
    for word in words:
        _log.warning("%s, because the soundfont %r lacks some of its notes", word, font.name)
    changed = tuple(
        replace(event, first=exchanged.get((event.channel, event.first), event.first))
        if event.kind == PROGRAM
        else event
        for event in events.events
    )
    return replace(events, events=changed), tuple(words)


def _used(events: MidiEvents) -> dict[tuple[int, int], set[int]]:
    """(channel, program) -> pitches, for pitched channels without banks."""
    programs: dict[int, int] = {}
    banked: set[int] = set()
    used: dict[tuple[int, int], set[int]] = {}
    for event in events.events:
        if event.kind == PROGRAM:
            programs[event.channel] = event.first
        elif event.kind == CONTROL and event.first in _BANKS and event.second:
            banked.add(event.channel)
        elif event.kind == NOTE_ON and not events.parts[event.part].is_drums and event.channel in programs:
            used.setdefault((event.channel, programs[event.channel]), set()).add(event.first)
    return {place: pitches for place, pitches in used.items() if place[0] not in banked}


def _candidates(program: int) -> Iterator[int]:
    """Relatives first, then the family, nearest first."""
    named = _RELATIVES.get(program, ())
    yield from named
    first = program // 8 * 8
    family = sorted(range(first, first + 8), key=lambda other: (abs(other - program), other))
    yield from (other for other in family if other != program and other not in named)
