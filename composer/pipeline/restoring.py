"""Readings and scores from their JSON: the way back from `composer.rendering.jsonable`."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from composer.errors import PlanError, UsageError
from composer.types import Perception

__all__ = ["restore", "restore_perception"]

_T = TypeVar("_T")
_NAMES = {"np": np, "NDArray": NDArray}
"""Names that the types import for checking alone."""


def restore(kind: type[_T], data: object, *, where: str = "") -> _T:
    """A dataclass from plain JSON data.

    Parameters
    ----------
    kind : type
        A frozen dataclass of scalars, tuples, mappings and further dataclasses.
    data : object
        What `json.loads` gave.
    where : str
        What stands before a field's name in the messages.

    Raises
    ------
    UsageError
        A field is missing, unknown or of the wrong type, or a value is out of its range.
    """
    if not isinstance(data, dict):
        raise UsageError(f"{where or 'value'}: expected an object")
    hints: dict[str, Any] = get_type_hints(kind, localns=_NAMES)
    made: dict[str, Any] = {}
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for name in data:
        if name not in known:
            raise UsageError(f"{_join(where, str(name)[:40])}: unknown field")
    for name, field in known.items():
        if name in data:
            made[name] = _value(hints[name], data[name], _join(where, name))
        elif field.default is MISSING and field.default_factory is MISSING:
            raise UsageError(f"{_join(where, name)}: missing")
    try:
        return kind(**made)
    except PlanError as error:
        raise UsageError(f"{_join(where, error.message)}") from error


def restore_perception(data: dict[str, Any]) -> Perception:
    """A reading without its embedding, which nothing after the reading looks at."""
    hints = get_type_hints(Perception, localns=_NAMES)
    known = {field.name for field in fields(Perception)} - {"embedding"}
    for name in data:
        if name not in known:
            raise UsageError(f"perception.{str(name)[:40]}: unknown field")
    made = {name: _value(hints[name], value, f"perception.{name}") for name, value in data.items()}
    try:
        return Perception(embedding=np.zeros(1, dtype=np.float32), **made)
    except (TypeError, PlanError) as error:
        raise UsageError(f"perception: {error}", hint="send what 'compose perceive' prints") from error


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _value(kind: Any, data: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return data
    if origin in (types.UnionType, Union):
        if data is None and type(None) in inner:
            return None
        return _value(next(item for item in inner if item is not type(None)), data, where)
    if origin is tuple:
        return _tuple(inner, data, where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(data, dict):
            raise UsageError(f"{where}: expected an object")
        return {key: _value(inner[1], value, f"{where}.{key}") for key, value in data.items()}
    if is_dataclass(kind):
        return restore(kind, data, where=where)  # type: ignore[arg-type]
    return _scalar(kind, data, where)


def _tuple(inner: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise UsageError(f"{where}: expected a list")
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_value(inner[0], value, f"{where}[{n}]") for n, value in enumerate(data))
    if len(data) != len(inner):
        raise UsageError(f"{where}: expected {len(inner)} values, found {len(data)}")
    return tuple(_value(kind, value, f"{where}[{n}]") for n, (kind, value) in enumerate(zip(inner, data, strict=True)))


def _scalar(kind: Any, data: Any, where: str) -> Any:
    if kind is float and isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data):
        return float(data)
    if isinstance(data, kind) and (kind is bool or not isinstance(data, bool)):
        return data
    raise UsageError(f"{where}: expected {kind.__name__}, found {type(data).__name__}")
