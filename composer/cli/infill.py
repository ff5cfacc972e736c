"""``compose infill``: bars of a MIDI file written anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from composer.cli.bar_editing import rewrite_options, write_rewritten
from composer.cli.group import ComposeCommand
from composer.cli.parameters import BAR_RANGE, PATH, sampling_options, talk_options
from composer.errors import UsageError

__all__ = ["command"]


@click.command("infill", cls=ComposeCommand, short_help="Write some bars of a MIDI file anew.")
@click.argument("midi", type=PATH)
@click.option(
    "--bars",
    type=BAR_RANGE,
    required=True,
    metavar="FIRST-LAST",
    help="Bars to write anew, from 1: 5-8, or 5.",
)
@click.option(
    "--tracks",
    metavar="LIST",
    help="Tracks to write in, by number or a part of the name, comma-separated: violin,3.  [default: all]",
)
@rewrite_options
@sampling_options
@talk_options
def command(midi: Path, bars: tuple[int, int], tracks: str | None, **values: Any) -> None:
    """Write some bars of MIDI anew and leave everything else as it is, to the last event.

    Any Standard MIDI File will do. Harmony, register, density and texture are taken from the bars around, or from the
    chord symbols that Composer wrote into the file. Replaced are the notes that start in the bars; a note that starts
    before and sounds into them stays. Without --tracks, a track keeps the bars in which it rests.

    Drum tracks are not invented: they copy the pattern of a neighbouring bar.

    Tracks count from 1, in the file's order; only those with notes count. Several channels in one track of the file
    are several tracks. An unknown name is answered with the list.

    \b
    Examples:
      compose infill sea.mid --bars 5-8 --out sea2.mid
      compose infill sea.mid --bars 5-8 --tracks violin --seed 3 --out sea3.mid
      compose infill song.mid --bars 12 --tracks 2,bass --candidates 8 --out song2.mid
    """
    from composer.music.infill import infill

    names = tuple(name for name in (tracks or "").split(",") if name.strip())
    if tracks is not None and not names:
        raise UsageError("--tracks: no track is named", hint="give numbers or names, comma-separated, or leave it out")
    write_rewritten(midi, lambda **settings: infill(midi, bars=bars, tracks=names, **settings), **values)
