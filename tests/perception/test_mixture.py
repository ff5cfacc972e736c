"""Undertones: read where an emotion away from the main feeling is stronger than usual."""

from __future__ import annotations

import pytest

from composer.circumplex import FEELINGS
from composer.perception.mixture import UNDERTONES, blend

USUAL = {name: 1 / len(UNDERTONES) for name in UNDERTONES}


def shares(**raised: float) -> dict[str, float]:
    rest = (1 - sum(raised.values())) / (len(UNDERTONES) - len(raised))
    return {name: raised.get(name, rest) for name in UNDERTONES}


def test_sorrow_in_a_serene_picture() -> None:
    mix = blend("serene", 0.6, -0.5, shares(happiness=0.4, trust=0.2, sadness=0.2), USUAL)
    assert mix is not None
    assert mix.phrase == "serene with an undertone of sorrow"
    assert (mix.valence, mix.arousal) == FEELINGS["sadness"]
    assert 0 < mix.weight <= 0.5


def test_the_main_feeling_is_no_undertone() -> None:
    assert blend("joyful", 0.8, 0.4, shares(happiness=0.6, love=0.2), USUAL) is None


def test_the_likeliest_emotion_is_no_undertone() -> None:
    assert blend("solemn", -0.1, -0.4, shares(happiness=0.5), USUAL) is None


def test_what_every_painting_has_is_no_undertone() -> None:
    usual = shares(happiness=0.3, sadness=0.3)
    assert blend("serene", 0.6, -0.5, usual, usual) is None


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_the_weight_grows_with_the_share(share: float) -> None:
    less = blend("serene", 0.6, -0.5, shares(happiness=0.35, trust=0.1, sadness=share), USUAL)
    more = blend("serene", 0.6, -0.5, shares(happiness=0.35, trust=0.1, sadness=share + 0.04), USUAL)
    assert less is not None
    assert more is not None
    assert more.weight > less.weight


def test_every_fine_emotion_has_a_place_and_a_noun() -> None:
    assert set(UNDERTONES) <= set(FEELINGS)
