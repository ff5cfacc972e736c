"""The routes of plans."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from composer.studio.bodies import PlanBody, PlanEdit
from composer.studio.feedback_routes import learnt_profile
from composer.studio.planning import check_locks, plan_data, planned, read_plan
from composer.studio.refusals import refused
from composer.studio.store import Record, new_id
from composer.studio.users import asking
from composer.studio.workshop import Workshop

__all__ = ["keep_plan", "plan_request", "plan_routes"]

_SHOWN = ("id", "revision", "picture", "perception", "seed", "overrides", "locks", "created", "plan")


def plan_routes(shop: Workshop) -> APIRouter:
    """Plans."""
    routes = APIRouter()

    @routes.post("/api/plans", status_code=201)
    def make(body: PlanBody, response: Response) -> Record:
        check_locks(body.locks)
        request = _new_request(shop, body)
        plan = plan_data(planned(plan_request(shop, request)))
        return _answer(keep_plan(shop, request, plan, body.locks), response)

    @routes.get("/api/plans/{identity}")
    def get(identity: str, response: Response) -> Record:
        return _answer(shop.get("plan", identity), response)

    @routes.put("/api/plans/{identity}")
    def change(identity: str, body: PlanEdit, response: Response, if_match: Annotated[str, Header()]) -> Record:
        record = shop.get("plan", identity)
        if if_match.strip('W/" ') != str(record["revision"]):
            raise refused(409, "stale", "the plan was changed meanwhile", hint="read it again")
        check_locks(body.locks or [])
        if body.overrides is not None:
            record["request"]["overrides"] = body.overrides.model_dump(exclude_none=True)
            record["plan"] = plan_data(planned(plan_request(shop, record["request"])))
        if body.plan is not None:
            plan = read_plan(body.plan)
            plan.check_composable()
            record["plan"] = plan_data(plan)
        record["overrides"] = record["request"]["overrides"]
        record["locks"] = body.locks if body.locks is not None else record["locks"]
        record["revision"] += 1
        return _answer(shop.keep("plan", record), response)

    return routes


def plan_request(shop: Workshop, request: dict[str, Any]) -> dict[str, Any]:
    """The request with its reading filled in, as `composer.studio.planning.planned` takes it."""
    identity = request["perception"]
    record = shop.get("perception", identity) if identity is not None else {}
    regions = _regions(shop, record) if request.get("journey") else None
    return {**request, "reading": record.get("perception"), "regions": regions}


def _regions(shop: Workshop, reading: Record) -> list[dict[str, Any]]:
    """The regions of the picture that was read, found once."""
    if "regions" not in reading:
        file = shop.store.path("picture", reading["picture"], "image")
        found = shop.ask("regions", {"file": str(file)})["regions"]
        shop.store.put("perception", {**reading, "regions": found}, owner=asking.get())
        return list(found)
    return list(reading["regions"])


def keep_plan(shop: Workshop, request: dict[str, Any], plan: dict[str, Any], locks: list[str]) -> Record:
    """Keep a new plan."""
    identity = request["perception"]
    picture = shop.get("perception", identity)["picture"] if identity is not None else None
    return shop.keep(
        "plan",
        {
            "id": new_id(),
            "revision": 1,
            "picture": picture,
            "perception": identity,
            "seed": request["seed"],
            "overrides": request["overrides"],
            "locks": locks,
            "plan": plan,
            "request": request,
        },
    )


def _new_request(shop: Workshop, body: PlanBody) -> dict[str, Any]:
    reading = shop.get("perception", body.perception) if body.perception is not None else None
    if body.journey and (reading is None or reading["picture"] is None or body.mood is not None):
        raise refused(
            422, "usage", "journey: it goes through a picture that was sent", hint="leave mood and journey apart"
        )
    title = body.title
    if title is None and reading is not None:
        title = reading["perception"].get("picture_words", {}).get("title") or (reading["image"] or {}).get("name")
    return {
        "perception": body.perception,
        "mood": body.mood,
        "valence": body.valence,
        "arousal": body.arousal,
        "title": title,
        "journey": body.journey,
        "profile": learnt_profile() if body.learnt else None,
        "seed": body.seed if body.seed is not None else _seed(body, reading),
        "overrides": body.overrides.model_dump(exclude_none=True),
    }


def _seed(body: PlanBody, reading: Record | None) -> int:
    """The same picture, or the same feeling: the same piece, as on the command line."""
    if reading is not None and reading["image"] is not None:
        digest = reading["image"]["sha256"]
    else:
        source = body.mood or f"{body.valence or 0:.6f} {body.arousal or 0:.6f}"
        digest = hashlib.sha256(source.encode()).hexdigest()
    return int(digest[:16], 16) % 2**31


def _answer(record: Record, response: Response) -> Record:
    response.headers["ETag"] = f'"{record["revision"]}"'
    return {name: record[name] for name in _SHOWN}
