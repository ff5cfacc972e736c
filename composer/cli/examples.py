"""``compose examples``: pictures to try it with."""

from __future__ import annotations

from pathlib import Path

import click

from composer import assets
from composer.cli.console import say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, talk_options
from composer.errors import OutputError
from composer.files import atomic_write

__all__ = ["command"]


@click.command("examples", cls=ComposeCommand, short_help="Copy four pictures to try it with.")
@click.argument("folder", type=PATH, default=Path("examples"), metavar="[FOLDER]")
@talk_options
def command(folder: Path) -> None:
    """Copy the example pictures into FOLDER, "examples" if none is named, and print their names on stdout.

    A picture that is there already stays as it is.

    \b
    Examples:
      compose examples
      compose --image examples/storm-at-night.png
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"cannot make the folder {str(folder)!r}: {reason}", hint="name another folder") from error
    targets = []
    for picture in sorted(assets.resolve("examples").glob("*.png")):
        target = folder / picture.name
        if not target.exists():
            with atomic_write(target) as temporary:
                temporary.write_bytes(picture.read_bytes())
        targets.append(target)
        click.echo(target)
    say(f"next: compose --image {targets[-1]}")
