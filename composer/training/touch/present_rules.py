"""The rules that scores were marked by before touch was learnt, on a line: what a model has to be better than."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.theory import STEPS_PER_QUARTER
from composer.touch import LineNote
from composer.training.touch.lines import MarkedLine

__all__ = ["arch_slopes", "ruled_accents", "ruled_slurs", "ruled_staccatos"]

_KEYBOARD_BARS = 2
_KEYBOARD_FAMILIES = (0, 2)
_PHRASE = 4
_SHORT, _LONG = STEPS_PER_QUARTER // 4, STEPS_PER_QUARTER


def _bars(line: MarkedLine) -> NDArray[np.int64]:
    onsets = np.array([note.onset for note in line.notes])
    return np.asarray(np.searchsorted(np.array(line.bar_starts), onsets, side="right") - 1)


def ruled_slurs(line: MarkedLine) -> NDArray[np.bool_]:
    """A slur a bar, two bars on a keyboard; it ends before a rest, a repeated note and a new phrase of four bars."""
    family = int(line.features[0, -4])
    cell = _bars(line) // (_KEYBOARD_BARS if family in _KEYBOARD_FAMILIES else 1)
    out = np.zeros(len(line.notes), dtype=bool)
    for index in range(len(line.notes) - 1):
        here, after = line.notes[index : index + 2]
        out[index] = cell[index] == cell[index + 1] and here.end >= after.onset and here.pitch != after.pitch
    return out


def ruled_staccatos(line: MarkedLine) -> NDArray[np.bool_]:
    """Every eighth and quarter."""
    return np.array([_SHORT < _length(note) <= _LONG for note in line.notes])


def ruled_accents(line: MarkedLine) -> NDArray[np.bool_]:
    """The first note of every bar: the rule accents that of the loudest, which a score does not name."""
    bars = _bars(line)
    return np.append(True, np.diff(bars) > 0)


def arch_slopes(line: MarkedLine) -> NDArray[np.float64]:
    """Louder to the middle of every four bars, softer from there."""
    onsets = np.array([note.onset for note in line.notes], dtype=np.float64)
    bars = _bars(line)
    starts = np.array([*line.bar_starts, line.bar_starts[-1] + line.meter.bar_steps], dtype=np.float64)
    inside = (onsets - starts[bars]) / np.maximum(starts[bars + 1] - starts[bars], 1)
    return np.cos(np.pi * ((bars % _PHRASE) + np.clip(inside, 0, 1)) / _PHRASE)


def _length(note: LineNote) -> int:
    return note.end - note.onset
