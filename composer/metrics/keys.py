"""The distance of two keys: the score of MIREX's key detection task."""

from __future__ import annotations

__all__ = ["key_agreement"]


def key_agreement(reference: tuple[int, bool], heard: tuple[int, bool]) -> float:
    """1 for the same key, .5 for one a fifth above, .3 for the relative, .2 for the parallel key, else 0.

    A key is (pitch class of the tonic, minor or not). The same as `mir_eval.key.weighted_score` (Raffel et al., ISMIR
    2014), which calls "fifth" a heard tonic seven semitones above the reference's in the same mode.
    """
    (tonic, minor), (other, other_minor) = reference, heard
    distance = (other - tonic) % 12
    if minor == other_minor:
        return {0: 1.0, 7: 0.5}.get(distance, 0.0)
    if distance == 0:
        return 0.2
    return 0.3 if distance == (3 if minor else 9) else 0.0
