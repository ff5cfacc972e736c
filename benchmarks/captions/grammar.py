"""What must hold of every caption and alternative text, checked from the text alone."""

from __future__ import annotations

import re
from itertools import pairwise

__all__ = ["alt_faults", "caption_faults"]

_COLOUR = r"[a-z]+(?:-[a-z]+)?"
_MANNER = rf"(?P<manner>[A-Za-zÀ-ÿ -]+?) in (?:deep |pale )?{_COLOUR}(?: and {_COLOUR})?"
_CAPTION = re.compile(
    rf"(?:(?P<scene>[A-Z][^;,.]+)(?:, (?P<light>[a-z][^;,.]+))?; {_MANNER}"
    rf"|(?P<article>An?) (?:{_MANNER.replace('manner', 'alone')})(?:, (?P<alone_light>[a-z][^;,.]+))?)"
    r"; mood: (?P<first>[a-z]+)(?:, (?P<second>[a-z]+))?\."
)
_NO_PICTURE = re.compile(
    rf"(?:A plain card|A pattern or test card|A page of text, a screen or a diagram)"
    rf" in (?:deep |pale )?{_COLOUR}(?: and {_COLOUR})?\."
)
_LIGHT = re.compile(r"(?:under|in|at|by) [a-z ]+")
_MANNERS = ("painting", "photograph", "print", "miniature", "icon", "thangka", "mural", "codex", "drawing")
_PLACES = re.compile(
    rf"(?:with {_COLOUR} (?:above|on the left) and {_COLOUR} (?:below|on the right)"
    r"|lighter (?:above|below|on the left|on the right|in the middle|towards the edges))"
)


def _text_faults(text: str) -> list[str]:
    words = re.sub(r"[^\w' -]", " ", text.lower()).split()
    found = []
    if not text.strip():
        return ["empty"]
    if not text[0].isupper():
        found.append("no capital at the start")
    if not text.endswith("."):
        found.append("no full stop at the end")
    if re.search(r"\s[,;.:]|[,;:]{2}|,\s*[;.]|;\s*\.|\s\s|\.\.", text):
        found.append("dangling punctuation")
    if any(text.count(one) != text.count(other) for one, other in ("()", "«»", "“”")) or text.count('"') % 2:
        found.append("unbalanced")
    if any(one == other for one, other in pairwise(words)):
        found.append("a word twice")
    for one, other in pairwise(words):
        vowel = other[0] in "aeio" or (other[0] == "u" and not other.startswith(("uni", "use")))
        if (one == "a" and vowel) or (one == "an" and not vowel):
            found.append(f"article: {one} {other}")
    return found


def caption_faults(caption: str) -> list[str]:
    """Return what is wrong with a caption; an empty list where nothing is."""
    found = _text_faults(caption)
    if _NO_PICTURE.fullmatch(caption):
        return found
    match = _CAPTION.fullmatch(caption)
    if match is None:
        return [*found, "not of the pattern «scene, light; manner in colours; mood: a, b.»"]
    manner = (match["manner"] or match["alone"]).lower()
    if not manner.endswith(_MANNERS):
        found.append(f"manner: {manner}")
    light = match["light"] or match["alone_light"]
    if light and not _LIGHT.fullmatch(light):
        found.append(f"light: {light}")
    if match["first"] == match["second"]:
        found.append("a mood twice")
    return found


def alt_faults(text: str, longest: int = 250) -> list[str]:
    """Return what is wrong with an alternative text."""
    found = _text_faults(text)
    sentences = re.findall(r"[A-Z][^.]*\.", text)
    if not 1 <= len(sentences) <= 3 or " ".join(sentences) != text:
        found.append("not one to three sentences")
    if len(text) > longest:
        found.append(f"{len(text)} characters")
    if re.search(r"\b(?:image|picture|photo) of\b", text.lower()) and "picture of animals" not in text.lower():
        found.append("«image of»")
    tail = [part for sentence in sentences[1:2] for part in sentence.rstrip(".").split(", ")[1:]]
    if any(not _PLACES.fullmatch(part) for part in tail):
        found.append(f"places: {tail}")
    return found
