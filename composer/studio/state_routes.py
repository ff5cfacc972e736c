"""The routes of what there is: state, vocabulary, soundfont, jobs, events."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import FileResponse, StreamingResponse

from composer.studio.feedback_routes import feedback_state
from composer.studio.picture_routes import example_names
from composer.studio.planning import DIRECTIONS, LOCKS
from composer.studio.refusals import missing, refused
from composer.studio.security import PICTURE_BYTES
from composer.studio.store import Record
from composer.studio.users import asking
from composer.studio.version_routes import FILES
from composer.studio.workshop import Workshop
from composer.version import __version__

__all__ = ["state_routes"]

_TONICS = ("C", "C#", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B")
_METERS = ("2/4", "3/4", "4/4", "5/4", "6/8", "9/8", "12/8", "3/8", "2/2")


def state_routes(shop: Workshop) -> APIRouter:
    """State, vocabulary, soundfont, events."""
    routes = APIRouter()

    @routes.get("/api/state")
    def state() -> dict[str, Any]:
        return _state(shop)

    @routes.get("/api/vocabulary")
    def vocabulary() -> dict[str, Any]:
        return _vocabulary()

    octets: dict[int | str, Any] = {200: {"content": {"application/octet-stream": {}}, "description": "The file"}}

    @routes.get("/api/soundfont", response_class=FileResponse, responses=octets)
    def soundfont() -> Response:
        from composer.rendering import find_soundfont

        return FileResponse(find_soundfont(), media_type="application/octet-stream", filename="soundfont.sf2")

    stream: dict[int | str, Any] = {200: {"content": {"text/event-stream": {}}, "description": "Events as they come"}}

    @routes.get("/api/events", response_class=StreamingResponse, responses=stream)
    def events(
        after: Annotated[int | None, Query(ge=0)] = None, last_event_id: Annotated[str | None, Header()] = None
    ) -> Response:
        start = int(last_event_id) if last_event_id is not None and last_event_id.isdecimal() else after
        return StreamingResponse(shop.events.stream(start, asking.get()), media_type="text/event-stream")

    _add_jobs(routes, shop)
    return routes


def _add_jobs(routes: APIRouter, shop: Workshop) -> None:
    @routes.get("/api/jobs/{identity}")
    def job(identity: str) -> Record:
        found = shop.jobs.get(identity)
        if found is None:
            raise missing("job", identity)
        return found

    @routes.delete("/api/jobs/{identity}", status_code=202)
    def cancel(identity: str) -> Record:
        found = job(identity)
        if not shop.jobs.cancel(identity):
            raise refused(409, "busy", f"the job has ended: {found['state']}", hint="nothing is left to cancel")
        return job(identity)


def _state(shop: Workshop) -> dict[str, Any]:
    def some(kind: str, *names: str) -> list[dict[str, Any]]:
        records = shop.every(kind, without=("perception", "request") if kind == "perception" else ("plan", "request"))
        return [{name: record[name] for name in names} for record in records]

    listed = ("id", "parent", "kind", "plan_id", "picture", "seed", "bars_changed", "created", "direction")
    versions = [
        {**{name: record.get(name) for name in listed}, "title": record["plan"]["title"]}
        for record in shop.every("version", without=("piece", "provenance"))
    ]
    return {
        "composer": __version__,
        "user": asking.get(),
        "pictures": shop.every("picture"),
        "perceptions": some("perception", "id", "picture"),
        "plans": some("plan", "id", "revision", "picture", "perception"),
        "versions": versions,
        "jobs": shop.jobs.every(),
        "choices": shop.store.count("choice", owner=asking.get()),
        "feedback": feedback_state(),
        "event": shop.events.last,
        "limits": {"picture_bytes": PICTURE_BYTES, "queue": shop.limits.queue, "job_s": shop.limits.job_s},
    }


def _vocabulary() -> dict[str, Any]:
    from composer.figure_names import FIGURE_NAMES
    from composer.gm import DRUM_KIT, INSTRUMENTS
    from composer.planning.tradition_styles import TRADITIONS
    from composer.theory import MODES
    from composer.types import LEVELS

    players = [{"program": i.program, "name": i.name, "family": i.family} for i in (*INSTRUMENTS, DRUM_KIT)]
    return {
        "tonics": list(_TONICS),
        "modes": list(MODES),
        "meters": list(_METERS),
        "levels": list(LEVELS),
        "figures": sorted(FIGURE_NAMES),
        "traditions": [tradition.name for tradition in TRADITIONS],
        "instruments": players,
        "directions": list(DIRECTIONS),
        "locks": list(LOCKS),
        "files": list(FILES),
        "examples": [{"name": name, "title": name.replace("-", " ").capitalize()} for name in example_names()],
    }
