"""Painting in, perception out: colours, words, emotions and an embedding, each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from composer.perception.image import load_painting
    from composer.perception.reading import perceive

__all__ = ["load_painting", "perceive"]

_HOMES = {"load_painting": "composer.perception.image", "perceive": "composer.perception.reading"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
