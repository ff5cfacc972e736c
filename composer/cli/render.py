"""``compose render``: audio, scores and bundles from a MIDI file."""

from __future__ import annotations

from pathlib import Path

import click

from composer.cli.console import emit_json, progress_bar, say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import BAR_RANGE, PATH, talk_options, unused
from composer.errors import MidiError

__all__ = ["command"]


@click.command("render", cls=ComposeCommand, short_help="Make audio, a score or a bundle from a MIDI file.")
@click.argument("midi", type=PATH)
@click.option(
    "--out",
    "outs",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Result; the extension chooses the format (.wav, .musicxml, .pdf, .png, .zip ...). May be repeated.  "
    "[default: the MIDI file's name with .wav]",
)
@click.option(
    "--bars",
    type=BAR_RANGE,
    metavar="FIRST-LAST",
    help="Bars of the file to print, from 1: 9-24, or 9.  [default: all]",
)
@click.option("--stems", type=PATH, metavar="DIR", help="Also write one WAV per part into this folder.")
@click.option("--soundfont", type=PATH, metavar="FILE.sf2", help="Soundfont.  [default: the first one found]")
@click.option("--json", "as_json", is_flag=True, help="Print {repairs, warnings, outputs} on stdout.")
@talk_options
def command(
    midi: Path,
    outs: tuple[Path, ...],
    bars: tuple[int, int] | None,
    stems: Path | None,
    soundfont: Path | None,
    *,
    as_json: bool,
) -> None:
    """Make audio, a score or a bundle from MIDI. Any Standard MIDI File will do, also one edited elsewhere.

    Audio is played from the file as it is. A score holds every note, on a grid of sixteenths and triplets, with all
    changes of meter, tempo and key; what it has otherwise than the file is said, with bars and parts.

    \b
    Examples:
      compose render sea.mid --out sea.wav
      compose render edited.mid --out edited.pdf --out edited.musicxml
      compose render long.mid --bars 9-24 --out excerpt.pdf
      compose render edited.mid --stems stems
    """
    from composer.midi.reader import open_midi
    from composer.pipeline.output import check_results, render
    from composer.rendering.jsonable import jsonable

    paths = outs or (() if stems is not None else (unused(Path(midi.stem + ".wav")),))
    check_results(paths, inputs=(midi, soundfont), soundfont=soundfont, stems=stems)
    if not midi.is_file():
        raise MidiError(f"MIDI file {str(midi)!r} does not exist", hint="check the path")
    file = open_midi(midi)
    with progress_bar() as progress:
        done = render(file, paths, bars=bars, soundfont=soundfont, stems=stems, progress=progress)
    remarks = list(dict.fromkeys(remark for output in done for remark in output.facts.get("remarks", ())))
    for remark in remarks:
        say(f"warning: {remark}")
    if as_json:
        repairs = [repair.to_json() for repair in file.repairs]
        emit_json({"repairs": repairs, "warnings": remarks, "outputs": jsonable(done)})
    say(f"{', '.join(str(output.path) for output in done)}: made from {midi}")
