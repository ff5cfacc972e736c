"""The score of two keys is mir_eval's, for all of them."""

from __future__ import annotations

import mir_eval.key

from composer.metrics.keys import key_agreement

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def test_every_pair_of_keys_scores_as_in_mir_eval() -> None:
    keys = [(tonic, minor) for tonic in range(12) for minor in (False, True)]
    written = {key: f"{NAMES[key[0]]} {'minor' if key[1] else 'major'}" for key in keys}
    for reference in keys:
        for heard in keys:
            assert key_agreement(reference, heard) == mir_eval.key.weighted_score(written[reference], written[heard])
