"""The public models that Composer can use but does not embed, and how they are fetched.

A file comes over the network only through `pull`: into a hidden folder, then its checksum, then its place. The revision
is a commit, never a branch; where no checksum is on record here, the one that the hub publishes for that commit counts.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from composer.assets import PUBLIC, Asset, find, git_blob_sha1, home, offline, registry, sha256_of
from composer.errors import AssetError, UsageError
from composer.extras import need
from composer.progress import Progress

__all__ = ["groups", "pull"]


_LOG = logging.getLogger(__name__)
_SHA256_LENGTH = 64


def groups() -> tuple[str, ...]:
    """Names of the models that can be pulled, sorted."""
    return tuple(sorted({asset.group for asset in PUBLIC}))


def pull(name: str, progress: Progress | None = None) -> tuple[Path, ...]:
    """Fetch a public model into the user's folder (`composer.assets.home`).

    Parameters
    ----------
    name : str
        One of `groups`, or the name of one file of it.
    progress : callable, optional
        Called with the file's name and the share of the whole that is done, in [0, 1].

    Returns
    -------
    tuple of Path
        The files, verified. Files that are there already are verified and not fetched again.

    Raises
    ------
    UsageError
        No public model has this name.
    AssetError
        ``COMPOSER_OFFLINE`` forbids the network, the network fails, or a checksum differs.
    ExternalToolError
        The extra ``clip`` is not installed.
    """
    assets = [asset for asset in PUBLIC if name in (asset.group, asset.name)]
    if not assets:
        if any(name in (asset.group, asset.name) for asset in registry()):
            raise UsageError(
                f"{name!r} is embedded; there is nothing to pull", hint="'compose models verify' checks it"
            )
        raise UsageError(
            f"unknown model {name!r}; known: {', '.join(groups())}", hint="'compose models list' shows all"
        )
    report = progress or (lambda _text, _share: None)
    total = sum(asset.size or 0 for asset in assets) or 1
    done = 0
    paths = []
    for asset in assets:
        report(asset.file, done / total)
        paths.append(_pull_one(asset, _share_of(report, asset, done, total)))
        done += asset.size or 0
    report("done", 1.0)
    return tuple(paths)


def _share_of(report: Progress, asset: Asset, done: int, total: int) -> Callable[[float], None]:
    def advance(share: float) -> None:
        report(asset.file, min(1.0, (done + share * (asset.size or 0)) / total))

    return advance


def _pull_one(asset: Asset, report: Callable[[float], None]) -> Path:
    present = find(asset.name)
    if present is not None and asset.sha256 is not None and sha256_of(present) == asset.sha256:
        return present
    if offline():
        raise AssetError(
            f"{asset.name!r} would have to be fetched, but COMPOSER_OFFLINE is set",
            hint="unset COMPOSER_OFFLINE, or pull on another machine and copy the folder to COMPOSER_HOME",
        )
    need("clip", "fetching a model")
    target = home() / asset.name
    staging = target.parent / ".incoming"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fetched = _fetch(asset, staging, report)
        _check(asset, fetched)
        os.replace(fetched, target)
    except OSError as error:
        raise AssetError(
            f"{asset.name!r} cannot be stored: {error.strerror or error}",
            hint="check that COMPOSER_HOME is writable and has free space",
        ) from error
    shutil.rmtree(staging, ignore_errors=True)
    return target


def _fetch(asset: Asset, staging: Path, report: Callable[[float], None]) -> Path:
    """Download into `staging`, which is kept after a failure so that the next try can resume."""
    from huggingface_hub import hf_hub_download

    try:
        return Path(
            hf_hub_download(
                asset.hub_repository or "",
                asset.file,
                revision=asset.revision,
                local_dir=staging,
                tqdm_class=_bar(report),
            )
        )
    except OSError as error:
        if _is_local(error):
            raise
        raise _network_error(asset, error) from error
    except Exception as error:  # its error classes have no common root across versions
        raise _network_error(asset, error) from error


def _is_local(error: OSError) -> bool:
    # The client's network errors are OSErrors too, but carry no path.
    return error.errno is not None and error.filename is not None


def _network_error(asset: Asset, error: Exception) -> AssetError:
    reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    return AssetError(
        f"{asset.name!r} cannot be fetched from {asset.source[3:]}: {reason}",
        hint="check the network connection and try again; what was fetched so far is kept",
    )


def _bar(report: Callable[[float], None]) -> Any:
    from tqdm import tqdm

    class Bar(tqdm):
        """Hands the client's progress on instead of drawing it."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": False, "file": _Nowhere()})

        def update(self, n: float | None = 1) -> bool | None:
            """Advance and report the share."""
            result = super().update(n)
            if self.total:
                report(min(1.0, self.n / self.total))
            return result

    return Bar


class _Nowhere:
    """A text file that keeps nothing."""

    def write(self, text: str) -> int:
        """Drop the text."""
        return len(text)

    def flush(self) -> None:
        """Nothing to flush."""


def _check(asset: Asset, path: Path) -> None:
    expected = asset.sha256 or _published(asset)
    found = sha256_of(path) if len(expected) == _SHA256_LENGTH else git_blob_sha1(path)
    if found != expected:
        path.unlink(missing_ok=True)
        raise AssetError(
            f"{asset.name!r} arrived damaged: checksum {found[:12]}..., expected {expected[:12]}...",
            hint="try again; if it fails again, the file at the source is not the one that was pinned",
        )
    _LOG.info("%s verified (%s)", asset.name, expected)


def _published(asset: Asset) -> str:
    """Checksum that the hub publishes: SHA-256 of large files, git's blob name of small ones."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    try:
        url = hf_hub_url(asset.hub_repository or "", asset.file, revision=asset.revision)
        etag = get_hf_file_metadata(url).etag
    except Exception as error:
        raise _network_error(asset, error) from error
    if not etag:
        raise AssetError(f"the hub publishes no checksum for {asset.name!r}, so it cannot be verified")
    return etag
