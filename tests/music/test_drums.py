"""The drum kit: what people play, playable, the same for the same seed, and by rule in other meters."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from composer.grooves import DRUM_KEYS, LAYERS, load_grooves
from composer.music.blocks import GridNote
from composer.music.drums import DrumNote, drum_bars
from composer.planning import PlanOverrides, make_plan
from composer.types import MusicalPlan

_FEET = (DRUM_KEYS["kick"], DRUM_KEYS["pedal"])
_TIME = {DRUM_KEYS[name] for name in ("hat", "open_hat", "ride", "bell", "crash")}
_BASS = (0, 18, 24)


def _plan(seed: int, **overrides: object) -> MusicalPlan:
    subdivision = overrides.pop("subdivision", None)
    settings = {"instruments": "drums,organ,bass", "meter": "4/4", "bars": 16} | overrides
    plan = make_plan(None, overrides=PlanOverrides(**settings), seed=seed, title="Test")  # type: ignore[arg-type]
    return plan if subdivision is None else replace(plan, subdivision=subdivision)  # type: ignore[arg-type]


def _bars(plan: MusicalPlan, seed: int, bass: tuple[int, ...] = _BASS) -> list[list[DrumNote]]:
    notes = [[GridNote(position, 40, 6) for position in bass] for _ in range(plan.bars)]
    return drum_bars(plan, notes, seed=seed)


def _shape(bar: list[DrumNote], keys: set[int]) -> frozenset[int]:
    return frozenset(hit.note.position for hit in bar if hit.note.pitch in keys)


@pytest.mark.parametrize("meter", ["4/4", "2/2", "3/4", "6/8", "5/4", "2/4"])
@pytest.mark.parametrize("arousal", [-0.8, 0.0, 0.8])
def test_a_drummer_has_two_hands_and_two_feet(meter: str, arousal: float) -> None:
    for seed in range(4):
        plan = _plan(seed, meter=meter, arousal=arousal)
        bars = _bars(plan, seed)
        assert len(bars) == plan.bars
        for bar in bars:
            struck = Counter((hit.note.position, hit.note.pitch in _FEET) for hit in bar)
            assert all(count <= 2 for count in struck.values())
            assert len({hit.note[:2] for hit in bar}) == len(bar)
            assert all(0 <= hit.note.position < plan.time.bar_steps for hit in bar)
        assert all(bars)


def test_the_same_seed_plays_the_same_and_another_something_else() -> None:
    plan = _plan(1, arousal=0.5)
    assert _bars(plan, 3) == _bars(plan, 3)
    assert len({str(_bars(plan, seed)) for seed in range(8)}) >= 6


def test_bars_in_four_are_what_drummers_play_and_end_in_fills() -> None:
    kicks = {frozenset(hit.position for hit in pattern.hits) for pattern in load_grooves().patterns["kick"]}
    met = bars_in_all = filled = 0
    for seed in range(12):
        plan = _plan(seed, arousal=0.6)
        bars = _bars(plan, seed)
        ends = {section.end_bar - 1 for section in plan.sections}
        for number, bar in enumerate(bars):
            if number not in ends:
                bars_in_all += 1
                met += _shape(bar, {DRUM_KEYS["kick"]}) in kicks
        for section in plan.sections[:-1]:
            last = bars[section.end_bar - 1]
            filled += not _shape(last, _TIME) & {39, 42, 45} and len(last) > 3
    assert met == bars_in_all
    assert filled >= 20


def test_a_section_that_comes_back_has_its_groove_and_small_changes_within() -> None:
    same = changed = 0
    for seed in range(12):
        plan = _plan(seed, arousal=0.4, bars=32)
        bars = _bars(plan, seed)
        for section in plan.sections:
            if section.varies is not None:
                model = next(other for other in plan.sections if other.name == section.varies)
                same += bars[section.start_bar - 1 + 2] == bars[model.start_bar - 1 + 2]
            if section.bars >= 4:
                changed += bars[section.start_bar] != bars[section.start_bar + 1]
    assert same >= 12
    assert changed >= 6


def test_the_kick_goes_with_the_bass() -> None:
    def share(bass: tuple[int, ...], other: tuple[int, ...]) -> float:
        met = strokes = 0
        for seed in range(96):
            plan = _plan(seed, arousal=0.3, subdivision="duple")
            for bar in _bars(plan, seed, bass):
                kick = _shape(bar, {DRUM_KEYS["kick"]})
                met += len(kick & set(other))
                strokes += len(kick)
        return met / strokes

    synced = (0, 18, 24, 42)
    assert share(synced, synced) > share((0, 12, 24, 36), synced) + 0.05


def test_energy_makes_more_strokes_and_triplets_stay_triplets() -> None:
    def strokes(arousal: float) -> int:
        return sum(
            len(bar) for seed in range(8) for bar in _bars(_plan(seed, arousal=arousal, subdivision="duple"), seed)
        )

    assert strokes(0.9) > 1.3 * strokes(-0.9)
    for seed in range(6):
        triple = _bars(_plan(seed, subdivision="triple", arousal=-0.3), seed)
        duple = _bars(_plan(seed, subdivision="duple", arousal=-0.3), seed)
        assert all(hit.note.position % 4 == 0 for bar in triple for hit in bar)
        assert all(hit.note.position % 3 == 0 for bar in duple for hit in bar)


def test_other_meters_are_played_by_rule() -> None:
    waltz = _bars(_plan(2, meter="3/4", arousal=0.0), 2)
    assert _shape(waltz[1], {DRUM_KEYS["kick"]}) == {0}
    assert _shape(waltz[1], {DRUM_KEYS["snare"]}) == {12, 24}


def test_every_groove_and_pattern_is_common_property() -> None:
    library = load_grooves()
    assert all(pattern.performances >= 3 for layer in LAYERS for pattern in library.patterns[layer])
    assert all(beat.performances >= 3 for beat in library.fills)
    backbeats = sum(
        {(12, "snare"), (36, "snare")} <= {hit[:2] for hit in library.patterns["back"][groove.patterns[1]].hits}
        for groove in library.grooves
    )
    assert backbeats > len(library.grooves) / 3
