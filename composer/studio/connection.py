"""A connection to a studio's server: JSON requests with a token, and errors in two lines."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from time import sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from composer import assets
from composer.errors import ComposerError, ExternalToolError, PlanError, UsageError

__all__ = ["Connection"]

_TIMEOUT_S = 600.0
"""A server answers when a file is ready."""
_LONGEST_WAIT_S, _MOST_WAITS = 60, 30
_MOST_BYTES = 64 * 1024 * 1024
_HERE = ("127.0.0.1", "localhost", "::1")


class _NoRedirects(HTTPRedirectHandler):
    """A token goes to the server that was named, and to no other."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Follow none (urllib's hook)."""


class Connection:
    """Requests to one server.

    Parameters
    ----------
    server : str
        ``"https://museum.example"`` or ``"http://127.0.0.1:8765"``.
    token : str, optional
    waiting : callable
        Called with the seconds until a request that the server had no room for is sent again.

    Raises
    ------
    UsageError
        It is no address, or ``COMPOSER_OFFLINE`` forbids the network.
    """

    def __init__(self, server: str, token: str | None, *, waiting: Callable[[int], None]) -> None:
        parts = _address(server)
        here = parts.hostname in _HERE
        if assets.offline() and not here:
            raise UsageError("--server: COMPOSER_OFFLINE forbids the network", hint="unset it, or leave --server out")
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._headers = {"Accept": "application/json", "User-Agent": "compose"}
        if token:
            if not token.isascii() or not token.isprintable():
                raise UsageError("--token: it holds letters that no token has", hint="copy it once more")
            self._headers["Authorization"] = f"Bearer {token}"
        self._waiting = waiting
        self._opener: OpenerDirector = build_opener(_NoRedirects, *([ProxyHandler({})] if here else []))

    def get(self, path: str) -> dict[str, Any]:
        """The answer to a question."""
        return self._json("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request with a body."""
        return self._json("POST", path, json.dumps(_valid(body)).encode())

    def delete(self, path: str) -> None:
        """Take something back."""
        self._json("DELETE", path)

    def fetch(self, path: str, target: Path) -> None:
        """Write a file of the server to `target`."""
        with self._open("GET", path) as answer, target.open("wb") as file:
            try:
                shutil.copyfileobj(answer, file)
            except HTTPException as error:
                raise self._unreachable(error) from error

    def _json(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        with self._open(method, path, body) as answer:
            try:
                data = json.loads(answer.read(_MOST_BYTES) or b"{}")
            except (OSError, HTTPException, ValueError) as error:
                raise self._unreachable(error) from error
        if not isinstance(data, dict):
            raise self._unreachable(ValueError("its answer is no studio's"))
        return data

    def _open(self, method: str, path: str, body: bytes | None = None) -> Any:
        """The open answer; a server without room is asked again when it said."""
        headers = {**self._headers, **({"Content-Type": "application/json"} if body is not None else {})}
        request = Request(f"{self._base}/api/{path}", body, headers, method=method)  # noqa: S310 - http alone, see _address
        for _ in range(_MOST_WAITS):
            try:
                return self._opener.open(request, timeout=_TIMEOUT_S)
            except HTTPError as error:
                with error:
                    seconds = _seconds(error)
                    if seconds is None:
                        raise self._refused(error) from error
                self._waiting(seconds)
                sleep(seconds)
            except (URLError, OSError, HTTPException) as error:
                raise self._unreachable(error) from error
        raise ExternalToolError(f"the server at {self._base} has no room", hint="try again later")

    def _refused(self, error: HTTPError) -> ComposerError:
        try:
            said = json.loads(error.read(_MOST_BYTES))["error"]
            message, hint = str(said["message"]), str(said["hint"])
        except (OSError, HTTPException, ValueError, KeyError, TypeError):
            return ExternalToolError(
                f"no studio answers at {self._base} (HTTP {error.code})", hint="check the address of --server"
            )
        if error.code == 401:
            return UsageError(
                "--server: the token is wrong or missing", hint="give --token TOKEN, or set COMPOSER_TOKEN to it"
            )
        kinds: dict[int, type[ComposerError]] = {403: UsageError, 413: UsageError, 422: UsageError}
        kind = PlanError if said.get("code") == "plan" else kinds.get(error.code, ExternalToolError)
        return kind(f"the server: {message}", hint=hint)

    def _unreachable(self, error: Exception) -> ExternalToolError:
        reason = getattr(error, "reason", None) or error
        said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        return ExternalToolError(
            f"the server at {self._base} cannot be reached: {said}", hint="is 'compose studio' running there?"
        )


def _address(server: str) -> SplitResult:
    try:
        parts = urlsplit(server.strip())
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
        if not whole or parts.query or parts.fragment or parts.username is not None:
            raise ValueError(server)
        parts.port  # noqa: B018 - raises where it is none
    except ValueError as error:
        raise UsageError(
            f"--server: {server[:80]!r} is no address of a server",
            hint="give http://NAME:PORT or https://NAME; the token goes into --token",
        ) from error
    return parts


def _seconds(error: HTTPError) -> int | None:
    """Seconds until a request may be sent again, or None where waiting is no answer."""
    said = error.headers.get("Retry-After", "")
    if error.code != 429 or not said.isdecimal() or int(said) > _LONGEST_WAIT_S:
        return None
    return max(1, math.ceil(int(said)))


def _valid(value: Any) -> Any:
    """Without halves of characters, which a name from an undecodable path holds."""
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode()
    if isinstance(value, dict):
        return {_valid(key): _valid(inner) for key, inner in value.items()}
    return [_valid(inner) for inner in value] if isinstance(value, list) else value
