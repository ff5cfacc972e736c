#!/usr/bin/env python3
"""Write the map of the modules in docs/architecture.md, from their docstrings and the layers in pyproject.toml.

scripts/document_modules.py            write it
scripts/document_modules.py --check    exit with 1 when it is not up to date
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from composer.files import atomic_write

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- Made by scripts/document_modules.py from here", "<!-- to here -->"
ASIDE = ("training",)
"""Packages whose modules are not listed one by one: programs that are run, not read from elsewhere."""


def main() -> int:
    kept = TARGET.read_text(encoding="utf-8")
    text = document(kept)
    if "--check" in sys.argv[1:]:
        fresh = kept == text
        if not fresh:
            print("docs/architecture.md is not up to date: run scripts/document_modules.py", file=sys.stderr)
        return 0 if fresh else 1
    with atomic_write(TARGET) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return 0


def document(page: str) -> str:
    """The page with its map made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN} -->\n\n{chr(10).join(house())}\n{END}{after}"


def house() -> Iterator[str]:
    """The layers as a drawing, then every package with its modules, from the top down."""
    floors = layers()
    yield "```text"
    for floor in floors:
        names = [f"{name}/" if (ROOT / "composer" / name).is_dir() else name for name in floor]
        lines = [names[start : start + 6] for start in range(0, len(names), 6)]
        yield from ("   ".join(line) for line in lines)
        if floor is not floors[-1]:
            yield "   │ imports"
    yield "```"
    yield ""
    for name in (name for floor in floors for name in floor):
        place = ROOT / "composer" / name
        yield from entry(place if place.is_dir() else place.with_suffix(".py"), depth=0)


def layers() -> list[list[str]]:
    """The contract's layers, the highest first; names within `composer`, in order."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contract = next(item for item in tools["importlinter"]["contracts"] if item["type"] == "layers")
    return [sorted(name.strip().removeprefix("composer.") for name in floor.split("|")) for floor in contract["layers"]]


def entry(path: Path, depth: int) -> Iterator[str]:
    """A package with what is in it, or a module, as items of a list."""
    indent = "  " * depth
    if path.suffix == ".py":
        yield f"{indent}- `{path.name if depth else path.relative_to(ROOT)}` {noun(path)}"
        return
    yield f"{indent}- **`{path.relative_to(ROOT)}/`** {noun(path / '__init__.py')}"
    if path.parent.name in ASIDE:
        return
    for item in sorted(path.iterdir(), key=lambda item: (item.is_dir(), item.name)):
        if (item / "__init__.py").is_file() or (item.suffix == ".py" and item.stem != "__init__"):
            yield from entry(item, depth + 1)


def noun(file: Path) -> str:
    """The first line of a module's docstring."""
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0].replace("``", "`")


if __name__ == "__main__":
    sys.exit(main())
