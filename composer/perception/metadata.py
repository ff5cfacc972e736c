"""The words that a picture file carries beside its pixels: XMP, IPTC, EXIF and PNG text.

Conventions
-----------
* A text comes under the name of its field, ``"XMP dc:title"``; fields that museums and agencies fill in with care come
  first. Texts are in one line, in Unicode, without markup.
* Whatever is wrong with the words, the picture can be used: a broken field is left out, and nothing is raised.
"""

from __future__ import annotations

import html
import logging
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree as ET

from composer.dates import first_year

if TYPE_CHECKING:
    from PIL import Image, ImageFile

__all__ = ["ABOUT_FIELDS", "ARTIST_FIELDS", "CAMERA_FIELD", "TITLE_FIELDS", "YEAR_FIELDS", "read_metadata"]

TITLE_FIELDS = ("XMP AOTitle", "XMP dc:title", "IPTC headline", "IPTC object name", "EXIF XPTitle", "PNG Title")
"""Fields that hold a title, the most careful first."""
ARTIST_FIELDS = ("XMP AOCreator", "XMP dc:creator", "IPTC byline", "EXIF Artist", "EXIF XPAuthor", "PNG Author")
"""Fields that name who made the picture."""
ABOUT_FIELDS = (
    "XMP dc:description", "IPTC caption", "EXIF ImageDescription", "EXIF XPSubject", "PNG Description",
)  # fmt: skip
"""Fields that describe the picture."""
YEAR_FIELDS = ("XMP AODateCreated",)
"""Fields that date the work that the picture shows, not the file. IPTC's AO fields speak of an artwork or object."""
CAMERA_FIELD = "EXIF camera"
"""What a camera says of itself and of the exposure; scanners, which expose nothing, leave it out."""

_MOST_XMP = 2**20
_MOST = 4000
_EXIF = {0x010E: "ImageDescription", 0x013B: "Artist", 0x9C9B: "XPTitle", 0x9C9D: "XPAuthor", 0x9C9F: "XPSubject"}
_IPTC = {(2, 105): "headline", (2, 5): "object name", (2, 120): "caption", (2, 80): "byline"}
_EXPOSURE, _F_NUMBER, _LENS = 0x829A, 0x829D, 0xA434
_DC, _IPTC_XMP = "{http://purl.org/dc/elements/1.1/}", "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
_XMP = {
    _DC + "title": "dc:title",
    _DC + "description": "dc:description",
    _DC + "creator": "dc:creator",
    _IPTC_XMP + "AOTitle": "AOTitle",
    _IPTC_XMP + "AOCreator": "AOCreator",
    _IPTC_XMP + "AODateCreated": "AODateCreated",
}
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MARKUP = re.compile(r"<[^<>]{1,200}>")
_log = logging.getLogger(__name__)


def read_metadata(picture: Image.Image) -> dict[str, str]:
    """Return field -> text of a decoded picture; fields without words are left out."""
    found: dict[str, str] = {}
    for read in (_xmp, _iptc, _exif, _camera, _png):
        try:
            for name, text in read(picture):
                line = str(first_year(text) or "") if name in YEAR_FIELDS else one_line(text)
                if line:
                    found.setdefault(name, line)
        except Exception:  # noqa: BLE001 - decoders raise a dozen types on broken fields
            _log.debug("unreadable metadata", exc_info=True)
    return found


def one_line(text: str) -> str:
    """Return a text without markup, control characters and line breaks, at most 4,000 characters long."""
    plain = _MARKUP.sub(" ", html.unescape(text[: 4 * _MOST]))
    plain = unicodedata.normalize("NFC", plain.replace("\x00", " "))
    signs = (sign if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " " for sign in plain)
    words = " ".join("".join(signs).split())
    return words[:_MOST] if any(sign.isalpha() for sign in words) else ""


def _decoded(value: bytes | str) -> str:
    """Bytes as UTF-8 if they are, else as Windows' Latin; a text that was read as Latin is read again."""
    if isinstance(value, bytes):
        raw = value
    else:
        try:
            raw = value.encode("latin-1")
        except UnicodeEncodeError:
            return value
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.rstrip(b"\x00").decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _xmp(picture: Image.Image) -> Iterator[tuple[str, str]]:
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or _tiff_tag(picture, 700)
    if not packet or len(packet) > _MOST_XMP:
        return
    text = packet if isinstance(packet, str) else bytes(packet).strip(b"\x00 \n\r\t").decode("utf-8-sig", "replace")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return  # no honest packet defines entities
    root = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities to expand
    for tag, name in _XMP.items():
        for node in root.iter(tag):
            words = _alternative(node)
            if words:
                yield f"XMP {name}", words
    for node in root.iter(_RDF + "Description"):  # the short form, as attributes
        for tag, name in _XMP.items():
            yield f"XMP {name}", node.get(tag, "")


def _alternative(node: ET.Element) -> str:
    """Return the English among language alternatives, else the default, else the first; creators are all named."""
    items = [(item.get(_LANGUAGE, "").lower(), (item.text or "").strip()) for item in node.iter(_RDF + "li")]
    items = [(language, text) for language, text in items if text]
    if not items:
        return (node.text or "").strip()
    if node.tag in (_DC + "creator", _IPTC_XMP + "AOCreator"):
        return ", ".join(text for _, text in items)
    for wanted in ("en", "x-default"):
        for language, text in items:
            if language == wanted or language.startswith(f"{wanted}-"):
                return text
    return items[0][1]


def _tiff_tag(picture: Image.Image, number: int) -> Any:
    tags: Mapping[int, Any] = getattr(picture, "tag_v2", {})
    return tags.get(number)


def _iptc(picture: Image.Image) -> Iterator[tuple[str, str]]:
    from PIL import IptcImagePlugin

    fields = IptcImagePlugin.getiptcinfo(cast("ImageFile.ImageFile", picture)) or {}
    for key, name in _IPTC.items():
        value = fields.get(key)
        parts = value if isinstance(value, list) else [value] if value else []
        yield f"IPTC {name}", ", ".join(_decoded(part) for part in parts)


def _exif(picture: Image.Image) -> Iterator[tuple[str, str]]:
    fields = picture.getexif()
    for tag, name in _EXIF.items():
        value = fields.get(tag)
        if isinstance(value, tuple):
            value = bytes(value)
        if name.startswith("XP") and isinstance(value, bytes):
            yield f"EXIF {name}", value.decode("utf-16-le", "ignore")
        elif isinstance(value, (bytes, str)):
            yield f"EXIF {name}", _decoded(value)


def _camera(picture: Image.Image) -> Iterator[tuple[str, str]]:
    fields = picture.getexif()
    details = fields.get_ifd(0x8769)  # the exposure's own table
    make, model = str(fields.get(0x010F, "")), str(fields.get(0x0110, ""))
    if (make or model) and any(details.get(tag) for tag in (_EXPOSURE, _F_NUMBER, _LENS)):
        yield CAMERA_FIELD, f"{make} {model}"


def _png(picture: Image.Image) -> Iterator[tuple[str, str]]:
    chunks: Mapping[str, str] = getattr(picture, "text", {})
    for name in ("Title", "Author", "Description"):
        value = next((text for key, text in chunks.items() if key.lower() == name.lower()), "")
        # An international chunk is Unicode already; a plain one was read as Latin-1 and may have been UTF-8.
        yield f"PNG {name}", str(value) if hasattr(value, "lang") else _decoded(value)
