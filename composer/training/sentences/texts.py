"""The sentences that the student learns from, by kind, and the teacher's embeddings of them.

    python -m composer.training.sentences.texts --data DIR --cache runs/sentences

Words come from PyPI's ``wordfreq`` (needed here only): single words and phrases put together from them teach the
student what it will be asked beyond titles and captions. Titles of held-out paintings and the held-out part of every
kind are never learned from.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception import vocabulary
from composer.training.audio_text.captions import caption, random_words
from composer.training.perception.corpus import data_folder, read_works
from composer.training.perception.split import clean_title, split_of, work_group
from composer.training.perception.texts import describe, embed_sentences

__all__ = ["RECIPE", "Sentences", "load_sentences"]

RECIPE = Path(__file__).parents[1] / "recipes" / "sentence_encoder.toml"

_TEMPLATES = (
    "{title}",
    "a painting of {title}",
    "{title}, {style} painting",
    "{title}, {style} by {artist}",
    "{style} painting by {artist}",
)
_PHRASES = (
    "{a} {b}", "a {a} {b}", "the {a} {b}", "{a} and {b}", "{a} in the {b}", "{a} with {b}", "the {a} of the {b}",
    "a {a} by the {b}", "a painting of {a}", "a painting of a {a} and a {b}", "{a} at {b}", "a {a} {b} in {c}",
    "{a} {b} and {c}", "the {a} {b} of {c}", "{a}, {b}, {c}", "a {a} with {b} and {c}", "{a} music",
    "{a} and {b} music",
)  # fmt: skip
_HELD_OUT = 20
"""One in so many sentences of a kind is held out."""
_MAX_TOKENS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """Sentences with their kinds, and the teacher's embeddings, float32 (n, 384)."""

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    held_out: NDArray[np.bool_]
    teacher: NDArray[np.float32]


def _titles(data: Path) -> Iterator[tuple[str, list[tuple[str, bool]]]]:
    """Kind, and a sentence about every work with whether it is held out."""
    works = read_works(data)
    out = [split_of(work_group(work.artist, work.title)) != "train" for work in works]
    for template in _TEMPLATES:
        kind = "title" if template == "{title}" else "described title"
        texts = [describe(work, template) for work in works]
        if "{title}" not in template:  # artists stand on both sides
            out = [_is_held_out(text) for text in texts]
        yield kind, list(zip(texts, out, strict=True))


def _mixed_titles(data: Path, rng: np.random.Generator, count: int) -> Iterator[tuple[str, str]]:
    """First words of one training title and last words of another: the words of titles in new company."""
    works = [work for work in read_works(data) if split_of(work_group(work.artist, work.title)) == "train"]
    titles = [words for work in works if len(words := clean_title(work.title).split()) >= 2]
    for first, second in rng.integers(len(titles), size=(count, 2)):
        head, tail = titles[int(first)], titles[int(second)]
        text = " ".join((*head[: (len(head) + 1) // 2], *tail[len(tail) // 2 :]))
        yield "mixed title", f"a painting of {text}" if rng.random() < 0.3 else text


def _vocabulary(rng: np.random.Generator, count: int) -> Iterator[tuple[str, str]]:
    terms = vocabulary.terms()
    groups = {name: [term for term in terms if term.group == name] for name in {term.group for term in terms}}
    for term in terms:
        yield "vocabulary", vocabulary.prompt(term)
        yield "vocabulary", term.text

    def one(group: str) -> str:
        return groups[group][int(rng.integers(len(groups[group])))].text

    for _ in range(count):
        parts = [one("subject")]
        parts += [one("setting")] if rng.random() < 0.5 else []
        parts += [one("light")] if rng.random() < 0.5 else []
        text = " ".join(parts)
        if rng.random() < 0.5:
            text += f"; {vocabulary.style_phrase(one('style'))}"
        if rng.random() < 0.6:
            text += f"; mood: {one('mood')}, {one('mood')}"
        yield "picture caption", text


def _music(rng: np.random.Generator, count: int) -> Iterator[tuple[str, str]]:
    for _ in range(count):
        yield "music caption", caption(random_words(rng), rng, full=bool(rng.random() < 0.35)).text


def _words(rng: np.random.Generator, words: int, phrases: int) -> Iterator[tuple[str, str]]:
    from wordfreq import top_n_list, word_frequency

    listed = [word for word in top_n_list("en", 2 * words) if word.isalpha() and len(word) > 1][:words]
    for word in listed:
        yield "word", word
    odds = np.array([word_frequency(word, "en") for word in listed]) ** 0.45
    odds /= odds.sum()
    drawn = rng.choice(len(listed), size=(phrases, 3), p=odds)
    for row in drawn:
        a, b, c = (listed[int(index)] for index in row)
        yield "phrase", _PHRASES[int(rng.integers(len(_PHRASES)))].format(a=a, b=b, c=c)


def _lexicon(data: Path) -> Iterator[tuple[str, str]]:
    with (data / "lexicons" / "glasgow_norms.csv").open(newline="", encoding="utf-8") as file:
        yield from (("word", row["Word"]) for row in csv.DictReader(file))


def _sentences(data: Path) -> Iterator[tuple[str, str]]:
    with (data / "lexicons" / "emobank.csv").open(newline="", encoding="utf-8") as file:
        yield from (("sentence", row["text"]) for row in csv.DictReader(file))


def _is_held_out(text: str) -> bool:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % _HELD_OUT == 0


def load_sentences(data: Path, cache: Path, sizes: Mapping[str, int], *, seed: int = 0) -> Sentences:
    """Gather all sentences, each once, and embed them with the teacher.

    Parameters
    ----------
    data, cache : Path
        The data folder; where embeddings are kept, group by group.
    sizes : mapping
        How many ``picture_captions``, ``music_captions``, ``words``, ``phrases``, ``mixed_titles`` there
        are, and whether (1 or 0) ``sentences`` of EmoBank are read.
    seed : int
        Source of the sentences put together at random.
    """
    cache.mkdir(parents=True, exist_ok=True)
    groups = dict[str, list[list[tuple[str, bool]]]]()
    for kind, rows in _titles(data):
        groups.setdefault(kind, []).append(rows)
    rng = np.random.default_rng(seed)
    for source in (
        _vocabulary(rng, sizes["picture_captions"]),
        _music(rng, sizes["music_captions"]),
        _lexicon(data),
        _words(rng, sizes["words"], sizes["phrases"]),
        _mixed_titles(data, np.random.default_rng(seed + 1), sizes["mixed_titles"]),
        *([_sentences(data)] if sizes["sentences"] else []),
    ):
        found: dict[str, list[tuple[str, bool]]] = {}
        for kind, text in source:
            found.setdefault(kind, []).append((text, kind != "vocabulary" and _is_held_out(text)))
        for kind, rows in found.items():
            groups.setdefault(kind, []).append(rows)
    return _embedded(groups, cache)


def _embedded(groups: Mapping[str, Sequence[Sequence[tuple[str, bool]]]], cache: Path) -> Sentences:
    known: dict[str, tuple[str, bool, NDArray[np.float32]]] = {}
    for kind, parts in groups.items():
        for rows in parts:
            print(f"{kind}: {len(rows)}", flush=True)
            embeddings = embed_sentences([text for text, _ in rows], cache, max_tokens=_MAX_TOKENS)
            for (text, held), embedding in zip(rows, embeddings, strict=True):
                # A sentence that is held out anywhere is learned from nowhere.
                before = known.get(text)
                known[text] = (kind, held or (before is not None and before[1]), embedding)
    return Sentences(
        texts=tuple(known),
        kinds=tuple(kind for kind, _, _ in known.values()),
        held_out=np.array([held for _, held, _ in known.values()]),
        teacher=np.stack([embedding for _, _, embedding in known.values()]),
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/sentences"))
    options = parser.parse_args()
    sizes = tomllib.loads(RECIPE.read_text(encoding="utf-8"))["sentences"]
    found = load_sentences(data_folder(options.data), options.cache, sizes)
    print(f"{len(found.texts)} sentences, {int(found.held_out.sum())} held out")


if __name__ == "__main__":
    main()
