"""The unpacking of archives, safe on every supported Python."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

__all__ = ["unpack"]


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write an archive's regular files below a folder; links, devices and names that lead out of it are left out.

    ``extractall(filter="data")`` would do, but the first releases of Python 3.11 do not know it.
    """
    for member in archive:
        target = (folder / member.name).resolve()
        content = archive.extractfile(member) if member.isreg() else None
        if content is not None and target.is_relative_to(folder.resolve()):
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("wb") as file:
                shutil.copyfileobj(content, file)
