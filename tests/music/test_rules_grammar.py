"""Every rule of the grammar by itself, on bars made by hand: what it takes away, and what it leans to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.blocks import (
    BAR,
    WHITE,
    build_block,
    build_context,
    chord,
    durations,
    free,
    notes,
    pitches,
    positions,
)
from composer.figures import Stroke
from composer.music.rules.accompaniment import Accompaniment
from composer.music.rules.base import FORBIDDEN
from composer.music.rules.grammar import Cadence, Chords, Echo, Ending, Shade
from composer.music.rules.meter import Meter
from composer.music.tokens import END, GRID

SIXTEENTHS = set(range(0, BAR, 3))
FINAL = {"final": True, "closing": True}


def possible(lengths: dict[int, float]) -> set[int]:
    return {length for length, bias in lengths.items() if bias > FORBIDDEN / 2}


# --------------------------------------------------------------------------------------------- meter


def test_a_first_note_may_start_on_every_sixteenth_and_the_bar_is_not_empty() -> None:
    assert free(positions(Meter(), build_context())) == SIXTEENTHS
    assert free(positions(Meter(), build_context(carry=12))) == {step for step in SIXTEENTHS if step >= 12}
    assert free(positions(Meter(), build_context(build_block(length=36)))) == set(range(0, 36, 3))


def test_the_bass_marks_the_bar_line_and_an_accompaniment_wants_to() -> None:
    assert free(positions(Meter(), build_context(build_block(role="bass")))) == {0}
    alone = positions(Meter(), build_context(build_block(role="harmony")))
    assert alone[0] > alone[3] == 0
    beside = positions(Meter(), build_context(build_block(role="harmony"), own=[notes((0, 40, 12))]))
    assert beside[0] == beside[3] == 0


def test_a_line_plays_one_note_after_the_other() -> None:
    bias = positions(Meter(), build_context(None, (0, 60, 12), (12, 62, 9)))
    assert free(bias) == {step for step in SIXTEENTHS if step >= 21} | {END}


def test_a_chord_is_filled_up_and_then_left() -> None:
    hand = build_block(role="harmony", monophonic=False, most_at_once=2)
    assert min(free(positions(Meter(), build_context(hand, (12, 60, 12))))) == 12
    assert min(free(positions(Meter(), build_context(hand, (12, 60, 12), (12, 64, 12))))) == 15


def test_a_bar_holds_no_more_onsets_than_it_may_and_is_not_left_with_fewer_than_it_should() -> None:
    hand = build_block(role="harmony", monophonic=False, most_at_once=3, most_onsets=2)
    assert free(positions(Meter(), build_context(hand, (0, 60, 12), (12, 60, 12), (12, 64, 12)))) == {12, END}
    few = build_block(fewest_onsets=3)
    assert positions(Meter(), build_context(few, (0, 60, 12), (12, 60, 12)))[END] < -4
    assert positions(Meter(), build_context(few, (0, 60, 12), (36, 60, 12)))[END] == 0  # no room for more
    assert positions(Meter(), build_context(few, (0, 60, 12), (12, 60, 12), (24, 60, 12)))[END] == 0


def test_a_sixteenth_off_the_beat_follows_a_note_and_not_a_rest() -> None:
    bias = positions(Meter(), build_context(None, (0, 60, 9)))
    assert bias[15] < bias[9]
    assert bias[15] < bias[12] == bias[18] == 0
    assert bias[9] > 0, "after a dotted eighth the sixteenth comes"
    assert positions(Meter(), build_context(None, (6, 60, 9)))[15] == 0


def test_a_beat_is_divided_by_two_or_by_three() -> None:
    block = build_block(triplets=True)
    assert free(positions(Meter(), build_context(block))) == {s for s in range(BAR) if s % GRID in (0, 4, 6, 8)}
    third = free(positions(Meter(), build_context(block, (0, 60, 4))))
    assert third & set(range(12)) == {4, 8}
    half = free(positions(Meter(), build_context(block, (0, 60, 6))))
    assert half & set(range(12)) == {6}
    assert {16, 18, 20} <= third & half


@pytest.mark.parametrize(
    ("position", "written", "lengths"),
    [
        (0, (), {4, 6, 8, 12, 18, 24, 30, 36, 42, 48}),
        (4, (), {4, 8}),
        (8, (), {4}),
        (6, (), {6, 12, 18, 24, 30, 36, 42}),
        (12, ((18, 60, 6),), {6, 12, 18, 24, 30, 36}),
    ],
)
def test_lengths_where_there_are_triplets(
    position: int, written: tuple[tuple[int, int, int], ...], lengths: set[int]
) -> None:
    block = build_block(triplets=True)
    assert possible(durations(Meter(), build_context(block, *written), position)) == lengths


def test_a_note_ends_with_the_bar_unless_it_is_tied_into_a_chord_that_has_it() -> None:
    assert possible(durations(Meter(), build_context(), 36)) == {3, 6, 9, 12}
    tied = build_block(following=chord("F"))
    bound = durations(Meter(), build_context(tied), 36, pitch=60)
    assert possible(bound) == {3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36}
    assert bound[24] < bound[12]
    apart = {
        pitch for pitch in range(48, 85) if max(possible(durations(Meter(), build_context(tied), 36, pitch=pitch))) > 12
    }
    assert apart == {48, 53, 57, 60, 65, 69, 72, 77, 81, 84}, "the tones of F"
    for block, pitch in (
        (tied, 62),
        (build_block(following=chord("F"), closing=True), 60),
        (build_block(following=chord("F"), penultimate=True), 60),
        (build_block(following=chord("F"), role="bass"), 60),
    ):
        assert possible(durations(Meter(), build_context(block), 36, pitch=pitch)) == {3, 6, 9, 12}
    counter = build_block(following=chord("F"), role="counter")
    assert max(possible(durations(Meter(), build_context(counter), 36, pitch=60))) == 36


def test_calm_parts_lean_to_longer_notes_and_accompaniments_hold_until_the_chord_changes() -> None:
    calm = durations(Meter(), build_context(build_block(calm=True)))
    assert calm[3] < calm[6] == calm[12] == 0
    chords = (chord("C"), chord("F", 24))
    held = durations(Meter(), build_context(build_block(*chords, role="harmony", calm=True)))
    assert held[24] > held[12] == held[48] == 0
    second = durations(Meter(), build_context(build_block(*chords, role="harmony", calm=True)), 24)
    assert second[24] > second[12]
    short = durations(Meter(), build_context(build_block(*chords, role="harmony", hold=-2.0)))
    assert short[24] < short[12] == 0
    assert short[18] < 0
    lively = durations(Meter(), build_context(build_block(*chords, role="harmony")))
    assert lively[24] == lively[12] == 0
    assert durations(Meter(), build_context(build_block(*chords, calm=True)))[24] == 0, "a tune is free"


def test_dotted_rhythm_where_it_is_wanted() -> None:
    block = build_block(dotted=2.0)
    bias = durations(Meter(), build_context(block))
    assert bias[9] > bias[18] > bias[12] == 0
    off = durations(Meter(), build_context(block), 6)
    assert off[9] <= 0
    assert durations(Meter(), build_context(build_block(dotted=2.0, closing=True)))[9] <= 0


# -------------------------------------------------------------------------------------------- chords


def test_the_bass_states_every_chord_and_is_then_free_within_it() -> None:
    block = build_block(chord("C/E"), chord("F", 24), role="bass", low=36, high=60)
    assert {pitch % 12 for pitch in free(pitches(Chords(), build_context(block)))} == {4}
    later = pitches(Chords(), build_context(block, (0, 40, 12)), 12)
    assert later[36] == later[43] == 0 > later[38]
    assert free(later) >= {36, 38, 40, 41, 43}
    assert {pitch % 12 for pitch in free(pitches(Chords(), build_context(block, (0, 40, 12)), 24))} == {5}


def test_the_bass_does_not_pass_over_a_new_bass_note() -> None:
    block = build_block(chord("C"), chord("F", 24), role="bass")
    bias = positions(Chords(), build_context(block, (0, 36, 12)))
    assert bias[24] > 0
    assert free(bias) == set(range(25))
    same = build_block(chord("C"), chord("C", 24), role="bass")
    assert free(positions(Chords(), build_context(same, (0, 36, 12)))) == set(range(END + 1))
    for free_block in (
        build_block(chord("C"), chord("F", 24)),
        build_block(chord("C"), chord("F", 24), role="bass", final=True),
    ):
        assert free(positions(Chords(), build_context(free_block, (0, 36, 12)))) == set(range(END + 1))


def test_an_accompaniment_plays_the_chord_and_completes_it() -> None:
    hand = build_block(role="harmony", monophonic=False, most_at_once=3)
    assert {pitch % 12 for pitch in free(pitches(Chords(), build_context(hand)))} == {0, 4, 7}
    more = pitches(Chords(), build_context(hand, (0, 60, 12)))
    assert more[64] == more[67] == 0 > more[72]
    last = pitches(Chords(), build_context(build_block(role="harmony", monophonic=False, final=True), (0, 60, 12)))
    assert last[72] < more[72]


def test_a_single_inner_voice_may_pass_between_chord_tones_off_the_beat() -> None:
    voice = build_block(role="harmony")
    passing = pitches(Chords(), build_context(voice, (0, 60, 6)), 6)
    assert FORBIDDEN / 2 < passing[62] < passing[64]
    for context, place in (
        (build_context(voice), 0),
        (build_context(voice, (0, 60, 24)), 24),
        (build_context(voice, (0, 62, 6)), 6),
    ):
        assert 62 not in free(pitches(Chords(), context, place))


def test_a_tune_leans_to_the_chord_and_more_so_on_strong_beats() -> None:
    block = build_block(chord("C"), chord("F", 36))
    strong = [pitches(Chords(), build_context(block), place)[62] for place in (0, 24, 36)]
    weak = pitches(Chords(), build_context(block), 6)[62]
    assert max(strong) < weak < pitches(Chords(), build_context(block), 6)[60] == 0
    assert pitches(Chords(), build_context(block), 36)[62] == pitches(Chords(), build_context(block), 0)[62]
    assert {pitch % 12 for pitch in free(pitches(Chords(), build_context(block), 6))} == WHITE


def test_tones_outside_the_scale_pass_and_resolve() -> None:
    tune = build_block(chromatic=True)
    four = [(step, 60 + step % 4, 3) for step in (0, 4, 8, 12)]
    assert free(pitches(Chords(), build_context(tune, *four), 18)) & {58, 61, 63} == {61}, (
        "among four tones of the scale"
    )
    for context, place in (
        (build_context(tune, *four), 24),
        (build_context(build_block(chromatic=True, closing=True), *four), 18),
        (build_context(build_block(), *four), 18),
        (build_context(tune, part=[notes(*four)]), 18),
        (build_context(tune, (0, 60, 6)), 6),
        (build_context(tune, (0, 60, 3), (3, 61, 3), *four[2:]), 18),
    ):
        assert 61 not in free(pitches(Chords(), context, place))
    leaning = pitches(Chords(), build_context(build_block(chromatic=True, chromaticism=2.0), *four), 18)
    assert leaning[61] == pitches(Chords(), build_context(tune, *four), 18)[61] + 2.0
    resolved = pitches(Chords(), build_context(tune, (0, 60, 6), (6, 61, 6)), 12)
    assert max(resolved[63], resolved[65]) < resolved[62] - 1, "by a half-step"
    assert resolved[60] < resolved[62] - 1, "what was raised does not turn back"
    lowered = pitches(Chords(), build_context(tune, (0, 62, 6), (6, 61, 6)), 12)
    assert min(lowered[60], lowered[62]) > lowered[63] + 1, "a neighbour from above may"
    assert max(length for length in possible(durations(Chords(), build_context(tune), 6, pitch=61))) == GRID
    assert max(possible(durations(Chords(), build_context(tune), 6, pitch=62))) > GRID


def test_a_bass_dwells_on_root_and_fifth() -> None:
    """C E E E under C would be heard as a chord over its third."""
    dwelling = tuple(Stroke(6 * place, 1, min(place, 1), 6) for place in range(4))
    rising = tuple(Stroke(6 * place, 1, place, 6) for place in range(4))
    stays, moves = (
        pitches(Chords(), build_context(build_block(role="bass", figure=figure), (0, 48, 6)), 6)
        for figure in (dwelling, rising)
    )
    assert stays[52] < stays[55] - 1
    assert stays[60] == stays[55] == moves[52] == moves[55]
    inverted = build_block(replace(chord("C"), bass=4), role="bass", figure=dwelling)
    assert pitches(Chords(), build_context(inverted, (0, 52, 6)), 6)[64] == 0, "what the plan has over its third"


def test_a_figure_s_beat_is_divided_as_the_figure_divides_it() -> None:
    threes = tuple(Stroke(4 * place, 1, place % 3, 4) for place in range(12))
    twos = tuple(Stroke(6 * place, 1, place % 2, 6) for place in range(8))
    in_threes, in_twos = (
        durations(Accompaniment(), build_context(build_block(role="harmony", triplets=True, figure=figure)), 0)
        for figure in (threes, twos)
    )
    assert in_threes[4] > in_threes[12] > in_threes[6] + 4
    assert in_twos[6] > in_twos[12] > in_twos[4] + 4


def test_an_accompaniment_is_not_held_into_a_chord_that_has_not_its_note() -> None:
    block = build_block(chord("C"), chord("F", 24), role="harmony")
    assert max(possible(durations(Chords(), build_context(block), 0, pitch=64))) == 24
    assert max(possible(durations(Chords(), build_context(block), 0, pitch=60))) > 24
    bass = build_block(chord("C"), chord("F", 24), role="bass")
    assert max(possible(durations(Chords(), build_context(bass), 0, pitch=60))) == 24, "the bass has changed"


def test_notes_struck_together_end_together() -> None:
    hand = build_block(role="harmony", monophonic=False)
    bias = durations(Chords(), build_context(hand, (0, 60, 18)), 0, pitch=64)
    assert bias[18] == 0 > bias[12] == bias[24]
    assert set(durations(Chords(), build_context(hand, (0, 60, 18)), 18, pitch=64).values()) == {0.0}


# ---------------------------------------------------------------------------- echo, figure, cadence, end

MODEL = [notes((0, 60, 12), (12, 64, 12), (36, 62, 6))]


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_an_echo_takes_up_the_rhythm(kind: int) -> None:
    block = build_block(echo_bar=0, echo_kind=kind)
    first = positions(Echo(), build_context(block, part=MODEL))
    assert set(first.nonzero()[0]) == {0}
    assert set(positions(Echo(), build_context(block, (0, 60, 12), part=MODEL)).nonzero()[0]) == {12}
    three = [(0, 60, 12), (12, 64, 12), (36, 62, 6)]
    assert set(positions(Echo(), build_context(block, *three, part=MODEL)).nonzero()[0]) == {END}
    ends = build_block(echo_bar=0, echo_kind=kind, closing=True)
    assert not positions(Echo(), build_context(ends, *three, part=MODEL)).any(), "a phrase ends as it likes"
    last = build_block(echo_bar=0, echo_kind=kind, final=True)
    assert not positions(Echo(), build_context(last, part=MODEL)).any()
    lengths = durations(Echo(), build_context(block, (0, 60, 12), (12, 64, 12), part=MODEL), 36)
    assert [length for length, bias in lengths.items() if bias] == [6]
    assert not any(durations(Echo(), build_context(block, part=MODEL), 6).values())


def test_an_echo_takes_up_contour_or_notes() -> None:
    rhythm, contour, same = (build_block(echo_bar=0, echo_kind=kind) for kind in (1, 2, 3))
    assert not pitches(Echo(), build_context(rhythm, (0, 67, 12), part=MODEL), 12).any()
    up = pitches(Echo(), build_context(contour, (0, 62, 12), part=MODEL), 12)
    assert up[65] > up[61]
    assert up[64] > up[70], "and near the model"
    down = pitches(Echo(), build_context(contour, (0, 60, 12), (12, 64, 12), part=MODEL), 36)
    assert down[63] > down[65]
    exact = pitches(Echo(), build_context(same, (0, 60, 12), part=MODEL), 12)
    assert exact.argmax() == 64
    assert exact[64] - exact[65] > up[64] - up[65]
    assert not pitches(Echo(), build_context(same, part=MODEL), 6).any(), "not where the model has no note"
    assert not pitches(Echo(), build_context(build_block(echo_kind=3), part=MODEL), 0).any()


WALTZ = (Stroke(0, 1, 0, 12), Stroke(12, 2, 1, 12), Stroke(24, 2, 1, 6))


def test_an_accompaniment_strikes_with_its_figure() -> None:
    hand = build_block(role="harmony", monophonic=False, most_at_once=3, length=36, figure=WALTZ)
    for written, place in (
        ((), 0),
        (((0, 48, 12),), 12),
        (((0, 48, 12), (12, 55, 12)), 12),
        (((0, 48, 12), (12, 55, 12), (12, 60, 12)), 24),
        (((0, 48, 12), (24, 55, 12), (24, 60, 12)), END),
    ):
        bias = positions(Accompaniment(), build_context(hand, *written))
        assert set(bias.nonzero()[0]) == {place}
        assert bias[place] > 0
    still = build_block(role="harmony", figure=WALTZ, final=True)
    assert not positions(Accompaniment(), build_context(still)).any()
    assert not positions(Accompaniment(), build_context(build_block(role="harmony"))).any()
    bias = positions(Accompaniment(), build_context(hand))
    closed = bias * 0 + FORBIDDEN
    Accompaniment().positions(build_context(hand), closed)
    assert not free(closed), "what is forbidden stays so"


def test_an_accompaniment_goes_up_and_down_with_its_figure() -> None:
    hand = build_block(role="harmony", monophonic=False, length=36, figure=(*WALTZ[:2], Stroke(24, 1, 0, 6)))
    higher = pitches(Accompaniment(), build_context(hand, (0, 48, 12)), 12)
    assert min(higher[49:60]) > max(higher[40:49])
    assert higher[52] == max(higher), "about a third higher"
    back = pitches(Accompaniment(), build_context(hand, (0, 48, 12), (12, 55, 12)), 24)
    assert back.argmax() == 48
    assert not pitches(Accompaniment(), build_context(hand, (0, 48, 12), (12, 55, 12)), 12).any(), (
        "a chord is filled freely"
    )
    assert not pitches(Accompaniment(), build_context(hand, (0, 48, 12)), 18).any()
    lengths = durations(Accompaniment(), build_context(hand), 24)
    assert [length for length, bias in lengths.items() if bias] == [6]
    assert not any(durations(Accompaniment(), build_context(hand), 18).values())
    held = replace(hand, figure=(Stroke(position=0, notes=2, rank=0, length=36),))
    for position in (0, 12):  # what is held is held on where the chord changes
        strongest = durations(Accompaniment(), build_context(held), position)
        assert [length for length, bias in strongest.items() if bias] == [36 - position]
        assert strongest[36 - position] > lengths[6]
    struck = ((0, 48, 12), (0, 55, 12))  # shorter than the figure holds it: struck again with a new chord, else left
    for chords, place in (
        ((chord("C"),), END),
        ((chord("C"), chord("F", 12)), 12),
        ((chord("C"), chord("F", 24)), END),
    ):
        again = positions(Accompaniment(), build_context(replace(held, harmonies=chords), *struck))
        assert set(again.nonzero()[0]) == {place}


@pytest.mark.parametrize(("chords", "settles"), [(("C",), 24), (("C", 12), 12), (("C", 36), 36), (("C", 42), 24)])
def test_a_phrase_settles_on_its_last_chord_or_in_the_middle(chords: tuple[object, ...], settles: int) -> None:
    harmonies = (chord("G7"), chord("C", int(str(chords[1])))) if len(chords) > 1 else (chord("C"),)
    block = build_block(*harmonies, closing=True)
    assert free(positions(Cadence(), build_context(block, (0, 67, 12)))) == {*range(settles + 1), END}
    done = positions(Cadence(), build_context(block, (settles, 60, 12)))
    assert free(done) == {END}
    assert possible(durations(Cadence(), build_context(block), settles)) == {
        length
        for length in durations(Cadence(), build_context(block))
        if min(24, BAR - settles) <= length <= BAR - settles
    }
    held = build_context(block, carry=36)
    assert free(positions(Cadence(), held)) == {*range(37), END}


def test_no_phrase_ends_on_a_short_note_and_inner_phrases_end_on_the_chord() -> None:
    block = build_block(chord("C"), closing=True)
    assert positions(Cadence(), build_context(block, (0, 67, 6)))[END] < 0
    assert positions(Cadence(), build_context(block, (0, 67, 12)))[END] == 0
    assert min(possible(durations(Cadence(), build_context(block), 6))) == 1
    start, later = (pitches(Cadence(), build_context(block), place) for place in (0, 24))
    assert later[62] < start[62] < start[60] == 0
    home = pitches(Cadence(), build_context(build_block(chord("C"), closing=True, cadence="authentic")), 24)
    assert home[60] > home[64] == 0
    for other in (build_block(), build_block(role="bass", closing=True), build_block(closing=True, final=True)):
        assert not positions(Cadence(), build_context(other, (0, 67, 6))).any()
        assert not pitches(Cadence(), build_context(other), 24).any()
        assert not any(durations(Cadence(), build_context(other), 24).values())


def test_the_last_bar_is_one_held_chord_on_the_tonic() -> None:
    tune = build_block(role="melody", **FINAL)
    assert free(positions(Ending(), build_context(tune))) == {0}
    assert free(positions(Ending(), build_context(tune, (0, 60, 48)))) == {END}
    hand = build_block(role="harmony", monophonic=False, most_at_once=2, **FINAL)
    assert free(positions(Ending(), build_context(hand, (0, 60, 48)))) == {0}
    assert {pitch % 12 for pitch in free(pitches(Ending(), build_context(tune)))} == {0}
    assert pitches(Ending(), build_context(tune, part=[notes((0, 62, 12))])).argmax() == 60, "near where it was"
    lowest = pitches(Ending(), build_context(hand, others=[("bass", notes((0, 48, 48)))]))
    assert {pitch for pitch in free(lowest) if pitch < 48} == {0, 12, 24, 36}
    assert {pitch % 12 for pitch in free(lowest) if pitch >= 48} == {0, 4, 7}
    counter = pitches(
        Ending(), build_context(build_block(role="counter", **FINAL), others=[("bass", notes((0, 48, 48)))])
    )
    assert counter[60] < counter[64]
    lengths = durations(Ending(), build_context(tune))
    assert max(possible(lengths)) == BAR
    assert max(lengths, key=lambda length: lengths[length]) == BAR
    assert not pitches(Ending(), build_context()).any()


@pytest.mark.parametrize(("minor", "third", "sixth"), [(False, 4, None), (True, 3, 8)])
def test_the_degrees_that_make_a_mode_are_dwelt_on_as_the_feeling_asks(
    *, minor: bool, third: int, sixth: int | None
) -> None:
    glad, sad = (pitches(Shade(), build_context(build_block(minor=minor, valence=value))) for value in (0.8, -0.8))
    more = sad if minor else glad
    assert set((more != 0).nonzero()[0] % 12) == {third} | ({sixth} if sixth else set())
    assert more[60 + third] > 0 > (glad if minor else sad)[60 + third]
    if sixth:
        assert 0 < more[60 + sixth] < more[60 + third]
    for silent in (build_block(role="bass", valence=0.8), build_block(final=True, valence=0.8)):
        assert not pitches(Shade(), build_context(silent)).any()
