"""What the plan fixes holds in the notes whatever the weights say; what the form promises can be found in them."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
import pytest

from composer import theory
from composer.errors import PlanError, UsageError
from composer.music import generate
from composer.music.blocks import GridNote, Layout
from composer.music.decoder import Weights
from composer.music.generate import default_weights
from composer.music.layers import MODE_CODES
from composer.music.layout import lay_out
from composer.music.performance import assemble
from composer.music.sampling import Sampling, sample
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan, Score

METERS = ("2/4", "3/4", "4/4", "6/8", "5/4", "9/8", "12/8", "2/2", "7/8")
ENSEMBLES = (
    "piano",
    "violin,cello,piano",
    "flute,clarinet,bassoon",
    "violin,violin,viola,cello",
    "guitar",
    "drums,organ,bass",
)


def _plan(seed: int, **overrides: object) -> MusicalPlan:
    rng = random.Random(seed)
    settings = {
        "bars": rng.randint(1, 14),
        "meter": rng.choice(METERS),
        "mode": rng.choice(list(theory.MODES)),
        "tonic": rng.choice(["C", "F#", "Bb", "E", "Ab"]),
        "instruments": rng.choice(ENSEMBLES),
        "valence": rng.uniform(-1, 1),
        "arousal": rng.uniform(-1, 1),
    } | overrides
    return make_plan(None, overrides=PlanOverrides(**settings), seed=seed, title="Test")  # type: ignore[arg-type]


def _random_score(plan: MusicalPlan, weights: Weights, seed: int = 0) -> tuple[Score, Layout]:
    layout = lay_out(plan, seed=seed)
    generator = np.random.default_rng(seed)
    (piece,) = sample(layout, weights, candidates=1, sampling=Sampling(temperature=2.0, top_p=1.0), generator=generator)
    return assemble(plan, layout.by_player(piece.notes), shift=layout.shift), layout


@pytest.mark.parametrize("seed", range(40))
def test_random_weights_cannot_break_the_plan(seed: int, tiny_weights: Weights) -> None:
    plan = _plan(seed)
    score, layout = _random_score(plan, tiny_weights, seed)
    bar = plan.time.bar_ticks
    scale = plan.key.pitch_classes
    chords = {pc for chord in plan.chords for pc in theory.parse_chord(chord.symbol).pitch_classes}
    tonic = theory.parse_chord(plan.chords[-1].symbol)
    for track in score.tracks:
        instrument = track.instrument
        index = plan.instruments.index(instrument)
        mine = [block for block in layout.blocks if layout.player(block.part) == index]
        planned = {block.bar for block in mine if not block.silent} if mine else set(range(plan.bars))
        played = {note.onset // bar for note in track.notes}
        assert played == planned, "a part has an empty bar"
        assert max(note.end for note in track.notes) <= score.end_tick
        assert all(1 <= note.velocity <= 127 for note in track.notes)
        if instrument.is_drums:
            continue
        assert all(instrument.low <= note.pitch <= instrument.high for note in track.notes)
        foreign = [note for note in track.notes if note.pitch % 12 not in scale | chords]
        if plan.mode not in MODE_CODES or instrument.role not in ("melody", "counter"):
            assert not foreign
        assert len(foreign) <= 0.2 * len(track.notes)
        last = [note for note in track.notes if note.onset >= score.end_tick - bar]
        assert max(note.end for note in last) == score.end_tick
        if plan.ending == "held" or instrument.role != "harmony":
            held = [note for note in last if note.onset == score.end_tick - bar and note.end == score.end_tick]
            assert held == last or (plan.ending == "figure" and held), "the last chord is not held"
        assert {note.pitch % 12 for note in last} <= tonic.pitch_classes
        by_pitch: dict[int, int] = {}
        for note in track.notes:
            assert by_pitch.get(note.pitch, -1) <= note.onset, "a pitch is struck while it sounds"
            by_pitch[note.pitch] = note.end
    assert len(layout.blocks) == plan.bars * len(layout.players)
    pitched = [index for index, instrument in enumerate(plan.instruments) if not instrument.is_drums]
    assert sorted(set(layout.players)) == pitched


@pytest.mark.parametrize("seed", range(6))
def test_lines_sing_one_note_at_a_time_and_the_bass_states_the_chord(seed: int, tiny_weights: Weights) -> None:
    plan = _plan(seed, instruments="violin,cello,piano", meter="4/4", bars=8, mode="major")
    score, layout = _random_score(plan, tiny_weights, seed)
    bar = plan.time.bar_ticks
    melody, bass = (next(t for t in score.tracks if t.instrument.role == role) for role in ("melody", "bass"))
    for track in (melody, bass):
        assert all(a.end <= b.onset for a, b in zip(track.notes, track.notes[1:], strict=False))
    rests = {block.bar for block in layout.blocks if block.role == "bass" and block.silent}
    for chord in plan.chords:
        if chord.beat == 1 and chord.bar - 1 not in rests:
            first = next(note for note in bass.notes if note.onset >= (chord.bar - 1) * bar)
            assert first.pitch % 12 == theory.parse_chord(chord.symbol).bass


def test_nothing_is_muddy_whoever_plays_it(tiny_weights: Weights) -> None:
    muddy = pairs = 0
    for seed, players in enumerate(("piano", "violin,piano", "violin,piano,cello", "organ", "flute,harp,cello") * 4):
        plan = _plan(seed, instruments=players, meter="4/4", bars=8, mode="minor", arousal=0.6)
        layout = lay_out(plan, seed=seed)
        (piece,) = sample(
            layout, tiny_weights, candidates=1, sampling=Sampling(), generator=np.random.default_rng(seed)
        )
        score = assemble(plan, layout.by_player(piece.notes), shift=layout.shift)
        notes = [note for track in score.tracks for note in track.notes]
        for one in notes:
            for other in notes:
                if one.pitch < other.pitch and one.onset == other.onset and one.pitch < 48:
                    pairs += 1
                    muddy += other.pitch - one.pitch < 5
    assert pairs > 30
    assert muddy / pairs < 0.05


def test_phrases_breathe(tiny_weights: Weights) -> None:
    plan = _plan(3, instruments="flute,piano", meter="4/4", bars=16, mode="major")
    score, layout = _random_score(plan, tiny_weights)
    melody = next(track for track in score.tracks if track.instrument.role == "melody")
    bar = plan.time.bar_ticks
    ends = [block.bar + 1 for block in layout.blocks if block.role == "melody" and block.closing]
    assert {section.end_bar for section in plan.sections if section.cadence == "authentic"} <= set(ends)
    for end in ends[:-1]:
        closing = [note for note in melody.notes if (end - 1) * bar <= note.onset < end * bar]
        following = next(note for note in melody.notes if note.onset >= end * bar)
        assert following.onset - closing[-1].onset >= bar / 2, "no long note or rest at the phrase's end"


def test_a_returning_section_is_recognised_and_the_contrast_is_not(tiny_weights: Weights) -> None:
    plan = _plan(5, instruments="violin,piano", meter="4/4", bars=16, mode="major", valence=0.3, arousal=0.1)
    score, _ = _random_score(plan, tiny_weights, seed=1)
    melody = next(track for track in score.tracks if track.instrument.role == "melody")
    bar = plan.time.bar_ticks

    def rhythm(number: int) -> list[int]:
        return [note.onset % bar for note in melody.notes if note.onset // bar == number]

    first = plan.sections[0]
    returns = [section for section in plan.sections[1:] if section.varies == first.name]
    alike = [rhythm(section.start_bar - 1 + i) == rhythm(i) for section in returns for i in range(2)]
    assert returns
    assert all(alike), "A' does not take up A"


def test_same_seed_same_notes_other_seed_other_notes() -> None:
    plan = _plan(1, bars=4, meter="4/4", instruments="piano")
    first, again, other = (generate(plan, seed=seed, candidates=1).score for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_a_candidate_does_not_depend_on_how_many_there_are(tiny_weights: Weights) -> None:
    layout = lay_out(_plan(2, bars=3, meter="3/4", instruments="violin,piano"), seed=1)
    two, four = (
        sample(layout, tiny_weights, candidates=n, sampling=Sampling(), generator=np.random.default_rng(5))
        for n in (2, 4)
    )
    assert [piece.notes for piece in two] == [piece.notes for piece in four[:2]]


def test_long_pieces_outgrow_the_context_and_still_end(tiny_weights: Weights) -> None:
    plan = _plan(4, bars=80, meter="4/4", instruments="violin,cello,piano", mode="minor", arousal=0.9)
    score, layout = _random_score(plan, tiny_weights)
    bar = plan.time.bar_ticks
    assert len(layout.blocks) == 4 * 80
    for index, track in enumerate(score.tracks):
        mine = [block for block in layout.blocks if layout.player(block.part) == index and not block.silent]
        assert {note.onset // bar for note in track.notes} == {block.bar for block in mine}


def test_settings_out_of_range_are_refused() -> None:
    plan = _plan(1, bars=2, meter="4/4", instruments="piano")
    for settings in ({"candidates": 0}, {"candidates": 99}, {"temperature": 0.0}, {"top_p": 1.5}):
        with pytest.raises(UsageError):
            generate(plan, seed=1, **settings)  # type: ignore[arg-type]


def test_plans_that_cannot_be_written_are_refused() -> None:
    drums = _plan(1, bars=2, meter="4/4", instruments="drums,piano")
    only_drums = tuple(instrument for instrument in drums.instruments if instrument.is_drums)
    from dataclasses import replace

    with pytest.raises(PlanError, match="instruments"):
        lay_out(replace(drums, instruments=only_drums), seed=0)
    with pytest.raises(PlanError, match="meter"):
        lay_out(replace(drums, meter="5/16", chords=drums.chords[:1]), seed=0)


def test_a_keyboard_without_a_bass_beside_it_plays_bass_and_chords(tiny_weights: Weights) -> None:
    alone = lay_out(_plan(3, instruments="flute,piano", meter="4/4", bars=4), seed=1)
    assert [alone.player(part) for part in range(3)] == [0, 1, 1]
    assert {block.role for block in alone.blocks if alone.player(block.part) == 1} == {"bass", "harmony"}
    beside = lay_out(_plan(3, instruments="flute,piano,cello", meter="4/4", bars=4), seed=1)
    assert {block.role for block in beside.blocks if beside.player(block.part) == 1} == {"harmony"}
    assert {beside.player(block.part) for block in beside.blocks if block.role == "bass"} == {2}  # the cello's alone


def test_no_rest_shorter_than_an_eighth_is_left_to_write() -> None:
    for seed in range(3):
        plan = _plan(seed, instruments="violin,piano", meter="4/4", bars=8, mode="major")
        layout = lay_out(plan, seed=seed)
        weights = default_weights()
        (piece,) = sample(layout, weights, candidates=1, sampling=Sampling(), generator=np.random.default_rng(seed))
        for bars in piece.notes.values():
            for number, bar in enumerate(bars):
                struck = [other for part in piece.notes.values() for other in part[number]]
                for note in bar:
                    end = note.position + note.length
                    follows = any(other.position == end for other in struck)
                    assert end % 6 == 0 or follows or any(note.position < o.position <= end for o in bar)


def test_triplets_only_where_the_plan_says_so_and_never_with_sixteenths(tiny_weights: Weights) -> None:
    plan = _plan(2, instruments="violin,piano", meter="4/4", bars=8, mode="major")
    for subdivision in ("duple", "triple"):
        layout = lay_out(replace(plan, subdivision=subdivision), seed=1)
        (piece,) = sample(
            layout, tiny_weights, candidates=1, sampling=Sampling(temperature=2.0), generator=np.random.default_rng(1)
        )
        within = {note.position % 12 for bars in piece.notes.values() for bar in bars for note in bar}
        assert within <= ({0, 3, 6, 9} if subdivision == "duple" else {0, 4, 6, 8})
        if subdivision == "triple":
            assert within & {4, 8}
            for bars in piece.notes.values():
                for bar in bars:
                    for beat in range(4):
                        places = {note.position % 12 for note in bar if note.position // 12 == beat}
                        assert not (6 in places and places & {4, 8}), "a beat is divided by two and by three"


@dataclass(frozen=True)
class Answer:
    number: int
    passes: bool


def test_candidates_that_do_not_pass_are_passed_over() -> None:
    plan = _plan(1, bars=4, meter="4/4", instruments="piano")
    first = generate(plan, seed=7, candidates=3)
    seen: list[Score] = []

    def refuse_the_best(score: Score) -> Answer:
        seen.append(score)
        return Answer(number=len(seen), passes=len(seen) > 1)

    second = generate(plan, seed=7, candidates=3, check=refuse_the_best)
    assert seen[0] == first.score
    assert second.score == seen[1] != first.score
    assert second.verdict == Answer(number=2, passes=True)
    assert second.chosen == second.provenance["chosen"] != first.chosen


def _made_again(plan: MusicalPlan, *, candidates: int, chosen: int) -> Score:
    return generate(plan, seed=7, candidates=candidates, chosen=chosen).score


def test_more_candidates_are_made_where_none_passes() -> None:
    plan = _plan(1, bars=4, meter="4/4", instruments="piano")
    two, four, eight = (generate(plan, seed=7, candidates=count) for count in (2, 4, 8))
    refused = [two.score, _made_again(plan, candidates=2, chosen=1 - two.chosen)]
    kept = generate(plan, seed=7, candidates=2, check=lambda score: Answer(number=0, passes=score not in refused))
    assert kept.chosen in (2, 3)
    assert kept.provenance["candidates"] == 4
    assert kept.provenance["candidate_scores"] == four.provenance["candidate_scores"]
    again = _made_again(plan, candidates=4, chosen=kept.chosen)
    assert kept.score == again, "a piece is made again from its numbers"
    none = generate(plan, seed=7, candidates=2, check=lambda _: Answer(number=0, passes=False))
    assert (none.score, none.chosen) == (eight.score, eight.chosen)
    alone = generate(plan, seed=7, candidates=2, chosen=1, check=lambda _: Answer(number=0, passes=False))
    assert alone.chosen == 1


def test_what_two_hands_strike_on_one_pitch_can_be_played() -> None:
    plan = _plan(3, bars=1, meter="4/4", instruments="guitar")
    hands = [GridNote(0, 55, 48), GridNote(12, 55, 12), GridNote(24, 60, 24), GridNote(24, 60, 12)]
    score = assemble(plan, {index: [hands] for index in range(len(plan.instruments))}, shift=0)
    found = [(note.onset, note.pitch, note.duration) for note in score.tracks[0].notes]
    assert found == [(0, 55, 480), (480, 55, 480), (960, 60, 960)]
