"""The exchange form of a profile: one JSON object with all that is kept of it, to take along, back up or restore."""

from __future__ import annotations

import json

from composer.errors import UsageError
from composer.feedback.record import ProfileRecord, Row, event_of, event_to_json, posterior_of, posterior_to_json

__all__ = ["FEEDBACK_FORMAT", "from_json", "to_json"]

FEEDBACK_FORMAT = "composer-feedback/1"


def to_json(record: ProfileRecord) -> str:
    """A record as JSON text; the same record gives the same text."""
    events = []
    for row in record.rows:
        kind, data = event_to_json(row.event)
        events.append({"made_at": row.made_at, "kind": kind, **data})
    whole = {
        "format": FEEDBACK_FORMAT,
        "profile": record.name,
        "consented_at": record.consented_at,
        "learnt_from": record.learnt_from,
        "posterior": posterior_to_json(record.posterior) if record.posterior is not None else None,
        "events": events,
    }
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def from_json(text: str) -> ProfileRecord:
    """A record from JSON text.

    Raises
    ------
    UsageError
        It is no exported profile, or an event in it breaks a rule.
    """
    try:
        data = json.loads(text)
        if data["format"] != FEEDBACK_FORMAT:
            raise ValueError(f"format {data['format']!r}, expected {FEEDBACK_FORMAT!r}")
        rows = []
        for item in data["events"]:
            fields = {name: value for name, value in item.items() if name not in ("made_at", "kind")}
            rows.append(Row(made_at=str(item["made_at"]), event=event_of(item["kind"], fields)))
        posterior = posterior_of(data["posterior"]) if data["posterior"] is not None else None
        return ProfileRecord(
            name=str(data["profile"]),
            consented_at=str(data["consented_at"]),
            rows=tuple(rows),
            posterior=posterior,
            learnt_from=int(data["learnt_from"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"feedback: this is no exported profile: {error}", hint="give a file that 'compose feedback export' wrote"
        ) from error
