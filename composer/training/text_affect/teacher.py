"""The teacher: a kernel regression on the embeddings of all-MiniLM-L6-v2 and of our own sentence encoder together.

It knows what the ratings of words say (`lexical`), and learns from rated titles on top of that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import EMOTIONS, FINE_EMOTIONS
from composer.perception.kernel_regression import gaussian
from composer.perception.text_affect import TEXT_EMOTIONS, plain_text
from composer.sentences import embed_sentences as embed_own
from composer.training.perception.texts import embed_sentences as embed_minilm
from composer.training.text_affect.material import Titles, Words

__all__ = ["Embedded", "Teacher", "embed", "fit_teacher", "title_targets"]

Array = NDArray[np.float32]
WIDTH, RIDGE = 0.5, 1.0
"""g of the kernel on both embeddings, and the ridge."""
_WORD_WIDTH, _WORD_RIDGE, _SENTENCE_RIDGE = 1.0, 1.0, 30.0
_LEXICAL_WEIGHT, _LEXICAL_WIDTH = 0.3, 0.15
_TITLE_SHARE = 0.6
"""Share of the reading of the title alone in what is aimed at; the rest is that of the work."""
_CHUNK = 4096


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """Texts under both encoders: `teacher` and `own`, float32 (n, 384), unit length."""

    teacher: Array
    own: Array

    @property
    def both(self) -> Array:
        """Side by side, (n, 768)."""
        return np.hstack([self.teacher, self.own])

    def rows(self, chosen: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Embedded:
        """Some of the rows."""
        return Embedded(teacher=self.teacher[chosen], own=self.own[chosen])


def embed(texts: Sequence[str], cache: Path) -> Embedded:
    """Embed texts; MiniLM's rows are kept in the cache, text by text."""
    names, store = cache / "minilm.json", cache / "minilm.npy"
    known: dict[str, int] = {}
    rows = np.zeros((0, 384), dtype=np.float32)
    if names.exists():
        known = {text: number for number, text in enumerate(json.loads(names.read_text(encoding="utf-8")))}
        rows = np.load(store)
    fresh = [text for text in dict.fromkeys(texts) if text not in known]
    if fresh:
        print(f"embedding {len(fresh)} texts", flush=True)
        rows = np.concatenate([rows, embed_minilm(fresh)])
        known |= {text: len(known) + number for number, text in enumerate(fresh)}
        cache.mkdir(parents=True, exist_ok=True)
        np.save(store, rows)
        names.write_text(json.dumps(list(known), ensure_ascii=False), encoding="utf-8")
    own = embed_own([plain_text(text) for text in texts])
    return Embedded(teacher=rows[[known[text] for text in texts]], own=own)


@dataclass(frozen=True, kw_only=True)
class Lexical:
    """What the ratings of words and sentences say of any text."""

    words: Array
    word_duals: Array
    word_bias: Array
    sentence_map: Array

    def read(self, here: Embedded) -> Array:
        """Return (n, 5): valence and arousal as of sentences, and as of words, then the circumplex's; all centred."""
        alike = gaussian(here.teacher, self.words, _WORD_WIDTH)
        sentences = here.both @ self.sentence_map
        return np.hstack([sentences, alike @ self.word_duals]).astype(np.float32)


def _lexical(words: Embedded, rated: Words, sentences: Embedded, told: Words) -> Lexical:
    bias = rated.rated.mean(0)
    matrix = gaussian(words.teacher, words.teacher, _WORD_WIDTH).astype(np.float64)
    matrix[np.diag_indices(len(matrix))] += _WORD_RIDGE
    duals = np.linalg.solve(matrix, rated.rated - bias)
    x = sentences.both.astype(np.float64)
    inner = x.T @ x + _SENTENCE_RIDGE * np.eye(x.shape[1])
    weights = np.linalg.solve(inner, x.T @ (told.rated - told.rated.mean(0)))
    return Lexical(
        words=words.teacher,
        word_duals=duals.astype(np.float32),
        word_bias=bias.astype(np.float32),
        sentence_map=weights.astype(np.float32),
    )


@dataclass(frozen=True, kw_only=True)
class Teacher:
    """The regression for several sets of training rows at once.

    Attributes
    ----------
    lexical : the reading by rated words.
    supports : rated titles.
    read_by_words : (n, 5): their lexical reading.
    duals : (sets, n, k); rows outside a set are zero.
    bias : (sets, k).
    """

    lexical: Lexical
    supports: Embedded
    read_by_words: Array
    duals: Array
    bias: Array

    def read(self, here: Embedded) -> tuple[Array, Array]:
        """Return the heads of titles, (sets, n, k), and valence and arousal of words, (n, 2)."""
        titles, words = [], []
        for at in range(0, len(here.own), _CHUNK):
            part = here.rows(slice(at, at + _CHUNK))
            lexical = self.lexical.read(part)
            alike = _likeness(part, lexical, self.supports, self.read_by_words)
            titles.append(np.einsum("nm,smk->snk", alike, self.duals, optimize=True) + self.bias[:, None])
            words.append((lexical[:, 2:] + self.lexical.word_bias)[:, [0, 2]])
        return np.concatenate(titles, axis=1), np.concatenate(words)


def _likeness(here: Embedded, read: Array, there: Embedded, known: Array) -> Array:
    spread = known[:, :4].std(0)
    lexical = gaussian(read[:, :4] / spread, known[:, :4] / spread, _LEXICAL_WIDTH)
    found: Array = (gaussian(here.both, there.both, WIDTH) + _LEXICAL_WEIGHT * lexical).astype(np.float32)
    return found


def title_targets(titles: Titles) -> NDArray[np.float64]:
    """Return (n, 27): valence, arousal, the five emotions (the mean of shares and of a vote), the twenty.

    Where nobody read the title alone, what people felt before the work stands in.
    """
    alone = np.where(np.isnan(titles.title_only), titles.work, titles.title_only)
    wide = np.stack([
        titles.emotions[:, [FINE_EMOTIONS.get(fine, "neutral") == name for fine in TEXT_EMOTIONS]].sum(1)
        for name in EMOTIONS
    ], axis=1)  # fmt: skip
    sharpened = (wide + np.eye(len(EMOTIONS))[wide.argmax(1)]) / 2
    return np.hstack([_TITLE_SHARE * alone + (1 - _TITLE_SHARE) * titles.work, sharpened, titles.emotions])


def fit_teacher(
    titles: Titles, supports: Embedded, lexicon: tuple[Embedded, Words], bank: tuple[Embedded, Words], sets: Array
) -> Teacher:
    """Fit for several sets of rows.

    Parameters
    ----------
    titles, supports : the rated titles and their embeddings.
    lexicon, bank : rated words, and rated sentences.
    sets : bool (sets, n): the rows to fit on.
    """
    lexical = _lexical(*lexicon, *bank)
    read, y = lexical.read(supports), title_targets(titles)
    matrix = _likeness(supports, read, supports, read).astype(np.float64)
    duals, biases = np.zeros((len(sets), len(y), y.shape[1]), dtype=np.float32), []
    for number, chosen in enumerate(sets):
        rows = np.flatnonzero(chosen)
        bias = y[rows].mean(0)
        inner = matrix[np.ix_(rows, rows)] + RIDGE * np.eye(len(rows))
        duals[number, rows] = np.linalg.solve(inner, y[rows] - bias)
        biases.append(bias)
    return Teacher(
        lexical=lexical,
        supports=supports,
        read_by_words=read,
        duals=duals,
        bias=np.array(biases, dtype=np.float32),
    )
