"""The representation's tables: what a value means, and that the saved tokenizer says the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.music import tokens
from composer.theory import Meter


def test_saved_tokenizer_is_the_vocabulary_in_use() -> None:
    path = Path(__file__).resolve().parents[2] / "tokenizers" / "composer-compound-1.json"
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert saved.pop("sha256") == tokens.fingerprint()
    assert saved == json.loads(json.dumps(tokens.vocabulary()))


@pytest.mark.parametrize(
    ("meter", "steps", "middle"),
    [
        ("4/4", 48, 24),
        ("3/4", 36, 24),
        ("2/4", 24, 12),
        ("6/8", 36, 18),
        ("9/8", 54, 36),
        ("12/8", 72, 36),
        ("5/4", 60, 36),
    ],
)
def test_bars_and_their_middles(meter: str, steps: int, middle: int) -> None:
    assert (Meter.parse(meter).bar_steps, Meter.parse(meter).middle_step) == (steps, middle)


def test_alla_breve_reads_as_common_time_and_odd_meters_share_a_code() -> None:
    codes = {meter: tokens.meter_code(Meter.parse(meter)) for meter in ("2/2", "4/4", "7/8", "7/4")}
    assert codes["2/2"] == codes["4/4"]
    assert codes["7/8"] == codes["7/4"] == tokens.CONDITIONS["meter"] - 1


@given(st.floats(0.1, 500))
def test_duration_index_is_the_nearest(steps: float) -> None:
    found = tokens.DURATIONS[tokens.duration_index(steps)]
    best = min(max(found, steps) / min(found, steps) for found in tokens.DURATIONS)
    assert max(found, steps) / min(found, steps) <= max(best * 1.0001, 2.1 if steps < 1 else 1)


@given(st.floats(20, 300), st.floats(0, 12), st.floats(0, 127), st.floats(0, 80))
def test_codes_stay_inside_their_tables(tempo: float, density: float, pitch: float, spread: float) -> None:
    assert 1 <= tokens.tempo_code(tempo) < tokens.CONDITIONS["tempo"]
    assert 1 <= tokens.density_code(density) < tokens.CONDITIONS["density"]
    assert 1 <= tokens.register_code(pitch) < tokens.CONDITIONS["register"]
    assert 1 <= tokens.spread_code(spread) < tokens.CONDITIONS["spread"]


def test_chord_code_moves_to_the_canonical_key_and_folds_rare_qualities() -> None:
    code = tokens.chord_code(2, "m6", 5, -2)  # Dm6/F, two semitones down
    assert (code.root, code.bass) == (1, 4)
    assert tokens.CHORD_CLASSES[code.quality - 1] == "m"
