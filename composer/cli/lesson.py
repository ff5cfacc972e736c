"""``compose lesson``: a worksheet about a picture and its music."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from composer.cli.console import progress_bar, say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import (
    PATH,
    plan_options,
    sampling_options,
    section_option,
    source_options,
    talk_options,
    unused,
)
from composer.options import ComposeOptions

__all__ = ["command"]

_SOLO = "piano"
"""Who plays when nobody says otherwise: one player, so that the music fits a page."""

_lesson = section_option("Lesson")


@click.command("lesson", cls=ComposeCommand, short_help="Make a lesson: picture, music, activities, answers.")
@section_option("Start from")("--image", type=PATH, metavar="PICTURE", help="The picture; - for standard input.")
@source_options
@_lesson(
    "--out",
    "outs",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Lesson (.pdf or .html); may be repeated.  [default: the picture's name with -lesson.pdf, in this folder]",
)
@_lesson("--language", metavar="TAG", default="en", show_default=True, help="en, es or ja.")
@_lesson("--page", metavar="SIZE", default="a4", show_default=True, help="a4 or letter.")
@_lesson("--large-print", is_flag=True, help="Text of 18 points, larger staves.")
@_lesson("--no-audio", is_flag=True, help="Leave out the WAV files for the listening comparison.")
@_lesson("--soundfont", type=PATH, metavar="FILE.sf2", help="Soundfont for audio.  [default: the first one found]")
@plan_options
@sampling_options
@talk_options
def command(
    *, outs: tuple[Path, ...], language: str, page: str, large_print: bool, no_audio: bool, **values: Any
) -> None:
    """Make a lesson about a picture and the music made from it, with the answers at the end.

    The picture with its caption, a page of music, and activities about what the plan did: find the home note, name
    chords, clap a bar, find what comes back, hear the words of the caption, answer a phrase, compare versions. MusicXML
    for screen readers and braille and recordings to compare are written beside it. Without --instruments the piece is
    for piano; --level says how hard it may be.

    \b
    Examples:
      compose lesson --image sea.png --level 2 --out sea.pdf
      compose lesson --image sea.png --language ja --large-print --out sea.pdf --out sea.html
    """
    from composer.pipeline.lesson import LessonOptions, make_lesson

    source: Path | None = values["image"] or values["plan"]
    outs = outs or (unused(Path(f"{source.stem if source else 'composition'}-lesson.pdf")),)
    if all(values[name] is None for name in ("instruments", "level", "plan")):
        values["instruments"] = _SOLO
    with progress_bar() as progress:
        done = make_lesson(
            ComposeOptions(outs=outs, **values),
            LessonOptions(language=language, page=page, large_print=large_print, audio=not no_audio),
            progress=progress,
        )
    plan = done.composition.plan
    say(f"{', '.join(map(str, done.lessons))}: {plan.title}; {plan.tonic} {plan.mode}, {plan.bars} bars")
    say(f"beside it: {', '.join(path.name for path in done.beside)}")
    if done.no_audio is not None and not no_audio:
        say(f"no WAV files: {done.no_audio}")
