"""The touch of players on a line of notes: slurs, staccato, accents, and the way loudness swells within a phrase.

Learnt from the marks of printed scores by `composer.training.touch.fit`: for every mark a table of small decision
trees, whose sum says how likely it is on a note, given the notes around it. The file is ``touch/touch.npz`` among the
weights.

Conventions
-----------
* A line is one note at a time, the highest where several are struck; times are grid steps, twelve to the quarter.
* A note is *slurred* when a slur may bind it to the one after it; rests, repeated notes and bars end slurs besides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from composer import assets
from composer.errors import AssetError
from composer.theory import STEPS_PER_QUARTER, Meter

__all__ = [
    "FEATURES",
    "MANNERS",
    "MARKS",
    "UNSEEN",
    "LineNote",
    "NoteTouch",
    "TouchModel",
    "Trees",
    "line_features",
    "load_touch",
    "manner_of",
    "seen_by",
    "touch_of",
]

MARKS = ("slur", "staccato", "accent", "swell")
MANNERS = ("detached", "mixed", "legato")
"""What a line is like as a whole: `composer.types.MusicalPlan.articulation` says which."""
_DETACHED, _LEGATO = 0.75, 0.9
FEATURES = (
    "length_before", "length", "length_after", "length_second", "gap_before", "gap", "gap_after",
    "interval_before", "interval", "interval_second", "height", "peak", "strength", "strength_after", "place",
    "crosses_bar", "since_gap", "until_gap", "rising", "falling_behind", "busier", "struck", "family", "manner",
    "slurred_before", "slurred",
)  # fmt: skip
"""Columns of `line_features`. Lengths are binary logarithms of quarters, gaps quarters of silence after a note,
intervals semitones, strengths 0 (off the beat) to 4 (bar line); the last two are the slurs that were set."""
_SLURS = ("slurred_before", "slurred")
UNSEEN = {"slur": _SLURS, "staccato": (), "accent": (), "swell": (*_SLURS, "manner")}
"""Columns that a mark's trees do not look at."""
_F = {name: index for index, name in enumerate(FEATURES)}
_FAR = 16.0
"""Quarters to a gap beyond which it does not matter."""
_MODEST = 2.0
_WINDOW = STEPS_PER_QUARTER * 4


class LineNote(NamedTuple):
    """A note of a line: onset and end in steps from the beginning, MIDI pitch, notes struck with it."""

    onset: int
    end: int
    pitch: int
    struck: int = 1


class NoteTouch(NamedTuple):
    """How a note is played: bound to the next, short, stressed, and how its loudness stands to the line's, -1..1."""

    slurred: bool
    staccato: bool
    accent: bool
    swell: float


def manner_of(articulation: float) -> int:
    """The number of the manner that a plan's articulation (the share of a note that sounds) asks for."""
    return 0 if articulation < _DETACHED else 2 if articulation >= _LEGATO else 1


# ----------------------------------------------------------------------------------------- features


def line_features(
    notes: Sequence[LineNote], bar_starts: Sequence[int], meter: Meter, *, family: int, manner: int
) -> NDArray[np.float32]:
    """What the trees look at, float32 of shape (n, len(FEATURES)); the marks before are left 0.

    Parameters
    ----------
    notes : in order, no two at a time.
    bar_starts : steps at which bars begin, ascending; the first is at or before the first note.
    meter : of the line; where it changes, the strengths within the bar are those of this one.
    family : General MIDI family (program // 8).
    manner : number in `MANNERS`.
    """
    count = len(notes)
    table = np.zeros((count, len(FEATURES)), dtype=np.float32)
    if not count:
        return table
    onset = np.array([note.onset for note in notes], dtype=np.float64)
    end = np.array([note.end for note in notes], dtype=np.float64)
    pitch = np.array([note.pitch for note in notes], dtype=np.float64)
    after = np.append(onset[1:], end[-1])
    end = np.minimum(end, np.maximum(after, onset + 1))
    length, gap = np.log2((end - onset) / STEPS_PER_QUARTER), (after - end) / STEPS_PER_QUARTER
    step = np.append(np.diff(pitch), 0.0)
    starts = np.asarray(bar_starts, dtype=np.float64)
    bar = np.maximum(np.searchsorted(starts, onset, side="right") - 1, 0)
    strength = np.array([_strength(int(at - starts[number]), meter) for at, number in zip(onset, bar, strict=True)])
    since, until = _gap_distances(onset, after, gap)
    columns: dict[str, NDArray[np.float64]] = {
        "length_before": _shift(length, -1), "length": length, "length_after": _shift(length, 1),
        "length_second": _shift(length, 2), "gap_before": _shift(gap, -1), "gap": gap, "gap_after": _shift(gap, 1),
        "interval_before": _shift(step, -1), "interval": step, "interval_second": _shift(step, 1),
        "strength": strength, "strength_after": _shift(strength, 1),
        "place": ((onset - starts[bar]) % meter.beat_steps) / meter.beat_steps,
        "crosses_bar": (_shift(bar.astype(np.float64), 1) > bar).astype(np.float64),
        "since_gap": since, "until_gap": until,
        "struck": np.array([note.struck for note in notes], dtype=np.float64),
        "family": np.full(count, family), "manner": np.full(count, manner),
        **_contour(onset, pitch, step),
    }  # fmt: skip
    for name, values in columns.items():
        table[:, _F[name]] = values
    return table


def _shift(values: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    """The values of the notes `by` places later; zero beyond the ends."""
    out = np.zeros_like(values)
    if by > 0:
        out[:-by] = values[by:]
    else:
        out[-by:] = values[:by]
    return out


def _strength(step: int, meter: Meter) -> int:
    if step == 0:
        return 4
    if step * 2 == meter.bar_steps:
        return 3
    if step % meter.beat_steps == 0:
        return 2
    return 1 if step % (meter.beat_steps / (3 if meter.compound else 2)) == 0 else 0


def _gap_distances(
    onset: NDArray[np.float64], after: NDArray[np.float64], gap: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quarters since the line last began to sound, and until it next falls silent; at most `_FAR`."""
    since, until = np.zeros(len(onset)), np.zeros(len(onset))
    start = onset[0]
    for index in range(len(onset)):
        if index and gap[index - 1] > 0:
            start = onset[index]
        since[index] = onset[index] - start
    end = after[-1]
    for index in range(len(onset) - 1, -1, -1):
        if gap[index] > 0:
            end = after[index] - gap[index] * STEPS_PER_QUARTER
        until[index] = end - onset[index]
    return np.minimum(since / STEPS_PER_QUARTER, _FAR), np.minimum(until / STEPS_PER_QUARTER, _FAR)


def _contour(
    onset: NDArray[np.float64], pitch: NDArray[np.float64], step: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Height above the surroundings, peaks, where the line comes from and goes to, and whether it gets busier."""
    first = np.searchsorted(onset, onset - _WINDOW)
    last = np.searchsorted(onset, onset + _WINDOW, side="right")
    sums = np.concatenate(([0.0], np.cumsum(pitch)))
    here = np.arange(len(pitch))
    mean_before = (sums[here + 1] - sums[first]) / (here + 1 - first)
    mean_after = (sums[last] - sums[here]) / (last - here)
    before = _shift(step, -1)
    return {
        "height": pitch - (sums[last] - sums[first]) / (last - first),
        "peak": ((before > 0) & (step < 0)).astype(np.float64) - ((before < 0) & (step > 0)),
        "rising": mean_after - pitch,
        "falling_behind": mean_before - pitch,
        "busier": np.log2((last - here) / (here + 1 - first)),
    }


# -------------------------------------------------------------------------------------------- trees


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Decision trees whose leaves add up to a logit.

    ``feature``, ``threshold``, ``left``, ``right`` and ``value`` have one entry a node; a leaf is its own child on both
    sides. ``roots`` are the trees' first nodes, ``depth`` the steps to the deepest leaf. From ``cut`` on, a probability
    counts as a mark.
    """

    feature: NDArray[np.int64] = field(repr=False)
    threshold: NDArray[np.float64] = field(repr=False)
    left: NDArray[np.int64] = field(repr=False)
    right: NDArray[np.int64] = field(repr=False)
    value: NDArray[np.float64] = field(repr=False)
    roots: NDArray[np.int64] = field(repr=False)
    depth: int
    base: float
    cut: float

    def logits(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """The logits of rows of features, shape (n, len(FEATURES)) -> (n,)."""
        at = np.repeat(self.roots[None], len(rows), axis=0)  # (n, trees)
        line = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            at = np.where(rows[line, self.feature[at]] <= self.threshold[at], self.left[at], self.right[at])
        return np.asarray(self.base + self.value[at].sum(axis=1))

    def chosen(self, rows: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Whether the rows' notes have the mark."""
        return self.logits(rows) >= math.log(self.cut / (1 - self.cut))


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchModel:
    """The trees of each mark of `MARKS`."""

    trees: dict[str, Trees] = field(repr=False)

    def touch(self, table: NDArray[np.float32]) -> list[NoteTouch]:
        """The touch of a line from its features: slurs first, then what depends on them."""
        if not len(table):
            return []
        table = table.copy()
        slurred = self.trees["slur"].chosen(seen_by("slur", table)) & (np.arange(len(table)) + 1 < len(table))
        slurred &= (table[:, _F["gap"]] <= 0) & (table[:, _F["interval"]] != 0)
        before = np.append(False, slurred[:-1])
        table[:, _F["slurred"]], table[:, _F["slurred_before"]] = slurred, before
        staccato = ~slurred & ~before & self.trees["staccato"].chosen(table)
        accent = self.trees["accent"].chosen(table)
        marks = zip(slurred.tolist(), staccato.tolist(), accent.tolist(), self._swells(table), strict=True)
        return [NoteTouch(*mark) for mark in marks]

    def slopes(self, table: NDArray[np.float32]) -> NDArray[np.float64]:
        """For every note the logit that a hairpin over it opens rather than closes."""
        return self.trees["swell"].logits(seen_by("swell", table))

    def _swells(self, table: NDArray[np.float32]) -> list[float]:
        """The sum of the slopes between two silences, about its mean; a slope counts for the length of its note."""
        slopes = np.tanh(self.slopes(table) / 2)
        lengths = np.exp2(table[:, _F["length"]].astype(np.float64))
        out: list[float] = []
        run: list[float] = []
        level = 0.0
        for index, slope in enumerate(slopes):
            run.append(level)
            level += float(slope * lengths[index])
            if table[index, _F["gap"]] > 0 or index + 1 == len(slopes):
                mean = sum(run) / len(run)
                out += [max(-1.0, min(1.0, (value - mean) / _MODEST)) for value in run]
                run, level = [], 0.0
        return out


def seen_by(mark: str, table: NDArray[np.float32]) -> NDArray[np.float32]:
    """The features as a mark's trees see them."""
    seen = table.copy()
    for name in UNSEEN[mark]:
        seen[:, _F[name]] = 0
    return seen


@cache
def load_touch() -> TouchModel:
    """The embedded trees.

    Raises
    ------
    AssetError
        The file is missing or damaged.
    """
    path = assets.verified("touch/touch.npz")
    try:
        with np.load(path, allow_pickle=False) as data:
            return TouchModel(trees={mark: _trees(data, mark) for mark in MARKS})
    except (OSError, KeyError, ValueError) as error:
        raise AssetError(f"touch: {path} is no table of trees: {error}", hint="install the package again") from error


def _trees(data: np.lib.npyio.NpzFile, mark: str) -> Trees:
    numbers = {name: data[f"{mark}/{name}"].astype(np.int64) for name in ("feature", "left", "right", "roots")}
    base, cut, depth = data[f"{mark}/facts"].tolist()
    return Trees(
        **numbers,
        threshold=data[f"{mark}/threshold"].astype(np.float64),
        value=data[f"{mark}/value"].astype(np.float64),
        depth=round(depth),
        base=base,
        cut=cut,
    )


def touch_of(
    line: Sequence[LineNote], bar_starts: Sequence[int], meter: Meter, program: int, articulation: float
) -> list[NoteTouch]:
    """The touch of an instrument's line.

    Parameters
    ----------
    line : see `line_features`.
    bar_starts : steps at which bars begin.
    meter : of the line.
    program : General MIDI program.
    articulation : of the plan.

    Raises
    ------
    AssetError
        The trees are missing or damaged.
    """
    features = line_features(line, bar_starts, meter, family=program // 8, manner=manner_of(articulation))
    return load_touch().touch(features)
