"""A motif is developed as composers name it: moved, mirrored, broken up."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from composer.music import generate
from composer.music.blocks import Block, GridNote
from composer.music.layout import lay_out
from composer.music.motif import FRAGMENTATION, INVERSION, SEQUENCE, developed
from composer.planning import PlanOverrides, make_plan

PLAN = make_plan(
    None, overrides=PlanOverrides(instruments="violin,piano", bars=16, meter="4/4", mode="major", tonic="C"), seed=2
)
MOTIF = [GridNote(0, 72, 12), GridNote(12, 74, 6), GridNote(18, 76, 6), GridNote(24, 77, 24)]
WHITE = frozenset({0, 2, 4, 5, 7, 9, 11})


def block() -> Block:
    """A bar of C major, wide enough for anything."""
    found = next(b for b in lay_out(PLAN, seed=1).blocks if b.role == "melody")
    harmony = replace(found.harmonies[0], allowed=WHITE, tones=frozenset({0, 4, 7}))
    return replace(found, harmonies=(harmony,), low=48, high=96)


def steps(notes: list[GridNote]) -> list[int]:
    scale = [pitch for pitch in range(128) if pitch % 12 in WHITE]
    return [scale.index(two.pitch) - scale.index(one.pitch) for one, two in pairwise(notes)]


def times(notes: list[GridNote]) -> list[tuple[int, int]]:
    return [(note.position, note.length) for note in notes]


def test_a_sequence_keeps_rhythm_and_steps_on_another_degree() -> None:
    made = developed(SEQUENCE, MOTIF, block(), 72)
    assert times(made) == times(MOTIF)
    assert steps(made) == steps(MOTIF)
    assert made[0].pitch != MOTIF[0].pitch


def test_an_inversion_mirrors_every_step() -> None:
    made = developed(INVERSION, MOTIF, block(), 72)
    assert times(made) == times(MOTIF)
    assert steps(made) == [-step for step in steps(MOTIF)]


def test_a_fragmentation_states_the_head_twice() -> None:
    made = developed(FRAGMENTATION, MOTIF, block(), 72)
    head, again = made[:3], made[3:]
    assert [note.position for note in again] == [note.position + 24 for note in head]
    assert steps(head) == steps(again) == steps(MOTIF[:3])


def test_a_single_note_is_no_motif() -> None:
    assert developed(INVERSION, MOTIF[:1], block(), None) == MOTIF[:1]


def test_default_plans_develop_their_motifs_and_the_notes_follow() -> None:
    planned = heard = 0
    for seed in range(8):
        plan = make_plan(None, overrides=PlanOverrides(instruments="violin,piano", bars=16, meter="4/4"), seed=seed)
        blocks = [b for b in lay_out(plan, seed=seed).blocks if b.role == "melody" and b.motif == SEQUENCE]
        score = generate(plan, seed=seed, candidates=1).score
        bar = plan.time.bar_ticks
        for block_ in blocks:
            places = [
                [note.onset % bar for note in score.tracks[0].notes if note.onset // bar == number]
                for number in (block_.bar, block_.echo_bar)
            ]
            planned += 1
            heard += places[0] == places[1]
    assert planned >= 5
    assert heard >= 0.7 * planned
