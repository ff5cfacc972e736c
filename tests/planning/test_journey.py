"""A journey: sections follow the regions of a picture, and the whole returns."""

from __future__ import annotations

import random

import numpy as np
import pytest

from composer.errors import UsageError
from composer.options import ComposeOptions
from composer.perception.palette import read_palette
from composer.planning.journey import journey_reason, journey_sections
from composer.types import Region
from tests.perception.conftest import painting_of


def _region(name: str, top: float, valence: float, arousal: float) -> Region:
    palette = read_palette(painting_of(np.full((40, 40, 3), 128, np.uint8)))
    return Region(
        left=0.0, top=top, right=1.0, bottom=top + 0.3, name=name, valence=valence, arousal=arousal,
        valence_sd=0.3, arousal_sd=0.3, palette=palette, salience=0.5,
    )  # fmt: skip


_REGIONS = (_region("the sky", 0.0, 0.2, 0.1), _region("the boats", 0.7, -0.4, 0.1), _region("the sun", 0.3, 0.2, 0.5))


def test_sections_follow_the_regions_and_the_whole_returns() -> None:
    sections = journey_sections(16, _REGIONS, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
    sky, boats, sun, whole = sections
    assert sky.valence > boats.valence
    assert sky.register > boats.register
    assert sun.density > sky.density
    assert (whole.valence, whole.arousal) == (0.1, -0.2)
    assert "B: the boats, valence −0.40" in journey_reason(sections, _REGIONS)


def test_few_bars_keep_the_whole() -> None:
    sections = journey_sections(2, _REGIONS, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
    assert [section.valence for section in sections][-1] == 0.1
    assert journey_reason(sections, _REGIONS).endswith("B: the whole picture")


def test_a_journey_needs_a_picture() -> None:
    with pytest.raises(UsageError, match="--journey"):
        ComposeOptions(mood="joy", journey=True)


@pytest.mark.parametrize(("bars", "count"), [(16, 3), (20, 3), (21, 4), (16, 6), (7, 5), (64, 4)])
def test_bars_are_shared_evenly(bars: int, count: int) -> None:
    regions = [_REGIONS[number % 3] for number in range(count)]
    sections = journey_sections(bars, regions, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
    lengths: dict[str, int] = {}
    for section in sections:
        lengths[section.name[0]] = lengths.get(section.name[0], 0) + section.bars
    *parts, whole = lengths.values()
    assert sum(lengths.values()) == bars
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 4
    assert whole >= parts[0]
