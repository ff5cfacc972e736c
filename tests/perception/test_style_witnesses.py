"""Year and artist beside the picture: they turn a style that the picture alone gets wrong, and invent none."""

from __future__ import annotations

import math

import pytest

from composer.perception.picture_heads import STYLES
from composer.perception.style_witnesses import hear_style, load_style_witnesses
from composer.types import PictureWords

EVEN = {style: 1 / len(STYLES) for style in STYLES}


def first(seen: dict[str, float], **words: object) -> str:
    shares, _ = hear_style(seen, PictureWords(**words))
    return max(shares, key=lambda style: shares[style])


def leaning(style: str, share: float) -> dict[str, float]:
    rest = (1 - share) / (len(STYLES) - 1)
    return {name: share if name == style else rest for name in STYLES}


def test_without_a_year_and_a_known_artist_the_picture_speaks_alone() -> None:
    for words in (PictureWords(), PictureWords(title="Spring", artist="Nobody Whom Anyone Knows")):
        assert hear_style(leaning("rococo", 0.4), words) == (leaning("rococo", 0.4), "")


def test_a_painting_of_1562_is_no_rococo_painting() -> None:
    assert first(leaning("rococo", 0.4), year=1562) == "renaissance"
    assert first(leaning("rococo", 0.4), year=1745) == "rococo"


@pytest.mark.parametrize(
    ("year", "style", "other"),
    [
        (1640, "baroque", "cubism"),
        (1485, "renaissance", "impressionism"),
        (1912, "cubism", "baroque"),
        (1965, "pop art", "rococo"),
        (1876, "realism", "pop art"),
    ],
)
def test_a_year_says_which_styles_were_painted_then(year: int, style: str, other: str) -> None:
    shares, _ = hear_style(EVEN, PictureWords(year=year))
    assert shares[style] > 5 * shares[other]


def test_a_sure_picture_outweighs_a_year_that_allows_it() -> None:
    assert first(leaning("ukiyo e", 0.9), year=1890) == "ukiyo e"


def test_an_artist_is_known_by_the_whole_name_without_accents_and_by_the_last() -> None:
    for name in ("Claude Monet", "claude monet", "Claude Oscar Monet", "Monet"):
        assert first(EVEN, artist=name) == "impressionism"
    for name in ("Pieter Bruegel the Elder", "Pieter Bruegel", "Pieter Bruegel The Elder"):
        assert first(leaning("rococo", 0.4), artist=name) == "renaissance"


def test_a_namesake_is_nobody() -> None:
    assert load_style_witnesses().of_artist("Harry Monet") is None


def test_the_reason_names_every_witness_and_where_it_was_found() -> None:
    words = PictureWords(year=1562, artist="Pieter Bruegel the Elder", sources={"year": "given", "artist": "file name"})
    _, reason = hear_style(leaning("rococo", 0.4), words)
    assert reason.startswith("picture Rococo .40; year 1562 (given) Renaissance .")
    assert "artist Pieter Bruegel the Elder (file name) Renaissance ." in reason


def test_a_year_of_which_nothing_was_learned_says_no_style_surely() -> None:
    shares, _ = hear_style(leaning("baroque", 0.5), PictureWords(year=1100))
    assert math.fsum(shares.values()) < 1
    assert max(shares.values()) < 0.35


def test_shares_add_up_to_at_most_one() -> None:
    for year in (1, 1300, 1700, 1900, 2100):
        shares, _ = hear_style(leaning("symbolism", 0.7), PictureWords(year=year, artist="Rembrandt"))
        assert min(shares.values()) >= 0
        assert math.fsum(shares.values()) <= 1 + 1e-9
