"""Rules between notes and parts: range and spacing, the tune, outer voices, resolutions.

The leans follow common-practice counterpoint (J. J. Fux; W. Piston, *Harmony*); how strong they are stands in
`composer.music.rules.biases`. Conventions are those of `composer.music.rules.base`.
"""

# Masks read best with the array first.
# ruff: noqa: SIM300

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.music.blocks import Harmony
from composer.music.rules.base import FORBIDDEN, LENGTHS, PITCHES, UPPER, BaseRule, FloatArray
from composer.music.rules.biases import VOICE_LEADING
from composer.music.rules.context import DecodingContext
from composer.music.tokens import GRID

__all__ = ["Line", "Range", "Resolution"]

_CLEAR = 53
_LOW_TUNE = 57
"""A tune below is a cello's or a bassoon's: its accompaniment may lie above it."""
"""From here up every interval is clear."""


def _low_intervals() -> NDArray[np.bool_]:
    """Which pairs of pitches lie too close for their depth, shape (128, 128).

    Seconds below F3, thirds below D3, fourths and tritones below E2: the low interval limits of arrangers, a little
    stricter than S. Adler's (*The Study of Orchestration*).
    """
    lower = np.minimum.outer(PITCHES, PITCHES)
    apart = np.abs(np.subtract.outer(PITCHES, PITCHES))
    muddy = (apart <= 2) & (lower < _CLEAR) | (apart <= 4) & (lower < 50) | (apart <= 6) & (lower < 40)
    return muddy & (apart > 0)


_MUD = _low_intervals()


class Range(BaseRule):
    """Notes lie in the part's range; those struck together fit a hand and rise; no part doubles another by accident."""

    _HAND, _ROLLED = 14, 17
    """First semitones that a hand does not reach, at once and rolled."""
    _SHORTEST = GRID // 3
    """Steps that every meter has a length for, threes and twos mixed."""

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        bias[(PITCHES < block.low) | (PITCHES > block.high)] = FORBIDDEN
        together = context.together(position)
        struck = context.struck(position)
        if struck and block.one_hand:
            reach = self._ROLLED if block.final else self._HAND
            bias[min(struck) + reach :] = FORBIDDEN
            bias[: max(0, max(struck) - reach + 1)] = FORBIDDEN
        bias[struck] = FORBIDDEN
        if together:
            bias[: max(together) + 1] = FORBIDDEN
            bias[min(together) + (self._ROLLED if block.final else self._HAND) :] = FORBIDDEN
        below = list(together)
        for note in context.notes:
            if note.position + note.length > position:
                bias[note.pitch] = FORBIDDEN
                below.append(note.pitch)
        for notes in context.own:  # one instrument holds a key once
            for note in notes:
                # Nor is it struck so shortly before it is struck again that no length would fit.
                if note.position - self._SHORTEST < position < note.position + note.length:
                    bias[note.pitch] = FORBIDDEN
        for role, pitch in context.sounding(position):
            bias[pitch] -= VOICE_LEADING.doubling
            below.append(pitch)
            if role == "melody" and pitch >= _LOW_TUNE:
                bias[pitch + 1 :] -= VOICE_LEADING.above_melody
            elif role == "bass":
                bias[:pitch] -= VOICE_LEADING.below_bass
        if below and min(below) < _CLEAR + 2:  # a new note may come to lie below
            bias[_MUD[below].any(axis=0)] -= VOICE_LEADING.muddy

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        if pitch < _CLEAR + 4:  # not held into what a lower part plays next, where the two would be muddy
            later = [n.position for _, notes in context.others for n in notes if n.position > position]
            for start in sorted(later):
                if any(_MUD[pitch, other] for _, other in context.sounding(start)):
                    bias[LENGTHS > start - position] -= VOICE_LEADING.muddy / 2
                    break
        again = [note.position for notes in context.own for note in notes if note.pitch == pitch]
        until = min((start for start in again if start > position), default=None)
        if until is not None:
            bias[LENGTHS > until - position] = FORBIDDEN


class Line(BaseRule):
    """A tune mostly steps; leaps are balanced by a turn; a dissonance leaves by step; outer voices avoid parallels."""

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block, lean = context.block, VOICE_LEADING
        line = context.line
        if block.role == "harmony" or not line:
            self._smooth(context, bias)
            return
        last = line[-1]
        distance = np.abs(PITCHES - last)
        bias[distance > 12] -= lean.beyond_octave
        wide = lean.wide_leap if block.role == "melody" else lean.wide_leap_inner
        bias[(distance > 7) & (distance <= 12)] -= wide
        bias[distance == 6] -= lean.tritone
        bias[distance == 11] -= lean.major_seventh
        bias[distance == 10] -= lean.minor_seventh
        bias[(distance == 3) | (distance == 4)] -= lean.third
        if block.role in UPPER:
            bias[(distance > 0) & (distance <= 2)] += lean.step
        elif block.role == "bass" and not block.figure:  # it walks more than it leaps
            bias[distance > 7] -= lean.wide_bass
            bias[(distance > 0) & (distance <= 2)] += lean.step
        if not context.notes or last % 12 not in block.harmony_at(context.notes[-1].position).tones:
            bias[distance > 2] -= lean.dissonance if context.notes else 0.0
        if len(line) > 1 and abs(line[-1] - line[-2]) > 4:  # after a leap, turn back by step
            back = (PITCHES - last) * np.sign(line[-2] - last)
            bias[(back < 0) & (distance > 2)] -= lean.unanswered_leap
        repeat = lean.first_repeat if len(line) < 2 or line[-2] != last else lean.further_repeat
        if block.role == "counter":
            repeat -= lean.inner_repeat
        bias[last] -= repeat + lean.repeat_by_valence * block.valence  # a tune at rest is sad
        if len(line) == 4 and line[-4:-2] == line[-2:]:  # two notes back and forth
            bias[line[-2]] -= lean.trill
        if block.role in ("melody", "bass"):
            self._avoid_parallels(context, position, bias)

    @staticmethod
    def _smooth(context: DecodingContext, bias: FloatArray) -> None:
        """An accompaniment stays near where it was, and a broken chord does not stand still."""
        if context.block.role != "harmony":
            return
        if context.part and context.part[-1] and not context.notes:
            lowest = min(note.pitch for note in context.part[-1] if note.position == context.part[-1][0].position)
            bias -= VOICE_LEADING.drift * np.abs(PITCHES - lowest)
        elif context.notes and context.block.monophonic:  # an inner line stays, or goes on near
            bias -= VOICE_LEADING.drift * np.abs(PITCHES - context.notes[-1].pitch)
            bias[context.notes[-1].pitch] += VOICE_LEADING.inner_repeat
        elif context.notes and context.block.most_at_once == 1:  # a broken chord moves
            bias[context.notes[-1].pitch] -= VOICE_LEADING.standing_still

    @staticmethod
    def _avoid_parallels(context: DecodingContext, position: int, bias: FloatArray) -> None:
        """No parallel fifths or octaves between melody and bass.

        The melody is written first: it looks at the plan's next bass note, whose octave is not known. The bass sees
        both, and may still turn to contrary motion.
        """
        block = context.block
        mine = context.previous
        if mine is None:
            return
        if block.role == "bass":
            before, after = context.lead_before(position), context.lead_at(position)
            if before is None or after is None or before == after:
                return
            gap = (before - mine.pitch) % 12
            if gap in (0, 7):
                same = (after - PITCHES) % 12 == gap
                bias[same & ((PITCHES - mine.pitch) * (after - before) > 0)] -= VOICE_LEADING.bass_parallel
            return
        here = block.harmony_at(position)
        bass = context.bass_before if not context.notes else block.harmony_at(context.notes[-1].position).bass
        if here.start != position or bass is None or bass % 12 == here.bass:
            return
        gap = (mine.pitch - bass) % 12
        if gap in (0, 7):
            bias[((PITCHES - here.bass) % 12 == gap) & (mine.pitch != PITCHES)] -= VOICE_LEADING.melody_parallel


class Resolution(BaseRule):
    """Leading tones rise and sevenths fall in the part that has them, where the chord changes; no two parts lead."""

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        here = block.harmony_at(position)
        leading = (block.tonic - 1) % 12
        if leading in here.tones and block.role != "bass":
            heard = [pitch % 12 for _, pitch in context.sounding(position)]
            if here.bass == leading or leading in heard:
                bias[PITCHES % 12 == leading] -= VOICE_LEADING.resolution
        if here.start != position or block.role == "bass" or context.together(position):
            return
        last, before = self._left(context)
        if before is None or before.root == here.root:
            return
        for pitch in last:
            if pitch % 12 in here.tones:
                continue
            if pitch % 12 == (block.tonic - 1) % 12 and block.tonic in here.tones:
                bias[pitch + 1] += VOICE_LEADING.resolution
            elif (pitch - before.root) % 12 in (10, 11):
                falls = [p for p in (pitch - 1, pitch - 2) if p >= 0 and p % 12 in here.tones]
                bias[falls] += VOICE_LEADING.resolution

    @staticmethod
    def _left(context: DecodingContext) -> tuple[list[int], Harmony | None]:
        """The part's last notes before the chord changes, struck together, and the chord they stood in."""
        if context.notes:
            start = context.notes[-1].position
            return context.together(start), context.block.harmony_at(start)
        bar = context.part[-1] if context.part else []
        return [note.pitch for note in bar if note.position == bar[-1].position], context.harmony_before
