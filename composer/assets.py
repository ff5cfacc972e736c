"""The places of weights, tokenizers and soundfonts, and the checks that they are whole.

`resolve` names a file or folder; the first hit wins:

1. an explicit path: absolute, or beginning with ``./``, ``../`` or ``~``;
2. ``$COMPOSER_HOME/<name>``;
3. ``<name>`` among the weights that the package embeds (``composer/weights``);
4. ``<name>`` among the package's data (``tokenizers/``, ``soundfonts/``, ``examples/``; in a checkout, the repository
   root's);
5. a public model's file that `pull` fetched, or that lies in the Hugging Face cache at the pinned revision.

Conventions
-----------
* A *name* is a relative path with forward slashes: ``music/model.safetensors``, ``tokenizers/notes.json``.
* Checksums are SHA-256 in lower-case hex, sizes are in bytes.
* What is embedded is listed in ``composer/weights/manifest.json`` (written by ``scripts/hash_weights.py``). A
  ``manifest.json`` in ``$COMPOSER_HOME`` speaks for the files there, so that self-trained weights can be verified.
* Nothing is downloaded but by `pull`.

Environment: ``COMPOSER_HOME`` (own weights; where `pull` puts things), ``COMPOSER_OFFLINE`` (1: never use the network).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from composer.errors import AssetError

__all__ = [
    "MANIFEST_FORMAT",
    "PUBLIC",
    "Asset",
    "find",
    "git_blob_sha1",
    "home",
    "offline",
    "registry",
    "resolve",
    "sha256_of",
    "verified",
    "weights_root",
]

MANIFEST_FORMAT = 1
_PACKAGE = Path(__file__).resolve().parent
_DATA_FOLDERS = ("tokenizers", "soundfonts", "examples")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file that Composer can use.

    Attributes
    ----------
    name : relative path under which it is asked for, e.g. ``"music/model.safetensors"``.
    kind : ``"weights"``, ``"config"``, ``"tokenizer"`` or ``"soundfont"``.
    sha256 : checksum, or None when it is not known here; `pull` then checks against the one that the hub publishes.
    size : bytes, or None when it is not known here.
    licence : SPDX identifier, as its publisher states it.
    source : where it comes from: ``"composer"`` for ours, ``"hf:OWNER/REPOSITORY"`` for the hub.
    revision : commit of the source; never a branch name.
    """

    name: str
    kind: str
    sha256: str | None
    size: int | None
    licence: str
    source: str
    revision: str

    @property
    def embedded(self) -> bool:
        """True for a file that comes with the package."""
        return self.hub_repository is None

    @property
    def hub_repository(self) -> str | None:
        """Owner and name on the Hugging Face hub, or None."""
        return self.source.removeprefix("hf:") if self.source.startswith("hf:") else None

    @property
    def file(self) -> str:
        """Last part of the name: the file's name at its source."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def group(self) -> str:
        """The name without the file: what ``compose models pull`` takes."""
        return self.name.rpartition("/")[0]


def _clap(file: str, kind: str, sha256: str | None = None, size: int | None = None) -> Asset:
    return Asset(
        name=f"larger_clap_music/{file}",
        kind=kind,
        sha256=sha256,
        size=size,
        licence="Apache-2.0",
        source="hf:laion/larger_clap_music",
        revision="a0b4534a14f58e20944452dff00a22a06ce629d1",
    )


# The checksums were not computed here but taken from several independent public records of these revisions. CoCa and
# CLAP have no safetensors file at the pinned revision: their loaders must use torch's restricted unpickler
# (``weights_only=True``), which runs no code from the file.
PUBLIC: tuple[Asset, ...] = (
    Asset(
        name="ViT-B-32/laion2b_s34b_b79k/open_clip_model.safetensors",
        kind="weights",
        sha256="ac4f8c4b88af6d963118cbf40ad93176d092abbedfcb752601ae1866352656e6",
        size=605_143_316,
        licence="MIT",
        source="hf:laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        revision="1a25a446712ba5ee05982a381eed697ef9b435cf",
    ),
    Asset(
        name="coca_ViT-B-32/laion2b_s13b_b90k/open_clip_pytorch_model.bin",
        kind="weights",
        sha256="df49af430529127b5f019825ddab06867429a63cec4006e34c3cb0bc4c8b4a04",
        size=1_014_488_932,
        licence="MIT",
        source="hf:laion/CoCa-ViT-B-32-laion2B-s13B-b90k",
        revision="47aff38863cd40aa76d915bb04e4a3d8edf5824c",
    ),
    _clap(
        "pytorch_model.bin",
        "weights",
        "5c289311f4a030d768af7ffbfdecd01b008aa64824211899a4e59f4f9d154fd1",
        776_444_665,
    ),
    _clap("config.json", "config"),
    _clap("preprocessor_config.json", "config"),
    _clap("tokenizer.json", "tokenizer"),
    _clap("tokenizer_config.json", "tokenizer"),
    _clap("special_tokens_map.json", "tokenizer"),
    _clap("vocab.json", "tokenizer"),
    _clap("merges.txt", "tokenizer"),
)
"""Large public models that are used only when asked for, after ``compose models pull``."""


def home() -> Path:
    """Folder for the user's own weights and for what `pull` fetches.

    Returns
    -------
    Path
        ``$COMPOSER_HOME``, or the place where data of a user's programs belongs. It need not exist.
    """
    chosen = os.environ.get("COMPOSER_HOME")
    if chosen:
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "share") / "painting-composer"


def offline() -> bool:
    """True when ``COMPOSER_OFFLINE`` forbids the network."""
    return os.environ.get("COMPOSER_OFFLINE", "").strip().lower() not in ("", "0", "false", "no")


def weights_root() -> Path:
    """Folder of the embedded weights."""
    return _PACKAGE / "weights"


def _is_explicit(name: str) -> bool:
    # A bare "music" must never mean a folder of that name which happens to lie where the command was started.
    return name.startswith(("./", "../", "~", ".\\", "..\\")) or Path(name).is_absolute()


def _candidates(name: str) -> Iterator[Path]:
    yield home() / name
    yield weights_root() / name
    if name.split("/", 1)[0] in _DATA_FOLDERS:
        yield _PACKAGE / "data" / name
        # An editable install carries no forced data: the checkout has the folders beside the package.
        yield _PACKAGE.parent / name
    for asset in PUBLIC:
        if asset.name == name:
            yield from _cached(asset)


def _cached(asset: Asset) -> Iterator[Path]:
    hub = os.environ.get("HF_HUB_CACHE")
    root = Path(hub) if hub else Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser() / "hub"
    folder = "models--" + (asset.hub_repository or "").replace("/", "--")
    yield root / folder / "snapshots" / asset.revision / asset.file


def find(name: str | os.PathLike[str]) -> Path | None:
    """Like `resolve`, but None when nothing is there."""
    text = os.fspath(name)
    if _is_explicit(text):
        path = Path(text).expanduser()
        return path if path.exists() else None
    relative = text.replace("\\", "/")
    if not relative or ".." in relative.split("/"):
        return None
    return next((path for path in _candidates(relative) if path.exists()), None)


def resolve(name: str | os.PathLike[str]) -> Path:
    """Find an asset's file or folder; the order is described at the top of this module.

    Parameters
    ----------
    name : str or path
        An explicit path, or the name of a file (``"music/model.safetensors"``) or folder (``"music"``).

    Returns
    -------
    Path
        An existing path. Its content is not checked; see `verified`.

    Raises
    ------
    AssetError
        Nothing is there.
    """
    path = find(name)
    if path is not None:
        return path
    text = os.fspath(name)
    if _is_explicit(text):
        raise AssetError(f"{text!r} does not exist", hint="check the path")
    if any(text in (asset.name, asset.group) for asset in PUBLIC):
        group = next(asset.group for asset in PUBLIC if text in (asset.name, asset.group))
        raise AssetError(f"{text!r} is not on this machine", hint=f"fetch it with 'compose models pull {group}'")
    raise AssetError(f"asset {text!r} was not found", hint="the installation is incomplete: install Composer again")


def verified(name: str | os.PathLike[str]) -> Path:
    """Find a file and check it against the list of known checksums.

    Parameters
    ----------
    name : str or path
        As in `resolve`, but a file. An explicit path has no entry in the list and is only found, not checked.

    Returns
    -------
    Path
        An existing file with the expected content.

    Raises
    ------
    AssetError
        It is missing, not listed, or differs from the listed checksum.
    """
    path = resolve(name)
    text = os.fspath(name).replace("\\", "/")
    if _is_explicit(text):
        return path
    asset = _listed(text, path)
    if asset is None:
        raise AssetError(f"{text!r} ({path}) is not in the list of known files, so it cannot be verified")
    if asset.sha256 is not None:
        found = sha256_of(path)
        if found != asset.sha256:
            raise AssetError(
                f"{text!r} ({path}) is damaged or changed: sha256 {found[:12]}..., expected {asset.sha256[:12]}...",
                hint="remove the file and install or pull it again; 'compose models verify' checks all of them",
            )
    return path


def registry() -> tuple[Asset, ...]:
    """List every known asset: the embedded files, then the public models.

    Raises
    ------
    AssetError
        The list that comes with the package is missing or damaged.
    """
    return _manifest(weights_root() / "manifest.json") + PUBLIC


def _listed(name: str, path: Path) -> Asset | None:
    own = home() / "manifest.json"
    assets: tuple[Asset, ...] = ()
    if own.is_file() and path == home() / name:
        assets = _manifest(own)
    return next((asset for asset in (*assets, *registry()) if asset.name == name), None)


def _manifest(path: Path) -> tuple[Asset, ...]:
    try:
        stat = path.stat()
    except OSError as error:
        raise AssetError(
            f"the list of weights {str(path)!r} cannot be read: {error.strerror}",
            hint="the installation is incomplete: install Composer again",
        ) from error
    return _read_manifest(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _read_manifest(path: Path, _mtime_ns: int, _size: int) -> tuple[Asset, ...]:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != MANIFEST_FORMAT:
            raise ValueError(f"format {data['format']!r}, expected {MANIFEST_FORMAT}")
        names = {field.name for field in fields(Asset)}
        return tuple(Asset(**{key: entry[key] for key in names}) for entry in data["assets"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssetError(
            f"the list of weights {str(path)!r} is damaged: {error}",
            hint="install Composer again, or rebuild the list with scripts/hash_weights.py",
        ) from error


def sha256_of(path: Path) -> str:
    """Checksum of a file; computed once per process and state of the file.

    Raises
    ------
    AssetError
        The file cannot be read.
    """
    try:
        stat = path.stat()
        return _sha256(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        raise AssetError(f"{str(path)!r} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=256)
def _sha256(path: Path, _mtime_ns: int, _size: int) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def git_blob_sha1(path: Path) -> str:
    """Git's name of a file's content: what the hub publishes for files that are not in its large-file store."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
