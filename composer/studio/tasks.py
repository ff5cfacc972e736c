"""The tasks of the worker: plain JSON data in, plain JSON data out, files by path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from composer.progress import Progress
from composer.studio.engraved import engraved
from composer.studio.pieces import composed, composition_of, rewritten
from composer.studio.planning import nudged_plan, plan_data, profile_of, read_plan

__all__ = ["TASKS"]


def _perception(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Read a picture; its decoded pixels are kept as PNG."""
    from PIL import Image

    from composer.files import atomic_write
    from composer.pipeline.compose import perception_to_json
    from composer.pipeline.plan_input import GivenWords, look

    progress("perceive", 0.1)
    words = GivenWords(
        title=request.get("title"),
        artist=request.get("artist"),
        year=request.get("year"),
        about=request.get("about"),
        ignored=bool(request.get("ignore_words")),
    )
    painting, perception = look(Path(request["file"]), given=words)
    with atomic_write(Path(request["preview"])) as temporary:
        Image.fromarray(painting.rgb).save(temporary, format="PNG")
    facts = {
        "name": painting.name,
        "sha256": painting.sha256,
        "format": painting.format,
        "size": [painting.width, painting.height],
    }
    return {"perception": perception_to_json(perception), "image": facts}


def _regions(request: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
    """The regions of a picture."""
    from composer.perception.image import load_painting
    from composer.perception.regions import find_regions
    from composer.rendering.jsonable import jsonable

    return {"regions": jsonable(find_regions(load_painting(Path(request["file"]))))}


def _version(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Compose a plan."""
    return {"piece": _composed(read_plan(request["plan"]), request, progress)}


def _rewrite(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Write some bars anew."""
    first, last = request["bars"]
    piece = rewritten(
        request["piece"],
        bars=(first, last),
        tracks=request["tracks"],
        seed=request["seed"],
        candidates=request["candidates"],
        progress=_as("rewrite", progress),
    )
    return {"piece": piece}


def _nudge(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Plan again from the reading with a moved feeling, and compose."""
    progress("plan", 0.0)
    now = read_plan(request["plan"])
    again, plan, note = nudged_plan(request["request"], now, request["direction"], request["amount"], request["locks"])
    piece = _composed(plan, request, progress)
    again |= {"reading": None, "regions": None}
    return {"piece": piece, "plan": plan_data(plan), "request": again, "note": note}


def _composed(plan: Any, request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    return composed(
        plan,
        seed=request["seed"],
        candidates=request["candidates"],
        reading=request["reading"],
        image=request["image"],
        regions=request["regions"] or (),
        profile=profile_of(request),
        progress=_as("compose", progress),
    )


def _as(stage: str, progress: Progress) -> Progress:
    """Progress under the name of the job's stage, which the page has words for."""
    return lambda _stage, share: progress(stage, share)


def _score(request: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
    """Engrave for the screen."""
    return engraved(composition_of(request["piece"]), request["width"])


def _lesson(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Write a lesson about the piece, as a ZIP file of the page and what belongs to it."""
    from composer.options import ComposeOptions
    from composer.pipeline.lesson import LessonOptions, write_lesson

    given: dict[str, Any] = {"image": Path(request["image"])} if request["image"] else {"plan": Path("plan.json")}
    lesson = LessonOptions(language=request["language"])
    with _packed(Path(request["file"])) as folder:
        options = ComposeOptions(**given, outs=(folder / f"{request['stem']}.pdf",))
        write_lesson(composition_of(request["piece"]), options, lesson, progress=progress)
    return {}


def _parts(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Write the players' parts at written pitch, as a ZIP file of one PDF each."""
    from composer.pipeline.output import save
    from composer.rendering import Sheet, part_names

    composition = composition_of(request["piece"])
    with _packed(Path(request["file"])) as folder:
        names = enumerate(part_names(composition))
        sheets = [(folder / f"{name}.pdf", Sheet(pitch="written", part=number)) for number, name in names]
        save(composition, [], sheets=sheets, progress=progress)
    return {}


@contextmanager
def _packed(file: Path) -> Iterator[Path]:
    """A folder whose files become a ZIP file, whole or not at all."""
    import tempfile
    import zipfile

    from composer.files import atomic_write

    with tempfile.TemporaryDirectory() as folder, atomic_write(file) as temporary:
        yield Path(folder)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(Path(folder).iterdir()):
                packed.write(path, path.name)


def _file(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Write a file to download."""
    from composer.pipeline.output import save

    save(composition_of(request["piece"]), [Path(request["file"])], progress=progress)
    return {}


TASKS: dict[str, Callable[[Mapping[str, Any], Progress], dict[str, Any]]] = {
    "perception": _perception,
    "regions": _regions,
    "version": _version,
    "rewrite": _rewrite,
    "nudge": _nudge,
    "score": _score,
    "file": _file,
    "lesson": _lesson,
    "parts": _parts,
}
"""Name -> function of a request and a progress callback."""
