"""The page's script: its modules joined into one, because a browser loads no modules from a folder.

A module's imports and the word ``export`` are left out, and everything stands in one function; so no two modules may
use one name for two things.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

__all__ = ["join_modules"]

_IMPORT = re.compile(r"^import .*$\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|let|function|class|async)", re.MULTILINE)


def join_modules(paths: Sequence[Path]) -> str:
    """Join modules, each after those that it imports."""
    parts = [_EXPORT.sub("", _IMPORT.sub("", path.read_text(encoding="utf-8"))) for path in paths]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"
