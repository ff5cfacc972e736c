"""The fusion of uncertain witnesses: what a picture shows, and what the words that come with it say.

Each witness gives valence and arousal with a standard error. Witnesses are combined as normal opinions about a work
drawn from a known population (R. Clemen & R. Winkler, "Combining probability distributions from experts in risk
analysis", Risk Analysis 19, 1999): a witness counts by how much it narrows what is known of the average work, so that
one who knows nothing changes nothing. Their weights and how far a disagreement widens the error were learned on works
that have both (``composer.training.text_affect.fuse``).

Conventions
-----------
* A *value* spreads over works by `SPREAD` of the ratings' deviation, as `composer.perception.affect` restores it; an
  *opinion* is the mean and deviation of what the work's rating may be, and spreads less.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from composer import assets
from composer.errors import AssetError

__all__ = [
    "SPREAD",
    "EmotionFusion",
    "Fused",
    "FusionModel",
    "Opinion",
    "TargetFusion",
    "emotion_evidence",
    "load_fusion",
    "opinion_of",
    "pool",
]

SPREAD = 0.8
"""Share of the ratings' deviation that values are stretched to."""

_FILE = "text-affect/fusion.json"
_LEAST_SHARE = 1e-3
_LEAST_R, _MOST_R = 0.05, 0.97
_FLOOR = 0.35
"""Least correlation that a value is stretched for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a witness thinks of one number: `mean` and `sd`."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """A fused value: `value` in [-1, 1], its `sd`, and the witnesses' shares, which add up to at most 1."""

    value: float
    sd: float
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFusion:
    """How one number is fused.

    Attributes
    ----------
    mean, sd : of the population of works.
    weights : witness's name -> factor of what it adds.
    widening : share of the squared disagreement that is added to the error.
    """

    mean: float
    sd: float
    weights: Mapping[str, float]
    widening: float

    def alone(self, opinion: Opinion) -> float:
        """Return the value of a witness who is the only one."""
        return replace(self, weights={"": 1.0}).fuse([("", opinion)]).value

    def fuse(self, opinions: Sequence[tuple[str, Opinion]]) -> Fused:
        """Combine opinions, each under its witness's name."""
        prior = 1 / self.sd**2
        gains = [self.weights[name] * max(0.0, 1 / opinion.sd**2 - prior) for name, opinion in opinions]
        total = prior + math.fsum(gains)
        # An opinion of precision p and mean m was made from evidence of precision p - prior at prior's pull less.
        pulls = [
            self.weights[name] * (opinion.mean - self.mean) / opinion.sd**2 if gain > 0 else 0.0
            for (name, opinion), gain in zip(opinions, gains, strict=True)
        ]
        mean = self.mean + math.fsum(pulls) / total
        shares = tuple(gain / total for gain in gains)
        apart = math.fsum(
            shares[i] * shares[j] * (opinions[i][1].mean - opinions[j][1].mean) ** 2
            for i in range(len(opinions))
            for j in range(i)
        )
        variance = 1 / total + self.widening * apart
        r = math.sqrt(max(0.0, 1 - 1 / total / self.sd**2))
        stretch = SPREAD / max(r, _FLOOR)
        value = self.mean + stretch * (mean - self.mean)
        sd = math.sqrt(variance + ((stretch - 1) * (mean - self.mean)) ** 2)
        return Fused(value=max(-1.0, min(1.0, value)), sd=sd, shares=shares)


def opinion_of(value: float, sd: float, target: TargetFusion) -> Opinion:
    """Return the opinion behind a restored value with its standard error.

    A value stretched to the share s of the deviation, whose correlation with the rating is r, has the squared error
    ``1 + s^2 - 2 s r`` in units of the ratings' variance; that gives r, and with it the unstretched mean and deviation.
    """
    r = (1 + SPREAD**2 - (sd / target.sd) ** 2) / (2 * SPREAD)
    r = max(_LEAST_R, min(_MOST_R, r))
    return Opinion(mean=target.mean + r / SPREAD * (value - target.mean), sd=target.sd * math.sqrt(1 - r * r))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionFusion:
    """A logistic regression from `emotion_evidence` to the five emotions.

    Attributes
    ----------
    weights : emotion -> a number for each piece of evidence.
    bias : emotion -> a number.
    """

    weights: Mapping[str, Sequence[float]]
    bias: Mapping[str, float]

    def fuse(self, evidence: Sequence[float]) -> dict[str, float]:
        """Return the distribution."""
        logits = {
            name: self.bias[name] + math.fsum(weight * fact for weight, fact in zip(row, evidence, strict=True))
            for name, row in self.weights.items()
        }
        top = max(logits.values())
        odds = {name: math.exp(value - top) for name, value in logits.items()}
        total = math.fsum(odds.values())
        return {name: value / total for name, value in odds.items()}


def emotion_evidence(
    seen: Mapping[str, float], told: Mapping[str, float], valence: float, rated_arousal: float, arousal: float
) -> list[float]:
    """Return what the five emotions follow from: both witnesses' logarithms, and the fused values."""
    logs = [math.log(max(share, _LEAST_SHARE)) for one in (seen, told) for share in one.values()]
    return [*logs, 3 * valence, 3 * rated_arousal, 3 * arousal]


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionModel:
    """The fusion of valence, of arousal, of rated arousal and of distributions over emotions.

    Attributes
    ----------
    valence, arousal, rated_arousal : of the numbers.
    emotions : of the five emotions.
    powers : witness's name -> exponent of its distribution over the fine ones.
    """

    valence: TargetFusion
    arousal: TargetFusion
    rated_arousal: TargetFusion
    emotions: EmotionFusion
    powers: Mapping[str, float]


def pool(usual: Mapping[str, float], witnesses: Sequence[tuple[float, Mapping[str, float]]]) -> dict[str, float]:
    """Return the logarithmic pool of distributions: usual shares times each one's departure from them to a power.

    Parameters
    ----------
    usual : the average work's distribution.
    witnesses : exponents and distributions over the same names.
    """
    logs = {
        name: math.log(max(share, 1e-6))
        + math.fsum(power * math.log(max(found[name], 1e-6) / max(share, 1e-6)) for power, found in witnesses)
        for name, share in usual.items()
    }
    top = max(logs.values())
    odds = {name: math.exp(value - top) for name, value in logs.items()}
    total = math.fsum(odds.values())
    return {name: value / total for name, value in odds.items()}


@lru_cache(maxsize=1)
def load_fusion() -> FusionModel:
    """Read the weights of the witnesses.

    Raises
    ------
    AssetError
        The file is missing, damaged or of another make.
    """
    path = assets.verified(_FILE)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return FusionModel(
            valence=TargetFusion(**found["valence"]),
            arousal=TargetFusion(**found["arousal"]),
            rated_arousal=TargetFusion(**found["rated_arousal"]),
            emotions=EmotionFusion(**found["emotions"]),
            powers=found["powers"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssetError(
            f"{_FILE}: is no fusion of this version ({error})", hint="fit it with composer.training.text_affect.fuse"
        ) from error
