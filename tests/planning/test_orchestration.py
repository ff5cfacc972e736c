"""Instruments: requests, roles, ranges, and ensembles from pictures."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from composer.errors import UsageError
from composer.gm import INSTRUMENTS
from composer.planning.cues import Cues
from composer.planning.ensembles import ENSEMBLES
from composer.planning.orchestration import choose_ensemble, requested_instruments


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("violin", "melody"),
        ("violin,piano", "melody harmony"),
        ("cello,piano", "melody harmony"),
        ("violin,cello,piano", "melody bass harmony"),
        ("piano,violin,cello", "harmony melody bass"),
        ("violin,violin,viola,cello", "melody counter harmony bass"),
        ("flute,oboe,clarinet,horn,bassoon", "melody counter harmony harmony bass"),
        ("piano,guitar,electric bass,drums", "melody harmony bass drums"),
        ("trumpet,piano,strings,contrabass", "melody harmony harmony bass"),
        ("flute,flute", "melody counter"),
        ("choir,church organ", "melody harmony"),
        ("timpani,violin,cello", "harmony melody bass"),
        ("alto sax,tenor sax,baritone sax", "melody counter bass"),
        ("cello", "melody"),
        ("contrabass,piano", "bass melody harmony"),
        ("cello,contrabass", "melody bass"),
        ("bassoon,piano", "melody harmony"),
        ("trombone,guitar", "melody harmony"),
        ("tuba,piano", "bass melody harmony"),
        ("violin,violin,violin", "melody counter bass"),
        ("flute,flute,piano", "melody counter harmony"),
        ("guitar,guitar", "melody harmony"),
        ("piano,guitar,harp", "melody harmony bass"),
        ("piano,organ,harp,guitar", "melody harmony harmony bass"),
        ("piano,celesta,music box", "bass melody harmony"),
        ("timpani,flute", "harmony melody"),
        ("timpani,flute,oboe,violin", "harmony melody counter bass"),
        ("cello,violin,piano", "bass melody harmony"),
        ("viola,cello,cello", "melody counter bass"),
        ("bassoon,cello,tuba,piano", "counter melody bass harmony"),
        ("flute,oboe,clarinet,horn,bassoon,tuba", "melody counter harmony harmony harmony bass"),
        ("flute,oboe,clarinet,trumpet,horn,bassoon,tuba", "melody counter harmony counter harmony harmony bass"),
        ("violin,viola,viola,cello", "melody counter harmony bass"),
        ("drums,piano", "drums melody harmony"),
        ("soprano sax,alto sax,tenor sax,baritone sax", "melody counter harmony bass"),
    ],
)
def test_roles(text: str, roles: str) -> None:
    assert [part.role for part in requested_instruments(text)] == roles.split()


@pytest.mark.parametrize("text", ["piano", "harpsichord", "church organ", "harp", "guitar", "koto", "celesta"])
def test_a_lone_chord_player_has_melody_and_accompaniment(text: str) -> None:
    upper, lower = requested_instruments(text)
    assert (upper.role, lower.role) == ("melody", "harmony")
    assert upper.program == lower.program
    assert upper.low > lower.low
    assert upper.high > lower.high
    assert upper.name != lower.name


@pytest.mark.parametrize("text", ["piano,bass,drums", "organ,contrabass", "guitar,bass,drums"])
def test_a_chord_player_who_leads_accompanies_where_nobody_else_does(text: str) -> None:
    upper, lower, bass = requested_instruments(text)[:3]
    assert [part.role for part in (upper, lower, bass)] == ["melody", "harmony", "bass"]
    assert upper.program == lower.program
    assert lower.low > bass.low
    assert [part.role for part in requested_instruments("piano,vibraphone,bass")] == ["melody", "harmony", "bass"]


def test_order_and_programs_are_the_persons() -> None:
    parts = requested_instruments("cello, 73 ,Violin,piano")
    assert [part.program for part in parts] == [42, 73, 40, 0]
    assert [part.name for part in requested_instruments("violin,violin")] == ["Violin 1", "Violin 2"]


def test_ranges_can_be_played() -> None:
    for sound in INSTRUMENTS:
        for text in (str(sound.program), f"{sound.program},violin,piano,cello"):
            for part in requested_instruments(text):
                player = INSTRUMENTS[part.program]
                assert player.low <= part.low < part.high <= player.high
                assert part.high - part.low >= 11


@pytest.mark.parametrize(
    "text", ["", " , ", "violin,,cello", "violin,violn", "drums", "piano,drums,drums", ",".join(["flute"] * 17)]
)
def test_wrong_requests_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="instruments"):
        requested_instruments(text)


def test_shipped_ensembles_have_clear_roles_in_order_of_height() -> None:
    for ensemble in ENSEMBLES:
        roles = [role for role, _ in ensemble.parts]
        assert roles.count("melody") == 1
        assert roles.count("bass") <= 1
        assert "harmony" in roles
        assert len(roles) <= 5
        assert -1 <= ensemble.valence <= 1
        assert -1 <= ensemble.arousal <= 1


@pytest.mark.parametrize(
    ("caption", "program"),
    [
        (" a japanese woodblock print ", 107),
        (" the crucifixion ", 52),
        (" renaissance painting ", 74),
        (" chinese ink painting ", 110),
        (" a baroque painting of flowers ", 6),
    ],
)
def test_words_bring_their_ensemble(caption: str, program: int) -> None:
    for seed in range(5):
        parts, reason = choose_ensemble(0.0, 0.0, Cues(text=caption), random.Random(seed))
        assert program in {part.program for part in parts}
        assert "in the caption" in reason


@pytest.mark.parametrize("seen", ["a landscape", "a portrait", "a still life", "a street", "an interior"])
def test_like_pictures_are_not_all_played_by_the_same_instruments(seen: str) -> None:
    played = Counter(
        choose_ensemble(0.45, -0.13, Cues(text=f" {seen} "), random.Random(seed), leaning=0.5)[1].split(":")[0]
        for seed in range(200)
    )
    assert len(played) >= 6
    assert max(played.values()) <= 90


def test_a_battle_is_not_played_by_a_trio_sonata() -> None:
    """A period word weighs less than a feeling that is far away."""
    for seed in range(20):
        battle = Cues(text=" a battle on horseback baroque painting ")
        parts, _ = choose_ensemble(-0.75, 0.9, battle, random.Random(seed))
        assert 6 not in {part.program for part in parts}


def test_feeling_alone_never_brings_a_foreign_school_and_drums_only_where_it_is_wild() -> None:
    named = {ensemble.name for ensemble in ENSEMBLES if ensemble.kind != "feeling"}
    for seed in range(200):
        rng = random.Random(seed)
        valence, arousal = rng.uniform(-1, 1), rng.uniform(-1, 1)
        parts, reason = choose_ensemble(valence, arousal, Cues(), rng)
        assert reason.split(":")[0] not in named
        assert 2 <= len(parts) <= 5
        assert arousal > 0.2 or not any(part.is_drums for part in parts)
