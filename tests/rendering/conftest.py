"""Small pieces made by hand, as one fixture."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from builders.pieces import KIT


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """What the tests of this folder build pieces with."""
    return KIT
