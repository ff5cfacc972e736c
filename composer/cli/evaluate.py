"""``compose evaluate``: the measures of a piece, or of a set of pieces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from composer.cli.console import emit_json, one_line, progress_bar, say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, section_option, talk_options
from composer.errors import UsageError
from composer.files import check_writable

if TYPE_CHECKING:
    from composer.evaluation import FileEvaluation

__all__ = ["command"]

_against = section_option("Hold it against")
_result = section_option("Result")


@click.command("evaluate", cls=ComposeCommand, short_help="Measure a MIDI or WAV file, or a folder of them.")
@click.argument("target", type=PATH, metavar="FILE|FOLDER")
@_against("--plan", type=PATH, metavar="PLAN.json", help="The plan that the music should obey.")
@_against("--image", type=PATH, metavar="PICTURE", help="The picture that it should fit.")
@_against("--text", metavar="TEXT", help="The sentence that its sound should fit.")
@_against("--texts", type=PATH, metavar="TABLE.csv", help="For a folder: columns file and text, what each should fit.")
@_against("--reference", type=PATH, metavar="FOLDER", help="The set that the set in FOLDER is compared with.")
@_result("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@_result("--report", type=PATH, metavar="FILE.html", help="Write a report with pictures, one self-contained page.")
@_result("--png", type=PATH, metavar="FILE.png", help="Write the piano roll alone.")
@_result("--audio/--no-audio", default=True, show_default=True, help="Measure the sound of MIDI files too.")
@_result("--soundfont", type=PATH, metavar="FILE.sf2", help="Soundfont for that.  [default: the first one found]")
@_result("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes for a folder.")
@talk_options
def command(
    *,
    target: Path,
    plan: Path | None,
    image: Path | None,
    text: str | None,
    texts: Path | None,
    reference: Path | None,
    as_json: bool,
    report: Path | None,
    png: Path | None,
    audio: bool,
    soundfont: Path | None,
    workers: int,
) -> None:
    """Measure FILE, a MIDI or WAV file by anyone; or compare the files in FOLDER with those of --reference.

    Of notes: statistics of pitch, rhythm and texture, repetition, voice leading, the longest stretch shared with the
    training set, obedience to a plan, and what the emotion judge hears, beside its own accuracy. Of sound: loudness,
    true peak, clipping, silence, and how well it fits the text, or the plan and the picture in words. Of sets:
    distances of their distributions, extended to infinitely many pieces, beside the distance of two halves of the
    reference, inception score, and KL of pieces of one name; results are kept by the files' content, so that a second
    run is quick. What cannot be measured is listed with the reason.

    \b
    Examples:
      compose evaluate sea.mid
      compose evaluate sea.mid --plan plan.json --report sea.html
      compose evaluate mine/ --reference theirs/ --report sets.html
    """
    for path in (report, png):
        if path is not None:
            check_writable(path)
    if target.is_dir():
        if reference is None:
            raise UsageError(f"{str(target)!r} is a folder", hint="say --reference FOLDER to compare it with another")
        if plan or image or text or png:
            raise UsageError("--plan, --image, --text and --png are for one file", hint="leave them out for a folder")
        _sets(
            target, reference, texts, as_json=as_json, report=report, audio=audio, soundfont=soundfont, workers=workers
        )
        return
    _check_file(target, reference, texts)
    from composer.evaluation import EvaluationOptions, evaluate_file

    options = EvaluationOptions(plan=plan, image=image, text=text, audio=audio, soundfont=soundfont)
    with progress_bar() as progress:
        found = evaluate_file(target, options, progress=progress)
        _write(found, report, png)
    _print(found, as_json=as_json)
    for path in (report, png):
        if path is not None:
            say(f"{path}: written")


def _check_file(target: Path, reference: Path | None, texts: Path | None) -> None:
    """Refuse what is no file, and options that are for folders."""
    if reference is not None or texts is not None:
        option = "--texts" if reference is None else "--reference"
        raise UsageError(f"{option} is for folders; {str(target)!r} is none", hint=f"give a folder, or no {option}")
    if not target.is_file():
        raise UsageError(f"{str(target)!r} does not exist", hint="check the path")


def _write(found: FileEvaluation, report: Path | None, png: Path | None) -> None:
    if png is not None:
        from composer.evaluation.file_page import write_roll

        write_roll(found, png)
    if report is not None:
        from composer.evaluation import file_report

        file_report(found, report)


def _print(found: FileEvaluation, *, as_json: bool) -> None:
    from composer.evaluation.tables import rows, to_json

    if as_json:
        emit_json(to_json(found))
        return
    last = ""
    for group, name, value, meaning in rows(found):
        if group != last:
            click.echo(group if not last else f"\n{group}")
            last = group
        click.echo(f"  {one_line(name):<26}{one_line(value):>22}   {one_line(meaning)}".rstrip())


def _sets(
    target: Path,
    reference: Path,
    texts: Path | None,
    *,
    as_json: bool,
    report: Path | None,
    audio: bool,
    soundfont: Path | None,
    workers: int,
) -> None:
    from composer.evaluation import compare_sets, set_report
    from composer.evaluation.audio_text_sets import read_texts

    said = read_texts(texts) if texts is not None else None
    with progress_bar() as progress:
        found = compare_sets(
            target, reference, audio=audio, soundfont=soundfont, texts=said, workers=workers, progress=progress
        )
        if report is not None:
            set_report(found, report)
    if as_json:
        emit_json(found.to_json())
    else:
        for line in found.lines():
            click.echo(line)
    if report is not None:
        say(f"{report}: written")
