"""The worker: one warm process that does the work, can be interrupted, and is replaced when it hangs or dies."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from multiprocessing.connection import Connection
from threading import Event
from typing import Any

from composer.progress import Progress
from composer.studio.refusals import error_data

__all__ = ["Outcome", "Worker"]

Outcome = tuple[str, Any]
"""``("done", result)``, ``("failed", error)`` or ``("cancelled", None)``."""

_GRACE_S = 2.0
"""From asking the process to stop to killing it."""
_LOOK_S = 0.05
_STOPPED = {
    "code": "stopped",
    "message": "the work was stopped before it was done",
    "hint": "try again; a shorter piece takes less time",
    "field": None,
    "job": None,
}


class Worker:
    """One spawned process; `work` runs one task at a time in it.

    Parameters
    ----------
    time_limit_s : float
        After which a task is killed.
    """

    def __init__(self, time_limit_s: float) -> None:
        self._limit = time_limit_s
        self._context = multiprocessing.get_context("spawn")
        self._process: Any = None
        self._pipe: Any = None
        self._stop: Any = None

    def start(self) -> None:
        """Make the process ready, unless it is."""
        if self._process is not None and self._process.is_alive():
            return
        self._pipe, inner = self._context.Pipe()
        self._stop = self._context.Event()
        self._process = self._context.Process(target=_serve, args=(inner, self._stop), daemon=True)
        self._process.start()
        inner.close()

    def work(self, task: str, request: dict[str, Any], progress: Progress, cancelled: Event) -> Outcome:
        """Do a task; what becomes of it, whatever happens to the process."""
        try:
            self.start()
            self._stop.clear()
            self._pipe.send((task, request))
            return self._wait(progress, cancelled)
        except (EOFError, OSError):
            self.kill()
            return ("cancelled", None) if cancelled.is_set() else ("failed", dict(_STOPPED))

    def kill(self) -> None:
        """End the process; the next task starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
            with contextlib.suppress(OSError):
                self._pipe.close()
            self._process = None

    @property
    def pid(self) -> int | None:
        """The process's number, None without one."""
        return self._process.pid if self._process is not None else None

    def _wait(self, progress: Progress, cancelled: Event) -> Outcome:
        end, asked = time.monotonic() + self._limit, None
        while True:
            if self._pipe.poll(_LOOK_S):
                kind, value = self._pipe.recv()
                if kind != "progress":
                    return kind, value
                progress(*value)
            now = time.monotonic()
            if cancelled.is_set() and asked is None:
                asked = now
                self._stop.set()
            if now > end or (asked is not None and now > asked + _GRACE_S):
                self.kill()
                return ("cancelled", None) if asked is not None else ("failed", dict(_STOPPED))


def _serve(pipe: Connection, stop: Any) -> None:
    """Take tasks until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's
    from composer.studio.tasks import TASKS

    def progress(stage: str, share: float) -> None:
        if stop.is_set():
            raise CancelledError
        pipe.send(("progress", (stage, share)))

    with contextlib.suppress(EOFError, OSError):
        while True:
            task, request = pipe.recv()
            pipe.send(_outcome(TASKS[task], request, progress))


def _outcome(task: Callable[[Any, Progress], Any], request: Any, progress: Progress) -> Outcome:
    try:
        return "done", task(request, progress)
    except CancelledError:
        return "cancelled", None
    except Exception as error:  # noqa: BLE001 - the process serves on, and the answer says what happened
        return "failed", error_data(error)
