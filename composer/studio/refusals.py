"""Refusals in the form that the API gives them: a status, a code, one line and a hint."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException

from composer.errors import (
    AssetError,
    ComposerError,
    ExternalToolError,
    ImageError,
    MidiError,
    OutputError,
    PlanError,
    UsageError,
)

__all__ = ["error_data", "missing", "refused", "status_of"]

_CODES: tuple[tuple[type[ComposerError], str], ...] = (
    (ImageError, "image"),
    (MidiError, "midi"),
    (PlanError, "plan"),
    (UsageError, "usage"),
    (AssetError, "asset"),
    (ExternalToolError, "external"),
    (OutputError, "output"),
)
_STATUSES = {"asset": 503, "external": 503, "stopped": 503, "output": 507, "internal": 500, "cancelled": 409}


def error_data(error: BaseException) -> dict[str, Any]:
    """The inside of ``{"error": ...}`` for what was raised; an unforeseen error says nothing of the inside."""
    if isinstance(error, ComposerError):
        code = next((code for kind, code in _CODES if isinstance(error, kind)), "internal")
        head = error.message.split(":", 1)[0]
        field = head.removeprefix("--") if ":" in error.message and " " not in head else None
        return _data(code, error.message, error.hint, field)
    return _data("internal", f"an error that was not foreseen ({type(error).__name__})", "try again, or report it")


def status_of(code: str) -> int:
    """The HTTP status of a code."""
    return _STATUSES.get(code, 422)


def refused(status: int, code: str, message: str, *, hint: str = "", retry: int | None = None) -> HTTPException:
    """The exception that becomes this answer; `retry` is in seconds."""
    headers = {"Retry-After": str(retry)} if retry is not None else None
    return HTTPException(status, _data(code, message, hint), headers)


def missing(kind: str, identity: str) -> HTTPException:
    """The answer where nothing has this id."""
    return refused(404, "missing", f"there is no {kind} {identity[:40]!r}", hint="ask /api/state for what there is")


def _data(code: str, message: str, hint: str, field: str | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "hint": hint, "field": field, "job": None}
