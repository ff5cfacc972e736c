"""The way through a collection: what is to be done, what is done already, and the closing table.

A picture is done when its record and its files are there (`composer.batch.record`). Whatever ends the process, a
second run with ``resume`` finishes the rest; the files are those that ``compose --image`` writes with the same options.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from composer.batch.lanes import run_jobs
from composer.batch.naming import result_names
from composer.batch.piece_job import Outcome, PieceJob, fail_job
from composer.batch.ray_lanes import run_jobs_on_ray
from composer.batch.record import is_done, read_record, record_key, weights_key
from composer.batch.source import find_pictures, is_address, read_location
from composer.batch.table import write_tables
from composer.errors import ComposerError, OutputError, UsageError
from composer.options import ComposeOptions

__all__ = ["Batch", "Piece", "Summary", "plan_batch", "run_batch"]

_SLOWEST = 5
_TOGETHER = 8
"""Pictures that a worker takes at once: more would cost memory and bring little."""
_LEFTOVER = re.compile(r"\..*-[0-9a-f]{8}\.part(?:\..*)?")
_STAGED = ".pictures"
_ENGINES = {"local": run_jobs, "ray": run_jobs_on_ray}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A picture to be composed: its location, the name of its results, its options and labels."""

    picture: str
    name: str
    options: Mapping[str, Any]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is to be done.

    Attributes
    ----------
    pieces : in the order in which they are begun.
    folder : where the results go.
    formats : extensions without dot.
    """

    pieces: tuple[Piece, ...]
    folder: Path
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was done.

    Attributes
    ----------
    made, kept : pictures composed now, and before.
    failed : those that could not be.
    slowest : at most five of those composed, the slowest first.
    seconds : how long all of it took.
    tables : the closing tables.
    """

    made: int = 0
    kept: int = 0
    failed: tuple[Outcome, ...] = ()
    slowest: tuple[Outcome, ...] = ()
    seconds: float = 0.0
    tables: tuple[Path, ...] = field(default=())

    def with_outcome(self, outcome: Outcome) -> Summary:
        """The summary with one more picture."""
        if outcome.error is not None:
            return replace(self, failed=(*self.failed, outcome))
        if outcome.kept:
            return replace(self, kept=self.kept + 1)
        slowest = sorted((*self.slowest, outcome), key=lambda one: -one.seconds)[:_SLOWEST]
        return replace(self, made=self.made + 1, slowest=tuple(slowest))


def plan_batch(
    source: str,
    folder: Path,
    *,
    formats: Sequence[str] = ("mid",),
    options: Mapping[str, Any] | None = None,
    manifest: str | None = None,
    limit: int | None = None,
) -> Batch:
    """Find the pictures and check what is wanted of each; nothing is written.

    Parameters
    ----------
    source, manifest : str
        As `composer.batch.source.find_pictures` takes them.
    folder : Path
        Where the results will go.
    formats : sequence of str
        Extensions of the results, ``"mid"``, ``"musicxml"`` ...
    options : mapping, optional
        Fields of `ComposeOptions` for every picture; a manifest's row overrides them.
    limit : int, optional
        Take the first pictures only.

    Raises
    ------
    UsageError, PlanError
        There is no picture, or a format or an option is wrong; a row's picture is named.
    ExternalToolError
        An extra is missing.
    """
    wanted = _formats(formats)
    base = {name: value for name, value in (options or {}).items() if value is not None}
    _check_options(base)
    out = os.path.abspath(folder)
    rows = [row for row in find_pictures(source, manifest) if not _lies_in(row.picture, out)][:limit]
    if not rows:
        raise UsageError(f"{source!r} holds no picture", hint="results do not count: give another folder")
    pieces = []
    for row, name in zip(rows, result_names(rows, source), strict=True):
        chosen = base | dict(row.options)
        if row.options:
            try:
                _check_options(chosen)
            except ComposerError as error:
                raise UsageError(f"{row.picture}: {error.message}", hint=error.hint) from error
        pieces.append(Piece(picture=row.picture, name=name, options=chosen, labels=row.labels))
    return Batch(pieces=tuple(pieces), folder=Path(out), formats=wanted)


def _formats(formats: Sequence[str]) -> tuple[str, ...]:
    from composer import rendering

    wanted = tuple(dict.fromkeys(name.strip().lstrip(".").lower() for name in formats if name.strip()))
    known = [extension.lstrip(".") for extension in rendering.extensions()]
    wrong = next((name for name in wanted if name not in known), None)
    if wrong is not None or not wanted:
        raise UsageError(
            f"format {wrong or ''!r} is not known; known: {', '.join(known)}", hint="give --format mid,pdf"
        )
    return wanted


def _check_options(options: Mapping[str, Any]) -> None:
    """Refuse a wrong value once, and not with every picture."""
    from composer.planning import PlanOverrides

    ComposeOptions(image="picture", **options)
    PlanOverrides(**{one.name: options[one.name] for one in fields(PlanOverrides) if one.name in options})


def _lies_in(picture: str, folder: str) -> bool:
    return not is_address(picture) and os.path.abspath(picture).startswith(folder + os.sep)


def run_batch(
    batch: Batch,
    *,
    workers: int = 2,
    engine: str = "local",
    resume: bool = False,
    report: Callable[[Outcome], None] | None = None,
) -> Summary:
    """Compose a collection.

    Parameters
    ----------
    batch : Batch
        As `plan_batch` returns it.
    workers : int
        Processes, from 1.
    engine : str
        ``"local"``, processes of this machine, or ``"ray"``, those of a Ray cluster.
    resume : bool
        Keep what is done already, and do the rest; what failed is tried again.
    report : callable, optional
        Called with every outcome, as they come.

    Raises
    ------
    UsageError
        The folder holds a collection, and ``resume`` is not set.
    OutputError
        The folder cannot be written to.
    ExternalToolError
        The engine is missing.
    """
    started = time.monotonic()
    _open(batch, resume=resume)
    keys: dict[str, str] = {}
    early: list[Outcome] = []
    summary = Summary()

    def tell(outcomes: Sequence[Outcome]) -> None:
        nonlocal summary
        for outcome in outcomes:
            summary = summary.with_outcome(outcome)
            if report is not None:
                report(outcome)

    together = min(_TOGETHER, -(-len(batch.pieces) // (2 * workers)))  # a few pictures still go to all workers
    with closing(_ENGINES[engine](_jobs(batch, keys, early), workers, together)) as done:
        for job, outcome in done:
            shutil.rmtree(batch.folder / _STAGED / job.key, ignore_errors=True)
            waiting, early[:] = list(early), []
            tell((*waiting, outcome))
    tell(early)
    shutil.rmtree(batch.folder / _STAGED, ignore_errors=True)
    tables = write_tables(batch.folder, [keys[piece.name] for piece in batch.pieces])
    return replace(summary, seconds=round(time.monotonic() - started, 3), tables=tables)


def _open(batch: Batch, *, resume: bool) -> None:
    """Make the folder ready, and remove what a killed process left half written."""
    from composer.pipeline.output import check_results

    folder = batch.folder
    try:
        (folder / "records").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {str(folder)!r}: {error.strerror}", hint="name another one"
        ) from error
    if not resume and any((folder / "records").iterdir()):
        raise UsageError(
            f"{str(folder)!r} holds a collection", hint="say --resume to finish it, or name another folder"
        )
    shutil.rmtree(folder / _STAGED, ignore_errors=True)
    for path in folder.rglob(".*.part*"):
        if _LEFTOVER.fullmatch(path.name):
            path.unlink(missing_ok=True)
    font = batch.pieces[0].options.get("soundfont")
    check_results([folder / f"table.{name}" for name in batch.formats], inputs=(), soundfont=font, stems=None)


def _jobs(batch: Batch, keys: dict[str, str], early: list[Outcome]) -> Iterator[PieceJob]:
    """The jobs that are left; what needs none (done before, unreadable) goes to ``early``, all keys to ``keys``."""
    weights = weights_key()
    for piece in batch.pieces:
        job, problem = _job(batch, piece, weights)
        keys[piece.name] = job.key
        if problem is not None:
            early.append(fail_job(job, problem.message, problem.hint))
        elif is_done(batch.folder, read_record(batch.folder, job.key)):
            early.append(Outcome(name=piece.name, picture=piece.picture, kept=True))
            shutil.rmtree(batch.folder / _STAGED / job.key, ignore_errors=True)
        else:
            yield job


def _job(batch: Batch, piece: Piece, weights: str) -> tuple[PieceJob, ComposerError | None]:
    """The job of a picture, and why it cannot be done."""
    data, problem = b"", None
    try:
        data = read_location(piece.picture)
    except ComposerError as error:
        problem = error
    digest = hashlib.sha256(data).hexdigest() if problem is None else None
    settings = {**piece.options, "formats": list(batch.formats)}
    key = record_key(digest or piece.picture, piece.name, settings, weights)
    file = Path(piece.picture)
    if is_address(piece.picture) and problem is None:
        file = batch.folder / _STAGED / key / (piece.picture.rstrip("/").rpartition("/")[2] or "picture")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    job = PieceJob(
        key=key, name=piece.name, picture=piece.picture, file=file, picture_sha256=digest, folder=batch.folder,
        options=piece.options, formats=batch.formats, labels=piece.labels,
    )  # fmt: skip
    return job, problem
