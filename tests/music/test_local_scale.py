"""A tune over an episode in another key is in that key; a single applied chord changes nothing."""

from __future__ import annotations

import re

from composer.music import generate
from composer.music.local_scale import local_scale
from composer.planning import PlanOverrides, make_plan
from composer.theory import parse_chord

WHITE = frozenset({0, 2, 4, 5, 7, 9, 11})
C, D7, G, AM, F = ({0, 4, 7}, {2, 6, 9, 0}, {7, 11, 2}, {9, 0, 4}, {5, 9, 0})


def _scale(*chords: set[int], tonic: int = 0, scale: frozenset[int] = WHITE) -> frozenset[int]:
    return local_scale([frozenset(chord) for chord in chords], scale, tonic)


def test_degrees_that_are_only_altered_are_altered() -> None:
    assert _scale(G, D7, G, D7, AM) == WHITE - {5} | {6}
    assert _scale(F, {10, 2, 5}, {0, 4, 7, 10}, F) == WHITE - {11} | {10}


def test_a_single_applied_dominant_or_a_natural_beside_it_changes_nothing() -> None:
    assert _scale(C, D7, G, C) == WHITE
    assert _scale(G, D7, F, D7, C) == WHITE


def test_the_leading_tone_of_minor_stays_with_its_dominant() -> None:
    assert _scale(AM, {4, 8, 11}, AM, {4, 8, 11, 2}, tonic=9) == WHITE


def test_no_part_sets_the_home_scale_against_an_episode() -> None:
    against = heard = 0
    for seed in range(12):
        given = PlanOverrides(valence=0.4, arousal=0.1, mode="major", tonic="C", bars=24, instruments="flute,piano")
        plan = make_plan(None, overrides=given, seed=seed)
        if not re.search(r"\bB in G major", plan.reasons["chords"]):
            continue
        section = next(one for one in plan.sections if one.name == "B")
        bars = range(section.start_bar, section.end_bar - 3)
        if any(5 in parse_chord(chord.symbol).pitch_classes for chord in plan.chords if chord.bar in bars):
            continue
        notes = [note for track in generate(plan, seed=seed, candidates=1).score.tracks for note in track.notes]
        inside = [note.pitch % 12 for note in notes if note.onset // plan.time.bar_ticks + 1 in bars]
        against += inside.count(5)
        heard += len(inside)
    assert heard > 100
    assert against <= 0.02 * heard
