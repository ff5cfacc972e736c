"""``compose feedback``: what was kept of a person's choices, and the profile that is learnt from them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from composer.cli.console import emit_json, say
from composer.cli.group import ComposeCommand, ComposeGroup
from composer.cli.parameters import PATH, talk_options
from composer.errors import UsageError

__all__ = ["command"]

_MOST_BYTES = 64 * 1024 * 1024

_profile = click.option("--profile", "name", required=True, metavar="NAME", help="The profile.")
_file = click.option(
    "--file",
    "store",
    type=PATH,
    metavar="FILE",
    help="Where the choices lie.  [default: feedback.sqlite in COMPOSER_HOME]",
)


@click.group("feedback", cls=ComposeGroup, short_help="Look at, learn from, export or delete kept choices.")
@talk_options
def command() -> None:
    """Look at, learn from, export or delete the choices that a person let Composer keep.

    They lie in one file on this machine, COMPOSER_HOME/feedback.sqlite; docs/feedback.md says what is learnt from them.

    \b
    Examples:
      compose feedback stats
      compose feedback learn --profile ada
      compose --image sea.png --profile ada --out sea.mid
      compose feedback export --profile ada --out ada.json
      compose feedback delete --profile ada
    """


@command.command("stats", cls=ComposeCommand, short_help="Print what is kept, as JSON.")
@_file
@talk_options
def stats_command(store: Path | None) -> None:
    """Print each profile as JSON: how many choices of which kind, and what was learnt from them."""
    from composer.feedback import FeedbackStore, Profile, default_path
    from composer.feedback.record import EVENT_KINDS, event_to_json

    path = store or default_path()
    if not path.exists():
        emit_json({"file": str(path), "profiles": []})
        return
    rows = []
    with FeedbackStore(path) as opened:
        for name in opened.names():
            record = opened.record(name)
            kinds = Counter(event_to_json(row.event)[0] for row in record.rows)
            learnt = record.posterior
            rows.append(
                {
                    "name": name,
                    "consented_at": record.consented_at,
                    "events": {kind: kinds[kind] for kind in EVENT_KINDS},
                    "learnt_from": record.learnt_from,
                    "learnt": None
                    if learnt is None
                    else _learnt(Profile(name=name, choices=record.learnt_from, posterior=learnt)),
                }
            )
    emit_json({"file": str(path), "profiles": rows})


def _learnt(profile: object) -> dict[str, object]:
    from composer.feedback import FEATURES, USUAL, Profile

    assert isinstance(profile, Profile)
    posterior, shift = profile.posterior, profile.correction_for(USUAL)
    values = [
        {"mean": round(float(mean), 4), "sd": round(float(variance**0.5), 4)}
        for mean, variance in zip(posterior.mean, posterior.covariance.diagonal(), strict=True)
    ]
    return {
        "prior_width": posterior.prior_width,
        "curvature_width": posterior.curvature_width,
        "weights": dict(zip(FEATURES, values[: len(FEATURES)], strict=True)),
        "curvatures": dict(zip(FEATURES, values[len(FEATURES) :], strict=True)),
        "correction": {
            name: getattr(shift, name) for name in ("valence", "arousal", "tempo", "density", "register", "consonance")
        },
    }


@command.command("learn", cls=ComposeCommand, short_help="Fit a profile to its choices.")
@_profile
@_file
@talk_options
def learn_command(name: str, store: Path | None) -> None:
    """Fit a profile to all of its choices; --profile then follows it."""
    from composer.feedback import FeedbackStore

    with FeedbackStore(_existing(store)) as opened:
        profile = opened.learn(name)
    say(f"{name}: learnt from {profile.choices} choices")


@command.command("export", cls=ComposeCommand, short_help="Write all that is kept of a profile to a file.")
@_profile
@click.option("--out", type=PATH, required=True, metavar="FILE.json", help="The file to write.")
@_file
@talk_options
def export_command(name: str, out: Path, store: Path | None) -> None:
    """Write all that is kept of a profile as JSON; 'compose feedback import' restores it exactly."""
    from composer.feedback import FeedbackStore, to_json
    from composer.files import atomic_write

    with FeedbackStore(_existing(store)) as opened:
        record = opened.record(name)
    with atomic_write(out) as temporary:
        temporary.write_text(to_json(record), encoding="utf-8", newline="\n")
    say(f"{out}: {len(record.rows)} choices of {name}")


@command.command("import", cls=ComposeCommand, short_help="Restore an exported profile.")
@click.argument("source", metavar="FILE.json", type=PATH)
@_file
@talk_options
def import_command(source: Path, store: Path | None) -> None:
    """Restore a profile from a file that 'compose feedback export' wrote. One that is there is not replaced."""
    from composer.feedback import FeedbackStore, from_json

    try:
        if source.stat().st_size > _MOST_BYTES:
            raise UsageError(f"feedback: {str(source)!r} has more than {_MOST_BYTES} bytes", hint="check the file")
        record = from_json(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"feedback: {str(source)!r} cannot be read: {error}", hint="check the path") from error
    with FeedbackStore(store) as opened:
        opened.restore(record)
    say(f"{record.name}: {len(record.rows)} choices restored")


@command.command("delete", cls=ComposeCommand, short_help="Forget a profile and its choices.")
@_profile
@_file
@talk_options
def delete_command(name: str, store: Path | None) -> None:
    """Forget a profile and all of its choices; they are overwritten in the file."""
    from composer.feedback import FeedbackStore

    with FeedbackStore(_existing(store)) as opened:
        count = opened.delete(name)
    say(f"{name}: forgotten, with {count} choices")


def _existing(store: Path | None) -> Path:
    from composer.feedback import default_path

    path = store or default_path()
    if not path.exists():
        raise UsageError(
            f"feedback: nothing was ever kept in {str(path)!r}", hint="check COMPOSER_HOME, or give --file FILE"
        )
    return path
