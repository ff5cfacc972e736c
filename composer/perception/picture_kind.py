"""The kind of a picture file, told from its first bytes: never from its extension.

Only the decoder of that kind is then loaded, so a file cannot pass for another, and decoders that call outside
programs (EPS) stay shut.
"""

from __future__ import annotations

import re

__all__ = ["FORMATS", "HEIF", "describe", "kind_of"]

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000", "HEIF")
"""Pillow's names of the formats that are opened; ``HEIF`` needs the extra ``heic``."""
HEIF = "HEIF"

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"BM", "BMP"),
)
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"8BPS", "a Photoshop document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"MThd", "a MIDI file"),
    (b"\x00\x00\x01\x00", "an icon file"),
)
_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_PAGE_HINT = "open the page in a browser, save the picture itself from there, and give that file"


def kind_of(head: bytes) -> str | None:
    """The format of a file that begins with these bytes, a name in `FORMATS`; None for anything else."""
    if head[4:8] == b"ftyp":
        brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(len(head), _box_length(head)), 4))}
        if not brands.isdisjoint(_AVIF_BRANDS):
            return "AVIF"
        return HEIF if head[8:12] in _HEIF_BRANDS else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)


def _box_length(head: bytes) -> int:
    return int.from_bytes(head[:4], "big")


def describe(head: bytes) -> tuple[str, str | None]:
    """What a file is that is no picture, in words, and a hint where there is a better one than usual."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _PAGE.match(text):
        return "a web page, whatever its name says", _PAGE_HINT
    if text.startswith(b"<svg"):
        return "an SVG drawing", None
    if text.startswith(b"<?xml"):
        return "an XML or SVG file", None
    for signature, name in _OTHERS:
        if text.startswith(signature):
            return name, None
    if head.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF")):
        return "a broken or cut-off file", None
    if all(byte in b"\t\n\r\f" or 32 <= byte < 127 for byte in head[:256]):
        return "a text file", None
    return "a file of unknown kind", None
