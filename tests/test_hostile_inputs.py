"""A part of scripts/hostile_inputs.py: the whole of it takes longer than a test should."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import hostile_inputs

CASES = hostile_inputs.all_cases()
PICKED = [case for case in CASES if not case.process][::6]
APART = list({case.arguments[0]: case for case in CASES if "with a damaged" in case.name}.values())


def test_there_are_enough() -> None:
    assert len(CASES) >= 200


@pytest.mark.parametrize("case", [*PICKED, *APART], ids=lambda case: case.name)
def test_a_hostile_input(case: hostile_inputs.Case) -> None:
    assert hostile_inputs.run_case(case) == []
