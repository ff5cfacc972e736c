"""Dataclasses as plain JSON data.

Keys are field names, tuples become lists, mappings become objects. Arrays are left out: they are large, and nobody
edits them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

__all__ = ["jsonable"]


def jsonable(value: Any) -> Any:
    """Turn a value between the stages into what `json.dumps` takes.

    Parameters
    ----------
    value : Any
        Dataclasses, mappings, sequences, paths, numpy scalars and plain JSON values, nested at will. Dataclass fields
        that hold an array are left out.

    Raises
    ------
    TypeError
        A value of another kind.
    """
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: jsonable(inner) for name, inner in held.items() if not _is_array(inner)}
    if isinstance(value, Mapping):
        return {str(key): jsonable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(inner) for inner in value]
    if isinstance(value, Path):
        return str(value)
    if value is None or type(value) in (str, int, float, bool):
        return value
    if hasattr(value, "item"):  # numpy scalars, which are no arrays but know how to become Python numbers
        return jsonable(value.item())
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") and getattr(value, "ndim", 0) > 0
