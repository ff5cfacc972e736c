"""``compose completion``: what a shell needs to complete commands, options and file names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from composer.cli.group import ComposeCommand
from composer.cli.parameters import talk_options

__all__ = ["VARIABLE", "command"]

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_COMPOSE_COMPLETE"
"""Environment variable by which the shell asks the command for completions."""


@click.command("completion", cls=ComposeCommand, short_help="Print a completion script for a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@talk_options
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a script that lets SHELL complete compose's commands, options and file names.

    \b
    Examples:
      compose completion bash > ~/.local/share/bash-completion/completions/compose
      compose completion zsh > ~/.zfunc/_compose          then: fpath+=~/.zfunc; autoload -Uz compinit; compinit
      compose completion fish > ~/.config/fish/completions/compose.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    made = found(ctx.find_root().command, {}, "compose", VARIABLE)
    # Not source(): for bash that starts a bash to ask for its version.
    click.echo(made.source_template % made.source_vars())
