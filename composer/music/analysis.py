"""Measures of notes: key, chords, phrases, voices, echoes and the conditions of a part.

Training measures its corpus with this, and rewriting a file measures what surrounds the bars to be rewritten, so that
the model is told the same things in the same terms.

Conventions
-----------
* Times are grid steps from the first bar line; a row is (track, onset, end, pitch), or (onset, end, pitch) in one part.
* A *block* is the notes of a part in one bar, as (position, pitch, index into `composer.music.tokens.DURATIONS`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.music.tokens import (
    BAR_CYCLE,
    CHORD_CLASSES,
    CONDITIONS,
    GRID,
    ChordCode,
    density_code,
    register_code,
    spread_code,
)
from composer.theory import CHORD_QUALITIES, Meter

__all__ = [
    "bar_chords",
    "estimate_key",
    "estimate_mode",
    "find_echo",
    "measure_part",
    "mode_strength",
    "outer_voice",
    "phrase_lengths",
    "polyphony",
    "stronger_key",
]

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# Krumhansl & Kessler (1982) probe-tone profiles.
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
_KEYS = np.stack([np.roll(ratings, shift) for ratings in (_MAJOR, _MINOR) for shift in range(12)])
_WHITE = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1], dtype=float)

_CHORD_PENALTY = {"": 0.0, "m": 0.0, "7": 0.05, "maj7": 0.07, "m7": 0.06, "m7b5": 0.07, "dim": 0.05, "dim7": 0.09}
_RARE_CHORD_PENALTY = 0.1
_CHANGE_PENALTY = 0.1

_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
_REGISTER_BARS = 4
"""Register and spread are measured over groups of this many bars."""


def mode_strength(profile: FloatArray, tonic: int) -> float:
    """How much more major than minor a pitch-class profile sounds on a tonic, about -0.5..0.5.

    Difference of its correlations with the ratings of Krumhansl & Kessler (1982) for the two keys of that tonic.
    """
    if not profile.any() or np.ptp(profile) == 0:
        return 0.0
    turned = np.roll(profile, -tonic)
    return float(np.corrcoef(turned, _MAJOR)[0, 1] - np.corrcoef(turned, _MINOR)[0, 1])


def stronger_key(profile: FloatArray, tonic: int, *, minor: bool) -> float:
    """How much better the best other major or minor key fits a pitch-class profile; 0 where none does, at most 2.

    Fits are correlations with the ratings of Krumhansl & Kessler (1982).
    """
    if not profile.any() or np.ptp(profile) == 0:
        return 0.0
    fits = np.corrcoef(profile, _KEYS)[0, 1:]  # (24,)
    return float(fits.max() - fits[12 * minor + tonic])


def estimate_key(profile: FloatArray) -> tuple[int, int]:
    """Find the key of a pitch-class profile: semitones up to the white keys (0..11), mode code (1 major, 2 minor)."""
    scores = []
    for shift in range(12):
        moved = np.roll(profile, shift)
        tonal = max(np.corrcoef(moved, _MAJOR)[0, 1], np.corrcoef(moved, np.roll(_MINOR, 9))[0, 1])
        scores.append(float(moved @ _WHITE) / max(float(profile.sum()), 1.0) + 0.3 * tonal)
    shift = int(np.argmax(scores))
    return shift, estimate_mode(profile, shift)


def estimate_mode(profile: FloatArray, shift: int) -> int:
    """The mode code of a pitch-class profile, 1 major or 2 minor, given the semitones up to the white keys."""
    moved = np.roll(profile, shift)
    minor = np.corrcoef(moved, np.roll(_MINOR, 9))[0, 1] > np.corrcoef(moved, _MAJOR)[0, 1]
    return 2 if minor else 1


# ------------------------------------------------------------------------------------------- chords


def _templates() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Chord tones (120, 12), thirds (120, 12) and complexity penalty (120,) for 12 roots x `CHORD_CLASSES`."""
    tones = np.zeros((12 * len(CHORD_CLASSES), 12))
    thirds = np.zeros_like(tones)
    penalty = np.zeros(len(tones))
    for root in range(12):
        for index, quality in enumerate(CHORD_CLASSES):
            row = root * len(CHORD_CLASSES) + index
            steps = CHORD_QUALITIES[quality]
            tones[row, [(root + step) % 12 for step in steps]] = 1.0
            thirds[row, (root + steps[1]) % 12] = 1.0
            penalty[row] = _CHORD_PENALTY.get(quality, _RARE_CHORD_PENALTY)
    return tones, thirds, penalty


_TONES, _THIRDS, _PENALTY = _templates()
_ROOTS = np.repeat(np.arange(12), len(CHORD_CLASSES))


def _best_chords(profiles: FloatArray, basses: IntArray) -> tuple[FloatArray, IntArray]:
    """Best template per profile: score (n,), template row (n,). Empty profiles score 0 with row -1."""
    total = profiles.sum(axis=1, keepdims=True)
    share = profiles / np.maximum(total, 1e-9)  # (n, 12)
    inside = share @ _TONES.T  # (n, 120)
    score = inside - 0.6 * (1 - inside) - _PENALTY
    score -= 0.15 * (share[:, _ROOTS] < 0.05) + 0.1 * (share @ _THIRDS.T < 0.05)
    score += 0.15 * (basses[:, None] == _ROOTS[None, :])
    row = score.argmax(axis=1)
    best = score[np.arange(len(score)), row]
    silent = total[:, 0] < 1
    return np.where(silent, 0.0, best), np.where(silent, -1, row)


def bar_chords(notes: IntArray, bars: int, meter: Meter) -> list[tuple[ChordCode, ChordCode]]:
    """Chord at the bar line and from the bar's middle on, per bar (the same twice where it does not change)."""
    bar, middle = meter.bar_steps, meter.middle_step
    edges = np.array([b * bar + offset for b in range(bars) for offset in (0, middle)] + [bars * bar])
    halves = np.zeros((2 * bars, 12))
    lowest = np.full(2 * bars, 1000)
    for _, onset, end, pitch in notes.tolist():
        cell = int(np.searchsorted(edges, onset, side="right")) - 1
        while cell < 2 * bars and edges[cell] < end:
            overlap = min(end, int(edges[cell + 1])) - max(onset, int(edges[cell]))
            halves[cell, pitch % 12] += overlap
            if overlap * 4 >= edges[cell + 1] - edges[cell]:
                lowest[cell] = min(lowest[cell], pitch)
            cell += 1
    whole = halves.reshape(bars, 2, 12).sum(axis=1)
    whole_low = np.where(lowest[0::2] < 1000, lowest[0::2], lowest[1::2])
    half_score, half_row = _best_chords(halves, lowest % 12)
    bar_score, bar_row = _best_chords(whole, whole_low % 12)
    out = []
    for index in range(bars):
        early, late = half_row[2 * index], half_row[2 * index + 1]
        split = (half_score[2 * index] + half_score[2 * index + 1]) / 2 - _CHANGE_PENALTY > bar_score[index]
        if split and early >= 0 and late >= 0:
            pair = (_code(early, lowest[2 * index]), _code(late, lowest[2 * index + 1]))
        else:
            code = _code(bar_row[index], whole_low[index])
            pair = (code, code)
        out.append(pair)
    return out


def _code(row: int, lowest: int) -> ChordCode:
    if row < 0:
        return ChordCode()
    root = int(_ROOTS[row])
    bass = lowest % 12 if lowest < 1000 and _TONES[row, lowest % 12] else root
    return ChordCode(root=root + 1, quality=int(row) % len(CHORD_CLASSES) + 1, bass=int(bass) + 1)


# ------------------------------------------------------------------------------------------- parts


def measure_part(rows: NDArray[np.integer], blocks: list[list[tuple[int, int, int]]], bar: int) -> None:
    """Write a part's register, spread, polyphony, density and echoes into its condition rows, one row a bar."""
    bars = len(blocks)
    for first in range(0, bars, _REGISTER_BARS):
        group = slice(first, min(bars, first + _REGISTER_BARS))
        pitches = [note[1] for block in blocks[group] for note in block]
        if pitches:
            low, high = np.percentile(pitches, [10, 90])
            rows[group, _COLUMN["register"]] = register_code(float(np.mean(pitches)))
            rows[group, _COLUMN["spread"]] = spread_code(float(high - low))
            onsets = sum(len({note[0] for note in block}) for block in blocks[group])
            rows[group, _COLUMN["polyphony"]] = min(4, max(1, round(len(pitches) / onsets)))
    for index, block in enumerate(blocks):
        rows[index, _COLUMN["density"]] = density_code(len({note[0] for note in block}) * GRID / bar)
        back, kind = find_echo(blocks, index)
        if kind:
            rows[index, _COLUMN["echo"]] = (index - back) % BAR_CYCLE + 1
            rows[index, _COLUMN["echo_kind"]] = kind


def polyphony(part: IntArray) -> float:
    """Mean number of notes per onset."""
    return len(part) / max(len(np.unique(part[:, 0])), 1)


def outer_voice(notes: IntArray, *, top: bool) -> NDArray[np.bool_]:
    """Mask of the skyline (or the bass line): extreme notes that no sounding note of the voice exceeds."""
    mask = np.zeros(len(notes), dtype=bool)
    sign = 1 if top else -1
    centre = float(np.median(notes[:, 2]))
    limit = max(55.0, centre) if top else min(57.0, centre)
    held_pitch, held_end = -1000, -1
    starts = np.flatnonzero(np.diff(notes[:, 0], prepend=-1))
    for first, last in zip(starts, np.append(starts[1:], len(notes)), strict=True):
        index = int(last - 1 if top else first)
        onset, end, pitch = notes[index].tolist()
        if sign * (pitch - limit) < 0 or (onset < held_end - 1 and sign * (pitch - held_pitch) < 0):
            continue
        mask[index] = True
        held_pitch, held_end = pitch, end
    return mask


# ------------------------------------------------------------------------------- phrases and echoes


def phrase_lengths(melody: IntArray, bars: int, bar: int, *, ends_piece: bool) -> IntArray:
    """Bars until the phrase closes, counting 1 in its last bar; 0 where no end is in sight. shape=(bars,)

    A phrase ends in a bar whose last melody note holds, or is followed by silence, for half a bar and clearly longer
    than the window's usual note.
    """
    onsets = np.unique(melody[:, 0])
    ends = np.zeros(bars, dtype=bool)
    if len(onsets) > 2:
        gaps = np.append(np.diff(onsets), bar * 2)
        usual = float(np.median(gaps))
        for onset, gap in zip(onsets.tolist(), gaps.tolist(), strict=True):
            place = onset // bar
            if gap >= max(0.5 * bar, 1.7 * usual) and place < bars and not (place and ends[place - 1]):
                ends[place] = True
    ends[-1] |= ends_piece
    out = np.zeros(bars, dtype=np.int64)
    distance = 0
    for index in range(bars - 1, -1, -1):
        distance = 1 if ends[index] else (distance + 1 if distance else 0)
        out[index] = distance
    return np.minimum(out, 9)


def find_echo(blocks: list[list[tuple[int, int, int]]], index: int, *, reach: int = 16) -> tuple[int, int]:
    """Which earlier bar of the part bar `index` takes up: (bars back, kind 1..3), or (0, 0).

    Kind 3 repeats the notes, 2 the rhythm and the contour, 1 the rhythm; the closest kind wins, then the nearest bar.
    """
    here = blocks[index]
    if len(here) < 2:
        return 0, 0
    best = (0, 0)
    for back in range(1, min(reach, index) + 1):
        kind = _echo_kind(blocks[index - back], here)
        if kind > best[1]:
            best = (back, kind)
    return best


def _echo_kind(there: list[tuple[int, int, int]], here: list[tuple[int, int, int]]) -> int:
    if len(there) != len(here) or any(a[0] != b[0] for a, b in zip(there, here, strict=True)):
        return 0
    if there == here:
        return 3
    contours = [np.sign(np.diff([note[1] for note in block])).tolist() for block in (there, here)]
    return 2 if contours[0] == contours[1] else 1
