"""A result on standard output: ``--out -`` is a MIDI file, ``--out -.wav`` any other format."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from composer.errors import UsageError

__all__ = ["is_standard_output", "results_with_standard_output"]

_DEFAULT = ".mid"
_COPIED = 1 << 20


def is_standard_output(path: Path) -> bool:
    """True for ``-`` and for a dash with an extension."""
    return path.parent == Path() and path.stem == "-"


@contextmanager
def results_with_standard_output(outs: Sequence[Path], *, name: str, as_json: bool) -> Iterator[tuple[Path, ...]]:
    """The results' paths, a file for the time being in place of the dash; it is printed when the block ends well.

    Parameters
    ----------
    outs : sequence of Path
    name : str
        What the file is called, without extension: some formats name what is in them after it.
    as_json : bool
        Whether standard output is taken already.

    Raises
    ------
    UsageError
        More than one result is to go there, JSON goes there too, or it is a terminal.
    """
    dashes = [out for out in outs if is_standard_output(out)]
    if not dashes:
        yield tuple(outs)
        return
    if len(dashes) > 1 or as_json:
        raise UsageError("only one result can go to standard output", hint="give the others a file name")
    if sys.stdout.isatty():
        raise UsageError("standard output is a terminal", hint=f"send it somewhere: ... --out {dashes[0]} > piece.mid")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}{dashes[0].suffix or _DEFAULT}"
        yield tuple(file if out == dashes[0] else out for out in outs)
        stream = sys.stdout.buffer
        with file.open("rb") as source:
            while data := source.read(_COPIED):
                stream.write(data)
        stream.flush()
