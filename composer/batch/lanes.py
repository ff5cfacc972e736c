"""The worker processes of a collection: one executor of one process each, so that a death has one culprit.

Conventions
-----------
* Processes are spawned, not forked; each loads the networks with its first picture and keeps them, on one numerical
  thread.
* A process that dies costs each of its pictures a second try, alone in a process, and the one that ends that too an
  error.
* Ctrl-C is heard by the parent alone: it ends the others with SIGTERM, which lets them remove what is half written.
  A worker whose parent is gone ends by itself.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import wait as wait_for
from typing import NoReturn

from composer.batch.piece_job import Outcome, PieceJob, do_jobs, fail_job

__all__ = ["ONE_THREAD", "Group", "Groups", "run_jobs"]

TRIES = 2
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_jobs(
    jobs: Iterator[PieceJob], workers: int, together: int = 1
) -> Generator[tuple[PieceJob, Outcome], None, None]:
    """Do jobs in several processes; they come back as they are done.

    Parameters
    ----------
    jobs : iterator of PieceJob
        Asked for the next ones when a worker is free.
    workers : int
        Processes, from 1.
    together : int
        Pictures that a worker takes at once, as one batch through the decoder.

    Raises
    ------
    OutputError
        A record cannot be written: nothing more can be kept.
    """
    groups = Groups(jobs, together)
    idle: list[_Lane] = []
    running: dict[Future[list[Outcome]], tuple[_Lane, Group]] = {}
    orderly = False
    try:
        while True:
            while len(running) < workers and (group := groups.next()) is not None:
                lane = idle.pop() if idle else _Lane()
                running[lane.submit(group.jobs)] = (lane, group)
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                lane, group = running.pop(future)
                try:
                    outcomes = future.result()
                except BrokenProcessPool:
                    lane.stop()
                    outcomes = groups.again(group)
                else:
                    idle.append(lane)
                yield from zip(group.jobs, outcomes, strict=bool(outcomes))
        orderly = True
    finally:
        for lane in (*idle, *(lane for lane, _ in running.values())):
            lane.stop(at_once=not orderly)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Jobs that one worker does at once, and how often they were begun before."""

    jobs: tuple[PieceJob, ...]
    tries: int = 0


class Groups:
    """The groups that are to be done: those of a process that died first, each picture alone.

    Parameters
    ----------
    jobs : iterator of PieceJob
    together : int
        Pictures in a group.
    """

    def __init__(self, jobs: Iterator[PieceJob], together: int) -> None:
        self._jobs = jobs
        self._together = together
        self._again: list[Group] = []

    def next(self) -> Group | None:
        """Take the next group; None where there is none."""
        if self._again:
            return self._again.pop(0)
        jobs = tuple(islice(self._jobs, self._together))
        return Group(jobs=jobs) if jobs else None

    def again(self, group: Group) -> list[Outcome]:
        """Put a group whose process died back, or record that it died too often; return what was recorded."""
        if group.tries + 1 < TRIES:
            self._again += [Group(jobs=(job,), tries=group.tries + 1) for job in group.jobs]
            return []
        return [_death(job) for job in group.jobs]


def _death(job: PieceJob) -> Outcome:
    """Record that a picture's process died, as often as it was tried."""
    hint = "compose this picture alone; perhaps the memory is used up: ask for fewer --workers"
    return fail_job(job, f"the process that composed it died, {TRIES} times", hint)


class _Lane:
    """A process and the executor that feeds it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._executor = ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
        with _one_thread():
            self._process = self._executor.submit(os.getpid).result()

    def submit(self, jobs: Sequence[PieceJob]) -> Future[list[Outcome]]:
        """Hand over jobs."""
        try:
            return self._executor.submit(do_jobs, jobs)
        except BrokenProcessPool as error:  # it died while it was idle
            failed: Future[list[Outcome]] = Future()
            failed.set_exception(error)
            return failed

    def stop(self, *, at_once: bool = False) -> None:
        """End the process: when its job is done, or at once."""
        if at_once:
            with suppress(OSError):
                os.kill(self._process, signal.SIGTERM)
        self._executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _one_thread() -> Iterator[None]:
    """The environment of a process that is being started: its libraries read it when they are loaded."""
    kept = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _begin() -> None:
    """Set up a worker: signals, silence, and an eye on the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    warnings.simplefilter("ignore")
    logging.lastResort = None
    threading.Thread(target=_follow_parent, daemon=True).start()


def _leave(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)
