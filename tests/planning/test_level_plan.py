"""A plan at a level: what is asked for is kept or refused, what was derived moves."""

from __future__ import annotations

import json

import pytest

from composer.errors import PlanError, UsageError
from composer.levels import LEVELS, PLAYERS, find_level, hand_range, player_of
from composer.planning import PlanOverrides, apply_overrides, make_plan, plan_from_json, plan_to_json
from composer.planning.level_plan import keys_at
from composer.theory import MODES, Key, parse_chord
from composer.types import MusicalPlan


def plan(seed: int = 1, **overrides: object) -> MusicalPlan:
    return make_plan(None, overrides=PlanOverrides(**overrides), seed=seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("player", list(PLAYERS))
def test_every_player_has_keys_in_every_mode_of_the_level(level: str, player: str) -> None:
    for mode in find_level(level).modes or MODES:
        assert keys_at(level, PLAYERS[player], mode), mode


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(12))
def test_what_was_derived_moves_into_the_level(level: str, seed: int) -> None:
    made = plan(seed, level=level, valence=-0.9 + seed / 6, arousal=0.9 - seed / 6)
    table = find_level(level)
    assert made.level == level
    assert made.meter in table.meters
    assert table.tempo_bpm[0] <= made.tempo_bpm <= table.tempo_bpm[1]
    assert not table.modes or made.mode in table.modes
    assert player_of(made.instruments) is PLAYERS["piano"]
    assert made.articulation == 1.0
    if level in ("primer", "1"):
        assert all(chord.beat == 1 for chord in made.chords)
    if level != "4" and level != "3":
        scale = Key.of(made.tonic, made.mode).pitch_classes | Key.of(made.tonic, "harmonic-minor").pitch_classes
        assert all(parse_chord(chord.symbol).pitch_classes <= scale for chord in made.chords)


def test_a_moved_field_says_so_and_a_kept_one_does_not() -> None:
    made = plan(level="1", valence=0.5, arousal=1.0, meter="3/4")
    assert made.reasons["tempo_bpm"].startswith("level 1 instead of 1")
    assert made.reasons["meter"] == "given by an option"
    assert made.reasons["level"] == "given by an option"


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ({"meter": "6/8"}, "--meter"),
        ({"tempo_bpm": 160.0}, "--tempo"),
        ({"tonic": "E", "mode": "major"}, "--key"),
        ({"mode": "dorian"}, "--mode"),
        ({"instruments": "violin,piano"}, "--instruments"),
        ({"instruments": "tuba"}, "--instruments"),
    ],
)
def test_what_lies_outside_is_refused_with_what_is_allowed(asked: dict[str, object], option: str) -> None:
    with pytest.raises(UsageError, match=option) as caught:
        plan(level="1", **asked)
    assert "allowed" in caught.value.message or "levels are for" in caught.value.message
    plan(level="4", **asked) if option in ("--meter", "--key", "--mode") else None


def test_a_position_lies_on_the_tonic_of_both_hands() -> None:
    right, left = plan(level="primer", tonic="G", mode="major").instruments
    assert (right.low, right.high) == (67, 74)
    assert (left.low, left.high) == (55, 62)
    assert hand_range(PLAYERS["violin"], "primer", "melody", 9) == (69, 76)


def test_the_level_is_part_of_the_plan_file() -> None:
    made = plan(level="2", bars=8)
    assert plan_from_json(plan_to_json(made)) == made
    data = json.loads(plan_to_json(made))
    assert data["level"] == "2"
    del data["level"]
    assert plan_from_json(json.dumps(data)).level is None
    with pytest.raises(PlanError, match="level: '5' is unknown"):
        plan_from_json(json.dumps(data | {"level": "5"}))


def test_a_plan_with_a_level_keeps_it_when_something_else_changes() -> None:
    made = plan(level="primer", tonic="C", mode="major")
    moved = apply_overrides(made, PlanOverrides(tonic="F"))
    assert moved.level == "primer"
    assert moved.instruments[0].low == 65
    with pytest.raises(UsageError, match="--tempo"):
        apply_overrides(made, PlanOverrides(tempo_bpm=200.0))
    up = apply_overrides(made, PlanOverrides(level="4"))
    assert up.level == "4"
    assert up.instruments[0].high > made.instruments[0].high


def test_keys_come_with_the_fewest_accidentals_that_the_player_reads_first() -> None:
    """A trumpet in B flat reads two sharps more than sound."""
    assert keys_at("2", PLAYERS["trumpet"], "major")[0] == "Bb"
    assert keys_at("2", PLAYERS["piano"], "major")[0] == "C"
    assert set(keys_at("2", PLAYERS["piano"], "major")) == {"C", "G", "D", "F", "Bb"}
    assert set(keys_at("2", PLAYERS["piano"], "minor")) == {"A", "E", "B", "D", "G"}
    assert keys_at("primer", PLAYERS["recorder"], "major") == ("G",)
    assert set(keys_at("primer", PLAYERS["violin"], "minor")) == {"E", "B"}
    for player in PLAYERS.values():
        counts = [
            abs(Key(tonic=tonic, mode="major").fifths + (2 if player.name == "trumpet" else 0))
            for tonic in keys_at("4", player, "major")
        ]
        assert counts == sorted(counts)


def test_a_mode_is_read_in_its_own_signature_and_in_that_of_major_or_minor() -> None:
    for tonic in keys_at("3", PLAYERS["piano"], "dorian"):
        assert abs(Key(tonic=tonic, mode="dorian").fifths) <= 3
        assert abs(Key(tonic=tonic, mode="minor").fifths) <= 3


@pytest.mark.parametrize(
    ("meter", "simple"),
    [("6/8", "3/4"), ("3/8", "3/4"), ("9/8", "3/4"), ("5/4", "3/4"), ("2/8", "2/4"), ("7/8", "4/4")],
)
def test_a_meter_of_a_plan_becomes_the_simple_one_that_sways_like_it(meter: str, simple: str) -> None:
    free = plan(meter=meter, bars=8, instruments="piano")
    at_level = apply_overrides(free, PlanOverrides(level="1"))
    assert at_level.meter == simple
    assert at_level.reasons["meter"].startswith(f"level 1 instead of {meter}")


def test_a_key_moves_to_the_nearest_that_the_level_has() -> None:
    for tonic, nearest in (("Db", "C"), ("F#", "F"), ("Bb", "F"), ("E", "F"), ("B", "C"), ("Ab", "G"), ("D", "C")):
        free = plan(tonic=tonic, mode="major", bars=8, instruments="piano")
        moved = apply_overrides(free, PlanOverrides(level="1"))
        up = (Key.of(moved.tonic, "major").tonic_pc - Key.of(tonic, "major").tonic_pc) % 12
        allowed = [Key.of(name, "major").tonic_pc for name in keys_at("1", PLAYERS["piano"], "major")]
        steps = [(pc - Key.of(tonic, "major").tonic_pc) % 12 for pc in allowed]
        assert min(up, 12 - up) == min(min(step, 12 - step) for step in steps), (tonic, nearest)
        assert moved.tonic in ("C", "G", "F")


def test_a_level_holds_tempo_and_density_and_takes_ornaments_away() -> None:
    quick = plan(arousal=1.0, valence=0.5, instruments="piano", bars=16)
    slow = plan(arousal=-1.0, valence=-0.5, instruments="piano", bars=16)
    for level in LEVELS:
        low, high = find_level(level).density
        fast, calm = (apply_overrides(one, PlanOverrides(level=level)) for one in (quick, slow))
        assert fast.tempo_bpm == find_level(level).tempo_bpm[1]
        assert calm.tempo_bpm == max(slow.tempo_bpm, find_level(level).tempo_bpm[0])
        assert all(low <= section.density <= high for one in (fast, calm) for section in one.sections)
        assert fast.ornaments == ()
        assert fast.reasons["tempo_bpm"].startswith(f"level {level} instead of {quick.tempo_bpm:g}")
        assert fast.reasons["instruments"] == f"level {level}: piano, compass of the level"


def test_one_chord_a_bar_is_the_first_but_before_a_close_the_one_that_leads_there() -> None:
    for seed in range(8):
        free = plan(seed, mode="major", tonic="C", meter="4/4", valence=0.4, arousal=-0.2, bars=16, instruments="piano")
        level = apply_overrides(free, PlanOverrides(level="1"), seed=seed)
        assert [chord.bar for chord in level.chords] == list(range(1, 17))
        ends = {section.start_bar + sum(section.phrases[: n + 1]) - 1 for section in level.sections for n in range(9)}
        for chord in level.chords:
            if (
                chord.bar + 1 in ends
                and next(s for s in level.sections if s.end_bar >= chord.bar).cadence == "authentic"
            ):
                last = next(one for one in level.chords if one.bar == chord.bar + 1)
                assert last.roman not in ("I", "i") or chord.roman[0] in "Vv", (seed, chord)


def test_a_single_melody_player_reads_one_staff() -> None:
    for name in ("violin", "recorder", "trumpet", "voice"):
        (part,) = plan(level="2", instruments={"voice": "voice oohs"}.get(name, name)).instruments
        assert part.role == "melody"
        assert (part.low, part.high) == PLAYERS[name].ranges["2"]
    right, left = plan(level="3").instruments
    assert right.name.endswith("(right hand)")
    assert left.name.endswith("(left hand)")
    assert left.low < right.low
