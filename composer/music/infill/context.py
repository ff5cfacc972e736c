"""Bars to be written between bars that are there: the layout, with conditions measured from the neighbours.

What a plan says when a piece is composed is measured here instead: chords and phrases from the notes (or from what
Composer wrote into the file), register, density and polyphony of a part from its bars close by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from composer.gm import INSTRUMENTS
from composer.midi.piece import OwnFacts
from composer.music.analysis import bar_chords, measure_part, phrase_lengths
from composer.music.blocks import Block, GridNote, Harmony, Layout
from composer.music.infill.parts import GridPart, Segment, grid_bars
from composer.music.layers import MODE_CODES
from composer.music.layout import KNOWN_FAMILIES, harmony_conditions, harmony_over
from composer.music.tokens import (
    BAR_CYCLE,
    CHORD_CLASSES,
    CONDITIONS,
    GRID,
    ROLE_CODES,
    ChordCode,
    density_code,
    duration_index,
    meter_code,
    register_code,
    spread_code,
    tempo_code,
)
from composer.theory import ChordSymbol, Key

__all__ = ["Echo", "InfillContext", "lay_out_region", "measured_harmonies", "measured_phrases", "tonic_harmony"]

IntArray = NDArray[np.int64]
Echo = tuple[int | None, int]
"""The bar of the same part that is taken up, or None, and how closely (1 rhythm, 2 contour, 3 notes)."""

_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
_NEAR = 8
"""Bars before and after the region from which a part's manner is taken."""
_SPAN = 14
"""Semitones that a part may use at least: every pitch class must be playable."""
_UPPER = ("melody", "counter")


@dataclass(frozen=True, slots=True, kw_only=True)
class InfillContext:
    """What is to be written, and what it stands in.

    Attributes
    ----------
    segment, key, parts : the surroundings; parts in decoding order.
    harmonies : chords of the segment's bars.
    phrase_left : bars until the phrase closes, from 1; 0 unknown.
    bars_left : bars until the piece closes, from 1.
    echoes : (part, bar) -> what a block to be written takes up.
    drawn : the blocks to be written, as (part, bar).
    """

    segment: Segment
    key: Key
    parts: tuple[GridPart, ...]
    harmonies: tuple[tuple[Harmony, ...], ...]
    phrase_left: tuple[int, ...]
    bars_left: tuple[int, ...]
    echoes: Mapping[tuple[int, int], Echo]
    drawn: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """How a part plays nearby: onsets a bar, notes at once, range, and where in it."""

    onsets: float
    at_once: int
    monophonic: bool
    low: int
    high: int
    centre: float
    spread: float


# ------------------------------------------------------------------------------- harmony and phrases


def measured_harmonies(
    segment: Segment, key: Key, parts: list[GridPart], own: OwnFacts | None
) -> list[tuple[Harmony, ...]]:
    """Chords of every bar of the segment that lies within the piece; a bar without any keeps the chord before it."""
    if own is not None:
        return _written_harmonies(segment, key, own)
    rows = [(0, onset, end, pitch + key.canonical_shift) for part in parts for onset, end, pitch in part.rows.tolist()]
    codes = bar_chords(np.array(sorted(rows), dtype=np.int64).reshape(-1, 4), segment.bars, segment.meter)
    out: list[tuple[Harmony, ...]] = []
    last = tonic_harmony(key)
    middle = segment.meter.middle_step
    for early, late in codes:
        first = _from_code(early, 0, key) or replace(last, start=0)
        second = _from_code(late, middle, key) if late != early and middle < segment.steps else None
        out.append((first, second) if second is not None else (first,))
        last = out[-1][-1]
    return out


def _from_code(code: ChordCode, start: int, key: Key) -> Harmony | None:
    if not code.root:
        return None
    chord = ChordSymbol(root=code.root - 1, quality=CHORD_CLASSES[code.quality - 1], bass=(code.bass or code.root) - 1)
    return harmony_over(chord, start, key.canonical_scale, 0)


def _written_harmonies(segment: Segment, key: Key, own: OwnFacts) -> list[tuple[Harmony, ...]]:
    out: list[tuple[Harmony, ...]] = []
    last = tonic_harmony(key)
    for bar in range(segment.bars):
        low, high = segment.tick(bar * segment.steps), segment.tick((bar + 1) * segment.steps)
        spans = {0: replace(last, start=0)}
        for tick, chord in own.chords:
            if tick <= low:
                spans[0] = harmony_over(chord, 0, key.canonical_scale, key.canonical_shift)
            elif tick < high:
                step = round((tick - low) * segment.steps / segment.bar_ticks)
                spans[step] = harmony_over(chord, step, key.canonical_scale, key.canonical_shift)
        out.append(tuple(spans[step] for step in sorted(spans)))
        last = out[-1][-1]
    return out


def tonic_harmony(key: Key, like: Harmony | None = None) -> Harmony:
    """The tonic chord for a whole bar: ``like`` where that is one, else the triad of the key."""
    if like is not None and like.root == key.canonical_tonic:
        return replace(like, start=0, bass=key.canonical_tonic)
    minor = (key.canonical_tonic + 4) % 12 not in key.canonical_scale
    chord = ChordSymbol(root=key.canonical_tonic, quality="m" if minor else "", bass=key.canonical_tonic)
    return harmony_over(chord, 0, key.canonical_scale, 0)


def measured_phrases(segment: Segment, parts: list[GridPart]) -> list[int]:
    """Bars until the phrase closes, counting 1 in its last bar, for every bar; 0 where no end is in sight."""
    lead = next((part for part in parts if part.role == "melody" and len(part.rows)), None)
    if lead is None:
        return [0] * segment.bars
    return [int(left) for left in phrase_lengths(lead.rows, segment.bars, segment.steps, ends_piece=False)]


# ------------------------------------------------------------------------------------------- layout


def lay_out_region(context: InfillContext) -> tuple[Layout, dict[tuple[int, int], list[GridNote]]]:
    """The blocks through the region's last bar, and the notes of those that are not to be written."""
    segment, count = context.segment, context.segment.high + 1
    bars = [grid_bars(part.rows, segment.bars, segment.steps, context.key.canonical_shift) for part in context.parts]
    rows = [_measured_rows(context, index, bars[index][:count]) for index in range(len(context.parts))]
    manners = [_manner(context, index, bars[index]) for index in range(len(context.parts))]
    blocks = []
    given: dict[tuple[int, int], list[GridNote]] = {}
    for bar in range(count):
        for index in range(len(context.parts)):
            place = (index, bar)
            block = _block(context, place, manners[index], rows[index][bar])
            blocks.append(block)
            if place not in context.drawn:
                following = (index, bar + 1) in context.drawn
                given[place] = _untied(bars[index][bar], block, context) if following else bars[index][bar]
    return Layout(blocks=tuple(blocks), shift=context.key.canonical_shift, bar_length=segment.steps), given


def _untied(notes: list[GridNote], block: Block, context: InfillContext) -> list[GridNote]:
    """Before a bar to be written: what sounds into it leaves room there."""
    tie = max(0, block.length - GRID) if block.role in _UPPER and context.bars_left[block.bar] > 2 else 0
    return [note._replace(length=min(note.length, block.length - note.position + tie)) for note in notes]


def _measured_rows(context: InfillContext, index: int, bars: list[list[GridNote]]) -> IntArray:
    """Condition rows of a part, as the training material's are measured."""
    part, segment = context.parts[index], context.segment
    family = part.voice.program // 8
    present = {other.role for other in context.parts}
    rows = np.zeros((len(bars), len(CONDITIONS)), dtype=np.int64)
    shared = {
        "meter": meter_code(segment.meter),
        "tempo": tempo_code(segment.tempo_bpm),
        "mode": MODE_CODES.get(context.key.mode, 0),
        "role": ROLE_CODES[part.role],
        "slot": min(index, 7) + 1,
        "family": family + 1 if family in KNOWN_FAMILIES else 0,
        "roles_present": 1 + sum(1 << (code - 1) for name, code in ROLE_CODES.items() if name in present),
    }
    for bar, row in enumerate(rows):
        following = context.harmonies[bar + 1][0] if bar + 1 < len(context.harmonies) else None
        values = shared | harmony_conditions(context.harmonies[bar], following, segment.meter)
        values["bar"] = bar % BAR_CYCLE + 1
        values["bars_left"] = min(context.bars_left[bar], 9)
        values["phrase_left"] = min(context.phrase_left[bar], 9)
        for name, value in values.items():
            row[_COLUMN[name]] = value
    blocks = [[(note.position, note.pitch, duration_index(note.length)) for note in bar] for bar in bars]
    measure_part(rows, blocks, segment.steps)
    return rows


def _block(context: InfillContext, place: tuple[int, int], manner: _Manner, row: IntArray) -> Block:
    index, bar = place
    role, steps = context.parts[index].role, context.segment.steps
    closing = context.phrase_left[bar] == 1
    final = context.bars_left[bar] == 1
    echo_bar, echo_kind = context.echoes.get(place, (None, 0))
    if place in context.drawn:
        told = {
            "density": 0 if closing else density_code(manner.onsets * GRID / steps),
            "register": register_code(manner.centre),
            "spread": spread_code(manner.spread),
            "polyphony": manner.at_once,
            "echo": 0 if echo_bar is None else echo_bar % BAR_CYCLE + 1,
            "echo_kind": echo_kind,
        }
        row = row.copy()
        for name, value in told.items():
            row[_COLUMN[name]] = value
    harmonies = context.harmonies[bar]
    return Block(
        bar=bar,
        part=index,
        role=role,
        length=steps,
        harmonies=harmonies,
        # Nothing is tied into a bar that stays as it is.
        following=context.harmonies[bar + 1][0] if (index, bar + 1) in context.drawn else None,
        low=manner.low,
        high=manner.high,
        monophonic=manner.monophonic,
        most_at_once=max(manner.at_once, 3 if final and role == "harmony" and not manner.monophonic else 1),
        fewest_onsets=1 if closing else int(manner.onsets * 0.55),
        most_onsets=max(2, round(manner.onsets * 1.8)),
        calm=manner.onsets * GRID < 1.5 * steps,
        closing=closing,
        cadence="authentic" if closing and harmonies[-1].root == context.key.canonical_tonic else None,
        final=final,
        penultimate=context.bars_left[bar] == 2,
        echo_bar=echo_bar,
        echo_kind=echo_kind,
        tonic=context.key.canonical_tonic,
        conditions=row,
    )


def _manner(context: InfillContext, index: int, bars: list[list[GridNote]]) -> _Manner:
    part, segment = context.parts[index], context.segment
    outside = [bar for bar in range(len(bars)) if (index, bar) not in context.drawn and bars[bar]]
    near = [bar for bar in outside if segment.low - _NEAR <= bar <= segment.high + _NEAR]
    moving = [bar for bar in near if len({note.position for note in bars[bar]}) > 1]
    if 2 * len(moving) > len(near):  # a held last chord says nothing about how the part plays
        near = moving
    chosen = [bars[bar] for bar in near or outside] or [bar for bar in bars if bar]
    shift = context.key.canonical_shift
    pitches = np.array([note.pitch for bar in chosen for note in bar] or (part.pitches + shift).tolist())
    onsets = [float(len({note.position for note in bar})) for bar in chosen] or [segment.steps / GRID * 0.75]
    chords = len(pitches) / sum(onsets) if chosen else 1.0
    low, high = _range(part, int(pitches.min()), int(pitches.max()), shift)
    tenth, ninetieth = np.percentile(pitches, [10, 90])
    overlapping = sum(b.position < a.position + a.length for bar in chosen for a, b in pairwise(bar))
    return _Manner(
        onsets=float(np.mean(onsets)),
        at_once=min(4, max(1, round(chords))),
        monophonic=overlapping <= 0.1 * len(pitches),
        low=low,
        high=high,
        centre=float(pitches.mean()),
        spread=float(ninetieth - tenth),
    )


def _range(part: GridPart, low: int, high: int, shift: int) -> tuple[int, int]:
    """The range heard, in canonical pitch, widened evenly within the instrument until every pitch class fits."""
    instrument = INSTRUMENTS[part.voice.program]
    floor = max(12, min(instrument.low + shift, low))
    ceiling = min(115, max(instrument.high + shift, high))
    low, high = max(low, 12), min(high, 115)
    while high - low < _SPAN and (low > floor or high < ceiling):
        low, high = max(floor, low - 1), min(ceiling, high + 1)
    if high - low < 12:
        low, high = max(12, high - 12), min(115, max(12, high - 12) + 12)
    return low, high
