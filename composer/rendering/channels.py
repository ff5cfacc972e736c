"""The channels that parts play on: MIDI's sixteen, and sixteen more on a second port.

Channels count from 0, so the drum channel is 9; those of the second port are 16..31. A file holds the port as a meta
event of the track. Programs that do not know it still keep the track's own program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from composer.types import Instrument, Note, Score

__all__ = ["DRUM_CHANNEL", "assign_channels", "separate_unisons"]

DRUM_CHANNEL = 9
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)


def assign_channels(instruments: Sequence[Instrument]) -> tuple[int, ...]:
    """The channel of each part: drums on 9, the others on 0..8 and 10..15 in score order.

    A sixteenth melodic part shares the channel of an earlier part with the same program; where there is none, it plays
    on the second port, and further ones on further ports.
    """
    melodic = [index for index, instrument in enumerate(instruments) if not instrument.is_drums]
    sharing = _shared(instruments, melodic, len(melodic) - len(_MELODIC_CHANNELS))
    channels = [DRUM_CHANNEL] * len(instruments)
    free = (channel + 16 * port for port in count() for channel in _MELODIC_CHANNELS)
    for index in melodic:
        channels[index] = channels[sharing[index]] if index in sharing else next(free)
    return tuple(channels)


def _shared(instruments: Sequence[Instrument], melodic: Sequence[int], surplus: int) -> dict[int, int]:
    """Part -> the earlier part whose channel it takes, for `surplus` parts; the last ones give way."""
    sharing: dict[int, int] = {}
    for index in reversed(melodic):
        if len(sharing) >= surplus:
            break
        program = instruments[index].program
        first = next(other for other in melodic if instruments[other].program == program)
        if first != index:
            sharing[index] = first
    return sharing


def separate_unisons(score: Score, channels: Sequence[int]) -> list[Sequence[Note]]:
    """The notes of each part, with no pitch sounding twice at a time in a channel that parts share.

    Parts on one channel are one synthesiser voice per pitch: where they meet in a unison, the earlier note gives way
    to the later one, and of notes that start together only the first part's is written; the sound lasts as long.
    """
    parts: list[Sequence[Note]] = [track.notes for track in score.tracks]
    for channel in set(channels):
        sharing = [index for index, other in enumerate(channels) if other == channel]
        if len(sharing) > 1:
            for index, notes in zip(sharing, _untangle([parts[index] for index in sharing]), strict=True):
                parts[index] = notes
    return parts


def _untangle(parts: Sequence[Sequence[Note]]) -> list[list[Note]]:
    kept: list[list[Note]] = [[] for _ in parts]
    sounding: dict[int, tuple[int, int]] = {}  # pitch -> (part, index in kept) of its latest note
    for part, note in sorted(((p, n) for p, notes in enumerate(parts) for n in notes), key=_by_onset):
        new = note
        if note.pitch in sounding:
            owner, index = sounding[note.pitch]
            old = kept[owner][index]
            if old.onset == note.onset:
                kept[owner][index] = replace(old, duration=max(old.duration, note.duration))
                continue
            # Between tracks the order of events at one tick is the reader's choice: leave a tick between the notes.
            gap = 1 if owner != part else 0
            if old.end > note.onset - gap:
                kept[owner][index] = replace(old, duration=max(1, note.onset - old.onset - gap))
                new = replace(note, duration=max(note.end, old.end) - note.onset)
        sounding[note.pitch] = (part, len(kept[part]))
        kept[part].append(new)
    return kept


def _by_onset(item: tuple[int, Note]) -> tuple[int, int, int]:
    part, note = item
    return note.onset, note.pitch, part
