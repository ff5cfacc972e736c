"""The benchmark scripts' own logic; nothing is composed here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from builders.programs import load_program
from composer.metrics.adherence import measure_adherence
from composer.metrics.confidence import wilson_interval
from composer.metrics.distributions import overlap_area
from composer.metrics.judge import JudgeAccuracy


def _load(repository, topic):
    return load_program(repository / "benchmarks" / topic / "run.py")


@pytest.fixture(scope="module")
def adherence(repository):
    return _load(repository, "adherence")


@pytest.fixture(scope="module")
def emotion(repository):
    return _load(repository, "emotion")


@pytest.fixture(scope="module")
def realism(repository):
    return _load(repository, "realism")


def test_random_plans_are_varied_and_the_same_every_time(adherence):
    plans = [adherence.random_plan(number, 0) for number in range(60)]
    assert plans == [adherence.random_plan(number, 0) for number in range(60)]
    assert plans[0] != adherence.random_plan(0, 1)
    assert len({plan.mode for plan in plans}) > 8
    assert {plan.meter for plan in plans} == set(adherence.METERS)
    assert len({len(plan.instruments) for plan in plans}) > 4
    assert any(part.is_drums for plan in plans for part in plan.instruments)


def test_a_piece_that_failed_is_a_miss_everywhere(adherence, make_midi, piece, plan, tmp_path):
    found = measure_adherence(plan, make_midi(piece, programs=(40, 42), key="C", end=16))
    good = adherence.Row(number=0, mode="major", seconds=1.0, found=found, error="")
    bad = replace(good, number=1, found=None, error="no weights")
    text = adherence.summary([good, bad])
    shares = [line for line in text.splitlines() if line.split()[0].rstrip(",").endswith(("exact", "ending"))]
    assert len(shares) == 8
    assert all("0.500" in line and "(n = 2)" in line for line in shares)
    assert "FAILED 1: no weights" in text
    adherence.write_rows([good, bad], tmp_path / "results.csv", 0)
    header, *rows = (tmp_path / "results.csv").read_text().splitlines()
    assert [len(row.split(",")) for row in rows] == [len(header.split(","))] * 2


def test_targets_lie_in_their_quadrants(emotion):
    wanted = emotion.targets(25, 0)
    assert Counter(target.quadrant for target in wanted) == dict.fromkeys(emotion.QUADRANTS, 25)
    assert all(0.3 <= abs(value) <= 1 for target in wanted for value in (target.valence, target.arousal))
    sweeps = emotion.sweep_targets(3, 0)
    assert len(sweeps) == 30
    first = [target for target in sweeps if target.sweep == "valence 0"]
    assert len({(target.seed, target.arousal) for target in first}) == 1
    assert [target.valence for target in first] == sorted(target.valence for target in first)


def _heard(emotion, target, valence, arousal):
    signs = emotion.SIGNS.values()
    shares = tuple((1 + one * valence + other * arousal) / 4 for one, other in signs)
    return emotion.Heard(
        target=target, key="C major", tempo_bpm=100.0, programs="0 -1", verdict=emotion.Verdict(shares=shares)
    )


def test_a_run_goes_on_where_it_stopped_and_not_with_other_options(emotion, tmp_path):
    wanted = emotion.targets(2, 0)
    heard = [_heard(emotion, target, target.valence, target.arousal) for target in wanted[:5]]
    table = tmp_path / "results.csv"
    assert emotion.heard_before(table, wanted) == []
    emotion.write_csv(table, emotion._HEADER, map(emotion._cells, heard))
    before = emotion.heard_before(table, wanted)
    assert [piece.target for piece in before] == wanted[:5]
    assert [piece.verdict.quadrant for piece in before] == [piece.verdict.quadrant for piece in heard]
    assert all(abs(one.verdict.valence - two.verdict.valence) < 1e-3 for one, two in zip(before, heard, strict=True))
    with pytest.raises(ValueError, match="other options"):
        emotion.heard_before(table, emotion.targets(2, 1))


def test_an_ear_that_confuses_valence_shows_in_the_emotion_summary(emotion):
    accuracy = JudgeAccuracy(**dict.fromkeys(("quadrant", "valence", "arousal"), wilson_interval(66, 88)))
    judge = type("Judge", (), {"accuracy": accuracy})()
    heard = [_heard(emotion, target, -target.valence, target.arousal) for target in emotion.targets(10, 0)]
    rising = [_heard(emotion, t, t.valence, t.arousal) for t in emotion.sweep_targets(2, 0)]
    text = emotion.summary(heard + rising, judge, 0)
    assert "quadrant 0.750" in text.splitlines()[0]
    assert "quadrant as asked   0.000" in text
    assert "arousal sign        1.000" in text
    assert "valence Spearman    -1.000" in text
    assert "sweeps of valence: monotone 1.000" in text


def test_overlap_against_its_floor(realism):
    rng = np.random.default_rng(0)
    human = rng.normal(0, 1, 120)
    alike = realism.overlap(human, rng.normal(0, 1, 120), overlap_area, rng)
    other = realism.overlap(human, rng.normal(2, 1, 120), overlap_area, rng)
    assert alike.low < 0 < alike.high
    assert abs(alike.made - alike.floor) < 0.06
    assert other.high < 0
    assert other.floor == pytest.approx(alike.floor, abs=0.02)


def test_a_classifier_sees_what_is_different_and_only_that(realism):
    rng = np.random.default_rng(0)
    human = rng.normal(0, 1, (60, 5))
    same = realism.separability(human, rng.normal(0, 1, (60, 5)), 0)
    other = realism.separability(human, rng.normal(0, 1, (60, 5)) + np.array([2, 0, 0, 0, 0]), 0)
    assert same[1] < 0.5 < same[2]
    assert other[0] > 0.85


def test_what_gives_ours_away_is_named(realism):
    rng = np.random.default_rng(0)
    human = rng.normal(0, 1, (60, 5))
    fall = realism.giveaways(human, rng.normal(0, 1, (60, 5)) + np.array([0, 0, 2, 0, 0]), 0)
    assert fall.argmax() == 2
    assert fall[2] > 0.1


def test_random_boxes_keep_their_sizes_and_hardly_overlap(repository):
    journeys = _load(repository, "journeys")
    sizes = [(0.4, 0.4), (1.0, 0.3), (0.45, 0.45), (0.3, 0.2)]
    for seed in range(5):
        boxes = journeys.random_boxes(sizes, np.random.default_rng(seed))
        assert np.allclose([(right - left, bottom - top) for left, top, right, bottom in boxes], sizes)
        assert min(min(box) for box in boxes) >= 0
        assert max(max(box) for box in boxes) <= 1 + 1e-9
    assert len({journeys.random_boxes(sizes, np.random.default_rng(seed))[0] for seed in range(5)}) == 5


def test_sections_are_compared_within_their_picture(repository):
    journeys = _load(repository, "journeys")
    names = [field for field in journeys.Heard.__slots__ if field not in ("picture", "name", "bars")]

    def heard(picture, asked, judged):
        values = {name: (number + 1) * asked for number, name in enumerate(names)}
        values |= {"valence": asked, "judged_valence": judged}
        return journeys.Heard(picture=picture, name="the sky above", bars="1-8", **values)

    rows = [heard("one", 0.8, -0.6), heard("one", 0.5, -0.8), heard("two", -0.3, 0.8), heard("two", -0.8, 0.4)]
    for centred, expected in ((True, 1.0), (False, -0.6)):
        groups = journeys.pairs(rows, "valence", "judged_valence", centred=centred)
        assert [group.shape for group in groups] == [(2, 2), (2, 2)]
        assert journeys.spearman(groups, 0).value == pytest.approx(expected)
