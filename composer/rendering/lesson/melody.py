"""The melody bar by bar: one line of notes, its rhythm, and what makes a bar worth clapping.

Conventions: steps, twelve to the quarter note, counted from the bar line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from composer.rendering.notation.meters import STEPS_PER_QUARTER, bar_steps, is_compound
from composer.rendering.notation.shorthand import abbreviated
from composer.theory import Meter
from composer.types import TICKS_PER_QUARTER, Note, Score, Track

__all__ = ["MelodyNote", "beat_steps", "counts_of", "melody_bars", "melody_track", "most_interesting", "rhythm_of"]

_TICKS_PER_STEP = TICKS_PER_QUARTER // STEPS_PER_QUARTER


@dataclass(frozen=True, slots=True, kw_only=True)
class MelodyNote:
    """A note that begins in a bar at `start` and ends at `end`, which may lie beyond the bar line.

    ``quick`` is one that begins between the steps, as thirty-seconds do; it is given to the step before.
    """

    start: int
    end: int
    pitch: int
    quick: bool = False


Bars = tuple[tuple[MelodyNote, ...], ...]
Rhythm = tuple[tuple[int, int], ...]
"""(start, end) of each note."""


def melody_track(score: Score) -> Track:
    """The part that leads: the first with that role that plays, else the first that plays notes."""
    pitched = [track for track in score.tracks if not track.instrument.is_drums and track.notes]
    leads = [track for track in pitched if track.instrument.role == "melody"]
    return (leads or pitched or list(score.tracks))[0]


def melody_bars(score: Score) -> Bars:
    """The top line of the leading part as it is written, cut where the next note begins, bar by bar."""
    length = score.plan.time.bar_steps
    bars: list[list[MelodyNote]] = [[] for _ in range(score.plan.bars)]
    top = _top_line(tuple(note for note, _ in abbreviated(melody_track(score).notes)))
    following = [note.onset for note in top[1:]] + [score.end_tick]
    for note, after in zip(top, following, strict=True):
        bar, start = divmod(note.onset // _TICKS_PER_STEP, length)
        if bar < len(bars):
            end = start + max(1, (min(note.end, after) - note.onset) // _TICKS_PER_STEP)
            quick = note.onset % _TICKS_PER_STEP > 0
            bars[bar].append(MelodyNote(start=start, end=end, pitch=note.pitch, quick=quick))
    return tuple(tuple(bar) for bar in bars)


def _top_line(notes: tuple[Note, ...]) -> list[Note]:
    highest: dict[int, Note] = {}
    for note in sorted(notes):
        highest[note.onset] = note  # sorted by pitch within an onset
    return [highest[onset] for onset in sorted(highest)]


def rhythm_of(bar: tuple[MelodyNote, ...], length: int) -> Rhythm:
    """Starts and ends of the notes that begin in a bar of `length` steps; ends stop at the bar line."""
    return tuple((note.start, min(note.end, length)) for note in bar)


def beat_steps(meter: str) -> int:
    """Length of the beat that is counted: the denominator's note."""
    return Meter.parse(meter).beat_steps


def most_interesting(bars: Bars, meter: str) -> int | None:
    """The bar (from 1) whose rhythm has most to learn from; None where nothing can be clapped.

    A bar that stands for itself, with no note tied over either bar line, with two to ten notes and no thirty-seconds.
    Different lengths, dots and notes that enter off the beat make it interesting; the first bar and the last are passed
    over.
    """
    length = bar_steps(meter)
    best: tuple[float, int] | None = None
    for index, bar in enumerate(bars):
        tied_in = index > 0 and any(note.end > length for note in bars[index - 1])
        tied_out = any(note.end > length for note in bar)
        if tied_in or tied_out or not 2 <= len(bar) <= 10 or any(note.quick for note in bar):
            continue
        interest = _interest(rhythm_of(bar, length), meter) - (0 if 0 < index < len(bars) - 1 else 2)
        if best is None or interest > best[0]:
            best = interest, index + 1
    return best[1] if best is not None else None


def _interest(rhythm: Rhythm, meter: str) -> float:
    beat = 3 * beat_steps(meter) if is_compound(meter) else beat_steps(meter)
    lengths = {end - start for start, end in rhythm}
    dotted = sum(length in (9, 18, 36) for length in lengths)
    syncopated = sum(start % beat != 0 and start // beat != (end - 1) // beat for start, end in rhythm)
    rests = sum(after[0] > before[1] for before, after in pairwise(rhythm))
    return 2.0 * len(lengths) + 1.5 * dotted + 2.0 * syncopated + rests + 0.25 * min(len(rhythm), 6)


def counts_of(rhythm: Rhythm, meter: str) -> tuple[tuple[int, int], ...]:
    """Each onset as (beat from 1, place in the beat); see `composer.rendering.lesson.tasks.RhythmTask`."""
    beat = beat_steps(meter)
    counts = []
    for start, _ in rhythm:
        number, rest = divmod(start, beat)
        place = rest * 4 // beat if rest * 4 % beat == 0 else -(rest * 3 // beat)
        counts.append((number + 1, place))
    return tuple(counts)
