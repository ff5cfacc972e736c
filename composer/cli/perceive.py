"""``compose perceive``: what is read from a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from composer.cli.console import emit_json, one_line, progress_bar, say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, captioner_option, clip_option, section_option, talk_options, words_options
from composer.errors import UsageError
from composer.files import check_writable

if TYPE_CHECKING:
    from composer.types import Painting, Perception, Region

__all__ = ["command"]

_more = section_option("Result")


@click.command("perceive", cls=ComposeCommand, short_help="Print what is read from a picture, as JSON.")
@click.argument("picture", type=PATH)
@click.argument("more", nargs=-1, metavar="[TEXT]...")
@clip_option
@captioner_option
@words_options
@_more("--alt", is_flag=True, help="Print only the alternative text, for people who cannot see the picture.")
@_more(
    "--ask",
    multiple=True,
    metavar="TEXT...",
    help="Rank these texts by how well they fit the picture; the best is first under 'asked'.",
)
@_more(
    "--explain",
    type=PATH,
    metavar="FILE.png",
    help="Draw a sheet: the picture, the regions that moved the reading, colours, feeling and words.",
)
@_more("--regions", is_flag=True, help="List three to six regions, each with its feeling and colours, under 'regions'.")
@talk_options
def command(
    *,
    picture: Path,
    more: tuple[str, ...],
    clip: str | None,
    captioner: str | None,
    alt: bool,
    ask: tuple[str, ...],
    explain: Path | None,
    regions: bool,
    **words: Any,
) -> None:
    """Print what is read from PICTURE as JSON on stdout.

    Caption, alternative text, valence and arousal in [-1, 1] with their uncertainty, emotions, ranked words, palette,
    and which model or rule each reading came from. --alt prints the alternative text alone, --ask ranks texts of your
    own against the picture, --explain draws a sheet about the reading, --regions lists the parts that the eye rests on.
    Title, artist and text that come with the picture are heard too, from options, from the file's metadata or its name;
    --ignore-words leaves them out.

    \b
    Examples:
      compose perceive sea.png
      compose perceive sea.png --alt
      compose perceive sea.png --title "Melancholy" --artist "Edvard Munch"
      compose perceive sea.png --ask "a storm at sea" "a quiet interior"
      compose perceive sea.png --explain sheet.png
      compose perceive sea.png --regions
    """
    texts = _texts(ask, more, alt=alt)
    if explain is not None:
        _check_sheet(explain, picture)
    from composer.options import ComposeOptions
    from composer.pipeline.compose import perception_to_json
    from composer.pipeline.plan_input import given_words, look, words_of
    from composer.rendering.jsonable import jsonable

    given = given_words(ComposeOptions(image=picture, **words))
    painting, perception = look(picture, clip=clip, captioner=captioner, given=given)
    asked = _asked(perception, texts, clip) if texts else []
    eyed = _regions(painting) if explain is not None or (regions and not alt) else ()
    if explain is not None:
        title = words_of(painting, given).heading or "Untitled"
        _draw(explain, title=title, painting=painting, perception=perception, regions=eyed, clip=clip)
    if alt:
        click.echo(one_line(perception.alt))
        return
    found = {"regions": [jsonable(region) for region in eyed]} if regions else {}
    emit_json(perception_to_json(perception) | ({"asked": asked} if texts else {}) | found)


def _texts(ask: tuple[str, ...], more: tuple[str, ...], *, alt: bool) -> tuple[str, ...]:
    """All texts; click gives an option one value, so that those after the first arrive as arguments."""
    if more and not ask:
        raise UsageError(
            f"{more[0]!r}: only one picture is read at a time", hint='say --ask before texts: --ask "a storm at sea"'
        )
    if ask and alt:
        raise UsageError(
            "--alt prints the alternative text alone, without what --ask finds", hint="leave one of them out"
        )
    return (*ask, *more)


def _check_sheet(path: Path, picture: Path) -> None:
    from composer.perception.explanation import check_format

    check_format(path)
    if path.exists() and picture.exists() and path.samefile(picture):
        raise UsageError(f"--explain: {str(path)!r} is the picture itself", hint="give the sheet another name")
    check_writable(path)


def _asked(perception: Perception, texts: tuple[str, ...], clip: str | None) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from composer.perception.encoder import load_encoder
    from composer.perception.text_ranking import rank_texts

    return [asdict(item) for item in rank_texts(load_encoder(clip), perception.embedding, texts)]


def _regions(painting: Painting) -> tuple[Region, ...]:
    from composer.perception.regions import find_regions

    with progress_bar() as progress:
        return find_regions(painting, progress=lambda share: progress("reading regions", share))


def _draw(path: Path, **sheet: Any) -> None:
    from composer.perception.explanation import explain

    with progress_bar() as progress:
        explain(path, progress=progress, **sheet)
    say(f"{path}: written")
