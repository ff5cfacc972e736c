"""The rules between notes and parts, on bars made by hand."""

from __future__ import annotations

import pytest

from builders.blocks import BAR, build_block, build_context, chord, durations, free, notes, pitches
from composer.music.rules.base import FORBIDDEN
from composer.music.rules.voice_leading import Line, Range, Resolution

HAND = {"role": "harmony", "monophonic": False, "most_at_once": 4}


# --------------------------------------------------------------------------------------------- range


def test_notes_lie_in_the_range_and_rise_within_a_hand() -> None:
    block = build_block(low=50, high=70, **HAND)
    assert free(pitches(Range(), build_context(block))) == set(range(50, 71))
    assert free(pitches(Range(), build_context(block, (0, 52, 12)))) == set(range(53, 66))
    last = build_block(low=50, high=70, final=True, **HAND)
    assert free(pitches(Range(), build_context(last, (0, 52, 12)))) == set(range(53, 69)), "the last one may be rolled"


def test_two_layers_of_one_instrument_fit_one_hand() -> None:
    block = build_block(low=40, high=90, one_hand=True, **HAND)
    own = {"own": [notes((0, 60, 12), (0, 64, 12))]}
    assert free(pitches(Range(), build_context(block, **own))) == set(range(51, 74)) - {60, 64}
    rolled = build_block(low=40, high=90, one_hand=True, final=True, **HAND)
    assert free(pitches(Range(), build_context(rolled, **own))) == set(range(48, 77)) - {60, 64}
    assert {40, 90} <= free(pitches(Range(), build_context(block, **own), 12))
    apart = build_block(low=40, high=90, **HAND)
    assert free(pitches(Range(), build_context(apart, **own))) == set(range(40, 91)) - {60, 64}


def test_a_key_is_held_by_one_note() -> None:
    block = build_block(low=40, high=90, **HAND)
    assert 60 not in free(pitches(Range(), build_context(block, (0, 60, 24)), 23))
    assert 60 in free(pitches(Range(), build_context(block, (0, 60, 24)), 24))
    own = {"own": [notes((24, 60, 12))]}
    for place, possible in ((20, True), (21, False), (24, False), (35, False), (36, True)):
        assert (60 in free(pitches(Range(), build_context(block, **own), place))) is possible, place
    lengths = durations(Range(), build_context(block, **own), 12, pitch=60)
    assert max(length for length, bias in lengths.items() if bias > FORBIDDEN / 2) == 12
    assert not any(durations(Range(), build_context(block, **own), 24, pitch=60).values())
    assert not any(durations(Range(), build_context(block, **own), 12, pitch=61).values())


def test_parts_neither_double_nor_cross() -> None:
    others = {"others": [("melody", notes((0, 72, 24))), ("bass", notes((0, 40, 48)))]}
    bias = pitches(Range(), build_context(build_block(low=30, high=90, **HAND), **others), 12)
    assert bias[72] < bias[71] == 0
    assert bias[73] < 0
    assert bias[39] < 0 > bias[40]
    assert bias[39] < bias[73], "below the bass is worse"
    later = pitches(Range(), build_context(build_block(low=30, high=90, **HAND), **others), 24)
    assert later[72] == later[73] == 0, "the tune has ended"


@pytest.mark.parametrize(
    ("lower", "muddy"),
    [
        (36, {35, 37, 38, 39, 40, 41, 42, 34, 33, 32, 31, 30}),
        (40, {34, 35, 36, 37, 38, 39, 41, 42, 43, 44}),
        (50, {46, 47, 48, 49, 51, 52}),
        (52, {48, 49, 50, 51, 53, 54}),
        (53, {49, 51, 52}),
        (54, {52}),
        (60, set()),
    ],
)
def test_close_intervals_are_avoided_in_the_depth(lower: int, muddy: set[int]) -> None:
    others = {"others": [("counter", notes((0, lower, 48)))]}
    bias = pitches(Range(), build_context(build_block(low=0, high=127, **HAND), **others))
    assert set((bias[30:80] < 0).nonzero()[0] + 30) - {lower} == muddy


def test_a_low_note_is_not_held_into_mud() -> None:
    others = {"others": [("bass", notes((0, 28, 24), (24, 41, 24)))]}
    hand = build_block(low=0, high=127, **HAND)
    bias = durations(Range(), build_context(hand, **others), 0, pitch=43)
    assert bias[24] == 0 > bias[27] == bias[48]
    assert not any(durations(Range(), build_context(hand, **others), 0, pitch=48).values())
    assert not any(durations(Range(), build_context(hand, **others), 24, pitch=43).values())


# ---------------------------------------------------------------------------------------------- line


def test_the_line_of_a_part_is_its_last_four_notes_from_three_bars_before_on() -> None:
    before = {"part": [notes((0, 50, 48)), notes((0, 60, 48)), notes((0, 62, 48)), notes((0, 64, 48))]}
    assert build_context(None, (0, 65, 12), **before).line == [60, 62, 64, 65]
    assert build_context(None, **before).line == [60, 62, 64]
    assert build_context(None, (0, 65, 12), (12, 67, 12), **before).line == [62, 64, 65, 67]


def line(role: str = "melody", *written: tuple[int, int, int], **changes: object) -> dict[int, float]:
    """Interval from the last note -> bias."""
    block = build_block(role=role, **changes)  # type: ignore[arg-type]
    context = build_context(block, *written)
    bias = pitches(Line(), context, 24)
    return {interval: float(bias[written[-1][1] + interval]) for interval in range(-20, 21)}


def test_a_tune_steps_rather_than_leaps() -> None:
    bias = line("melody", (0, 64, 12))
    assert bias[1] == bias[-2] > bias[5] == bias[7] == 0
    assert bias[12] < bias[4] < 0
    assert bias[8] == bias[12] == bias[-9]
    assert bias[13] < bias[12]
    assert bias[11] < bias[10] < bias[9]
    assert bias[6] < bias[5]
    assert bias[3] == bias[-4] < bias[2]
    inner = line("counter", (0, 64, 12))
    assert bias[9] < inner[9] < 0
    assert inner[2] == bias[2]


def test_a_bass_walks_where_no_figure_leads_it() -> None:
    free_bass, led = line("bass", (0, 40, 12)), line("bass", (0, 40, 12), figure=((0, 1, 0, 12),))
    assert free_bass[2] > led[2] == 0
    assert free_bass[9] < led[9]
    assert free_bass[7] == led[7]
    assert not pitches(Line(), build_context(build_block(role="bass"))).any(), "nothing is said of a first note"


def test_leaps_are_answered_and_dissonances_leave_by_step() -> None:
    up = line("melody", (0, 60, 12), (12, 67, 12))
    assert up[5] < up[-5]
    assert up[2] == up[-2] > 0
    down = line("melody", (0, 72, 12), (12, 67, 12))
    assert down[-5] < down[5]
    third = line("melody", (0, 60, 12), (12, 64, 12))
    assert third[5] == third[-5]
    foreign = line("melody", (0, 62, 12))
    assert foreign[5] < line("melody", (0, 60, 12))[5]
    assert foreign[2] == line("melody", (0, 60, 12))[2]
    new_bar = pitches(Line(), build_context(part=[notes((0, 62, 12))]), 0)
    assert new_bar[67] == 0, "the bar before had other chords"


def test_repeated_notes_and_trills() -> None:
    once = line("melody", (0, 64, 12))
    twice = line("melody", (0, 64, 12), (12, 64, 12))
    assert twice[0] < once[0] < 0
    assert line("counter", (0, 64, 12))[0] > 0, "inner lines repeat more than tunes"
    glad, sad = (line("melody", (0, 64, 12), valence=value)[0] for value in (0.5, -0.5))
    assert glad < once[0] < sad
    trill = line("melody", (0, 64, 3), (3, 65, 3), (6, 64, 3), (9, 65, 3))
    moving = line("melody", (0, 64, 3), (3, 65, 3), (6, 67, 3), (9, 65, 3))
    assert trill[-1] < moving[-1]


def test_an_accompaniment_stays_where_it_was_and_a_broken_chord_moves() -> None:
    hand = build_block(**HAND)
    bias = pitches(Line(), build_context(hand, part=[notes((0, 52, 24), (0, 55, 24), (24, 40, 24))]))
    assert bias[52] == 0 > bias[50] == bias[54] > bias[57]
    assert not pitches(Line(), build_context(hand, (0, 52, 12), part=[notes((0, 52, 24))]), 12).any()
    broken = pitches(Line(), build_context(build_block(role="harmony", monophonic=False), (0, 52, 12)), 12)
    assert set((broken < 0).nonzero()[0]) == {52}


def test_an_inner_line_repeats_and_goes_on_near() -> None:
    bias = pitches(Line(), build_context(build_block(role="harmony"), (0, 52, 12)), 12)
    assert bias[52] > 0 > bias[53] > bias[57] > bias[64]


@pytest.mark.parametrize(
    ("tune", "punished"), [((55, 57), {38}), ((60, 62), {38}), ((57, 59), set()), ((55, 55), set())]
)
def test_a_bass_avoids_parallels_with_the_tune(tune: tuple[int, int], punished: set[int]) -> None:
    block = build_block(role="bass", figure=((0, 1, 0, 12),))
    others = {"others": [("melody", notes((0, tune[0], 24), (24, tune[1], 24)))]}
    beside = pitches(Line(), build_context(block, (0, 36, 24), **others), 24)
    alone = pitches(Line(), build_context(block, (0, 36, 24)), 24)
    worse = {pitch for pitch in range(24, 60) if beside[pitch] < alone[pitch]}
    gap = (tune[0] - 36) % 12
    assert {pitch for pitch in worse if abs(pitch - 36) < 8} == punished
    assert all((tune[1] - pitch) % 12 == gap and (pitch - 36) * (tune[1] - tune[0]) > 0 for pitch in worse)


def test_a_tune_avoids_parallels_with_the_plans_bass() -> None:
    block = build_block(chord("C"), chord("Dm", 24))
    bias = pitches(Line(), build_context(block, (0, 67, 24)), 24)
    plain = pitches(Line(), build_context(build_block(chord("C")), (0, 67, 24)), 24)
    assert {pitch for pitch in range(60, 76) if bias[pitch] < plain[pitch]} == {69}
    tied = pitches(Line(), build_context(build_block(chord("C"), chord("C", 24)), (0, 67, 24)), 24)
    assert (tied == plain).all(), "the bass stays"
    third = pitches(Line(), build_context(build_block(chord("C"), chord("Dm", 24)), (0, 64, 24)), 24)
    assert (third == pitches(Line(), build_context(build_block(chord("C")), (0, 64, 24)), 24)).all()
    before = pitches(Line(), build_context(build_block(chord("Dm")), part=[notes((0, 67, 48))], bass_before=36))
    quiet = pitches(Line(), build_context(build_block(chord("Dm")), part=[notes((0, 67, 48))]))
    assert {pitch for pitch in range(60, 76) if before[pitch] < quiet[pitch]} == {69}


# ---------------------------------------------------------------------------------------- resolution


def test_leading_tones_rise_and_sevenths_fall_where_the_chord_changes() -> None:
    block = build_block(chord("G7"), chord("C", 24))
    leading = pitches(Resolution(), build_context(block, (0, 71, 24)), 24)
    assert set(leading.nonzero()[0]) == {72}
    seventh = pitches(Resolution(), build_context(block, (0, 65, 24)), 24)
    assert set(seventh.nonzero()[0]) == {64}
    assert leading[72] > 0 < seventh[64]
    both = pitches(
        Resolution(), build_context(build_block(chord("G7"), chord("C", 24), **HAND), (0, 65, 24), (0, 71, 24)), 24
    )
    assert set(both.nonzero()[0]) == {64, 72}
    assert not pitches(Resolution(), build_context(block, (0, 67, 24)), 24).any(), "the fifth of the key stays"
    assert not pitches(Resolution(), build_context(block, (0, 65, 12)), 36).any(), "only where the chord changes"
    before = {"part": [notes((0, 60, 24), (24, 71, 24))], "harmony_before": chord("G7")}
    assert set(pitches(Resolution(), build_context(build_block(), **before)).nonzero()[0]) == {72}
    for low in (53, 65, 77):  # in every octave, to a tone of the new chord only
        seventh = pitches(Resolution(), build_context(block, (0, low, 24)), 24)
        assert set(seventh.nonzero()[0]) == {low - 1}
    stays = build_block(chord("G7"), chord("Dm", 24))
    assert not pitches(Resolution(), build_context(stays, (0, 65, 24)), 24).any(), "a tone of the new chord"
    same = {"part": [notes((24, 65, 24))], "harmony_before": chord("C")}
    assert not pitches(Resolution(), build_context(build_block(), **same)).any()
    bass = build_block(chord("G7"), chord("C", 24), role="bass")
    assert not pitches(Resolution(), build_context(bass, (0, 65, 24)), 24).any()
    filled = build_context(build_block(chord("G7"), chord("C", 24), **HAND), (0, 65, 24), (24, 60, 24))
    assert not pitches(Resolution(), filled, 24).any()


def test_no_two_parts_have_the_leading_tone() -> None:
    block = build_block(chord("G7"))
    assert not pitches(Resolution(), build_context(block), 12).any()
    heard = pitches(Resolution(), build_context(block, others=[("counter", notes((0, 71, BAR)))]), 12)
    assert set(heard.nonzero()[0] % 12) == {11}
    assert heard[71] == heard[83] < 0
    bass = build_block(chord("G7"), role="bass")
    assert not pitches(Resolution(), build_context(bass, others=[("counter", notes((0, 71, BAR)))]), 12).any()
