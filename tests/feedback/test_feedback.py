"""Feedback: what a person chose is kept with consent, learnt from within bounds, and forgotten when asked."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from composer import ComposeOptions, compose, plan
from composer.assets import home
from composer.errors import ComposerError, UsageError
from composer.feedback import (
    FEATURES,
    USUAL,
    Choice,
    Event,
    FeedbackStore,
    Nudge,
    Profile,
    Rating,
    comparisons,
    fit,
    from_json,
    load_profile,
    plan_features,
    score_features,
    to_json,
)
from composer.planning import make_plan
from composer.planning.overrides import PlanOverrides
from composer.types import CORRECTION_BOUNDS, Correction

ZERO = (0.0,) * len(FEATURES)


def step(**moved: float) -> tuple[float, ...]:
    return tuple(moved.get(name, 0.0) for name in FEATURES)


def lovers_of(feature: str, count: int) -> list[Event]:
    rng = np.random.default_rng(3)
    pairs = USUAL + rng.normal(size=(count, 2, len(FEATURES)))
    index = list(FEATURES).index(feature)
    return [Choice(a=tuple(a), b=tuple(b), winner="a" if a[index] > b[index] else "b") for a, b in pairs]


def learnt(events: list[Event], name: str = "ada") -> Profile:
    return Profile(name=name, choices=len(events), posterior=fit(comparisons(events)))


def test_twenty_choices_find_what_a_person_likes() -> None:
    profile = learnt(lovers_of("arousal", 20))
    weights = dict(zip(FEATURES, profile.posterior.slopes, strict=True))
    assert max(weights, key=lambda name: abs(weights[name])) == "arousal"
    assert profile.correction_for(USUAL).arousal > 0.1


def test_a_place_is_found_and_plans_are_drawn_towards_it_from_either_side() -> None:
    """A listener who likes whatever is near the middle of arousal and slow."""
    rng = np.random.default_rng(4)
    pairs = USUAL + rng.normal(0, 1.5, size=(20, 2, len(FEATURES)))
    place = USUAL + step(tempo=-1.0)
    used = [list(FEATURES).index(name) for name in ("arousal", "tempo")]
    near = ((pairs - place) ** 2)[..., used].sum(axis=-1)
    profile = learnt(
        [Choice(a=tuple(a), b=tuple(b), winner="ab"[int(c > d)]) for (a, b), (c, d) in zip(pairs, near, strict=True)]
    )
    wild, quiet = (profile.correction_for(USUAL + step(arousal=side)) for side in (2.0, -2.0))
    assert wild.arousal < -0.1
    assert quiet.arousal > 0.1
    assert wild.tempo + quiet.tempo < 0


def test_a_mirrored_choice_is_the_same_choice() -> None:
    one = fit(comparisons([Choice(a=step(tempo=1), b=ZERO, winner="a")] * 5))
    other = fit(comparisons([Choice(a=ZERO, b=step(tempo=1), winner="b")] * 5))
    np.testing.assert_array_equal(one.mean, other.mean)


def test_nobody_s_choices_leave_the_shipped_map() -> None:
    assert learnt([]).correction_for(USUAL).is_neutral
    rng = np.random.default_rng(0)
    shifts = []
    for _ in range(30):
        pairs = USUAL + rng.normal(size=(20, 2, len(FEATURES)))
        events: list[Event] = [Choice(a=tuple(a), b=tuple(b), winner=str(rng.choice(["a", "b"]))) for a, b in pairs]
        shifts.append(abs(learnt(events).correction_for(USUAL).valence))
    assert np.median(shifts) < 0.06


def test_however_many_choices_a_correction_stays_within_its_bounds() -> None:
    shift = learnt([*lovers_of("arousal", 400), *[Nudge(direction="livelier")] * 400]).correction_for(USUAL)
    assert all(abs(getattr(shift, name)) <= bound for name, bound in CORRECTION_BOUNDS.items())


@pytest.mark.parametrize(
    ("direction", "control", "sign"),
    [("calmer", "arousal", -1), ("livelier", "arousal", 1), ("brighter", "valence", 1), ("darker", "valence", -1),
     ("sparser", "density", -1), ("richer", "density", 1)],
)  # fmt: skip
def test_a_nudge_goes_where_it_says(direction: str, control: str, sign: int) -> None:
    shift = learnt([Nudge(direction=direction)] * 8).correction_for(USUAL)
    assert sign * getattr(shift, control) > 0.02


def test_ratings_speak_against_one_another() -> None:
    liked = [Rating(piece=tuple(USUAL + step(valence=side)), stars=3 + 2 * side) for side in (1, -1)] * 4
    assert learnt(list(liked)).correction_for(USUAL).valence > 0.02
    assert learnt([Rating(piece=step(valence=1), stars=4)] * 6).correction_for(USUAL).is_neutral


def test_a_correction_moves_a_plan_and_nothing_that_a_person_fixed() -> None:
    shift = Correction(valence=0.3, arousal=0.3, tempo=0.2, density=0.4, register=4, consonance=0.3, source="ada")
    before = make_plan(None, seed=5)
    moved = plan_features(make_plan(None, seed=5, correction=shift)) - plan_features(before)
    for name in ("valence", "arousal", "tempo", "density", "register"):
        assert moved[list(FEATURES).index(name)] > 0, name
    fixed = PlanOverrides(valence=0.1, arousal=0.2, tempo_bpm=90)
    held = make_plan(None, overrides=fixed, seed=5, correction=shift)
    assert (held.valence, held.arousal, held.tempo_bpm) == (0.1, 0.2, 90)
    assert "ada" in make_plan(None, seed=5, correction=shift).reasons["tempo_bpm"]
    assert make_plan(None, seed=5, correction=Correction()) == before


def test_nothing_is_kept_without_consent(tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "f.sqlite") as store:
        with pytest.raises(UsageError, match="no profile 'ada'"):
            store.add("ada", Nudge(direction="calmer"))
        store.consent("ada")
        assert store.add("ada", Nudge(direction="calmer")) == 1
    assert (tmp_path / "f.sqlite").stat().st_mode & 0o077 == 0


def test_export_delete_import_restores_exactly(tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "f.sqlite") as store:
        store.consent("ada")
        store.consent("ben")
        for event in [*lovers_of("tempo", 7), Nudge(direction="calmer"), Rating(piece=step(valence=1 / 3), stars=4)]:
            store.add("ada", event)
        before = store.learn("ada")
        text = to_json(store.record("ada"))
        assert store.delete("ada") == 9
        assert store.names() == ("ben",)
        store.restore(from_json(text))
        assert to_json(store.record("ada")) == text
        np.testing.assert_array_equal(store.learn("ada").posterior.covariance, before.posterior.covariance)
        with pytest.raises(UsageError, match="already"):
            store.restore(from_json(text))


def test_a_deleted_profile_leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    with FeedbackStore(path) as store:
        store.consent("somebody-special")
        store.add("somebody-special", Nudge(direction="calmer"))
        store.delete("somebody-special")
    assert b"somebody-special" not in path.read_bytes()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "composer-feedback/1"}', '{"format": 3}', "[" * 5000])
def test_a_foreign_file_is_no_profile(text: str) -> None:
    with pytest.raises(UsageError):
        from_json(text)


def test_a_damaged_or_later_file_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"no database at all" * 100)
    with pytest.raises(ComposerError, match="cannot be used"):
        FeedbackStore(tmp_path / "bad")
    later = sqlite3.connect(tmp_path / "later")
    later.execute("PRAGMA user_version = 99")
    later.close()
    with pytest.raises(ComposerError, match="version 99"):
        FeedbackStore(tmp_path / "later")


def test_what_was_learnt_in_an_older_form_is_learnt_again(tmp_path: Path) -> None:
    path = tmp_path / "f.sqlite"
    with FeedbackStore(path) as store:
        store.consent("ada")
        store.add("ada", Nudge(direction="calmer"))
        store.learn("ada")
        older = {"features": list(FEATURES), "mean": [0] * 8, "covariance": np.eye(8).tolist(), "prior_width": 0.1}
        with sqlite3.connect(path) as raw:
            raw.execute("UPDATE profiles SET posterior = ?", (json.dumps(older),))
    with pytest.raises(UsageError, match="nothing was learnt"):
        load_profile("ada", path)
    with FeedbackStore(path) as store:
        store.learn("ada")
    assert load_profile("ada", path).choices == 1


def test_the_features_of_a_plan_are_about_those_of_its_notes() -> None:
    piece = compose(ComposeOptions(valence=0.2, arousal=0.1, seed=1, bars=16, candidates=1)).score
    assert np.abs(plan_features(piece.plan) - score_features(piece)).max() < 2.5
    assert np.abs(plan_features(piece.plan) - USUAL)[[0, 6, 7]].max() < 2


def test_a_wrong_number_is_no_feature() -> None:
    with pytest.raises(UsageError):
        Choice(a=(float("nan"),) * len(FEATURES), b=ZERO, winner="a")
    with pytest.raises(UsageError):
        Rating(piece=ZERO[:3], stars=3)


@pytest.fixture
def ada(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Profile:
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path / "home"))
    with FeedbackStore() as store:
        store.consent("ada")
        for event in lovers_of("arousal", 20):
            store.add("ada", event)
        return store.learn("ada")


@pytest.mark.usefixtures("ada")
def test_the_command_follows_a_profile_and_says_so(run_cli, examples, tmp_path: Path) -> None:
    sea = examples["storm-at-night"]
    plain = json.loads(run_cli("plan", sea).out)
    led = json.loads(run_cli("plan", sea, "--profile", "ada").out)
    assert led["arousal"] > plain["arousal"]
    out = tmp_path / "x.json"
    assert run_cli("--image", sea, "--profile", "ada", "--bars", 8, "--candidates", 2, "--out", out).code == 0
    profile = json.loads(out.read_text())["provenance"]["profile"]
    assert (profile["name"], profile["choices"]) == ("ada", 20)
    assert run_cli("--image", sea, "--bars", 8, "--candidates", 2, "--out", out).code == 0
    assert "profile" not in json.loads(out.read_text())["provenance"]


@pytest.mark.usefixtures("ada")
def test_the_command_exports_deletes_and_imports(run_cli, tmp_path: Path) -> None:
    out, again = tmp_path / "ada.json", tmp_path / "again.json"
    assert run_cli("feedback", "export", "--profile", "ada", "--out", out).code == 0
    assert run_cli("feedback", "delete", "--profile", "ada").code == 0
    assert json.loads(run_cli("feedback", "stats").out)["profiles"] == []
    assert run_cli("feedback", "import", out).code == 0
    assert run_cli("feedback", "export", "--profile", "ada", "--out", again).code == 0
    assert out.read_bytes() == again.read_bytes()
    assert run_cli("feedback", "learn", "--profile", "ada").code == 0
    assert json.loads(run_cli("feedback", "stats").out)["profiles"][0]["events"]["choice"] == 20


def test_an_unknown_profile_is_refused_and_makes_no_file(run_cli) -> None:
    done = run_cli("--valence", 0.1, "--arousal", 0.1, "--profile", "nobody", "--out", "x.mid")
    assert done.code == 2
    assert "nobody" in done.error_lines[0]
    assert not (home() / "feedback.sqlite").exists()


def test_without_a_profile_a_plan_is_as_before() -> None:
    options = ComposeOptions(valence=0.1, arousal=0.2, seed=4)
    assert plan(options) == make_plan(None, overrides=PlanOverrides(valence=0.1, arousal=0.2), seed=4)
