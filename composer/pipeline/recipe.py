"""A recipe: the ``.json`` file of a piece, from which the piece is made again, note for note.

The file says the plan, the seed, the settings of the search, which candidate was kept and which bars were written anew;
it also holds the notes, which are not copied but composed again and held against it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.errors import AssetError, ImageError, UsageError
from composer.files import check_local
from composer.options import check_setting
from composer.pipeline.rewriting import rewrite
from composer.progress import Progress, within
from composer.types import Composition, MusicalPlan, Perception
from composer.version import __version__

__all__ = ["Recipe", "compose_recipe", "read_recipe"]

_FORMAT = "composer-composition/1"
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a piece is made again from.

    Attributes
    ----------
    perception : the reading of its picture, or None without one.
    plan : what is composed.
    provenance : what the first making said of itself.
    score : its notes, as the file holds them.
    """

    perception: Perception | None
    plan: MusicalPlan
    provenance: Mapping[str, Any]
    score: Mapping[str, Any]


def read_recipe(path: Path | str) -> Recipe:
    """Read the ``.json`` file of a piece.

    Raises
    ------
    UsageError
        It cannot be read, or is not the file of a composed piece.
    PlanError
        Its plan breaks a rule.
    """
    from composer.pipeline.restoring import restore_perception  # which needs numpy
    from composer.planning import plan_from_json

    data = _load(Path(path))
    found = data.get("format")
    if found != _FORMAT:
        hint = "'compose --out piece.json' writes one, and the studio's download of the kind JSON is one"
        if str(found).startswith("composer-plan"):
            hint = f"it is a plan: say --plan {path}"
        raise UsageError(f"--recipe: {str(path)!r} is not the file of a piece (format {str(found)[:40]!r})", hint=hint)
    for name in ("plan", "provenance", "score"):
        if not isinstance(data.get(name), dict):
            raise UsageError(f"--recipe: {str(path)!r} has no {name}", hint="give the file as Composer wrote it")
    _check_search(data["provenance"])
    perception = data.get("perception")
    return Recipe(
        perception=restore_perception(perception) if isinstance(perception, dict) else None,
        plan=plan_from_json(json.dumps(data["plan"])),
        provenance=data["provenance"],
        score=data["score"],
    )


def compose_recipe(recipe: Recipe, *, image: Path | str | None = None, progress: Progress) -> Composition:
    """Make a piece again.

    Parameters
    ----------
    recipe : Recipe
    image : path, optional
        The picture, where a film or a cover is to show it; it must be the recipe's own.
    progress : callable

    Raises
    ------
    ImageError
        The picture is another one.
    AssetError
        The recipe's weights are not those that are installed.
    UsageError
        The notes come out otherwise: the file was edited, or belongs to another version.
    """
    from composer import music
    from composer.rendering.json_file import composition_to_json

    facts = recipe.provenance
    if image is not None:
        _check_picture(Path(image), facts)
    _check_weights(facts["music"])
    search, again = facts["music"], facts.get("rewrites", [])
    share = 1 / (1 + len(again))
    made: music.Generation[Any] = music.generate(
        recipe.plan,
        seed=search["seed"],
        candidates=search["candidates"],
        temperature=search["temperature"],
        top_p=search["top_p"],
        chosen=search["chosen"],
        progress=within(progress, 0.0, share),
    )
    first = {name: value for name, value in facts.items() if name != "rewrites"}
    piece = Composition(perception=recipe.perception, plan=made.score.plan, score=made.score, provenance=first)
    for number, entry in enumerate(again, start=1):
        piece = rewrite(
            piece,
            bars=(entry["bars"][0], entry["bars"][1]),
            tracks=entry["parts"],
            seed=entry["music"]["seed"],
            candidates=entry["music"]["candidates"],
            progress=within(progress, number * share, (number + 1) * share),
        )
    if composition_to_json(piece)["score"] != recipe.score:
        raise UsageError(
            f"--recipe: other notes come out than those in the file, which Composer {_shown(facts)} made; this is "
            f"{__version__}",
            hint="edited, or made on another kind of processor? 'compose render' takes such a file as it is",
        )
    return Composition(perception=piece.perception, plan=piece.plan, score=piece.score, provenance=facts)


def _load(path: Path) -> dict[str, Any]:
    check_local(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"--recipe: {str(path)!r} has more than {_MOST_BYTES} bytes", hint="check the path")
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "it is no JSON"
        raise UsageError(f"--recipe: {str(path)!r} cannot be read: {reason}", hint="check the path") from error
    if not isinstance(data, dict):
        raise UsageError(f"--recipe: {str(path)!r} holds no JSON object", hint="check the path")
    return data


def _check_search(facts: Mapping[str, Any]) -> None:
    """Refuse a provenance that does not say how the notes were found."""
    again = facts.get("rewrites", [])
    if not isinstance(again, list) or not all(isinstance(entry, dict) for entry in again):
        raise UsageError("--recipe: its rewrites are no list", hint="was it edited?")
    searches = [facts.get("music"), *(entry.get("music") for entry in again)]
    for search in searches:
        if not isinstance(search, dict) or not {"seed", "candidates", "temperature", "top_p", "chosen"} <= set(search):
            raise UsageError(
                "--recipe: the piece was not composed, or the file does not say how",
                hint="a score of somebody's MIDI file is no recipe",
            )
        whole = [search[name] for name in ("seed", "candidates", "chosen")]
        if not all(type(number) is int for number in whole) or not 0 <= whole[2] < whole[1]:
            raise UsageError("--recipe: its seed, candidates or chosen are no such numbers", hint="was it edited?")
        if not all(type(search[name]) in (int, float) for name in ("temperature", "top_p")):
            raise UsageError("--recipe: its temperature or top_p is no number", hint="was it edited?")
        for name in ("seed", "candidates", "temperature", "top_p"):
            check_setting(name, search[name])
    for entry in again:
        bars, parts = entry.get("bars"), entry.get("parts")
        lists = isinstance(bars, list) and len(bars) == 2 and isinstance(parts, list)
        if not lists or not all(type(number) is int for number in (*bars, *parts)):
            raise UsageError("--recipe: it does not say which bars were written anew", hint="was it edited?")


def _check_picture(path: Path, facts: Mapping[str, Any]) -> None:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise ImageError(f"picture {str(path)!r} cannot be read", hint="check the path of --image") from error
    if digest != (facts.get("image") or {}).get("sha256"):
        raise ImageError(f"--recipe: {str(path)!r} is not the picture it was made from", hint="leave --image out")


def _check_weights(search: Mapping[str, Any]) -> None:
    """Refuse early what could only end in other notes."""
    from composer import assets

    known = search.get("weights")
    for name, digest in known.items() if isinstance(known, dict) else ():
        path = assets.find(name)
        if path is None or assets.sha256_of(path) != digest:
            raise AssetError(
                f"--recipe: it was made with another {name}",
                hint="install the version of Composer that its provenance names, or make a new piece with --plan",
            )


def _shown(facts: Mapping[str, Any]) -> str:
    return str(facts.get("composer"))[:20]
