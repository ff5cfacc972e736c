"""``compose continue``: bars added at the end of a MIDI file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from composer.cli.bar_editing import rewrite_options, write_rewritten
from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, sampling_options, talk_options

__all__ = ["command"]


@click.command("continue", cls=ComposeCommand, short_help="Add bars at the end of a MIDI file.")
@click.argument("midi", type=PATH)
@click.option("--bars", type=int, default=8, show_default=True, metavar="N", help="How many bars to add, 1 to 64.")
@rewrite_options
@sampling_options
@talk_options
def command(midi: Path, bars: int, **values: Any) -> None:
    """Add bars at the end of MIDI; what is there stays as it is.

    The harmony of the last section (or of the last eight bars, where no sections are marked) comes again, with new
    notes that begin like it and go their own way, and closes on the tonic. Every track that plays near the end goes on;
    drum tracks repeat their pattern. Tempo and meter stay those of the end.

    \b
    Examples:
      compose continue sea.mid --bars 8 --out longer.mid
      compose continue song.mid --bars 16 --seed 3 --out longer.mid
    """
    from composer.music.infill import extend

    write_rewritten(midi, lambda **settings: extend(midi, bars=bars, **settings), **values)
