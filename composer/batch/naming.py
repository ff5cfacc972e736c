"""The names of a collection's results: one a picture, none twice, none outside the folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePosixPath

from composer.batch.manifest import ManifestRow
from composer.errors import UsageError

__all__ = ["result_names"]


def result_names(rows: Sequence[ManifestRow], source: str) -> tuple[str, ...]:
    """Name the results of every picture.

    Parameters
    ----------
    rows : sequence of ManifestRow
        The pictures.
    source : str
        Where they were looked for: below a folder, results lie as the pictures do.

    Returns
    -------
    tuple of str
        Relative paths with forward slashes, without extension, in the order of the rows. Where two would be alike
        (letter case aside), the picture's extension is added (``sea-jpg``), then a number.

    Raises
    ------
    UsageError
        A name of the manifest leads out of the folder.
    """
    taken: set[str] = set()
    return tuple(_free(row, source, taken) for row in rows)


def _free(row: ManifestRow, source: str, taken: set[str]) -> str:
    stem, suffix = os.path.splitext(_below(row.picture, source))
    wanted = _checked(row.name) if row.name else stem
    choices = [wanted] if row.name else [wanted, f"{stem}-{suffix.lstrip('.').lower()}"]
    name = next((choice for choice in choices if choice.lower() not in taken), None)
    number = 2
    while name is None:
        name = f"{wanted}-{number}" if f"{wanted}-{number}".lower() not in taken else None
        number += 1
    taken.add(name.lower())
    return name


def _below(picture: str, source: str) -> str:
    """The picture's path from the source, or its last part where it does not lie below it."""
    plain, root = picture.replace(os.sep, "/"), os.path.normpath(source).replace(os.sep, "/")
    if "://" in source:
        root = source.rstrip("/")
    if root == ".":
        inside = plain if not plain.startswith(("/", "../")) and "://" not in plain else ""
    else:
        inside = plain.removeprefix(f"{root}/") if plain.startswith(f"{root}/") else ""
    return inside or plain.rstrip("/").rpartition("/")[2]


def _checked(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name or ":" in path.parts[0]:
        raise UsageError(f"name {name!r} leads out of the folder", hint="give a name such as room-3/sea")
    return str(path)
