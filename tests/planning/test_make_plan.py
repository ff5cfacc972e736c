"""Plans from perceptions: determinism, independence of fields, reasons, speed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from composer.errors import UsageError
from composer.planning import PlanOverrides, make_plan
from composer.theory import MODES
from composer.types import FeelingMix, MusicalPlan, Perception

MakePerception = Callable[..., Perception]

QUADRANTS = {"happy": (0.7, 0.6), "angry": (-0.7, 0.7), "sad": (-0.7, -0.6), "calm": (0.6, -0.6)}


def test_same_seed_same_plan(seen: MakePerception) -> None:
    picture = seen(0.2, -0.3, "A calm sea; Romantic painting in blues.")
    assert make_plan(picture, seed=7, title="Sea") == make_plan(picture, seed=7, title="Sea")
    assert make_plan(picture, seed=7) != make_plan(picture, seed=8)


@pytest.mark.parametrize(
    ("option", "changed"),
    [
        ({"tempo_bpm": 66.0}, {"tempo_bpm", "sections", "chords", "reasons"}),
        ({"tonic": "F#"}, {"tonic", "chords", "reasons"}),
        ({"mode": "phrygian"}, {"mode", "sections", "chords", "reasons"}),
        ({"meter": "6/8"}, {"meter", "sections", "chords", "reasons"}),
        ({"instruments": "oboe,harp"}, {"instruments", "sections", "reasons"}),
        ({"bars": 24}, {"bars", "sections", "chords", "dynamics", "reasons"}),
    ],
)
def test_an_option_changes_its_field_and_what_hangs_on_it(
    seen: MakePerception, option: dict[str, object], changed: set[str]
) -> None:
    picture = seen(0.5, 0.3, "A garden; Impressionist painting in greens.")
    length = {"bars": 16}
    base = make_plan(picture, seed=3, overrides=PlanOverrides(bars=16))
    other = make_plan(picture, seed=3, overrides=PlanOverrides(**length | option))  # type: ignore[arg-type]
    differing = {field.name for field in fields(MusicalPlan) if getattr(base, field.name) != getattr(other, field.name)}
    assert differing <= changed
    assert set(option) <= differing
    for name in option:
        assert other.reasons[name] == "given by an option"


def test_feelings_differ_in_the_ways_listeners_use() -> None:
    plans = {
        name: [make_plan(None, overrides=PlanOverrides(valence=v, arousal=a), seed=seed) for seed in range(12)]
        for name, (v, a) in QUADRANTS.items()
    }
    for name, group in plans.items():
        assert {MODES[plan.mode].minor for plan in group} == {name in ("angry", "sad")}
    for loud, soft in (("happy", "calm"), ("angry", "sad")):
        for one, two in zip(plans[loud], plans[soft], strict=True):
            assert one.tempo_bpm > two.tempo_bpm * 1.3
            assert sum(one.dynamics) > sum(two.dynamics) + 2
            assert one.articulation < two.articulation
            assert one.sections[0].density > two.sections[0].density
    for one, two in zip(plans["happy"], plans["sad"], strict=True):
        assert one.sections[0].register > two.sections[0].register + 5


def test_the_second_feeling_reaches_the_middle(seen: MakePerception) -> None:
    picture = seen(0.6, -0.1, emotions={"happiness": 0.6, "sadness": 0.3, "love": 0.1})
    plan = make_plan(picture, seed=0)
    middle = next(section for section in plan.sections if section.name == "B")
    assert middle.valence < plan.valence - 0.3
    assert "sadness" in plan.reasons["sections"]
    assert plan.sections[0].valence == plan.valence


def test_an_undertone_leads_the_middle_and_nothing_else(seen: MakePerception) -> None:
    picture = seen(0.5, -0.4, emotions={"happy": 0.6, "angry": 0.2, "sad": 0.2})
    loss = FeelingMix(primary="serene", secondary="sorrow", weight=0.3, valence=-0.7, arousal=-0.5)
    plain, mixed = make_plan(picture, seed=0), make_plan(replace(picture, mixture=loss), seed=0)
    middle = next(section for section in mixed.sections if section.name == "B")
    assert middle.valence < 0 < mixed.sections[0].valence
    assert "serene with an undertone of sorrow" in mixed.reasons["sections"]
    assert (mixed.valence, mixed.arousal, mixed.mode, mixed.tonic, mixed.tempo_bpm) == (
        (plain.valence, plain.arousal, plain.mode, plain.tonic, plain.tempo_bpm)
    )
    assert [section.valence for section in mixed.sections if section.name.startswith("A")] == [
        section.valence for section in plain.sections if section.name.startswith("A")
    ]


def test_a_stronger_undertone_pulls_further(seen: MakePerception) -> None:
    depths = []
    for weight in (0.1, 0.3, 0.5):
        loss = FeelingMix(primary="serene", secondary="sorrow", weight=weight, valence=-0.7, arousal=-0.5)
        plan = make_plan(replace(seen(0.5, -0.4), mixture=loss), seed=0)
        depths.append(next(section.valence for section in plan.sections if section.name == "B"))
    assert depths == sorted(depths, reverse=True)
    assert depths[0] > depths[-1]


def test_a_moved_target_forgets_the_undertone(seen: MakePerception) -> None:
    loss = FeelingMix(primary="serene", secondary="sorrow", weight=0.3, valence=-0.7, arousal=-0.5)
    moved = PlanOverrides(valence=0.5, arousal=-0.4)
    picture = seen(0.1, 0.1)
    assert make_plan(replace(picture, mixture=loss), overrides=moved) == make_plan(picture, overrides=moved)


def test_reasons_say_what_was_seen(seen: MakePerception) -> None:
    picture = seen(
        -0.41,
        0.2,
        "A stormy sea with ships; Romantic painting in deep blues.",
        emotions={"fear": 0.5, "sadness": 0.3, "neutral": 0.2},
        lightness=0.2,
    )
    plan = make_plan(picture, seed=1)
    assert {field.name for field in fields(MusicalPlan)} - {"title", "caption", "reasons", "level"} == set(
        plan.reasons
    ) - {"figures"}
    assert "-0.41" in plan.reasons["mode"]
    assert "dark, cool palette" in plan.reasons["mode"]
    assert "fear" in plan.reasons["valence"]
    assert "in the caption" in plan.reasons["instruments"]
    assert plan.caption == picture.caption


def test_colour_acts_only_through_feeling(seen: MakePerception) -> None:
    dark, light = seen(0.1, 0.1, lightness=0.1), seen(0.1, 0.1, lightness=0.9)
    for seed in range(5):
        one, two = make_plan(dark, seed=seed), make_plan(light, seed=seed)
        assert replace(one, reasons={}) == replace(two, reasons={})


def test_only_what_the_caption_says_counts(seen: MakePerception) -> None:
    sure = seen(0.1, 0.1, "A bridge; Japanese woodblock print in blues.")
    unsure = seen(0.1, 0.1, "A bridge.", words={"style": (("Japanese woodblock print", 0.3),)})
    assert any(part.program == 107 for part in make_plan(sure).instruments)
    assert not any(part.program == 107 for part in make_plan(unsure).instruments)


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("bars", 0, "--bars"),
        ("bars", 513, "--bars"),
        ("tempo_bpm", 19.9, "--tempo"),
        ("tempo_bpm", float("nan"), "--tempo"),
        ("tonic", "H", "--key"),
        ("mode", "sad", "--mode"),
        ("meter", "4", "--meter"),
        ("meter", "16/2", "--meter"),
        ("instruments", "kazoo", "instruments"),
        ("valence", 1.5, "--valence"),
        ("arousal", float("inf"), "--arousal"),
    ],
)
def test_wrong_options_are_named(option: str, value: object, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        PlanOverrides(**{option: value})  # type: ignore[arg-type]
    assert named in caught.value.message
    assert "allowed" in caught.value.message or ".." in caught.value.message
    assert caught.value.hint


def test_planning_needs_no_heavy_library() -> None:
    code = (
        "import sys; from composer.planning import make_plan; make_plan(None);"
        "print(sorted({'torch', 'transformers', 'miditok', 'music21', 'scipy'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
