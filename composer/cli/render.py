"""``compose render``: audio from a MIDI file."""

from __future__ import annotations

from pathlib import Path

import click

from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, talk_options, unused
from composer.cli.talk import progress_bar, say
from composer.errors import MidiError, UsageError
from composer.files import check_writable

__all__ = ["command"]

_AUDIO = (".wav",)


@click.command("render", cls=ComposeCommand, short_help="Make audio from a MIDI file.")
@click.argument("midi", type=PATH)
@click.option("--out", type=PATH, metavar="FILE", help="Audio file (.wav).  [default: the MIDI file's name with .wav]")
@click.option("--soundfont", type=PATH, metavar="FILE.sf2", help="Soundfont.  [default: the first one found]")
@talk_options
def command(midi: Path, out: Path | None, soundfont: Path | None) -> None:
    """Play MIDI into an audio file (44.1 kHz, stereo). Any Standard MIDI File will do, also one edited elsewhere.

    \b
    Example:
      compose render sea.mid --out sea.wav
    """
    from composer import rendering

    path = out if out is not None else unused(Path(midi.stem + ".wav"))
    if path.suffix.lower() not in _AUDIO:
        raise UsageError(
            f"--out {str(path)!r}: the extension {path.suffix!r} is no audio; known: {', '.join(_AUDIO)}",
            hint="end the output's name in .wav",
        )
    if not midi.is_file():
        raise MidiError(f"MIDI file {str(midi)!r} does not exist", hint="check the path")
    check_writable(path)
    with progress_bar() as progress:
        progress(f"playing {midi.name}", 0.1)
        rendering.render_midi(midi, path, soundfont=soundfont)
    say(f"{path}: played from {midi}")
