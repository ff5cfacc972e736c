"""The visitors of a studio: who a request comes from, by its cookie or its token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers

from composer.studio.users import OWNER, Users

__all__ = ["Visitors"]


class Visitors:
    """Those who have come in.

    Parameters
    ----------
    token : str
        What opens the studio once, for its owner.
    users : Users
        Those who have a token of their own, which opens it as often as they like.
    port : int
        It stands in the cookie's name, so that two studios on one machine do not take each other's.
    """

    def __init__(self, token: str, users: Users, *, port: int) -> None:
        self.cookie = f"composer_{port}"
        self._token: str | None = token
        self._users = users
        self._secret = secrets.token_bytes(32)

    def find(self, headers: Headers) -> str | None:
        """Name of the user who sends this request, or None."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return self._users.of_token(token.strip())
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return None
        if cookie is None:
            return None
        name = cookie.value.partition(".")[0]
        expected = self._sealed(name)
        same = expected is not None and hmac.compare_digest(cookie.value.encode(), expected.encode())
        return name if same else None

    def enter(self, token: str, user: str | None) -> str | None:
        """The cookie for a token; empty for one who is in already, None where the token is wrong or used."""
        known = self._users.of_token(token)
        if known is not None:
            return self._sealed(known)
        if user is not None:
            return ""
        if self._token is None or not hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        self._token = None
        return self._sealed(OWNER)

    def _sealed(self, name: str) -> str | None:
        """The cookie of a user; it ends with the studio, and with the user's token."""
        known = "" if name == OWNER else self._users.digests().get(name)
        if known is None:
            return None
        seal = hmac.new(self._secret, f"{name}.{known}".encode(), hashlib.sha256).hexdigest()
        return f"{name}.{seal}"
