"""The first line of every module names what is in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

QUESTIONS = ("Are", "By", "Can", "Do", "Does", "From", "How", "Is", "What", "When", "Where", "Which", "Who", "Why")
PACKAGE = Path(__file__).parents[2] / "composer"
MODULES = sorted(path.relative_to(PACKAGE.parent).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_opens_with_its_noun(module: str, repository: Path) -> None:
    text = ast.get_docstring(ast.parse((repository / module).read_text(encoding="utf-8")))
    assert text, f"{module} has no docstring"
    assert text.split()[0] not in QUESTIONS, f"{module} opens with a question: {text.splitlines()[0]}"
