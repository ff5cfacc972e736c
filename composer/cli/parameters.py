"""Options that several commands share, and the types that check their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import click

from composer.cli.console import choose_verbosity
from composer.cli.group import SectionOption
from composer.errors import OutputError
from composer.files import check_local
from composer.options import ComposeOptions

__all__ = [
    "BAR_RANGE",
    "DURATION",
    "PATH",
    "captioner_option",
    "clip_option",
    "humanize_option",
    "plan_options",
    "sampling_options",
    "section_option",
    "source_options",
    "talk_options",
    "unused",
    "words_options",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _AnyPath(click.Path):
    """A path that is checked where it is used, so that the message can say what was expected of it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Take any text but a web address (click's hook); click's own conversion fails on a null byte."""
        check_local(value)
        return Path(value)


PATH = _AnyPath()
"""Type of every option that takes a file."""


class _BarRange(click.ParamType):  # type: ignore[type-arg]  # generic in later versions only
    """``5-8`` or ``5``: first and last bar, from 1."""

    name = "bars"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Read the text (click's hook)."""
        match = re.fullmatch(r"\s*(\d{1,6})\s*(?:[-–:]\s*(\d{1,6})\s*)?", str(value))
        if match is None:
            self.fail(f"{value!r} is no range of bars; give FIRST-LAST, counting from 1: 5-8", param, ctx)
        return int(match[1]), int(match[2] or match[1])


class _Duration(click.ParamType):  # type: ignore[type-arg]  # generic in later versions only
    """``1:30``, ``90s`` or ``90``, in seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the text (click's hook)."""
        from composer.planning.length import parse_duration

        return parse_duration(str(value))


DURATION = _Duration()
"""Type of an option that takes a duration."""

BAR_RANGE = _BarRange()
"""Type of an option that takes a range of bars."""


def section_option(section: str) -> Callable[..., Callable[[_Command], _Command]]:
    """Like `click.option`, for options under one heading of the help."""

    def option(*names: str, **settings: Any) -> Callable[[_Command], _Command]:
        return click.option(*names, cls=SectionOption, section=section, **settings)

    return option


def _stack(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    def decorate(function: _Command) -> _Command:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


_source = section_option("Start from")
_music = section_option("Music (each overrides the plan)")


def humanize_option(function: _Command) -> _Command:
    """Add ``--humanize``."""
    option = section_option("Result")(
        "--humanize",
        type=float,
        is_flag=False,
        flag_value=0.5,
        default=0.0,
        metavar="[AMOUNT]",
        help="Play MIDI and audio as a person would, 0 to 1; the score stays exact.  [without a number: 0.5]",
    )
    return option(function)


def clip_option(function: _Command) -> _Command:
    """Add ``--clip``."""
    decorate: Callable[[_Command], _Command] = _source(
        "--clip",
        metavar="MODEL/PRETRAINED",
        help="Read the picture with this open_clip model instead of the embedded painting encoder.",
    )
    return decorate(function)


def captioner_option(function: _Command) -> _Command:
    """Add ``--captioner``."""
    decorate: Callable[[_Command], _Command] = _source(
        "--captioner",
        metavar="coca",
        help="Let open_clip's CoCa describe the picture, after 'compose models pull' of its weights.",
    )
    return decorate(function)


def words_options(function: _Command) -> _Command:
    """Add the words that come with a picture."""
    option = section_option("Words that come with the picture")
    decorate: Callable[[_Command], _Command] = _stack(
        option(
            "--title",
            metavar="TEXT",
            help="Title of the picture, which says much about its feeling, and of the piece.  "
            "[default: from the picture's metadata, or from its name]",
        ),
        option("--artist", metavar="NAME", help="Who made the picture.  [default: as for --title]"),
        option(
            "--year",
            type=click.IntRange(1, 2100),
            metavar="YEAR",
            help="When it was made, which with the artist says much about its style.  [default: as for --title]",
        ),
        option("--about", metavar="TEXT", help="What a label or a curator says of it.  [default: from its metadata]"),
        option("--about-file", type=PATH, metavar="FILE.txt", help="The same from a text file."),
        option("--ignore-words", is_flag=True, help="Look at the pixels alone; words only name the piece."),
    )
    return decorate(function)


def source_options(function: _Command) -> _Command:
    """Add the options that say what to start from; the picture itself is left to the command."""
    decorate: Callable[[_Command], _Command] = _stack(
        _source("--plan", type=PATH, metavar="PLAN.json", help="Use this plan, as 'compose plan' prints it."),
        _source(
            "--from-midi",
            "midi",
            type=PATH,
            metavar="FILE.mid",
            help="Derive the plan from this MIDI file: its key, tempo, meter, form, chords, instruments, loudness.",
        ),
        _source(
            "--from-bars",
            "midi_bars",
            type=BAR_RANGE,
            metavar="FIRST-LAST",
            help="Bars of that file, from 1.  [default: the longest run of bars in one meter]",
        ),
        _source(
            "--valence",
            type=float,
            metavar="X",
            help="How pleasant, -1 to 1, instead of what the picture says. With --arousal no picture is needed.",
        ),
        _source("--arousal", type=float, metavar="X", help="How excited, -1 to 1, instead of what the picture says."),
        _source(
            "--mood",
            metavar="WORDS",
            help='The feeling in words, instead of what the picture says: "quiet grief, then a little hope". '
            "No picture is needed.",
        ),
        _source(
            "--journey",
            is_flag=True,
            help="Go through the picture: three to six regions become the sections, and the whole returns at the end.",
        ),
        clip_option,
        captioner_option,
        words_options,
    )
    return decorate(function)


def _seed_option(function: _Command) -> _Command:
    """Add ``--seed``."""
    decorate: Callable[[_Command], _Command] = _music(
        "--seed",
        type=int,
        metavar="N",
        help="Another number, another piece.  [default: from the picture, so that it always gives the same piece]",
    )
    return decorate(function)


_profile_option = _music(
    "--profile",
    metavar="NAME",
    help="Lean towards what this profile was found to prefer; see 'compose feedback'.  [default: none]",
)


_ornaments_option = _music(
    "--ornaments",
    metavar="LIST",
    help="Notes shorter than a sixteenth: trill, mordent, turn, slide, run, tremolo, with commas between, or none.  "
    "[default: auto, as often as people write them]",
)
_figure_option = _music(
    "--figure",
    metavar="PART=NAME",
    help="Accompaniment figures of parts, piano=alberti,cello=held: arpeggio up, chorale, waltz ...; "
    "free leaves a part to the seed.  [default: by feeling]",
)


def plan_options(function: _Command) -> _Command:
    """Add the options that a plan is made with."""
    decorate: Callable[[_Command], _Command] = _stack(
        _music("--bars", type=int, metavar="N", help="Length in bars.  [default: about a minute, or the plan's]"),
        _music(
            "--duration",
            "duration_s",
            type=DURATION,
            metavar="TIME",
            help="How long it lasts, 1:30 or 90s, instead of --bars; bars and tempo are chosen so that it is exact.",
        ),
        _music("--tempo", "tempo_bpm", type=float, metavar="BPM", help="Quarter notes per minute, 20 to 300."),
        _music("--key", "tonic", metavar="TONIC", help="C, F#, Bb ..."),
        _music(
            "--mode",
            metavar="NAME",
            help="major, minor, dorian, phrygian, lydian, mixolydian, harmonic-minor, pentatonic ...",
        ),
        _music("--meter", metavar="N/N", help="2/4, 3/4, 4/4, 6/8 ..."),
        _music(
            "--instruments",
            metavar="LIST",
            help='General MIDI names or programs in score order, "violin,cello,piano"; drums is one.',
        ),
        _figure_option,
        _ornaments_option,
        _music(
            "--tradition",
            metavar="NAME",
            help="Scales and instruments of a tradition of painting: japanese, persian ...; none follows none.  "
            "[default: auto, what the picture says]",
        ),
        _music(
            "--level",
            metavar="NAME",
            help="Level of difficulty: primer, 1, 2, 3 or 4; for piano, or one of recorder, violin, trumpet, voice.",
        ),
        _seed_option,
        _profile_option,
    )
    return decorate(function)


def sampling_options(function: _Command) -> _Command:
    """Add the options of the search for notes."""
    option = section_option("Search")
    defaults = {field.name: field.default for field in fields(ComposeOptions)}
    decorate: Callable[[_Command], _Command] = _stack(
        option(
            "--candidates",
            type=int,
            metavar="N",
            default=defaults["candidates"],
            show_default=True,
            help="Make N pieces and keep the best.",
        ),
        option("--temperature", type=float, metavar="X", help="Boldness of the choices.  [default: the model's]"),
        option("--top-p", type=float, metavar="X", help="Keep the likeliest choices up to this sum of probability."),
    )
    return decorate(function)


def talk_options(function: _Command) -> _Command:
    """Add ``-q`` and ``-v``, which act at once."""

    def be_quiet(_ctx: click.Context, _param: click.Parameter, value: object) -> None:
        if value:
            choose_verbosity(-1)

    def be_verbose(_ctx: click.Context, _param: click.Parameter, value: int) -> None:
        if value:
            choose_verbosity(min(value, 2))

    decorate: Callable[[_Command], _Command] = _stack(
        click.option(
            "-q", "--quiet", is_flag=True, expose_value=False, callback=be_quiet, help="Say nothing but errors."
        ),
        click.option(
            "-v", "--verbose", count=True, expose_value=False, callback=be_verbose, help="Say more; -vv everything."
        ),
    )
    return decorate(function)


def unused(path: Path) -> Path:
    """Refuse a default output that exists: an ``--out`` says what may be replaced, a default must not destroy work.

    Raises
    ------
    OutputError
        There is a file of that name.
    """
    if path.exists():
        raise OutputError(f"{str(path)!r} exists already", hint=f"say --out {path} to replace it, or another name")
    return path
