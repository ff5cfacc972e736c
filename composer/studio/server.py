"""The server of a studio: the application, and the address at which it is opened."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteError
from starlette.staticfiles import StaticFiles

from composer.errors import ComposerError, UsageError
from composer.studio.bodies import ErrorAnswer
from composer.studio.description import add_links, add_refusals
from composer.studio.feedback_routes import feedback_routes
from composer.studio.picture_routes import picture_routes
from composer.studio.plan_routes import plan_routes
from composer.studio.quotas import Quotas
from composer.studio.refusals import error_data, status_of
from composer.studio.security import Guard
from composer.studio.state_routes import state_routes
from composer.studio.users import Users
from composer.studio.version_routes import version_routes
from composer.studio.visitors import Visitors
from composer.studio.workshop import Limits, Workshop, open_workshop
from composer.version import __version__

__all__ = ["ANYWHERE", "PAGE", "address", "app", "serve"]

_REFUSED: dict[str, Any] = {"description": "What was wrong, and what to do", "model": ErrorAnswer}
PAGE = Path(__file__).parent / "page"
ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - by which name it is reached must then be said
_LOCAL = ("127.0.0.1", "localhost", "::1")


def address(host: str, port: int, token: str) -> str:
    """The address that opens a studio once."""
    shown = _LOCAL[0] if host in ANYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/?token={token}"


def app(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    token: str | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    addresses: Sequence[str] = (),
) -> Guard:
    """The application of a studio, guarded.

    Parameters
    ----------
    folder : Path
        Where its data is.
    host, port
        Where it will be reached; requests to another name are refused.
    token : str, optional
        What opens it once; without it, one that nobody knows.
    limits : Limits
    addresses : sequence of str
        Further addresses under which it is reached, ``https://museum.example``: through a proxy, or by another name.

    Raises
    ------
    OutputError
        The folder cannot be written.
    UsageError
        One of the addresses is none.
    """
    origins = dict(_origin(one) for one in (*_own_addresses(host, port), *addresses))
    shop = open_workshop(folder, limits)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        shop.close()

    inner = FastAPI(
        title="Composer Studio", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", responses={"4XX": _REFUSED, "5XX": _REFUSED, 422: _REFUSED},
    )  # fmt: skip
    _add_handlers(inner)
    makers: Iterable[Callable[[Workshop], Any]] = (
        state_routes, picture_routes, plan_routes, version_routes, feedback_routes,
    )  # fmt: skip
    for make in makers:
        inner.include_router(make(shop))
    add_links(inner)
    add_refusals(inner)
    inner.mount("/", StaticFiles(directory=PAGE, html=True))
    visitors = Visitors(token or secrets.token_urlsafe(32), Users(folder), port=port)
    return Guard(inner, origins=origins, visitors=visitors, quotas=Quotas(limits.quota))


def _own_addresses(host: str, port: int) -> list[str]:
    """Where a server that listens at `host` is reached without being told."""
    names = _LOCAL[:2] if host in (*_LOCAL, *ANYWHERE) else ()
    every = dict.fromkeys((*names, host) if host not in ANYWHERE else names)
    return [f"http://{f'[{name}]' if ':' in name else name}:{port}" for name in every]


def _origin(text: str) -> tuple[str, str]:
    """Host, as requests name it, and origin of an address."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
        if not whole or parts.query or parts.fragment or parts.username is not None:
            raise ValueError(text)
        default = {"http": 80, "https": 443}[parts.scheme]
        name = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
        host = name if parts.port in (None, default) else f"{name}:{parts.port}"
    except ValueError as error:
        hint = "give https://NAME or http://NAME:PORT, without a path"
        raise UsageError(f"--address: {text[:80]!r} is no address", hint=hint) from error
    return host, f"{parts.scheme}://{host}"


def serve(guarded: Guard, *, host: str, port: int) -> None:
    """Serve until Ctrl-C; open streams of events do not hold it up."""
    import uvicorn

    uvicorn.run(guarded, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2, server_header=False)


def _add_handlers(inner: FastAPI) -> None:
    """Every error in the form of the API."""

    @inner.exception_handler(ComposerError)
    def composer_error(_request: Request, error: ComposerError) -> Response:
        data = error_data(error)
        return _error(status_of(data["code"]), data)

    @inner.exception_handler(StarletteError)
    def http_error(_request: Request, error: HTTPException) -> Response:
        detail: object = error.detail  # ours are error objects, Starlette's are texts
        if not isinstance(detail, dict):
            detail = _plain(_NAMES.get(error.status_code, "usage"), str(detail))
        return _error(error.status_code, detail, error.headers)

    @inner.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"] if part != "body")
        said = f"{field}: {first['msg']}"[:300].encode(errors="replace").decode()
        return _error(422, {**_plain("usage", said), "field": field[:100].encode(errors="replace").decode() or None})

    @inner.exception_handler(Exception)
    def unforeseen(_request: Request, error: Exception) -> Response:
        return _error(500, error_data(error))


_NAMES = {404: "missing", 405: "usage", 413: "size"}


def _plain(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "hint": "see the API's description", "field": None, "job": None}


def _error(status: int, data: Any, headers: Any = None) -> Response:
    return JSONResponse({"error": data}, status, headers)
