"""The pages of an Ogg file: its comment exchanged, its serial number set, its checksums made anew.

RFC 3533 describes the container, the Vorbis I specification (section 5 and appendix A) what is in it: a page with the
identification header, pages with the comment and the codebooks, then pages of sound.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["with_comment"]

_SERIAL = 1
_HEADER, _MOST_SEGMENTS, _FULL = 27, 255, 255
_CONTINUED = 1
_UNFINISHED = b"\xff" * 8
"""Position of a page on which no packet ends."""
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page: its flags, its position in the sound, the lengths of its segments, and what they hold."""

    flags: int
    position: bytes
    segments: bytes
    body: bytes

    def packed(self, number: int) -> bytes:
        """The page's bytes as the file's page of that number."""
        head = b"OggS\0" + bytes([self.flags]) + self.position + _SERIAL.to_bytes(4, "little")
        head += number.to_bytes(4, "little")
        rest = bytes([len(self.segments)]) + self.segments + self.body
        return head + _checksum(head + bytes(4) + rest).to_bytes(4, "little") + rest


def _checksum(data: bytes) -> int:
    """The CRC of RFC 3533: zlib's polynomial, the bits the other way round, nothing inverted."""
    mirrored = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def with_comment(data: bytes, comment: bytes | None) -> bytes:
    """A Vorbis file of one stream with another comment packet (None: its own) and a fixed serial number.

    Parameters
    ----------
    data : bytes
        The file.
    comment : bytes or None
        The packet, with its signature and its framing bit.
    """
    pages = list(_pages(data))
    packets: list[bytes] = [b""]
    used = 1
    while len(packets) <= 2:  # comment and codebooks; sound begins on a page of its own
        page, at = pages[used], 0
        for length in page.segments:
            packets[-1] += page.body[at : at + length]
            at += length
            if length < _FULL:
                packets.append(b"")
        used += 1
    headers = [comment if comment is not None else packets[0], packets[1]]
    whole = [pages[0], *_paged(headers), *pages[used:]]
    return b"".join(page.packed(number) for number, page in enumerate(whole))


def _pages(data: bytes) -> Iterator[_Page]:
    at = 0
    while at < len(data):
        count = data[at + _HEADER - 1]
        segments = data[at + _HEADER : at + _HEADER + count]
        start = at + _HEADER + count
        stop = start + sum(segments)
        yield _Page(flags=data[at + 5], position=data[at + 6 : at + 14], segments=segments, body=data[start:stop])
        at = stop


def _paged(packets: list[bytes]) -> Iterator[_Page]:
    """Pages that hold header packets one after the other."""
    lacing = b"".join(bytes([_FULL]) * (len(packet) // _FULL) + bytes([len(packet) % _FULL]) for packet in packets)
    body, at, continued = b"".join(packets), 0, False
    for start in range(0, len(lacing), _MOST_SEGMENTS):
        segments = lacing[start : start + _MOST_SEGMENTS]
        size = sum(segments)
        page = _Page(flags=0, position=bytes(8), segments=segments, body=body[at : at + size])
        ends = any(length < _FULL for length in segments)
        yield replace(page, flags=_CONTINUED if continued else 0, position=bytes(8) if ends else _UNFINISHED)
        continued = segments[-1] == _FULL
        at += size
