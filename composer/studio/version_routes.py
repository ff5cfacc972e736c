"""The routes of versions: composing, rewriting, nudging, and what a version is seen and heard as."""

from __future__ import annotations

import json
import random
import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from composer.studio.bodies import NudgeBody, RewriteBody, VersionBody
from composer.studio.engraved import NARROWEST, WIDEST
from composer.studio.feedback_routes import keep_nudge
from composer.studio.pieces import notes_of, parts_of
from composer.studio.plan_routes import keep_plan, plan_request
from composer.studio.planning import check_locks
from composer.studio.refusals import missing
from composer.studio.store import Record, new_id
from composer.studio.users import asking
from composer.studio.workshop import Workshop

__all__ = ["FILES", "version_routes"]

FILES = ("mid", "musicxml", "mxl", "pdf", "wav", "flac", "mp3", "ogg", "json", "zip")
"""Extensions that can be downloaded."""
_SHOWN = (
    "id", "parent", "kind", "plan_id", "picture", "perception", "plan", "seed", "bars_changed", "tracks_changed",
    "note", "direction", "provenance", "duration_s", "created",
)  # fmt: skip


def version_routes(shop: Workshop) -> APIRouter:
    """Versions."""
    routes = APIRouter()

    @routes.post("/api/versions", status_code=202)
    def compose(body: VersionBody) -> Record:
        return _compose(shop, body)

    @routes.post("/api/versions/{identity}/rewrites", status_code=202)
    def rewrite(identity: str, body: RewriteBody) -> Record:
        return _rewrite(shop, shop.get("version", identity), body)

    @routes.post("/api/versions/{identity}/nudges", status_code=202)
    def nudge(identity: str, body: NudgeBody) -> Record:
        return _nudge(shop, shop.get("version", identity), body)

    @routes.get("/api/versions/{identity}")
    def version(identity: str) -> Record:
        return _shown(shop.get("version", identity))

    @routes.delete("/api/versions/{identity}", status_code=204)
    def forget(identity: str) -> None:
        shop.get("version", identity)
        shop.store.delete("version", identity)

    _add_files(routes, shop)
    return routes


def _add_files(routes: APIRouter, shop: Workshop) -> None:
    octets: dict[int | str, Any] = {200: {"content": {"application/octet-stream": {}}, "description": "The file"}}

    @routes.get("/api/versions/{identity}/notes")
    def notes(identity: str) -> dict[str, Any]:
        return {"version": identity, **notes_of(shop.get("version", identity)["piece"])}

    @routes.get("/api/versions/{identity}/score")
    def score(identity: str, width: Annotated[int, Query(ge=NARROWEST, le=WIDEST)] = 800) -> Response:
        return _score(shop, shop.get("version", identity), width)

    @routes.get("/api/versions/{identity}/files/{extension}", response_class=FileResponse, responses=octets)
    def file(identity: str, extension: str) -> Response:
        return _file(shop, shop.get("version", identity), extension)

    @routes.get("/api/versions/{identity}/lesson", response_class=FileResponse, responses=octets)
    def lesson(identity: str, language: Literal["en", "es", "ja"] = "en") -> Response:
        return _lesson(shop, shop.get("version", identity), language)

    @routes.get("/api/versions/{identity}/parts", response_class=FileResponse, responses=octets)
    def parts(identity: str) -> Response:
        return _parts(shop, shop.get("version", identity))


def _compose(shop: Workshop, body: VersionBody) -> Record:
    plan = shop.get("plan", body.plan)
    if body.parent is not None:
        shop.get("version", body.parent)
    facts = {
        "parent": body.parent,
        "kind": "composed",
        "plan_id": plan["id"],
        "seed": body.seed if body.seed is not None else plan["seed"],
    }
    request = {"plan": plan["plan"], **_common(shop, plan, facts["seed"], body.candidates)}

    def finish(made: dict[str, Any]) -> dict[str, Any]:
        return {"version": _keep(shop, plan, made, facts, body)["id"], "plan": plan["id"]}

    asked = {"path": "/api/versions", "body": body.model_dump(exclude_none=True)}
    return shop.jobs.submit("version", request, finish, asked=asked)


def _rewrite(shop: Workshop, version: Record, body: RewriteBody) -> Record:
    plan = shop.get("plan", version["plan_id"])
    seed = body.seed if body.seed is not None else random.SystemRandom().randrange(2**31)
    facts = {
        "parent": version["id"], "kind": "rewritten", "plan_id": plan["id"], "seed": version["seed"],
        "bars_changed": body.bars,
    }  # fmt: skip
    request = {
        "piece": version["piece"], "bars": body.bars, "tracks": body.tracks, "seed": seed,
        "candidates": body.candidates or shop.limits.candidates,
    }  # fmt: skip

    def finish(made: dict[str, Any]) -> dict[str, Any]:
        tracks = made["piece"]["provenance"]["rewrites"][-1]["tracks"]
        return {"version": _keep(shop, plan, made, {**facts, "tracks_changed": tracks}, body)["id"], "plan": plan["id"]}

    asked = {"path": f"/api/versions/{version['id']}/rewrites", "body": body.model_dump(exclude_none=True)}
    return shop.jobs.submit("rewrite", request, finish, asked=asked)


def _nudge(shop: Workshop, version: Record, body: NudgeBody) -> Record:
    plan = shop.get("plan", version["plan_id"])
    locks = list(dict.fromkeys([*plan["locks"], *body.locks]))
    check_locks(locks)
    request = {
        "plan": version["plan"], "request": plan_request(shop, plan["request"]), "direction": body.direction,
        "amount": body.amount, "locks": locks, **_common(shop, plan, version["seed"], body.candidates),
    }  # fmt: skip

    def finish(made: dict[str, Any]) -> dict[str, Any]:
        again = {name: value for name, value in made["request"].items() if name not in ("reading", "regions")}
        moved = keep_plan(shop, {**again, "perception": plan["perception"]}, made["plan"], locks)
        facts = {
            "parent": version["id"], "kind": "nudged", "plan_id": moved["id"], "seed": version["seed"],
            "note": made["note"], "direction": body.direction,
        }  # fmt: skip
        keep_nudge(body.direction)
        return {"version": _keep(shop, moved, made, facts, body)["id"], "plan": moved["id"]}

    asked = {"path": f"/api/versions/{version['id']}/nudges", "body": body.model_dump(exclude_none=True)}
    return shop.jobs.submit("nudge", request, finish, asked=asked)


def _common(shop: Workshop, plan: Record, seed: int, candidates: int | None) -> dict[str, Any]:
    """What composing needs beside the plan."""
    reading = shop.get("perception", plan["perception"]) if plan["perception"] is not None else None
    journey = plan["request"].get("journey")
    return {
        "seed": seed,
        "candidates": candidates or shop.limits.candidates,
        "reading": reading["perception"] if reading is not None else None,
        "image": reading["image"] if reading is not None else None,
        "profile": plan["request"].get("profile"),
        "regions": reading.get("regions") if reading is not None and journey else None,
    }


def _keep(shop: Workshop, plan: Record, made: dict[str, Any], facts: dict[str, Any], body: BaseModel) -> Record:
    """Keep a new version and write it into the log."""
    piece = made["piece"]
    record: Record = {
        "id": new_id(), "bars_changed": None, "tracks_changed": [], "note": None, "direction": None, **facts,
        "picture": plan["picture"], "perception": plan["perception"], "plan": piece["plan"],
        "provenance": piece["provenance"], "duration_s": piece["duration_s"], "piece": piece,
    }  # fmt: skip
    wishes = {name: value for name, value in plan["request"].items() if name not in ("perception", "profile")}
    options = {**wishes, "locks": plan["locks"], "asked": body.model_dump(exclude_none=True)}
    shop.log.add(record, options=options, who=asking.get())
    return shop.keep("version", record)


def _shown(record: Record) -> Record:
    parts = zip(parts_of(record["piece"]), record["piece"]["parts"], strict=True)
    tracks = [{**part, "notes": len(notes)} for part, notes in parts]
    return {**{name: record.get(name) for name in _SHOWN}, "tracks": tracks}


def _score(shop: Workshop, version: Record, width: int) -> Response:
    path = shop.store.path("version", version["id"], f"score-{width}.json")
    if not path.exists():
        made = shop.ask("score", {"piece": version["piece"], "width": width})
        text = json.dumps({"version": version["id"], **made}, ensure_ascii=False)
        shop.store.keep_file("version", version["id"], path.name, text.encode())
    return FileResponse(path, media_type="application/json")


def _file(shop: Workshop, version: Record, extension: str) -> Response:
    if extension not in FILES:
        raise missing("file", extension)
    path = shop.store.path("version", version["id"], f"piece.{extension}")
    if not path.exists():
        shop.ask("file", {"piece": _whole(shop, version), "file": str(path)})
    return FileResponse(path, media_type="application/octet-stream", filename=f"{_stem(version)}.{extension}")


def _lesson(shop: Workshop, version: Record, language: str) -> Response:
    path = shop.store.path("version", version["id"], f"lesson-{language}.zip")
    if not path.exists():
        picture = version["picture"]
        image = str(shop.store.path("picture", picture, "image")) if picture is not None else None
        request = {"piece": _whole(shop, version), "image": image, "language": language, "stem": _stem(version)}
        shop.ask("lesson", {**request, "file": str(path)})
    return FileResponse(path, media_type="application/octet-stream", filename=f"{_stem(version)}-lesson.zip")


def _parts(shop: Workshop, version: Record) -> Response:
    path = shop.store.path("version", version["id"], "parts.zip")
    if not path.exists():
        shop.ask("parts", {"piece": _whole(shop, version), "file": str(path)})
    return FileResponse(path, media_type="application/octet-stream", filename=f"{_stem(version)}-parts.zip")


def _whole(shop: Workshop, version: Record) -> dict[str, Any]:
    """The piece of a version with its reading."""
    identity = version["perception"]
    reading = shop.store.find("perception", identity) if identity is not None else None
    return {**version["piece"], "reading": reading["perception"] if reading is not None else None}


def _stem(version: Record) -> str:
    return re.sub(r"[^\w -]+", "", version["plan"]["title"]).strip()[:80] or "composition"
