"""``compose --server``: the picture is read here, and a server composes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from composer.cli.console import emit_json, progress_bar, say
from composer.cli.standard_output import is_standard_output
from composer.errors import UsageError
from composer.options import ComposeOptions

__all__ = ["check_server", "compose_on_server"]


def check_server(server: str | None, token: str | None) -> None:
    """Refuse a token without a server."""
    if token is not None and server is None:
        raise UsageError("--token: there is no server that it is for", hint="give --server URL")


def compose_on_server(
    options: ComposeOptions, names: Mapping[Path, Path], *, server: str, token: str | None, as_json: bool
) -> None:
    """Make a piece; ``names`` says what a result's path is called."""
    from composer.studio.client import compose_remotely

    known = token if token is not None else os.environ.get("COMPOSER_TOKEN")
    with progress_bar() as progress:
        done = compose_remotely(options, server=server, token=known, progress=progress)
    plan = done.version["plan"]
    if as_json:
        outputs = [{"path": str(path), "bytes": path.stat().st_size} for path in done.outputs]
        facts = {"plan": plan, "provenance": done.version["provenance"], "outputs": outputs}
        emit_json({"perception": done.perception, **facts})
    written = [names.get(path, path) for path in done.outputs]
    shown = ", ".join("standard output" if is_standard_output(path) else str(path) for path in written)
    parts = ", ".join(part["name"] for part in plan["instruments"])
    say(f"{shown}: {plan['tonic']} {plan['mode']}, {plan['tempo_bpm']:g} bpm, {plan['bars']} bars; {parts}")
