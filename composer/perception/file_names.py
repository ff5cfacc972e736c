"""The title, the artist and the year that a picture's file name tells.

Known manners of naming files:

* WikiArt: ``gwen-john_the-cat-1905``; museums' downloads: ``gwen-john__the-cat``;
* Wikimedia Commons: ``Gwen John - The Cat - Tate - Google Art Project``, ``The Cat, by Gwen John``, ``800px-...``;
* plain words: ``the-cat``, ``The cat (1905)``;
* copies of any of these: ``the-cat (2)``, ``The cat - Copy``, ``the-cat-2``.

Names that cameras, scanners, programs and hasty people give (``IMG_1234``, ``scan0001``, ``a94f2b...``, ``final2``)
tell nothing, and nothing is what is read from them: no title is better than a wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from urllib.parse import unquote

__all__ = ["NamedWork", "is_placeholder", "person_name", "read_file_name", "year_in"]

_PARTICLES = frozenset((
    "af", "al", "da", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "la", "le", "of", "ten", "ter",
    "the", "van", "von", "y", "zu",
))  # fmt: skip
"""Words that stay small within a person's name."""
_SMALL = frozenset((
    "a", "an", "and", "as", "at", "before", "but", "by", "for", "from", "in", "into", "near", "of", "off", "on", "or",
    "over", "the", "to", "under", "with",
))  # fmt: skip
"""Words that stay small within a title."""
_NO_NAME = _SMALL - {"the", "of"} | {"her", "his", "my", "self", "portrait", "study", "view", "still", "landscape"}
"""Words that no person is called."""
_EMPTY = frozenset((
    "adobestock", "am", "asdf", "at", "backup", "bild", "bildschirmfoto", "bitmap", "camera", "capture", "clipboard",
    "copia", "copy", "crop", "cropped", "default", "detected", "dji", "document", "download", "downloaded", "draft",
    "dsc", "dscf", "dscn", "edit", "edited", "export", "fb", "fb_img", "file", "final", "foo", "foto", "fullsize",
    "getty", "gettyimages", "gimp", "gopr", "hd", "hires", "image", "imagen", "images", "img", "input", "istock",
    "istockphoto", "jpeg", "jpg", "kopie", "large", "lowres", "maxresdefault", "mvi", "nan", "new", "none", "null",
    "olympus", "opengraph", "orig", "original", "out", "output", "pasted", "photo", "photograph", "photos", "pic",
    "pics", "pict", "picture", "pictures", "pinterest", "pm", "png", "preview", "processed", "px", "pxl", "qwerty",
    "resized", "result", "retouched", "sample", "scaled", "scan", "scanned", "scans", "scn", "screen", "screenshot",
    "shot", "shutterstock", "signal", "small", "snapshot", "sony", "tbd", "temp", "test", "testing", "thumb",
    "thumbnail", "tif", "tiff", "tmp", "todo", "tumblr", "unbenannt", "undefined", "unknown", "unnamed", "upload",
    "uploaded", "version", "vid", "video", "wallpaper", "web", "webp", "whatsapp", "wp", "www", "xxx",
))  # fmt: skip
"""Words that tell nothing of what a picture shows; a name of nothing but these, numbers and codes is no title."""
_TAIL = frozenset((
    "copy", "crop", "cropped", "edit", "edited", "final", "hd", "hires", "highres", "large", "lowres", "medium", "orig",
    "original", "px", "resized", "retouched", "scaled", "scan", "small", "thumb", "thumbnail", "wallpaper", "web",
))  # fmt: skip
"""Words that are struck from the end of a name."""
_NUMBERED = frozenset((
    "abstraction", "abstractions", "act", "arrangement", "arrondissement", "ballade", "bild", "black", "blatt", "blue",
    "book", "brown", "canto", "cantos", "caprice", "capricho", "chapter", "collage", "composition", "compositions",
    "concerto", "construction", "counterpoint", "day", "element", "elegy", "etude", "figure", "folio", "formula",
    "fragment", "fugue", "gray", "green", "grey", "grid", "group", "gruppe", "impression", "improvisation", "infinity",
    "komposition", "leaf", "line", "movement", "nacht", "nocturne", "nr", "no", "num", "number", "numero", "nummer",
    "op", "opus", "orange", "ornament", "page", "painting", "panel", "part", "phase", "pier", "plate", "platform",
    "prelude", "project", "proun", "psalm", "quartet", "red", "relief", "room", "sans", "scene", "series", "sheet",
    "sketch", "sonata", "song", "station", "structure", "studie", "studies", "study", "suite", "symphony", "table",
    "tafel", "teil", "titel", "titre", "untitled", "variation", "variations", "vol", "volume", "white", "yellow",
))  # fmt: skip
"""Words of titles that a number often follows; after others a last ``-2`` marks a copy of the file."""
_PAINTERS = frozenset((
    "botticelli", "bronzino", "bruegel", "canaletto", "caravaggio", "cezanne", "cézanne", "chagall", "correggio",
    "courbet", "dali", "dalí", "degas", "delacroix", "durer", "dürer", "gauguin", "gericault", "giorgione", "giotto",
    "goya", "hiroshige", "hokusai", "holbein", "hopper", "kandinsky", "klee", "klimt", "leonardo", "magritte",
    "manet", "masaccio", "matisse", "michelangelo", "modigliani", "mondrian", "monet", "munch", "picasso", "pissarro",
    "pollock", "raphael", "rembrandt", "renoir", "rothko", "rousseau", "rubens", "seurat", "tintoretto", "titian",
    "tiziano", "utamaro", "velazquez", "velázquez", "vermeer", "veronese", "warhol", "watteau", "whistler",
))  # fmt: skip
"""Painters whose one name stands before or after a title in the names that people give files."""
_BINDING = _PARTICLES | _SMALL - {"by"}
_MOST_PLACE = 2
"""Words that may follow an artist's name at the end of a title: the town or the house where the work hangs."""
_NOBODY = re.compile(r"^(?:unknown|anonymous|unidentified|anon|various|artist unknown)\b", re.IGNORECASE)
_NOT_NAMED = re.compile(
    r"^(?:not[ _-]detected|unknown|no[ _-]title|title[ _-]unknown|unknown[ _-]title)\b", re.IGNORECASE
)
_EXTENSION = re.compile(r"\.(?:jpe?g|png|gif|tiff?|webp|bmp)$", re.IGNORECASE)
_THUMBNAIL = re.compile(r"^(?:file[:_ ]|\d{2,5}px-|lossy-page\d+-\d+px-)+", re.IGNORECASE)
_SIZE = re.compile(r"[ _-]*\b\d{2,5}\s?[x×]\s?\d{2,5}(?:px)?\b", re.IGNORECASE)
_COPY = re.compile(
    r"\s*\(\d{1,3}\)$|(?:\s+[-–]\s*|[\s_-]+)\(?(?:copy|copie|copia|kopie|kopi|duplicate)(?:[\s_-]*\(?\d{1,2}\)?)?\)?$",
    re.IGNORECASE,
)
_SECOND = re.compile(r"(?P<word>[^\W\d_]{2,})[_-][1-9]$")
"""A number that a hyphen or an underscore joins to the last word: a copy's, or the title's own."""
_YEAR = r"(?:c(?:a|irca)?\.?[ -]?)?(?:1[0-9]|20)\d{2}s?(?:[-–/ ](?:(?:1[0-9]|20)?\d{2}))?"
_YEAR_END = re.compile(rf"[\s,;_-]*[(\[]?\b{_YEAR}[)\]]?(?:-\d{{1,2}})?$", re.IGNORECASE)
_YEAR_START = re.compile(rf"^[(\[]?{_YEAR}[)\]]?[\s,;_-]+(?=\D)", re.IGNORECASE)
_YEARS = re.compile(r"(?:^|(?<=[\s,(\[_/–-])|(?<=\bc\.)|(?<=\bca\.))(1[2-9]\d\d|20[0-3]\d)s?(?=$|[\s,)\]_/–-])")
_WIDTHS = frozenset((1280, 1366, 1440, 1600, 1680, 1920, 2000, 2048))
"""Widths of screens, which end the names of files whose artist nobody told."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_HOLDERS = re.compile(
    r"google (?:art project|cultural|arts)|wga\d+|museum|musée|museo|gallery|galerie|collection|rijksmuseum|louvre"
    r"|prado|\btate\b|hermitage|uffizi|kunsthalle|\bmoma\b|accession|inv\.?\s|yorck|\bfrom\b|\boil on\b"
    r"|\d+ ?[x×] ?\d+|\bcm\b",
    re.IGNORECASE,
)
_BY = re.compile(r"^(?P<title>.+?)[,\s]+(?:painted )?by (?P<artist>[^,]+?)(?:,.*)?$", re.IGNORECASE)
_ELIDED = re.compile(r"\b([dl]) (?=[aeiouhéèêœ])", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?<!\bthe)(?<!\bof)(?<!\bin)(?<=\w) s\b", re.IGNORECASE)
_CODE = re.compile(
    r"(?=(?:.*[0-9]){2})(?=(?:.*[A-Za-z]){2})[0-9A-Za-z]{5,}(?<!st)(?<!nd)(?<!rd)(?<!th)(?<!s)", re.ASCII
)
_NUMERAL = re.compile(r"\b(?:x{0,3}(?:ix|iv|v?i{2,3}|vi|v?i{1,3})|x{2,3})\b", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedWork:
    """What a name tells of a work; `title` and `artist` are empty and `year` is None where it tells nothing."""

    title: str = ""
    artist: str = ""
    year: int | None = None


def read_file_name(stem: str) -> NamedWork:
    """Read title, artist and year from a file name without its extension.

    Returns
    -------
    NamedWork
        Titles that were joined by hyphens or underscores get the capitals of an English title.
    """
    text = _cleaned(stem)
    if not text or _UUID.search(text) or is_placeholder(text):
        return NamedWork()
    for read in (_museum, _commons, _wikiart, _comma, _painter):
        found = read(text)
        if found is not None:
            return replace(found, title=_without_artist(found), year=_year(text, found))
    found = NamedWork(title=_title(text))
    return replace(found, year=_year(text, found))


def year_in(text: str) -> int | None:
    """Return the year that stands in a text last, of a span of years the first; None without one."""
    found = list(_YEARS.finditer(text))
    if not found:
        return None
    spans = len(found) > 1 and text[found[-2].end() : found[-1].start()] in ("-", "–", "/")
    return int(found[-2 if spans else -1][1])


def _without_artist(work: NamedWork) -> str:
    """The title without the artist's name after it, and a place after that; a portrait of the artist keeps it."""
    words, name = work.title.split(), work.artist.lower().split()
    lower = [word.lower() for word in words]
    for at in range(2, len(words) - len(name) + 1):
        last = len(words) - at - len(name) <= _MOST_PLACE
        if name and lower[at : at + len(name)] == name and last and lower[at - 1] not in _BINDING:
            return " ".join(words[: at - (lower[at - 1] == "by")])
    return work.title


def _year(text: str, work: NamedWork) -> int | None:
    year = year_in(text) if work.title or work.artist else None
    return None if year in _WIDTHS and not work.artist and "(" not in text else year


def _cleaned(stem: str) -> str:
    text = unicodedata.normalize("NFC", unquote(stem, errors="ignore"))
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co")).strip()
    text = _not_copied(_SIZE.sub("", _THUMBNAIL.sub("", _EXTENSION.sub("", text))))
    text = re.sub(r"(?<=[^\W_]{3})\.(?=[^\W_]{3})", " " if " " in text else "_", text)
    return text[:_MOST].strip(" _-.,")


def _not_copied(name: str) -> str:
    """Return a name without what programs and people add to a second file of the same work."""
    while True:
        shorter = _COPY.sub("", name.rstrip())
        found = _SECOND.search(shorter)
        if found and found["word"].lower() not in _NUMBERED:
            shorter = shorter[: found.end("word")]
        if shorter == name:
            return name
        name = shorter


def is_placeholder(text: str) -> bool:
    """Tell whether a name or a title says nothing: camera names, hashes, numbers, ``untitled document``."""
    words = _LETTERS.findall(text.lower())
    telling = [word for word in words if word not in _EMPTY and not _is_code(word, text)]
    return not telling or text.lower().strip() in ("untitled", "untitled document", "no title", "without title")


def _is_code(word: str, text: str) -> bool:
    """Tell whether letters are no word: parts of a hash, a single letter, no vowel."""
    if not word.isascii():
        return False
    plain = word.lower()
    around = re.search(rf"[0-9]{re.escape(plain)}|{re.escape(plain)}[0-9]", text.lower())
    return len(plain) < 2 or not re.search(r"[aeiouy]", plain) or (around is not None and len(plain) < 12)


def _museum(text: str) -> NamedWork | None:
    """``gwen-john__the-cat``."""
    parts = [part for part in re.split(r"_{2,}", text) if part.strip(" _-")]
    if len(parts) < 2 or any(len(part) < 3 and part.isascii() for part in parts[:-1]):
        return None
    artists = [_artist(_spaced(part)) for part in parts[:-1]]
    return NamedWork(title=_title(parts[-1]), artist=", ".join(name for name in artists if name))


def _commons(text: str) -> NamedWork | None:
    """``Gwen John - The Cat - Tate``."""
    parts = [part.replace("_", " ").strip(" ,") for part in re.split(r"\s+[-–—]\s+|_[-–—]_", text)]
    parts = [part for part in parts if part and not re.fullmatch(rf"{_YEAR}|[\d.\s-]+", part, re.IGNORECASE)]
    if len(parts) < 2:
        return None
    first, second = parts[0], parts[1]
    if _HOLDERS.search(second):
        return _comma(first) or NamedWork(title=_title(first))
    if _is_person(second) and not _is_person(first):
        first, second = second, first
    elif not _is_person(first):
        return NamedWork(title=_title(first))
    return NamedWork(title=_title(second), artist=_artist(_YEAR_END.sub("", first)))


def _wikiart(text: str) -> NamedWork | None:
    """``gwen-john_the-cat-1905``."""
    if not text.islower() or " " in text or "_" not in text or re.match(r"[^-]*_[^-]*_[^-]*$", text):
        return None
    artist, _, work = text.partition("_")
    known = "-" in artist or artist.lower() in _PAINTERS or ("-" in work and _YEAR_END.search(work))
    if not known or not _is_person(_spaced(artist).removeprefix("le ")):
        return None
    return NamedWork(title=_title(work), artist=_artist(_spaced(artist)))


def _comma(text: str) -> NamedWork | None:
    """``The Cat, by Gwen John``; ``Gwen John, 1905, The Cat, oil on canvas``."""
    words = _spaced(text) if " " not in text else text
    match = _BY.match(words)
    if match and _is_person(match["artist"]):
        return NamedWork(title=_title(match["title"]), artist=_artist(match["artist"].strip()))
    parts = [part.strip() for part in words.split(",")]
    if len(parts) >= 3 and re.fullmatch(_YEAR, parts[1], re.IGNORECASE) and _is_person(parts[0]):
        return NamedWork(title=_title(parts[2]), artist=_artist(parts[0]))
    return None


def _painter(text: str) -> NamedWork | None:
    """``hokusai-great-wave``, ``the_kiss_klimt``."""
    words = _spaced(_YEAR_END.sub("", text)).split()
    if len(words) < 2 or " " in text:
        return None
    for name, rest in ((words[0], words[1:]), (words[-1], words[:-1])):
        if name.lower() in _PAINTERS:
            return NamedWork(title=_title("_".join(rest)), artist=_artist(name))
    return None


def _artist(words: str) -> str:
    """Return an artist's name: ``Turner, J. M. W.`` is J. M. W. Turner; nobody where nobody is known."""
    last, comma, first = words.strip(" ,").partition(", ")
    name = f"{first} {last}" if comma and ", " not in first else words.strip(" ,")
    return "" if _NOBODY.match(name) else person_name(name)


def _is_person(text: str) -> bool:
    """Tell whether words can be a person's name: one to six of them, none a number, none that no one is called."""
    words = _YEAR_END.sub("", text).replace(".", " ").replace(",", " ").split()
    if not 1 <= len(words) <= 6 or any(sign.isdigit() for word in words for sign in word):
        return False
    if words[0].lower() in ("the", "a", "an", "le", "les", "der", "die", "das", "il", "los", "las", "of"):
        return False
    capital = all(word[:1].isupper() or word.lower() in _PARTICLES or not word.isascii() for word in words)
    small = text.islower()  # joined by hyphens in a file name
    return (capital or small) and words[0].lower() not in _NO_NAME and not is_placeholder(text)


def _spaced(text: str) -> str:
    """Underscores, and in names without a space hyphens too, as spaces."""
    words = " ".join(text.replace("_", " ").split())
    return words if " " in words else " ".join(words.replace("-", " ").split())


def person_name(words: str) -> str:
    """Return a person's name with its capitals: ``Pieter Bruegel the Elder``, ``Vincent van Gogh``."""
    return " ".join(
        word if number and word in _PARTICLES else word[:1].upper() + word[1:]
        for number, word in enumerate(words.split())
    )


def _title(text: str) -> str:
    """Return a title in words, without year and the traces of programs; empty where nothing is told."""
    words = " ".join(text.replace("_", " ").split())
    if " " not in words:
        words = _YEAR_END.sub("", words)  # while hyphens still bind the years
        words = re.sub(r"(?<=\w)-(?=\w)", " ", words).replace("-", " ")
    elif "_" in text and words.islower():
        words = words.replace("-", " ")
    words = re.sub(r"^\d{1,3} *[-._:] +", "", " ".join(words.split()))
    words = _YEAR_START.sub("", _YEAR_END.sub("", words)).strip(" ,;._-")
    parts = [part for part in words.split() if not _CODE.fullmatch(part)]
    while len(parts) > 1 and (
        parts[-1].lower().strip("()") in _TAIL or re.fullmatch(r"v\d+|0\d+|\d{3,}|\d+k", parts[-1].lower())
    ):
        parts.pop()
    words = " ".join(parts).strip(" ,;._-")
    if _NOT_NAMED.match(words) or (is_placeholder(words) and words.lower() != "untitled"):
        return ""
    return _capitals(words) if words.islower() else words[:1].upper() + words[1:]


def _capitals(words: str) -> str:
    """Return the capitals and apostrophes of an English title."""
    words = _POSSESSIVE.sub("'s", words)
    parts = [
        word if number and word in _SMALL else word[:1].upper() + word[1:] for number, word in enumerate(words.split())
    ]
    return _NUMERAL.sub(lambda match: match[0].upper(), _ELIDED.sub(_elision, " ".join(parts)))


def _elision(match: re.Match[str]) -> str:
    """``L Estaque`` as ``L'Estaque``, within a title ``d'Arc``."""
    return f"{match[1] if match.start() == 0 else match[1].lower()}'"
