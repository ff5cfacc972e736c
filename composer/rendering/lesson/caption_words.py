"""The caption taken apart, and which of its pieces the plan turned into music, by what its reasons say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from composer.rendering.lesson.tasks import HeardWord, WordTask
from composer.types import MusicalPlan

__all__ = ["CaptionPart", "caption_parts", "find_words"]

_CITED = re.compile(r"‹([^›]+)›")
_MANNER = re.compile(r"(?P<style>.+?)(?: in (?P<colours>(?:deep |pale )?[a-z-]+(?: and [a-z-]+)?))(?:, (?P<light>.+))?")
_BY_WORD = ("meter", "instruments", "mode")
"""Fields that a single word of the caption may decide."""
_BY_MOOD = ("mode", "tempo_bpm", "dynamics", "articulation")
"""Fields that follow valence and arousal, of which the mood words are names."""
_GIVEN = "given by an option"
_BY_LEVEL = "level "
"""How the reason of a field begins that the level of difficulty has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionPart:
    """A piece of a caption; `kind` is ``"scene"``, ``"light"``, ``"style"``, ``"colours"``, ``"mood"`` or ``""``."""

    kind: str
    text: str


def caption_parts(caption: str) -> tuple[CaptionPart, ...]:
    """Take a caption apart: ``A stormy sea, at night; Romantic painting in deep blues; mood: solemn, grave.``

    A caption that a person wrote has the one part of kind ``""``.
    """
    body = " ".join(caption.split()).rstrip(".")
    pieces = body.split("; ")
    moods = pieces.pop().removeprefix("mood: ").split(", ") if pieces[-1].startswith("mood: ") else []
    manner = _MANNER.fullmatch(pieces[-1]) if pieces and moods else None
    if manner is None or len(pieces) > 2:
        return (CaptionPart(kind="", text=body),) if body else ()
    parts = []
    if len(pieces) == 2:
        scene, _, light = pieces[0].partition(", ")
        parts += [("scene", scene), ("light", light)]
    style = re.sub(r"^An? ", "", manner["style"])
    parts += [("style", style if style != "painting" else ""), ("colours", manner["colours"])]
    parts += [("light", manner["light"] or ""), *(("mood", mood) for mood in moods)]
    return tuple(CaptionPart(kind=kind, text=text) for kind, text in parts if text)


def find_words(plan: MusicalPlan) -> WordTask | None:
    """Pair the pieces of the caption with the fields of the plan that they shaped; None without a caption."""
    parts = caption_parts(plan.caption)
    reasons = {name: why for name, why in plan.reasons.items() if why != _GIVEN and not why.startswith(_BY_LEVEL)}
    cited = {name: [word.casefold() for word in _CITED.findall(reasons.get(name, ""))] for name in _BY_WORD}
    moods = tuple(name for name in _BY_MOOD if name in reasons)
    if _GIVEN in (plan.reasons.get("valence"), plan.reasons.get("arousal")):
        moods = ()
    words = []
    for part in parts:
        if part.kind == "mood":
            means: tuple[str, ...] = moods
        else:
            means = tuple(name for name in _BY_WORD if any(_says(part.text, word) for word in cited[name]))
        words.append(HeardWord(text=part.text, kind=part.kind, means=means))
    return WordTask(words=tuple(words)) if words else None


def _says(text: str, word: str) -> bool:
    plain = re.sub(r"[^a-z]+", " ", text.casefold()).strip()
    return f" {word} " in f" {plain} " or f" {word}s " in f" {plain} "
