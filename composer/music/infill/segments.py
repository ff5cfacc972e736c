"""The segment of a MIDI file that is looked at: its bars, and what time is like in them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from composer.errors import MidiError, UsageError
from composer.midi.piece import Bar, MidiPiece, Voice
from composer.music.infill.parts import Segment, writable_meter
from composer.music.tokens import GRID
from composer.theory import Meter
from composer.types import MAX_BARS, TEMPO_RANGE

__all__ = ["longest_segment", "main_tempo", "off_grid", "tempo_changes", "usable"]


def usable(bar: Bar) -> bool:
    """Whether a bar is whole and in a meter that can be composed."""
    return bar.whole and writable_meter(bar.meter) is not None


def _longest_run(piece: MidiPiece, wanted: tuple[int, int] | None) -> tuple[int, int]:
    """First and last bar, from 0, of the longest run in one meter; the earliest of several."""
    first, last = wanted or (1, len(piece.bars))
    if not 1 <= first <= last <= len(piece.bars):
        raise UsageError(
            f"bars {first}-{last} do not lie in the piece, which has {len(piece.bars)} bars",
            hint=f"choose bars from 1 to {len(piece.bars)}",
        )
    best, start = (0, -1), first - 1
    for number in range(first - 1, last):
        if not usable(piece.bars[number]):
            start = number + 1
            continue
        if number > start and piece.bars[number].meter != piece.bars[start].meter:
            start = number
        if number - start > best[1] - best[0]:
            best = (start, number)
    if best[1] < best[0]:
        raise MidiError(
            f"no bar of the MIDI file is in a meter that can be composed; found {piece.bars[first - 1].meter}",
            hint="allowed: unit 2, 4 or 8, at most eight quarter notes in a bar",
        )
    return best[0], min(best[1], best[0] + MAX_BARS - 1)


def longest_segment(piece: MidiPiece, bars: tuple[int, int] | None) -> Segment:
    """The longest run of bars in one meter that can be composed, within ``bars`` (from 1); at most `MAX_BARS`.

    Raises
    ------
    UsageError
        The bars lie outside the piece.
    MidiError
        No bar is in such a meter.
    """
    first, last = _longest_run(piece, bars)
    start, end = piece.bars[first].start, piece.bars[last].end
    meter = Meter.parse(piece.bars[first].meter)
    return Segment(
        first=first,
        bars=last - first + 1,
        low=0,
        high=last - first,
        meter=meter,
        steps=meter.bar_steps,
        start_tick=start,
        bar_ticks=piece.bars[first].length,
        tempo_bpm=min(max(main_tempo(piece, start, end), TEMPO_RANGE[0]), TEMPO_RANGE[1]),
        ends_piece=last + 1 == len(piece.bars),
    )


def _spans(piece: MidiPiece, start: int, end: int) -> list[tuple[float, int]]:
    """Tempi between two ticks as (quarter notes per minute, ticks)."""
    places = [start, *sorted({tick for tick, _ in piece.tempi if start < tick < end}), end]
    return [(piece.tempo_at(low), high - low) for low, high in pairwise(places)]


def main_tempo(piece: MidiPiece, start: int, end: int) -> float:
    """The tempo between two ticks: the median, so that neither a ritardando nor a held last note decides."""
    spans = sorted(_spans(piece, start, end))
    half, passed = (end - start) / 2, 0
    for bpm, ticks in spans:
        passed += ticks
        if passed >= half:
            return round(bpm, 2)
    return 120.0


def tempo_changes(piece: MidiPiece, segment: Segment, end: int) -> bool:
    """Whether the tempo leaves the segment's by more than 3 % before the tick ``end``."""
    return any(abs(bpm / segment.tempo_bpm - 1) > 0.03 for bpm, _ in _spans(piece, segment.start_tick, end))


def off_grid(voices: Sequence[Voice], segment: Segment, end: int) -> float:
    """Mean distance of onsets before the tick ``end`` from sixteenths and triplets, in quarter notes."""
    onsets = np.array([n.onset for v in voices for n in v.notes if segment.start_tick <= n.onset < end], dtype=float)
    quarters = (onsets - segment.start_tick) * segment.steps / segment.bar_ticks / GRID
    grids = np.stack([np.abs(quarters * grid - np.round(quarters * grid)) / grid for grid in (4, 3)])
    return float(grids.min(axis=0).mean())
