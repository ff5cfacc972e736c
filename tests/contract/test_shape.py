"""The shape of the code: modules that can be read at one sitting, calls that can be read at all."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "composer"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONG_TABLES = {"perception/subjects.py"}
"""One table of words, and nothing else to read."""
MOST_LINES, USUAL_LINES, MOST_POSITIONAL = 400, 140, 6
UNDIVIDED = {"music/layout.py", "training/music/train.py"}
"""Still to be divided."""


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_no_module_is_long() -> None:
    long = {name(path): lines(path) for path in MODULES if lines(path) > MOST_LINES}
    assert set(long) <= LONG_TABLES, long
    assert statistics.median(map(lines, MODULES)) <= USUAL_LINES


def test_no_call_has_to_be_counted_out() -> None:
    found = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
                count = len(names) - (names[:1] in (["self"], ["cls"]))
                if count > MOST_POSITIONAL and name(path) not in UNDIVIDED:
                    found[f"{name(path)}: {node.name}"] = count
    assert found == {}, "let the further parameters be keyword-only, or put them into a value"
