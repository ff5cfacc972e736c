"""The rule that a hand on a fretboard reaches what sounds together: each note on a string of its own, near the others.

Conventions are those of `composer.music.rules.base`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from composer.music.blocks import Block
from composer.music.rules.base import FORBIDDEN, LENGTHS, BaseRule, FloatArray
from composer.music.rules.context import DecodingContext
from composer.music.tokens import END

__all__ = ["Fretboard", "can_be_stopped"]

_FRETS, _STRETCH, _FINGERS = 15, 4, 4
"""The highest fret, frets from the lowest stopped one to the highest, and fingers; one may lie across the strings."""
_RINGING = 3
"""Strokes of a figure that ring on together at most: one for each of the fingers that pluck."""
_BEYOND = 20.0
"""What a note out of reach costs where no other is left."""


@lru_cache(maxsize=65536)
def can_be_stopped(strings: tuple[int, ...], pitches: tuple[int, ...]) -> bool:
    """Tell whether one hand can hold pitches at once on strings with these open pitches.

    Parameters
    ----------
    strings : tuple of int
        What the open strings sound, in the pitches' numbering.
    pitches : tuple of int
        What is to sound, in any order.
    """
    return _stopped(strings, tuple(sorted(set(pitches))), ())


def _stopped(strings: tuple[int, ...], pitches: tuple[int, ...], frets: tuple[int, ...]) -> bool:
    """Whether the pitches find strings beside what is stopped at ``frets``."""
    if frets:
        lowest, highest = min(frets), max(frets)
        if highest - lowest > _STRETCH or 1 + sum(fret > lowest for fret in frets) > _FINGERS:
            return False
    if not pitches:
        return True
    for number, string in enumerate(strings):
        fret = pitches[0] - string
        if 0 <= fret <= _FRETS:
            others = strings[:number] + strings[number + 1 :]
            if _stopped(others, pitches[1:], (*frets, fret) if fret else frets):
                return True
    return False


def _find_room(strings: tuple[int, ...], held: tuple[int, ...], ways: list[int], count: int) -> bool:
    """Whether ``count`` notes, each higher than the one before, find their place beside what is held."""
    return count == 0 or any(
        can_be_stopped(strings, (*held, pitch)) and _find_room(strings, (*held, pitch), ways[number:], count - 1)
        for number, pitch in enumerate(ways, start=1)
    )


def _tones(block: Block, position: int, above: int) -> list[int]:
    """The notes of the chord in the part's range that lie higher."""
    tones = block.harmony_at(position).tones
    return [pitch for pitch in range(above + 1, block.high + 1) if pitch % 12 in tones]


class Fretboard(BaseRule):
    """What a fretted instrument's layers sound together lies under one hand; what does not is let go in time."""

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        last = context.notes[-1].position if block.strings and context.notes else END
        if last == END or bias[last] < FORBIDDEN / 2:
            return
        above = _tones(block, last, max(context.together(last)))
        if not _find_room(block.strings, self._held(context, last), above, 1):  # no further note of the chord
            bias[last] = FORBIDDEN
            if (bias < FORBIDDEN / 2).all():
                bias[END] = 0.0

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        if not block.strings:
            return
        held = self._held(context, position)
        left = np.flatnonzero(bias > FORBIDDEN / 2).tolist()
        more = self._wanted(context, position) - len(context.together(position))
        reached = [pitch for pitch in left if can_be_stopped(block.strings, (*held, pitch))]
        for further in range(max(0, more - 1), -1, -1):  # the others of the chord are to find their place too
            fit = {
                pitch
                for pitch in reached
                if _find_room(block.strings, (*held, pitch), _tones(block, position, pitch), further)
            }
            if fit:
                bias[[pitch for pitch in left if pitch not in fit]] = FORBIDDEN
                return
        bias[left] -= _BEYOND

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        strings = context.block.strings
        if not strings:
            return
        later = sorted({note.position for notes in context.own for note in notes if note.position > position})
        beyond = (at for at in later if not can_be_stopped(strings, (*self._held(context, at), pitch)))
        strokes = [stroke.position for stroke in context.block.figure if stroke.position > position]
        until = min([next(beyond, END), *strokes[_RINGING - 1 : _RINGING]])
        long = until - position < LENGTHS
        if (bias[~long] > FORBIDDEN / 2).any():
            bias[long] = FORBIDDEN

    @staticmethod
    def _wanted(context: DecodingContext, position: int) -> int:
        """Notes that are to be struck together there."""
        block = context.block
        if block.final and not block.fading:
            return block.most_at_once
        return next((stroke.notes for stroke in block.figure if stroke.position == position), 1)

    @classmethod
    def _held(cls, context: DecodingContext, position: int) -> tuple[int, ...]:
        """What the instrument sounds at a place of the bar so far."""
        mine = [note.pitch for note in context.notes if note.position + note.length > position]
        return (*mine, *cls._others(context, position))

    @staticmethod
    def _others(context: DecodingContext, position: int) -> tuple[int, ...]:
        """What the instrument's other layers sound there."""
        return tuple(
            note.pitch
            for notes in context.own
            for note in notes
            if note.position <= position < note.position + note.length
        )
