"""The store of a studio: SQLite for what is known of pictures, plans and versions, a folder for their files.

Conventions
-----------
* A record is JSON under an id and a kind: ``"picture"``, ``"perception"``, ``"plan"``, ``"version"``, ``"choice"``,
  ``"job"``.
* A record belongs to a user; methods without a user see the records of all.
* The schema's number stands in ``user_version``; every step of `_MIGRATIONS` leads to the next one.
* The log is written ahead (WAL): a process that is killed loses what it had not committed, and nothing else.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from composer.errors import OutputError
from composer.files import atomic_write
from composer.studio.users import OWNER

__all__ = ["Record", "Store", "new_id"]

Record = dict[str, Any]

_MIGRATIONS = (
    """
    CREATE TABLE records (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        created REAL NOT NULL,
        data TEXT NOT NULL,
        UNIQUE (kind, id)
    );
    """,
    """
    ALTER TABLE records ADD COLUMN owner TEXT NOT NULL DEFAULT 'studio';
    CREATE INDEX records_owner ON records (kind, owner, number);
    """,
)


_LEAST_FREE = 64 * 1024 * 1024


def new_id() -> str:
    """A name that nobody can guess."""
    return secrets.token_hex(8)


def _lock(folder: Path) -> sqlite3.Connection:
    """What one process alone can hold, until it closes it or ends."""
    lock = sqlite3.connect(folder / "lock", timeout=0.5, check_same_thread=False, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if "locked" not in str(error):
            raise
        raise OutputError(
            f"another studio is open with the data in {str(folder)!r}",
            hint="close it, or give another folder with --data",
        ) from error
    return lock


class Store:
    """What a studio keeps between two starts.

    Parameters
    ----------
    folder : Path
        Made where it is missing; readable by its owner alone.

    Raises
    ------
    OutputError
        The folder or its database cannot be written, or another studio has it open.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._alone = _lock(folder)
            self._database = sqlite3.connect(folder / "studio.sqlite", check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"cannot keep the studio's data in {str(folder)!r}: {error}") from error
        with self._writing():
            self._database.execute("PRAGMA journal_mode = WAL")
            self._migrate()
        self._tidy()

    def close(self) -> None:
        """Let the database go."""
        with self._lock:
            self._database.close()
            self._alone.close()

    def check_space(self) -> None:
        """Refuse work where the disk has next to no room for its results.

        Raises
        ------
        OutputError
            Less than 64 MB are free.
        """
        free = shutil.disk_usage(self.folder).free
        if free < _LEAST_FREE:
            raise OutputError(
                f"the disk with the studio's data is full: {free // 2**20} MB are free",
                hint="free some space, then retry",
            )

    def put(self, kind: str, data: Record, *, owner: str = OWNER) -> Record:
        """Keep a record under its ``id``; a former one of that id is replaced and keeps its owner."""
        data.setdefault("created", round(time.time(), 3))
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        with self._writing():
            self._database.execute(
                "INSERT INTO records (kind, id, created, data, owner) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data",
                (kind, data["id"], data["created"], text, owner),
            )
        return data

    def find(self, kind: str, identity: str, *, owner: str | None = None) -> Record | None:
        """A record, or None."""
        query = "SELECT data FROM records WHERE kind = ? AND id = ? AND owner = ifnull(?, owner)"
        with self._reading():
            row = self._database.execute(query, (kind, identity, owner)).fetchone()
        return json.loads(row[0]) if row else None

    def every(
        self, kind: str, *, most: int = 1000, owner: str | None = None, without: Sequence[str] = ()
    ) -> list[Record]:
        """The records of a kind, newest first, without some of their fields."""
        left_out = [f"$.{name}" for name in without]
        data = f"json_remove(data{', ?' * len(left_out)})"
        query = f"SELECT {data} FROM records WHERE kind = ? AND owner = ifnull(?, owner) ORDER BY number DESC LIMIT ?"  # noqa: S608 - question marks
        with self._reading():
            rows = self._database.execute(query, (*left_out, kind, owner, most)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def count(self, kind: str, *, owner: str | None = None) -> int:
        """How many records of a kind there are."""
        query = "SELECT count(*) FROM records WHERE kind = ? AND owner = ifnull(?, owner)"
        with self._reading():
            found = self._database.execute(query, (kind, owner)).fetchone()
        return int(found[0])

    def delete(self, kind: str, identity: str | None = None, *, owner: str | None = None) -> None:
        """Forget a record, or all of a kind; the files of a picture or a version go too."""
        with self._writing():
            if identity is None:
                self._database.execute("DELETE FROM records WHERE kind = ? AND owner = ifnull(?, owner)", (kind, owner))
            else:
                self._database.execute("DELETE FROM records WHERE kind = ? AND id = ?", (kind, identity))
                self.forget_files(kind, identity)

    def path(self, kind: str, identity: str, name: str) -> Path:
        """The place of a file that belongs to a record; its folder is made."""
        folder = self._place(kind, identity)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutputError(f"cannot keep a file of the studio: {error.strerror}") from error
        return folder / name

    def keep_file(self, kind: str, identity: str, name: str, data: bytes) -> Path:
        """Write a file of a record, whole or not at all."""
        path = self.path(kind, identity, name)
        with atomic_write(path) as temporary:
            temporary.write_bytes(data)
        return path

    def forget_files(self, kind: str, identity: str) -> None:
        """Delete the files of a record."""
        shutil.rmtree(self._place(kind, identity), ignore_errors=True)

    def _tidy(self) -> None:
        """Delete what a process that was killed left behind: half a file, and files of no record."""
        for kind in ("picture", "version"):
            known = {record["id"] for record in self.every(kind, most=-1, without=("piece", "plan", "provenance"))}
            for place in (self.folder / f"{kind}s").glob("*"):
                if place.name not in known:
                    shutil.rmtree(place, ignore_errors=True)
        for half in self.folder.rglob(".*.part*"):
            with suppress(OSError):
                half.unlink()

    def _place(self, kind: str, identity: str) -> Path:
        return self.folder / f"{kind}s" / identity

    def _migrate(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > len(_MIGRATIONS):
            raise OutputError(
                f"the studio's data in {str(self.folder)!r} is of a later version of Composer",
                hint="update Composer, or give another folder with --data",
            )
        for number in range(version, len(_MIGRATIONS)):
            self._database.executescript(_MIGRATIONS[number])
            self._database.execute(f"PRAGMA user_version = {number + 1}")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise OutputError(f"the studio's data cannot be read: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time; a full disk becomes an error that says so."""
        with self._lock:
            try:
                with self._database:
                    yield
            except sqlite3.Error as error:
                raise OutputError(f"the studio's data cannot be written: {error}") from error
