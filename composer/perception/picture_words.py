"""The words that come with a picture: its title, its artist, its year, and what is said about it.

Each is taken from the first place that has it: what a person says, then the file's metadata, then the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from composer.errors import UsageError
from composer.perception.file_names import NamedWork, is_placeholder, read_file_name, year_in
from composer.perception.metadata import ABOUT_FIELDS, ARTIST_FIELDS, TITLE_FIELDS, YEAR_FIELDS, one_line
from composer.types import Painting, PictureWords

__all__ = ["MAX_ABOUT_BYTES", "find_words", "read_about"]

MAX_ABOUT_BYTES = 65_536
"""Longest text about a picture that is read."""

_LONGEST_TITLE, _LONGEST_NAME = 160, 100
_FROM_PROGRAMS = (
    "created with", "created by", "made with", "screenshot", "digital camera", "adobe photoshop", "software:", "lavc",
    "exif", "sony dsc", "kodak", "default", "undefined", "http://", "https://", "processed with", "converted from",
    "steps:", "seed:", "file source",
)  # fmt: skip
"""What programs and cameras write into fields for words."""


_DATED = re.compile(r"[,(]\s*(?:c(?:a|irca)?\.?\s?)?\d{4}(?:[-–/]\d{2,4})?\)?$")
"""The end of a title that gives its year too."""


def find_words(
    painting: Painting,
    *,
    title: str | None = None,
    artist: str | None = None,
    about: str | None = None,
    year: int | None = None,
) -> PictureWords:
    """Gather the words that come with a picture.

    Parameters
    ----------
    painting : with its file's name and metadata.
    title, artist, about, year : what a person says; None or nothing but spaces leaves it to the file.

    Returns
    -------
    PictureWords
        Every text in one line; ``sources`` says where each came from.
    """
    named = read_file_name(painting.name)
    found: dict[str, str] = {}
    sources: dict[str, str] = {}
    given = {"title": title, "artist": artist, "about": about}
    fields = {"title": TITLE_FIELDS, "artist": ARTIST_FIELDS, "about": ABOUT_FIELDS}
    for name, text in given.items():
        words = one_line(text or "")
        source = "given"
        if not words:
            words, source = _embedded(painting.metadata, fields[name], name)
        if not words and name != "about":
            words, source = getattr(named, name), "file name"
        if words:
            found[name], sources[name] = words, source
    _description_as_title(found, sources)
    made, source = _year(painting, found.get("title", ""), named, year)
    if made is not None:
        sources["year"] = source
    return PictureWords(**found, year=made, sources=sources)


def _year(painting: Painting, title: str, named: NamedWork, given: int | None) -> tuple[int | None, str]:
    """The year of the work and where it stands: given, in the metadata, at the end of the title, in the file's name."""
    if given is not None:
        return given, "given"
    for field in YEAR_FIELDS:
        if field in painting.metadata:
            return int(painting.metadata[field]), field
    dated = _DATED.search(title)
    at_the_end = year_in(dated[0].rstrip(")").lstrip(",( ")) if dated else None
    return (at_the_end, "title") if at_the_end is not None else (named.year, "file name")


def _embedded(metadata: Mapping[str, str], fields: Sequence[str], name: str) -> tuple[str, str]:
    for field in fields:
        text = metadata.get(field, "")
        if not text or any(mark in text.lower() for mark in _FROM_PROGRAMS):
            continue
        if name == "title":
            text = _title_in(text)
        elif (name == "artist" and (len(text) > _LONGEST_NAME or is_placeholder(text))) or is_placeholder(text):
            continue
        if text:
            return text, field
    return "", ""


def _title_in(text: str) -> str:
    """A field's title; where it holds a file's name or a sentence about it, what that tells of the title."""
    if len(text) > _LONGEST_TITLE:
        return ""
    looks_like_file = " " not in text or text.lower().rsplit(".", 1)[-1] in (
        "jpg",
        "jpeg",
        "png",
        "tif",
        "tiff",
        "webp",
    )
    if looks_like_file:
        return read_file_name(text).title
    return "" if is_placeholder(text) else text


def _description_as_title(found: dict[str, str], sources: dict[str, str]) -> None:
    """Take a short description for the title where only the file's name tells one, or none."""
    about = found.get("about", "")
    short = 0 < len(about) <= 80 and about.count(". ") == 0 and not about.endswith(".")
    if short and sources["about"] != "given" and sources.get("title", "file name") == "file name":
        text = _title_in(about)
        if text and "artist" not in found:
            found["title"], sources["title"] = text, sources["about"]
            del found["about"], sources["about"]


def read_about(path: Path) -> str:
    """Read a text about a picture from a file in UTF-8.

    Raises
    ------
    UsageError
        The file cannot be read, is longer than `MAX_ABOUT_BYTES`, or is no text in UTF-8.
    """
    try:
        size = path.stat().st_size
        if size > MAX_ABOUT_BYTES:
            raise UsageError(
                f"--about-file {str(path)!r}: {size} bytes; at most {MAX_ABOUT_BYTES} are read",
                hint="keep the paragraph that describes the picture",
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"--about-file {str(path)!r}: not a text in UTF-8 (byte {error.start})", hint="save it as plain text"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"--about-file {str(path)!r} cannot be read: {reason}", hint="check the path") from error
