#!/usr/bin/env python3
"""Write docs/cli.md from the commands themselves.

scripts/document_cli.py            write it
scripts/document_cli.py --check    exit with 1 when it is not up to date
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from composer.cli import app
from composer.files import atomic_write

TARGET = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
WIDTH = 100
PREFACE = """# Command line

<!-- Made by scripts/document_cli.py from the commands' own help; edit that instead. -->

Data goes to stdout, talk and progress to stderr. An error is two lines on stderr, `compose: error: ...` and
`hint: ...`; no file is left behind by a command that failed.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | an expected failure: the picture, plan or MIDI file cannot be used, the result cannot be written |
| 2 | wrong usage: an unknown option, a value out of its range, an unknown extension |
| 3 | a model file, tokenizer or soundfont is missing or fails its check |
| 4 | an outside program or library failed (FluidSynth, pip in `scripts/compose`) |
| 130 | interrupted |

| variable | meaning |
|---|---|
| `COMPOSER_HOME` | folder with model files of your own, and the place where `compose models pull` puts things |
| `COMPOSER_OFFLINE` | `1`: never use the network (only `compose models pull` ever does) |
| `COMPOSER_SOUNDFONT` | soundfont for audio, when `--soundfont` is not given |
"""


def main() -> int:
    text = document()
    if "--check" in sys.argv[1:]:
        fresh = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text
        if not fresh:
            print("docs/cli.md is not up to date: run scripts/document_cli.py", file=sys.stderr)
        return 0 if fresh else 1
    with atomic_write(TARGET) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return 0


def document() -> str:
    """The whole page."""
    parts = [PREFACE]
    for path, command in walk("compose", app):
        # The names of the help option come down from the root command; click remembers those it met first.
        names = app.context_settings["help_option_names"]
        ctx = click.Context(
            command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH, help_option_names=names
        )
        parts.append(f"## `{path}`\n\n```text\n{command.get_help(ctx).rstrip()}\n```\n")
    return "\n".join(parts)


def walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Yield a command and those below it, with their full names."""
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from walk(f"{path} {name}", command.commands[name])


if __name__ == "__main__":
    sys.exit(main())
