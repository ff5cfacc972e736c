"""Click classes of ours: help in sections, and every failure as two lines and an exit code."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from composer.cli.console import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_USAGE, choose_verbosity, one_line
from composer.errors import ComposerError

__all__ = ["ComposeCommand", "ComposeGroup", "SectionOption"]

_TRACEBACK_VERBOSITY = 2
_PLAIN_SECTION = "Options"


class SectionOption(click.Option):
    """An option that the help lists under a heading.

    Parameters
    ----------
    section : str, optional
        The heading; "Options" when not given.
    """

    def __init__(self, *args: Any, section: str = _PLAIN_SECTION, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class _Sections(click.Command):
    """A command whose help groups its options by section, in the order in which they were declared."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options (click's hook)."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(parameter, "section", _PLAIN_SECTION), []).append(record)
        plain = sections.pop(_PLAIN_SECTION, [])
        for heading, records in [*sections.items(), (_PLAIN_SECTION, plain)]:
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


class ComposeCommand(_Sections):
    """A subcommand."""


class ComposeGroup(_Sections, click.Group):
    """The root command."""

    command_class = ComposeCommand

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the subcommands (click's hook)."""
        _Sections.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a subcommand; a file in its place is the most common slip and gets its own answer (click's hook)."""
        if args and self.get_command(ctx, args[0]) is None and os.path.exists(args[0]):
            raise click.UsageError(f"{args[0]!r} is a file, not a subcommand; did you mean --image {args[0]}?", ctx)
        return super().resolve_command(ctx, args)

    def main(  # type: ignore[override]  # never returns, in no mode
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run the command and exit with its code."""
        extra.pop("standalone_mode", None)
        extra.pop("windows_expand_args", None)
        arguments = list(sys.argv[1:] if args is None else args)
        name = prog_name or "compose"
        self._main_shell_completion(extra, name, complete_var)
        sys.exit(self._guarded(arguments, name, extra))

    def _guarded(self, arguments: list[str], name: str, extra: dict[str, Any]) -> int:
        choose_verbosity(0)
        try:
            with self.make_context(name, list(arguments), **extra) as ctx:
                self.invoke(ctx)
            sys.stdout.flush()
        except click.exceptions.Exit as error:
            return error.exit_code
        except click.ClickException as error:
            return _usage(error)
        except ComposerError as error:
            return _report(error.message, error.hint, error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            return _report("interrupted", "nothing was written; start the command again", EXIT_INTERRUPTED)
        except BrokenPipeError:
            return _closed_pipe()
        except Exception as error:  # noqa: BLE001 - the last border: whatever comes here becomes two lines
            return _unexpected(error, arguments)
        return 0


def _usage(error: click.ClickException) -> int:
    ctx = getattr(error, "ctx", None)
    command = ctx.command_path if ctx is not None else "compose"
    return _report(error.format_message(), f"run '{command} --help' for usage", EXIT_USAGE)


def _report(message: str, hint: str, code: int) -> int:
    click.echo(f"compose: error: {one_line(message)}\nhint: {one_line(hint)}", err=True)
    return code


def _closed_pipe() -> int:
    # The reader has seen enough (``compose plan x.png | head``): no words, and none from the interpreter's own flush.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_FAILURE


def _unexpected(error: Exception, arguments: list[str]) -> int:
    """Something that should not happen. The traceback is shown only to those who ask for it with -vv."""
    flags = [arg for arg in arguments if re.fullmatch("-v+", arg)]
    if sum(map(len, flags)) - len(flags) >= _TRACEBACK_VERBOSITY:
        traceback.print_exc()
    if isinstance(error, MemoryError):
        return _report("the memory is used up", "close other programs, or ask for fewer --bars or --candidates", 1)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _report(
        f"unexpected failure, please report it: {what}",
        "run the command again with -vv and send the traceback",
        EXIT_FAILURE,
    )
