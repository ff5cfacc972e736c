"""The years in dates as museums and metadata write them: ``1905-05-01``, ``c. 1660-65``, ``undated``."""

from __future__ import annotations

import re

__all__ = ["first_year"]

_YEAR = re.compile(r"(?<!\d)(?:1\d{3}|20\d{2}|2100)(?!\d)")


def first_year(text: str) -> int | None:
    """Return the first year, 1000 to 2100, of a text that holds a date; None without one."""
    found = _YEAR.search(text)
    return int(found[0]) if found else None
