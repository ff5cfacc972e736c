"""The jobs of a studio: a bounded queue before one worker, with progress, cancellation and a memory of what failed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any

from fastapi import HTTPException

from composer.errors import ComposerError
from composer.studio.events import EventLog
from composer.studio.refusals import error_data, refused
from composer.studio.store import Record, Store, new_id
from composer.studio.users import OWNER, asking
from composer.studio.worker import Outcome, Worker

__all__ = ["ENDED", "JobQueue"]

ENDED = ("done", "failed", "cancelled")
_RETRY_S = 5
_KEPT = 200
"""Ended jobs that are remembered."""
_VISIBLE = ("id", "kind", "state", "stage", "share", "result", "error", "request", "created")

Fail = Callable[[dict[str, Any]], None]
"""Clears away what the work that failed is no longer needed for; gets the error."""
Finish = Callable[[dict[str, Any]], dict[str, Any]]
"""Keeps what the worker gave; returns the job's result."""


@dataclass(slots=True, eq=False)
class _Work:
    """A task that waits or runs; `record` is the job's, None for what somebody waits for in person.

    What is done with the result is done for the user who asked: `context` says who that was.
    """

    task: str
    request: dict[str, Any]
    record: Record | None = None
    finish: Finish | None = None
    fail: Fail | None = None
    owner: str = field(default_factory=asking.get)
    context: Context = field(default_factory=copy_context)
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome = ("cancelled", None)


class JobQueue:
    """Work in the order in which it came, a score or a file that a page waits for before any job.

    Parameters
    ----------
    store, events, worker
        Where jobs are kept, told and done.
    length : int
        How many may wait; one more is refused with 429.
    waiting : int
        How many of one user with a token may wait or run.
    """

    def __init__(self, store: Store, events: EventLog, worker: Worker, *, length: int, waiting: int) -> None:
        self._store, self._events, self._worker = store, events, worker
        self._length, self._waiting = length, waiting
        self._changed = threading.Condition()
        self._jobs: deque[_Work] = deque()
        self._calls: deque[_Work] = deque()
        self._current: _Work | None = None
        self._unkept: deque[tuple[str, Record]] = deque(maxlen=_KEPT)  # jobs whose end a full disk did not take
        self._open = True
        self._fail_unfinished()
        self._thread = threading.Thread(target=self._run, name="studio jobs", daemon=True)
        self._thread.start()

    def submit(
        self, kind: str, request: dict[str, Any], finish: Finish, *, asked: dict[str, Any], fail: Fail | None = None
    ) -> Record:
        """Queue a job; `asked` is the request as the page made it."""
        self._store.check_space()
        record: Record = {
            "id": new_id(), "kind": kind, "state": "queued", "stage": "", "share": 0.0,
            "result": None, "error": None, "request": asked,
        }  # fmt: skip
        self._add(self._jobs, _Work(kind, request, record, finish, fail))
        return public(record)

    def call(self, task: str, request: dict[str, Any]) -> Outcome:
        """Do a task and wait for it."""
        work = _Work(task, request)
        self._add(self._calls, work)
        work.ended.wait()
        return work.outcome

    def get(self, identity: str) -> Record | None:
        """A job of the user who asks, as it stands, or None."""
        record = self._store.find("job", identity, owner=asking.get())
        with self._changed:
            work = self._find(identity)
            unkept = (r for owner, r in self._unkept if owner == asking.get() and r["id"] == identity)
            found = work.record if work is not None else next(unkept, record)
            return public(found) if found else None

    def every(self) -> list[Record]:
        """What waits or runs for the user who asks, and the last twenty that ended."""
        with self._changed:
            alive = [public(work.record) for work in self._alive() if work.record and work.owner == asking.get()]
        known = {record["id"] for record in alive}
        ended = self._store.every("job", most=20, owner=asking.get())
        return alive + [public(record) for record in ended if record["id"] not in known]

    def cancel(self, identity: str) -> bool:
        """Ask a job to stop; False when it had ended."""
        with self._changed:
            work = self._find(identity)
            if work is None:
                return False
            work.cancelled.set()
            waits = work in self._jobs
            if waits:
                self._jobs.remove(work)
        if waits:
            self._end(work, ("cancelled", None))
        return True

    def close(self) -> None:
        """Stop everything; what was not done is said to have failed at the next start."""
        with self._changed:
            self._open = False
            for work in self._alive():
                work.cancelled.set()
            for work in self._calls:
                work.ended.set()
            self._changed.notify_all()
        self._thread.join(5)
        self._worker.kill()

    # ---------------------------------------------------------------------------------------- within

    def _alive(self) -> list[_Work]:
        return [*([self._current] if self._current else []), *self._calls, *self._jobs]

    def _find(self, identity: str) -> _Work | None:
        """What waits or runs under this id for the user who asks."""
        mine = (work for work in self._alive() if work.record and work.owner == asking.get())
        return next((work for work in mine if work.record and work.record["id"] == identity), None)

    def _check_room(self, owner: str) -> None:
        """Refuse what would be one too many, of all or of one user."""
        if len(self._jobs) + len(self._calls) >= self._length or not self._open:
            what = f"{self._length} requests wait already"
        elif owner != OWNER and sum(work.owner == owner for work in self._alive()) >= self._waiting:
            what = f"{self._waiting} requests of {owner} are being done"
        else:
            return
        raise refused(429, "full", what, hint="try again in a moment", retry=_RETRY_S)

    def _add(self, queue: deque[_Work], work: _Work) -> None:
        with self._changed:
            self._check_room(work.owner)
            if work.record is not None:
                self._store.put("job", work.record, owner=work.owner)
                self._events.publish("job.queued", public(work.record), user=work.owner)
            queue.append(work)
            self._changed.notify_all()

    def _run(self) -> None:
        self._worker.start()
        while (work := self._next()) is not None:
            try:
                outcome = self._worker.work(work.task, work.request, self._progress(work), work.cancelled)
            except Exception as error:  # noqa: BLE001 - the next job is done all the same
                self._worker.kill()
                outcome = ("failed", error_data(error))
            with self._changed:
                self._current = None
                stopping = not self._open
            if stopping:
                work.ended.set()
                return
            self._end(work, outcome)

    def _next(self) -> _Work | None:
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._jobs or not self._open)
            if not self._open:
                return None
            self._current = self._calls.popleft() if self._calls else self._jobs.popleft()
            return self._current

    def _progress(self, work: _Work) -> Callable[[str, float], None]:
        def told(stage: str, share: float) -> None:
            record = work.record
            if record is None:
                return
            coarse = round(share, 2)
            if (record["stage"], record["share"], record["state"]) != (stage, coarse, "running"):
                record.update(state="running", stage=stage, share=coarse)
                self._events.publish("job.progress", public(record), user=work.owner)

        return told

    def _end(self, work: _Work, outcome: Outcome) -> None:
        state, value = work.outcome = _finished(work, outcome)
        record = work.record
        if record is not None:
            record.update(state=state, result=value if state == "done" else None)
            if state == "failed":
                record["error"] = {**value, "job": record["id"]}
            record["share"] = 1.0 if state == "done" else record["share"]
            try:
                self._store.put("job", record)
                self._forget_old()
            except ComposerError as error:
                record.update(state="failed", result=None, error={**error_data(error), "job": record["id"]})
                state = "failed"
                self._unkept.append((work.owner, record))
            self._events.publish(f"job.{state}", public(record), user=work.owner)
        work.ended.set()

    def _forget_old(self) -> None:
        for record in self._store.every("job", most=_KEPT + 50)[_KEPT:]:
            self._store.delete("job", record["id"])

    def _fail_unfinished(self) -> None:
        for record in self._store.every("job"):
            if record["state"] not in ENDED:
                error = {
                    "code": "stopped", "message": "the studio was stopped while this was done",
                    "hint": "send the request again", "field": None, "job": record["id"],
                }  # fmt: skip
                self._store.put("job", {**record, "state": "failed", "error": error})


def _finished(work: _Work, outcome: Outcome) -> Outcome:
    """What becomes of a task once its result is kept, or what it has left is cleared away."""
    state, value = outcome
    if state == "done" and work.finish is not None:
        try:
            value = work.context.run(work.finish, value)
        except HTTPException as error:  # what it was for has gone meanwhile
            state, value = "failed", error.detail
        except Exception as error:  # noqa: BLE001 - the queue goes on, and the job says what happened
            state, value = "failed", error_data(error)
    if state == "failed" and work.fail is not None:
        with suppress(ComposerError):
            work.context.run(work.fail, value)
    return state, value


def public(record: Record) -> Record:
    """A job as the API shows it."""
    return {name: record.get(name) for name in _VISIBLE}
