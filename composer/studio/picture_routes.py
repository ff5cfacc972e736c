"""The routes of pictures and their readings."""

from __future__ import annotations

import hashlib
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse
from starlette.requests import ClientDisconnect

from composer import assets
from composer.errors import OutputError
from composer.pipeline.restoring import restore_perception
from composer.studio.bodies import ImageFacts, PerceptionBody
from composer.studio.refusals import missing, refused
from composer.studio.store import Record, new_id
from composer.studio.workshop import Workshop

__all__ = ["example_names", "picture_routes"]

_TYPES = frozenset(
    f"image/{name}"
    for name in ("png", "jpeg", "webp", "tiff", "bmp", "x-ms-bmp", "gif", "avif", "jp2", "jpx", "heic", "heif")
)
_UNREAD_S = 24 * 3600.0
_PNG: dict[int | str, Any] = {200: {"content": {"image/png": {}}, "description": "The picture as PNG"}}
_Text = Annotated[str | None, Query(max_length=400)]


def example_names() -> list[str]:
    """The example pictures."""
    return [path.stem for path in sorted(assets.resolve("examples").glob("*.png"))]


def picture_routes(shop: Workshop) -> APIRouter:
    """Pictures and perceptions."""
    routes = APIRouter()

    body = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(_TYPES)}

    @routes.post("/api/pictures", status_code=201, openapi_extra={"requestBody": {"content": body}})
    async def send(request: Request, title: _Text = None, artist: _Text = None, example: _Text = None) -> Record:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if example is None and kind not in _TYPES:
            raise refused(415, "type", "this is no picture that can be read", hint="send PNG, JPEG, WebP or TIFF")
        words = {"title": title or None, "artist": artist or None}
        return await _take(request, shop, {"type": kind, **words}, example)

    @routes.get("/api/pictures/{identity}")
    def picture(identity: str) -> Record:
        return shop.get("picture", identity)

    @routes.get(
        "/api/pictures/{identity}/preview",
        response_class=FileResponse,
        responses=_PNG,
    )
    def preview(identity: str) -> Response:
        shop.get("picture", identity)
        path = shop.store.path("picture", identity, "preview.png")
        if not path.exists():
            raise refused(409, "busy", "the picture has not been looked at yet", hint="ask for its perception first")
        return FileResponse(path, media_type="image/png")

    @routes.delete("/api/pictures/{identity}", status_code=204)
    def forget(identity: str) -> None:
        _forget(shop, identity)

    _add_examples(routes)
    _add_perceptions(routes, shop)
    return routes


def _add_examples(routes: APIRouter) -> None:
    @routes.get("/api/examples/{name}", response_class=FileResponse, responses=_PNG)
    def example_picture(name: str) -> Response:
        if name not in example_names():
            raise missing("example", name)
        return FileResponse(assets.resolve("examples") / f"{name}.png", media_type="image/png")


def _add_perceptions(routes: APIRouter, shop: Workshop) -> None:
    @routes.post("/api/perceptions", status_code=202)
    def perceive(body: PerceptionBody) -> Response:
        if body.perception is not None and body.picture is None:
            return JSONResponse(_keep_reading(shop, body.perception, body.image), 201)
        if body.picture is None or body.perception is not None:
            raise refused(422, "usage", "give a picture or a perception", hint="one of the two")
        return JSONResponse(_ask_reading(shop, body, body.picture), 202)

    @routes.get("/api/perceptions/{identity}")
    def perception(identity: str) -> Record:
        return _shown(shop.get("perception", identity))


def _forget(shop: Workshop, identity: str) -> None:
    """A picture and everything that came of it."""
    shop.get("picture", identity)
    for kind in ("version", "plan", "perception"):
        for record in shop.every(kind):
            if record.get("picture") == identity:
                shop.store.delete(kind, record["id"])
    shop.store.delete("picture", identity)


async def _take(request: Request, shop: Workshop, facts: Record, example: str | None) -> Record:
    """Keep a picture, or nothing of it."""
    shop.store.check_space()
    identity = new_id()
    try:
        digest, size = await _receive(request, shop, identity)
        record = {"id": identity, "sha256": digest, "bytes": size, **facts, "example": None}
        return await run_in_threadpool(_keep_picture, shop, record, example)
    except BaseException:
        shop.store.forget_files("picture", identity)
        raise


async def _receive(request: Request, shop: Workshop, identity: str) -> tuple[str, int]:
    """Write the body to its place as it comes, and never hold it whole; its digest and size."""
    digest, size = hashlib.sha256(), 0
    path = shop.store.path("picture", identity, "image")
    try:
        with path.open("wb") as file:
            async for chunk in request.stream():
                digest.update(chunk)
                size += len(chunk)
                await run_in_threadpool(file.write, chunk)
    except OSError as error:
        raise OutputError(f"the picture cannot be kept: {error.strerror}") from error
    except ClientDisconnect as error:
        raise refused(400, "usage", "the picture did not arrive whole", hint="send it again") from error
    return digest.hexdigest(), size


def _keep_picture(shop: Workshop, record: Record, example: str | None) -> Record:
    if example is not None:
        if example not in example_names():
            raise refused(422, "usage", f"example: {example[:40]!r} is none of {', '.join(example_names())}")
        data = (assets.resolve("examples") / f"{example}.png").read_bytes()
        shop.store.keep_file("picture", record["id"], "image", data)
        digest = hashlib.sha256(data).hexdigest()
        record = {**record, "sha256": digest, "bytes": len(data), "type": "image/png", "example": example}
    if not record["bytes"]:
        raise refused(422, "image", "the picture is empty", hint="send the file's bytes as the body")
    _forget_unread(shop)
    return shop.keep("picture", record)


def _forget_unread(shop: Workshop) -> None:
    """Pictures that nobody had read within a day."""
    read = {record["picture"] for record in shop.every("perception", without=("perception",))}
    for record in shop.every("picture"):
        if record["id"] not in read and record["created"] < time.time() - _UNREAD_S:
            shop.store.delete("picture", record["id"])


def _keep_reading(shop: Workshop, data: dict[str, Any], image: ImageFacts | None) -> Record:
    restore_perception(data)
    facts = image.model_dump() if image is not None else None
    return _shown(shop.keep("perception", {"id": new_id(), "picture": None, "image": facts, "perception": data}))


def _ask_reading(shop: Workshop, body: PerceptionBody, identity: str) -> Record:
    picture = shop.get("picture", identity)
    request = {
        "file": str(shop.store.path("picture", identity, "image")),
        "preview": str(shop.store.path("picture", identity, "preview.png")),
        "title": body.title or picture["title"],
        "artist": body.artist or picture["artist"],
        "year": body.year,
        "about": body.about,
        "ignore_words": body.ignore_words,
    }

    def finish(made: dict[str, Any]) -> dict[str, Any]:
        shop.get("picture", identity)
        image = {**made["image"], "name": picture["title"] or picture["example"] or "picture"}
        record = {"id": new_id(), "picture": identity, "image": image, "perception": made["perception"]}
        return {"perception": shop.keep("perception", record)["id"]}

    def fail(error: dict[str, Any]) -> None:
        read = {record["picture"] for record in shop.every("perception", without=("perception",))}
        if error["code"] == "image" and identity not in read:
            shop.store.delete("picture", identity)

    asked = {"path": "/api/perceptions", "body": body.model_dump(exclude_none=True)}
    return shop.jobs.submit("perception", request, finish, asked=asked, fail=fail)


def _shown(record: Record) -> Record:
    kept = {name: record[name] for name in ("id", "picture", "created", "perception")}
    return {**kept, "captions": _captions(record["perception"]["caption"])}


def _captions(caption: str) -> dict[str, str]:
    """The caption in each language that has words for all of it."""
    from composer.rendering.lesson.catalogue import languages, load_catalogue
    from composer.rendering.lesson.localized_names import caption_text

    found = {language: caption_text(caption, load_catalogue(language)) for language in languages()}
    return {language: text for language, text in found.items() if text is not None}
