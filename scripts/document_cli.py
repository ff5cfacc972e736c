#!/usr/bin/env python3
"""Write docs/cli.md and the man page docs/compose.1 from the commands themselves.

scripts/document_cli.py            write them
scripts/document_cli.py --check    exit with 1 when one is not up to date
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from composer.cli import app
from composer.files import atomic_write

DOCS = Path(__file__).resolve().parents[1] / "docs"
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
| 4 | an outside program or package failed or is missing (an extra, a synthesizer, ffmpeg, pip in `scripts/compose`) |
| 130 | interrupted |

| variable | meaning |
|---|---|
| `COMPOSER_HOME` | folder with model files of your own, and the place where `compose models pull` puts things |
| `COMPOSER_OFFLINE` | `1`: never use the network (only `compose models pull` and `--server` ever do) |
| `COMPOSER_SOUNDFONT` | soundfont for audio, when `--soundfont` is not given |
| `COMPOSER_TOKEN` | token for `--server`, when `--token` is not given |
"""


def main() -> int:
    pages = {DOCS / "cli.md": document(), DOCS / "compose.1": man_page()}
    if "--check" in sys.argv[1:]:
        stale = [path for path, text in pages.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
        for path in stale:
            print(f"docs/{path.name} is not up to date: run scripts/document_cli.py", file=sys.stderr)
        return int(bool(stale))
    for path, text in pages.items():
        with atomic_write(path) as temporary:
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


def man_page() -> str:
    """The manual page, in the macros of man(7)."""
    summary = (app.help or "").splitlines()[0].rstrip(".").lower()
    lines = ['.TH COMPOSE 1 "" "painting-composer" "User Commands"', ".SH NAME", f"compose \\- {roff(summary)}"]
    lines += [".SH SYNOPSIS", ".B compose", "[OPTIONS] [COMMAND] [ARGUMENTS]"]
    for path, command in walk("compose", app):
        ctx = click.Context(command, info_name=path, help_option_names=app.context_settings["help_option_names"])
        lines.append(f".SH {roff(path.upper())}" if path != "compose" else ".SH DESCRIPTION")
        lines += paragraphs(command.help or "")
        for parameter in command.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                lines += [".TP", f".B {roff(record[0])}", roff(record[1])]
    lines += [
        ".SH EXIT STATUS",
        *("0 done, 1 an expected failure, 2 wrong usage, 3 a model file or soundfont is missing or",),
    ]
    lines += ["damaged, 4 an outside program or package failed or is missing, 130 interrupted.", ".SH ENVIRONMENT"]
    lines.append(
        "COMPOSER_HOME (own and fetched models), COMPOSER_OFFLINE (1: never use the network), COMPOSER_SOUNDFONT."
    )
    return "\n".join(lines) + "\n"


def roff(text: str) -> str:
    """A line as the formatter shows it unchanged."""
    safe = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{safe}" if safe.startswith((".", "'")) else safe


def paragraphs(text: str) -> list[str]:
    """A command's help; what click is told not to wrap stays in its lines."""
    lines: list[str] = []
    for block in inspect.cleandoc(text).split("\n\n"):
        if block.startswith("\b"):
            lines += [".PP", ".nf", *(roff(line) for line in block.splitlines()[1:]), ".fi"]
        else:
            lines += [".PP", roff(block)]
    return lines


def walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Yield a command and those below it, with their full names."""
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from walk(f"{path} {name}", command.commands[name])


if __name__ == "__main__":
    sys.exit(main())
