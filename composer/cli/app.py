"""The root command: ``compose --image x.png --out x.mid``, and the subcommands beside it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from composer.cli import (
    batch,
    completion,
    continuation,
    doctor,
    evaluate,
    examples,
    feedback,
    gallery,
    infill,
    lesson,
    log,
    models,
    perceive,
    plan,
    render,
    studio,
)
from composer.cli.console import emit_json, progress_bar, say
from composer.cli.group import ComposeGroup
from composer.cli.parameters import (
    PATH,
    humanize_option,
    plan_options,
    sampling_options,
    section_option,
    source_options,
    talk_options,
    unused,
)
from composer.cli.remote import check_server, compose_on_server
from composer.cli.standard_output import is_standard_output, results_with_standard_output
from composer.cli.welcome import next_steps, welcome
from composer.options import ComposeOptions
from composer.version import __version__

__all__ = ["app", "entry"]

_EPILOG = """\b
Examples:
  compose --image sea.png --out sea.mid
  compose --image sea.png --out sea.mid --out sea.wav --bars 32 --seed 7
  compose --image sea.png --key D --mode dorian --tempo 84 --instruments "flute,harp,cello"
  compose plan sea.png > plan.json      then edit plan.json and:
  compose --plan plan.json --out sea.mid
  compose --image sea.png --title "Shipwreck off Stavanger" --out sea.mid
  compose --mood "quiet grief, then a little hope" --out hope.mid
  compose --valence -0.6 --arousal 0.4 --out storm.mid
  compose --image sea.png --level 1 --out sea.pdf --lead-sheet lead.pdf --parts parts
  compose --server https://museum.example --image sea.png --out sea.mid
  compose --recipe sea.json --out sea.pdf --out sea.wav
  compose infill sea.mid --bars 5-8 --tracks violin --out sea2.mid

\b
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a model file or soundfont is missing or damaged,
4 an outside program failed, 130 interrupted.

\b
Environment: COMPOSER_HOME (own and fetched models), COMPOSER_OFFLINE (1: never use the network),
COMPOSER_SOUNDFONT (soundfont for audio), COMPOSER_TOKEN (for --server).
"""

_result = section_option("Result")
_stand = section_option("Music stand")


@click.group(
    cls=ComposeGroup,
    invoke_without_command=True,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@section_option("Start from")(
    "--image",
    type=PATH,
    metavar="PICTURE",
    help="PNG, JPEG, WebP, TIFF, BMP, GIF, AVIF, JPEG 2000 or HEIC; - for standard input.",
)
@section_option("Start from")(
    "--recipe",
    type=PATH,
    metavar="PIECE.json",
    help="Make the piece of this file again, note for note: one that --out or the studio wrote as JSON.",
)
@source_options
@_result(
    "--out",
    "outs",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Result; the extension chooses the format (.mid, .wav, .mp3, .flac, .mp4, .json, .musicxml, .pdf, .png, .zip "
    "...). May be repeated; - or -.EXT is standard output.  [default: the picture's name with .mid, in this folder]",
)
@section_option("Server")(
    "--server",
    metavar="URL",
    help="Let the studio there compose. The picture is read here and never leaves this machine.",
)
@section_option("Server")("--token", metavar="TOKEN", help="Of a user there.  [default: COMPOSER_TOKEN]")
@_result("--soundfont", type=PATH, metavar="FILE.sf2", help="Soundfont for audio.  [default: the first one found]")
@_result(
    "--stems", type=PATH, metavar="DIR", help="Also write one WAV per part into this folder; they add up to the mix."
)
@humanize_option
@_result("--json", "as_json", is_flag=True, help="Print {perception, plan, provenance, outputs} on stdout.")
@_stand(
    "--lead-sheet",
    type=PATH,
    metavar="FILE",
    help="Lead sheet: melody, chord symbols and form on one staff (.pdf, .png, .svg, .musicxml).",
)
@_stand("--parts", type=PATH, metavar="DIR", help="Write each part to a file of its own in this folder.")
@_stand(
    "--parts-format",
    metavar="EXT",
    default="pdf",
    show_default=True,
    help="Format of the parts: pdf, musicxml, mxl, png or svg.",
)
@_stand(
    "--pitch",
    metavar="NAME",
    help="Transposing instruments at concert or written pitch.  [default: scores concert, parts written]",
)
@_stand("--page", metavar="NAME", default="a4", show_default=True, help="Page size: a4 or letter.")
@plan_options
@sampling_options
@talk_options
@click.version_option(__version__, prog_name="compose")
@click.pass_context
def app(ctx: click.Context, /, *, as_json: bool, **values: Any) -> None:
    """From a painting to an editable piece of music.

    The picture is read (caption, colours, feeling), the reading becomes a plan (key, tempo, form, chords, instruments),
    and the plan becomes notes. Each step can be looked at and changed: see the subcommands.
    """
    given = [name for name in ctx.params if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT]
    if ctx.invoked_subcommand is not None:
        if given:
            flag = next(param.opts[0] for param in app.params if param.name == given[0])
            raise click.UsageError(f"{flag} stands before {ctx.invoked_subcommand!r}; options go after a subcommand")
        return
    if not given:
        click.echo(welcome(Path()) if sys.stdout.isatty() else ctx.get_help())
        return
    server, token = values.pop("server"), values.pop("token")
    check_server(server, token)
    outs, name = values.pop("outs"), _default_name(values)
    chosen = bool(outs) or any(values[word] for word in ("stems", "lead_sheet", "parts"))
    if not chosen:
        outs = (unused(Path(f"{name}.mid")),)
    with results_with_standard_output(outs, name=name, as_json=as_json) as paths:
        options, names = ComposeOptions(outs=paths, **values), dict(zip(paths, outs, strict=True))
        if server is not None:
            compose_on_server(options, names, server=server, token=token, as_json=as_json)
        else:
            _compose(options, names, as_json=as_json)
    if not chosen:
        image: Path | None = values["image"]
        say(next_steps(outs[0], image if image is not None and str(image) != "-" else None))


def _default_name(values: dict[str, Any]) -> str:
    source: Path | None = values["recipe"] or values["image"] or values["plan"] or values["midi"]
    if source is None:
        return "composition"
    return "painting" if str(source) == "-" else source.stem


def _compose(options: ComposeOptions, names: Mapping[Path, Path], *, as_json: bool) -> None:
    """Make a piece; ``names`` says what a result's path is called."""
    from composer.pipeline.compose import run, run_to_json

    with progress_bar() as progress:
        done = run(options, progress=progress)
    if as_json:
        emit_json(run_to_json(done))
    say(_summary(done, names))


def _summary(done: Any, names_of: Mapping[Path, Path]) -> str:
    plan_made = done.composition.plan
    parts = ", ".join(instrument.name for instrument in plan_made.instruments)
    written = [names_of.get(output.path, output.path) for output in done.outputs if output.format != "stem"]
    names = ", ".join("standard output" if is_standard_output(path) else str(path) for path in written)
    stems = [output.path for output in done.outputs if output.format == "stem"]
    if stems:
        names += f"{', ' if names else ''}{len(stems)} stems in {stems[0].parent}"
    music = f"{plan_made.tonic} {plan_made.mode}, {plan_made.tempo_bpm:g} bpm, {plan_made.meter}, {plan_made.bars} bars"
    caption = f" - {plan_made.caption}" if plan_made.caption else ""
    return f"{names}: {music}; {parts}{caption}"


def _terminate(_signal: int, _frame: object) -> NoReturn:
    # An orderly way out, so that temporary files are removed.
    raise SystemExit(128 + signal.SIGTERM)


def entry() -> NoReturn:
    """Run the ``compose`` command; the console script calls this."""
    signal.signal(signal.SIGTERM, _terminate)
    app.main(sys.argv[1:], prog_name="compose")


for command in (
    perceive.command,
    plan.command,
    infill.command,
    continuation.command,
    render.command,
    evaluate.command,
    batch.command,
    gallery.command,
    lesson.command,
    feedback.command,
    studio.command,
    log.command,
    models.command,
    doctor.command,
    examples.command,
    completion.command,
):
    app.add_command(command)
