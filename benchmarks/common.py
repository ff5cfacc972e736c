"""The frame that the benchmarks share: arguments, the data folder, results, progress, processes, processor time.

A program puts this folder on its path and imports from here; it stays a script of its own with its own ``--help``.
Programs whose figures must not depend on the number of cores set ``OMP_NUM_THREADS`` before they import numpy.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

__all__ = [
    "MUSIC",
    "add_data",
    "add_number",
    "add_out",
    "argument_parser",
    "data_folder",
    "in_parallel",
    "load_program",
    "processor_seconds",
    "progress",
    "rounded",
    "write_csv",
    "write_summary",
]

HERE = Path(__file__).resolve().parent
MUSIC = "folder with music/open.tar.xz and pop909.tar.xz"
_Item = TypeVar("_Item")


# ---------------------------------------------------------------------------------------- arguments


def argument_parser(doc: str | None, *, whole: bool = False) -> argparse.ArgumentParser:
    """A parser that describes itself by a program's docstring: its first line, or all of it."""
    if whole:
        return argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    return argparse.ArgumentParser(description=(doc or "").splitlines()[0])


def data_folder() -> Path:
    """``COMPOSER_DATA``, or ``shared/data`` beside the repository."""
    return Path(os.environ.get("COMPOSER_DATA", HERE.parents[1] / "shared" / "data"))


def add_data(parser: argparse.ArgumentParser, what: str = MUSIC) -> None:
    """``--data``."""
    parser.add_argument("--data", type=Path, default=data_folder(), help=what)


def add_number(parser: argparse.ArgumentParser, name: str, default: int, what: str) -> None:
    """A whole number with its default in the help: ``--n``, ``--seed``, ``--workers``, ``--bars`` ..."""
    parser.add_argument(name, type=int, default=default, help=f"{what} (default {default})")


def add_out(parser: argparse.ArgumentParser, program: str, what: str = "folder for the two results") -> None:
    """``--out``, beside the program by default; give it ``__file__``."""
    parser.add_argument("--out", type=Path, default=Path(program).parent, help=what)


# ------------------------------------------------------------------------------------------ results


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with a header; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_summary(folder: Path, text: str, *, head: str = "", name: str = "summary.txt") -> None:
    """Keep the head and the text in the folder, and print the text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(head + text, encoding="utf-8")
    print(text, end="")


def rounded(row: Any) -> list[object]:
    """The fields of a dataclass as cells, numbers to four places."""
    values = (getattr(row, item.name) for item in fields(row))
    return [f"{value:.4g}" if isinstance(value, float) else value for value in values]


# --------------------------------------------------------------------------------------------- work


def progress(items: Iterable[_Item], total: int | None, what: str = "pieces") -> Iterator[_Item]:
    """The items, counted on stderr as they come."""
    goal = "" if total is None else f"/{total}"
    for count, item in enumerate(items, start=1):
        yield item
        print(f"\r{count}{goal} {what}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def in_parallel(
    function: Callable[[Any], _Item], items: Sequence[Any], workers: int, what: str = "pieces"
) -> list[_Item]:
    """The results in order, from several processes, counted on stderr."""
    with ProcessPoolExecutor(workers) as pool:
        return list(progress(pool.map(function, items), len(items), what))


def processor_seconds() -> float:
    """What this process and its finished children have cost so far."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def load_program(topic: str, name: str = "run") -> ModuleType:
    """Another benchmark's program as a module, for what it draws or checks."""
    spec = importlib.util.spec_from_file_location(f"benchmark_{topic}_{name}", HERE / topic / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and worker processes look their module up
    spec.loader.exec_module(module)
    return module
