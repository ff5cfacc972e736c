"""A journey: sections follow the regions of a picture, and the whole returns."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from composer.errors import UsageError
from composer.options import ComposeOptions
from composer.perception.palette import read_palette
from composer.planning.journey import journey_reason, journey_sections, place_of
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


def _lit(top: float, bottom: float, lightness: float) -> Region:
    region = _REGIONS[0]
    return replace(region, top=top, bottom=bottom, palette=replace(region.palette, lightness=lightness))


def test_high_and_light_regions_lie_higher_than_low_and_dark_ones() -> None:
    """Ten semitones between the edges of the picture, six between white and black."""
    assert place_of(_lit(0.4, 0.6, 0.5)) == pytest.approx(0)
    assert place_of(_lit(0.0, 0.0, 0.5)) - place_of(_lit(1.0, 1.0, 0.5)) == pytest.approx(10)
    assert place_of(_lit(0.0, 0.2, 0.5)) == pytest.approx(4)
    assert place_of(_lit(0.4, 0.6, 1.0)) - place_of(_lit(0.4, 0.6, 0.0)) == pytest.approx(6)


def test_a_region_feels_as_far_from_the_whole_as_from_the_others_mean() -> None:
    sections = journey_sections(16, _REGIONS, valence=0.5, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
    assert [section.valence for section in sections[:3]] == pytest.approx([0.7, 0.1, 0.7])
    arousals = [region.arousal - 0.7 / 3 - 0.2 for region in _REGIONS]
    assert [section.arousal for section in sections[:3]] == pytest.approx(arousals, abs=0.001)
    bright = journey_sections(16, _REGIONS, valence=0.95, arousal=0.9, steady_bpm=90, rng=random.Random(0))
    assert (bright[0].valence, bright[2].arousal) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("bars", "count", "lengths"),
    [
        (16, 3, [4, 4, 4, 4]),
        (20, 3, [4, 4, 4, 8]),
        (24, 3, [8, 4, 4, 8]),
        (28, 3, [8, 8, 4, 8]),
        (21, 3, [4, 4, 4, 9]),
        (8, 3, [2, 2, 2, 2]),
        (11, 3, [2, 2, 2, 5]),
        (5, 3, [1, 1, 1, 2]),
        (3, 6, [1, 1, 1]),
    ],
)
def test_what_is_left_over_goes_to_the_whole_and_then_to_the_first(bars: int, count: int, lengths: list[int]) -> None:
    regions = [_REGIONS[number % 3] for number in range(count)]
    found: dict[str, int] = {}
    for section in journey_sections(bars, regions, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0)):
        found[section.name[0]] = found.get(section.name[0], 0) + section.bars
    assert list(found.values()) == lengths


def test_the_reason_names_every_region_with_its_feeling() -> None:
    sections = journey_sections(16, _REGIONS, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
    assert journey_reason(sections, _REGIONS) == (
        "A: the sky, valence +0.20, arousal +0.10; B: the boats, valence −0.40, arousal +0.10; "
        "C: the sun, valence +0.20, arousal +0.50; D: the whole picture"
    )
    neutral = [replace(_REGIONS[0], valence=-0.001)]
    assert "valence +0.00" in journey_reason(sections[:1] + sections[-1:], neutral)


def test_regions_that_lie_alike_and_players_that_lie_alike_stay_as_they_are() -> None:
    winds = requested_instruments("flute,clarinet,harp,cello")
    for apart, moved in ((0.15, False), (0.25, True)):
        regions = [_lit(0.4, 0.6, 0.5), _lit(0.4 + apart, 0.6 + apart, 0.5)]
        sections = journey_sections(16, regions, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
        _, reason = with_players(sections, regions, winds)
        assert bool(reason) is moved
    sections = journey_sections(32, _REGIONS, valence=0.1, arousal=-0.2, steady_bpm=90, rng=random.Random(0))
    lead, second, *rest = winds
    for shift, moved in ((1, False), (3, True)):
        alike = replace(second, low=lead.low - shift, high=lead.high - shift)
        assert bool(with_players(sections, _REGIONS, (lead, alike, *rest))[1]) is moved
