"""Results kept by content: a file that was measured once is not measured again.

An entry is a JSON file named by the SHA-256 of the measured file's content, of what was asked of it, and of the
versions that answered. It lies in ``cache/evaluation`` of ``$COMPOSER_HOME``, or where caches of a user's programs
belong. It may be deleted at any time; what cannot be read or written is measured anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from composer.errors import OutputError
from composer.files import atomic_write
from composer.version import __version__

__all__ = ["cache_folder", "key_of", "load", "store"]

_LOG = logging.getLogger(__name__)
_FORMAT = 4
"""Raised whenever a measure changes: older entries then count no longer."""


def cache_folder() -> Path:
    """Where entries lie; it need not exist."""
    chosen = os.environ.get("COMPOSER_HOME")
    if chosen:
        return Path(chosen).expanduser() / "cache" / "evaluation"
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "painting-composer" / "evaluation"


def key_of(content: bytes, asked: Mapping[str, Any]) -> str:
    """Name of the entry of a file with this content."""
    text = json.dumps([_FORMAT, __version__, dict(asked)], sort_keys=True)
    return hashlib.sha256(hashlib.sha256(content).digest() + text.encode()).hexdigest()


def load(key: str) -> dict[str, Any] | None:
    """An entry, or None when there is none that can be read."""
    try:
        data = json.loads((cache_folder() / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def store(key: str, data: Mapping[str, Any]) -> None:
    """Keep an entry; a cache that cannot be written is no failure."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(folder / f"{key}.json") as temporary:
            temporary.write_text(json.dumps(data), encoding="utf-8")
    except (OSError, OutputError) as error:
        _LOG.info("the result is not kept: %s", error)
