"""The quotas of a studio's users: how much each may ask for in an hour."""

from __future__ import annotations

import math
import threading
import time
from collections import deque

__all__ = ["Quotas"]

_HOUR_S = 3600.0
_SHARES = {"pictures": 1, "perceptions": 1, "versions": 1, "plans": 10, "choices": 10}
"""Kind of request -> how many of them for each piece: a plan takes a moment, a piece seconds."""


class Quotas:
    """Requests of the last hour, by user and kind.

    Parameters
    ----------
    pieces : int
        Pieces an hour for each user.
    """

    def __init__(self, pieces: int) -> None:
        self._pieces = pieces
        self._lock = threading.Lock()
        self._spent: dict[tuple[str, str], deque[float]] = {}

    def spend(self, user: str, kind: str) -> int | None:
        """Count a request.

        Parameters
        ----------
        user : str
        kind : str
            ``"pictures"``, ``"perceptions"``, ``"plans"``, ``"versions"`` or ``"choices"``; others cost nothing.

        Returns
        -------
        int or None
            None where it may pass, else seconds until the next one may, at least 1.
        """
        if kind not in _SHARES:
            return None
        most, now = self._pieces * _SHARES[kind], time.monotonic()
        with self._lock:
            spent = self._spent.setdefault((user, kind), deque())
            while spent and spent[0] <= now - _HOUR_S:
                spent.popleft()
            if len(spent) >= most:
                return max(1, math.ceil(spent[0] + _HOUR_S - now))
            spent.append(now)
        return None
