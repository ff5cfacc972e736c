"""The source of a collection: a folder, a glob, a manifest or an address, and the pictures that it names.

Conventions
-----------
* A *location* is a path or an address with a scheme (``s3://``, ``https://``, ``memory://`` ...); addresses are read
  through fsspec, from the extra ``collections``.
* Pictures come in the order of the manifest, else sorted by location: the same source, the same order.
"""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.batch.manifest import MANIFEST_SUFFIXES, ManifestRow, read_manifest
from composer.errors import ImageError, UsageError
from composer.extras import need

__all__ = ["PICTURE_SUFFIXES", "find_pictures", "is_address", "read_location"]

PICTURE_SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".avif", ".jp2", ".heic", ".heif")
)
"""Extensions by which a picture in a folder is known; a manifest or a glob may name any file."""

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_MAGIC = re.compile(r"[*?\[]")


def is_address(location: str) -> bool:
    """True for what fsspec reads rather than the file system."""
    return _ADDRESS.match(location) is not None


def read_location(location: str) -> bytes:
    """The bytes of a picture or a manifest.

    Raises
    ------
    ImageError
        It is not there or cannot be read.
    ExternalToolError
        An address is given without the extra ``collections``, or a scheme whose package is not installed.
    """
    try:
        if not is_address(location):
            return Path(location).read_bytes()
        system, path = _opened(location)
        return bytes(system.cat_file(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200] or type(error).__name__
        raise ImageError(f"{location!r} cannot be read: {reason}", hint="check the path or address") from error


@dataclass(frozen=True, slots=True)
class _Opened:
    system: Any
    path: str

    def __iter__(self) -> Any:
        return iter((self.system, self.path))


def _opened(address: str) -> _Opened:
    need("collections", "an address as source")
    import fsspec

    try:
        return _Opened(*fsspec.core.url_to_fs(address))
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"{address!r} cannot be opened: {' '.join(str(error).split())[:200]}",
            hint="install fsspec's package for that scheme (s3fs, gcsfs, aiohttp ...)",
        ) from error


def find_pictures(source: str, manifest: str | None = None) -> tuple[ManifestRow, ...]:
    """The pictures of a source, with what a manifest says of each.

    Parameters
    ----------
    source : str
        Folder (searched to its depths), glob, picture, manifest, or an address of one of these.
    manifest : str, optional
        A manifest beside a folder: its pictures are named from that folder; pictures without a row stay as they are.

    Raises
    ------
    UsageError
        There is no picture, or the manifest cannot be read.
    ExternalToolError
        The extra ``collections`` is needed.
    """
    if source.lower().endswith(MANIFEST_SUFFIXES):
        if manifest is not None:
            raise UsageError("SOURCE is a manifest already", hint="leave --manifest out, or give a folder as SOURCE")
        return _rows(source, _folder_of(source))
    found = [ManifestRow(picture=location) for location in _listed(source)]
    rows = _rows(manifest, source) if manifest is not None else ()
    told = {row.picture for row in rows}
    pictures = (*rows, *(row for row in found if row.picture not in told))
    if not pictures:
        raise UsageError(f"{source!r} holds no picture", hint="give a folder, a glob, a manifest or an address of one")
    return pictures


def _rows(manifest: str, folder: str) -> tuple[ManifestRow, ...]:
    try:
        data = read_location(manifest)
    except ImageError as error:
        raise UsageError(f"manifest {error.message}", hint=error.hint) from error
    rows = read_manifest(data, manifest)
    if not rows:
        raise UsageError(f"manifest {manifest!r} has no row", hint="give one picture a row")
    return tuple(
        ManifestRow(picture=_joined(folder, row.picture), name=row.name, options=row.options, labels=row.labels)
        for row in rows
    )


def _folder_of(location: str) -> str:
    return location.rpartition("/")[0] if is_address(location) else os.path.dirname(location)


def _joined(folder: str, picture: str) -> str:
    if is_address(picture) or os.path.isabs(picture):
        return picture
    return f"{folder.rstrip('/')}/{picture}" if is_address(folder) else os.path.normpath(os.path.join(folder, picture))


def _listed(source: str) -> list[str]:
    if is_address(source):
        return _listed_address(source)
    if os.path.isdir(source):
        paths = [os.path.join(folder, name) for folder, _, names in os.walk(source) for name in names]
        return sorted(os.path.normpath(path) for path in paths if _is_picture(path))
    if os.path.isfile(source):
        return [os.path.normpath(source)]
    if _MAGIC.search(source):
        return sorted(os.path.normpath(path) for path in glob.glob(source, recursive=True) if os.path.isfile(path))
    raise UsageError(f"{source!r} does not exist", hint="give a folder, a glob, a manifest or an address of one")


def _listed_address(source: str) -> list[str]:
    system, path = _opened(source)
    if _is_picture(path) and not _MAGIC.search(path):
        return [source]
    try:
        if _MAGIC.search(path):
            return sorted(str(system.unstrip_protocol(name)) for name in system.glob(path) if system.isfile(name))
        found = [str(name) for name in system.find(path) if _is_picture(name)]
    except OSError as error:
        raise UsageError(f"{source!r} cannot be listed: {error}", hint="check the address") from error
    root = source.rstrip("/")
    return sorted(f"{root}/{name.removeprefix(path).lstrip('/')}" for name in found)


def _is_picture(path: str) -> bool:
    name = os.path.basename(path)
    return os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES and not name.startswith(".")
