"""The record of a picture: one JSON file, written after the picture's files, that says that it is done.

A record is named after what it depends on (`record_key`): the picture's bytes, the options, the result's name, the
weights and the version. As long as it and the files that it lists are there, the picture need not be composed again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from composer import assets
from composer.files import atomic_write
from composer.version import __version__

__all__ = ["is_done", "read_record", "record_key", "record_path", "weights_key", "write_record"]

_FORMAT = 1


def weights_key() -> str:
    """The version and the weights that results depend on, as one hex digest."""
    own = assets.home() / "manifest.json"
    parts = [__version__, *(f"{asset.name} {asset.sha256}" for asset in assets.registry())]
    parts.append(hashlib.sha256(own.read_bytes()).hexdigest() if own.is_file() else "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def record_key(picture_sha256: str, name: str, settings: Mapping[str, Any], weights: str) -> str:
    """The hex digest that a record is named after.

    Parameters
    ----------
    picture_sha256 : str
        Of the picture's bytes; for one that cannot be read, its location.
    name : str
        Name of the results without extension, below the batch's folder.
    settings : mapping
        Options and formats, plain JSON data.
    weights : str
        As `weights_key` returns it.
    """
    text = json.dumps([_FORMAT, picture_sha256, name, dict(settings), weights], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def record_path(folder: Path, key: str) -> Path:
    """The place of a record; 256 folders, since a museum has many pictures."""
    return folder / "records" / key[:2] / f"{key}.json"


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write a record, whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    path = record_path(folder, record["key"])
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    with atomic_write(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_record(folder: Path, key: str) -> dict[str, Any] | None:
    """A record, or None where there is no usable one."""
    try:
        record = json.loads(record_path(folder, key).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("key") == key else None


def is_done(folder: Path, record: Mapping[str, Any] | None) -> bool:
    """True where a record without error and all its files are there, byte for byte."""
    if record is None or record["error"] is not None:
        return False
    return all(_is_whole(folder / output["path"], output) for output in record["outputs"])


def _is_whole(path: Path, output: Mapping[str, Any]) -> bool:
    try:
        if path.stat().st_size != output["bytes"]:
            return False
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest() == output["sha256"]
    except OSError:
        return False
