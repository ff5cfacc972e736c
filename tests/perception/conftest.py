"""Pictures for the perception tests: drawn ones always, real paintings where the data folder is present."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from composer.types import Painting

PAINTINGS = Path(os.environ.get("COMPOSER_DATA", Path(__file__).parents[3] / "shared" / "data")) / "paintings"

torch.set_num_threads(1)

_GRAMMAR = importlib.util.spec_from_file_location(
    "caption_grammar", Path(__file__).parents[2] / "benchmarks" / "captions" / "grammar.py"
)
assert _GRAMMAR is not None
assert _GRAMMAR.loader is not None
grammar = importlib.util.module_from_spec(_GRAMMAR)
_GRAMMAR.loader.exec_module(grammar)
caption_faults, alt_faults = grammar.caption_faults, grammar.alt_faults


def painting_of(rgb: np.ndarray) -> Painting:
    """Wrap an array."""
    height, width = rgb.shape[:2]
    return Painting(name="drawn", sha256="0" * 64, width=width, height=height, format="PNG", rgb=rgb)


def gradient(top: tuple[int, int, int], bottom: tuple[int, int, int], side: int = 200) -> Painting:
    """Draw a vertical gradient."""
    share = np.linspace(0, 1, side)[:, None, None]
    rgb = (1 - share) * np.array(top) + share * np.array(bottom)
    return painting_of(np.broadcast_to(rgb, (side, side, 3)).astype(np.uint8))


@pytest.fixture(scope="session")
def real_paintings() -> list[Path]:
    """Twenty-four real paintings, always the same."""
    if not PAINTINGS.is_dir():
        pytest.skip("the data folder with real paintings is not here")
    return sorted(PAINTINGS.glob("*.jpg"))[5::30][:24]
