"""Text for MIDI meta events that every reader shows right, or as right as it can.

The MIDI file format never fixed an encoding: mido and pretty_midi read Latin-1, symusic and music21 read UTF-8 and
stumble over anything else, DAWs differ. Only ASCII is the same everywhere. So text is brought to ASCII where that
keeps it readable (accents and typographic quotes go), and is UTF-8 where it does not (Japanese, emoji): a UTF-8 reader
shows it right, a Latin-1 reader shows odd letters, none fails.
"""

from __future__ import annotations

import unicodedata

__all__ = ["portable_text", "printable_text"]

_SPELLINGS = {
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "„": '"',
    "‹": "'",
    "›": "'",
    "‘": "'",
    "’": "'",
    "‚": "'",
    "–": "-",
    "—": "-",
    "−": "-",
    "′": "'",
    "″": '"',
    "·": "-",
    "•": "-",
    "×": "x",
    "♯": "#",
    "♭": "b",
    "°": "o",
    "ø": "o",
    "Ø": "O",
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "þ": "th",
    "ı": "i",
}
"""What Unicode's own decomposition leaves outside ASCII, spelled as in print without those letters."""

_BREAKING = frozenset({"Cc", "Cs", "Zs", "Zl", "Zp"})
"""Unicode categories that become a space: controls, lone surrogates, white space."""
_MAX_CHARACTERS = 1000  # a caption is one sentence; a title pasted by mistake must not become a book


def printable_text(text: str) -> str:
    """One line of text in its own letters: at most 1000 characters, no control characters, single-spaced."""
    clean = "".join(" " if unicodedata.category(char) in _BREAKING else char for char in text)
    return " ".join(clean.split())[:_MAX_CHARACTERS].rstrip()


def portable_text(text: str) -> str:
    """One line of text, in ASCII where that keeps it readable.

    Parameters
    ----------
    text : str
        Any text; control characters, line ends and halves of surrogate pairs (undecodable file names) included.

    Returns
    -------
    str
        At most 1000 characters, encodable as UTF-8, without control characters, single-spaced. Text with a character
        that has no ASCII spelling keeps all its characters.
    """
    clean = printable_text(text)
    spelled = "".join(_SPELLINGS.get(char, char) for char in clean)
    plain = "".join(char for char in unicodedata.normalize("NFKD", spelled) if not _is_silent(char))
    # The decomposition of a lone accent is a space and the accent.
    return " ".join(plain.split()) if plain.isascii() else clean


def _is_silent(char: str) -> bool:
    """Accents, and format characters such as soft hyphens."""
    return bool(unicodedata.combining(char)) or unicodedata.category(char) == "Cf"
