"""The log of a studio: one JSON line for every piece, for those who answer for it."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from composer.errors import OutputError

__all__ = ["PieceLog"]

_MOST_BYTES, _FILES = 5 * 1024 * 1024, 5


class PieceLog:
    """A file of JSON lines; past 5 MB it becomes ``pieces.1.jsonl``, of which five are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def add(self, version: dict[str, Any]) -> None:
        """Note a piece: when, from which picture, how it was asked for, with what plan, weights and originality."""
        facts = version["provenance"]
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "version": version["id"],
            "kind": version["kind"],
            "parent": version["parent"],
            "picture_sha256": (facts.get("image") or {}).get("sha256"),
            "seed": version["seed"],
            "bars_changed": version["bars_changed"],
            "plan": version["plan"],
            "composer": facts.get("composer"),
            "weights": (facts.get("music") or {}).get("weights"),
            "originality": facts.get("originality"),
            "profile": version.get("profile"),
        }
        text = json.dumps(line, ensure_ascii=False) + "\n"
        try:
            with self._lock:
                self._rotate()
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(text)
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
