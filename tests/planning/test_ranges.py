"""Roles and ranges of the players that a person asks for."""

from __future__ import annotations

import pytest

from composer.gm import INSTRUMENTS
from composer.planning.orchestration import MAX_PARTS, make_instruments, parse_instruments, requested_instruments


def ranges(text: str) -> list[tuple[int, int]]:
    return [(part.low, part.high) for part in requested_instruments(text)]


@pytest.mark.parametrize(
    ("text", "lowest_and_highest"),
    [
        ("violin,viola,cello", [(55, 88), (50, 76), (36, 58)]),
        ("flute,clarinet,horn,bassoon", [(62, 89), (53, 79), (45, 69), (36, 58)]),
        ("violin,piano", [(55, 88), (36, 74)]),
        ("violin,piano,cello", [(55, 88), (41, 75), (36, 58)]),
        ("violin,harp,cello", [(55, 88), (41, 79), (36, 58)]),
        ("violin,harp", [(55, 88), (36, 70)]),
        ("violin,guitar", [(55, 88), (40, 74)]),
        ("piano", [(55, 91), (33, 64)]),
        ("piano,contrabass", [(55, 91), (41, 64), (28, 50)]),
        ("harp", [(55, 91), (36, 64)]),
        ("guitar", [(55, 76), (40, 64)]),
        ("celesta", [(74, 96), (60, 82)]),
        ("koto", [(64, 84), (52, 72)]),
        ("cello,piano", [(36, 67), (36, 74)]),
        ("piano,drums", [(55, 91), (33, 64), (35, 81)]),
        ("tuba", [(29, 55)]),
    ],
)
def test_parts_lie_where_their_role_needs_them(text: str, lowest_and_highest: list[tuple[int, int]]) -> None:
    """The tune over the accompaniment over the bass, each within what the player reaches with ease."""
    assert ranges(text) == lowest_and_highest


def test_the_roles_are_one_above_the_other() -> None:
    for text in ("violin,violin,viola,cello", "flute,oboe,clarinet,horn,bassoon", "trumpet,trumpet,horn,trombone,tuba"):
        parts = requested_instruments(text)
        middles = [(part.low + part.high) / 2 for part in parts]
        assert middles == sorted(middles, reverse=True)
        assert parts[-1].role == "bass"


def test_a_tune_of_a_high_voice_stays_clear_of_the_bass_and_one_of_a_low_voice_keeps_its_compass() -> None:
    for sound in INSTRUMENTS:
        parts = requested_instruments(f"{sound.program},piano,contrabass")
        if parts[0].role == "melody" and not sound.polyphonic:
            assert parts[0].high == sound.easy_high
            assert parts[0].low == (max(sound.easy_low, 55) if sound.easy_high >= 72 else sound.easy_low), sound.name


def test_an_accompaniment_takes_the_bass_over_where_nobody_has_it() -> None:
    for player in ("piano", "guitar", "harp", "church organ", "string ensemble 1", "marimba"):
        (_, alone), (_, beside, _) = (
            requested_instruments(f"violin,{player}"),
            requested_instruments(f"violin,{player},contrabass"),
        )
        assert alone.low <= beside.low
        assert alone.high - alone.low >= 32 or (alone.low, alone.high) == (
            INSTRUMENTS[alone.program].easy_low,
            INSTRUMENTS[alone.program].easy_high,
        )


def test_sixteen_players_are_the_most_and_fill_with_counter_melodies_and_harmony() -> None:
    parts = requested_instruments(",".join(["flute"] * 8 + ["cello"] * 8))
    assert len(parts) == MAX_PARTS == 16
    roles = [part.role for part in parts]
    assert (roles.count("melody"), roles.count("counter"), roles.count("bass")) == (1, 2, 1)
    assert len({part.name for part in parts}) == 16


def test_a_keyboard_that_leads_becomes_two_hands_unless_that_is_one_part_too_many() -> None:
    piano, bass = parse_instruments("piano,contrabass")
    assert len(make_instruments([piano, bass], ["melody", "bass"])) == 3
    assert len(make_instruments([piano] + [bass] * 14, ["melody"] + ["bass"] * 14)) == 16
    assert len(make_instruments([piano] + [bass] * 15, ["melody"] + ["bass"] * 15)) == 16
    assert len(requested_instruments("piano,violin,cello")) == 3


def test_hands_have_the_names_of_hands_and_other_players_of_what_they_do() -> None:
    assert [part.name.partition("(")[2] for part in requested_instruments("harpsichord")] == [
        "right hand)",
        "left hand)",
    ]
    assert [part.name.partition("(")[2] for part in requested_instruments("koto")] == ["melody)", "accompaniment)"]
    assert [part.name for part in requested_instruments("flute,flute,cello")] == ["Flute 1", "Flute 2", "Cello"]


@pytest.mark.parametrize("player", ["vibraphone", "marimba", "dulcimer", "steel guitar", "accordion", "harpsichord"])
def test_players_of_tune_and_chords_do_both_alone_and_others_do_not(player: str) -> None:
    assert [part.role for part in requested_instruments(player)] == ["melody", "harmony"]
    for other in ("xylophone", "music box", "string ensemble 1", "flute", "banjo"):
        assert [part.role for part in requested_instruments(other)] == ["melody"]
