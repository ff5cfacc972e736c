"""Facts for programs that Composer writes into its MIDI files: key, caption, provenance, the parts' roles.

They stand in sequencer-specific meta events, which notation programs do not print: the manufacturer's number for
non-commercial use (0x7D), the word ``composer``, and a JSON object. Older files hold them as text events
``name: value``; both forms are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["FACTS", "TEXT", "facts_data", "read_facts"]

TEXT, FACTS = 0x01, 0x7F
"""Types of the meta events."""
_HEAD = b"\x7dcomposer"


def facts_data(facts: Mapping[str, Any]) -> bytes:
    """The data of the meta event for facts: plain JSON data by name."""
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _HEAD + text.encode("utf-8", errors="replace")


def read_facts(events: Iterable[tuple[int, bytes, str]]) -> dict[str, Any]:
    """The facts in meta events (type, data, text) of the types `FACTS` and `TEXT`; what is in no known form is left."""
    out: dict[str, Any] = {}
    for kind, data, text in events:
        if kind == FACTS and data.startswith(_HEAD):
            try:
                found = json.loads(data[len(_HEAD) :])
            except (ValueError, RecursionError):
                continue
            out |= found if isinstance(found, dict) else {}
        elif kind == TEXT and ": " in text:
            name, value = text.split(": ", 1)
            out.setdefault(name, value)
    return out
