"""``compose studio``: a page where a painting is heard."""

from __future__ import annotations

from pathlib import Path

import click

from composer.cli.console import say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, talk_options

__all__ = ["command"]


@click.command("studio", cls=ComposeCommand, short_help="Open a page where a painting is heard and its piece changed.")
@click.option("--port", type=click.IntRange(1, 65535), default=8765, show_default=True, metavar="N", help="Its port.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="The address it listens at.")
@click.option("--open/--no-open", "shown", default=True, help="Open it in the browser.  [default: open]")
@click.option("--data", type=PATH, metavar="DIR", help="Folder for its pictures and pieces.  [default: the user's own]")
@talk_options
def command(*, port: int, host: str, shown: bool, data: Path | None) -> None:
    """Open a page where a painting is heard and its piece is changed.

    Everything stays on this machine. The address is printed first; its token opens the page once, in one browser.
    Ctrl-C ends the studio; pictures and pieces are there again at the next start, unless their folder is deleted.

    \b
    Examples:
      compose studio
      compose studio --port 9000 --no-open --data studio
    """
    import secrets

    from composer import assets
    from composer.extras import need

    need("studio", "compose studio")
    from composer.studio.server import address, app, serve

    token = secrets.token_urlsafe(32)
    place = address(host, port, token)
    guarded = app(data if data is not None else assets.home() / "studio", host=host, port=port, token=token)
    click.echo(place)
    say("Ctrl-C ends the studio")
    if shown:
        click.launch(place)
    serve(guarded, host=host, port=port)
