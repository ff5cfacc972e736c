"""Episodes leave the key as people's do, say so, and come home by themselves."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from composer.planning import PlanOverrides, make_plan
from composer.planning.modulation import at_home, choose_keys, modulation_reason, stays_away
from composer.planning.roman import chord_of
from composer.theory import Key, parse_chord
from composer.types import MusicalPlan, Section

SEEDS = range(40)


def _plans(mode: str, valence: float, **more: object) -> list[MusicalPlan]:
    given = {"mode": mode, "tonic": "C", "valence": valence, "arousal": 0.0, "bars": 24, "meter": "4/4"} | more
    return [make_plan(None, overrides=PlanOverrides(**given), seed=seed) for seed in SEEDS]  # type: ignore[arg-type]


def _away(plan: MusicalPlan) -> list[tuple[Section, str]]:
    """Sections that the plan says are in another key, with its name."""
    said = dict(re.findall(r"\b([B-Z]) in ([A-G][b#]? (?:major|minor))", plan.reasons["chords"]))
    letters = [(section, section.name.rstrip("'")) for section in plan.sections]
    return [(section, said[letter]) for section, letter in letters if letter in said]


@pytest.mark.parametrize(("mode", "valence"), [("major", 0.5), ("minor", -0.5)])
def test_an_episode_has_the_chords_of_its_key_and_the_cadence_of_the_piece(mode: str, valence: float) -> None:
    found = 0
    for plan in _plans(mode, valence):
        for section, name in _away(plan):
            found += 1
            tonic, local = name.split()
            chords = [chord for chord in plan.chords if section.start_bar <= chord.bar <= section.end_bar - 2]
            assert parse_chord(chords[0].symbol).root == Key.of(tonic, local).tonic_pc
            close = [chord.roman for chord in plan.chords if chord.bar == section.end_bar]
            assert close == [{"half": "V", "authentic": "I" if mode == "major" else "i"}[section.cadence]]
            assert all(chord_of(chord.roman, plan.key) == parse_chord(chord.symbol) for chord in chords)
    assert found > len(SEEDS) / 4


def test_the_tune_that_names_the_key_stays_in_it() -> None:
    for plan in _plans("major", 0.3):
        away = {section.name for section, _ in _away(plan)}
        assert not any(name.startswith(("A", "Intro", "Coda", "Codetta")) for name in away)
        assert plan.sections[-1].name not in away


def test_sad_pieces_do_not_go_to_a_major_key() -> None:
    keys = {name for plan in _plans("minor", -0.8) for _, name in _away(plan)}
    assert keys
    assert all(name.endswith("minor") for name in keys)


def test_levels_modes_and_journeys_stay_at_home() -> None:
    assert not any(_away(plan) for plan in _plans("major", 0.3, level="2", bars=16))
    assert not any(_away(plan) for plan in _plans("dorian", 0.0))


def test_pieces_differ_in_how_chromatic_they_are() -> None:
    shares = []
    for plan in _plans("major", 0.0):
        foreign = [not parse_chord(chord.symbol).pitch_classes <= plan.key.pitch_classes for chord in plan.chords]
        shares.append(sum(foreign) / len(foreign))
    assert min(shares) < 0.08
    assert max(shares) > 0.2


def _form(bars: int) -> tuple[Section, ...]:
    """A, an episode of so many bars, and A again."""
    lengths = (8, bars, 8)
    return tuple(
        Section(
            name=name, start_bar=1 + sum(lengths[:number]), bars=lengths[number], phrases=(lengths[number],),
            varies="A" if number == 2 else None,
        )
        for number, name in enumerate(("A", "B", "A'"))
    )  # fmt: skip


def _drawn(mode: str, valence: float, bars: int = 8, draws: int = 400) -> Counter[str]:
    home = Key.of("C", mode)
    found: Counter[str] = Counter()
    for seed in range(draws):
        keys = choose_keys(_form(bars), home, valence, random.Random(seed))
        assert set(keys) <= {"B"}
        found[keys["B"].name if keys else "home"] += 1
    return found


def test_three_long_episodes_of_four_leave_the_key_and_half_of_the_short_ones() -> None:
    for bars, low, high in ((3, 1.0, 1.0), (4, 0.42, 0.58), (5, 0.42, 0.58), (6, 0.18, 0.32), (16, 0.18, 0.32)):
        assert low <= _drawn("major", 0.2, bars)["home"] / 400 <= high


@pytest.mark.parametrize(
    ("mode", "valence", "shares"),
    [
        ("major", 0.2, {"G major": 0.5, "F major": 0.2, "A minor": 0.3}),
        ("major", 0.4, {"G major": 0.8, "F major": 0.2}),
        ("minor", -0.2, {"F minor": 0.4, "G minor": 0.25, "Eb major": 0.35}),
        ("minor", -0.6, {"F minor": 0.75, "G minor": 0.25}),
        ("harmonic-minor", -0.6, {"F minor": 0.6, "G minor": 0.4}),
    ],
)
def test_episodes_go_to_the_near_keys_as_often_as_they_should(
    mode: str, valence: float, shares: dict[str, float]
) -> None:
    found = _drawn(mode, valence)
    away = found.total() - found.pop("home")
    assert set(found) == set(shares)
    for name, share in shares.items():
        assert abs(found[name] / away - share) < 0.08, name


def test_what_is_too_short_to_leave_and_come_home_stays() -> None:
    keys = {"B": Key.of("G", "major")}
    for bars, away in ((2, False), (3, True), (8, True)):
        assert stays_away(_form(bars)[1], keys) is away
    assert not stays_away(_form(8)[0], keys)


def test_keys_are_said_with_their_letters() -> None:
    assert modulation_reason({"B": Key.of("G", "major"), "C": Key.of("A", "minor")}) == "B in G major, C in A minor"
    assert modulation_reason({}) == ""
    assert at_home([("I", "V7"), ("vi",)], Key.of("G", "major"), Key.of("C", "major")) == [("V", "V7/V"), ("iii",)]
