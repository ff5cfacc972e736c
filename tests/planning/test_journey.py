"""A journey: sections follow the regions of a picture, and the whole returns."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from composer.errors import UsageError
from composer.options import ComposeOptions
from composer.perception.palette import read_palette
from composer.planning.journey import journey_reason, journey_sections
from composer.planning.journey_players import with_players
from composer.planning.orchestration import requested_instruments
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


def test_low_regions_are_sung_by_the_lower_player() -> None:
    sections = journey_sections(32, _REGIONS, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
    winds = requested_instruments("flute,clarinet,harp,cello")
    assert [part.role for part in winds][:2] == ["melody", "counter"]
    sung, reason = with_players(sections, _REGIONS, winds)
    below = {section.name[0] for section in sung if section.variation == "orchestration"}
    assert below == {"B"}  # the boats; the sky, the sun and the whole stay with the flute
    assert all(section.variation == "orchestration" for section in sung if section.name[0] == "B")
    assert reason == "Clarinet has the tune in B (low and dark), Flute in A, C and D"


def test_a_higher_second_player_takes_sky_and_sun() -> None:
    sections = journey_sections(32, _REGIONS, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
    viola, flute, *rest = requested_instruments("viola,flute,harp,cello")
    parts = [replace(viola, role="melody"), replace(flute, role="counter"), *rest]
    sung, reason = with_players(sections, _REGIONS, parts)
    assert {section.name[0] for section in sung if section.variation == "orchestration"} == {"A", "C"}
    assert "high and bright" in reason


def test_nobody_takes_over_where_one_plays() -> None:
    sections = journey_sections(32, _REGIONS, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
    assert with_players(sections, _REGIONS, requested_instruments("piano")) == (sections, "")
