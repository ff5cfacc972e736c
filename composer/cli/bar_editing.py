"""The options that ``compose infill`` and ``compose continue`` share, and the writing of their result."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from composer.cli.console import emit_json, progress_bar, say
from composer.cli.parameters import PATH, unused
from composer.errors import UsageError
from composer.files import atomic_write, check_writable
from composer.midi.chunks import plain_midi, riff_midi
from composer.options import check_setting

if TYPE_CHECKING:
    from composer.music.infill import Rewrite

__all__ = ["rewrite_options", "write_rewritten"]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_EXTENSIONS = (".mid", ".midi", ".kar", ".rmi")
_WRAPPED = ".rmi"


def rewrite_options(function: _Command) -> _Command:
    """Add ``--seed``, ``--out`` and ``--json``."""
    options = (
        click.option(
            "--seed", type=int, default=0, show_default=True, metavar="N", help="Another number, other notes."
        ),
        click.option(
            "--out",
            type=PATH,
            metavar="FILE.mid",
            help="Result; never the input itself.  [default: the input's name with -2, in this folder]",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print {bars, tracks, key, ..., outputs} on stdout."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def write_rewritten(
    midi: Path, make: Callable[..., Rewrite], *, out: Path | None, seed: int, as_json: bool, **settings: Any
) -> None:
    """Make the new file, write it, and say what was done.

    Raises
    ------
    UsageError
        The output is the input or no MIDI file, or the seed is out of range.
    """
    path = out if out is not None else unused(Path(f"{midi.stem}-2{_extension(midi)}"))
    if path.suffix.lower() not in _EXTENSIONS:
        raise UsageError(
            f"--out {str(path)!r}: the extension {path.suffix!r} is no MIDI file; known: {', '.join(_EXTENSIONS)}",
            hint="end the output's name in .mid; 'compose render' makes audio of it",
        )
    if os.path.realpath(path) == os.path.realpath(midi):
        raise UsageError(f"--out {str(path)!r} is the input itself", hint="give the result another name")
    check_setting("seed", seed)
    check_writable(path)
    with progress_bar() as progress:
        done = make(seed=seed, progress=progress, **settings)
    data = riff_midi(done.data) if path.suffix.lower() == _WRAPPED else plain_midi(done.data)
    with atomic_write(path) as temporary:
        temporary.write_bytes(data)
    if as_json:
        emit_json(_record(done, path, data))
    first, last = done.bars
    say(
        f"{path}: bars {first}-{last} of {', '.join(done.tracks)}; {done.added} notes for {done.removed}; "
        f"{done.key}, {done.meter}"
    )


def _extension(midi: Path) -> str:
    suffix = midi.suffix.lower()
    return suffix if suffix in _EXTENSIONS else ".mid"


def _record(done: Rewrite, path: Path, data: bytes) -> dict[str, Any]:
    return {
        "bars": list(done.bars),
        "tracks": list(done.tracks),
        "key": done.key,
        "meter": done.meter,
        "tempo_bpm": done.tempo_bpm,
        "removed_notes": done.removed,
        "added_notes": done.added,
        "provenance": dict(done.provenance),
        "repairs": [repair.to_json() for repair in done.repairs],
        "outputs": [
            {
                "path": str(path),
                "format": "midi",
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        ],
    }
