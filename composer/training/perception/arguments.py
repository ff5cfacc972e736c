"""The arguments that programs which learn from pictures have in common."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["training_parser"]


def training_parser(
    about: str | None, *, out: Path | None = None, table: Path | None = None
) -> argparse.ArgumentParser:
    """Return a parser of ``--data`` and ``--cache``, to which a program adds its own.

    Parameters
    ----------
    about : the program's text, of which the first line is shown.
    out : default of ``--out``, the folder of the weights; None for programs that write none.
    table : default of ``--table``, the file of the figures; None for programs that measure nothing.
    """
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/perception"))
    for name, default in (("--out", out), ("--table", table)):
        if default is not None:
            parser.add_argument(name, type=Path, default=default)
    return parser
