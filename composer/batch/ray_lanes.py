"""Workers on a Ray cluster: one actor for each, anywhere, with nothing shared but the messages.

A picture's bytes travel to an actor, the results' bytes travel back, and the process that was called writes them: files
first, then the record. So no machine needs to see another's disk, and a collection is as whole as one that was composed
by local workers (`composer.batch.lanes`), byte for byte.

Conventions
-----------
* Ray finds its cluster as it always does, by ``RAY_ADDRESS``; without it, it starts one on this machine.
* An actor takes one processor and works on one numerical thread. It loads the networks with its first picture.
* An actor that dies costs each of its pictures a second try on a new actor, and the one that ends that too an error.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from composer.batch.lanes import ONE_THREAD, Group, Groups
from composer.batch.piece_job import Outcome, PieceJob, do_jobs, fail_job
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


def run_jobs_on_ray(
    jobs: Iterator[PieceJob], workers: int, together: int = 1
) -> Generator[tuple[PieceJob, Outcome], None, None]:
    """Do jobs on a Ray cluster; they come back as they are done.

    Parameters
    ----------
    jobs : iterator of PieceJob
        Asked for the next ones when an actor is free.
    workers : int
        Actors, from 1.
    together : int
        Pictures that an actor takes at once, as one batch through the decoder.

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
    groups = Groups(jobs, together)
    idle: list[Any] = []
    running: dict[Any, tuple[Any, Group]] = {}
    try:
        while True:
            while len(running) < workers and (group := groups.next()) is not None:
                actor = idle.pop() if idle else worker.remote()
                running[actor.do.remote(group.jobs, [_picture_of(job) for job in group.jobs])] = (actor, group)
            if not running:
                return
            for reference in ray.wait(list(running), num_returns=1)[0]:
                actor, group = running.pop(reference)
                try:
                    parcels = ray.get(reference)
                except ray.exceptions.RayActorError:
                    outcomes = groups.again(group)
                else:
                    idle.append(actor)
                    outcomes = [_kept(job, parcel) for job, parcel in zip(group.jobs, parcels, strict=True)]
                yield from zip(group.jobs, outcomes, strict=bool(outcomes))
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
    """An actor: composes pictures in folders that nobody else sees."""

    def __init__(self) -> None:
        warnings.simplefilter("ignore")
        logging.lastResort = None

    def do(self, jobs: Sequence[PieceJob], pictures: Sequence[bytes]) -> list[_Parcel]:
        """Compose pictures."""
        with tempfile.TemporaryDirectory() as name:
            here = []
            for number, (job, picture) in enumerate(zip(jobs, pictures, strict=True)):
                folder, file = Path(name) / f"out-{number}", Path(name) / f"picture-{number}" / job.file.name
                for path in (folder, file.parent):
                    path.mkdir()
                file.write_bytes(picture)
                here.append(replace(job, folder=folder, file=file))
            found = do_jobs(here)
            return [_parcel(job, local, one) for job, local, one in zip(jobs, here, found, strict=True)]


def _parcel(job: PieceJob, local: PieceJob, outcome: Outcome) -> _Parcel:
    """What is sent back of a job that was done as ``local``."""
    if outcome.error is not None:  # the picture as its owner knows it
        outcome = replace(outcome, error=outcome.error.replace(str(local.file), str(job.file)))
    record = record_path(local.folder, job.key)
    paths = [path for path in local.folder.rglob("*") if path.is_file() and path != record]
    return _Parcel(
        files={path.relative_to(local.folder).as_posix(): path.read_bytes() for path in paths},
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
