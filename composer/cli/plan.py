"""``compose plan``: everything decided before the first note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from composer.cli.console import say
from composer.cli.group import ComposeCommand
from composer.cli.parameters import PATH, plan_options, source_options, talk_options
from composer.options import ComposeOptions

__all__ = ["command"]


@click.command("plan", cls=ComposeCommand, short_help="Print the plan of a piece, as JSON to edit.")
@click.argument("picture", type=PATH, required=False)
@source_options
@plan_options
@talk_options
def command(picture: Path | None, **values: Any) -> None:
    """Print the plan for PICTURE as JSON on stdout.

    Key, tempo, meter, form, a chord for each bar, instruments, dynamics, and the reason for each. Edit it, then give it
    to 'compose --plan'. Without PICTURE, --mood or --valence and --arousal say what to plan for, or --from-midi takes
    the plan from a MIDI file of any origin.

    \b
    Examples:
      compose plan sea.png > plan.json
      compose plan sea.png --bars 32 --mode dorian > plan.json
      compose plan --mood "quiet grief, then a little hope" > plan.json
      compose plan --from-midi song.mid --from-bars 9-24 > plan.json
      compose --plan plan.json --out sea.mid
    """
    from composer.pipeline.midi_plan import left_out
    from composer.pipeline.plan_input import plan
    from composer.planning import plan_to_json

    options = ComposeOptions(image=picture, **values)
    made = plan(options)
    if options.midi is not None:
        for what in left_out(made):
            say(f"warning: {what}")
    click.echo(plan_to_json(made))
