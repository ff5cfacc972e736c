"""``compose perceive``: what is read from a picture."""

from __future__ import annotations

from pathlib import Path

import click

from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, clip_option, talk_options
from composer.cli.talk import emit_json

__all__ = ["command"]


@click.command("perceive", cls=ComposeCommand, short_help="Print what is read from a picture, as JSON.")
@click.argument("picture", type=PATH)
@clip_option
@talk_options
def command(picture: Path, clip: str | None) -> None:
    """Print what is read from PICTURE as JSON on stdout.

    Caption, valence and arousal in [-1, 1] with their uncertainty, emotions, ranked words, palette, and which model or
    rule each reading came from.

    \b
    Example:
      compose perceive sea.png
    """
    from composer import pipeline

    emit_json(pipeline.perception_to_json(pipeline.perceive(picture, clip=clip)))
