"""The checks of values, and mappings that nobody changes."""

from __future__ import annotations

import copyreg
from types import MappingProxyType
from typing import Any

from composer.errors import PlanError

__all__ = ["check_range", "freeze"]


def check_range(name: str, value: float, low: float = -1.0, high: float = 1.0) -> None:
    """Raise `PlanError` unless ``low <= value <= high``; ``name`` is the field's path in the message."""
    if not low <= value <= high:
        raise PlanError(f"{name}: {value!r} is outside [{low:g}, {high:g}]")


def freeze(obj: Any, name: str) -> None:
    """Replace the mapping in a field of a frozen dataclass by a read-only copy."""
    object.__setattr__(obj, name, MappingProxyType(dict(getattr(obj, name))))


def _view(mapping: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(mapping)


copyreg.pickle(MappingProxyType, lambda view: (_view, (dict(view),)))  # values travel to worker processes
