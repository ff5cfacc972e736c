"""Workers on a Ray cluster: one actor for each, anywhere, with nothing shared but the messages.

A picture's bytes travel to an actor, the results' bytes travel back, and the process that was called writes them: files
first, then the record. So no machine needs to see another's disk, and a collection is as whole as one that was composed
by local workers (`composer.batch.lanes`), byte for byte.

Conventions
-----------
* Ray finds its cluster as it always does, by ``RAY_ADDRESS``; without it, it starts one on this machine.
* An actor takes one processor and works on one numerical thread. It loads the networks with its first picture.
* An actor that dies costs its picture a second try on a new actor, then an error.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from composer.batch.lanes import ONE_THREAD, TRIES, death
from composer.batch.piece_job import Outcome, PieceJob, do_job, fail_job
from composer.batch.record import record_path
from composer.errors import ExternalToolError, OutputError
from composer.extras import need
from composer.files import atomic_write

__all__ = ["run_jobs_on_ray"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    """What an actor sends back: results by their path below the batch's folder, the record, and the outcome."""

    files: dict[str, bytes] = field(repr=False)
    record: bytes = field(repr=False)
    outcome: Outcome


def run_jobs_on_ray(jobs: Iterator[PieceJob], workers: int) -> Generator[tuple[PieceJob, Outcome], None, None]:
    """Do jobs on a Ray cluster; they come back as they are done.

    Parameters
    ----------
    jobs : iterator of PieceJob
        Asked for the next one when an actor is free.
    workers : int
        Actors, from 1.

    Raises
    ------
    ExternalToolError
        The extra ``cluster`` is missing, or Ray does not start.
    OutputError
        A result cannot be written: nothing more can be kept.
    """
    need("cluster", "--engine ray")
    import ray

    _connect(workers)
    worker = ray.remote(num_cpus=1, max_restarts=0)(_Worker)
    idle: list[Any] = []
    running: dict[Any, tuple[Any, PieceJob, int]] = {}

    def send(job: PieceJob, tries: int) -> None:
        actor = idle.pop() if idle else worker.remote()
        running[actor.do.remote(job, _picture_of(job))] = (actor, job, tries)

    try:
        while True:
            while len(running) < workers and (job := next(jobs, None)) is not None:
                send(job, 1)
            if not running:
                return
            for reference in ray.wait(list(running), num_returns=1)[0]:
                actor, job, tries = running.pop(reference)
                try:
                    parcel = ray.get(reference)
                except ray.exceptions.RayActorError:
                    if tries < TRIES:
                        send(job, tries + 1)
                    else:
                        yield job, death(job)
                else:
                    idle.append(actor)
                    yield job, _kept(job, parcel)
    finally:
        ray.shutdown()


def _picture_of(job: PieceJob) -> bytes:
    """The picture's bytes; none where it has just gone, which the actor then says."""
    try:
        return job.file.read_bytes()
    except OSError:
        return b""


def _connect(workers: int) -> None:
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    local: dict[str, Any] = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers, "include_dashboard": False}
    try:
        ray.init(
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env={"env_vars": dict.fromkeys(ONE_THREAD, "1")},
            **local,
        )
    except Exception as error:  # Ray's failures to start have no root but Exception
        reason = " ".join(str(error).split())[:300]
        raise ExternalToolError(
            f"Ray does not start, or its cluster does not answer: {reason}",
            hint="check RAY_ADDRESS and the machine's memory, or leave out --engine ray",
        ) from error


class _Worker:
    """An actor: composes one picture after another, in a folder that nobody else sees."""

    def __init__(self) -> None:
        warnings.simplefilter("ignore")
        logging.lastResort = None

    def do(self, job: PieceJob, picture: bytes) -> _Parcel:
        """Compose a picture."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "out"
            file = Path(name) / "picture" / job.file.name
            for path in (folder, file.parent):
                path.mkdir()
            file.write_bytes(picture)
            outcome = do_job(replace(job, folder=folder, file=file))
            if outcome.error is not None:  # the picture as its owner knows it
                outcome = replace(outcome, error=outcome.error.replace(str(file), str(job.file)))
            record = record_path(folder, job.key)
            paths = [path for path in folder.rglob("*") if path.is_file() and path != record]
            return _Parcel(
                files={path.relative_to(folder).as_posix(): path.read_bytes() for path in paths},
                record=record.read_bytes(),
                outcome=outcome,
            )


def _kept(job: PieceJob, parcel: _Parcel) -> Outcome:
    """Write what came back; the record last, so that a picture is done when all of it is there."""
    outcome = parcel.outcome
    if outcome.error is not None:
        return fail_job(job, outcome.error, outcome.hint or "", seconds=outcome.seconds)
    record = record_path(job.folder, job.key)
    try:
        for name, data in parcel.files.items():
            (job.folder / name).parent.mkdir(parents=True, exist_ok=True)
            _write(job.folder / name, data)
        record.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write below {str(job.folder)!r}: {error.strerror}", hint="make room") from error
    _write(record, parcel.record)
    return outcome


def _write(path: Path, data: bytes) -> None:
    with atomic_write(path) as temporary:
        temporary.write_bytes(data)
