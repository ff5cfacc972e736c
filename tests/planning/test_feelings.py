"""Where the contrasting section of a piece goes."""

from __future__ import annotations

import pytest

from composer.planning.feelings import contrast_of
from composer.types import FeelingMix


def undertone(weight: float, valence: float = -0.7, arousal: float = 0.5) -> FeelingMix:
    return FeelingMix(primary="serene", secondary="sorrow", weight=weight, valence=valence, arousal=arousal)


def test_an_undertone_as_strong_as_the_main_feeling_draws_the_middle_most_of_the_way() -> None:
    for weight, part in ((0.0, 0.3), (0.25, 0.45), (0.5, 0.6)):
        found = contrast_of(0.5, -0.5, {"sad": 0.9}, undertone(weight))
        assert found.valence == pytest.approx(0.5 - 1.2 * part)
        assert found.arousal == pytest.approx(-0.5 + 1.0 * part)
    found = contrast_of(0.5, -0.5, {}, undertone(0.25))
    assert found.reason == "serene with an undertone of sorrow: the middle leans to sorrow (25% of the feeling)"


def test_the_next_emotion_that_is_far_and_likely_draws_it_half_the_way() -> None:
    found = contrast_of(0.6, 0.4, {"happiness": 0.5, "joy": 0.3, "sadness": 0.2})
    assert (found.valence, found.arousal) == pytest.approx((0.6 + (-0.7 - 0.6) / 2, 0.4 + (-0.5 - 0.4) / 2))
    assert found.reason == "the middle leans to sadness (20% of the reading)"
    likely = contrast_of(0.6, 0.4, {"happiness": 0.88, "sadness": 0.12})
    assert "sadness" in likely.reason
    assert "contrast" in contrast_of(0.6, 0.4, {"happiness": 0.89, "sadness": 0.11}).reason


def test_an_emotion_near_the_reading_or_near_the_strongest_one_is_no_contrast() -> None:
    assert "contrast" in contrast_of(-0.6, -0.4, {"happiness": 0.6, "sadness": 0.4}).reason
    assert "contrast" in contrast_of(0.0, 0.9, {"happiness": 0.6, "joy": 0.4}).reason
    assert "contrast" in contrast_of(0.0, 0.0, {"a mood nobody has heard of": 0.6, "happiness": 0.4}).reason
    assert "sadness" in contrast_of(0.6, 0.4, {"happiness": 0.4, "unheard of": 0.35, "sadness": 0.25}).reason


def test_of_two_as_likely_the_choice_is_by_name() -> None:
    either = {"happiness": 0.4, "sadness": 0.3, "anger": 0.3}
    assert "anger" in contrast_of(0.7, 0.3, either).reason
    assert contrast_of(0.7, 0.3, dict(reversed(either.items()))) == contrast_of(0.7, 0.3, either)


@pytest.mark.parametrize(
    ("valence", "arousal", "other", "word"),
    [
        (0.5, 0.0, (0.4, 0.2), "livelier"),
        (-0.5, 0.0, (-0.4, 0.2), "livelier"),
        (0.0, 0.39, (0.1, 0.59), "livelier"),
        (0.5, 0.4, (0.4, 0.2), "calmer"),
        (-1.0, 1.0, (-0.9, 0.8), "calmer"),
        (1.0, -1.0, (0.9, -0.8), "livelier"),
    ],
)
def test_without_any_it_stirs_the_calm_and_calms_the_wild_a_little_nearer_to_neutral(
    valence: float, arousal: float, other: tuple[float, float], word: str
) -> None:
    found = contrast_of(valence, arousal, {})
    assert (found.valence, found.arousal) == pytest.approx(other)
    assert found.reason == f"the middle is {word} for contrast"


def test_it_stays_in_the_plane() -> None:
    strong = undertone(0.5, valence=-1.0, arousal=1.0)
    for valence in (-1.0, 0.0, 1.0):
        for arousal in (-1.0, 0.0, 1.0):
            for mixture in (None, strong):
                found = contrast_of(valence, arousal, {}, mixture)
                assert -1 <= found.valence <= 1
                assert -1 <= found.arousal <= 1
