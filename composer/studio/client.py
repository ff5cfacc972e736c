"""A light client of a studio: the picture is read here, and only its reading goes to the server.

The picture's bytes and pixels stay on this machine. What is sent is what `compose perceive` prints, the file's name,
format, size and SHA-256 digest (the server's log and the seed need it), and what was wished for.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from time import sleep
from typing import Any

from composer.errors import ComposerError, ExternalToolError, PlanError, UsageError
from composer.files import atomic_group
from composer.options import ComposeOptions, flag_of
from composer.progress import Progress, silent, within
from composer.studio.connection import Connection

__all__ = ["FORMATS", "RemotePiece", "compose_remotely"]

FORMATS = ("mid", "musicxml", "mxl", "pdf", "wav", "flac", "mp3", "ogg", "json", "zip")
"""Extensions that a server writes."""
_LOOK_S = 0.3
_WISHES = (
    "bars", "duration_s", "tempo_bpm", "tonic", "mode", "meter", "instruments", "level", "figure", "ornaments",
    "tradition",
)  # fmt: skip
_READ_HERE = (
    "image", "clip", "captioner", "title", "artist", "year", "about", "about_file", "ignore_words",
)  # fmt: skip
_SENT = frozenset((*_WISHES, *_READ_HERE, "outs", "valence", "arousal", "mood", "seed", "candidates"))
_ERRORS: dict[str, type[ComposerError]] = {"plan": PlanError, "usage": UsageError}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePiece:
    """A piece that a server has made.

    Attributes
    ----------
    version : as the API shows it, plan and provenance included.
    perception : what was sent of the picture, or None without one.
    outputs : the files that were written.
    """

    version: dict[str, Any]
    perception: dict[str, Any] | None
    outputs: tuple[Path, ...]


def compose_remotely(
    options: ComposeOptions, *, server: str, token: str | None = None, progress: Progress | None = None
) -> RemotePiece:
    """Read a picture here, let a server compose, and write its files.

    Parameters
    ----------
    options : ComposeOptions
        What to start from, what to override, where to write; settings of the search and of pages are the server's.
    server : str
        Its address, ``"https://museum.example"``.
    token : str, optional
        The user's.
    progress : callable, optional

    Raises
    ------
    UsageError, PlanError
        An option is not for servers, the token is wrong, or a value is.
    ImageError, AssetError
        The picture cannot be read here.
    ExternalToolError
        The server cannot be reached, has no room, or failed.
    OutputError
        A file cannot be written.
    """
    report = progress or silent
    paths = [Path(out) for out in options.outs]
    _check(options, paths)
    connection = Connection(server, token, waiting=lambda seconds: report(f"the server has no room, {seconds} s", 0.3))
    connection.get("state")  # a wrong address or token is said before the picture is looked at
    report("looking at the picture", 0.05)
    reading, title = _read(options)
    plan = connection.post("plans", _plan_request(options, _send(connection, reading), title))
    body = {"plan": plan["id"], "candidates": options.candidates}
    done = _wait(connection, connection.post("versions", body), within(report, 0.3, 0.8))
    version = connection.get(f"versions/{done['version']}")
    with atomic_group(paths) as temporaries:
        for number, (path, temporary) in enumerate(zip(paths, temporaries, strict=True)):
            report(f"fetching {path.name}", 0.8 + 0.2 * number / len(paths))
            connection.fetch(f"versions/{version['id']}/files/{_format(path)}", temporary)
    report("done", 1.0)
    sent = reading["perception"] if reading is not None else None
    return RemotePiece(version=version, perception=sent, outputs=tuple(paths))


def _check(options: ComposeOptions, paths: Iterable[Path]) -> None:
    from composer.pipeline.compose import check_paths

    for item in fields(options):
        if item.name not in _SENT and getattr(options, item.name) != item.default:
            flag = flag_of(item.name)
            raise UsageError(f"--server: {flag} is not for servers", hint=f"leave {flag} or --server out")
    for path in paths:
        if _format(path) not in FORMATS:
            raise UsageError(f"--server: no server writes {path.name!r}", hint=f"take one of {', '.join(FORMATS)}")
    check_paths(options, list(paths))


def _format(path: Path) -> str:
    extension = path.suffix.lower().removeprefix(".")
    return {"midi": "mid", "xml": "musicxml"}.get(extension, extension)


def _read(options: ComposeOptions) -> tuple[dict[str, Any] | None, str]:
    """What is sent of the picture, and the piece's title."""
    if options.image is None:
        return None, options.title or ""
    from composer.pipeline.compose import perception_to_json
    from composer.pipeline.plan_input import given_words, look, words_of

    given = given_words(options)
    painting, perception = look(options.image, clip=options.clip, captioner=options.captioner, given=given)
    image = {
        "name": painting.name,
        "sha256": painting.sha256,
        "format": painting.format,
        "size": [painting.width, painting.height],
    }
    reading = {"perception": perception_to_json(perception), "image": image}
    return reading, options.title or words_of(painting, given).heading


def _send(connection: Connection, reading: dict[str, Any] | None) -> str | None:
    return str(connection.post("perceptions", reading)["id"]) if reading is not None else None


def _plan_request(options: ComposeOptions, perception: str | None, title: str) -> dict[str, Any]:
    wishes = {name: getattr(options, name) for name in _WISHES if getattr(options, name) is not None}
    start = {name: getattr(options, name) for name in ("mood", "valence", "arousal", "seed")}
    facts = {**start, "perception": perception, "title": " ".join(title.split())[:200] or None}
    return {**{name: value for name, value in facts.items() if value is not None}, "overrides": wishes}


def _wait(connection: Connection, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The job's result; it is cancelled where nobody waits for it any longer."""
    try:
        while job["state"] in ("queued", "running"):
            progress("composing" if job["state"] == "running" else "waiting for the server", job["share"])
            sleep(_LOOK_S)
            job = connection.get(f"jobs/{job['id']}")
    except BaseException:
        with suppress(ComposerError):
            connection.delete(f"jobs/{job['id']}")
        raise
    if job["state"] == "done":
        found: dict[str, Any] = job["result"]
        return found
    error = job["error"] or {"code": "cancelled", "message": "the job was cancelled", "hint": "start it again"}
    raise _ERRORS.get(error["code"], ExternalToolError)(f"the server: {error['message']}", hint=error["hint"])
