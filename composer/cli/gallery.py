"""``compose gallery``: a static site of a collection."""

from __future__ import annotations

from pathlib import Path

import click

from composer.cli.console import progress_bar, say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, section_option, talk_options

__all__ = ["command"]

_result = section_option("Result")


@click.command("gallery", cls=ComposeCommand, short_help="Make a static site of a collection.")
@click.argument("folder", type=PATH, metavar="DIR")
@_result(
    "--out", "site", type=PATH, required=True, metavar="SITE", help="Folder of the site; an older one is replaced."
)
@_result("--title", default="A gallery of music", show_default=True, metavar="TEXT", help="Heading of the page.")
@talk_options
def command(*, folder: Path, site: Path, title: str) -> None:
    """Make a site of the collection in DIR, as 'compose batch' left it: pictures, captions, players, files, a map of
    feelings, filters, and search by a sentence.

    It is a folder of plain files: open its index.html in a browser, or put it on any web server. Search runs in the
    page; nothing is sent anywhere. Where the collection has audio or films (--format mid,mp3), the page plays them,
    else plain tones. The pictures must still be where they were when the collection was composed. Pictures and results
    are copied into the site: publish only what you may.

    \b
    Examples:
      compose batch paintings/ --out music --format mid,mp3,pdf
      compose gallery music --out site --title "Paintings of the sea"
    """
    from composer.gallery import make_gallery

    with progress_bar() as progress:
        done = make_gallery(folder, site, title=title, progress=progress)
    for name in done.without_picture:
        say(f"{name}: its picture is not where it was, or another by now; shown without")
    say(f"{done.page}: {done.pieces} pieces")
