"""The chunks of a PNG file that make the picture; the others never get to the decoder.

Texts of any length, comments of programs and broken remarks must not keep a good picture from being read: Pillow gives
up where a text is longer than a megabyte, and where the checksum of a remark is wrong.
"""

from __future__ import annotations

import io
import zlib
from typing import BinaryIO

__all__ = ["without_remarks"]

_SIGNATURE_LENGTH = 8
_PICTURE = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS")
_USED = (b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf")
"""Remarks that are asked for: they stay while they are whole and not longer than this."""
_TEXTS = (b"tEXt", b"iTXt")
"""Texts stay too, title and author among them, but for compressed ones: those can grow without bounds."""
_LONGEST, _LONGEST_TEXT, _MOST_TEXT = 4 << 20, 256 << 10, 1 << 20


def without_remarks(file: BinaryIO) -> BinaryIO:
    """A PNG file without the chunks that only say something about the picture; what is broken stays as it is.

    Parameters
    ----------
    file : open for reading, at its beginning.

    Returns
    -------
    file
        The same one, at its beginning, where there is nothing to leave out.
    """
    stretches = _kept(file)
    if stretches is None:
        file.seek(0)
        return file
    out = io.BytesIO()
    for start, stop in stretches:
        file.seek(start)
        out.write(file.read(stop - start))
    out.seek(0)
    return out


def _kept(file: BinaryIO) -> list[tuple[int, int]] | None:
    """The stretches of the file that stay, in bytes; None for all of it."""
    end = file.seek(0, io.SEEK_END)
    stretches, whole, at, text = [(0, _SIGNATURE_LENGTH)], True, _SIGNATURE_LENGTH, 0
    while at < end:
        file.seek(at)
        head = file.read(8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        stop = at + length + 12
        if kind in _PICTURE or (kind in _USED and _is_good(file, kind, length)):
            stretches.append((at, stop))
        elif kind in _TEXTS and text + length <= _MOST_TEXT and _is_good(file, kind, length):
            stretches.append((at, stop))
            text += length
        elif len(kind) == 4 and kind.isalpha() and kind[:1].islower():
            whole = False
        else:  # no PNG any more: the decoder is to say so
            stretches.append((at, end))
            break
        at = stop
    return None if whole else stretches


def _is_good(file: BinaryIO, kind: bytes, length: int) -> bool:
    if length > (_LONGEST_TEXT if kind in _TEXTS else _LONGEST):
        return False
    data, checksum = file.read(length), file.read(4)
    if kind == b"iTXt" and data[data.find(b"\0") + 1 :][:1] != b"\0":
        return False
    return len(checksum) == 4 and zlib.crc32(data, zlib.crc32(kind)) == int.from_bytes(checksum, "big")
