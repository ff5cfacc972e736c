"""The workshop: what the routes of the API share, and the limits of a studio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.options import USUAL_CANDIDATES
from composer.studio.events import EventLog
from composer.studio.jobs import JobQueue
from composer.studio.log import LOG_NAME, PieceLog
from composer.studio.refusals import missing, refused, status_of
from composer.studio.store import Record, Store
from composer.studio.users import asking
from composer.studio.worker import Worker

__all__ = ["Limits", "Workshop", "open_workshop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a studio.

    Attributes
    ----------
    queue : requests that wait.
    job_s : seconds after which a job is stopped.
    candidates : of a piece where a page names none.
    waiting : requests of one user with a token that wait or run at once.
    quota : pieces an hour of one user with a token.
    """

    queue: int = 8
    job_s: float = 300.0
    candidates: int = USUAL_CANDIDATES
    waiting: int = 4
    quota: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Store, events, jobs and log of a running studio."""

    store: Store
    events: EventLog
    jobs: JobQueue
    worker: Worker
    log: PieceLog
    limits: Limits

    def get(self, kind: str, identity: str) -> Record:
        """A record of the user who asks; 404 where there is none."""
        found = self.store.find(kind, identity, owner=asking.get())
        if found is None:
            raise missing(kind, identity)
        return found

    def keep(self, kind: str, record: Record) -> Record:
        """Keep a record for the user who asks, and tell the pages."""
        self.store.put(kind, record, owner=asking.get())
        self.events.publish("artifact.ready", {"kind": kind, "id": record["id"]}, user=asking.get())
        return record

    def every(self, kind: str, *, without: Sequence[str] = ()) -> list[Record]:
        """The records of the user who asks, newest first, without some of their fields."""
        return self.store.every(kind, owner=asking.get(), without=without)

    def ask(self, task: str, request: dict[str, Any]) -> Any:
        """The worker's answer to what a page waits for."""
        state, value = self.jobs.call(task, request)
        if state == "done":
            return value
        error = value or {"code": "stopped", "message": "the studio is closing", "hint": "start it again"}
        raise refused(status_of(error["code"]), error["code"], error["message"], hint=error["hint"])

    def close(self) -> None:
        """Let everything go."""
        self.events.close()
        self.jobs.close()
        self.store.close()


def open_workshop(folder: Path, limits: Limits = Limits()) -> Workshop:
    """Open the data of a studio and start its worker.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    store, events, worker = Store(folder), EventLog(), Worker(limits.job_s)
    jobs = JobQueue(store, events, worker, length=limits.queue, waiting=limits.waiting)
    log = PieceLog(folder / LOG_NAME)
    return Workshop(store=store, events=events, jobs=jobs, worker=worker, log=log, limits=limits)
