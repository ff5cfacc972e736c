"""The worker processes of a collection: one executor of one process each, so that a death has one culprit.

Conventions
-----------
* Processes are spawned, not forked; each loads the networks with its first picture and keeps them, on one numerical
  thread.
* A process that dies costs its picture a second try in a new process, then an error.
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
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait as wait_for
from typing import NoReturn

from composer.batch.piece_job import Outcome, PieceJob, do_job, fail_job

__all__ = ["ONE_THREAD", "TRIES", "death", "run_jobs"]

TRIES = 2
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_jobs(jobs: Iterator[PieceJob], workers: int) -> Generator[tuple[PieceJob, Outcome], None, None]:
    """Do jobs in several processes; they come back as they are done.

    Parameters
    ----------
    jobs : iterator of PieceJob
        Asked for the next one when a worker is free.
    workers : int
        Processes, from 1.

    Raises
    ------
    OutputError
        A record cannot be written: nothing more can be kept.
    """
    idle: list[_Lane] = []
    running: dict[Future[Outcome], tuple[_Lane, PieceJob, int]] = {}
    orderly = False
    try:
        while True:
            while len(running) < workers and (job := next(jobs, None)) is not None:
                lane = idle.pop() if idle else _Lane()
                running[lane.submit(job)] = (lane, job, 1)
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                lane, job, tries = running.pop(future)
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    lane.stop()
                    if tries < TRIES:
                        lane = _Lane()
                        running[lane.submit(job)] = (lane, job, tries + 1)
                        continue
                    outcome = death(job)
                else:
                    idle.append(lane)
                yield job, outcome
        orderly = True
    finally:
        for lane in (*idle, *(lane for lane, _, _ in running.values())):
            lane.stop(at_once=not orderly)


def death(job: PieceJob) -> Outcome:
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

    def submit(self, job: PieceJob) -> Future[Outcome]:
        """Hand over a job."""
        try:
            return self._executor.submit(do_job, job)
        except BrokenProcessPool as error:  # it died while it was idle
            failed: Future[Outcome] = Future()
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
