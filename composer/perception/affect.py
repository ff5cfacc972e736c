"""Valence, arousal and emotions from what the image tower sees and from the colours.

Regressions fitted by ``composer.training.perception.fit_affect``; the card ``docs/models-perception.md`` says on what,
and how well they do.

Conventions
-----------
* Valence and arousal are in [-1, 1]. Arousal 0 is the median painting, or the median photograph.
* The ratings of paintings say which emotions people felt. *Rated arousal* is the mean of the Glasgow Norms of those
  emotions' names, as the tables have it: there *love* is exciting and *fear* is not, so it runs with valence. *Arousal*
  is the mean of the same emotions' places on the circumplex (`composer.circumplex`), free of valence.
* A regression's predictions spread less than what it predicts. The spread is restored by a linear map (stored with
  the weights), so that different paintings come out as different as people rate them; the standard errors grow with
  it and are given for the restored values.
* Numbers of a picture come as named blocks: ``early``, ``middle``, ``middle_spread``, ``late`` of the embedded image
  tower and the ``titles``' feelings, or the ``embedding`` of an open_clip model; and ``colour``.
* The standard error is each picture's own: a second output of the same kernel foretells how far off readings of such
  pictures are.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer import assets
from composer.errors import AssetError
from composer.perception.kernel_regression import Block, KernelRegression
from composer.perception.tensors import read_safetensors

__all__ = [
    "BLEND",
    "EMOTIONS",
    "FINE_EMOTIONS",
    "FORMAT",
    "STIRRING",
    "Affect",
    "AffectModel",
    "ArousalBlend",
    "Restoration",
    "Wording",
    "affect_file",
    "distributions",
    "find_affect_model",
    "load_affect_model",
    "stir_of",
]

EMOTIONS = ("happy", "angry", "sad", "fun", "neutral")
"""Names of the emotions, in the order of the weights' rows."""

FINE_EMOTIONS = {
    "happiness": "happy",
    "love": "happy",
    "optimism": "happy",
    "gratitude": "happy",
    "agreeableness": "happy",
    "anger": "angry",
    "fear": "angry",
    "disgust": "angry",
    "disagreeableness": "angry",
    "arrogance": "angry",
    "sadness": "sad",
    "pessimism": "sad",
    "regret": "sad",
    "shame": "sad",
    "surprise": "fun",
    "anticipation": "fun",
    "trust": "neutral",
    "humility": "neutral",
    "shyness": "neutral",
}
"""The categories of WikiArt Emotions under the five names; fear is unpleasant and aroused, and so goes with anger."""

FORMAT = "4"
_FILE = "painting-encoder/affect.safetensors"
_LEAST_SHARE, _LEAST_FINE_SHARE = 0.02, 0.002
_NOTHING_SD = 0.5
"""Standard error of the feeling of what is no picture."""


STIRRING = ("anger", "disgust", "fear", "surprise")
"""Emotions that stir, of which all but the last are called calm by the ratings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArousalBlend:
    """How the arousal that music follows is made of what was read.

    Attributes
    ----------
    placed : share of the emotions' places; the rest is the ratings'.
    stir : weight of what `STIRRING` are likelier than in the average work.
    words : weight of what the words of a title mean, whose arousal is apart from liking.
    """

    placed: float
    stir: float
    words: float

    def value(self, rated: float, placed: float, stir: float, words: float = 0.0) -> float:
        """Return the arousal, in [-1, 1], of both readings, `Affect.stir`, and the arousal of a title's words."""
        told = (1 - self.placed) * rated + self.placed * placed + self.stir * max(0.0, stir) + self.words * words
        return max(-1.0, min(1.0, told))


BLEND = ArousalBlend(placed=0.25, stir=1.2, words=0.6)
"""Chosen by ``composer.training.text_affect.blend`` on works apart from the locked test.

The ratings alone call fear calm; the places alone lose what people said of older works (docs/models-perception.md).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affect:
    """A reading.

    Attributes
    ----------
    valence, arousal, rated_arousal : in [-1, 1].
    valence_sd, arousal_sd, rated_arousal_sd : their standard errors.
    emotions : over `EMOTIONS`, adds up to 1.
    fine : over `FINE_EMOTIONS`, adds up to 1, and within each of the five to its share.
    usual : the same for the average painting.
    photograph : share, in [0, 1], that it is a photograph.
    stir : by how much `STIRRING` are likelier than in the average painting, times the share that it is one: of
        photographs arousal itself was rated.
    word_arousal : what the words of the title mean, in [-1, 1]; 0 without words.
    """

    valence: float
    arousal: float
    rated_arousal: float
    valence_sd: float
    arousal_sd: float
    rated_arousal_sd: float
    emotions: Mapping[str, float]
    fine: Mapping[str, float]
    usual: Mapping[str, float]
    photograph: float = 0.0
    stir: float = 0.0
    word_arousal: float = 0.0

    @property
    def played_arousal(self) -> float:
        """The arousal that is told and that music follows, see `BLEND`."""
        return BLEND.value(self.rated_arousal, self.arousal, self.stir, self.word_arousal)

    @property
    def played_arousal_sd(self) -> float:
        """Its standard error."""
        return (1 - BLEND.placed) * self.rated_arousal_sd + BLEND.placed * self.arousal_sd


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A linear reading of the valence and arousal of the words that go with such pictures.

    `block` is read, `weights` is float32 (k, D), `bias` float32 (k,).
    """

    block: str
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def predict(self, seen: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return float32 (k,)."""
        found: NDArray[np.float32] = self.weights @ seen[self.block] + self.bias
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """From a regression's outputs to values: ``shift + gain * (raw - centre)``, and to errors; all float32 (k,).

    Attributes
    ----------
    gain, centre, shift : of the values.
    error : standard errors are ``error * exp(doubt / 2)``.
    """

    gain: NDArray[np.float32]
    centre: NDArray[np.float32]
    shift: NDArray[np.float32]
    error: NDArray[np.float32]

    def values(self, raw: NDArray[np.float32], doubt: NDArray[np.float32]) -> tuple[Any, Any]:
        """Return values in [-1, 1] and standard errors, (k,) each."""
        return np.clip(self.shift + self.gain * (raw - self.centre), -1.0, 1.0), self.error * np.exp(doubt / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectModel:
    """The regressions.

    Attributes
    ----------
    photographs : reads valence and arousal as people rate photographs, then their doubts.
    wording : reads those of a picture's words.
    paintings : reads valence, rated arousal, `EMOTIONS`, `FINE_EMOTIONS` and arousal as people rate paintings, then the
        doubts of valence, arousal and rated arousal; the readings of the two others are one of its blocks, ``prior``.
    of_photographs, of_paintings : how valence and arousal are restored, of paintings rated arousal too.
    usual : float32 (19,): the average painting's distribution over `FINE_EMOTIONS`.
    """

    photographs: KernelRegression
    wording: Wording
    paintings: KernelRegression
    of_photographs: Restoration
    of_paintings: Restoration
    usual: NDArray[np.float32]

    def predict(
        self, seen: Mapping[str, NDArray[np.float32]], *, photograph: float = 0.0, nothing: float = 0.0
    ) -> Affect:
        """Read a picture described by ``block -> numbers``.

        Parameters
        ----------
        seen : the description.
        photograph, nothing : share, in [0, 1], that it is a photograph, or no picture of anything. What is no picture
            is read as neutral, with the widest error.
        """
        as_photograph = self.photographs.predict(seen)
        raw = self.paintings.predict({**seen, "prior": np.concatenate([as_photograph[:2], self.wording.predict(seen)])})
        as_rated = [part[[0, 1, 1]] for part in self.of_photographs.values(as_photograph[:2], as_photograph[2:])]
        after = 2 + len(EMOTIONS) + len(FINE_EMOTIONS)
        readings = (
            (max(0.0, 1.0 - photograph - nothing), *self.of_paintings.values(raw[[0, after, 1]], raw[after + 1 :])),
            (photograph, *as_rated),
            (nothing, np.zeros(3), np.full(3, _NOTHING_SD)),
        )
        shares = np.array([[share] for share, _, _ in readings])
        means, errors = np.stack([mean for _, mean, _ in readings]), np.stack([sd for _, _, sd in readings])
        value = (shares * means).sum(0) / shares.sum()
        error = np.sqrt((shares * (errors**2 + (means - value) ** 2)).sum(0) / shares.sum())
        emotions, fine = distributions(raw[2:after])
        usual = dict(zip(FINE_EMOTIONS, self.usual.tolist(), strict=True))
        return Affect(
            valence=float(value[0]),
            arousal=float(value[1]),
            rated_arousal=float(value[2]),
            valence_sd=float(error[0]),
            arousal_sd=float(error[1]),
            rated_arousal_sd=float(error[2]),
            emotions=emotions,
            fine=fine,
            usual=usual,
            photograph=photograph,
            stir=float(shares[0, 0]) * stir_of(fine, usual),
        )


def stir_of(fine: Mapping[str, float], usual: Mapping[str, float]) -> float:
    """Return by how much `STIRRING` are likelier in one distribution than in another."""
    return math.fsum(fine[name] - usual[name] for name in STIRRING)


def distributions(raw: NDArray[np.floating]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the distributions over `EMOTIONS` and `FINE_EMOTIONS` that raw predictions, (24,), stand for."""
    wide = np.maximum(raw[: len(EMOTIONS)], _LEAST_SHARE)
    emotions = dict(zip(EMOTIONS, (wide / wide.sum()).tolist(), strict=True))
    finer = np.maximum(raw[len(EMOTIONS) :], _LEAST_FINE_SHARE)
    shares = dict(zip(FINE_EMOTIONS, finer.tolist(), strict=True))
    totals = dict.fromkeys(emotions, 0.0)
    for name, share in shares.items():
        totals[FINE_EMOTIONS[name]] += share
    within = {name: share / totals[FINE_EMOTIONS[name]] for name, share in shares.items()}
    return emotions, {name: emotions[FINE_EMOTIONS[name]] * share for name, share in within.items()}


@lru_cache(maxsize=1)
def load_affect_model() -> AffectModel:
    """Read the regressions of the embedded encoder.

    Raises
    ------
    AssetError
        The file is missing, damaged or of another make.
    """
    return _read(_FILE)


def affect_file(spec: str) -> str:
    """Return the name, under ``$COMPOSER_HOME``, of the regressions for an open_clip model ``MODEL/PRETRAINED``."""
    return f"affect/{re.sub(r'[^A-Za-z0-9.-]+', '_', spec).strip('_')[-120:]}.safetensors"


@lru_cache(maxsize=4)
def _read_own(path: str, _mtime_ns: int) -> AffectModel:
    return _read(path)


def find_affect_model(spec: str) -> AffectModel | None:
    """Return the regressions that were fitted on this machine for an open_clip model, or None.

    Raises
    ------
    AssetError
        The file is damaged or of another make.
    """
    path = assets.home() / affect_file(spec)
    return _read_own(str(path.absolute()), path.stat().st_mtime_ns) if path.is_file() else None


def _read(name: str) -> AffectModel:
    arrays, metadata = read_safetensors(name)
    try:
        if metadata["format"] != FORMAT or json.loads(metadata["emotions"]) != [*EMOTIONS, *FINE_EMOTIONS]:
            raise ValueError("other emotions or format")
        layout: dict[str, Any] = json.loads(metadata["layout"])
        return AffectModel(
            photographs=_regression(arrays, layout, "photographs"),
            paintings=_regression(arrays, layout, "paintings"),
            wording=Wording(block=layout["wording"], weights=arrays["wording.weights"], bias=arrays["wording.bias"]),
            of_photographs=_restoration(arrays, "photographs"),
            of_paintings=_restoration(arrays, "paintings"),
            usual=arrays["usual"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise AssetError(
            f"{name}: is not a regression of this version ({error})",
            hint="fit it again with composer.training.perception.fit_affect",
        ) from error


def _restoration(arrays: Mapping[str, Any], name: str) -> Restoration:
    return Restoration(**{part: arrays[f"{name}.{part}"] for part in Restoration.__dataclass_fields__})


def _regression(arrays: Mapping[str, Any], layout: Mapping[str, Any], name: str) -> KernelRegression:
    blocks = tuple(
        Block(
            name=entry["name"],
            mean=arrays[f"{name}.{entry['name']}.mean"],
            spread=arrays[f"{name}.{entry['name']}.spread"],
            supports=arrays[f"{name}.{entry['name']}.supports"].astype(np.int8),
            width=float(entry["width"]),
        )
        for entry in layout[name]["blocks"]
    )
    terms = tuple((float(weight), tuple(names)) for weight, names in layout[name]["terms"])
    return KernelRegression(blocks=blocks, terms=terms, duals=arrays[f"{name}.duals"], bias=arrays[f"{name}.bias"])
