"""The pictures of a gallery: two sizes for the screen, and their vectors in the painting encoder's space."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.batch.source import is_address, read_location
from composer.errors import ComposerError
from composer.files import atomic_write
from composer.gallery.entries import Entry
from composer.types import Painting

__all__ = ["Shown", "show_picture"]

_SMALL = 360
"""Longest side in pixels of the picture in the list; the large one is as large as pictures are read."""
_QUALITY = 82


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture in the site: paths from the site's folder, size of the large one in pixels, vector of unit length."""

    small: str
    large: str
    width: int
    height: int
    vector: NDArray[np.float32] = field(compare=False, repr=False)


def show_picture(entry: Entry, site: Path) -> Shown | None:
    """Write an entry's picture in two sizes into ``site/pictures`` and embed it.

    Returns
    -------
    Shown or None
        None where the picture is not to be had any more, or is another by now.

    Raises
    ------
    OutputError
        It cannot be written.
    AssetError
        The painting encoder is missing or damaged.
    """
    from PIL import Image

    from composer.perception.encoder import load_embedded

    encoder = load_embedded()
    painting = _painting(entry)
    if painting is None:
        return None
    small, large = (f"pictures/{entry.id}-{size}.jpg" for size in ("small", "large"))
    picture = Image.fromarray(painting.rgb)
    with atomic_write(site / large) as temporary:
        picture.save(temporary, "JPEG", quality=_QUALITY, optimize=True)
    width, height = picture.size
    picture.thumbnail((_SMALL, _SMALL), Image.Resampling.LANCZOS, reducing_gap=3.0)
    with atomic_write(site / small) as temporary:
        picture.save(temporary, "JPEG", quality=_QUALITY, optimize=True)
    return Shown(small=small, large=large, width=width, height=height, vector=encoder.embed_image(painting))


def _painting(entry: Entry) -> Painting | None:
    from composer.perception.image import load_painting

    try:
        data = read_location(entry.picture)
        if hashlib.sha256(data).hexdigest() != entry.picture_sha256:
            return None
        if not is_address(entry.picture):
            return load_painting(entry.picture)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "picture"
            file.write_bytes(data)
            return load_painting(file)
    except ComposerError:
        return None
