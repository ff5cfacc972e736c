"""Small pieces made by hand, as one fixture."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from builders.pieces import CELLO, DRUMS, PIANO, VIOLIN, absolute, build, build_plan, open_midi


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """What the tests of this folder build pieces with."""
    return SimpleNamespace(
        absolute=absolute,
        build=build,
        build_plan=build_plan,
        cello=CELLO,
        drums=DRUMS,
        open_midi=open_midi,
        piano=PIANO,
        violin=VIOLIN,
    )
