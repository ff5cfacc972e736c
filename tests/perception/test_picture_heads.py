"""What kind of picture it is: media, objects, prints; what is no picture is said to be none."""

from __future__ import annotations

import numpy as np
import pytest

from composer.perception.image import load_painting
from composer.perception.kinds import with_prints
from composer.perception.object_classes import FAMILIES, rank_objects
from composer.perception.perceive import perceive
from composer.perception.picture_heads import gelu
from tests.perception.conftest import PAINTINGS, alt_faults, caption_faults, gradient, painting_of


def test_no_class_belongs_to_two_families() -> None:
    numbers = [number for members in FAMILIES.values() for number in members]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= set(range(1000))


def test_breeds_add_up_to_their_family() -> None:
    logits = np.zeros(1000, np.float32)
    logits[151:269] = 3.0  # a hundred and eighteen breeds, none of them sure
    logits[281] = 5.0
    (first, share), *_ = rank_objects(logits)
    assert first == "a dog"
    assert share > 0.5


def test_prints_are_added_to_a_ranking_of_traditions() -> None:
    ranking = with_prints((("European painting", 0.8), ("Japanese woodblock print", 0.2)), 0.9)
    assert ranking[0] == ("Japanese woodblock print", pytest.approx(0.9))
    assert sum(share for _, share in ranking) == pytest.approx(1.0)


def test_the_tangent_form_is_near_the_exact_one() -> None:
    x = np.linspace(-4, 4, 41).astype(np.float32)
    assert gelu(x)[20] == pytest.approx(0.0, abs=1e-6)
    assert gelu(x)[-1] == pytest.approx(4.0, abs=1e-3)
    assert abs(float(gelu(x)[0])) < 1e-3


@pytest.mark.parametrize("name", ["grey", "white", "noise", "bars", "graded"])
def test_what_is_no_picture_is_given_no_tradition_and_no_style(name: str) -> None:
    rng = np.random.default_rng(0)
    bars = np.repeat(rng.integers(0, 256, (1, 8, 3)), 40, axis=1).repeat(240, axis=0)
    pictures = {
        "grey": painting_of(np.full((300, 400, 3), 128, np.uint8)),
        "white": painting_of(np.full((300, 300, 3), 255, np.uint8)),
        "noise": painting_of(rng.integers(0, 256, (300, 400, 3)).astype(np.uint8)),
        "bars": painting_of(bars.astype(np.uint8)),
        "graded": gradient((20, 40, 90), (200, 180, 120)),
    }
    reading = perceive(pictures[name])
    assert "painting" not in reading.caption.lower()
    assert "print" not in reading.caption.lower()
    assert reading.valence_sd > 0.4
    assert not caption_faults(reading.caption)
    assert not alt_faults(reading.alt)


def test_a_photograph_is_said_to_be_one_and_its_thing_is_named() -> None:
    folder = PAINTINGS.parent / "oasis"
    if not folder.is_dir():
        pytest.skip("the data folder with photographs is not here")
    reading = perceive(load_painting(folder / "cat-1.webp"))
    assert reading.caption.startswith("A cat; photograph in ")
    assert reading.alt.startswith("A photograph of a cat.")
    assert not caption_faults(reading.caption)
