"""The users of a studio: who asks, and the tokens by which they are known.

The person who opens the printed address is the user `OWNER`. Others have a token each, of which only the SHA-256 digest
is kept, in ``users.json`` of the studio's folder. What one user has made, no other sees.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from contextvars import ContextVar
from pathlib import Path

from composer.errors import OutputError, UsageError
from composer.files import atomic_write

__all__ = ["OWNER", "USERS_NAME", "Users", "add_user", "asking", "remove_user"]

OWNER = "studio"
USERS_NAME = "users.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

asking: ContextVar[str] = ContextVar("asking", default=OWNER)
"""Name of the user whose request is answered; the work that a job does afterwards has it too."""


class Users:
    """Who may come in with a token of their own; a change of the file counts at once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / USERS_NAME
        self._stamp: tuple[int, int] | None = None
        self._digests: dict[str, str] = {}

    def digests(self) -> dict[str, str]:
        """Name -> SHA-256 digest of the token, in hex; nobody where the file is missing or damaged."""
        try:
            found = self._path.stat()
            if (stamp := (found.st_mtime_ns, found.st_size)) != self._stamp:
                self._digests, self._stamp = _read(self._path), stamp
        except FileNotFoundError:
            self._digests, self._stamp = {}, None
        except (OSError, UsageError):
            return {}
        return self._digests

    def of_token(self, token: str) -> str | None:
        """Name of the user who has this token, or None."""
        digest = _digest(token)
        found = [name for name, known in self.digests().items() if hmac.compare_digest(known, digest)]
        return found[0] if found else None


def add_user(folder: Path, name: str) -> str:
    """Let a user in; return the token, which is not kept and cannot be shown again. A former one no longer works.

    Raises
    ------
    UsageError
        It is no name, or the file is damaged.
    OutputError
        The file cannot be written.
    """
    if _NAME.fullmatch(name) is None or name == OWNER:
        raise UsageError(
            f"--add-user: {name[:80]!r} is no user's name", hint=f"take letters, digits, '_' and '-'; not {OWNER!r}"
        )
    token = secrets.token_urlsafe(32)
    path = folder / USERS_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutputError(f"cannot make the folder {str(folder)!r}: {error.strerror}") from error
    _write(path, {**(_read(path) if path.exists() else {}), name: _digest(token)})
    return token


def remove_user(folder: Path, name: str) -> None:
    """Let a user in no longer; what was made stays.

    Raises
    ------
    UsageError
        There is no such user.
    OutputError
        The file cannot be written.
    """
    path = folder / USERS_NAME
    known = _read(path) if path.exists() else {}
    if name not in known:
        raise UsageError(
            f"--remove-user: there is no user {name[:80]!r}", hint=f"known: {', '.join(sorted(known)) or 'nobody'}"
        )
    _write(path, {other: digest for other, digest in known.items() if other != name})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", errors="replace")).hexdigest()


def _read(path: Path) -> dict[str, str]:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{str(path)!r} cannot be read", hint="mend it, or delete it and add its users again"
        ) from error
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise UsageError(f"{str(path)!r} holds no users", hint="mend it, or delete it and add its users again")
    return data


def _write(path: Path, users: dict[str, str]) -> None:
    with atomic_write(path) as temporary:
        temporary.chmod(0o600)
        temporary.write_text(json.dumps(users, indent=2) + "\n", encoding="utf-8")
