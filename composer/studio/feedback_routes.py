"""The routes of feedback: consent, choices, ratings. Before consent nothing is kept, and withdrawing it forgets all.

What is kept are numbers of the pieces, in the same file as that of `compose feedback`, under the name of the user.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from fastapi import APIRouter

from composer.errors import UsageError
from composer.feedback import (
    Choice,
    Event,
    FeedbackStore,
    Nudge,
    Rating,
    default_path,
    load_profile,
    score_features,
)
from composer.feedback.record import posterior_to_json
from composer.studio.bodies import ChoiceBody, ConsentBody, RatingBody
from composer.studio.pieces import composition_of
from composer.studio.refusals import refused
from composer.studio.store import Record, new_id
from composer.studio.users import asking
from composer.studio.workshop import Workshop

__all__ = ["feedback_routes", "feedback_state", "keep_nudge", "learnt_profile"]


def feedback_routes(shop: Workshop) -> APIRouter:
    """Consent, choices, ratings."""
    routes = APIRouter()

    @routes.get("/api/feedback")
    def state() -> dict[str, Any]:
        return feedback_state()

    @routes.put("/api/feedback")
    def consent(body: ConsentBody) -> dict[str, Any]:
        if body.consent:
            with FeedbackStore() as store:
                store.consent(asking.get())
        else:
            _forget(shop)
        return feedback_state()

    @routes.post("/api/ratings", status_code=201)
    def rate(body: RatingBody) -> dict[str, Any]:
        version = shop.get("version", body.version)
        _check_consent()
        _keep(Rating(piece=_features(version), stars=body.stars))
        return feedback_state()

    _add_choices(routes, shop)
    return routes


def _add_choices(routes: APIRouter, shop: Workshop) -> None:
    @routes.post("/api/choices", status_code=201)
    def choose(body: ChoiceBody) -> dict[str, Any]:
        a, b = (shop.get("version", identity) for identity in (body.a, body.b))
        _check_consent()
        choice = {"id": new_id(), "a": body.a, "b": body.b, "winner": body.winner}
        made = shop.store.put("choice", choice, owner=asking.get())
        if body.winner != "tie":
            _keep(Choice(a=_features(a), b=_features(b), winner=body.winner))
        return {"id": made["id"], "choices": shop.store.count("choice", owner=asking.get())}

    @routes.get("/api/choices")
    def choices() -> dict[str, Any]:
        return {"choices": shop.every("choice")}

    @routes.delete("/api/choices", status_code=204)
    def forget() -> None:
        _forget(shop)


def feedback_state() -> dict[str, Any]:
    """Whether the user who asks has consented, and how much was kept and learnt from."""
    user = asking.get()
    if default_path().exists():
        with FeedbackStore() as store:
            if user in store.names():
                record = store.record(user)
                return {
                    "consent": True,
                    "profile": user,
                    "events": len(record.rows),
                    "learnt_from": record.learnt_from,
                }
    return {"consent": False, "profile": user, "events": 0, "learnt_from": 0}


def keep_nudge(direction: str) -> None:
    """Keep a wish of the user who asks, where there is consent."""
    if feedback_state()["consent"]:
        _keep(Nudge(direction=direction))


def learnt_profile() -> dict[str, Any] | None:
    """What was learnt of the user who asks, as plain JSON data; None where nothing was."""
    with suppress(UsageError):
        found = load_profile(asking.get())
        posterior = dict(posterior_to_json(found.posterior))
        return {"name": found.name, "choices": found.choices, "posterior": posterior}
    return None


def _keep(event: Event) -> None:
    with FeedbackStore() as store:
        store.add(asking.get(), event)
        store.learn(asking.get())


def _forget(shop: Workshop) -> None:
    shop.store.delete("choice", owner=asking.get())
    if feedback_state()["consent"]:
        with FeedbackStore() as store:
            store.delete(asking.get())


def _check_consent() -> None:
    if not feedback_state()["consent"]:
        raise refused(409, "consent", "nothing is kept before you agree to it", hint="PUT /api/feedback first")


def _features(version: Record) -> tuple[float, ...]:
    return tuple(float(value) for value in score_features(composition_of(version["piece"]).score))
