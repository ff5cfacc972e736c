"""The rule of time: notes start inside the bar, in order, on the grid of sixteenths or of triplets.

Conventions are those of `composer.music.rules.base`.
"""

# Rules share one signature and need not use all of it; masks read best with the array first.
# ruff: noqa: SIM300

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.music.rules.base import FORBIDDEN, LENGTHS, UPPER, BaseRule, FloatArray
from composer.music.rules.context import DecodingContext
from composer.music.tokens import END, GRID

__all__ = ["Meter"]

_POSITIONS = np.arange(END)
_DOTTED = GRID * 3 // 4


class Meter(BaseRule):
    """Notes start inside the bar, in order, on the grid of sixteenths or triplets; no bar of a part stays empty.

    Where there are triplets, a beat of a part is divided by two or by three, never both.
    """

    _GRID_STEP = 3
    _THIRD, _HALF = GRID // 3, GRID // 2

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """See `Rule`."""
        block, notes = context.block, context.notes
        bias[:END][(_POSITIONS >= block.length) | self._off_grid(context)] = FORBIDDEN
        if notes:
            last = notes[-1]
            at_once = len(context.together(last.position))
            earliest = last.position + (1 if at_once >= block.most_at_once else 0)
            if block.monophonic:
                earliest = max(earliest, last.position + last.length)
            bias[: min(earliest, END)] = FORBIDDEN
            if len({note.position for note in notes}) >= block.most_onsets:
                bias[last.position + 1 : END] = FORBIDDEN
            if len({note.position for note in notes}) < block.fewest_onsets and last.position < block.length - GRID:
                bias[END] -= 8.0
            stray = (_POSITIONS % self._HALF != 0) & (last.position + last.length != _POSITIONS)
            bias[:END][stray] -= 1.0  # a sixteenth off the beat follows a note, not a rest
            if last.length == _DOTTED and not block.triplets and last.position % GRID == 0:
                bias[last.position + _DOTTED] += 2.5  # the sixteenth after a dotted eighth
            if block.in_threes and last.length == self._THIRD and last.position % GRID < self._HALF:
                bias[last.position + self._THIRD] += 2.5  # a triplet is finished
        else:
            bias[: context.carry] = FORBIDDEN
            bias[END] = FORBIDDEN
            if block.role == "bass":  # the bass marks every bar line, an accompaniment most
                bias[1:END] = FORBIDDEN
            elif block.role == "harmony" and not context.own:
                bias[0] += 2.5

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        room = block.length - position
        crosses = (
            block.following is not None
            and not block.closing
            and block.role in UPPER
            and pitch % 12 in block.following.tones
            and not block.penultimate
        )
        limit = room + (block.length // 2 if crosses else 0)
        bias[limit < LENGTHS] = FORBIDDEN
        bias[self._off_length(context, position) & (limit >= self._GRID_STEP)] = FORBIDDEN
        bias[room < LENGTHS] -= 0.7  # ties over the bar line are rarer than the model thinks
        bias[(position + LENGTHS) % self._HALF != 0] -= 0.25  # ends on an eighth read better than stray rests
        if block.calm:
            bias[LENGTHS < self._HALF] -= 0.8
        if block.role not in UPPER and (block.calm or block.hold < 0):  # it holds until the chord changes, or not
            until = next((h.start for h in block.harmonies if h.start > position), block.length)
            bias[until - position == LENGTHS] += block.hold
            bias[LENGTHS > GRID] += min(block.hold, 0.0)
        if block.in_threes and position % GRID == 0 and not block.closing:
            bias[LENGTHS == self._THIRD] += block.in_threes
        if block.dotted and position % GRID == 0 and room >= GRID and not block.closing:
            bias[LENGTHS == _DOTTED] += block.dotted
            bias[LENGTHS == 2 * _DOTTED] += 0.5 * block.dotted

    def _off_grid(self, context: DecodingContext) -> NDArray[np.bool_]:
        """Which positions do not lie on the grid."""
        if not context.block.triplets:
            return _POSITIONS % self._GRID_STEP != 0
        within, beat = _POSITIONS % GRID, _POSITIONS // GRID
        off = (within % self._THIRD != 0) & (within != self._HALF)
        for note in context.notes:
            here = beat == note.position // GRID
            if self._is_third(note.position, note.length):
                off |= here & (within == self._HALF)
            elif note.position % GRID == self._HALF or note.length == self._HALF:
                off |= here & (within % self._HALF != 0)
        return off

    def _off_length(self, context: DecodingContext, position: int) -> NDArray[np.bool_]:
        """Which lengths end off the grid."""
        if not context.block.triplets:
            return LENGTHS % self._GRID_STEP != 0
        within = position % GRID
        if within % self._HALF:  # a third of a beat: not beyond the beat
            return (LENGTHS % self._THIRD != 0) | (LENGTHS > GRID - within)
        straight = LENGTHS % self._HALF != 0
        halves = [note.position for note in context.notes if note.position % GRID == self._HALF]
        if within or position + self._HALF in halves:
            return straight
        return straight & (LENGTHS != self._THIRD) & (LENGTHS != 2 * self._THIRD)

    def _is_third(self, position: int, length: int) -> bool:
        return position % self._HALF != 0 or length in (self._THIRD, 2 * self._THIRD)
