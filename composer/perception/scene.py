"""The scene of a picture: what is sure enough to be said about it, without contradictions.

The ranked words say how likely each is; this module decides which are said, which are said with «perhaps», which are
replaced by something more general, and which would contradict the colours or one another. Captions and alternative
texts are both written from the result.

A subject is said by name when it is sure, else by its family («a coast» for one of seven coasts), else by its genre
(«a portrait») or kind («a landscape»), else not at all. A sure genre also says which subjects can be meant: a still
life shows no coast. Of a photograph the things are said that the image tower was taught to know; what is no picture is
said to be none, without style or tradition.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from composer.perception import vocabulary
from composer.perception.colour_conditions import SELF_PORTRAIT, allowed
from composer.perception.vocabulary import GENERAL, WIDER, Term
from composer.perception.words import Ranking, kinds_of, themes_of

if TYPE_CHECKING:
    from composer.types import Palette

__all__ = ["PAINTED_OBJECTS", "Scene", "read_scene"]

_SURE, _MAYBE = 0.5, 0.24
"""Confidence from which a subject is said by name, and from which with «perhaps»."""
_FAMILY_SURE, _FAMILY_MAYBE = 0.46, 0.34
_KIND_SURE, _KIND_MAYBE = 0.5, 0.4
_WIDER_SURE = 0.64
_SETTING, _LIGHT, _STYLE, _TRADITION = 0.4, 0.45, 0.45, 0.6
_GENRE, _OBJECT, _OBJECT_MAYBE, _OBJECT_PAINTED, _MEDIUM = 0.5, 0.5, 0.3, 0.8, 0.5
_GENRE_AGAINST = 0.3
"""Share from which a genre speaks against a guess at a subject of another kind."""
_WATER = 0.6
"""Share from which a landscape or a city view is rather a view over water: no genre has that name."""
_PORTRAIT = 0.62
"""Share from which a portrait is said: scenes of two or three people are often taken for one."""
_KIND_WEIGHT, _LEAST_KIND, _LEAST_GENRE = 0.5, 0.03, 0.008
"""How much the subjects' kinds count beside the genre head, and the least shares of either."""
_EUROPEAN = 0.5
"""Confidence in the European tradition below which no European style is said."""

_EXCLUSIVE = tuple(frozenset(row.split()) for row in (
    "sunrise morning sunset evening night moonlight moonlit starry sunlight candlelight",
    "snow snowy winter frozen spring blossoming summer wheat haystacks autumn",
    "storm stormy calm clear mist sunlight rain shipwreck",
    "water sea coast beach bay shore ships river canal lake pond lilies marsh",
    "garden forest meadow room interior church street mountains road park stage palace courtyard village table",
))  # fmt: skip
"""Two words of one row exclude one another, or say the same twice."""

_GRIEVOUS = frozenset((
    "battle", "war", "Crucifixion", "Lamentation", "funeral", "dead", "shipwreck", "prison", "skull", "Judgement",
    "flood", "Goliath", "Judith", "demon", "beggar",
))  # fmt: skip
_MERRY = ("cheerful", "joyful", "festive", "playful", "hopeful", "warm", "serene", "calm", "tranquil")
_VIOLENT = ("violent", "threatening")
_UNFIT = {
    "things": (*_VIOLENT, "proud", "passionate", "lonely", "noble", "majestic", "sorrowful"),
    "room": _VIOLENT,
    "pattern": ("lonely", "solitary"),
    "animal": ("sorrowful",),
    "people": ("solitary", "lonely"),
    "town": ("tender", "passionate"),
    "land": ("proud", "tender", "violent"),
    "water": ("proud", "tender"),
}
"""Kind -> moods that nobody would give a picture of it, or that contradict its number."""


_GENRE_KINDS: dict[str, tuple[str, ...]] = {
    "an abstract composition": ("pattern",),
    "a city view": ("town", "water"),
    "a scene of daily life": ("people", "person", "room"),
    "a landscape": ("land", "water"),
    "a nude": ("person",),
    "a portrait": ("person", "people"),
    "a religious scene": ("sacred",),
    "a still life": ("things",),
}
"""Genre -> the kinds of its subjects; illustrations and sketches show anything."""
_ANY = 0.3
"""Share of all kinds that a genre which shows anything counts."""
_LIGHT_FAMILIES = {
    "at night": ("at night", "by moonlight"),
    "in evening light": ("in evening light", "in the light of sunset"),
    "under heavy cloud": ("under heavy cloud", "under a stormy sky"),
    "in the cold light of winter": ("in snow", "in the cold light of winter"),
}
"""Phrase -> lights that are it too, for where none of them is sure and together they are."""
_OPEN, _PEOPLE = ("land", "water", "town"), ("person", "people")
_BESIDE = {
    "mountains": ("with mountains", 0.5, "peaks mountain", _OPEN),
    "a seashore": ("by the sea", 0.5, "sea coast beach ship", _OPEN),
    "a ship": ("with a ship", 0.6, "boats", _OPEN),
    "a sailing boat": ("with a sailing boat", 0.6, "ship ships", _OPEN),
    "a boat": ("with a boat", 0.7, "ship ships boats sailing", _OPEN),
    "a bridge": ("with a bridge", 0.6, "", _OPEN),
    "cattle": ("with cattle", 0.85, "cows", _OPEN),
    "a horse": ("with a horse", 0.7, "horses horseback rider", (*_OPEN, *_PEOPLE)),
    "a hat": ("with a hat", 0.65, "", ("person",)),
    "a violin or cello": ("with a violin or cello", 0.6, "music musician", (*_PEOPLE, "things")),
    "a vase": ("with a vase", 0.6, "bouquet", ("things",)),
    "fruit": ("with fruit", 0.6, "apples pears oranges grapes", ("things",)),
}
"""What the tower sees in paintings -> how it is said beside the subject, from which share, words of a subject that say
it already, and the kinds of picture that it is said of. Its lakes, cliffs, churches and castles are mostly none."""
PAINTED_OBJECTS = frozenset((
    "a cat", "a horse", "a lion", "a swan", "a rooster or hen", "a butterfly", "a sailing boat", "a boat", "a ship",
    "mountains", "a seashore", "a bridge", "fruit", "a vase", "a violin or cello", "an umbrella",
))  # fmt: skip
"""What the tower was taught in photographs and knows in paintings too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is said about a picture.

    Attributes
    ----------
    subject : noun phrase with its article, or empty.
    kind : one of `vocabulary.KINDS`, or empty where even that is unsure.
    hedged : the subject is said with «perhaps».
    setting, light : adverbial phrases, or empty.
    style : of `vocabulary`'s styles or traditions, or empty.
    moods : the adjectives, at most two; none for what is no picture.
    medium : ``"painting"``, ``"photograph"``, ``"blank"`` or ``"graphic"``.
    """

    subject: str
    kind: str
    hedged: bool
    setting: str
    light: str
    style: str
    moods: tuple[str, ...]
    medium: str = "painting"


def read_scene(words: Mapping[str, Ranking], palette: Palette) -> Scene:
    """Decide what is said.

    Parameters
    ----------
    words : rankings of `words.rank_words` and, under ``"mood"``, of `words.rank_moods`; under ``"titled"`` what the
        title names and the picture shows too.
    palette : the picture's colours.
    """
    medium = _medium(words)
    if medium in ("blank", "graphic"):
        return Scene(subject="", kind="", hedged=False, setting="", light="", style="", moods=(), medium=medium)
    if medium == "photograph":
        subject, hedged = _object(words)
        moods = _moods([word for word, _ in words.get("mood", ())], subject, "")
        return Scene(
            subject=subject, kind="", hedged=hedged, setting="", light="", style="", moods=moods, medium=medium
        )
    subject, kind, hedged = _confirmed(words, palette, _subject(words, palette))
    said = [subject] if subject else []
    said += [_subjects()[subject].family] if subject in _subjects() else []
    setting = _titled_beside(words, said) if subject else ""
    setting = setting or (_beside(words, said, kind) if subject and not hedged else "")
    setting = setting or (_fitting(words.get("setting", ()), _SETTING, said, palette) if kind else "")
    said += [setting] if setting else []
    light = _fitting(words.get("light", ()), _LIGHT, said, palette) or _light_family(words, said, palette)
    moods = _moods([word for word, _ in words.get("mood", ())], subject, kind)
    return Scene(
        subject=subject, kind=kind, hedged=hedged, setting=setting, light=light, style=_style(words), moods=moods
    )


@lru_cache(maxsize=1)
def _subjects() -> dict[str, Term]:
    return {term.text: term for term in vocabulary.terms() if term.group == "subject"}


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    return {term.family: term.kinds[0] for term in _subjects().values()}


def _medium(words: Mapping[str, Ranking]) -> str:
    """Tell what the picture is; a painting unless something else is likelier than not."""
    shares = dict(words.get("medium", ()))
    nothing = {name: shares.get(name, 0.0) for name in ("blank", "graphic")}
    if math.fsum(nothing.values()) > _MEDIUM:
        return max(nothing, key=lambda name: nothing[name])
    return "photograph" if shares.get("photograph", 0.0) > _MEDIUM else "painting"


def _object(words: Mapping[str, Ranking]) -> tuple[str, bool]:
    """Return the thing that a photograph shows, or nothing, and whether it is hedged."""
    (name, share), *_ = words.get("object") or (("", 0.0),)
    if share < _OBJECT_MAYBE:
        return "", False
    return name, share < _OBJECT


def _genre_subject(words: Mapping[str, Ranking], palette: Palette) -> tuple[str, str, bool] | None:
    """Return the subject within a sure genre; None where the genre is not sure or shows anything."""
    genre, sure = _likeliest_genre(words)
    if genre not in _GENRE_KINDS or sure < (_PORTRAIT if genre == "a portrait" else _GENRE):
        return None
    shown, kinds = _GENRE_KINDS[genre], dict(words.get("kind", ()))
    total = math.fsum(kinds.get(GENERAL[kind], 0.0) for kind in shown)
    kind = max(shown, key=lambda name: kinds.get(GENERAL[name], 0.0))
    if total <= 0:
        return genre, kind, False
    share = sure / total
    ranking = [(_subjects()[text], value) for text, value in words["subject"]]
    named = [(term.text, share * value) for term, value in ranking if term.kinds[0] in shown]
    families = [(name, share * value) for name, value in words.get("theme", ()) if _kinds()[name] in shown]
    for found, least in ((named, _SURE), (families, _FAMILY_SURE)):
        for text, value in found[:1]:
            if value >= least and allowed(text, palette):
                return _within(genre, text), _kind_of(text), False
    return (GENERAL[kind] if kind == "water" and kinds[GENERAL[kind]] >= _WATER else genre), kind, False


def _likeliest_genre(words: Mapping[str, Ranking]) -> tuple[str, float]:
    """Return the genre that the head for genres and the subjects' kinds agree on best, and its share.

    Illustrations and sketches show anything, and so count the kinds' average.
    """
    genres, kinds = dict(words.get("genre", ())), dict(words.get("kind", ()))
    if not kinds:
        return max(genres.items(), key=lambda pair: pair[1], default=("", 0.0))
    odds = {}
    for genre, share in genres.items():
        shown = [kinds.get(GENERAL[kind], 0.0) for kind in _GENRE_KINDS.get(genre, ())]
        total = sum(shown) if shown else _ANY * sum(kinds.values())
        odds[genre] = (share + _LEAST_GENRE) * (total + _LEAST_KIND) ** _KIND_WEIGHT
    genre = max(odds, key=lambda name: odds[name], default="")
    return genre, odds[genre] / sum(odds.values()) if odds else 0.0


def _kind_of(text: str) -> str:
    return _subjects()[text].kinds[0] if text in _subjects() else _kinds()[text]


def _within(genre: str, subject: str) -> str:
    """Return the subject with its genre where that says more: «a portrait of an old man»."""
    if genre == "a portrait" and subject.startswith(("a ", "an ", "two ")) and "portrait" not in subject:
        return f"a portrait of {subject}"
    return subject


def _subject(words: Mapping[str, Ranking], palette: Palette) -> tuple[str, str, bool]:
    """Phrase, kind and whether it is hedged."""
    in_genre = _genre_subject(words, palette) if _european(words) else None
    if in_genre is not None:
        return in_genre
    (thing, share), *_ = words.get("object") or (("", 0.0),)
    if thing in PAINTED_OBJECTS and share >= _OBJECT_PAINTED:
        return thing, "", False
    ranking = [(_subjects()[text], value) for text, value in words["subject"]]
    themes = words.get("theme") or themes_of(ranking)
    kinds = dict(words.get("kind") or kinds_of(ranking))
    kind = max(GENERAL, key=lambda name: kinds.get(GENERAL[name], 0.0))
    family, family_share = next(((name, value) for name, value in themes if _kinds()[name] == kind), ("", 0.0))
    named = [(term.text, value) for term, value in ranking if term.family == family and allowed(term.text, palette)]
    text, share = named[0] if named else ("", 0.0)
    steps = (
        (text, share, _SURE, _MAYBE),
        (family, family_share, _FAMILY_SURE, _FAMILY_MAYBE),
        (GENERAL[kind], kinds.get(GENERAL[kind], 0.0), _KIND_SURE, _KIND_MAYBE),
    )
    fitting = [step for step in steps if step[0] and allowed(step[0], palette)]
    sure = next((phrase for phrase, value, least, _ in fitting if value >= least), "")
    if not _european(words):  # subjects were learned from European titles: no guesses elsewhere
        return (sure, kind, False) if sure else ("", "", False)
    if _contradicted(words, kind) and sure == GENERAL[kind]:
        sure = ""
    elif sure == GENERAL[kind] or not sure:  # a guess at something definite says more than the safe phrase
        guess = next((phrase for phrase, value, _, least in fitting if value >= least), "")
        if guess and guess not in (sure, GENERAL[kind]) and not _contradicted(words, kind):
            return guess, kind, True
    for phrase, members in WIDER.items():
        if not sure and kind in members and math.fsum(kinds.get(GENERAL[name], 0.0) for name in members) >= _WIDER_SURE:
            return phrase, kind, False
    if sure:
        return sure, kind, False
    return (GENERAL[kind], kind, True) if kinds.get(GENERAL[kind], 0.0) >= _KIND_MAYBE else ("", "", False)


def _confirmed(words: Mapping[str, Ranking], palette: Palette, seen: tuple[str, str, bool]) -> tuple[str, str, bool]:
    """Return the subject that the title names and the picture shows too, where there is one, else what was seen."""
    subject, _, hedged = seen
    things = [phrase for phrase, _ in words.get("titled", ())]
    for phrase in things:
        if phrase in _subjects() and (phrase == SELF_PORTRAIT or allowed(phrase, palette)):
            plain, family = subject.removeprefix("a portrait of "), _subjects()[phrase].family
            if not hedged and plain in _subjects() and _subjects()[plain].family == family == phrase:
                return seen  # more closely than the title says
            return _within(_likeliest_genre(words)[0], phrase), _kind_of(phrase), False
    if things and (hedged or not subject) and things[0] not in _subjects():
        return things[0], "", False
    return seen


def _titled_beside(words: Mapping[str, Ranking], said: list[str]) -> str:
    """Return what the title names beside the subject and the picture shows too."""
    for thing, _ in words.get("titled", ()):
        phrase = _BESIDE[thing][0] if thing in _BESIDE else f"with {thing}"
        known = set(_BESIDE[thing][2].split()) & _plain(said) if thing in _BESIDE else set()
        if thing not in _subjects() and not known and not any(_repeats(phrase, other) for other in said):
            return phrase
    return ""


def _contradicted(words: Mapping[str, Ranking], kind: str) -> bool:
    """Tell whether the likeliest genre shows other kinds of subject: then no guess is made."""
    genre, share = _likeliest_genre(words)
    return share >= _GENRE_AGAINST and kind not in _GENRE_KINDS.get(genre, (kind,))


def _fitting(ranking: Ranking, least: float, said: list[str], palette: Palette) -> str:
    if not ranking or ranking[0][1] < least:
        return ""
    phrase = ranking[0][0]
    fits = allowed(phrase, palette) and not any(_repeats(phrase, other) or _clash(phrase, other) for other in said)
    return phrase if fits else ""


def _light_family(words: Mapping[str, Ranking], said: list[str], palette: Palette) -> str:
    """Return the light that several unsure ones share."""
    shares = dict(words.get("light", ()))
    sums = {name: sum(shares.get(light, 0.0) for light in lights) for name, lights in _LIGHT_FAMILIES.items()}
    ranking = tuple(sorted(sums.items(), key=lambda pair: -pair[1])[:1])
    return _fitting(ranking, _LIGHT, said, palette)


def _beside(words: Mapping[str, Ranking], said: list[str], kind: str) -> str:
    """Return what a picture shows beside its subject, where the tower is sure of it."""
    (thing, share), *_ = words.get("object") or (("", 0.0),)
    phrase, least, said_already, kinds = _BESIDE.get(thing, ("", 2.0, "", ()))
    known = set(said_already.split()) & _plain(said)
    fits = share >= least and kind in kinds and not known
    return phrase if fits and not any(_repeats(phrase, other) for other in said) else ""


def _plain(said: list[str]) -> set[str]:
    return {word for phrase in said for word in phrase.split()}


def _repeats(phrase: str, other: str) -> bool:
    """Tell whether a phrase would say again what another says («a river … beside a river»)."""
    return bool(_stems(phrase) & _stems(other))


def _stems(phrase: str) -> set[str]:
    return {word.strip(",").rstrip("s") for word in phrase.lower().split() if len(word) > 3 and word != "with"}


def _clash(phrase: str, other: str) -> bool:
    """Tell whether two phrases cannot both hold («a sunset … at night»)."""
    ones, others = (set(text.lower().replace(",", "").split()) for text in (phrase, other))
    return any(ones & row and others & row for row in _EXCLUSIVE)


def _european(words: Mapping[str, Ranking]) -> bool:
    tradition = words.get("tradition", ())
    return not tradition or dict(tradition).get(vocabulary.DEFAULT_TRADITION, 0.0) >= _EUROPEAN


def _style(words: Mapping[str, Ranking]) -> str:
    tradition = words.get("tradition", ())
    if tradition and tradition[0][0] != vocabulary.DEFAULT_TRADITION and tradition[0][1] >= _TRADITION:
        return tradition[0][0]
    if not _european(words):
        return ""  # perhaps of another tradition: no European style is said
    style = words.get("style", ())
    return style[0][0] if style and style[0][1] >= _STYLE else ""


def _moods(ranked: list[str], subject: str, kind: str) -> tuple[str, ...]:
    unfit = set(_UNFIT.get(kind, ()))
    if set(subject.split()) & _GRIEVOUS:
        unfit |= set(_MERRY)
    fitting = [word for word in dict.fromkeys(ranked) if word not in unfit]
    return tuple((fitting or ranked)[:2])
