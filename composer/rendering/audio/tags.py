"""The tags of an audio file: title, artist, comment, and the picture as its cover."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["AudioTags", "write_tags"]

_FRONT_COVER = 3
_UTF8 = 3
_MIME = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTags:
    """What an audio file says about itself.

    Attributes
    ----------
    title, artist, comment : plain text; empty ones are left out.
    cover : a JPEG file, or None.
    """

    title: str = ""
    artist: str = ""
    comment: str = ""
    cover: bytes | None = field(default=None, repr=False)


def write_tags(path: Path, tags: AudioTags) -> None:
    """Write tags into a FLAC, Ogg Vorbis or MP3 file, by its extension; others are left as they are."""
    writer = {".flac": _flac, ".ogg": _ogg, ".mp3": _mp3}.get(path.suffix.lower())
    if writer is not None:
        writer(path, tags)


def _texts(tags: AudioTags) -> dict[str, str]:
    words = {"title": tags.title, "artist": tags.artist, "comment": tags.comment}
    return {name: text for name, text in words.items() if text}


def _picture(cover: bytes) -> Any:
    from mutagen.flac import Picture

    picture = Picture()
    picture.type, picture.mime, picture.desc, picture.data = _FRONT_COVER, _MIME, "the picture", cover
    return picture


def _flac(path: Path, tags: AudioTags) -> None:
    from mutagen.flac import FLAC

    file = FLAC(path)
    file.update(_texts(tags))
    if tags.cover is not None:
        file.add_picture(_picture(tags.cover))
    file.save()


def _ogg(path: Path, tags: AudioTags) -> None:
    from mutagen.oggvorbis import OggVorbis

    file = OggVorbis(path)
    file.update(_texts(tags))
    if tags.cover is not None:
        file["metadata_block_picture"] = [base64.b64encode(_picture(tags.cover).write()).decode()]
    file.save()


def _mp3(path: Path, tags: AudioTags) -> None:
    from mutagen.id3 import APIC, COMM, TIT2, TPE1
    from mutagen.mp3 import MP3

    file: Any = MP3(path)
    file.add_tags()
    if tags.title:
        file.tags.add(TIT2(encoding=_UTF8, text=tags.title))
    if tags.artist:
        file.tags.add(TPE1(encoding=_UTF8, text=tags.artist))
    if tags.comment:
        file.tags.add(COMM(encoding=_UTF8, lang="eng", desc="", text=tags.comment))
    if tags.cover is not None:
        file.tags.add(APIC(encoding=_UTF8, mime=_MIME, type=_FRONT_COVER, desc="the picture", data=tags.cover))
    file.save()
