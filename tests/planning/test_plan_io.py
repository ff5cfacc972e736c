"""Plans as JSON: round trips, derived fields, messages that name the field."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import PlanError
from composer.gm import INSTRUMENTS
from composer.planning import PlanOverrides, make_plan, plan_from_json, plan_to_json
from composer.planning.orchestration import requested_instruments
from composer.theory import MODES
from composer.types import MusicalPlan

QUARTET = "violin,violin,viola,cello"
UNIT = st.floats(-1, 1, allow_nan=False)


@st.composite
def plans(draw: st.DrawFn) -> MusicalPlan:
    overrides = PlanOverrides(
        bars=draw(st.integers(1, 60)),
        tempo_bpm=draw(st.floats(20, 300, allow_nan=False)),
        tonic=draw(st.sampled_from(["C", "F#", "Bb", "Ab", "D#", "e"])),
        mode=draw(st.sampled_from(list(MODES))),
        meter=draw(st.sampled_from(["2/4", "3/4", "4/4", "6/8", "3/8", "7/8"])),
        instruments=draw(st.sampled_from([None, "piano", "violin,violin,viola,cello", "flute,drums", "0,40,127"])),
        valence=draw(UNIT),
        arousal=draw(UNIT),
    )
    return make_plan(None, overrides=overrides, seed=draw(st.integers(0, 2**31)), title=draw(st.text(max_size=30)))


@settings(max_examples=60, deadline=None)
@given(plans(), st.sampled_from([None, 2]))
def test_round_trip_is_exact(plan: MusicalPlan, indent: int | None) -> None:
    text = plan_to_json(plan, indent=indent)
    assert plan_from_json(text) == plan
    assert plan_to_json(plan_from_json(text), indent=indent) == text


@pytest.fixture
def data() -> dict[str, Any]:
    return json.loads(
        plan_to_json(
            make_plan(None, seed=2, overrides=PlanOverrides(tonic="C", mode="major", instruments=QUARTET, bars=16))
        )
    )


def test_keys_are_the_field_names(data: dict[str, Any]) -> None:
    assert list(data) == ["format", *(field.name for field in fields(MusicalPlan))]
    assert data["format"] == "composer-plan/1"
    assert set(data["instruments"][0]) == {
        "role", "name", "program", "low", "high", "voices", "activity",
    }  # fmt: skip


def test_a_whole_result_is_read_too(data: dict[str, Any]) -> None:
    whole = {"perception": None, "plan": data, "provenance": {"seed": 1}, "outputs": []}
    assert plan_from_json(json.dumps(whole)) == plan_from_json(json.dumps(data))


def test_what_is_missing_is_derived(data: dict[str, Any]) -> None:
    full = plan_from_json(json.dumps(data))
    for name in ("format", "title", "dynamics", "articulation", "caption", "reasons"):
        del data[name]
    for chord in data["chords"]:
        del chord["roman"]
    for part in data["instruments"]:
        del part["low"], part["high"], part["name"]
    for section in data["sections"]:
        del section["phrases"]
    short = plan_from_json(json.dumps(data))
    assert [chord.roman for chord in short.chords] == [chord.roman for chord in full.chords]
    assert short.dynamics == full.dynamics
    assert [(part.low, part.high) for part in short.instruments] == [(part.low, part.high) for part in full.instruments]
    assert [part.name for part in short.instruments] == ["Violin", "Violin", "Viola", "Cello"]
    assert short.sections == full.sections
    assert short.title == "Untitled"


def test_an_instrument_may_be_named_only(data: dict[str, Any]) -> None:
    data["instruments"] = [{"role": "melody", "name": "oboe"}, {"role": "drums"}]
    oboe, drums = plan_from_json(json.dumps(data)).instruments
    assert (oboe.program, drums.is_drums) == (68, True)


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def edit(data: Any) -> None:
        *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        for key in parents:
            data = data[key]
        data[last] = value

    return edit


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("tempo", 90, "tempo: unknown field"),
        ("tempo_bpm", "fast", 'tempo_bpm: expected a number, found "fast"'),
        ("tempo_bpm", 5, "tempo_bpm: 5"),
        ("tempo_bpm", True, "tempo_bpm: expected a number, found true"),
        ("tempo_bpm", None, "tempo_bpm: missing"),
        ("bars", 16.5, "bars: expected a whole number"),
        ("bars", 17, "sections"),
        ("tonic", "H", "tonic: 'H' is not a note name"),
        ("mode", "happy", "mode: 'happy' is unknown"),
        ("meter", "4x4", "meter: '4x4'"),
        ("meter", "16/2", "meter: '16/2'"),
        ("format", "composer-plan/9", "format: 'composer-plan/9'"),
        ("valence", 2, "valence: 2"),
        ("articulation", 0, "articulation: 0"),
        ("dynamics", [0.5], "dynamics: 1 values"),
        ("dynamics.3", "loud", "dynamics[3]: expected a number"),
        ("reasons.mode", 3, "reasons.mode: expected a text"),
        ("sections", {}, "sections: expected a list"),
        ("sections.1.cadence", "perfect", "sections[1].cadence: 'perfect' is unknown"),
        ("sections.1.start_bar", 2, "start_bar: 2 leaves a gap or overlap"),
        ("sections.1.phrases", [3], "sections[1].phrases: [3] must add up"),
        ("sections.1.phrases.0", "4", "sections[1].phrases[0]: expected a whole number"),
        ("sections.1.varies", "Z", "sections[1].varies: 'Z' is no earlier section"),
        ("sections.1.name", "A", "sections[1].name: 'A' is taken"),
        ("sections.1.density", 9, "sections[1].density: 9"),
        ("sections.0.tempo", 9, "sections[0].tempo: unknown field"),
        ("chords.2.symbol", "X7", "chords[2].symbol: 'X7' is not a chord symbol"),
        ("chords.2.bar", 0, "chords[2]: bar and beat count from 1"),
        ("chords.2.beat", 9, "chords: "),
        ("chords", [], "chords: the first chord"),
        ("instruments.2.program", 200, "instruments[2].program: 200 is outside 0..127"),
        ("instruments.2.role", "singer", "instruments[2].role: 'singer' is unknown"),
        ("instruments.2.low", 100, "instruments[2].low/high"),
        ("instruments.2.colour", "red", "instruments[2].colour: unknown field"),
        ("instruments", [], "instruments: 0 given"),
        ("meter", "12/16", "meter: '12/16'"),
        ("instruments.1", 40, "instruments[1]: expected an object"),
    ],
)
def test_wrong_edits_are_named(data: dict[str, Any], path: str, value: object, named: str) -> None:
    _set(path, value)(data)
    with pytest.raises(PlanError) as caught:
        plan_from_json(json.dumps(data))
    assert named in caught.value.message


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "null", '"plan"', "{}", '{"plan": {}}', "[" * 100_000, '{"bars": 1e999}']
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        plan_from_json(text)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_edit_ends_in_a_traceback(source: st.DataObject) -> None:
    """Whatever a field is set to, the answer is a plan or a `PlanError`."""
    data = json.loads(plan_to_json(make_plan(None, seed=2)))
    junk = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.just([]),
        st.just({}),
        st.just([{}]),
    )
    target: Any = data
    while True:
        key = source.draw(st.sampled_from(list(target) if isinstance(target, dict) else list(range(len(target)))))
        if isinstance(target[key], dict | list) and target[key] and source.draw(st.booleans()):
            target = target[key]
            continue
        target[key] = source.draw(junk)
        break
    with contextlib.suppress(PlanError):
        plan = plan_from_json(json.dumps(data))
        assert plan_from_json(plan_to_json(plan)) == plan


def test_a_name_with_line_breaks_is_told_in_one_line() -> None:
    data = json.loads(
        plan_to_json(make_plan(None, overrides=PlanOverrides(valence=0.1, arousal=0.2), seed=1, title="A"))
    )
    data["chords"][0]["rom\n\u2028an"] = "I"
    with pytest.raises(PlanError) as caught:
        plan_from_json(json.dumps(data))
    assert len(str(caught.value).splitlines()) == 1
    assert "chords[0].rom" in caught.value.message


def test_a_long_value_is_cut_in_the_message(data: dict[str, Any]) -> None:
    for length, shown in ((38, '"' + "x" * 38 + '"'), (39, '"' + "x" * 36 + "...")):
        data["tempo_bpm"] = "x" * length
        with pytest.raises(PlanError) as caught:
            plan_from_json(json.dumps(data))
        assert caught.value.message == f"tempo_bpm: expected a number, found {shown}"


@pytest.mark.parametrize("program", [0, 127])
def test_the_outermost_programs_are_instruments_with_names_and_ranges(data: dict[str, Any], program: int) -> None:
    data["instruments"] = [{"role": "melody", "program": program}, {"role": "bass", "name": "cello"}]
    first, bass = plan_from_json(json.dumps(data)).instruments
    sound = INSTRUMENTS[program]
    assert (first.program, first.name) == (program, sound.name)
    assert sound.low <= first.low < first.high <= sound.high
    assert bass.program == 42
    for wrong in (-1, 128):
        data["instruments"][0]["program"] = wrong
        with pytest.raises(PlanError, match=rf"instruments\[0\].program: {wrong} is outside"):
            plan_from_json(json.dumps(data))


def test_a_range_is_what_the_role_needs_beside_the_other_parts(data: dict[str, Any]) -> None:
    def left_out(*roles: tuple[str, str]) -> list[tuple[int, int]]:
        data["instruments"] = [{"role": role, "name": name} for role, name in roles]
        return [(part.low, part.high) for part in plan_from_json(json.dumps(data)).instruments]

    alone = left_out(("melody", "violin"), ("harmony", "piano"))
    beside = left_out(("melody", "violin"), ("harmony", "piano"), ("bass", "cello"))
    assert alone == [(part.low, part.high) for part in requested_instruments("violin,piano")]
    assert beside == [(part.low, part.high) for part in requested_instruments("violin,piano,cello")]


def test_an_unknown_instrument_is_named_with_its_path(data: dict[str, Any]) -> None:
    data["instruments"] = [{"role": "melody", "name": "violn"}]
    with pytest.raises(PlanError, match=r"instruments\[0\].name: 'violn' is no General MIDI instrument") as caught:
        plan_from_json(json.dumps(data))
    assert caught.value.hint
    data["instruments"] = [{"role": "melody"}]
    with pytest.raises(PlanError, match=r"instruments\[0\].name: missing; expected a text"):
        plan_from_json(json.dumps(data))


def test_what_may_be_left_out_has_a_plain_value(data: dict[str, Any]) -> None:
    for name in ("valence", "arousal", "subdivision", "level", "ending", "ornaments", "dynamics", "articulation"):
        data.pop(name, None)
    for section in data["sections"]:
        for name in ("cadence", "valence", "arousal", "density", "register", "variation", "figures", "opening"):
            section.pop(name, None)
        section["varies"] = None
    for chord in data["chords"]:
        if chord["beat"] == 1:
            del chord["beat"]
    plan = plan_from_json(json.dumps(data))
    assert (plan.valence, plan.arousal, plan.subdivision, plan.level, plan.ending) == (0, 0, "duple", None, "held")
    assert plan.ornaments == ()
    assert plan.articulation == 0.95
    assert sum(plan.dynamics) / plan.bars == pytest.approx(0.52, abs=0.05)
    for section in plan.sections:
        assert (section.cadence, section.density, section.register) == ("authentic", 1.0, 0)
        assert (section.valence, section.arousal, section.figures, section.opening) == (0, 0, (), False)
    assert {chord.beat for chord in plan.chords} <= {1, 3}


def test_a_players_manner_travels(data: dict[str, Any]) -> None:
    data["instruments"][2] |= {"voices": 2, "activity": 0.5}
    plan = plan_from_json(json.dumps(data))
    assert (plan.instruments[2].voices, plan.instruments[2].activity) == (2, 0.5)
    assert (plan.instruments[1].voices, plan.instruments[1].activity) == (None, None)
    assert plan_from_json(plan_to_json(plan)) == plan


def test_text_stays_readable(data: dict[str, Any]) -> None:
    data["title"] = "Été – 夏"
    text = plan_to_json(plan_from_json(json.dumps(data)))
    assert '"title": "Été – 夏"' in text
    assert text.splitlines()[1].startswith('  "format"')
    assert "\n" not in plan_to_json(plan_from_json(text), indent=None)
