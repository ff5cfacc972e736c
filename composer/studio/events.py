"""The events of a studio: numbered, held for a while, sent to every open page."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from composer.studio.users import OWNER

__all__ = ["EventLog"]

_HELD = 1000
_LOOK_S, _QUIET_S = 0.1, 15.0


class EventLog:
    """The events so far, of which the last thousand are held for pages that come back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: deque[tuple[int, str, Any, str]] = deque(maxlen=_HELD)
        self._last = 0
        self._open = True

    @property
    def last(self) -> int:
        """Number of the latest event, 0 before the first."""
        return self._last

    def publish(self, name: str, data: Any, *, user: str = OWNER) -> None:
        """Say to a user what has happened; may be called from any thread."""
        with self._lock:
            self._last += 1
            self._events.append((self._last, name, data, user))

    def close(self) -> None:
        """End every stream."""
        self._open = False

    def since(self, number: int, user: str = OWNER) -> list[tuple[int, str, Any]]:
        """A user's events after `number`; one ``resync`` where some are no longer held, or were another server's."""
        with self._lock:
            first = self._events[0][0] if self._events else self._last + 1
            if number > self._last or number + 1 < first:
                return [(self._last, "resync", {})]
            return [(n, name, data) for n, name, data, whose in self._events if n > number and whose == user]

    async def stream(self, after: int | None, user: str = OWNER) -> AsyncIterator[str]:
        """Server-sent events of a user from `after` on, or from now; a comment keeps a quiet connection."""
        number, quiet = self._last if after is None else after, 0.0
        yield ": here\n\n"
        while self._open:
            found = self.since(number, user)
            for number, name, data in found:
                yield f"id: {number}\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
            quiet = 0.0 if found else quiet + _LOOK_S
            if quiet >= _QUIET_S:
                quiet = 0.0
                yield ": quiet\n\n"
            await asyncio.sleep(_LOOK_S)
