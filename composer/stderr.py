"""The standard error of the whole process, held back while a C library runs that writes to it.

libtiff and libinstpatch write past Python, straight to file descriptor 2; what they say belongs into our own message.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

__all__ = ["held_stderr"]

_MOST = 1 << 16


@contextlib.contextmanager
def held_stderr() -> Iterator[list[str]]:
    """Hold file descriptor 2; the list holds the lines that were written to it, once the block has ended."""
    lines: list[str] = []
    try:
        kept = os.dup(2)
    except OSError:  # a program without stderr has nothing to hold
        yield lines
        return
    with tempfile.TemporaryFile() as file:
        try:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(file.fileno(), 2)
            yield lines
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            lines += file.read(_MOST).decode("utf-8", errors="replace").splitlines()
