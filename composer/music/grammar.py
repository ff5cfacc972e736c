"""The rules that hold while notes are decoded: small objects that bias the logits of one choice.

A rule sees a `View` of what has been written and adds to a float array: ``FORBIDDEN`` takes a choice away, smaller
numbers lean towards or away from it. What the plan fixes (range, scale, bar length, cadence, last chord) is forbidden
otherwise, so it holds by construction; what makes good style (resolution of dissonance, contour, motif) is a lean.

The loop in `composer.music.sampling` knows none of the rules, only that there is a list of them.

Conventions
-----------
* ``position`` arrays have `MAX_POSITION` + 1 entries, the last of which ends the block; ``pitch`` arrays 128 canonical
  pitches; ``duration`` arrays one entry per `DURATIONS`.
* Voice-leading leans follow common-practice counterpoint (J. J. Fux; W. Piston, *Harmony*).
"""

# Rules share one signature and need not use all of it; masks read best with the array first.
# ruff: noqa: ARG002, SIM300

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from composer.music.blocks import Block, Harmony
from composer.music.tokens import DURATIONS, END, GRID
from composer.music.view import View

__all__ = ["FORBIDDEN", "RULES", "Rule"]

FloatArray = NDArray[np.float64]
FORBIDDEN = -1e9
"""Bias that takes a choice away."""
_PITCHES = np.arange(128)
_POSITIONS = np.arange(END)
_LENGTHS = np.array(DURATIONS)
_DOTTED = GRID * 3 // 4
_UPPER = ("melody", "counter")
_CLEAR = 53
"""From here up every interval is clear."""


def _low_intervals() -> NDArray[np.bool_]:
    """Which pairs of pitches lie too close for their depth, shape (128, 128).

    Seconds below F3, thirds below D3, fourths and tritones below E2: the low interval limits of arrangers, a little
    stricter than S. Adler's (*The Study of Orchestration*).
    """
    lower = np.minimum.outer(_PITCHES, _PITCHES)
    apart = np.abs(np.subtract.outer(_PITCHES, _PITCHES))
    muddy = (apart <= 2) & (lower < _CLEAR) | (apart <= 4) & (lower < 50) | (apart <= 6) & (lower < 40)
    return muddy & (apart > 0)


_MUD = _low_intervals()


class Rule(Protocol):
    """Biases one or more of the three choices, in place."""

    def positions(self, view: View, bias: FloatArray) -> None:
        """Where the next note starts, or whether the block ends."""

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """Which pitch it has."""

    def durations(self, view: View, position: int, pitch: int, bias: FloatArray) -> None:
        """How long it lasts."""


class _Rule:
    """A rule that has no say; others override what they have a say in."""

    def positions(self, view: View, bias: FloatArray) -> None:
        """See `Rule`."""

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """See `Rule`."""

    def durations(self, view: View, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""


class Meter(_Rule):
    """Notes start inside the bar, in order, on the grid of sixteenths or triplets; no bar of a part stays empty.

    Where there are triplets, a beat of a part is divided by two or by three, never both.
    """

    _GRID_STEP = 3
    _THIRD, _HALF = GRID // 3, GRID // 2

    def positions(self, view: View, bias: FloatArray) -> None:
        """See `Rule`."""
        block, notes = view.block, view.notes
        bias[:END][(_POSITIONS >= block.length) | self._off_grid(view)] = FORBIDDEN
        if notes:
            last = notes[-1]
            at_once = len(view.together(last.position))
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
        else:
            bias[: view.carry] = FORBIDDEN
            bias[END] = FORBIDDEN
            if block.role == "bass":  # the bass marks every bar line, an accompaniment most
                bias[1:END] = FORBIDDEN
            elif block.role == "harmony" and not view.own:
                bias[0] += 2.5

    def durations(self, view: View, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        room = block.length - position
        crosses = (
            block.following is not None
            and not block.closing
            and block.role in _UPPER
            and pitch % 12 in block.following.tones
            and not block.penultimate
        )
        limit = room + (block.length // 2 if crosses else 0)
        bias[limit < _LENGTHS] = FORBIDDEN
        bias[self._off_length(view, position) & (limit >= self._GRID_STEP)] = FORBIDDEN
        bias[room < _LENGTHS] -= 1.5  # ties over the bar line are rare
        bias[(position + _LENGTHS) % self._HALF != 0] -= 0.25  # ends on an eighth read better than stray rests
        if block.calm:
            bias[_LENGTHS < self._HALF] -= 0.8
        if block.role not in _UPPER and (block.calm or block.hold < 0):  # it holds until the chord changes, or not
            until = next((h.start for h in block.harmonies if h.start > position), block.length)
            bias[until - position == _LENGTHS] += block.hold
            bias[_LENGTHS > GRID] += min(block.hold, 0.0)
        if block.dotted and position % GRID == 0 and room >= GRID and not block.closing:
            bias[_LENGTHS == _DOTTED] += block.dotted
            bias[_LENGTHS == 2 * _DOTTED] += 0.5 * block.dotted

    def _off_grid(self, view: View) -> NDArray[np.bool_]:
        """Which positions do not lie on the grid."""
        if not view.block.triplets:
            return _POSITIONS % self._GRID_STEP != 0
        within, beat = _POSITIONS % GRID, _POSITIONS // GRID
        off = (within % self._THIRD != 0) & (within != self._HALF)
        for note in view.notes:
            here = beat == note.position // GRID
            if self._is_third(note.position, note.length):
                off |= here & (within == self._HALF)
            elif note.position % GRID == self._HALF or note.length == self._HALF:
                off |= here & (within % self._HALF != 0)
        return off

    def _off_length(self, view: View, position: int) -> NDArray[np.bool_]:
        """Which lengths end off the grid."""
        if not view.block.triplets:
            return _LENGTHS % self._GRID_STEP != 0
        within = position % GRID
        if within % self._HALF:  # a third of a beat: not beyond the beat
            return (_LENGTHS % self._THIRD != 0) | (_LENGTHS > GRID - within)
        straight = _LENGTHS % self._HALF != 0
        halves = [note.position for note in view.notes if note.position % GRID == self._HALF]
        if within or position + self._HALF in halves:
            return straight
        return straight & (_LENGTHS != self._THIRD) & (_LENGTHS != 2 * self._THIRD)

    def _is_third(self, position: int, length: int) -> bool:
        return position % self._HALF != 0 or length in (self._THIRD, 2 * self._THIRD)


class Range(_Rule):
    """Notes lie in the part's range; those struck together fit a hand and rise; no part doubles another by accident."""

    _HAND, _ROLLED = 14, 17
    """First semitones that a hand does not reach, at once and rolled."""
    _MUDDY = 6.0
    """Lean away from intervals that are too low to be heard as such, whoever plays the other note."""

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        bias[(_PITCHES < block.low) | (_PITCHES > block.high)] = FORBIDDEN
        together = view.together(position)
        struck = view.struck(position)
        if struck and block.one_hand:
            reach = self._ROLLED if block.final else self._HAND
            bias[min(struck) + reach :] = FORBIDDEN
            bias[: max(0, max(struck) - reach + 1)] = FORBIDDEN
        bias[struck] = FORBIDDEN
        if together:
            bias[: max(together) + 1] = FORBIDDEN
            bias[min(together) + (self._ROLLED if block.final else self._HAND) :] = FORBIDDEN
        below = list(together)
        for note in view.notes:
            if note.position + note.length > position:
                bias[note.pitch] = FORBIDDEN
                below.append(note.pitch)
        for notes in view.own:  # one instrument holds a key once
            for note in notes:
                if note.position <= position < note.position + note.length:
                    bias[note.pitch] = FORBIDDEN
        for role, pitch in view.sounding(position):
            bias[pitch] -= 5.0
            below.append(pitch)
            if role == "melody":
                bias[pitch + 1 :] -= 2.5
            elif role == "bass":
                bias[:pitch] -= 4.0
        if below and min(below) < _CLEAR:
            bias[_MUD[below].any(axis=0)] -= self._MUDDY

    def durations(self, view: View, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        if pitch < _CLEAR + 4:  # not held into what a lower part plays next, where the two would be muddy
            later = [n.position for _, notes in view.others for n in notes if n.position > position]
            for start in sorted(later):
                if any(_MUD[pitch, other] for _, other in view.sounding(start)):
                    bias[_LENGTHS > start - position] -= self._MUDDY / 2
                    break
        again = [note.position for notes in view.own for note in notes if note.pitch == pitch]
        until = min((start for start in again if start > position), default=None)
        if until is not None:
            bias[_LENGTHS > until - position] = FORBIDDEN


class Chords(_Rule):
    """Every note fits the plan's chord; the bass states it; a strong beat of the melody belongs to it."""

    def positions(self, view: View, bias: FloatArray) -> None:
        """See `Rule`."""
        block, previous = view.block, view.notes[-1] if view.notes else None
        if block.role != "bass" or previous is None or block.final:
            return
        sounding = block.harmony_at(previous.position).bass
        change = next((h for h in block.harmonies if h.start > previous.position and h.bass != sounding), None)
        if change is not None and bias[change.start] > FORBIDDEN / 2:  # a new bass note is not passed over
            bias[change.start + 1 :] = FORBIDDEN
            bias[change.start] += 2.0

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        harmony = block.harmony_at(position)
        self._hold_to_scale(view, position, harmony, bias)
        chord = _of(harmony.tones)
        if block.role == "harmony":
            bias[~chord] = FORBIDDEN
            missing = harmony.tones - {pitch % 12 for pitch in view.together(position)}
            bias[~_of(missing)] -= 6.0 if block.final else 1.0
        elif block.role == "bass":
            if self._states_chord(view, harmony):
                bias[_PITCHES % 12 != harmony.bass] = FORBIDDEN
            else:
                bias[~chord] -= 2.0
        elif self._strong(block, position):
            bias[~chord] -= 2.5
        else:
            bias[~chord] -= 0.3

    def _hold_to_scale(self, view: View, position: int, harmony: Harmony, bias: FloatArray) -> None:
        """Outside the scale only a melody's passing and neighbour tones, by half-steps, away from strong beats."""
        block, foreign = view.block, ~_of(harmony.allowed)
        previous = view.line[-1] if view.line else None
        if previous is not None and foreign[previous]:  # it resolves
            bias[np.abs(_PITCHES - previous) > 2] -= 6.0
        elif previous is not None and view.notes and self._may_pass(block, position):
            passing = np.abs(_PITCHES - previous) == 1
            bias[foreign & passing] -= 1.0
            foreign &= ~passing
        bias[foreign] = FORBIDDEN

    def _may_pass(self, block: Block, position: int) -> bool:
        """A melody may pass through a tone outside the scale here."""
        free = block.chromatic and block.role in _UPPER and not block.closing
        return free and not self._strong(block, position)

    def durations(self, view: View, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        if block.role in _UPPER:
            if pitch % 12 not in block.harmony_at(position).allowed:  # a passing tone passes
                bias[_LENGTHS > GRID] = FORBIDDEN
            return
        bass = block.harmony_at(position).bass if block.role == "bass" else None
        for harmony in block.harmonies:
            stays = pitch % 12 in harmony.tones and bass in (None, harmony.bass)
            if harmony.start > position and not stays:
                bias[harmony.start - position < _LENGTHS] = FORBIDDEN
                break
        struck = [note.length for note in view.notes if note.position == position]
        if struck:  # notes struck together end together
            bias[struck[0] != _LENGTHS] -= 4.0

    @staticmethod
    def _states_chord(view: View, harmony: Harmony) -> bool:
        return not any(note.position >= harmony.start for note in view.notes)

    @staticmethod
    def _strong(block: Block, position: int) -> bool:
        return (
            position == 0
            or any(position == harmony.start for harmony in block.harmonies)
            or position * 2 == block.length
        )


def _of(pitch_classes: frozenset[int] | set[int]) -> NDArray[np.bool_]:
    """Mask of the 128 pitches that belong to these pitch classes."""
    member = np.zeros(12, dtype=bool)
    member[list(pitch_classes)] = True
    return member[_PITCHES % 12]


class Line(_Rule):
    """A tune mostly steps; leaps are balanced by a turn; a dissonance leaves by step; outer voices avoid parallels."""

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        line = view.line
        if block.role == "harmony" or not line:
            self._smooth(view, bias)
            return
        last = line[-1]
        distance = np.abs(_PITCHES - last)
        bias[distance > 12] -= 6.0
        bias[(distance > 7) & (distance <= 12)] -= 1.0 if block.role == "melody" else 0.5
        bias[distance == 6] -= 1.0
        bias[distance == 11] -= 2.0
        bias[distance == 10] -= 0.5
        bias[(distance == 3) | (distance == 4)] -= 0.35  # the model would arpeggiate more than people do
        if block.role == "melody":
            bias[(distance > 0) & (distance <= 2)] += 0.25
        if not view.notes or last % 12 not in block.harmony_at(view.notes[-1].position).tones:
            bias[distance > 2] -= 2.0 if view.notes else 0.0
        if len(line) > 1 and abs(line[-1] - line[-2]) > 4:  # after a leap, turn back by step
            back = (_PITCHES - last) * np.sign(line[-2] - last)
            bias[(back < 0) & (distance > 2)] -= 1.5
        bias[last] -= (0.7 if len(line) < 2 or line[-2] != last else 2.0) + 1.0 * block.valence  # a tune at rest is sad
        if len(line) == 4 and line[-4:-2] == line[-2:]:  # two notes back and forth
            bias[line[-2]] -= 1.0
        if block.role in ("melody", "bass"):
            self._avoid_parallels(view, position, bias)

    @staticmethod
    def _smooth(view: View, bias: FloatArray) -> None:
        """An accompaniment stays near where it was, and a broken chord does not stand still."""
        if view.block.role != "harmony":
            return
        if view.part and view.part[-1] and not view.notes:
            lowest = min(note.pitch for note in view.part[-1] if note.position == view.part[-1][0].position)
            bias -= 0.12 * np.abs(_PITCHES - lowest)
        elif view.notes and view.block.most_at_once == 1:  # a broken chord moves
            bias[view.notes[-1].pitch] -= 1.5

    @staticmethod
    def _avoid_parallels(view: View, position: int, bias: FloatArray) -> None:
        """No parallel fifths or octaves between melody and bass.

        The melody is written first: it looks at the plan's next bass note, whose octave is not known. The bass sees
        both, and may still turn to contrary motion.
        """
        block = view.block
        mine = view.previous
        if mine is None:
            return
        if block.role == "bass":
            before, after = view.lead_before(position), view.lead_at(position)
            if before is None or after is None or before == after:
                return
            gap = (before - mine.pitch) % 12
            if gap in (0, 7):
                same = (after - _PITCHES) % 12 == gap
                bias[same & ((_PITCHES - mine.pitch) * (after - before) > 0)] -= 6.0
            return
        here = block.harmony_at(position)
        bass = view.bass_before if not view.notes else block.harmony_at(view.notes[-1].position).bass
        if here.start != position or bass is None or bass % 12 == here.bass:
            return
        gap = (mine.pitch - bass) % 12
        if gap in (0, 7):
            bias[((_PITCHES - here.bass) % 12 == gap) & (mine.pitch != _PITCHES)] -= 4.0


class Resolution(_Rule):
    """Leading tones rise and sevenths fall in the part that has them, where the chord changes; no two parts lead."""

    _LEAN = 3.0

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        here = block.harmony_at(position)
        leading = (block.tonic - 1) % 12
        if leading in here.tones and block.role != "bass":
            heard = [pitch % 12 for _, pitch in view.sounding(position)]
            if here.bass == leading or leading in heard:
                bias[_PITCHES % 12 == leading] -= self._LEAN
        if here.start != position or block.role == "bass" or view.together(position):
            return
        last, before = self._left(view)
        if before is None or before.root == here.root:
            return
        for pitch in last:
            if pitch % 12 in here.tones:
                continue
            if pitch % 12 == (block.tonic - 1) % 12 and block.tonic in here.tones:
                bias[pitch + 1] += self._LEAN
            elif (pitch - before.root) % 12 in (10, 11):
                falls = [p for p in (pitch - 1, pitch - 2) if p >= 0 and p % 12 in here.tones]
                bias[falls] += self._LEAN

    @staticmethod
    def _left(view: View) -> tuple[list[int], Harmony | None]:
        """The part's last notes before the chord changes, struck together, and the chord they stood in."""
        if view.notes:
            start = view.notes[-1].position
            return view.together(start), view.block.harmony_at(start)
        bar = view.part[-1] if view.part else []
        return [note.pitch for note in bar if note.position == bar[-1].position], view.harmony_before


class Echo(_Rule):
    """Take up the echoed bar: its rhythm, its contour, or its notes where the new chord allows them."""

    def positions(self, view: View, bias: FloatArray) -> None:
        """See `Rule`."""
        source = view.source()
        if not source or view.block.final:
            return
        strength = 3.0 if view.block.echo_kind == 1 else 6.0
        done = len(view.notes)
        target = source[done].position if done < len(source) else END
        if target == END and view.block.closing:
            return
        bias[target] += strength

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        source, done = view.source(), len(view.notes)
        kind = view.block.echo_kind
        if kind < 2 or done >= len(source) or source[done].position != position:
            return
        if kind == 3:
            bias[source[done].pitch] += 8.0
        if done and view.notes:
            move = np.sign(source[done].pitch - source[done - 1].pitch)
            bias[np.sign(_PITCHES - view.notes[-1].pitch) == move] += 2.0
        bias -= 0.15 * np.abs(_PITCHES - source[done].pitch)

    def durations(self, view: View, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        source, done = view.source(), len(view.notes)
        if done < len(source) and source[done].position == position:
            bias[_LENGTHS == source[done].length] += 3.0 if view.block.echo_kind == 1 else 6.0


class Cadence(_Rule):
    """A phrase breathes: its last bar settles on a long note of the chord that the cadence asks for."""

    def positions(self, view: View, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        if not block.closing or block.role not in _UPPER or block.final:
            return
        settle = self._settles(view)
        bias[settle + 1 : END] = FORBIDDEN
        if view.notes and view.notes[-1].position >= settle:
            bias[:END] = FORBIDDEN
        elif view.notes and view.notes[-1].length < GRID:
            bias[END] -= 6.0  # no phrase ends on a short note

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        if not block.closing or block.role != "melody" or block.final:
            return
        harmony = block.harmony_at(position)
        bias[~_of(harmony.tones)] -= 3.0 if position else 1.0
        if block.cadence == "authentic":
            bias[_PITCHES % 12 == block.tonic] += 2.0

    def durations(self, view: View, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        if block.closing and block.role in _UPPER and not block.final:
            rest = block.length - position
            if position >= self._settles(view) or rest <= GRID:
                bias[min(2 * GRID, rest) > _LENGTHS] = FORBIDDEN
            bias[rest < _LENGTHS] = FORBIDDEN

    @staticmethod
    def _settles(view: View) -> int:
        """The last chord's start, or the bar's middle on a beat: no melody note starts later."""
        block = view.block
        start = block.harmonies[-1].start
        place = start if start and start <= block.length - GRID else block.length // 2 // GRID * GRID
        return max(place, view.carry)


class Ending(_Rule):
    """The last bar is one held tonic chord in root position: bass and melody on the tonic, full to the bar line."""

    def positions(self, view: View, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        if block.final:
            bias[1:END] = FORBIDDEN
            bias[END] = FORBIDDEN
            if len(view.notes) >= block.most_at_once:
                bias[:END] = FORBIDDEN
                bias[END] = 0.0

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        if not block.final:
            return
        bias[~_of(block.harmonies[-1].tones)] = FORBIDDEN
        written = [pitch for _, pitch in view.sounding(0)] + [note.pitch for note in view.notes]
        below = _PITCHES < min(written, default=128)  # whatever is lowest is the tonic
        bias[below & (_PITCHES % 12 != block.tonic)] = FORBIDDEN
        if block.role in ("melody", "bass"):
            bias[_PITCHES % 12 != block.tonic] = FORBIDDEN
            if view.line:
                bias -= 0.4 * np.abs(_PITCHES - view.line[-1])
        elif block.role == "counter":
            bias[_PITCHES % 12 == block.tonic] -= 2.0

    def durations(self, view: View, position: int, pitch: int, bias: FloatArray) -> None:
        """See `Rule`."""
        if view.block.final:
            bias[:] = np.where(view.block.length < _LENGTHS, FORBIDDEN, 4.0 * np.log(_LENGTHS))


class Shade(_Rule):
    """The degrees that make a mode bright or dark, third and sixth, are dwelt on as the feeling asks."""

    _STRENGTH = 1.5

    def pitches(self, view: View, position: int, bias: FloatArray) -> None:
        """See `Rule`."""
        block = view.block
        if block.role == "bass" or block.final:
            return
        third, sixth = (3, 8) if block.minor else (4, 9)
        lean = self._STRENGTH * (-block.valence if block.minor else block.valence)
        bias[_PITCHES % 12 == (block.tonic + third) % 12] += lean
        if block.minor:
            bias[_PITCHES % 12 == (block.tonic + sixth) % 12] += 0.6 * lean


RULES: tuple[Rule, ...] = (Meter(), Range(), Chords(), Line(), Resolution(), Shade(), Echo(), Cadence(), Ending())
"""Every rule, in the order of application."""
