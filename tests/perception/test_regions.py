"""The way through a picture: boxes inside it, apart from one another, each with its own colours and name."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from composer.perception import regions as regions_module
from composer.perception.regions import LEAST, MOST, find_regions
from composer.perception.saliency import saliency_map
from tests.perception.conftest import painting_of


def two_halves() -> np.ndarray:
    """Pale blue above, dark brown with a red patch below."""
    rgb = np.zeros((240, 320, 3), np.uint8)
    rgb[:120] = (190, 210, 235)
    rgb[120:] = (60, 40, 25)
    rgb[160:210, 220:280] = (210, 30, 30)
    return rgb


def test_a_patch_of_another_colour_draws_the_eye() -> None:
    rgb = np.full((200, 200, 3), 120, np.uint8)
    rgb[120:160, 30:70] = (220, 30, 30)
    row, column = np.unravel_index(int(saliency_map(rgb).argmax()), (48, 48))
    assert 28 <= row <= 40
    assert 6 <= column <= 18


def test_regions_differ_and_are_named_by_colour_and_place() -> None:
    regions = find_regions(painting_of(two_halves()))
    assert LEAST <= len(regions) <= MOST
    assert len({(r.left, r.top, r.right, r.bottom) for r in regions}) == len(regions)
    lightness = [region.palette.lightness for region in regions]
    assert max(lightness) - min(lightness) > 0.3
    above = max(regions, key=lambda region: region.palette.lightness)
    assert above.top < 0.3
    assert all(region.name.startswith("the ") for region in regions)
    for one, other in combinations(regions, 2):
        wide = min(one.right, other.right) - max(one.left, other.left)
        high = min(one.bottom, other.bottom) - max(one.top, other.top)
        assert max(wide, 0) * max(high, 0) < 0.5 * (one.right - one.left) * (one.bottom - one.top)


def test_the_same_picture_has_the_same_regions() -> None:
    assert find_regions(painting_of(two_halves())) == find_regions(painting_of(two_halves()))


def test_a_name_that_stands_twice_says_where_each_lies() -> None:
    middles = [np.array(place) for place in ((0.6, 0.2), (0.5, 0.8), (0.4, 0.3))]
    told = regions_module._told_apart(["the browns above", "the sky", "the browns above"], middles)
    assert told == ["the browns above, further right", "the sky", "the browns above, further left"]
    assert len(set(regions_module._told_apart(["the greys above"] * 3, middles))) == 3


def test_only_things_known_in_paintings_are_named_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for thing, named in (("a solar panel", False), ("a ship", True)):
        monkeypatch.setattr(regions_module, "rank_objects", lambda classes, thing=thing: ((thing, 0.9),))
        names = [region.name for region in find_regions(painting_of(two_halves()))]
        assert any(thing.removeprefix("a ") in name for name in names) == named
