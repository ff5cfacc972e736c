"""Text of MIDI meta events: as it is written, and as it is read.

The MIDI file format never fixed an encoding. What is written here is UTF-8, as current programs write it. What is read
is UTF-8 where it can be; else a whole file is taken as Japanese (Shift-JIS, Windows' code page 932) or Western (code
page 1252), whichever its texts look more like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["decode_text", "guess_encoding", "printable_text"]

_BREAKING = frozenset({"Cc", "Cs", "Zs", "Zl", "Zp"})
"""Unicode categories that become a space: controls, lone surrogates, white space."""
_MAX_CHARACTERS = 1000  # a caption is one sentence; a title pasted by mistake must not become a book
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_KANA = re.compile("[\u3041-\u30ff]")
_KANJI = re.compile("[\u3400-\u9fff々]")
_HALF_WIDTH = re.compile("[\uff66-\uff9f]{2,}")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_AMONG_LETTERS = re.compile("[A-Za-z][\u3041-\u9fff\uff66-\uff9f]|[\u3041-\u9fff\uff66-\uff9f][A-Za-z]")
_ACCENTED = re.compile("[A-Za-z][À-ÖØ-öø-ÿŒœŠšŽžŸ’–—]|[À-ÖØ-öø-ÿŒœŠšŽž‘“„][A-Za-z]")
_ODD_SIGNS = re.compile("[\x80-\x9f¤¥¦¨¬¯±¶¸‚ƒ†‡ˆ‰‹]")


def printable_text(text: str) -> str:
    """One line of text in its own letters: at most 1000 characters, no control characters, single-spaced."""
    clean = "".join(" " if unicodedata.category(char) in _BREAKING else char for char in text)
    return " ".join(clean.split())[:_MAX_CHARACTERS].rstrip()


def decode_text(data: bytes, encoding: str = "cp1252") -> str:
    """The text of a meta event, never an error.

    Parameters
    ----------
    data : bytes
        The event's bytes; a mark of UTF-16 or UTF-8 at the beginning is believed.
    encoding : str
        What the file is taken for where it is not UTF-8; from `guess_encoding`.
    """
    if data[:2] in _MARKS:
        return data[2:].decode(_MARKS[data[:2]], errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _western(data) if encoding == "cp1252" else data.decode(encoding, errors="replace")


def _western(data: bytes) -> str:
    """Code page 1252, with the five codes that it leaves open taken as Latin-1 has them."""
    return "".join(bytes([code]).decode("cp1252", errors="ignore") or chr(code) for code in data)


def guess_encoding(texts: Iterable[bytes]) -> str:
    """``"cp932"`` or ``"cp1252"``: what those of a file's texts are that are not UTF-8."""
    odd = [data for data in set(texts) if data[:2] not in _MARKS and not _is_utf8(data)]
    try:
        japanese = [data.decode("cp932") for data in odd]
    except UnicodeDecodeError:
        return "cp1252"
    eastern = sum(map(_japanese_likelihood, japanese))
    return "cp932" if eastern > max(0, sum(_western_likelihood(_western(data)) for data in odd)) else "cp1252"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _japanese_likelihood(text: str) -> int:
    """Kana speak for Japanese, Kanji too; single ones among Latin letters, and private characters, against it."""
    found = 2 * len(_KANA.findall(text)) + len(_KANJI.findall(text)) + sum(map(len, _HALF_WIDTH.findall(text)))
    return found - 5 * len(_PRIVATE.findall(text)) - 3 * len(_AMONG_LETTERS.findall(text))


def _western_likelihood(text: str) -> int:
    """Accented letters beside plain ones speak for a Western language, signs that hardly occur in words against it."""
    return 2 * len(_ACCENTED.findall(text)) - len(_ODD_SIGNS.findall(text))
