"""The affect of a text: valence, arousal and emotions that people would report on reading it.

A small network on the sentence encoder's embedding and on hashed words, taught by a larger model and fitted by
``composer.training.text_affect.fit``; the card ``docs/models-perception.md`` says on what, and how well it does.

Conventions
-----------
* Valence and arousal are in [-1, 1]. As a *title* a text is read for what people feel before the work that bears it, in
  the units of `composer.perception.affect` (arousal 0 is the median painting; arousal is read from the emotions, rated
  arousal from a head of its own); as *words* for what they mean, valence
  in the units of the Glasgow Norms (0 is the middle of the scale), arousal as what is left of theirs beyond what comes
  with liking or hating a word, so that *peaceful* is calm and *happy* is neither.
* The less a title differs from the average one, the nearer its standard error is to the whole spread of works: a
  person's name tells little. `is_telling` says whether a title tells anything at all; ``Untitled No. 4`` does not.
"""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer import assets
from composer.circumplex import FEELINGS
from composer.errors import AssetError
from composer.perception.affect import EMOTIONS, FINE_EMOTIONS, distributions
from composer.sentences import ROWS, embed_sentences, sentence_features

__all__ = [
    "FORMAT",
    "HEADS",
    "MEMORY_ROWS",
    "MEMORY_STEP",
    "MODEL_NAME",
    "SPREAD_FACTS",
    "TEXT_EMOTIONS",
    "TextAffect",
    "TextAffectModel",
    "is_telling",
    "load_text_affect",
    "memory_rows",
    "plain_text",
    "spread_facts",
    "title_errors",
    "title_numbers",
]

MODEL_NAME = "composer-text-affect"
FORMAT = "2"
TEXT_EMOTIONS = (*FINE_EMOTIONS, "neutral")
"""The twenty emotions of WikiArt Emotions that titles were rated for."""
HEADS = ("title valence", "title arousal", *EMOTIONS, *TEXT_EMOTIONS, "word valence", "word arousal")
"""Columns of the read-out; the five emotions are sharpened, the twenty are shares."""
SPREAD_FACTS = ("constant", "strength", "words", "numbers", "placeholder")
"""Facts about a text that its standard error follows from."""

MEMORY_ROWS, MEMORY_STEP = 131_072, 0.01
"""Size of the word memory, and the unit of its numbers."""

_FILE = "text-affect/model.safetensors"
_NUMBER = re.compile(r"\b(?:no|nr|number)\b\.?|[#№]|\d+")
_PLACEHOLDERS = frozenset((
    "untitled", "composition", "abstraction", "abstract", "painting", "work", "study", "picture", "image", "title",
    "no", "number", "nr", "unknown", "series", "variation", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x",
    "a", "the",
))  # fmt: skip
"""A title of nothing but these says nothing of its work."""
_FAINT = 0.1
"""Strength below which a title hardly differs from the average one, and so tells little."""
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_SHARE = 0.002
_FINE = slice(2 + len(EMOTIONS), 2 + len(EMOTIONS) + len(FINE_EMOTIONS))
_PLACES = np.array([FEELINGS[name][1] for name in FINE_EMOTIONS], dtype=np.float32)
"""The fine emotions' heads, and their arousal on the circumplex."""
_SINGLE = ("scale", "centre", "gain", "shift", "spread", "population")
_LAYERS = ("first.weight", "first.bias", "second.weight", "second.bias", "skip.weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAffect:
    """A reading of a text.

    Attributes
    ----------
    valence, arousal, rated_arousal : in [-1, 1].
    valence_sd, arousal_sd, rated_arousal_sd : their standard errors.
    emotions : over `composer.perception.affect.EMOTIONS`, adds up to 1.
    fine : over `composer.perception.affect.FINE_EMOTIONS`, adds up to 1.
    word_arousal : what its words mean, as `TextAffectModel.words` has it.
    """

    valence: float
    arousal: float
    rated_arousal: float
    valence_sd: float
    arousal_sd: float
    rated_arousal_sd: float
    emotions: Mapping[str, float]
    fine: Mapping[str, float]
    word_arousal: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAffectModel:
    """The network and what its titles' readings are restored by.

    Attributes
    ----------
    table, scale : int8 (rows, W) and float32 (rows,): the table of hashed words.
    memory : int8 (`MEMORY_ROWS`, 2): what single words mean beyond that, in steps of `MEMORY_STEP`.
    layers : ``first``, ``second`` and ``skip``, weights and biases.
    centre, gain, shift : float32 (3,): a title's restored value is ``shift + gain * (raw - centre)``, raw as
        `title_numbers` has them: valence, arousal, rated arousal.
    spread : float32 (3, facts): log of the squared error per fact of `SPREAD_FACTS`.
    population : float32 (3, 2): mean and deviation of works' numbers.
    """

    table: NDArray[np.int8] = field(repr=False)
    scale: NDArray[np.float32] = field(repr=False)
    memory: NDArray[np.int8] = field(repr=False)
    layers: Mapping[str, NDArray[np.float32]] = field(repr=False)
    centre: NDArray[np.float32]
    gain: NDArray[np.float32]
    shift: NDArray[np.float32]
    spread: NDArray[np.float32]
    population: NDArray[np.float32]

    def raw(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the heads' values, (n, heads)."""
        plain = [plain_text(text) for text in texts]
        bags = np.stack([self._bag(text) for text in plain])  # (n, W)
        seen = np.hstack([embed_sentences(plain), np.tanh(bags)])
        layers = self.layers
        hidden = np.maximum(seen @ layers["first.weight"].T + layers["first.bias"], 0.0)
        found = hidden @ layers["second.weight"].T + layers["second.bias"] + seen @ layers["skip.weight"].T
        values: NDArray[np.float32] = found.astype(np.float32)
        return values

    def _bag(self, text: str) -> NDArray[np.float32]:
        rows, weights = sentence_features(text)
        total: NDArray[np.float32] = (self.scale[rows] * weights) @ self.table[rows].astype(np.float32)
        return total

    def words(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return valence and arousal of what words mean, (n, 2) in [-1, 1]."""
        if not texts:
            return np.zeros((0, 2), dtype=np.float32)
        known = np.stack([self._remembered(text) for text in texts])
        found: NDArray[np.float32] = np.clip(self.raw(texts)[:, -2:] + known, -1.0, 1.0)
        return found

    def _remembered(self, text: str) -> NDArray[np.float32]:
        """What the memory adds: the mean over a text's words, (2,)."""
        rows = [row for word in _WORD.findall(text.lower()) for row in memory_rows(word)]
        if not rows:
            return np.zeros(2, dtype=np.float32)
        mean: NDArray[np.float32] = self.memory[rows].astype(np.float32).mean(0) * np.float32(MEMORY_STEP)
        return mean

    def title(self, text: str) -> TextAffect:
        """Read a title, or a text about a work."""
        values = self.raw([text])
        away = title_numbers(values) - self.centre
        facts = spread_facts([text], away[:, [0, 2]])
        errors = [title_errors(facts, self.spread[axis], self.population[axis, 1])[0] for axis in range(3)]
        valence, arousal, rated = np.clip(self.shift + self.gain * away[0], -1.0, 1.0)
        emotions, _ = distributions(values[0, 2 : _FINE.stop])
        fine = np.maximum(values[0, _FINE], _LEAST_SHARE)
        return TextAffect(
            valence=float(valence),
            arousal=float(arousal),
            rated_arousal=float(rated),
            valence_sd=float(errors[0]),
            arousal_sd=float(errors[1]),
            rated_arousal_sd=float(errors[2]),
            emotions=emotions,
            fine=dict(zip(FINE_EMOTIONS, (fine / fine.sum()).tolist(), strict=True)),
            word_arousal=float(np.clip(values[0, -1] + self._remembered(text)[1], -1.0, 1.0)),
        )


def title_numbers(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return valence, arousal and rated arousal, (n, 3), before they are restored, of heads' values (n, heads)."""
    return np.column_stack([values[:, 0], values[:, _FINE] @ _PLACES, values[:, 1]])


def memory_rows(word: str) -> tuple[int, int]:
    """Return the two rows of the memory that hold a word."""
    first, second = (zlib.crc32(f"{salt}<{word}>".encode()) % MEMORY_ROWS for salt in ("m", "n"))
    return first, second


def plain_text(text: str) -> str:
    """Return a text in lower case without numbers and numbering, which tell nothing."""
    return " ".join(_NUMBER.sub(" ", text.lower()).split())


def is_telling(text: str) -> bool:
    """Return whether a title can say anything: it has words that the model can know, and not placeholders alone."""
    plain = unicodedata.normalize("NFKD", plain_text(text)).encode("ascii", "ignore").decode()
    return any(word not in _PLACEHOLDERS for word in re.findall(r"[a-z]+", plain))


def spread_facts(texts: Sequence[str], strength: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the facts of `SPREAD_FACTS`, (n, facts).

    Parameters
    ----------
    texts : as given.
    strength : (n, 2): how far valence and rated arousal lie from the average title's, before restoring.
    """
    rows = []
    for text, away in zip(texts, strength, strict=True):
        words = plain_text(text).split()
        empty = not is_telling(text)
        numbered = any(sign.isdigit() for sign in text)
        rows.append([1.0, float(np.hypot(*away)), np.log1p(min(len(words), 12)), float(numbered), float(empty)])
    return np.array(rows).reshape(-1, len(SPREAD_FACTS))


def title_errors(facts: NDArray[np.float64], spread: NDArray[np.floating], population_sd: float) -> NDArray[np.float64]:
    """Return titles' standard errors, (n,), of one number.

    Parameters
    ----------
    facts : (n, facts), as `spread_facts` gives them.
    spread : (facts,): the logarithm of the squared error per fact.
    population_sd : deviation of works, which no error passes.
    """
    strength, empty = facts[:, 1], facts[:, -1] > 0
    known = np.where(empty, 0.0, strength**2 / (strength**2 + _FAINT**2))
    wide = float(population_sd) ** 2
    found: NDArray[np.float64] = np.sqrt(known * np.minimum(np.exp(facts @ spread), wide) + (1 - known) * wide)
    return found


@lru_cache(maxsize=1)
def load_text_affect() -> TextAffectModel:
    """Read the regression.

    Raises
    ------
    AssetError
        The file is missing, damaged or of another make.
    """
    from safetensors import SafetensorError, safe_open

    path = assets.verified(_FILE)
    try:
        with safe_open(path, framework="np") as file:
            metadata: Mapping[str, str] = file.metadata() or {}
            arrays: dict[str, Any] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
        if metadata.get("format") != FORMAT or tuple(json.loads(metadata["heads"])) != HEADS:
            raise ValueError("other heads or format")
        single = {name: arrays[name].astype(np.float32) for name in _SINGLE}
        layers = {name: arrays[name].astype(np.float32) for name in _LAYERS}
        if len(arrays["table"]) != ROWS or arrays["memory"].shape != (MEMORY_ROWS, 2):
            raise ValueError("a table of another encoder")
        return TextAffectModel(table=arrays["table"], memory=arrays["memory"], layers=layers, **single)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise AssetError(
            f"{_FILE}: is not a reading of texts of this version ({error})",
            hint="install Composer again, or fit it with composer.training.text_affect.fit",
        ) from error
