"""Files that appear whole or not at all.

Every result is written to a temporary file in the folder where it belongs, flushed to the disk and renamed over
its final name. A failure, Ctrl-C included, removes the temporary file and leaves an older result as it was.

Conventions
-----------
* A foreign `OSError` leaves this module as `composer.errors.OutputError`, with what to do about it.
* A message names the file that was asked for, also where a writer was handed a temporary name.
* The temporary name ends in the final extension, so that libraries which look at it write the right format.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from composer.errors import OutputError, UsageError

__all__ = ["atomic_group", "atomic_write", "check_local", "check_writable"]

_REASONS = {
    errno.ENOSPC: ("no space is left on the device", "free some space, or write to another disk"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, or write to another disk"),
    errno.EROFS: ("the file system is read-only", "choose a folder that you may write to"),
    errno.EACCES: ("permission denied", "choose a folder that you may write to"),
    errno.EPERM: ("permission denied", "choose a folder that you may write to"),
    errno.ENOENT: ("the folder does not exist", "create the folder first, or write somewhere else"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "check the path for a typing error"),
    errno.EISDIR: ("it is a folder", "give a file name"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter file name"),
}


_finals: dict[Path, Path] = {}
"""Temporary file -> the file it will be, while it is written."""

_WEB = re.compile(r"(?i)(?:https?|ftp):/")
_LONGEST_SHOWN = 60


def check_local(path: Path | str) -> None:
    """Refuse a web address where a file is wanted: nothing is ever fetched.

    Raises
    ------
    UsageError
        It begins like a web address.
    """
    text = str(path)
    if _WEB.match(text):
        shown = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
        raise UsageError(f"{shown!r} is a web address, not a file", hint="download it first, then give the file's name")


def _output_error(path: Path, error: OSError) -> OutputError:
    reason, hint = _REASONS.get(error.errno or 0, (error.strerror or type(error).__name__, None))
    while path in _finals:
        path = _finals[path]
    return OutputError(f"cannot write {str(path)!r}: {reason}", hint=hint)


def _temporary(path: Path) -> Path:
    # Hidden, random (two runs may write the same name at once) and short enough for a 255-byte name.
    return path.with_name(f".{path.stem[:80]}-{secrets.token_hex(4)}.part{path.suffix[:20]}")


def _flush(path: Path) -> None:
    # Opened for writing: Windows refuses to flush a read-only handle.
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def _check_name(path: Path) -> None:
    if path.name in ("", "..") or os.path.isdir(path):
        raise _output_error(path, OSError(errno.EISDIR, ""))
    if "\0" in str(path):
        raise OutputError(f"cannot write {str(path)!r}: the name holds a null byte", hint="give another name")
    try:
        path.lstat()
    except OSError as error:
        # The temporary name is short, so a final name that is too long would be noticed after the work only.
        if error.errno == errno.ENAMETOOLONG:
            raise _output_error(path, error) from error


def check_writable(path: Path) -> None:
    """Refuse an output path before any work is spent on it.

    A probe file is created and removed again: permission bits alone say nothing to root, on network drives and on
    Windows.

    Parameters
    ----------
    path : Path
        Where a result is to appear.

    Raises
    ------
    OutputError
        The folder is missing, not writable or full, or `path` is itself a folder.
    """
    with atomic_write(path, _probe=True):
        pass


@contextmanager
def atomic_write(path: Path, *, _probe: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it into place when the block ends well.

    Parameters
    ----------
    path : Path
        The final name. Its folder must exist. An older file of that name is replaced.

    Yields
    ------
    Path
        An empty file to write to, in the same folder and with the same extension.

    Raises
    ------
    OutputError
        The folder is missing or read-only, the device is full, or `path` is a folder. Other exceptions from the
        block pass through after the temporary file was removed.
    """
    path = Path(path)
    _check_name(path)
    temporary = _temporary(path)
    try:
        try:
            temporary.open("xb").close()
        except OSError as error:
            raise _output_error(path, error) from error
        _finals[temporary] = path
        try:
            yield temporary
            if not _probe:
                _flush(temporary)
                os.replace(temporary, path)
        except OSError as error:
            raise _output_error(path, error) from error
    finally:
        _finals.pop(temporary, None)
        # Also after KeyboardInterrupt and SystemExit; after the rename there is nothing left to remove.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_group(paths: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Like `atomic_write` for several files: none is renamed into place before all were written.

    Only a failure of a rename itself, after every file was written and flushed, can leave a part of the group;
    the files renamed before it are then removed again.

    Parameters
    ----------
    paths : sequence of Path
        Final names, all different.

    Yields
    ------
    tuple of Path
        Temporary paths in the same order.

    Raises
    ------
    OutputError
        As `atomic_write`; also when a name is given twice.
    """
    finals = [Path(path) for path in paths]
    absolute = [Path(os.path.abspath(path)) for path in finals]
    if len(set(absolute)) != len(absolute):
        double = next(path for path, full in zip(finals, absolute, strict=True) if absolute.count(full) > 1)
        raise OutputError(f"{str(double)!r} is given twice as an output", hint="give each output another name")
    placed: list[Path] = []
    with ExitStack() as stack:
        temporaries = tuple(stack.enter_context(atomic_write(path, _probe=True)) for path in finals)
        try:
            yield temporaries
        except OSError as error:  # here, since the last file's own handler would name the last one
            raise _output_error(Path(error.filename or temporaries[0]), error) from error
        for temporary, final in zip(temporaries, finals, strict=True):
            try:
                _flush(temporary)
            except OSError as error:
                raise _output_error(final, error) from error
        try:
            for temporary, final in zip(temporaries, finals, strict=True):
                os.replace(temporary, final)
                placed.append(final)
        except BaseException as error:
            for final in placed:
                with suppress(OSError):
                    final.unlink()
            if isinstance(error, OSError):
                raise _output_error(finals[len(placed)], error) from error
            raise
