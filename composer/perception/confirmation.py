"""Things that the title names and the picture shows too: a title's noun confirms what the picture already suspects.

A title alone is never repeated. A thing is confirmed where the title names it and the picture looks more like it than
nineteen of twenty paintings do; and only things are asked for of which titles were found to be right far more often
than that chance of one in twenty (``composer.training.perception.fit_confirmation``). Subjects are judged by the
caption vocabulary's read-out, other things by the image tower's classes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from composer.perception import vocabulary
from composer.perception.object_classes import FAMILIES
from composer.perception.tensors import read_fitted
from composer.perception.words import KEPT, Ranking

__all__ = [
    "FILE",
    "Confirmation",
    "cues_of_object",
    "load_confirmation",
    "named_objects",
    "named_subjects",
    "title_words",
]

FILE = "painting-encoder/confirmation.safetensors"

_CUES = {
    "a bird": "bird birds heron eagle owl parrot peacock crane swallow",
    "a boat": "boat boats gondola gondolas ferry barge canoe",
    "a cat": "cat cats kitten kittens",
    "a church": "church cathedral abbey",
    "a cup": "cup cups",
    "a dog": "dog dogs hound hounds spaniel pug greyhound",
    "a guitar": "guitar guitarist",
    "a horse": "horse horses stallion mare",
    "a lion": "lion lions lioness",
    "a rooster or hen": "rooster hen hens cock chickens poultry",
    "a sailing boat": "sailing sailboat sailboats yacht yachts regatta sails",
    "a seashore": "seashore shore beach coast",
    "a sheep or goat": "sheep goat goats lamb flock",
    "a ship": "ship ships shipping frigate fleet vessel vessels",
    "a train": "train trains railway locomotive",
    "a violin or cello": "violin cello violinist cellist",
    "an umbrella": "umbrella umbrellas parasol",
    "cattle": "cattle cow cows ox oxen bull bulls",
    "flowers": "flowers bouquet",
    "fruit": "fruit fruits apples lemons oranges pears peaches",
    "mountains": "mountain mountains alps peak",
}
"""Family of things -> words of a title that name it, where its own nouns are not enough."""
_VAGUE = frozenset(("view", "scene", "composition", "study"))
"""Words of titles that name no thing."""
_UNLESS = {
    "the Virgin and Child": frozenset((
        "annunciation", "apparition", "assumption", "birth", "coronation", "death", "dormition", "immaculate",
        "marriage", "presentation", "visitation", "young",
    )),
}  # fmt: skip
"""Subject -> words of a title by which it is another one, though a cue of it stands there."""
_BESIDE = " with "
"""What follows it in a title is there too, and not what the picture is of."""
_ARTICLE = re.compile(r"^(?:an?|the) ")


def title_words(title: str) -> frozenset[str]:
    """Return a title's words without accents, in lower case."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return frozenset(re.sub(r"[^a-z]+", " ", plain).split()) - _VAGUE


def cues_of_object(phrase: str) -> frozenset[str]:
    """Return the words that name a family of things: ``{"swan", "swans"}``; none for what has no noun of its own."""
    if phrase in _CUES:
        return frozenset(_CUES[phrase].split())
    nouns = [noun for noun in _ARTICLE.sub("", phrase).split(" or ") if " " not in noun]
    return frozenset(form for noun in nouns for form in (noun, f"{noun}s", f"{noun}es"))


@lru_cache(maxsize=1)
def _object_cues() -> tuple[frozenset[str], ...]:
    return tuple(cues_of_object(phrase) for phrase in FAMILIES)


@lru_cache(maxsize=1)
def _subject_cues() -> tuple[tuple[frozenset[str], ...], ...]:
    return tuple(tuple(frozenset(cue.split()) for cue in term.cues) for term in _subjects())


@lru_cache(maxsize=1)
def _subjects() -> tuple[vocabulary.Term, ...]:
    return tuple(term for term in vocabulary.terms() if term.group == "subject")


def named_subjects(words: frozenset[str]) -> list[int]:
    """Return the places, among the vocabulary's subjects, of those that a title's words name."""
    return [
        place
        for place, cues in enumerate(_subject_cues())
        if any(cue <= words for cue in cues) and not words & _UNLESS.get(_subjects()[place].text, frozenset())
    ]


def _main(title: str) -> list[int]:
    """Return the places of the subjects that a title names as what the picture is of, not as what is beside it."""
    head, beside, _ = title.partition(_BESIDE)
    named, first = named_subjects(title_words(title)), named_subjects(title_words(head))
    families = {_subjects()[place].family for place in first}
    return [place for place in named if not beside or not first or _subjects()[place].family in families]


def _closeness(place: int, words: frozenset[str]) -> int:
    """Return how many of a title's words name a subject at once: «fishing boats» says more than «boats»."""
    return max((len(cue) for cue in _subject_cues()[place] if cue <= words), default=0)


def named_objects(words: frozenset[str]) -> list[int]:
    """Return the places, in `composer.perception.object_classes.FAMILIES`, of those that a title's words name."""
    return [place for place, cues in enumerate(_object_cues()) if cues & words]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a picture must show of a thing before a title's word for it counts.

    Attributes
    ----------
    subjects, objects : float32 (n,): the share that nineteen of twenty paintings do not reach.
    sure_subjects, sure_objects : float32 (n,): how sure it is then that the thing is there, in [0, 1]; 0 for things
        that are not asked for.
    """

    subjects: NDArray[np.float32]
    objects: NDArray[np.float32]
    sure_subjects: NDArray[np.float32]
    sure_objects: NDArray[np.float32]

    def read(self, title: str, subjects: NDArray[np.float32], objects: NDArray[np.float32]) -> Ranking:
        """Rank what a title names and the picture shows too.

        Parameters
        ----------
        title : of the work.
        subjects, objects : the picture's shares of all subjects and of all families of things.

        Returns
        -------
        Ranking
            Subjects before things, those first that more of the title's words name at once, then by how far the picture
            is beyond the usual; empty where nothing is confirmed.
        """
        words, found = title_words(title), []
        for names, places, seen, least, sure in (
            ([term.text for term in _subjects()], _main(title), subjects, self.subjects, self.sure_subjects),
            (list(FAMILIES), named_objects(words), objects, self.objects, self.sure_objects),
        ):
            kept = [place for place in places if sure[place] > 0 and seen[place] >= least[place]]
            beyond = {place: float(seen[place] / max(float(least[place]), 1e-9)) for place in kept}
            closer = {place: _closeness(place, words) if seen is subjects else 1 for place in kept}
            kept.sort(key=lambda place, beyond=beyond, closer=closer: (-closer[place], -beyond[place]))  # type: ignore[misc]
            found += [(names[place], float(sure[place])) for place in kept]
        return tuple(dict(reversed(found[:KEPT])).items())[::-1]


@lru_cache(maxsize=1)
def load_confirmation() -> Confirmation:
    """Read the thresholds.

    Raises
    ------
    AssetError
        The file is missing, damaged or made for another vocabulary.
    """
    tensors, _ = read_fitted(FILE, names="fingerprint", wanted=vocabulary.fingerprint(), program="fit_confirmation")
    return Confirmation(**{name: tensors[name] for name in Confirmation.__dataclass_fields__})
