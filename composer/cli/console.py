"""The command's voice: JSON on stdout, sentences and progress on stderr."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

__all__ = [
    "EXIT_ASSET",
    "EXIT_FAILURE",
    "EXIT_INTERRUPTED",
    "EXIT_USAGE",
    "choose_verbosity",
    "emit_json",
    "one_line",
    "progress_bar",
    "say",
    "verbosity",
]

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_ASSET = 3
EXIT_INTERRUPTED = 130

_EVERYTHING = 2
_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO, 2: logging.DEBUG}
_CONTEXT_KEY = "composer.verbosity"


def choose_verbosity(level: int) -> None:
    """Set how much is said: -1 nothing but errors, 0 a summary, 1 what the stages report, 2 everything."""
    ctx = click.get_current_context(silent=True)
    if ctx is not None:
        ctx.find_root().meta[_CONTEXT_KEY] = level
    _quieten_libraries(level)


def verbosity() -> int:
    """The level that `choose_verbosity` set, 0 before that."""
    ctx = click.get_current_context(silent=True)
    return 0 if ctx is None else int(ctx.find_root().meta.get(_CONTEXT_KEY, 0))


def _quieten_libraries(level: int) -> None:
    """Send our log to stderr, and keep libraries' chatter out of a two-line error."""
    logger = logging.getLogger("composer")
    logger.setLevel(_LEVELS[level])
    for handler in list(logger.handlers):
        if isinstance(handler, _TalkHandler):
            logger.removeHandler(handler)
    logger.addHandler(_TalkHandler())
    logger.propagate = False
    if level < _EVERYTHING:
        warnings.simplefilter("ignore")
        logging.lastResort = None
        for name, value in {
            "TRANSFORMERS_VERBOSITY": "error",
            "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }.items():
            os.environ.setdefault(name, value)


class _TalkHandler(logging.Handler):
    """Writes a record as one line of talk; looks stderr up each time, because tests and terminals exchange it."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"compose: {one_line(record.getMessage())}", err=True)


def one_line(text: str) -> str:
    """Fold a text into one printable line."""
    folded = " ".join(str(text).split())
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in folded)


def say(text: str) -> None:
    """Tell the person something on stderr, unless -q."""
    if verbosity() >= 0:
        click.echo(one_line(text), err=True)


def emit_json(data: Any) -> None:
    """Print plain JSON data on stdout."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        # A terminal in another encoding, or a file name that is no valid text.
        text = json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False)
    click.echo(text)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """Yield a progress callback; it draws on a terminal and is silent elsewhere and with -q."""
    if verbosity() < 0 or not sys.stderr.isatty():
        yield lambda _stage, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def report(stage: str, share: float) -> None:
            bar.update(task, description=one_line(stage)[:24], completed=share)

        yield report
