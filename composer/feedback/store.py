"""The store of feedback: one SQLite file with the choices that a person consented to keep.

It lies at ``$COMPOSER_HOME/feedback.sqlite`` unless another path is given, is readable by its owner alone, and may be
deleted at any time; nothing else in Composer needs it. Nothing is kept for a profile before `FeedbackStore.consent`.
No picture, title or name of a file is kept, only numbers.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from composer import assets
from composer.errors import ComposerError, UsageError
from composer.feedback.events import Event, comparisons
from composer.feedback.posterior import Posterior, fit
from composer.feedback.profile import Profile
from composer.feedback.record import ProfileRecord, Row, event_of, event_to_json, posterior_of, posterior_to_json

__all__ = ["FeedbackStore", "default_path", "load_profile"]

_MIGRATIONS = (
    """
    CREATE TABLE profiles (
        name TEXT PRIMARY KEY, consented_at TEXT NOT NULL, learnt_from INTEGER NOT NULL DEFAULT 0, posterior TEXT
    );
    CREATE TABLE events (
        id INTEGER PRIMARY KEY, profile TEXT NOT NULL REFERENCES profiles (name) ON DELETE CASCADE,
        made_at TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL
    );
    CREATE INDEX events_of_profile ON events (profile, id);
    """,
)
"""The steps from an empty file to the present form; ``PRAGMA user_version`` counts those that were taken."""

_NAME = re.compile(r"[\w][\w .-]{0,63}")
_BUSY_SECONDS = 10.0


def default_path() -> Path:
    """``$COMPOSER_HOME/feedback.sqlite``; it need not exist."""
    return assets.home() / "feedback.sqlite"


class FeedbackStore:
    """An open store; a context manager.

    Parameters
    ----------
    path : path, optional
        The file; it is made where it is missing. None is `default_path`.

    Raises
    ------
    ComposerError
        The file is damaged, cannot be opened, or was written by a later version.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        with self._translated():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> FeedbackStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the journal beside it goes."""
        self._db.close()

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA secure_delete = ON")
        with self._transaction():
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if version > len(_MIGRATIONS):
                raise ComposerError(
                    f"feedback {str(self.path)!r} has version {version}; this Composer knows {len(_MIGRATIONS)}",
                    hint="install a newer Composer, or move the file away",
                )
            for step in _MIGRATIONS[version:]:
                for statement in filter(str.strip, step.split(";")):
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise ComposerError(
                f"feedback {str(self.path)!r} cannot be used: {error}",
                hint="check the file, or delete it: only what was learnt is lost",
            ) from error

    # ------------------------------------------------------------------------------------- writing

    def consent(self, name: str) -> None:
        """Make a profile: from now on its choices are kept. A second time changes nothing.

        Raises
        ------
        UsageError
            The name is empty, too long or has signs other than letters, digits, spaces, ``.``, ``_`` and ``-``.
        """
        _check_name(name)
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO profiles (name, consented_at) VALUES (?, ?)", (name, _now()))

    def add(self, name: str, event: Event) -> int:
        """Keep an event; return how many the profile has now.

        Raises
        ------
        UsageError
            Nobody consented for this profile.
        """
        with self._transaction():
            self._known(name)
            self._insert(name, Row(made_at=_now(), event=event))
            return int(self._db.execute("SELECT count(*) FROM events WHERE profile = ?", (name,)).fetchone()[0])

    def learn(self, name: str) -> Profile:
        """Fit the profile to all of its events and keep the posterior.

        Raises
        ------
        UsageError
            There is no such profile.
        """
        events = [row.event for row in self.record(name).rows]
        posterior = fit(comparisons(events))
        with self._transaction():
            self._keep(name, posterior, len(events))
        return Profile(name=name, choices=len(events), posterior=posterior)

    def restore(self, record: ProfileRecord) -> None:
        """Make a profile with all that a record holds.

        Raises
        ------
        UsageError
            A profile of that name is there.
        """
        _check_name(record.name)
        with self._transaction():
            if record.name in self._names():
                raise UsageError(
                    f"feedback: there is a profile {record.name!r} already",
                    hint="delete it first, or import under another name",
                )
            self._db.execute(
                "INSERT INTO profiles (name, consented_at) VALUES (?, ?)", (record.name, record.consented_at)
            )
            for row in record.rows:
                self._insert(record.name, row)
            if record.posterior is not None:
                self._keep(record.name, record.posterior, record.learnt_from)

    def delete(self, name: str) -> int:
        """Forget a profile and its events, overwriting them in the file; return how many events there were.

        Raises
        ------
        UsageError
            There is no such profile.
        """
        with self._transaction():
            self._known(name)
            count = self._db.execute("DELETE FROM events WHERE profile = ?", (name,)).rowcount
            self._db.execute("DELETE FROM profiles WHERE name = ?", (name,))
        with self._translated():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(count)

    def _insert(self, name: str, row: Row) -> None:
        kind, data = event_to_json(row.event)
        self._db.execute(
            "INSERT INTO events (profile, made_at, kind, data) VALUES (?, ?, ?, ?)",
            (name, row.made_at, kind, json.dumps(data)),
        )

    def _keep(self, name: str, posterior: Posterior, count: int) -> None:
        text = json.dumps(posterior_to_json(posterior))
        self._db.execute("UPDATE profiles SET posterior = ?, learnt_from = ? WHERE name = ?", (text, count, name))

    # ------------------------------------------------------------------------------------- reading

    def names(self) -> tuple[str, ...]:
        """The profiles, sorted."""
        with self._translated():
            return self._names()

    def _names(self) -> tuple[str, ...]:
        return tuple(row[0] for row in self._db.execute("SELECT name FROM profiles ORDER BY name"))

    def _known(self, name: str) -> None:
        names = self._names()
        if name not in names:
            raise UsageError(
                f"feedback: there is no profile {name!r}; there are: {', '.join(names) or 'none'}",
                hint="nothing is kept before a person consents; check the name with 'compose feedback stats'",
            )

    def record(self, name: str) -> ProfileRecord:
        """All that is kept of a profile.

        Raises
        ------
        UsageError
            There is no such profile.
        """
        with self._translated():
            self._known(name)
            consented_at, learnt_from, text = self._db.execute(
                "SELECT consented_at, learnt_from, posterior FROM profiles WHERE name = ?", (name,)
            ).fetchone()
            events = self._db.execute("SELECT made_at, kind, data FROM events WHERE profile = ? ORDER BY id", (name,))
            rows = tuple(Row(made_at=at, event=event_of(kind, json.loads(data))) for at, kind, data in events)
        posterior = posterior_of(json.loads(text)) if text is not None else None
        return ProfileRecord(
            name=name, consented_at=consented_at, rows=rows, posterior=posterior, learnt_from=learnt_from
        )


def load_profile(name: str, path: Path | None = None) -> Profile:
    """The profile as it was last learnt; the file is not made where there is none.

    Raises
    ------
    UsageError
        There is no such profile, or nothing was learnt from it yet.
    ComposerError
        The file cannot be used.
    """
    where = path or default_path()
    if not where.exists():
        raise UsageError(
            f"--profile: there is no profile {name!r}: nothing was ever kept in {str(where)!r}",
            hint="leave --profile out, or import one with 'compose feedback import FILE.json'",
        )
    with closing(FeedbackStore(where)) as store:
        record = store.record(name)
    if record.posterior is None:
        raise UsageError(
            f"--profile: nothing was learnt from the {len(record.rows)} choices of {name!r} yet",
            hint=f"run 'compose feedback learn --profile {name}'",
        )
    return Profile(name=name, choices=record.learnt_from, posterior=record.posterior)


def _check_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            f"feedback: {name!r} is no name of a profile",
            hint="take up to 64 letters, digits, spaces, '.', '_' and '-'",
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
