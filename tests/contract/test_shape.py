"""The shape of the code: modules that can be read at one sitting, calls that can be read at all."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "composer"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONG_TABLES = {"perception/subjects.py"}
"""One table of words, and nothing else to read."""
LONG_FUNCTIONS = {
    "music/infill/context.py: _block": "one value of many fields",
    "music/layout.py: _block": "one value of many fields",
    "perception/perceive.py: perceive": "one value of many fields",
    "training/audio_text/train.py: train": "a recipe told from top to bottom",
    "training/perception/align.py: tune": "a recipe told from top to bottom",
}
"""Functions that are longer than a screen, docstring aside, and why; five at most."""
MOST_LINES, USUAL_LINES, MOST_POSITIONAL, MOST_CODE_LINES = 400, 140, 6, 40
UNDIVIDED: set[str] = set()
"""Still to be divided."""


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_no_module_is_long() -> None:
    long = {name(path): lines(path) for path in MODULES if lines(path) > MOST_LINES}
    assert set(long) <= LONG_TABLES, long
    assert statistics.median(map(lines, MODULES)) <= USUAL_LINES


def code_lines(node: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    count = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None:
        count -= (first.end_lineno or first.lineno) - first.lineno + 1
    return count


def test_a_docstring_is_no_code() -> None:
    node = ast.parse('def f(a):\n    """Say\n\n    more.\n    """\n    return a\n').body[0]
    assert isinstance(node, ast.FunctionDef)
    assert code_lines(node) == 2


def test_functions_fit_a_screen() -> None:
    long = {
        f"{name(path)}: {node.name}": code_lines(node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and code_lines(node) > MOST_CODE_LINES
    }
    assert set(long) <= set(LONG_FUNCTIONS), long
    assert len(LONG_FUNCTIONS) <= 5


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
