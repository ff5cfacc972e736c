"""Every Python that is promised: nothing younger than the oldest release of it is used."""

from __future__ import annotations

import ast
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

FOLDERS = ("composer", "scripts", "benchmarks", "tests")
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")

# What came with a later bug-fix release of 3.11, which no checker of minor versions sees:
# https://docs.python.org/3.11/whatsnew/3.11.html, "Notable changes in 3.11.4" and the library's "versionchanged".
LATER_ARGUMENTS = {
    "extract": {"filter"},
    "extractall": {"filter"},
    "unpack_archive": {"filter"},
    "getaddresses": {"strict"},
    "parseaddr": {"strict"},
}
LATER_NAMES = {"data_filter", "tar_filter", "fully_trusted_filter", "FilterError"}


def sources(repository: Path) -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((repository / folder).rglob("*.py"))]


def later_than_the_first_release(tree: ast.AST) -> list[str]:
    """What a module uses that Python 3.11.0 does not have, with its line."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            given = {keyword.arg for keyword in node.keywords}
            found += [f"{node.lineno}: {name}({word}=)" for word in given & LATER_ARGUMENTS.get(name, set())]
        elif isinstance(node, ast.Attribute) and node.attr in LATER_NAMES:
            found.append(f"{node.lineno}: {node.attr}")
    return found


def test_the_check_finds_what_broke_on_an_early_release() -> None:
    tree = ast.parse("archive.extractall(folder, filter='data')\ntarfile.data_filter\narchive.extractall(folder)")
    assert later_than_the_first_release(tree) == ["1: extractall(filter=)", "2: data_filter"]


def test_nothing_needs_a_later_bug_fix_release(repository: Path) -> None:
    found = {
        str(path.relative_to(repository)): uses
        for path in sources(repository)
        if (uses := later_than_the_first_release(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_the_checks_hold_the_oldest_version_that_is_promised(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
    # vermin finds what came with 3.12 or later.
    assert "vermin --target=3.11-" in (repository / "scripts" / "check").read_text(encoding="utf-8")


@pytest.mark.parametrize("python", PYTHONS)
def test_the_code_compiles_under_every_python_found(repository: Path, python: str, tmp_path: Path) -> None:
    # Running it is the only sure test: version managers leave stand-ins that find no interpreter.
    if not shutil.which(python) or subprocess.run([python, "-V"], capture_output=True, check=False).returncode:
        pytest.skip(f"{python} is not on this machine")
    code = (
        "import ast, sys\n"
        "for name in sys.argv[1:]:\n"
        "    ast.parse(open(name, encoding='utf-8').read(), name)\n"
    )  # fmt: skip
    subprocess.run([python, "-I", "-c", code, *map(str, sources(repository))], check=True)
