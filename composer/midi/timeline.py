"""Time in a MIDI file: tempo, meter, key signatures, and the bars and seconds that follow from them.

Conventions
-----------
* Ticks are the file's own. Without a tempo it is 120 quarter notes a minute, without a time signature 4/4.
* An event that says nothing possible (a meter of 0/4, a key of eight sharps, too few bytes) is passed over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from composer.midi.chunks import BrokenError
from composer.midi.events import META, MidiEvent
from composer.midi.repairs import RepairList

__all__ = ["Bar", "Timeline", "read_timeline"]

_TEMPO, _METER, _KEY = 0x51, 0x58, 0x59
_DEFAULT_TEMPO_US = 500_000
_MAX_BARS = 20_000
_FINEST_UNIT = 6
"""Sixty-fourths: the power of two that a time signature's unit is."""
_MOST_ACCIDENTALS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar in ticks; ``whole`` is False where a change of meter cuts it short."""

    start: int
    length: int
    meter: str
    whole: bool

    @property
    def end(self) -> int:
        """Tick of the next bar line."""
        return self.start + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Tempo, meter and keys as they are stated, each in time order.

    Attributes
    ----------
    resolution : ticks per quarter note.
    tempi : (tick, microseconds per quarter note).
    meters : (tick, beats, unit).
    signatures : (tick, sharps or, below 0, flats, minor).
    """

    resolution: int
    tempi: tuple[tuple[int, int], ...]
    meters: tuple[tuple[int, int, int], ...]
    signatures: tuple[tuple[int, int, bool], ...]

    def seconds(self) -> Callable[[int], float]:
        """Seconds from the beginning of a tick; to be asked for ticks in rising order."""
        changes = deque(self.tempi)
        at, passed, tempo = 0, 0.0, _DEFAULT_TEMPO_US

        def until(tick: int) -> float:
            nonlocal at, passed, tempo
            while changes and changes[0][0] <= tick:
                passed += (changes[0][0] - at) * tempo / (self.resolution * 1e6)
                at, tempo = changes.popleft()
            return passed + (tick - at) * tempo / (self.resolution * 1e6)

        return until

    def seconds_at(self, tick: int) -> float:
        """Seconds from the beginning of one tick."""
        return self.seconds()(tick)

    def bars(self, last_tick: int) -> Iterator[Bar]:
        """Bars from the beginning through the one that holds ``last_tick``.

        Raises
        ------
        BrokenError
            There are more than 20,000.
        """
        changes = {0: (4, 4)} | {tick: (beats, unit) for tick, beats, unit in self.meters}
        starts = sorted(changes)
        starts = [0] + [tick for before, tick in pairwise(starts) if changes[before] != changes[tick]]
        tick = count = 0
        for place, start in enumerate(starts):
            beats, unit = changes[start]
            length = max(1, beats * 4 * self.resolution // unit)
            exact = beats * 4 * self.resolution % unit == 0
            cut = place + 1 < len(starts) and starts[place + 1] <= last_tick
            stop = starts[place + 1] if cut else last_tick + 1
            while tick < stop:
                end = min(tick + length, stop) if cut else tick + length
                yield Bar(start=tick, length=end - tick, meter=f"{beats}/{unit}", whole=exact and end - tick == length)
                tick = end
                count += 1
                if count > _MAX_BARS:
                    raise BrokenError(f"it is longer than the {_MAX_BARS} bars that are read at most")

    def bar_starts(self, last_tick: int) -> list[int]:
        """The ticks of the bar lines through ``last_tick``.

        Raises
        ------
        BrokenError
            As `bars`.
        """
        return [bar.start for bar in self.bars(last_tick)]


def read_timeline(
    tracks: Sequence[Sequence[MidiEvent]], resolution: int, repairs: RepairList, *, fixed_tempo_us: int | None = None
) -> Timeline:
    """Time as the tracks' events state it, in whichever track they are.

    Parameters
    ----------
    tracks : events of each track.
    resolution : ticks per quarter note.
    repairs : takes the events that are passed over.
    fixed_tempo_us : the tempo of a file in film frames, in which tempo events mean nothing.
    """
    tempi: list[tuple[int, int]] = [] if fixed_tempo_us is None else [(0, fixed_tempo_us)]
    meters: list[tuple[int, int, int]] = []
    keys: list[tuple[int, int, bool]] = []
    found = [(e.tick, n, e) for n, t in enumerate(tracks, start=1) for e in t if e.status == META and e.kind in _READ]
    for tick, track, event in sorted(found, key=lambda item: item[:2]):
        name, data = _READ[event.kind], event.data
        if event.kind == _TEMPO and (len(data) < 3 or not any(data[:3])):
            repairs.add(f"{name} that says nothing possible is passed over", track=track, tick=tick)
        elif event.kind == _TEMPO and fixed_tempo_us is None:
            tempi.append((tick, int.from_bytes(data[:3])))
        elif event.kind == _METER and (meter := _meter(data)):
            meters.append((tick, *meter))
        elif event.kind == _KEY and (key := _key(data)):
            keys.append((tick, *key))
        elif event.kind != _TEMPO:
            repairs.add(f"{name} that says nothing possible is passed over", track=track, tick=tick)
    return Timeline(resolution=resolution, tempi=tuple(tempi), meters=tuple(meters), signatures=tuple(keys))


_READ = {_TEMPO: "a tempo", _METER: "a time signature", _KEY: "a key signature"}


def _meter(data: bytes) -> tuple[int, int] | None:
    if len(data) < 2 or data[0] == 0 or data[1] > _FINEST_UNIT:
        return None
    return data[0], 2 ** data[1]


def _key(data: bytes) -> tuple[int, bool] | None:
    if len(data) < 2 or data[1] > 1:
        return None
    sharps = int.from_bytes(data[:1], signed=True)
    return (sharps, data[1] == 1) if abs(sharps) <= _MOST_ACCIDENTALS else None
