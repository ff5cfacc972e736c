"""The features of the emotion judge: some sixty numbers from the notes alone.

Conventions
-----------
* Times are in seconds, because tempo belongs to what is felt, and because performances have no meaningful beat.
* Nothing depends on the key (profiles are turned to the tonic), on the length of the piece or on the instruments.
* Notes that begin within `_TOGETHER` of each other are one *attack*, as in performed chords.
* What the pedal does to a transcribed performance must not decide, or a judge fitted to performances could not judge
  scores: sums of overlapping sound are avoided. On human excerpts from scores the medians of overlap-based legato,
  harmonic change, spread of durations and intervals among sounding notes lay 1 to 1.5 standard deviations from
  EMOPIA's, and so they were left out or are taken among notes that begin together.
* The cues are those that the literature on perceived emotion names: tempo, mode, loudness, register, articulation,
  density, consonance (Gabrielsson & Lindström, *The influence of musical structure on emotional expression*, 2001;
  Eerola, Friberg & Bresin, *Frontiers in Psychology* 4, 2013).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.errors import MidiError
from composer.midi.notes import DURATION, ONSET, PITCH, VELOCITY, FloatArray, MidiNotes

__all__ = ["FEATURE_NAMES", "emotion_features"]

_TOGETHER = 0.05
_WINDOW = 1.0
"""Length of the windows in which chords are looked for, in seconds."""
_MAJOR_PROFILE = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR_PROFILE = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
"""Probe-tone ratings of Krumhansl & Kessler (*Psychological Review* 89, 1982)."""
_TRIADS = {"major": (0, 4, 7), "minor": (0, 3, 7), "diminished": (0, 3, 6), "suspended": (0, 5, 7)}
_ROOT_WEIGHT = 1.1
"""The root counts a little more than third and fifth: a bare third belongs to the chord on its stronger note."""
_TEMPLATES = np.array(
    [
        [_ROOT_WEIGHT * (step == 0) + (step in steps[1:]) for step in (np.arange(12) - root) % 12]
        for steps in _TRIADS.values()
        for root in range(12)
    ]
)
"""Shape (48, 12): twelve roots of each kind."""
_IOI_EDGES = (0.12, 0.2, 0.35, 0.6, 1.0)

_GROUPS: tuple[tuple[str, ...], ...] = (
    ("log_notes_per_second", "log_attacks_per_second", "log_ioi_mean", "log_ioi_sd", "npvi"),
    tuple(f"ioi_class_{index}" for index in range(len(_IOI_EDGES) + 1)),
    ("log_duration_mean", "short_notes"),
    ("velocity_mean", "velocity_sd", "velocity_90", "velocity_10"),
    ("pitch_mean", "pitch_sd", "pitch_5", "pitch_25", "pitch_75", "pitch_95", "low_notes", "high_notes"),
    ("line_pitch", "line_velocity", "bass_pitch", "notes_per_attack"),
    ("pitch_class_entropy", "major_fit", "minor_fit", "major_minus_minor", "major_third", "minor_third"),
    tuple(f"degree_{index}" for index in range(12)),
    ("line_step_size", "line_repeats", "line_steps", "line_leaps", "line_rises"),
    tuple(f"interval_class_{index}" for index in range(1, 7)),
    ("octaves", *(f"{name}_chords" for name in _TRIADS), "chord_fit", "root_variety"),
)
FEATURE_NAMES: tuple[str, ...] = tuple(name for group in _GROUPS for name in group)
"""The features in order; shares lie in [0, 1]."""


def emotion_features(midi: MidiNotes) -> FloatArray:
    """The features of a piece, shape (len(FEATURE_NAMES),).

    Raises
    ------
    MidiError
        There are fewer than two pitched notes.
    """
    notes = midi.pitched
    if len(notes) < 2:
        raise MidiError(
            f"{len(notes)} pitched notes; the emotion of a piece can be judged from 2 on",
            hint="give a MIDI file with a tune",
        )
    onset = midi.seconds(notes[:, ONSET])
    duration = np.maximum(midi.seconds(notes[:, ONSET] + notes[:, DURATION]) - onset, 1e-3)
    pitch = notes[:, PITCH].astype(np.int64)
    velocity = notes[:, VELOCITY]
    attack = np.concatenate([[0], np.cumsum(np.diff(onset) > _TOGETHER)])
    length = max(float((onset + duration).max() - onset.min()), 1.0)
    # Within an attack the order is by onset; the line is its highest note.
    top = _extreme(attack, pitch, highest=True)
    low = _extreme(attack, pitch, highest=False)
    starts = onset[np.searchsorted(attack, np.arange(attack[-1] + 1))]
    values = [
        _pace(len(notes), starts, length),
        _ioi_classes(starts),
        [float(np.log(np.clip(duration, 0.02, 10.0)).mean()), float((duration < 0.15).mean())],
        [velocity.mean(), velocity.std(), *np.percentile(velocity, [90, 10])],
        _register(pitch),
        [pitch[top].mean(), velocity[top].mean(), pitch[low].mean(), len(notes) / len(starts)],
        *_tonality(pitch, duration),
        _line(pitch[top]),
        _harmonic_intervals(attack, pitch),
        _chords(onset, duration, pitch),
    ]
    return np.concatenate([np.asarray(group, dtype=np.float64) for group in values])


def _extreme(attack: NDArray[np.int64], pitch: NDArray[np.int64], *, highest: bool) -> NDArray[np.int64]:
    """Index of the highest or lowest note of each attack."""
    order = np.lexsort((pitch, attack))
    if highest:
        return order[np.append(np.diff(attack[order]) > 0, [True])]
    return order[np.append([True], np.diff(attack[order]) > 0)]


def _pace(count: int, starts: FloatArray, length: float) -> list[float]:
    gaps = _gaps(starts)
    log_gaps = np.log(gaps)
    changes = np.abs(np.diff(gaps)) / ((gaps[1:] + gaps[:-1]) / 2)
    npvi = float(changes.mean()) if len(changes) else 0.0  # Grabe & Low 2002, without the factor 100
    return [np.log(count / length), np.log(len(starts) / length), float(log_gaps.mean()), float(log_gaps.std()), npvi]


def _gaps(starts: FloatArray) -> FloatArray:
    """Times between attacks in seconds; a single attack counts as one gap of two seconds."""
    return np.clip(np.diff(starts), 0.02, 8.0) if len(starts) > 1 else np.array([2.0])


def _ioi_classes(starts: FloatArray) -> FloatArray:
    classes = np.searchsorted(_IOI_EDGES, _gaps(starts))
    return np.bincount(classes, minlength=len(_IOI_EDGES) + 1) / len(classes)


def _register(pitch: NDArray[np.int64]) -> list[float]:
    shares = [float((pitch < 48).mean()), float((pitch > 72).mean())]
    return [pitch.mean(), pitch.std(), *np.percentile(pitch, [5, 25, 75, 95]), *shares]


def _tonality(pitch: NDArray[np.int64], duration: FloatArray) -> tuple[list[float], FloatArray]:
    """Fit to the best major and minor key, thirds, and the profile turned to the tonic."""
    weights = np.minimum(duration, 2.0)
    profile = np.bincount(pitch % 12, weights=weights, minlength=12)
    profile = profile / profile.sum()
    turned = [np.roll(profile, -tonic) for tonic in range(12)]
    fits = np.array([[_correlation(turn, ratings) for turn in turned] for ratings in (_MAJOR_PROFILE, _MINOR_PROFILE)])
    major, minor = fits.max(axis=1)
    degrees = turned[int(fits.max(axis=0).argmax())]
    used = profile[profile > 0]
    entropy = float(-(used * np.log2(used)).sum())
    return [entropy, major, minor, major - minor, degrees[4], degrees[3]], degrees


def _correlation(first: FloatArray, second: FloatArray) -> float:
    spread = float(first.std() * second.std())
    return float(((first - first.mean()) * (second - second.mean())).mean()) / spread if spread > 0 else 0.0


def _line(pitches: NDArray[np.int64]) -> list[float]:
    steps = np.diff(pitches)
    if not len(steps):
        return [0.0] * 5
    size = np.abs(steps)
    moves = steps[steps != 0]
    rises = float((moves > 0).mean()) if len(moves) else 0.5
    steps_share = float(((size > 0) & (size <= 2)).mean())
    return [float(np.minimum(size, 24).mean()), float((size == 0).mean()), steps_share, float((size > 4).mean()), rises]


def _harmonic_intervals(attack: NDArray[np.int64], pitch: NDArray[np.int64]) -> FloatArray:
    """Shares of interval classes 1..6, then of octaves, among the notes that begin together."""
    counts = np.zeros(7, dtype=np.int64)
    for distance in range(1, 12):  # in an attack of twelve notes the furthest are eleven apart
        together = attack[distance:] == attack[:-distance]
        apart = np.abs(pitch[distance:] - pitch[:-distance])[together] % 12
        counts += np.bincount(np.minimum(apart, 12 - apart), minlength=7)
    ordered = np.append(counts[1:], counts[0])
    return ordered / max(1, int(ordered.sum()))


def _chords(onset: FloatArray, duration: FloatArray, pitch: NDArray[np.int64]) -> list[float]:
    """Shares of chord kinds among windows, how well they fit, how many roots there are."""
    profiles = _window_profiles(onset, duration, pitch)
    fit = profiles @ _TEMPLATES.T
    # Chords without a third fit several kinds equally well: each kind gets its part.
    best = fit >= fit.max(axis=1, keepdims=True) - 1e-9
    parts = (best / best.sum(axis=1, keepdims=True)).reshape(len(fit), len(_TRIADS), 12)
    kinds = parts.sum(axis=2).mean(axis=0)
    roots = len(set(parts.sum(axis=1).argmax(axis=1).tolist())) / min(12, len(fit))
    return [*kinds, float(fit.max(axis=1).mean()), roots]


def _window_profiles(onset: FloatArray, duration: FloatArray, pitch: NDArray[np.int64]) -> FloatArray:
    """Pitch-class shares in each window that is not silent, shape (windows, 12)."""
    first = float(onset.min())
    count = max(1, int(np.ceil((float((onset + duration).max()) - first) / _WINDOW)))
    profiles = np.zeros((count, 12))
    for start, length, pitch_class in zip(onset - first, np.minimum(duration, 4.0), pitch % 12, strict=True):
        for window in range(int(start / _WINDOW), min(count, int((start + length) / _WINDOW) + 1)):
            low, high = max(start, window * _WINDOW), min(start + length, (window + 1) * _WINDOW)
            profiles[window, pitch_class] += max(0.0, high - low)
    profiles = profiles[profiles.sum(axis=1) > 1e-6]
    return profiles / profiles.sum(axis=1, keepdims=True)
