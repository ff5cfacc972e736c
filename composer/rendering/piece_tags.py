"""The tags of a piece's audio file: what it is called, how it came about, and the picture as its cover."""

from __future__ import annotations

import io

from composer.rendering.audio.tags import AudioTags
from composer.types import Composition, Painting
from composer.version import __version__

__all__ = ["cover_of", "file_tags", "piece_tags"]

_ARTIST = "Composer"
_COVER_SIDE, _COVER_QUALITY = 800, 85


def piece_tags(composition: Composition, picture: Painting | None) -> AudioTags:
    """The tags of a composition; the comment holds caption, version, seed and the picture's checksum."""
    plan, provenance = composition.plan, composition.provenance
    image = provenance.get("image")
    words = [
        plan.caption.rstrip(". "),
        f"made by Composer {__version__}",
        f"seed {provenance['seed']}" if "seed" in provenance else "",
        f"picture sha256 {image['sha256']}" if image else "",
    ]
    return AudioTags(
        title=plan.title,
        artist=_ARTIST,
        comment="; ".join(filter(None, words)),
        cover=cover_of(picture) if picture is not None else None,
    )


def file_tags(name: str) -> AudioTags:
    """The tags of a MIDI file that is played; who made it is not known."""
    return AudioTags(title=name, comment=f"a MIDI file, rendered by Composer {__version__}")


def cover_of(picture: Painting) -> bytes:
    """A picture as a JPEG file, its long side at most 800 pixels."""
    from PIL import Image

    image = Image.fromarray(picture.rgb)
    image.thumbnail((_COVER_SIDE, _COVER_SIDE), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_COVER_QUALITY, optimize=True)
    return buffer.getvalue()
