from __future__ import annotations

import pytest

from composer.gm import INSTRUMENTS
from composer.planning.ensembles import ENSEMBLES
from composer.planning.orchestration import requested_instruments
from composer.rendering.mix import ROOMS, ensemble_kind, mix_parts
from composer.types import Instrument


def pans(text: str) -> dict[str, int]:
    parts = requested_instruments(text)
    return {part.name: mix.pan for part, mix in zip(parts, mix_parts(parts), strict=True)}


def test_a_string_quartet_sits_from_left_to_right() -> None:
    seats = pans("violin,violin,viola,cello")
    assert list(seats.values()) == sorted(seats.values())
    assert seats["Violin 1"] < 50
    assert seats["Cello"] > 78


def test_an_orchestra_has_violins_left_basses_right_and_brass_further_back() -> None:
    parts = requested_instruments("flute,oboe,horn,trumpet,trombone,timpani,violin,viola,cello,contrabass")
    mixes = dict(zip((part.name for part in parts), mix_parts(parts), strict=True))
    assert mixes["Violin"].pan < mixes["Flute"].pan < mixes["Viola"].pan < mixes["Cello"].pan < mixes["Contrabass"].pan
    assert mixes["French Horn"].pan < 64 < mixes["Trumpet"].pan < mixes["Trombone"].pan
    assert mixes["Violin"].reverb < mixes["Flute"].reverb < mixes["Trumpet"].reverb


def test_a_band_has_bass_drums_and_tune_in_the_middle() -> None:
    parts = requested_instruments("alto sax,electric guitar,electric piano,electric bass,drums")
    by_role = {part.role: mix.pan for part, mix in zip(parts, mix_parts(parts), strict=True)}
    assert {by_role["melody"], by_role["bass"], by_role["drums"]} == {64}
    sides = [mix.pan for part, mix in zip(parts, mix_parts(parts), strict=True) if part.role == "harmony"]
    assert min(sides) < 64 < max(sides)


@pytest.mark.parametrize("name", ["violin", "piano", "marimba"])
def test_one_player_faces_the_listener(name: str) -> None:
    seats = list(pans(name).values())
    assert sum(seats) / len(seats) == pytest.approx(64, abs=1)
    assert max(seats) - min(seats) <= 12


@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=lambda ensemble: ensemble.name)
def test_every_ensemble_is_balanced_and_its_tune_in_front(ensemble: object) -> None:
    parts = tuple(
        Instrument(role=role, name=INSTRUMENTS[program].name, program=program) for role, program in ensemble.parts
    )  # type: ignore[attr-defined]
    mixes = mix_parts(parts)
    assert sum(mix.pan for mix in mixes) / len(mixes) == pytest.approx(64, abs=6)
    lead = next(mix for part, mix in zip(parts, mixes, strict=True) if part.role == "melody")
    assert all(lead.volume >= mix.volume for mix in mixes)
    for mix in mixes:
        assert 14 <= mix.pan <= 114
        assert 0 < mix.reverb <= 127


@pytest.mark.parametrize(
    ("programs", "drums", "kind"),
    [
        ((0,), 0, "solo"),
        ((0, 0), 0, "solo"),
        ((40, 40, 41, 42), 0, "chamber"),
        ((40, 60, 48, 43), 0, "orchestra"),
        ((56, 60, 48, 43), 1, "orchestra"),
        ((71, 0, 32), 1, "band"),
        ((27, 33), 0, "band"),
        ((52, 19), 0, "church"),
        ((), 1, "band"),
    ],
)
def test_the_room_suits_the_ensemble(programs: tuple[int, ...], drums: int, kind: str) -> None:
    assert ensemble_kind(programs, drums=bool(drums)) == kind
    assert kind in ROOMS


def test_low_parts_are_drier() -> None:
    parts = requested_instruments("violin,cello,piano")
    sends = {part.role: mix.reverb for part, mix in zip(parts, mix_parts(parts), strict=True)}
    assert sends["bass"] < sends["melody"]
