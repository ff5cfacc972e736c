"""The rules that hold while notes are decoded: small objects that bias the logits of one choice.

A rule sees a `DecodingContext` of what has been written and adds to a float array: ``FORBIDDEN`` takes a choice away,
smaller numbers lean towards or away from it. What the plan fixes (range, scale, bar length, cadence, last chord) is
forbidden otherwise, so it holds by construction; what makes good style (resolution of dissonance, contour, motif) is a
lean.

The loop in `composer.music.sampling` knows none of the rules, only that there is a list of them.

Conventions are those of `composer.music.rules.base`; rules of time stand in `composer.music.rules.meter`, those between
notes and parts in `composer.music.rules.voice_leading`.
"""

# Rules share one signature and need not use all of it; masks read best with the array first.
# ruff: noqa: ARG002, SIM300

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.music.blocks import Block, Harmony
from composer.music.rules.accompaniment import Accompaniment
from composer.music.rules.base import FORBIDDEN, LENGTHS, PITCHES, UPPER, BaseRule, FloatArray, Rule
from composer.music.rules.context import DecodingContext
from composer.music.rules.fretboard import Fretboard
from composer.music.rules.meter import Meter
from composer.music.rules.voice_leading import Line, Range, Resolution
from composer.music.tokens import END, GRID

__all__ = ["FORBIDDEN", "RULES", "Rule"]

_APART = 4
"""Notes of a line between two tones outside the scale at least, so that it keeps its key; as many as a context's line
holds."""


_DWELLS = 3
"""Strokes of a bar's figure on one note from which on its bass is heard to lie there."""


class Chords(BaseRule):
    """Every note fits the plan's chord; the bass states it; a strong beat of the melody belongs to it."""

    _PASSING = 0.5  # told the chord, the model thinks of fewer than people write
    _FOREIGN = 3.0
    """Lean of a single inner voice away from tones outside the chord, where it may have them."""
    _RESOLUTION = 6.0
    _STAYS = 3.0
    """Lean of a bass that dwells on one note above the lowest away from the third, which would turn the chord over."""

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """See `Rule`."""
        block, previous = context.block, context.notes[-1] if context.notes else None
        if block.role != "bass" or previous is None or block.final:
            return
        sounding = block.harmony_at(previous.position).bass
        change = next((h for h in block.harmonies if h.start > previous.position and h.bass != sounding), None)
        if change is not None and bias[change.start] > FORBIDDEN / 2:  # a new bass note is not passed over
            bias[change.start + 1 :] = FORBIDDEN
            bias[change.start] += 2.0

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        harmony = block.harmony_at(position)
        self._hold_to_scale(context, position, harmony, bias)
        chord = _of(harmony.tones)
        if block.role == "harmony":
            bias[~chord] += -self._FOREIGN if self._may_move(context, position) else FORBIDDEN
            missing = harmony.tones - {pitch % 12 for pitch in context.together(position)}
            bias[~_of(missing)] -= 6.0 if block.final else 1.0
        elif block.role == "bass":
            if self._states_chord(context, harmony):
                bias[PITCHES % 12 != harmony.bass] = FORBIDDEN
            else:
                bias[~chord] -= 2.0
                if self._stays(block, position) and harmony.bass == harmony.root:
                    bias[~_of(_pillars(harmony))] -= self._STAYS
        elif self._strong(block, position):
            bias[~chord] -= 2.5
        else:
            bias[~chord] -= 0.3

    def _hold_to_scale(self, context: DecodingContext, position: int, harmony: Harmony, bias: FloatArray) -> None:
        """Outside the scale only a melody's passing and neighbour tones, by half-steps, away from strong beats."""
        block, foreign = context.block, ~_of(harmony.allowed)
        previous = context.line[-1] if context.line else None
        if previous is not None and foreign[previous]:  # it goes on by a half-step; what was lowered may return
            raised = len(context.line) < 2 or context.line[-2] < previous
            ways = (PITCHES == previous + 1) | (not raised and PITCHES == previous - 1)
            bias[~ways] -= self._RESOLUTION
        elif previous is not None and context.notes and self._may_pass(block, position):
            passing = np.abs(PITCHES - previous) == 1
            if len(context.line) == _APART and not foreign[context.line].any():
                bias[foreign & passing] += self._PASSING + block.chromaticism
                foreign &= ~passing
        bias[foreign] = FORBIDDEN

    def _may_move(self, context: DecodingContext, position: int) -> bool:
        """An inner voice may pass between chord tones by step, off the strong beats; so may a hand that has one."""
        block, notes = context.block, context.notes
        single = block.monophonic or (bool(block.figure) and all(stroke.notes == 1 for stroke in block.figure))
        free = single and not block.final and bool(notes) and not self._strong(block, position)
        return free and notes[-1].pitch % 12 in block.harmony_at(notes[-1].position).tones

    def _may_pass(self, block: Block, position: int) -> bool:
        """A melody may pass through a tone outside the scale here."""
        free = block.chromatic and block.role in UPPER and not block.closing
        return free and not self._strong(block, position)

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        if block.role in UPPER:
            if pitch % 12 not in block.harmony_at(position).allowed:  # a passing tone passes
                bias[LENGTHS > GRID] = FORBIDDEN
            return
        bass = block.harmony_at(position).bass if block.role == "bass" else None
        for harmony in block.harmonies:
            stays = pitch % 12 in harmony.tones and bass in (None, harmony.bass)
            if harmony.start > position and not stays:
                bias[harmony.start - position < LENGTHS] = FORBIDDEN
                break
        struck = [note.length for note in context.notes if note.position == position]
        if struck:  # notes struck together end together
            bias[struck[0] != LENGTHS] -= 4.0

    @staticmethod
    def _states_chord(context: DecodingContext, harmony: Harmony) -> bool:
        return not any(note.position >= harmony.start for note in context.notes)

    @staticmethod
    def _stays(block: Block, position: int) -> bool:
        """The figure comes to this note three times or more in the bar."""
        ranks = [stroke.rank for stroke in block.figure]
        here = next((stroke.rank for stroke in block.figure if stroke.position == position), None)
        return here is not None and ranks.count(here) >= _DWELLS

    @staticmethod
    def _strong(block: Block, position: int) -> bool:
        return (
            position == 0
            or any(position == harmony.start for harmony in block.harmonies)
            or position * 2 == block.length
        )


def _pillars(harmony: Harmony) -> set[int]:
    """Root and fifth, perfect or not: what a bass may dwell on."""
    return {tone for tone in harmony.tones if (tone - harmony.root) % 12 in (0, 6, 7, 8)}


def _of(pitch_classes: frozenset[int] | set[int]) -> NDArray[np.bool_]:
    """Mask of the 128 pitches that belong to these pitch classes."""
    member = np.zeros(12, dtype=bool)
    member[list(pitch_classes)] = True
    return member[PITCHES % 12]


class Echo(BaseRule):
    """Take up the echoed bar: its rhythm, its contour, or its notes where the new chord allows them; or its motif."""

    _RHYTHM, _CLOSELY = 3.0, 6.0
    _NOTES, _MOTIF = 8.0, 6.0

    def _strength(self, block: Block) -> float:
        return self._CLOSELY if block.echo_kind > 1 or block.motif else self._RHYTHM

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """See `Rule`."""
        source = context.source()
        if not source or context.block.final:
            return
        done = len(context.notes)
        target = source[done].position if done < len(source) else END
        if target == END and context.block.closing:
            return
        bias[target] += self._strength(context.block)

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        source, done = context.source(), len(context.notes)
        kind, motif = context.block.echo_kind, bool(context.block.motif)
        if (kind < 2 and not motif) or done >= len(source) or source[done].position != position:
            return
        if kind == 3 or motif:
            bias[source[done].pitch] += self._MOTIF if motif else self._NOTES
        if done and context.notes:
            move = np.sign(source[done].pitch - source[done - 1].pitch)
            bias[np.sign(PITCHES - context.notes[-1].pitch) == move] += 2.0
        bias -= 0.15 * np.abs(PITCHES - source[done].pitch)

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        source, done = context.source(), len(context.notes)
        if done < len(source) and source[done].position == position:
            bias[LENGTHS == source[done].length] += self._strength(context.block)


class Cadence(BaseRule):
    """A phrase breathes: its last bar settles on a long note of the chord that the cadence asks for."""

    _STEP, _THIRD = 2, 4

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        if not block.closing or block.role not in UPPER or block.final:
            return
        settle = self._settles(context)
        bias[settle + 1 : END] = FORBIDDEN
        if context.notes and context.notes[-1].position >= settle:
            bias[:END] = FORBIDDEN
        elif context.notes and context.notes[-1].length < GRID:
            bias[END] -= 6.0  # no phrase ends on a short note

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        if not block.closing or block.role != "melody" or block.final:
            return
        harmony = block.harmony_at(position)
        bias[~_of(harmony.tones)] -= 3.0 if position else 1.0
        if block.cadence == "authentic":
            bias[PITCHES % 12 == block.tonic] += 2.0
        if context.line and position >= self._settles(context):  # it comes to rest by step
            away = np.abs(PITCHES - context.line[-1])
            bias[away > self._STEP] -= 1.0
            bias[away > self._THIRD] -= 3.0

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        if block.closing and block.role in UPPER and not block.final:
            rest = block.length - position
            if position >= self._settles(context) or rest <= GRID:
                bias[min(2 * GRID, rest) > LENGTHS] = FORBIDDEN
            bias[rest < LENGTHS] = FORBIDDEN

    @staticmethod
    def _settles(context: DecodingContext) -> int:
        """The last chord's start, or the bar's middle on a beat: no melody note starts later."""
        block = context.block
        start = block.harmonies[-1].start
        place = start if start and start <= block.length - GRID else block.length // 2 // GRID * GRID
        return max(place, context.carry)


class Ending(BaseRule):
    """The last bar is one held tonic chord in root position: bass and melody on the tonic, full to the bar line.

    A figure that comes to rest strikes its tones one after the other, above the bass that is held.
    """

    def positions(self, context: DecodingContext, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        if not block.final:
            return
        if block.fading:
            self._go_on(context, bias)
            return
        bias[1:END] = FORBIDDEN
        bias[END] = FORBIDDEN
        if len(context.notes) >= block.most_at_once:
            bias[:END] = FORBIDDEN
            bias[END] = 0.0

    @staticmethod
    def _go_on(context: DecodingContext, bias: FloatArray) -> None:
        """The next stroke; where nothing fits there the one after it, and the end at last."""
        target = Accompaniment.next_stroke(context)
        later = [stroke.position for stroke in context.block.figure if stroke.position > target] if target < END else []
        ways = [place for place in (target, *later) if bias[place] > FORBIDDEN / 2]
        bias[:] = FORBIDDEN
        for number, place in enumerate(dict.fromkeys((*ways, END))):
            bias[place] = -100.0 * number

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        if not block.final:
            return
        bias[~_of(block.harmonies[-1].tones)] = FORBIDDEN
        held = [pitch for _, pitch in context.sounding(position)]
        own = [] if block.fading and held else [note.pitch for note in context.notes]
        below = PITCHES < min([*held, *own], default=128)  # whatever is lowest is the tonic
        bias[below & (PITCHES % 12 != block.tonic)] = FORBIDDEN
        if block.role in ("melody", "bass"):
            bias[PITCHES % 12 != block.tonic] = FORBIDDEN
            if context.line:
                bias -= 0.4 * np.abs(PITCHES - context.line[-1])
        elif block.role == "counter":
            bias[PITCHES % 12 == block.tonic] -= 2.0

    def durations(self, context: DecodingContext, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        if block.fading:
            length = next(stroke.length for stroke in block.figure if stroke.position == position)
            fits = [index for index, steps in enumerate(LENGTHS.tolist()) if steps <= length]
            bias[:] = FORBIDDEN
            bias[fits[-1]] = 0.0
        elif block.final:
            bias[:] = np.where(block.length < LENGTHS, FORBIDDEN, 4.0 * np.log(LENGTHS))


class Shade(BaseRule):
    """The degrees that make a mode bright or dark, third and sixth, are dwelt on as the feeling asks."""

    _STRENGTH, _MOST = 1.5, 0.4
    """Bias for a whole unit of valence, twice as much for the darkest, and the valence beyond which a major third gains
    no more: it would hide the tonic."""

    def pitches(self, context: DecodingContext, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = context.block
        if block.role == "bass" or block.final:
            return
        third, sixth = (3, 8) if block.minor else (4, 9)
        dark = -block.valence * (1 + max(0.0, -block.valence))  # the saddest dwell on them most
        lean = self._STRENGTH * (dark if block.minor else min(block.valence, self._MOST))
        bias[PITCHES % 12 == (block.tonic + third) % 12] += lean
        if block.minor:
            bias[PITCHES % 12 == (block.tonic + sixth) % 12] += 0.6 * lean


RULES: tuple[Rule, ...] = (
    Meter(), Range(), Chords(), Line(), Resolution(), Shade(), Echo(), Accompaniment(), Cadence(), Ending(),
    Fretboard(),
)  # fmt: skip
"""Every rule, in the order of application."""
