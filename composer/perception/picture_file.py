"""The bytes of a picture: from a file, from a pipe, or from standard input (``-``).

Conventions
-----------
* What comes back is open, seekable and stands at its beginning. A regular file stays on the disk; a pipe is read whole.
* Every failure is an `ImageError` with a hint.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from composer.errors import ImageError
from composer.files import check_local

__all__ = ["MAX_FILE_BYTES", "MAX_PIPE_BYTES", "STANDARD_INPUT", "open_picture_file", "picture_name", "sha256_of_file"]

MAX_FILE_BYTES = 2 * 2**30
"""Largest file that is read."""
MAX_PIPE_BYTES = 512 * 2**20
"""Most that is read from a pipe: that much is held in memory."""
STANDARD_INPUT = "-"
_NAME = "painting"
_PATIENCE_SECONDS = 3.0
_COPIED = 1 << 16


def open_picture_file(path: Path) -> BinaryIO:
    """Open a picture's bytes for reading.

    Parameters
    ----------
    path : a regular file, a pipe, or ``-`` for standard input, which is read once per process.

    Raises
    ------
    ImageError
        Nothing is there, it may not be read, is a folder, a device, empty, or too long.
    UsageError
        It is a web address.
    """
    if str(path) == STANDARD_INPUT:
        return io.BytesIO(_standard_input())
    check_local(path)
    try:
        return _opened(path)
    except FileNotFoundError as error:
        raise ImageError(f"{path}: no such file", hint="check the path and its spelling") from error
    except PermissionError as error:
        raise ImageError(f"{path}: may not be read", hint="check the file's permissions") from error
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ImageError(f"{path}: cannot be read ({reason})", hint="check the path") from error


def _opened(path: Path) -> BinaryIO:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise ImageError(f"{path}: is a folder, not a picture", hint="give the path of one picture file")
    if stat.S_ISFIFO(status.st_mode):
        return io.BytesIO(_checked(_named_pipe(path), str(path)))
    if not stat.S_ISREG(status.st_mode):
        raise ImageError(f"{path}: is neither a regular file nor a pipe")
    if status.st_size > MAX_FILE_BYTES:
        raise ImageError(
            f"{path}: {status.st_size} bytes; at most {MAX_FILE_BYTES} are read", hint="give a smaller picture"
        )
    if not status.st_size:
        raise ImageError(f"{path}: the file is empty", hint="give a file that holds a picture")
    return path.open("rb")


def _named_pipe(path: Path) -> bytes:
    """All that is written to a named pipe; opened plainly, one without a writer would be waited for without end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as pipe:
        last = time.monotonic() + _PATIENCE_SECONDS
        first = _first_bytes(descriptor)
        while first == b"" and time.monotonic() < last:
            time.sleep(0.05)
            first = _first_bytes(descriptor)
        if first == b"":
            raise ImageError(f"{path}: nobody writes to this pipe", hint="start the writer, or give a picture file")
        os.set_blocking(descriptor, True)
        return (first or b"") + pipe.read(MAX_PIPE_BYTES + 1)


def _first_bytes(descriptor: int) -> bytes | None:
    """What a pipe holds now: nothing where nobody writes, None where a writer is there and has written nothing yet."""
    try:
        return os.read(descriptor, _COPIED)
    except BlockingIOError:
        return None


@cache
def _standard_input() -> bytes:
    # A lesson looks at its picture twice.
    return _checked(sys.stdin.buffer.read(MAX_PIPE_BYTES + 1), "standard input")


def _checked(data: bytes, name: str) -> bytes:
    if not data:
        raise ImageError(f"{name}: is empty", hint="pipe a picture into it, or give the path of a picture file")
    if len(data) > MAX_PIPE_BYTES:
        raise ImageError(
            f"{name}: gives more than {MAX_PIPE_BYTES} bytes; at most that many are read from a pipe",
            hint="save the picture in a file and give that file",
        )
    return data


def picture_name(path: Path) -> str:
    """The name of a picture for titles and for the files made from it."""
    return _NAME if str(path) == STANDARD_INPUT else path.stem


def sha256_of_file(file: BinaryIO) -> str:
    """Hex digest of all of an open file, which then stands at its beginning again."""
    file.seek(0)
    source: Any = file  # BytesIO or a buffered file: both have what file_digest asks for
    digest = hashlib.file_digest(source, "sha256").hexdigest()
    file.seek(0)
    return digest
