"""Programs that stand beside the package, as modules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

__all__ = ["load_program"]


def load_program(path: Path) -> ModuleType:
    """A script or benchmark by its path; the test is skipped where it is not part of the distribution."""
    if not path.exists():
        pytest.skip(f"{path.name} of {path.parent.name} is not part of this distribution")
    spec = importlib.util.spec_from_file_location(f"program_{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
