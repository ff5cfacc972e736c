"""Words of a perception that say something about music: a waltz, a storm at sea, a samurai, a cathedral.

Colour never passes through here; it acts through valence and arousal only (Palmer et al. 2013).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from composer.types import Perception

__all__ = ["Cues", "cues_of"]


_GUESS = re.compile(r"\bperhaps [^,;.]*")
"""What the caption only guesses at decides nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """The caption as one normalized string that starts and ends with a space; `told` is a word that a person added."""

    text: str = " "
    told: str = ""

    def first(self, *phrases: str) -> str | None:
        """Return the first of `phrases` (whole words, singular or plural in -s) that occurs, or None."""
        for phrase in phrases:
            if f" {phrase} " in self.text or f" {phrase}s " in self.text:
                return phrase
        return None

    def cite(self, word: str) -> str:
        """Say where a word stands, for a reason: ``"‹japanese› in the caption"``."""
        return f"‹{word}› given by --tradition" if word == self.told else f"‹{word}› in the caption"


def cues_of(perception: Perception | None) -> Cues:
    """Take the caption: it says only what was read with confidence, and a reason that cites it can be checked."""
    if perception is None:
        return Cues()
    said = _GUESS.sub(" ", perception.caption.casefold())
    plain = unicodedata.normalize("NFKD", said).encode("ascii", "ignore").decode()
    normalized = re.sub(r"[^a-z]+", " ", plain).strip()
    return Cues(text=f" {normalized} ")
