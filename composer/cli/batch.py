"""``compose batch``: a whole collection, by several processes, each picture exactly once."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from composer.cli.console import EXIT_FAILURE, EXIT_INTERRUPTED, one_line, say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import (
    PATH,
    captioner_option,
    clip_option,
    humanize_option,
    plan_options,
    sampling_options,
    section_option,
    talk_options,
)

if TYPE_CHECKING:
    from composer.batch import Batch, Summary
    from composer.batch.piece_job import Outcome

__all__ = ["command"]

_collection = section_option("Collection")
_start = section_option("Start from")
_result = section_option("Result")


@click.command("batch", cls=ComposeCommand, short_help="Compose a whole collection of pictures.")
@click.argument("source", metavar="SOURCE")
@_collection("--out", "folder", type=PATH, required=True, metavar="DIR", help="Folder for results, records and table.")
@_collection("--format", "formats", default="mid", show_default=True, metavar="LIST", help="mid,musicxml,pdf,wav ...")
@_collection("--manifest", metavar="TABLE", help="CSV or Parquet beside a folder: a picture and its options a row.")
@_collection("--workers", type=click.IntRange(1, 256), default=2, show_default=True, help="Processes.")
@_collection(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help='Where the processes are: on this machine, or on a Ray cluster (extra "cluster").',
)
@_collection("--resume", is_flag=True, help="Finish what was begun in DIR; what failed is tried again.")
@_collection("--limit", type=click.IntRange(1), metavar="N", help="The first N pictures only.")
@_collection("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@_start("--valence", type=float, metavar="X", help="How pleasant, -1 to 1, instead of what the pictures say.")
@_start("--arousal", type=float, metavar="X", help="How excited, -1 to 1, instead of what the pictures say.")
@_start("--mood", metavar="WORDS", help="The feeling in words, instead of what the pictures say.")
@_start("--artist", metavar="NAME", help="Who made the pictures.  [default: from each picture's metadata or name]")
@_start("--ignore-words", is_flag=True, help="Look at the pixels alone; words only name the pieces.")
@clip_option
@captioner_option
@plan_options
@sampling_options
@_result("--soundfont", type=PATH, metavar="FILE.sf2", help="Soundfont for audio.  [default: the first one found]")
@humanize_option
@_result("--pitch", metavar="NAME", help="Transposing instruments at concert or written pitch.")
@_result("--page", metavar="NAME", default="a4", show_default=True, help="Page size: a4 or letter.")
@_result("--json", "as_json", is_flag=True, help="Print a line of JSON for each picture, then one for the whole.")
@talk_options
def command(
    *,
    source: str,
    folder: Path,
    formats: str,
    manifest: str | None,
    workers: int,
    engine: str,
    resume: bool,
    limit: int | None,
    dry_run: bool,
    as_json: bool,
    **values: Any,
) -> None:
    """Compose every picture of SOURCE: a folder, a glob in quotes, a CSV or Parquet manifest, or an address (s3://, https://
    ...; extra "collections").

    Each picture gives the files that 'compose --image' would write with the same options, and a row in the closing
    table (table.csv; table.parquet too where the extra is installed). A picture is done when its record and its files
    are there: stopped at any moment, the same command with --resume finishes the rest. A manifest has a column
    "picture", columns named like options (title, artist, seed, bars ...), "name" for the results' name, and any others
    as labels. Exit code 1 where a picture failed; everything else is kept.

    \b
    Examples:
      compose batch paintings/ --out music --workers 4 --format mid,musicxml
      compose batch "paintings/**/*.jpg" --out music --bars 16 --limit 10
      compose batch museum.csv --out music --resume
    """
    from composer.batch import plan_batch, run_batch

    values["soundfont"] = str(values["soundfont"]) if values["soundfont"] is not None else None
    batch = plan_batch(source, folder, formats=formats.split(","), options=values, manifest=manifest, limit=limit)
    if dry_run:
        _show(batch, as_json=as_json)
        return
    talk = _Talk(len(batch.pieces), as_json=as_json)
    try:
        summary = run_batch(batch, workers=workers, engine=engine, resume=resume, report=talk.tell)
    except KeyboardInterrupt:
        click.echo("compose: error: interrupted\nhint: what is done is kept; --resume does the rest", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from None
    _close(summary, as_json=as_json)


def _line(data: dict[str, Any]) -> None:
    click.echo(json.dumps(data, allow_nan=False))


def _show(batch: Batch, *, as_json: bool) -> None:
    for piece in batch.pieces:
        files = [f"{piece.name}.{extension}" for extension in batch.formats]
        if as_json:
            _line({"name": piece.name, "picture": piece.picture, "files": files, "options": dict(piece.options)})
        else:
            click.echo(one_line(f"{piece.picture}: {', '.join(files)}"))
    say(f"{len(batch.pieces)} pictures; nothing was made")


class _Talk:
    """A line for each picture, with the rate and the time that is left."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        self._total, self._as_json = total, as_json
        self._started, self._seen, self._worked = time.monotonic(), 0, 0

    def tell(self, outcome: Outcome) -> None:
        """Report an outcome."""
        self._seen += 1
        self._worked += not outcome.kept
        if self._as_json:
            state = "kept" if outcome.kept else "failed" if outcome.error else "made"
            _line({
                "name": outcome.name, "picture": outcome.picture, "state": state, "seconds": outcome.seconds,
                "error": outcome.error, "hint": outcome.hint,
            })  # fmt: skip
        if outcome.kept:
            return
        passed = max(time.monotonic() - self._started, 1e-3)
        rate = self._worked / passed
        left = _duration((self._total - self._seen) / rate)
        what = f"error: {outcome.error}" if outcome.error else f"{outcome.seconds:.1f} s"
        say(f"{self._seen}/{self._total} {outcome.name}: {what}; {rate * 3600:.0f} an hour, {left} left")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _close(summary: Summary, *, as_json: bool) -> None:
    """Sum up, and leave with the exit code of a failure where a picture failed."""
    if as_json:
        _line({
            "made": summary.made, "kept": summary.kept, "failed": [outcome.name for outcome in summary.failed],
            "slowest": [outcome.name for outcome in summary.slowest], "seconds": summary.seconds,
            "tables": [str(path) for path in summary.tables],
        })  # fmt: skip
    if summary.slowest:
        say("slowest: " + ", ".join(f"{one.name} {one.seconds:.1f} s" for one in summary.slowest))
    for outcome in summary.failed:
        say(f"failed: {outcome.name}: {outcome.error} ({outcome.hint})")
    say(
        f"{summary.made} made, {summary.kept} kept, {len(summary.failed)} failed in {_duration(summary.seconds)}; "
        + ", ".join(str(path) for path in summary.tables)
    )
    if summary.failed:
        raise click.exceptions.Exit(EXIT_FAILURE)
