"""A level of difficulty as rules of the grammar: what `composer.levels` does not allow is taken away while decoding.

`fit` narrows the layout (how much a hand plays, how many notes at once), `level_rules` masks positions, pitches and
durations. The rules stand after all others, so where those leave nothing that the level allows, the level's own choices
are opened again: a level holds, a cadence or an echo gives way.

Conventions
-----------
* Times are grid steps within the bar, twelve to the quarter note, as in `composer.music.rules.grammar`.
"""

# Rules share one signature and need not use all of it.
# ruff: noqa: ARG002

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from composer.errors import PlanError
from composer.figures import Stroke
from composer.levels import Level, find_level, player_of
from composer.music.blocks import Block, Layout
from composer.music.rules.context import DecodingContext
from composer.music.rules.grammar import FORBIDDEN, Rule
from composer.music.tokens import CONDITIONS, DURATIONS, END, GRID, density_code
from composer.theory import Meter
from composer.types import MusicalPlan

__all__ = ["check_level", "fit", "level_rules"]

FloatArray = NDArray[np.float64]
_LENGTHS = np.array(DURATIONS)
_PITCHES = np.arange(128)
_INDEX = {length: index for index, length in enumerate(DURATIONS)}
_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
_TAKEN = FORBIDDEN / 2
_EIGHTH, _TRIPLET, _DOTTED, _SIXTEENTH = GRID // 2, GRID // 3, GRID * 3 // 2, GRID // 4
_LEANS = {"1": {_EIGHTH: 1.5}, "2": {_EIGHTH: 1.0}, "3": {_DOTTED: 2.5}, "4": {_SIXTEENTH: 3.5, 9: 3.0, _DOTTED: 1.0}}
_MOST_TRIPLETS = 2
"""Triplets a bar; more of them would be another meter."""
_TRIPLET_LEANS = {"3": 2.8, "4": -1.5}
"""What a level brings in for the first time is leant towards, or the melody would not practise it."""


def check_level(plan: MusicalPlan) -> None:
    """Refuse a plan whose own fields lie outside its level.

    Raises
    ------
    PlanError
        Meter, tempo or instruments are not the level's; the message names the field and what is allowed.
    """
    if plan.level is None:
        return
    level = find_level(plan.level)
    slow, fast = level.tempo_bpm
    if player_of(plan.instruments) is None:
        raise PlanError(
            f"instruments: level {level.name!r} is for piano with two hands (melody, harmony) or for one melody: "
            "recorder, violin, trumpet, voice",
            hint="change instruments, or set level to null",
        )
    for field, value, good, allowed in (
        ("meter", plan.meter, plan.meter in level.meters, ", ".join(level.meters)),
        ("tempo_bpm", plan.tempo_bpm, slow <= plan.tempo_bpm <= fast, f"{slow:g} to {fast:g}"),
    ):
        if not good:
            raise PlanError(
                f"{field}: {value!r} lies outside level {level.name!r}; allowed: {allowed}",
                hint="change the field, or set level to null",
            )


def level_rules(plan: MusicalPlan) -> tuple[Rule, ...]:
    """The rules of the plan's level; none without one."""
    return (_Within(plan),) if plan.level is not None else ()


# ------------------------------------------------------------------------------------------- layout


def fit(layout: Layout, plan: MusicalPlan) -> Layout:
    """A layout in which no block asks for more than the plan's level allows; unchanged without a level.

    Raises
    ------
    PlanError
        As `check_level`.
    """
    check_level(plan)
    if plan.level is None:
        return layout
    level = find_level(plan.level)
    return replace(layout, blocks=tuple(_fitted(block, level, plan.time) for block in layout.blocks))


def _allows(figure: tuple[Stroke, ...], strokes: int, together: int) -> bool:
    """Whether a figure has no more strokes in a bar, and notes in a stroke, than these."""
    return len(figure) <= strokes and max((stroke.notes for stroke in figure), default=1) <= together


def _fitted(block: Block, level: Level, meter: Meter) -> Block:
    beats = block.length / (_DOTTED if meter.in_dotted_quarters else GRID)
    conditions = block.conditions.copy()
    if block.role == "harmony":
        # The fourth level plays its chords in four notes; where a hand plays single notes it goes on doing so.
        together = min(block.most_at_once, level.most_together)
        if level.most_together > 3 and block.most_at_once == 3:
            together = level.most_together
        if level.most_strokes is not None:
            together = level.most_together
        strokes = level.most_strokes or max(2, min(block.most_onsets, int(beats * _eighths(meter))))
        conditions[_COLUMN["polyphony"]] = min(together, 4)
        if level.most_strokes is not None:
            conditions[_COLUMN["density"]] = density_code(level.most_strokes * GRID / block.length)
        return replace(
            block,
            most_at_once=together,
            monophonic=together == 1,
            most_onsets=strokes,
            fewest_onsets=min(block.fewest_onsets, strokes),
            figure=block.figure if _allows(block.figure, strokes, together) else (),
            conditions=conditions,
        )
    most = _most_notes(level, beats, meter)
    onsets = min(block.most_onsets, most)
    return replace(block, most_onsets=onsets, fewest_onsets=min(block.fewest_onsets, onsets))


def _eighths(meter: Meter) -> int:
    """Eighths in a felt beat."""
    return 3 if meter.in_dotted_quarters else 2


def _most_notes(level: Level, beats: float, meter: Meter) -> int:
    """Notes that a bar of the melody may hold."""
    if level.most_pairs is not None:
        return round(beats) + level.most_pairs
    return round(beats * (3 if level.triplets else _eighths(meter)) * (1.3 if level.syncopated else 1))


# -------------------------------------------------------------------------------------------- rules


class _Within:
    """Positions, pitches and lengths that the level allows."""

    def __init__(self, plan: MusicalPlan) -> None:
        assert plan.level is not None
        self._level = find_level(plan.level)
        self._meter = plan.meter
        self._compound = plan.time.in_dotted_quarters
        scale = set(plan.key.pitch_classes)
        tonic = plan.key.tonic_pc
        if self._level.altered == "leading" and plan.key.minor:
            scale.add((tonic - 1) % 12)
        shift = plan.key.canonical_shift
        self._outside = ~np.isin((_PITCHES - shift) % 12, sorted(scale)) & (self._level.altered != "free")

    # -------------------------------------------------------------------------------------- where

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """A note starts where one of the level's values may start; a pair and a triplet are completed."""
        block, notes = context.block, context.notes
        forced = self._continuation(context)
        if forced is not None:
            bias[:] = FORBIDDEN
            bias[forced] = 0.0
            return
        unit = GRID if self._level.most_pairs is not None else 1  # the second eighth of a pair was forced above
        good = [place for place in range(0, block.length, unit) if self._lengths(place, context).any()]
        allowed = np.zeros(len(bias), dtype=bool)
        allowed[good] = True
        allowed[END] = True
        bias[~allowed] = FORBIDDEN
        if block.final and notes and len(context.together(0)) >= block.most_at_once:
            bias[END] = 0.0
        if notes and block.role == "harmony":
            self._one_layer(context, bias)
        if block.role != "harmony" and not block.closing and not block.final:
            self._fill(context, bias)
        if not notes and (bias[good] <= _TAKEN).all():
            bias[next(place for place in good if place >= context.carry)] = 0.0
        elif (bias <= _TAKEN).all():
            bias[END] = 0.0

    def _fill(self, context: DecodingContext, bias: FloatArray) -> None:
        """Beginners' bars start on the first beat and are full."""
        if context.notes:
            bias[END] -= 1.0 if context.notes[-1].position + context.notes[-1].length < context.block.length else 0.0
        elif self._level.most_pairs is not None:
            bias[1:END] -= 4.0

    @staticmethod
    def _one_layer(context: DecodingContext, bias: FloatArray) -> None:
        """The accompanying hand holds nothing under what it plays next, and states a new chord."""
        block, last = context.block, context.notes[-1]
        end = max(note.position + note.length for note in context.notes)
        free = end if len({note.position for note in context.notes}) < block.most_onsets else END
        bias[last.position + 1 : free] = FORBIDDEN
        if any(harmony.start > last.position for harmony in block.harmonies) or end < block.length:
            bias[END] -= 2.0

    def _continuation(self, context: DecodingContext) -> int | None:
        """Where the next note must start: what completes a pair, a triplet or a dotted value."""
        if not context.notes or context.block.role == "harmony":
            return None
        last = context.notes[-1]
        after = last.position + last.length
        if after >= context.block.length or context.block.final:
            return None
        if last.length == _TRIPLET and after % GRID:
            return after
        if last.length in (_SIXTEENTH, 9) and after % _EIGHTH:
            return after
        if self._compound or last.length not in (_EIGHTH, _DOTTED) or after % GRID == 0:
            return None
        return after if self._level.most_pairs is not None or last.length == _DOTTED else None

    # -------------------------------------------------------------------------------------- which

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """Scale, leaps and the width of a hand."""
        block, level = context.block, self._level
        bias[self._outside] = FORBIDDEN
        if block.role == "harmony":
            together = context.together(position)
            if together:
                bias[min(together) + level.widest + 1 :] = FORBIDDEN
            return
        if self._continuation(context) == position and context.notes[-1].length == _TRIPLET:
            bias[context.notes[-1].pitch] -= 3.0  # a triplet moves
        if context.line:
            bias[np.abs(_PITCHES - context.line[-1]) > level.largest_leap] = FORBIDDEN
        if block.penultimate:  # the last note, a tonic, must be within reach
            tonics = [p for p in range(block.low, block.high + 1) if p % 12 == block.tonic]
            away = np.min([np.abs(_PITCHES - tonic) for tonic in tonics], axis=0)
            bias[away > level.largest_leap] = FORBIDDEN

    # ------------------------------------------------------------------------------------ how long

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """One of the level's values that ends where its kind may end."""
        block = context.block
        if block.final:
            return
        allowed = self._lengths(position, context)
        if block.role == "harmony":
            self._hold(context, position, bias)
        elif self._continuation(context) == position and context.notes[-1].length == _TRIPLET:
            allowed = _LENGTHS == _TRIPLET
            bias[allowed] = 0.0
        else:
            for length, lean in _LEANS.get(self._level.name, {}).items():
                bias[_INDEX[length]] += lean
            if self._triplet_fits(context, position):
                bias[_INDEX[_TRIPLET]] = _TRIPLET_LEANS[self._level.name]
        bias[~allowed] = FORBIDDEN
        if (bias <= _TAKEN).all():
            bias[allowed] = np.log(_LENGTHS[allowed])

    def _hold(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """A hand that plays once a bar holds what it plays; notes struck together end together."""
        if self._level.most_strokes is not None:
            bias += 2.0 * np.log(_LENGTHS)
        until = next((h.start for h in context.block.harmonies if h.start > position), context.block.length)
        bias[until - position == _LENGTHS] += 1.0
        struck = [note.length for note in context.notes if note.position == position]
        if struck:
            bias[struck[0] == _LENGTHS] = np.maximum(bias[struck[0] == _LENGTHS], 0.0)
            bias[struck[0] != _LENGTHS] = FORBIDDEN

    def _triplet_fits(self, context: DecodingContext, position: int) -> bool:
        block = context.block
        begun = sum(note.length == _TRIPLET and note.position % GRID == 0 for note in context.notes)
        if begun >= _MOST_TRIPLETS:
            return False
        melody = block.role == "melody" and not block.closing and not self._compound
        return self._level.triplets and melody and position % GRID == 0 and position + GRID <= block.length

    def _lengths(self, position: int, context: DecodingContext) -> NDArray[np.bool_]:
        """Which of `DURATIONS` may start here."""
        level, room = self._level, context.block.length - position
        fits = np.zeros(len(DURATIONS), dtype=bool)
        for length in level.values | {context.block.length}:
            within = length <= room or level.ties
            if length in _INDEX and within and self._stands(position, length, context.block.length):
                fits[_INDEX[length]] = True
        if level.most_pairs is not None and context.block.role != "harmony" and position % GRID == 0:
            pairs = sum(note.length == _EIGHTH and note.position % GRID == 0 for note in context.notes)
            fits[_INDEX[_EIGHTH]] &= pairs < level.most_pairs
        if self._triplet_fits(context, position):
            fits[_INDEX[_TRIPLET]] = True
        return fits

    def _stands(self, position: int, length: int, bar: int) -> bool:
        """Whether a value may stand at a place of the bar."""
        if length == bar:
            return position == 0
        if self._compound:
            return self._stands_in_compound(position, length)
        if self._level.most_pairs is not None and length == _EIGHTH:
            return True  # which half of the beat it is, `_continuation` sees to
        if length < GRID:
            unit = {9: GRID, _EIGHTH: _EIGHTH, _SIXTEENTH: _SIXTEENTH}[length]
            return position % unit == 0 and position // GRID == (position + length - 1) // GRID
        if self._level.syncopated:
            return position % _EIGHTH == 0
        if position % GRID:
            return False
        half = 2 * GRID  # in four-four nothing but a dotted half hides the middle of the bar
        return bar != 2 * half or length not in (_DOTTED, half) or position % half == 0

    def _stands_in_compound(self, position: int, length: int) -> bool:
        if length > _DOTTED:
            return position % _DOTTED == 0 and length % _DOTTED == 0
        unit = _SIXTEENTH if length in (_SIXTEENTH, 9) else _EIGHTH
        return position % unit == 0 and position // _DOTTED == (position + length - 1) // _DOTTED
