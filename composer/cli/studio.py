"""``compose studio``: a page where a painting is heard."""

from __future__ import annotations

from pathlib import Path

import click

from composer.cli.console import say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, section_option, talk_options
from composer.errors import UsageError
from composer.extras import need

__all__ = ["command"]

_users = section_option("Several users")


@click.command("studio", cls=ComposeCommand, short_help="Open a page where a painting is heard and its piece changed.")
@click.option("--port", type=click.IntRange(1, 65535), default=8765, show_default=True, metavar="N", help="Its port.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="The address it listens at.")
@click.option("--open/--no-open", "shown", default=True, help="Open it in the browser.  [default: open]")
@click.option("--data", type=PATH, metavar="DIR", help="Folder for its pictures and pieces.  [default: the user's own]")
@_users("--add-user", metavar="NAME", help="Make a token for this user, print it, and end; a former one ends with it.")
@_users("--remove-user", metavar="NAME", help="Take this user's token back, and end.")
@_users("--quota", type=click.IntRange(1), metavar="N", help="Pieces an hour for each of them.  [default: 60]")
@_users("--waiting", type=click.IntRange(1), metavar="N", help="Requests of one user that wait at once.  [default: 4]")
@_users(
    "--address",
    "addresses",
    multiple=True,
    metavar="URL",
    help="Where else it is reached, https://museum.example, through a proxy. May be repeated.",
)
@talk_options
def command(
    *,
    port: int,
    host: str,
    shown: bool,
    data: Path | None,
    add_user: str | None,
    remove_user: str | None,
    quota: int | None,
    waiting: int | None,
    addresses: tuple[str, ...],
) -> None:
    """Open a page where a painting is heard and its piece is changed.

    Everything stays on this machine. The address is printed first; its token opens the page once, in one browser.
    Ctrl-C ends the studio; pictures and pieces are there again at the next start, unless their folder is deleted.

    One studio can serve several users, from pages and from 'compose --server': each has a token, sees what is theirs
    alone, and may ask for so many pieces an hour. Without a proxy that speaks https, tokens and pieces can be read on
    the way.

    \b
    Examples:
      compose studio
      compose studio --port 9000 --no-open --data studio
      compose studio --add-user ada
      compose studio --host 0.0.0.0 --address https://museum.example --no-open --quota 20
    """
    from composer import assets

    folder = data if data is not None else assets.home() / "studio"
    if add_user is not None or remove_user is not None:
        _change_users(folder, add_user, remove_user)
        return
    limits = {"quota": quota, "waiting": waiting}
    _open(folder, host=host, port=port, shown=shown, addresses=addresses, limits=limits)


def _change_users(folder: Path, added: str | None, removed: str | None) -> None:
    from composer.studio import users

    if removed is not None:
        users.remove_user(folder, removed)
        say(f"{removed}: the token no longer works")
    if added is not None:
        click.echo(users.add_user(folder, added))
        say("a browser opens the studio's address with /?token=TOKEN; a program sends it as a bearer token")


def _open(
    folder: Path, *, host: str, port: int, shown: bool, addresses: tuple[str, ...], limits: dict[str, int | None]
) -> None:
    import secrets

    need("studio", "compose studio")
    from composer.studio.server import ANYWHERE, address, app, serve
    from composer.studio.workshop import Limits

    if host in ANYWHERE and not addresses:
        hint = "add --address http://NAME:PORT, as it is typed into a browser"
        raise UsageError(f"--host {host!r}: nobody can tell by which name the studio is reached", hint=hint)
    token = secrets.token_urlsafe(32)
    chosen = Limits(**{name: value for name, value in limits.items() if value is not None})
    guarded = app(folder, host=host, port=port, token=token, limits=chosen, addresses=addresses)
    place = address(host, port, token)
    click.echo(place)
    say("Ctrl-C ends the studio")
    if shown:
        click.launch(place)
    serve(guarded, host=host, port=port)
