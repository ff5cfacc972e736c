"""An embedding of what a recording's pitches do, without a trained model: tuning, key, harmonic change.

It hears what statistics of cepstra cannot: notes out of tune and notes out of the key. It is called by its own name,
`EMBEDDING`; it does not hear timbre, loudness, rhythm or order.

The features are those of the literature on tonal description:

* tuning: deviation of the partials from the equal-tempered scale at 440 Hz, and the share of energy between its notes
  (equal-tempered deviation and non-tempered energy ratio of Gómez & Herrera, *Comparative analysis of music recordings
  from Western and non-Western traditions by automatic tonal feature extraction*, EMR 3(3), 2008);
* key: clarity (best correlation with the 24 profiles of Krumhansl & Kessler 1982), entropy of the pitch classes, and
  their profile turned so that it begins on the tonic (transposed profile, ibid.);
* harmonic change: distances of successive tonal centroids (Harte, Sandler & Gasser, *Detecting harmonic change in
  musical audio*, AMCMM 2006), mean and spread.

Conventions
-----------
* One embedding for every 16 s, 8 s apart, shape (n, 18), from `composer.metrics.partials`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from composer.metrics.partials import Partials
from composer.midi.notes import FloatArray

__all__ = ["EMBEDDING", "NAMES", "embed_tones"]

EMBEDDING = "tonal-statistics-1"
NAMES: tuple[str, ...] = (
    "tempered_deviation",
    "untempered_share",
    "key_clarity",
    "pitch_class_entropy",
    *(f"degree_{step}" for step in range(12)),
    "change_mean",
    "change_spread",
)

_WINDOW_SECONDS, _STEP_SECONDS = 16.0, 8.0
_SMOOTHED = 4
"""Frames whose mean is one moment of harmony (0.5 s)."""
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


def embed_tones(partials: Partials) -> FloatArray:
    """Embeddings of a recording, shape (n, len(NAMES)); one for a recording shorter than a window."""
    return np.array([_described(part) for part in partials.stretches(_WINDOW_SECONDS, _STEP_SECONDS)])


def _described(part: Partials) -> FloatArray:
    total = max(float(part.weight.sum()), 1e-12)
    profile = part.classes.sum(axis=0) / total
    clarity, tonic = _key(profile)
    used = profile[profile > 0]
    change = np.linalg.norm(np.diff(_moments(part.classes) @ _centroids().T, axis=0), axis=1)
    return np.array(
        [
            float(part.deviation.sum()) / total,
            float(part.untempered.sum()) / total,
            clarity,
            -float((used * np.log2(used)).sum()),
            *np.roll(profile, -tonic),
            float(change.mean()) if len(change) else 0.0,
            float(change.std()) if len(change) else 0.0,
        ]
    )


def _moments(classes: FloatArray) -> FloatArray:
    """Shares of the pitch classes in every half second, shape (n, 12); silent ones are left out."""
    count = max(1, len(classes) // _SMOOTHED)
    sums = np.array([part.sum(axis=0) for part in np.array_split(classes, count)])
    sums = sums[sums.sum(axis=1) > 0]
    shares: FloatArray = sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-12)
    return shares


def _key(profile: FloatArray) -> tuple[float, int]:
    """Correlation with the best of 24 keys, and its tonic."""
    if profile.std() < 1e-9:
        return 0.0, 0
    found = _profiles() @ ((profile - profile.mean()) / (12 * profile.std()))
    best = int(found.argmax())
    return float(found[best]), best % 12


@lru_cache(maxsize=1)
def _profiles() -> FloatArray:
    table = np.array([np.roll(each, tonic) for each in (_MAJOR, _MINOR) for tonic in range(12)])
    result: FloatArray = (table - table.mean(axis=1, keepdims=True)) / table.std(axis=1, keepdims=True)
    return result


@lru_cache(maxsize=1)
def _centroids() -> FloatArray:
    """Circles of fifths, minor thirds and major thirds (radii 1, 1, .5), shape (6, 12)."""
    angles = np.arange(12)[None, :] * np.pi * np.array([[7 / 6], [3 / 2], [2 / 3]])
    rows = np.array([1.0, 1.0, 0.5])[:, None, None] * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    result: FloatArray = rows.reshape(6, 12)
    return result
