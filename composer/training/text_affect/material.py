"""The texts and ratings that the reading of texts is fitted on; nothing by a locked artist is among them.

Conventions
-----------
* Titles are rated twice: by people who read the title alone, and by people before the work. Arousal is given in units
  in which the median of the rated classical paintings is 0 and their deviation `AROUSAL_DEVIATION`.
* Words of the Glasgow Norms are on -1..1; each is learned alone and in two sentences (``a sad picture``). People call
  words that they like or hate exciting, *peaceful* more than *dull*; what is left of arousal beyond a parabola in
  valence is what Russell's circumplex means by it, and what moods are read by.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import FINE_EMOTIONS
from composer.perception.artist_keys import artist_key
from composer.perception.text_affect import TEXT_EMOTIONS
from composer.training.perception.affect_material import AROUSAL_DEVIATION, circumplex_arousal
from composer.training.perception.locked import read_locked_artists
from composer.training.perception.rated import fine_shares, rated_pictures

__all__ = [
    "Titles",
    "Words",
    "arousal_unit",
    "circumplex_unit",
    "read_sentences",
    "read_titles",
    "read_words",
    "unrated_texts",
]

Array = NDArray[np.float64]
_GLASGOW = "lexicons/glasgow_norms.csv"
_RATED_SHARE = 0.6
_YEAR = re.compile(r"\b(?:1[0-9]{3}|20\d\d)\b")
_SENTENCES = ("a {} picture", "{} music")


@dataclass(frozen=True, kw_only=True)
class Titles:
    """Rated titles, row by row.

    Attributes
    ----------
    texts, artists : of the works.
    groups : (n,): number of the artist.
    title_only, work : (n, 2): valence and rated arousal on reading the title alone (NaN where nobody was asked), and
        before the work.
    emotions : (n, 20): shares of `TEXT_EMOTIONS` on reading the title alone, where people were asked.
    work_emotions : (n, 20): the same before the work; for works whose picture is here.
    arousal : (n,): of those on the circumplex, in the unit of `circumplex_unit`; NaN where the picture is not here.
    kind : (n,): ``"classical"`` and ``"modern"`` for works whose picture is here, else ``""``.
    files : (n,): the picture's key, or ``""``.
    """

    texts: tuple[str, ...]
    artists: tuple[str, ...]
    groups: NDArray[np.intp]
    title_only: Array
    work: Array
    emotions: Array
    work_emotions: Array
    arousal: Array
    kind: NDArray[np.str_]
    files: NDArray[np.str_]


@dataclass(frozen=True, kw_only=True)
class Words:
    """Texts and their valence and arousal, (n, 2) in [-1, 1]; for words also the arousal of the circumplex, (n, 3)."""

    texts: tuple[str, ...]
    rated: Array


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def arousal_unit(data: Path) -> tuple[float, float]:
    """Return median and deviation of the arousal of the rated classical paintings that are not locked."""
    locked = read_locked_artists(data)
    found = [float(r["arousal"]) for r in _rows(data / "painting_emotions.csv") if not locked.holds(r["artist"])]
    return float(np.median(found)), float(np.std(found))


def circumplex_unit(data: Path) -> tuple[float, float]:
    """Return median and deviation of the circumplex's arousal of the rated paintings that are not locked."""
    found = circumplex_arousal(np.array([fine_shares(item) for item in rated_pictures(data)[0]]))
    return float(np.median(found)), float(np.std(found))


def _circumplex(data: Path, shares: Array, here: NDArray[np.bool_]) -> Array:
    median, deviation = circumplex_unit(data)
    fine = shares[:, : len(FINE_EMOTIONS)]
    total = fine.sum(1, keepdims=True)
    fine = np.where(total > 0, fine / np.maximum(total, 1e-9), 1 / fine.shape[1])
    found = (circumplex_arousal(fine) - median) * AROUSAL_DEVIATION / deviation
    return np.where(here, found, np.nan)


def _shares(text: str) -> list[float]:
    named = dict(part.split("=") for part in text.split(";") if part)
    shares = np.array([float(named.get(name, 0.0)) for name in TEXT_EMOTIONS])
    total = shares.sum()
    return (shares / total if total else np.full(len(shares), 1 / len(shares))).tolist()


def _key(row: dict[str, str]) -> tuple[str, str]:
    return artist_key(row["artist"]), " ".join(re.sub(r"[^a-z0-9]+", " ", row["title"].lower()).split())


def read_titles(data: Path, *, locked: bool = False) -> Titles:
    """Read titles and works; those of locked artists are left out, or with ``locked`` nothing but those is read."""
    artists = read_locked_artists(data)
    pictures = {
        _key(row): (row, kind)
        for kind, name in (("modern", "painting_emotions_more.csv"), ("classical", "painting_emotions.csv"))
        for row in _rows(data / name)
        if artists.holds(row["artist"]) == locked
    }
    rows = [row for row in _rows(data / "title_emotions.csv") if artists.holds(row["artist"]) == locked]
    known = {_key(row) for row in rows}
    extra = [row for key, (row, _) in pictures.items() if key not in known]
    everything = [*rows, *extra]
    at = [pictures.get(_key(row)) for row in everything]
    median, deviation = arousal_unit(data)

    def pair(row: dict[str, str], valence: str, arousal: str) -> list[float]:
        return [float(row[valence]), (float(row[arousal]) - median) * AROUSAL_DEVIATION / deviation]

    works = [
        pair(found[0], "valence", "arousal") if found else pair(row, "valence_work", "arousal_work")
        for row, found in zip(everything, at, strict=True)
    ]
    titles = [pair(row, "valence_title_only", "arousal_title_only") for row in rows] + [[np.nan] * 2] * len(extra)
    named = [row.get("emotions_title_only") or row.get("emotions", "") for row in everything]
    shares = np.array([_shares(found[0]["emotions"] if found else "") for found in at])
    return Titles(
        texts=tuple(row["title"] for row in everything),
        artists=tuple(row["artist"] for row in everything),
        groups=np.unique([artist_key(row["artist"]) for row in everything], return_inverse=True)[1],
        title_only=np.array(titles),
        work=np.array(works),
        emotions=np.array([_shares(text) for text in named]),
        work_emotions=shares,
        arousal=_circumplex(data, shares, np.array([bool(found) for found in at])),
        kind=np.array([found[1] if found else "" for found in at]),
        files=np.array([found[0]["file"] if found else "" for found in at]),
    )


def read_words(data: Path) -> Words:
    """Read the Glasgow Norms: words, and the words in sentences."""
    rows = _rows(data / _GLASGOW)
    rated = np.array([[float(row["Valence"]), float(row["Arousal"])] for row in rows])
    alone = [row["Word"] for row in rows]
    base = [re.sub(r"\s*\(.*\)", "", word) for word in alone]
    texts = [*alone, *(template.format(word) for template in _SENTENCES for word in base)]
    valence, arousal = (rated.T - 5) / 4
    curve = np.polynomial.Polynomial.fit(valence, arousal, 2)
    columns = np.column_stack([valence, arousal, arousal - curve(valence)])
    return Words(texts=tuple(texts), rated=np.tile(columns, (1 + len(_SENTENCES), 1)))


def read_sentences(data: Path) -> Words:
    """Read EmoBank."""
    rows = _rows(data / "lexicons" / "emobank.csv")
    rated = np.array([[float(row["V"]), float(row["A"])] for row in rows])
    return Words(texts=tuple(row["text"] for row in rows), rated=(rated - 3) / 2)


def unrated_texts(data: Path, sizes: Mapping[str, int], seed: int = 0) -> list[str]:
    """Return texts that nobody rated, for the student to learn the teacher's reading of.

    Parameters
    ----------
    data : the data folder.
    sizes : how many ``words``, ``phrases`` and ``mixed_titles`` there are; titles of unlocked works are all taken.
        Words are the most frequent English ones (PyPI's ``wordfreq``); phrases are put together from them and from
        rated words, mixed titles from halves of two titles.
    """
    locked, rng = read_locked_artists(data), np.random.default_rng(seed)
    names = ("wikiart224.csv", "wikiart_more.csv", "paintings/manifest.csv", "title_emotions.csv")
    works = sorted({
        _YEAR.sub("", row["title"]).strip() if name != names[-1] else row["title"]
        for name in names
        for row in _rows(data / name)
        if not locked.holds(row["artist"])
    })  # fmt: skip
    words, phrases = _phrases(data, sizes["phrases"], rng)
    several = [title.split() for title in works if " " in title]
    mixed = [
        " ".join((*several[a][: (len(several[a]) + 1) // 2], *several[b][len(several[b]) // 2 :]))
        for a, b in rng.integers(len(several), size=(sizes["mixed_titles"], 2))
    ]
    return [*works, *words[: sizes["words"]], *phrases, *mixed]


def _phrases(data: Path, count: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    from wordfreq import top_n_list, word_frequency

    listed = [word for word in top_n_list("en", 60_000) if word.isalpha() and word.isascii() and len(word) > 1][:36_000]
    odds = np.array([word_frequency(word, "en") for word in listed]) ** 0.4
    ends = np.cumsum(odds / odds.sum())
    rated = sorted({re.sub(r"\s*\(.*\)", "", row["Word"]).lower() for row in _rows(data / _GLASGOW)})
    found = []
    for _ in range(count):
        a, b, c = (
            rated[int(rng.integers(len(rated)))]
            if rng.random() < _RATED_SHARE
            else listed[min(int(np.searchsorted(ends, rng.random())), len(listed) - 1)]
            for _ in range(3)
        )
        found.append(_PATTERNS[int(rng.integers(len(_PATTERNS)))].format(a=a, b=b, c=c))
    return listed, found


_PATTERNS = (
    "{a} {b}", "the {a} {b}", "{a} and {b}", "{a} in the {b}", "{a} with {b}", "the {a} of the {b}", "a {a} by the {b}",
    "{a} of {b}", "{a}, {b}", "{a} {b} and {c}", "the {a} {b} of {c}", "{b} after {a}", "portrait of {a} with {b}",
    "{a} but {b}", "a {a} mood, {b}", "a {a} {b} that {c}",
)  # fmt: skip
