"""The log of a studio: one JSON line for every piece, for those who answer for it.

It needs no web framework, so that `compose log` reads it where the extra ``studio`` is not installed.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.errors import OutputError, UsageError

__all__ = ["LOG_NAME", "LogFilter", "PieceLog", "read_log"]

LOG_NAME = "pieces.jsonl"
_MOST_BYTES, _FILES = 10 * 1024 * 1024, 10


class PieceLog:
    """A file of JSON lines; past 10 MB it becomes ``pieces.1.jsonl``, of which ten are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def add(self, version: Mapping[str, Any], *, options: Mapping[str, Any], who: str) -> None:
        """Note a piece.

        Parameters
        ----------
        version : mapping
            The version's record.
        options : mapping
            What was asked for, as plain JSON data.
        who : str
            Name of the user who asked.

        Raises
        ------
        OutputError
            The log cannot be written: the disk is full, or the folder may not be written to.
        """
        facts = version["provenance"]
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "who": who,
            "version": version["id"],
            "kind": version["kind"],
            "parent": version["parent"],
            "picture_sha256": (facts.get("image") or {}).get("sha256"),
            "options": options,
            "seed": version["seed"],
            "bars_changed": version["bars_changed"],
            "plan": version["plan"],
            "composer": facts.get("composer"),
            "weights": (facts.get("music") or {}).get("weights"),
            "originality": facts.get("originality"),
            "profile": facts.get("profile"),
        }
        data = (json.dumps(line) + "\n").encode()
        try:
            with self._lock:
                self._rotate()
                _append(self._path, data)
        except OSError as error:
            raise OutputError(f"the log {self._path.name!r} cannot be written: {error.strerror}") from error

    def _rotate(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < _MOST_BYTES:
            return
        for number in range(_FILES - 1, 0, -1):
            older = self._path.with_suffix(f".{number}.jsonl")
            if older.exists():
                os.replace(older, self._path.with_suffix(f".{number + 1}.jsonl"))
        os.replace(self._path, self._path.with_suffix(".1.jsonl"))


def _append(path: Path, data: bytes) -> None:
    """Add a line; what a process that was killed left of one stays a line of its own."""
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            data = data if file.read(1) == b"\n" else b"\n" + data
        file.write(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """The lines that are wanted; None takes all.

    Attributes
    ----------
    since, until : first and last moment, ``2026-03-01`` or ``2026-03-01T14:30``, UTC; a day is meant whole.
    who : name of a user.
    kind : ``"composed"``, ``"rewritten"`` or ``"nudged"``.
    picture : beginning of the hex digest of a picture's file.
    version : id of a version.
    """

    since: str | None = None
    until: str | None = None
    who: str | None = None
    kind: str | None = None
    picture: str | None = None
    version: str | None = None

    def takes(self, line: Mapping[str, Any]) -> bool:
        """True for a line that is wanted."""
        wanted = {"who": self.who, "kind": self.kind, "version": self.version}
        if any(value is not None and line.get(name) != value for name, value in wanted.items()):
            return False
        if self.picture is not None and not str(line.get("picture_sha256") or "").startswith(self.picture.lower()):
            return False
        moment = str(line.get("time", ""))
        if self.since is not None and moment < self.since:
            return False
        return self.until is None or moment[: len(self.until)] <= self.until


def read_log(folder: Path, wanted: LogFilter = LogFilter()) -> Iterator[dict[str, Any] | None]:
    """The lines of a studio's log, oldest first; None for a line that cannot be read.

    Parameters
    ----------
    folder : Path
        The studio's data.
    wanted : LogFilter

    Raises
    ------
    UsageError
        There is no log, or it cannot be read.
    """
    numbers = range(_FILES, 0, -1)
    paths = [folder / LOG_NAME.replace(".", f".{number}.") for number in numbers] + [folder / LOG_NAME]
    found = [path for path in paths if path.is_file()]
    if not found:
        raise UsageError(
            f"no piece was ever made with the data in {str(folder)!r}", hint="give the studio's folder with --data DIR"
        )
    for path in found:
        try:
            with path.open("rb") as file:
                for line in file:
                    data = _read_line(line)
                    if data is None or wanted.takes(data):
                        yield data
        except OSError as error:
            raise UsageError(
                f"the log {str(path)!r} cannot be read: {error.strerror}", hint="check its rights"
            ) from error


def _read_line(line: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
