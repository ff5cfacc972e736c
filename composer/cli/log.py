"""``compose log``: which pieces were made in the studio, when, from what, for whom."""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from composer.cli.console import one_line, say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, section_option, talk_options
from composer.errors import ImageError, UsageError

__all__ = ["command"]

_filter = section_option("Which pieces")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?")
_DIGEST = re.compile(r"[0-9a-fA-F]{6,64}")


@click.command("log", cls=ComposeCommand, short_help="List the pieces that were made in the studio.")
@_filter("--since", metavar="TIME", help="From this day or moment on, 2026-03-01 or 2026-03-01T14:30, UTC.")
@_filter("--until", metavar="TIME", help="Up to this day or moment, which is included.")
@_filter("--who", metavar="NAME", help="Asked for by this user; the studio's own page is 'studio'.")
@_filter("--kind", type=click.Choice(["composed", "rewritten", "nudged"]), help="How they came about.")
@_filter("--picture", metavar="FILE|SHA256", help="Made from this picture, or from the one with this digest.")
@_filter("--version", metavar="ID", help="The piece with this id.")
@_filter("--last", type=click.IntRange(1), metavar="N", help="The N latest of them.")
@click.option("--data", type=PATH, metavar="DIR", help="The studio's folder.  [default: the user's own]")
@click.option(
    "--json", "as_json", is_flag=True, help="Print whole lines of JSON: options, plan, weights, originality ..."
)
@talk_options
def command(*, data: Path | None, last: int | None, as_json: bool, picture: str | None, **values: Any) -> None:
    """List the pieces that were made in the studio or through its API, oldest first.

    A line each: when, who asked, how it came about, its id, key, tempo and bars, the longest run of notes that the
    training set has too, the picture's sha256, the title. --json prints everything that is known of each.

    \b
    Examples:
      compose log
      compose log --since 2026-03-01 --who ada
      compose log --picture sea.png --json
    """
    from composer import assets
    from composer.studio.log import LogFilter, read_log

    for name in ("since", "until"):
        values[name] = _moment(name, values[name])
    wanted = LogFilter(picture=_digest(picture) if picture is not None else None, **values)
    lines = read_log(data if data is not None else assets.home() / "studio", wanted)
    broken = 0

    def show(line: Mapping[str, Any]) -> None:
        click.echo(json.dumps(line) if as_json else one_line(_row(line)))

    kept: deque[dict[str, Any]] = deque(maxlen=last)
    for line in lines:
        if line is None:
            broken += 1
        elif last is None:
            show(line)
        else:
            kept.append(line)
    for line in kept:
        show(line)
    if broken:
        say(f"lines of the log that cannot be read, and are left out: {broken}")


def _moment(name: str, text: str | None) -> str | None:
    if text is not None and _MOMENT.fullmatch(text) is None:
        raise UsageError(f"--{name}: {text!r} is no day or moment", hint="give 2026-03-01 or 2026-03-01T14:30, UTC")
    return text


def _digest(picture: str) -> str:
    """The digest that was given, or that of the file."""
    path = Path(picture)
    if not path.is_file() and _DIGEST.fullmatch(picture):
        return picture
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise ImageError(
            f"--picture: {picture!r} cannot be read", hint="give a picture's path, or six or more digits of its sha256"
        ) from error


def _row(line: Mapping[str, Any]) -> str:
    plan, originality = line.get("plan") or {}, line.get("originality") or {}
    music = f"{plan.get('tonic')} {plan.get('mode')}, {plan.get('tempo_bpm')} bpm, {plan.get('bars')} bars"
    picture = str(line.get("picture_sha256") or "none")[:12]
    made = " ".join(str(line.get(name)) for name in ("time", "who", "kind", "version"))
    run = originality.get("longest_run")
    return f"{made}: {music}; longest run {run}; picture {picture}; {plan.get('title')}"
