"""The outline of a MIDI file, which a score prints beside its notes: title, keys, chords, sections, dynamics, tempi.

Where the whole piece is in one meter and key, what the plan found holds, but for the feeling, which nobody stated;
elsewhere keys and chords are found stretch by stretch, a stretch being bars of one meter and key signature, and the
sections are the file's markers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from composer.music.infill.parts import Segment, find_key, signature_key
from composer.music.infill.piece_analysis import segment_chords
from composer.music.infill.segments import main_tempo, usable
from composer.pipeline.midi_grid import ScoreGrid
from composer.pipeline.midi_plan import loudness, piece_title
from composer.planning.form import phrase_lengths
from composer.planning.roman import roman_of
from composer.theory import TICKS_PER_QUARTER, Meter, parse_chord
from composer.types import (
    ChordSpan,
    KeySpan,
    MusicalPlan,
    ScoreTimeline,
    Section,
    Track,
)

if TYPE_CHECKING:
    from composer.midi.piece import MidiPiece

__all__ = ["score_outline"]

_STEP = TICKS_PER_QUARTER // 12
_MICROSECONDS = 60_000_000


def score_outline(
    piece: MidiPiece, grid: ScoreGrid, tracks: Sequence[Track], plan: MusicalPlan | None, *, title: str
) -> tuple[MusicalPlan, ScoreTimeline]:
    """The outline of a score as a plan of any size, and its bars, tempi and keys.

    Parameters
    ----------
    piece, grid, tracks : the file, its bars as printed, and its parts.
    plan : what a piece would be composed from, or None; it holds where it covers all bars.
    title : as for `composer.pipeline.midi_plan.plan_of_piece`.
    """
    keys = _keys(piece, grid)
    timeline = ScoreTimeline(bars=grid.bars, tempi=tuple(_tempi(piece, grid)), keys=keys, pickup=grid.pickup)
    covered = plan is not None and plan.bars == len(grid.bars) and len(keys) == 1 and not grid.replaced
    covered = covered and plan is not None and all(bar.meter == plan.time for bar in grid.bars)
    covered = covered and plan is not None and plan.key == keys[0].key
    instruments = tuple(track.instrument for track in tracks)
    dynamics = tuple(_dynamics(piece, grid))
    if covered and plan is not None:
        bpm = timeline.tempi[0][1] if len(timeline.tempi) == 1 else plan.tempo_bpm
        outline = replace(plan, instruments=instruments, dynamics=dynamics, tempo_bpm=bpm)
        return (outline if piece.own is not None else replace(outline, valence=0.0, arousal=0.0)), timeline
    outline = MusicalPlan(
        title=title or piece_title(piece),
        tonic=keys[0].key.tonic,
        mode=keys[0].key.mode,
        tempo_bpm=main_tempo(piece, piece.bars[0].start, piece.bars[-1].end),
        meter=_main_meter(timeline),
        bars=len(grid.bars),
        sections=tuple(_sections(piece, grid)),
        chords=tuple(_chords(piece, grid, timeline)),
        instruments=instruments,
        dynamics=dynamics,
        articulation=plan.articulation if plan is not None else 1.0,
        valence=plan.valence if plan is not None and piece.own is not None else 0.0,
        arousal=plan.arousal if plan is not None and piece.own is not None else 0.0,
        caption=piece.own.caption if piece.own is not None else "",
        subdivision=plan.subdivision if plan is not None else "duple",
    )
    return outline, timeline


def _main_meter(timeline: ScoreTimeline) -> str:
    """The meter that most of the time is in."""
    lengths: dict[str, int] = {}
    for bar in timeline.bars:
        lengths[str(bar.meter)] = lengths.get(str(bar.meter), 0) + bar.length
    return max(lengths, key=lambda meter: lengths[meter])


# ---------------------------------------------------------------------------------------------- tempo


def _tempi(piece: MidiPiece, grid: ScoreGrid) -> Iterator[tuple[int, float]]:
    """(tick of the score, quarter notes per minute) of every change."""
    start, last = piece.bars[0].start, 0.0
    places = {start: piece.tempo_at(start)} | {tick: bpm for tick, bpm in piece.tempi if tick > start}
    end = grid.bars[-1].end
    for tick, exact in sorted(places.items()):
        place, bpm = round(grid.step(tick) * _STEP), _plain(exact)
        if place < end and bpm != last:
            yield place, bpm
            last = bpm


def _plain(bpm: float) -> float:
    """The shortest number that is as many microseconds to the quarter note: 98 for 98.00001."""
    microseconds = round(_MICROSECONDS / bpm)
    for digits in range(6):
        short = round(bpm, digits)
        if short > 0 and round(_MICROSECONDS / short) == microseconds:
            return float(short)
    return bpm


# ------------------------------------------------------------------------------------ keys and chords


def _span(start: int, end: int) -> Segment:
    """Ticks as a segment of one bar, whatever meters they are in."""
    return Segment(
        first=0, bars=1, low=0, high=0, meter=Meter.parse("4/4"), steps=1, start_tick=start, bar_ticks=end - start,
        tempo_bpm=120.0, ends_piece=False,
    )  # fmt: skip


def _keys(piece: MidiPiece, grid: ScoreGrid) -> tuple[KeySpan, ...]:
    """The keys that the file states; where that is none, or only what every program writes (C), those of the notes."""
    start, end = piece.bars[0].start, piece.bars[-1].end
    before = [fifths for tick, fifths in piece.signatures if tick <= start][-1:]
    stated = [(start, before[0])] if before else []
    stated += [(tick, fifths) for tick, fifths in piece.signatures if start < tick < end]
    changes: dict[int, tuple[int, int]] = {}
    for tick, fifths in stated:
        changes[grid.bar_near(tick) if tick > start else 0] = (tick, fifths)
    runs = [(bar, *change) for bar, change in sorted(changes.items())]
    runs = [run for index, run in enumerate(runs) if not index or run[2] != runs[index - 1][2]]
    if piece.own is not None or not runs or (len(runs) == 1 and not runs[0][2]):
        key = find_key(piece, _span(start, end))
        return (KeySpan(bar=1, key=key),)
    keys = []
    if runs[0][0]:
        key = find_key(piece, _span(start, runs[0][1]))
        keys.append(KeySpan(bar=1, key=key))
    for (bar, tick, fifths), after in zip(runs, [*(run[1] for run in runs[1:]), end], strict=True):
        keys.append(KeySpan(bar=bar + 1, key=signature_key(piece, max(tick, start), after, fifths)))
    return tuple(keys)


def _chords(piece: MidiPiece, grid: ScoreGrid, timeline: ScoreTimeline) -> Iterator[ChordSpan]:
    """The chords of all stretches that can be analysed; the first bar has the tonic where it has none."""
    found: list[ChordSpan] = []
    for first, last in _stretches(piece, grid, timeline):
        found += _of_stretch(piece, grid, timeline, first, last)
    if not found or (found[0].bar, found[0].beat) != (1, 1):
        key = timeline.keys[0].key
        symbol = key.tonic + ("m" if key.minor else "")
        roman = roman_of(parse_chord(symbol), key)
        found.insert(0, ChordSpan(bar=1, beat=1, symbol=symbol, roman=roman))
    yield from found


def _stretches(piece: MidiPiece, grid: ScoreGrid, timeline: ScoreTimeline) -> Iterator[tuple[int, int]]:
    """First and last bar of the file, from 0, of each stretch in one meter and key that can be analysed."""
    keys = [timeline.key_at(grid.bar_near(bar.start)) for bar in piece.bars]
    first = 0
    for number in range(1, len(piece.bars) + 1):
        here = piece.bars[first]
        if number < len(piece.bars) and usable(here):
            there = piece.bars[number]
            if there.meter == here.meter and usable(there) and keys[number] == keys[first]:
                continue
        if usable(here):
            yield first, number - 1
        first = number


def _of_stretch(
    piece: MidiPiece, grid: ScoreGrid, timeline: ScoreTimeline, first: int, last: int
) -> Iterator[ChordSpan]:
    here = piece.bars[first]
    meter = Meter.parse(here.meter)
    segment = Segment(
        first=first, bars=last - first + 1, low=0, high=last - first, meter=meter, steps=meter.bar_steps,
        start_tick=here.start, bar_ticks=here.length, tempo_bpm=120.0, ends_piece=last + 1 == len(piece.bars),
    )  # fmt: skip
    offset = grid.bar_near(here.start)
    key = timeline.key_at(offset)
    for bar, beat, chord in segment_chords(piece, segment):
        symbol = key.chord_symbol(chord.root, chord.quality, bass=chord.bass)
        roman = roman_of(parse_chord(symbol), key)
        yield ChordSpan(bar=offset + bar + 1, beat=beat, symbol=symbol, roman=roman)


# ----------------------------------------------------------------------------------- form and loudness


def _sections(piece: MidiPiece, grid: ScoreGrid) -> Iterator[Section]:
    """The file's markers, each at the bar line nearest to it; without any, one section without a name."""
    marks = {grid.bar_near(tick): " ".join(text.split()) for tick, text in _markers(piece)}
    starts = sorted({0, *marks})
    used: set[str] = set()
    for first, after in pairwise([*starts, len(grid.bars)]):
        name, number = marks.get(first, ""), 2
        while name in used and name:
            name, number = f"{marks[first]} {number}", number + 1
        used.add(name)
        yield Section(name=name, start_bar=first + 1, bars=after - first, phrases=tuple(phrase_lengths(after - first)))


def _markers(piece: MidiPiece) -> Iterator[tuple[int, str]]:
    start, end = piece.bars[0].start, piece.bars[-1].end
    before = [text for tick, text in piece.markers if tick < start and text.strip()][-1:]
    yield from ((start, text) for text in before)
    yield from ((tick, text) for tick, text in piece.markers if start <= tick < end and text.strip())


def _dynamics(piece: MidiPiece, grid: ScoreGrid) -> Iterator[float]:
    """Mean loudness of each bar of the score; a bar without onsets keeps the one before."""
    sums, counts = [0] * len(grid.bars), [0] * len(grid.bars)
    starts = [bar.start // _STEP for bar in grid.bars]
    for voice in piece.voices:
        for note in voice.notes:
            bar = max(0, bisect_right(starts, grid.step(note.onset)) - 1)
            sums[bar] += note.velocity
            counts[bar] += 1
    last = sum(sums) / sum(counts)
    for total, count in zip(sums, counts, strict=True):
        last = total / count if count else last
        yield round(loudness(last), 3)
