"""Drum kits in a MIDI file: channel 10, and the other channels that a file turns into one.

Sources: *General MIDI Level 2*, MMA RP-024 (1999), bank 120; *XG Specifications*, Yamaha (1994), banks 126 and 127 and
the part mode; *GS Format*, Roland (1991), "use for rhythm part". A bank of 128, as soundfonts count, cannot be written
in MIDI and is by some programs. Where nothing else is said, a track named «Drums» and nothing more holds drums.

Conventions
-----------
* Channels count from 0; channel 9 of either port is a kit unless the file says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from composer.midi.events import MidiEvent

__all__ = ["Kits", "is_drum_name", "read_kits"]

_DRUM_CHANNEL = 9
_CONTROL, _SYSEX, _BANK = 0xB0, 0xF0, 0
_GM2_KIT, _XG_KITS = 120, (126, 127)
_GS_RESET = re.compile(rb"\x41.\x42\x12\x40\x00\x7f\x00", re.DOTALL)
_GS_RHYTHM = re.compile(rb"\x41.\x42\x12\x40([\x10-\x1f])\x15([\x00-\x7f])", re.DOTALL)
_XG_MODE = re.compile(rb"\x43[\x10-\x1f]\x4c\x08([\x00-\x0f])\x07([\x00-\x7f])", re.DOTALL)
_DRUM_WORDS = frozenset(
    """drum drums drumkit drumset drumtrack perc percussion percussions perkussion schlagzeug schlagwerk slagwerk
    trommel trommeln batterie bateria batería batteria percusión percussioni ударные ドラム ドラムス パーカッション
    """.split()  # noqa: SIM905 - a list of words, not of strings
)
_OTHER_WORDS = frozenset(
    """kit set track part standard std acoustic electric electronic rock pop jazz power room brush brushes orchestra
    orchestral main midi gm gs xg hand latin african live studio the and
    """.split()  # noqa: SIM905
)
_KIT_NAMES = frozenset(("kit", "standard kit", "kit standard"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kits:
    """What a file says of drum kits.

    ``banks`` are bank selects as (tick, track, channel, bank), ``modes`` what system exclusive messages say, as (tick,
    channel, drums or not), ``names`` the tracks whose name says drums.
    """

    banks: tuple[tuple[int, int, int, int], ...]
    modes: tuple[tuple[int, int, bool], ...]
    names: frozenset[int]
    gs: bool

    def plays(self, track: int, channel: int, tick: int, *, alone: bool) -> bool:
        """Whether a channel of a track is a drum kit at a tick; ``alone`` says that the track has no other channel."""
        modes = [drums for at, on, drums in self.modes if on == channel and at <= tick]
        if modes:
            return modes[-1]
        if channel % 16 == _DRUM_CHANNEL:
            return True
        banks = [(at, by == track, bank) for at, by, on, bank in self.banks if on == channel and at <= tick]
        own = [bank for _, own, bank in banks if own] or [bank for _, _, bank in banks]
        if own and (own[-1] == _GM2_KIT or (own[-1] in _XG_KITS and not self.gs)):
            return True
        return alone and track in self.names


def read_kits(tracks: Iterable[Iterable[MidiEvent]], names: Iterable[str]) -> Kits:
    """The kits that tracks of events, with these names, speak of."""
    banks: list[tuple[int, int, int, int]] = []
    modes: list[tuple[int, int, bool]] = []
    gs = False
    for number, events in enumerate(tracks):
        for event in events:
            if event.status == _CONTROL and event.data[0] == _BANK:
                banks.append((event.tick, number, event.channel, event.data[1]))
            elif event.status == _SYSEX:
                gs = gs or _GS_RESET.match(event.data) is not None
                if mode := _mode(event.data):
                    modes.append((event.tick, *mode))
    return Kits(
        banks=tuple(sorted(banks, key=lambda item: item[:2])),
        modes=tuple(sorted(modes, key=lambda item: item[0])),
        names=frozenset(number for number, name in enumerate(names) if is_drum_name(name)),
        gs=gs,
    )


def _mode(data: bytes) -> tuple[int, bool] | None:
    """(channel, drums or not) that a system exclusive message sets."""
    if match := _GS_RHYTHM.match(data):
        block = match[1][0] & 0x0F  # part 10 comes first
        return (_DRUM_CHANNEL if block == 0 else block - 1 if block <= _DRUM_CHANNEL else block), match[2][0] > 0
    if match := _XG_MODE.match(data):
        return match[1][0], match[2][0] > 0
    return None


def is_drum_name(name: str) -> bool:
    """Whether a track's name says drums and nothing else: «Drums», «Drum Kit 2», «Schlagzeug», not «Steel Drums»."""
    words = re.findall(r"[^\W\d_]+", name.lower())
    drums = any(word in _DRUM_WORDS for word in words) or " ".join(words) in _KIT_NAMES
    return drums and all(word in _DRUM_WORDS or word in _OTHER_WORDS for word in words)
