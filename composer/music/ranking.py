"""The ranking of candidates, one of which is kept: a documented score, higher is better.

``score = likelihood - 1.5 leaps - 2 clashes - 1.5 parallels - 1 monotony - 1 sprawl - 6 colour - 6 elsewhere``,
each term a share in [0, 1] except the likelihood, which is the mean log-probability per note in nats under the model,
over 10:

* *leaps*: melodic intervals above a fifth that are not answered by a move back;
* *clashes*: melody notes of a beat or more that are not in the chord;
* *parallels*: parallel fifths and octaves between melody and bass at bar lines;
* *monotony*: distance of the melody's share of repeated pitches and of distinct bar rhythms from what songs have
  (about a fifth and a half);
* *sprawl*: melody range beyond a twelfth, or below a fifth;
* *colour*: distance of the mode's strength (`composer.music.analysis.mode_strength`) from what the valence asks for;
* *elsewhere*: how much better another key than the plan's fits the notes (`composer.music.analysis.stronger_key`).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from composer.music.analysis import mode_strength, stronger_key
from composer.music.blocks import GridNote, Layout
from composer.music.sampling import Candidate
from composer.music.tokens import GRID

__all__ = ["score"]

FloatArray = NDArray[np.float64]

_MINOR_STRENGTH, _MAJOR_STRENGTH = (-0.12, 0.45), (0.40, 0.28)
"""Strength of the mode at valence 0 and what a valence of 1 adds; our pieces reach from -0.45 to 0.65."""


def score(candidate: Candidate, layout: Layout) -> float:
    """Rate a finished candidate (see the module's text)."""
    likelihood = candidate.log_likelihood / max(candidate.note_count, 1) / 10
    lead = layout.lead if layout.lead is not None else layout.blocks[0].part
    bars = candidate.notes[lead]
    bass = next((block.part for block in layout.blocks if block.role == "bass"), None)
    line = [note.pitch for bar in bars for note in bar]
    profile = _profile(candidate, layout)
    return (
        likelihood
        - 1.5 * _leaps(line)
        - 2.0 * _clashes(candidate, layout, lead)
        - 1.5 * (_parallels(bars, candidate.notes[bass]) if bass is not None else 0.0)
        - _monotony(line, bars)
        - _sprawl(line)
        - 6.0 * _colour(profile, layout)
        - 6.0 * stronger_key(profile, layout.blocks[0].tonic, minor=layout.blocks[0].minor)
    )


def _profile(candidate: Candidate, layout: Layout) -> FloatArray:
    """How long each pitch class sounds, a note of more than two quarters counting as two; shape (12,)."""
    profile = np.zeros(12)
    for block in layout.blocks:
        for note in candidate.notes[block.part][block.bar]:
            profile[note.pitch % 12] += min(note.length, 2 * GRID)
    return profile


def _colour(profile: FloatArray, layout: Layout) -> float:
    valence = sum(block.valence for block in layout.blocks) / len(layout.blocks)
    least, more = _MINOR_STRENGTH if layout.blocks[0].minor else _MAJOR_STRENGTH
    return abs(mode_strength(profile, layout.blocks[0].tonic) - least - more * valence)


def _leaps(line: list[int]) -> float:
    moves = [b - a for a, b in pairwise(line)]
    wild = sum(1 for a, b in pairwise(moves) if abs(a) > 7 and a * b >= 0)
    return wild / max(len(moves), 1)


def _clashes(candidate: Candidate, layout: Layout, lead: int) -> float:
    long = clashing = 0
    for block in layout.blocks:
        if block.part == lead:
            for note in candidate.notes[lead][block.bar]:
                if note.length >= GRID:
                    long += 1
                    clashing += note.pitch % 12 not in block.harmony_at(note.position).tones
    return clashing / max(long, 1)


def _parallels(melody: list[list[GridNote]], bass: list[list[GridNote]]) -> float:
    pairs = [(m[0].pitch, b[0].pitch) for m, b in zip(melody, bass, strict=True) if m and b]
    faults = sum(
        1
        for (m1, b1), (m2, b2) in pairwise(pairs)
        if (m1 - b1) % 12 == (m2 - b2) % 12 and (m1 - b1) % 12 in (0, 7) and m1 != m2 and b1 != b2
    )
    return faults / max(len(pairs) - 1, 1)


def _monotony(line: list[int], bars: list[list[GridNote]]) -> float:
    repeated = sum(a == b for a, b in pairwise(line)) / max(len(line) - 1, 1)
    rhythms = len({tuple(note.position for note in bar) for bar in bars}) / max(len(bars), 1)
    return abs(repeated - 0.2) / 2 + abs(rhythms - 0.5) / 2


def _sprawl(line: list[int]) -> float:
    span = max(line, default=0) - min(line, default=0)
    return min(1.0, max(0, span - 19) / 12 + max(0, 7 - span) / 7)
