"""The guard before the API: host, origin, token, size of the body, and the headers of every answer."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from composer.studio.refusals import refused

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
    hosts : iterable of str
        The only values of ``Host``, each with its port.
    port : int
        It stands in the cookie's name, so that two studios on one machine do not take each other's.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], port: int, token: str) -> None:
        self._app, self._hosts = app, frozenset(hosts)
        self._cookie, self._secret = f"composer_{port}", secrets.token_urlsafe(32)
        self._token: str | None = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._answer(scope)

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store" if scope["path"].startswith("/api/") else "no-cache")
            await send(message)

        if answer is not None:
            await answer(scope, receive, headed)
        else:
            await self._app(scope, _limited(receive, _limit(scope)), headed)

    def _answer(self, scope: Scope) -> Response | None:
        """What is answered instead, or None."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            return _refusal(403, "host", "this address is not the studio's")
        if scope["method"] not in _SAFE and headers.get("origin") != f"http://{host}":
            return _refusal(403, "origin", "another page may not write here")
        known = self._known(headers)
        offered = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and offered:
            return self._entrance(offered, known=known)
        if scope["path"].startswith("/api/") and not known:
            return _refusal(401, "token", "this browser has not opened the studio's address with its token")
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > _limit(scope):
            return _refusal(413, "size", f"the body is larger than {_limit(scope)} bytes")
        return None

    def _known(self, headers: Headers) -> bool:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self._secret.encode())

    def _entrance(self, offered: str, *, known: bool) -> Response:
        """The way in: the token is taken once, and a cookie given for it."""
        if not known and not (self._token and hmac.compare_digest(offered.encode(), self._token.encode())):
            return _refusal(401, "token", "this token is wrong or was used before")
        answer = RedirectResponse("/", 303)
        if not known:
            self._token = None
            answer.set_cookie(self._cookie, self._secret, httponly=True, samesite="strict", path="/")
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


def _refusal(status: int, code: str, message: str) -> Response:
    hint = "open the address that 'compose studio' prints"
    data: dict[str, Any] = {"code": code, "message": message, "hint": hint, "field": None, "job": None}
    return JSONResponse({"error": data}, status)
