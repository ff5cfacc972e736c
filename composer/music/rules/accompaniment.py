"""The rule that an accompaniment takes up its figure (`composer.figures`): rhythm, contour, fullness, lengths.

Conventions are those of `composer.music.rules.base`.
"""

# Rules share one signature and need not use all of it.
# ruff: noqa: ARG002

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.figures import Stroke
from composer.music.rules.base import FORBIDDEN, LENGTHS, PITCHES, BaseRule, FloatArray
from composer.music.rules.context import DecodingContext
from composer.music.tokens import END, GRID

__all__ = ["Accompaniment"]

_RHYTHM, _LENGTH, _CONTOUR, _SAME = 6.0, 4.0, 3.0, 3.0
_HELD, _LONG = 9.0, 18
"""What a stroke gains that is held as long as the figure holds it, where that is half a bar of three or more."""
_DIVISION, _THIRDS = 8.0, (GRID // 3, 2 * GRID // 3)
"""Lean away from a length after which a beat cannot be divided as the figure divides it, and thirds of a beat."""
_IN_THREE = np.isin(LENGTHS, _THIRDS)
_STEP = 4
"""Semitones that one rank lies above the next, about."""
_NEAR = 0.15
_ROOM = 0.4
"""What each semitone costs by which a first stroke leaves the others too little room."""


class Accompaniment(BaseRule):
    """Strike where the figure strikes, as full, as long, and higher where it goes up."""

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """See `Rule`."""
        strokes = context.block.figure
        if not strokes or self._is_held(context):
            return
        target = self.next_stroke(context)
        if bias[target] > FORBIDDEN / 2:
            cut = target < END and all(stroke.position != target for stroke in strokes)
            bias[target] += _RHYTHM * (2 if cut else 1)

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        stroke = self._stroke(context, position)
        if stroke is None or self._is_held(context) or context.together(position):
            return
        if not context.notes:
            self._leave_room(context, stroke, bias)
        for other in context.block.figure:
            below = context.together(other.position)
            if other.position >= position or not below:
                continue
            apart = PITCHES - min(below)
            if stroke.rank == other.rank:
                bias[apart == 0] += _SAME
            else:
                wrong = apart <= 0 if stroke.rank > other.rank else apart >= 0
                bias[wrong] -= _CONTOUR
            bias -= _NEAR * np.abs(apart - _STEP * (stroke.rank - other.rank)) / len(context.notes)

    @staticmethod
    def _leave_room(context: DecodingContext, first: Stroke, bias: FloatArray) -> None:
        """Begin where the strokes that lie lower or higher still find their place in the range."""
        block = context.block
        top = max(stroke.rank for stroke in block.figure)
        step = min(_STEP - 1, (block.high - block.low) / max(top, 1))
        bias -= _ROOM * np.maximum(block.low + step * first.rank - PITCHES, 0)
        bias -= _ROOM * np.maximum(PITCHES - (block.high - step * (top - first.rank)), 0)

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        wanted = self._rest_of_stroke(context, position)
        if wanted is None or self._is_held(context):
            return
        allowed = bias > FORBIDDEN / 2
        if allowed.any():
            bias[self._breaks_off(context, position)] -= _DIVISION
            away = np.where(allowed, np.abs(np.log(LENGTHS / wanted)), np.inf)
            bias[int(away.argmin())] += _LENGTH if wanted < _LONG else _HELD

    @staticmethod
    def _breaks_off(context: DecodingContext, position: int) -> NDArray[np.bool_]:
        """Lengths that divide a beat by two where the figure divides it by three, or the other way about."""
        beat = position // GRID
        within = {stroke.position % GRID for stroke in context.block.figure if stroke.position // GRID == beat}
        if within & set(_THIRDS):
            return LENGTHS == GRID // 2
        return _IN_THREE if GRID // 2 in within else np.zeros_like(_IN_THREE)

    @staticmethod
    def _is_held(context: DecodingContext) -> bool:
        return context.block.final and not context.block.fading

    @staticmethod
    def next_stroke(context: DecodingContext) -> int:
        """Where the figure goes on: the same place while the stroke is not full, else the next one, else the end.

        A stroke that a new chord cuts short is struck again with it.
        """
        strokes = context.block.figure
        if not context.notes:
            return strokes[0].position
        last = context.notes[-1].position
        here = next((stroke for stroke in strokes if stroke.position == last), None)
        if here is not None and len(context.together(last)) < here.notes:
            return last
        end = last + context.notes[-1].length
        held = any(stroke.position <= last and stroke.position + stroke.length > end > last for stroke in strokes)
        if held and any(harmony.start == end for harmony in context.block.harmonies):
            return end
        return next((stroke.position for stroke in strokes if stroke.position > last), END)

    @staticmethod
    def _rest_of_stroke(context: DecodingContext, position: int) -> int | None:
        """Steps for which the figure goes on to sound: where the chord changes under a held stroke, what is left."""
        for stroke in context.block.figure:
            held = stroke.length >= _LONG and stroke.position < position < stroke.position + stroke.length
            if held or stroke.position == position:
                return stroke.position + stroke.length - position
        return None

    @staticmethod
    def _stroke(context: DecodingContext, position: int) -> Stroke | None:
        return next((stroke for stroke in context.block.figure if stroke.position == position), None)
