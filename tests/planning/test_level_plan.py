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
