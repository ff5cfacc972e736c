"""The guard before the API: host, origin, token, size of the body, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from composer.studio.quotas import Quotas
from composer.studio.refusals import refused
from composer.studio.users import OWNER, asking
from composer.studio.visitors import Visitors

__all__ = ["PICTURE_BYTES", "Guard"]

PICTURE_BYTES = 50 * 1024 * 1024
_BODY_BYTES = 4 * 1024 * 1024
_SAFE = ("GET", "HEAD")
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' blob: data:; connect-src 'self'; worker-src 'self' blob:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """An ASGI application before another.

    Parameters
    ----------
    app : ASGI application
    origins : mapping
        The only values of ``Host``, each with its port -> the ``Origin`` that writes to it have.
    visitors : Visitors
        Who comes in.
    quotas : Quotas
        What those with a token of their own may ask for.
    """

    def __init__(self, app: ASGIApp, *, origins: Mapping[str, str], visitors: Visitors, quotas: Quotas) -> None:
        self._app, self._origins, self._visitors, self._quotas = app, dict(origins), visitors, quotas

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store" if scope["path"].startswith("/api/") else "no-cache")
            await send(message)

        user = self._visitors.find(Headers(scope=scope))
        answer = self._answer(scope, user)
        if answer is not None:
            await answer(scope, receive, headed)
            return
        before = asking.set(user or OWNER)
        try:
            await self._app(scope, _limited(receive, _limit(scope)), headed)
        finally:
            asking.reset(before)

    def _answer(self, scope: Scope, user: str | None) -> Response | None:
        """What is answered instead, or None."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._origins:
            return _refusal(403, "host", "this address is not the studio's")
        origin = headers.get("origin")
        # Another site's page has no token to send, so a program with one needs no origin; a wrong origin stays wrong.
        program = origin is None and headers.get("authorization") is not None and user is not None
        if scope["method"] not in _SAFE and origin != self._origins[host] and not program:
            return _refusal(403, "origin", "another page may not write here")
        offered = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and offered:
            return self._entrance(offered, user, secure=self._origins[host].startswith("https"))
        if scope["path"].startswith("/api/"):
            if user is None:
                return _refusal(401, "token", "this browser has not opened the studio's address with its token")
            if scope["method"] not in _SAFE and user != OWNER and (refusal := self._spent(scope, user)):
                return refusal
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > _limit(scope):
            return _refusal(413, "size", f"the body is larger than {_limit(scope)} bytes")
        return None

    def _spent(self, scope: Scope, user: str) -> Response | None:
        """The refusal of a user who has asked for too much."""
        kind = scope["path"].split("/")[2]
        seconds = self._quotas.spend(user, kind) if scope["method"] in ("POST", "PUT") else None
        if seconds is None:
            return None
        answer = _refusal(
            429, "quota", f"{user} has asked for as many {kind} as an hour allows", hint="come back later"
        )
        answer.headers["Retry-After"] = str(seconds)
        return answer

    def _entrance(self, offered: str, user: str | None, *, secure: bool) -> Response:
        """The way in: a cookie for a token."""
        cookie = self._visitors.enter(offered, user)
        if cookie is None:
            return _refusal(401, "token", "this token is wrong or was used before")
        answer = RedirectResponse("/", 303)
        if cookie:
            name = self._visitors.cookie
            answer.set_cookie(name, cookie, httponly=True, samesite="strict", secure=secure, path="/")
        return answer


def _limit(scope: Scope) -> int:
    return PICTURE_BYTES if scope["path"] == "/api/pictures" else _BODY_BYTES


def _limited(receive: Receive, most: int) -> Receive:
    """A body that ends in 413 where it grows too large without having said so."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise refused(413, "size", f"the body is larger than {most} bytes")
        return message

    return counted


def _refusal(
    status: int, code: str, message: str, *, hint: str = "open the address that 'compose studio' prints"
) -> Response:
    data: dict[str, Any] = {"code": code, "message": message, "hint": hint, "field": None, "job": None}
    return JSONResponse({"error": data}, status)
