"""The witnesses of a picture's feeling: the picture itself, its title, what is said about it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from composer.circumplex import FEELINGS
from composer.perception.affect import BLEND, EMOTIONS, FINE_EMOTIONS, Affect, stir_of
from composer.perception.fusion import (
    Fused,
    FusionModel,
    Opinion,
    TargetFusion,
    emotion_evidence,
    load_fusion,
    opinion_of,
    pool,
)
from composer.perception.mixture import UNDERTONES
from composer.perception.text_affect import MODEL_NAME, TextAffect, is_telling, load_text_affect
from composer.types import FeelingMix, PictureWords, Witness

__all__ = ["Combined", "combine", "heard_from", "read_words"]

_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_TEXTS = ("title", "text")
_MOST_SENTENCES = 40
_MOST_QUOTED = 60
_APART = 0.6
"""Difference in valence between witnesses from which they are two feelings, not one."""
_HEARD = 0.08
"""Least share of a witness that may make an undertone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """A picture's affect with the words heard.

    Attributes
    ----------
    affect : the reading by all witnesses.
    witnesses : each of them; empty when there are no words.
    conflict : the undertone that witnesses who disagree leave, or None.
    source : what the words were read by; empty without words.
    """

    affect: Affect
    witnesses: tuple[Witness, ...] = ()
    conflict: FeelingMix | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """A witness before it is weighed: opinions on the numbers, distributions over emotions."""

    name: str
    text: str
    valence: Opinion
    arousal: Opinion
    rated_arousal: Opinion
    emotions: Mapping[str, float]
    fine: Mapping[str, float]
    word_arousal: float = 0.0


def heard_from(words: PictureWords) -> str:
    """``title (file name), text (given)``: which words are read and where they came from."""
    parts = [("title", words.title, words.sources.get("title")), ("text", words.about, words.sources.get("about"))]
    return ", ".join(f"{name} ({source or 'given'})" for name, text, source in parts if text)


def combine(affect: Affect, words: PictureWords, mood: str, more: Sequence[tuple[str, Affect]] = ()) -> Combined:
    """Combine what a picture shows with the words that came with it.

    Parameters
    ----------
    affect : read from the pixels.
    words : title and text; an artist's name alone says nothing.
    mood : adjective of the main feeling, for the undertone that a disagreement leaves.
    more : other readings of the pixels, each with its name.

    Raises
    ------
    AssetError
        The model of texts is missing or damaged.
    """
    texts = read_words(words)
    if not texts and not more:
        return Combined(affect=affect)
    fusion = load_fusion()
    heard = [_seen("picture", affect, fusion), *(_seen(name, other, fusion) for name, other in more)]
    heard += [_told(name, text, read) for name, text, read in texts]
    valence = _fuse(fusion.valence, [(one.name, one.valence) for one in heard])
    arousal = _fuse(fusion.arousal, [(one.name, one.arousal) for one in heard])
    rated = _fuse(fusion.rated_arousal, [(one.name, one.rated_arousal) for one in heard])
    together = _pooled(affect, heard, fusion)
    emotions, fine = _emotions(affect, heard, fusion, together, (valence.value, rated.value, arousal.value))
    fused = replace(
        affect,
        valence=valence.value,
        arousal=arousal.value,
        rated_arousal=rated.value,
        valence_sd=valence.sd,
        arousal_sd=arousal.sd,
        rated_arousal_sd=rated.sd,
        emotions=emotions,
        fine=fine,
        stir=(1.0 - affect.photograph) * stir_of(together, affect.usual),
        word_arousal=_loudest([one.word_arousal for one in heard]),
    )
    witnesses = tuple(
        Witness(
            name=one.name,
            text=one.text if len(one.text) <= _MOST_QUOTED else one.text[: _MOST_QUOTED - 1].rstrip() + "…",
            valence=fusion.valence.alone(one.valence),
            arousal=_played(one, fusion, affect),
            valence_share=valence.shares[i],
            arousal_share=(1 - BLEND.placed) * rated.shares[i] + BLEND.placed * arousal.shares[i],
        )
        for i, one in enumerate(heard)
    )
    source = MODEL_NAME if texts else ""
    return Combined(affect=fused, witnesses=witnesses, conflict=_conflict(witnesses, mood), source=source)


def read_words(words: PictureWords) -> tuple[tuple[str, str, TextAffect], ...]:
    """Return witness's name, text and reading of the title and of the text about the picture, where they are there."""
    found = []
    if words.title and is_telling(words.title):
        found.append(("title", words.title, load_text_affect().title(words.title)))
    if words.about and is_telling(words.about):
        found.append(("text", words.about, _passage(words.about)))
    return tuple(found)


def _passage(text: str) -> TextAffect:
    """Read a text of several sentences: their mean, each counting by how sure it is."""
    model = load_text_affect()
    sentences = [part for part in _SENTENCE.split(text) if part.strip()][:_MOST_SENTENCES] or [text]
    read = [model.title(sentence) for sentence in sentences]

    def mean(values: Sequence[float], errors: Sequence[float]) -> float:
        return math.fsum(v / e**2 for v, e in zip(values, errors, strict=True)) / math.fsum(1 / e**2 for e in errors)

    return TextAffect(
        valence=mean([one.valence for one in read], [one.valence_sd for one in read]),
        arousal=mean([one.arousal for one in read], [one.arousal_sd for one in read]),
        rated_arousal=mean([one.rated_arousal for one in read], [one.rated_arousal_sd for one in read]),
        valence_sd=sum(one.valence_sd for one in read) / len(read),
        arousal_sd=sum(one.arousal_sd for one in read) / len(read),
        rated_arousal_sd=sum(one.rated_arousal_sd for one in read) / len(read),
        emotions={name: sum(one.emotions[name] for one in read) / len(read) for name in EMOTIONS},
        fine={name: sum(one.fine[name] for one in read) / len(read) for name in FINE_EMOTIONS},
        word_arousal=math.fsum(one.word_arousal for one in read) / len(read),
    )


def _played(one: _Heard, fusion: FusionModel, affect: Affect) -> float:
    """Return the arousal that music would follow if this witness were the only one."""
    rated, placed = fusion.rated_arousal.alone(one.rated_arousal), fusion.arousal.alone(one.arousal)
    stir = (1.0 - affect.photograph) * stir_of(one.fine, affect.usual)
    return BLEND.value(rated, placed, stir, one.word_arousal)


def _loudest(arousals: Sequence[float]) -> float:
    """Return the arousal of words that is farthest from 0: of a title and a text, one says what the other does not."""
    return max(arousals, key=abs)


def _seen(name: str, affect: Affect, fusion: FusionModel) -> _Heard:
    return _Heard(
        name=name,
        text="",
        valence=opinion_of(affect.valence, affect.valence_sd, fusion.valence),
        arousal=opinion_of(affect.arousal, affect.arousal_sd, fusion.arousal),
        rated_arousal=opinion_of(affect.rated_arousal, affect.rated_arousal_sd, fusion.rated_arousal),
        emotions=affect.emotions,
        fine=affect.fine,
    )


def _told(name: str, text: str, read: TextAffect) -> _Heard:
    return _Heard(
        name=name,
        text=text,
        valence=Opinion(mean=read.valence, sd=read.valence_sd),
        arousal=Opinion(mean=read.arousal, sd=read.arousal_sd),
        rated_arousal=Opinion(mean=read.rated_arousal, sd=read.rated_arousal_sd),
        emotions=read.emotions,
        fine=read.fine,
        word_arousal=read.word_arousal,
    )


def _fuse(target: TargetFusion, opinions: Sequence[tuple[str, Opinion]]) -> Fused:
    """Fuse; several texts together tell no more than the one that tells most, since they speak of the same."""
    gains = [max(0.0, 1 / opinion.sd**2 - 1 / target.sd**2) if name in _TEXTS else 0.0 for name, opinion in opinions]
    scale = max(gains) / math.fsum(gains) if math.fsum(gains) else 1.0
    weights = {name: weight * (scale if name in _TEXTS else 1.0) for name, weight in target.weights.items()}
    return replace(target, weights=weights).fuse(opinions)


def _pooled(affect: Affect, heard: Sequence[_Heard], fusion: FusionModel) -> dict[str, float]:
    """Return the fine emotions of all witnesses."""
    texts = sum(one.name in _TEXTS for one in heard)
    powers = [fusion.powers[one.name] / (texts if one.name in _TEXTS else 1) for one in heard]
    return pool(affect.usual, [(power, one.fine) for power, one in zip(powers, heard, strict=True)])


def _emotions(
    affect: Affect,
    heard: Sequence[_Heard],
    fusion: FusionModel,
    fine: Mapping[str, float],
    fused: tuple[float, float, float],
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the five emotions, and the fine ones, which within each of the five add up to its share.

    `fine` are those of all witnesses, `fused` their valence, rated arousal and arousal.
    """
    texts = [one for one in heard if one.name in _TEXTS]
    totals = dict.fromkeys(EMOTIONS, 0.0)
    for name, share in fine.items():
        totals[FINE_EMOTIONS[name]] += share
    wide = dict(affect.emotions)
    if texts:
        told = {name: sum(one.emotions[name] for one in texts) / len(texts) for name in EMOTIONS}
        wide = fusion.emotions.fuse(emotion_evidence(affect.emotions, told, *fused))
    return wide, {name: wide[FINE_EMOTIONS[name]] * share / totals[FINE_EMOTIONS[name]] for name, share in fine.items()}


def _conflict(witnesses: Sequence[Witness], mood: str) -> FeelingMix | None:
    """Return the undertone that the weaker of two witnesses leaves who speak of different feelings."""
    known = sorted((one for one in witnesses if one.valence_share >= _HEARD), key=lambda one: -one.valence_share)
    for other in known[1:]:
        if abs(other.valence - known[0].valence) >= _APART:
            near = min(
                sorted(UNDERTONES),
                key=lambda name: abs(FEELINGS[name][0] - other.valence) + 0.5 * abs(FEELINGS[name][1] - other.arousal),
            )
            both = other.valence_share + known[0].valence_share
            return FeelingMix(
                primary=mood,
                secondary=UNDERTONES[near],
                weight=round(min(0.5, other.valence_share / both), 4),
                valence=other.valence,
                arousal=other.arousal,
            )
    return None
