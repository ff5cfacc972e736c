"""From an embedding to ranked words, and from words to one English sentence.

The sentence has four places, of which all but the subject may stay empty::

    A stormy sea with ships, under heavy cloud; Romantic painting in deep blues and greys; mood: solitary, calm.
    subject + setting        light              style            colours                   mood

What the encoder is not sure of is left out, or said more generally («a landscape» for one of forty landscapes).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from composer.perception import vocabulary
from composer.perception.vocabulary import MOODS, Term, style_phrase

if TYPE_CHECKING:
    from composer.perception.encoder import ImageTextEncoder
    from composer.types import Palette

__all__ = ["Calibration", "colour_phrase", "rank_moods", "rank_words", "write_caption"]

Ranking = tuple[tuple[str, float], ...]

KEPT = 8
"""Terms kept per group in a ranking."""

_THRESHOLDS = {"setting": 0.30, "light": 0.40, "style": 0.45}
"""Confidence from which a term is said."""
_SUBJECT_THRESHOLD = 0.12
"""Confidence from which a subject is said by name; below it, its kind's general phrase stands."""
_KIND_THRESHOLD = 0.15
"""Confidence of a kind, over its ranked subjects, from which its general phrase is said; below it, no subject is."""
_GENERAL = {
    "person": "a single figure",
    "people": "a group of figures",
    "sacred": "a religious scene",
    "land": "a landscape",
    "water": "a view over water",
    "town": "a view of buildings",
    "room": "an interior",
    "things": "an arrangement of objects",
    "animal": "a picture of animals",
    "pattern": "a decorative composition",
}
_MOOD_SPREAD = 0.35
_NEEDS: dict[str, Callable[[Palette], bool]] = {
    "before a dark background": lambda palette: palette.lightness < 0.42,
    "in golden light": lambda palette: palette.warmth > 0.5 and palette.saturation > 0.2,
    "by candlelight": lambda palette: palette.lightness < 0.3 and palette.warmth > 0.3,
    "in strong light and shadow": lambda palette: palette.contrast > 0.45,
    "at night": lambda palette: palette.lightness < 0.35,
    "by moonlight": lambda palette: palette.lightness < 0.45,
    "in bright sunlight": lambda palette: palette.lightness > 0.45,
    "in the light of sunset": lambda palette: palette.warmth > 0.0,
    "under a clear sky": lambda palette: palette.lightness > 0.4,
}
"""What the colours must show before a phrase is said that speaks of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A linear read-out of the vocabulary's terms, fitted for one encoder.

    Attributes
    ----------
    vectors : float32 array of shape (N, D), one row per term.
    bias : float32 array of shape (N,).
    """

    vectors: NDArray[np.float32]
    bias: NDArray[np.float32]


def rank_words(
    encoder: ImageTextEncoder, embedding: NDArray[np.float32], calibration: Calibration | None
) -> dict[str, Ranking]:
    """Rank subjects, settings, lights and styles for a picture.

    Parameters
    ----------
    encoder : gives the vocabulary's embeddings.
    embedding : the picture's, shape (D,), unit length.
    calibration : fitted for this encoder; without one, the text embeddings and the encoder's own scale are used.

    Returns
    -------
    dict
        Group -> ((text, confidence in [0, 1]), ...), best first, at most `KEPT`. Subjects' confidences add up to
        at most 1 over the group; settings and lights are ranked among those that go with the likeliest kind.
    """
    known = vocabulary.terms()
    if calibration is None:
        logits = encoder.scale * (_text_matrix(encoder) @ embedding)  # (N,)
    else:
        logits = calibration.vectors @ embedding + calibration.bias  # (N,)
    words: dict[str, Ranking] = {}
    kind = ""
    for group in ("subject", "setting", "light", "style"):
        places = [i for i, term in enumerate(known) if term.group == group]
        confidence = np.exp(logits[places] - logits[places].max())
        confidence /= confidence.sum()
        if group == "subject":
            kind = _likeliest_kind([known[i] for i in places], confidence)
        order = [
            i for i in np.argsort(-confidence, kind="stable") if kind in known[places[i]].kinds or group == "subject"
        ]
        words[group] = tuple((known[places[i]].text, float(confidence[i])) for i in order[:KEPT])
    return words


@lru_cache(maxsize=4)
def _text_matrix(encoder: ImageTextEncoder) -> NDArray[np.float32]:
    return encoder.embed_texts([vocabulary.prompt(term) for term in vocabulary.terms()])


def _likeliest_kind(subjects: Sequence[Term], confidence: NDArray[np.floating]) -> str:
    totals = dict.fromkeys(vocabulary.KINDS, 0.0)
    for term, value in zip(subjects, confidence, strict=True):
        totals[term.kinds[0]] += float(value)
    return max(totals, key=lambda kind: totals[kind])


def rank_moods(valence: float, arousal: float) -> Ranking:
    """Rank mood words by their distance from a place in the valence-arousal plane.

    The words' places are in `composer.perception.vocabulary.MOODS`; confidences are a normalised Gaussian of the
    distance and add up to 1 over all words.
    """
    weight = {
        word: math.exp(-((valence - v) ** 2 + (arousal - a) ** 2) / (2 * _MOOD_SPREAD**2))
        for word, (v, a) in MOODS.items()
    }
    total = sum(weight.values())
    ranked = sorted(weight, key=lambda word: (-weight[word], word))
    return tuple((word, weight[word] / total) for word in ranked[:KEPT])


def write_caption(words: Mapping[str, Ranking], palette: Palette) -> str:
    """Compose the caption.

    Parameters
    ----------
    words : rankings of `rank_words` and, under ``"mood"``, of `rank_moods`.
    palette : the picture's colours.

    Returns
    -------
    str
        One sentence that begins with a capital letter and ends in a full stop.
    """
    subject = _subject(words["subject"])
    scene = subject or "a scene"
    setting, light, style = (_sure(words, group, palette) for group in ("setting", "light", "style"))
    if setting and not _repeats(setting, scene):
        scene += f" {setting}"
    if light and not _repeats(light, scene):
        scene += f", {light}"
    manner = f"{style_phrase(style) if style else 'painting'} in {colour_phrase(palette)}"
    if subject is None and not setting:  # nothing sure is seen: speak of the manner alone
        article = "An" if manner[0] in "AEIOUaeio" else "A"
        parts = [f"{article} {manner}{f', {light}' if light else ''}"]
    else:
        parts = [scene[0].upper() + scene[1:], manner[0].upper() + manner[1:] if style else manner]
    moods = [word for word, _ in words.get("mood", ())[:2]]
    if moods:
        parts.append(f"mood: {', '.join(moods)}")
    return "; ".join(parts) + "."


def _sure(words: Mapping[str, Ranking], group: str, palette: Palette) -> str | None:
    ranking = words.get(group, ())
    if not ranking or ranking[0][1] < _THRESHOLDS[group]:
        return None
    text = ranking[0][0]
    return text if text not in _NEEDS or _NEEDS[text](palette) else None


def _subject(ranking: Ranking) -> str | None:
    kinds = {term.text: term.kinds[0] for term in vocabulary.terms() if term.group == "subject"}
    best, confidence = ranking[0]
    totals: dict[str, float] = {}
    for text, value in ranking:
        totals[kinds[text]] = totals.get(kinds[text], 0.0) + value
    kind = max(totals, key=lambda name: totals[name])
    if kinds[best] != kind:
        best, confidence = next(pair for pair in ranking if kinds[pair[0]] == kind)
    if confidence >= _SUBJECT_THRESHOLD:
        return best
    return _GENERAL[kind] if totals[kind] >= _KIND_THRESHOLD else None


def _repeats(phrase: str, scene: str) -> bool:
    """Tell whether a phrase would say again what the scene says («a river … beside a river»)."""
    stems = {word.strip(",").rstrip("s") for word in scene.lower().split() if len(word) > 3}
    return any(word.rstrip("s") in stems for word in phrase.lower().split() if len(word) > 3 and word != "with")


_HUES = (  # upper end of the hue angle in degrees, plural noun
    (20.0, "pinks"),
    (55.0, "reds"),
    (75.0, "oranges"),
    (105.0, "yellows"),
    (175.0, "greens"),
    (225.0, "blue-greens"),
    (300.0, "blues"),
    (335.0, "violets"),
    (360.0, "pinks"),
)


def colour_phrase(palette: Palette) -> str:
    """Return the main colours as a noun phrase: ``"deep blues and greys"``."""
    totals: dict[str, float] = {}
    for swatch in palette.swatches:
        noun, chroma = _colour_noun(swatch.hex)
        totals[noun] = totals.get(noun, 0.0) + swatch.share * (0.5 + min(chroma, 60.0) / 60.0)
    ranked = sorted(totals, key=lambda noun: (-totals[noun], noun))
    depth = "deep " if palette.lightness < 0.36 else "pale " if palette.lightness > 0.72 else ""
    first = ranked[0] if ranked else "greys"
    if first in ("blacks", "whites"):
        return "black and white" if len(ranked) == 1 or palette.saturation < 0.04 else f"{first} and {ranked[1]}"
    second = next((noun for noun in ranked[1:] if totals[noun] > 0.35 * totals[first]), None)
    return depth + (f"{first} and {second}" if second else first)


def _colour_noun(code: str) -> tuple[str, float]:
    from composer.perception.palette import rgb_to_lab

    lab = rgb_to_lab(np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.uint8))
    lightness, chroma = float(lab[0]), float(np.hypot(lab[1], lab[2]))
    hue = math.degrees(math.atan2(lab[2], lab[1])) % 360
    if chroma < 9:
        return ("blacks" if lightness < 18 else "whites" if lightness > 92 else "greys"), chroma
    if 30 < hue < 100 and chroma < 45 and lightness < 62:
        return "browns", chroma
    if 40 < hue < 105 and chroma < 30:
        return "creams" if lightness > 82 else "ochres", chroma
    noun = next(name for end, name in _HUES if hue <= end)
    if noun == "reds" and lightness > 65:
        noun = "pinks"
    return noun, chroma
