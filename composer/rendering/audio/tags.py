"""The tags of an audio file: title, artist, comment, and the picture as its cover.

Written after the formats' own descriptions: Vorbis comments and pictures in FLAC (RFC 9639, sections 8.6 and 8.8) and
Ogg (a picture as the comment ``METADATA_BLOCK_PICTURE``), ID3v2.4 in MP3 (id3.org).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path

from composer.rendering.audio.ogg_pages import with_comment
from composer.version import __version__

__all__ = ["AudioTags", "write_tags"]

_FRONT_COVER = 3
_MIME, _DESCRIPTION = "image/jpeg", "the picture"
_STREAM_INFO, _PADDING, _COMMENT, _PICTURE = 0, 1, 4, 6
_LAST = 0x80
_UTF8 = b"\x03"


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
        path.write_bytes(writer(path.read_bytes(), tags))


def _vorbis_comments(tags: AudioTags, *, with_cover: bool) -> bytes:
    """A list of comments: ``NAME=text``, each with its length, little-endian."""
    words = {"TITLE": tags.title, "ARTIST": tags.artist, "COMMENT": tags.comment}
    lines = [f"{name}={text}" for name, text in words.items() if text]
    if with_cover and tags.cover is not None:
        lines.append(f"METADATA_BLOCK_PICTURE={base64.b64encode(_picture(tags.cover)).decode()}")
    entries = [line.encode("utf-8", errors="replace") for line in (f"Composer {__version__}", *lines)]
    vendor, *comments = [len(entry).to_bytes(4, "little") + entry for entry in entries]
    return vendor + len(comments).to_bytes(4, "little") + b"".join(comments)


def _picture(cover: bytes) -> bytes:
    """A picture block; size and depth stay 0, "unknown"."""
    parts = [_FRONT_COVER.to_bytes(4, "big")]
    for text in (_MIME, _DESCRIPTION):
        parts += [len(text).to_bytes(4, "big"), text.encode()]
    return b"".join([*parts, bytes(16), len(cover).to_bytes(4, "big"), cover])


def _flac(data: bytes, tags: AudioTags) -> bytes:
    at, last, blocks = 4, False, []
    while not last:
        last, kind = bool(data[at] & _LAST), data[at] & ~_LAST
        length = int.from_bytes(data[at + 1 : at + 4], "big")
        if kind not in (_PADDING, _COMMENT, _PICTURE):
            blocks.append((kind, data[at + 4 : at + 4 + length]))
        at += 4 + length
    blocks.append((_COMMENT, _vorbis_comments(tags, with_cover=False)))
    if tags.cover is not None:
        blocks.append((_PICTURE, _picture(tags.cover)))
    packed = [
        bytes([kind | (_LAST if number == len(blocks) else 0)]) + len(block).to_bytes(3, "big") + block
        for number, (kind, block) in enumerate(blocks, start=1)
    ]
    return b"".join([data[:4], *packed, data[at:]])


def _ogg(data: bytes, tags: AudioTags) -> bytes:
    return with_comment(data, b"\x03vorbis" + _vorbis_comments(tags, with_cover=True) + b"\x01")


def _mp3(data: bytes, tags: AudioTags) -> bytes:
    frames = [
        _frame(name, _UTF8 + text.encode("utf-8", errors="replace"))
        for name, text in (("TIT2", tags.title), ("TPE1", tags.artist))
        if text
    ]
    if tags.comment:
        frames.append(_frame("COMM", _UTF8 + b"eng\0" + tags.comment.encode("utf-8", errors="replace")))
    if tags.cover is not None:
        head = _UTF8 + _MIME.encode() + b"\0" + bytes([_FRONT_COVER]) + _DESCRIPTION.encode() + b"\0"
        frames.append(_frame("APIC", head + tags.cover))
    body = b"".join(frames)
    return b"ID3\x04\0\0" + _seven_bits(len(body)) + body + data


def _frame(name: str, content: bytes) -> bytes:
    return name.encode() + _seven_bits(len(content)) + bytes(2) + content


def _seven_bits(number: int) -> bytes:
    """A length in four bytes of seven bits each, which no decoder takes for the beginning of sound."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
