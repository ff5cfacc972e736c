"""The description of the API: what OpenAPI says beyond the routes, and the refusal of methods that are not in it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

__all__ = ["add_links", "add_refusals"]

_HERE = "$response.body#/id"
_LINKS: tuple[tuple[str, str, str, tuple[tuple[str, str, str | None], ...]], ...] = (
    ("/api/pictures", "post", "201", (
        ("/api/pictures/{identity}", "get", None), ("/api/pictures/{identity}/preview", "get", None),
        ("/api/pictures/{identity}", "delete", None), ("/api/perceptions", "post", "picture"),
    )),
    ("/api/perceptions", "post", "201", (
        ("/api/perceptions/{identity}", "get", None), ("/api/plans", "post", "perception"),
    )),
    ("/api/plans", "post", "201", (
        ("/api/plans/{identity}", "get", None), ("/api/plans/{identity}", "put", None),
        ("/api/versions", "post", "plan"),
    )),
    *(
        (path, "post", "202", (("/api/jobs/{identity}", "get", None), ("/api/jobs/{identity}", "delete", None)))
        for path in ("/api/perceptions", "/api/versions", "/api/versions/{identity}/rewrites")
    ),
)  # fmt: skip
"""Path, method, status -> what to do with the answer's id: it is in the path, or a field of the body."""


def add_links(app: FastAPI) -> None:
    """Say in the description where the id of an answer leads."""
    paths = app.openapi()["paths"]
    for path, method, status, targets in _LINKS:
        responses: dict[str, Any] = paths[path][method]["responses"]
        links = responses.setdefault(status, {"description": "Done at once"}).setdefault("links", {})
        for place, verb, field in targets:
            aim = {"operationId": paths[place][verb]["operationId"]}
            links[f"{verb} {place}".replace("/", "-").replace(" ", "").replace("{", "").replace("}", "")] = (
                {**aim, "parameters": {"identity": _HERE}} if field is None else {**aim, "requestBody": {field: _HERE}}
            )


def add_refusals(app: FastAPI) -> None:
    """Answer methods that an address has not with 405 and those that it has, before the page's files are looked for."""
    for path, known in app.openapi()["paths"].items():
        app.router.routes.append(Route(path, _Refusal([method.upper() for method in known])))


class _Refusal:
    """An ASGI application for the other methods of an address."""

    def __init__(self, methods: list[str]) -> None:
        self._allowed = ", ".join(sorted(methods))

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        """Refuse (ASGI)."""
        raise HTTPException(405, f"this address knows {self._allowed}", {"Allow": self._allowed})
