"""The bodies of requests, as they are checked on arrival; an unknown field is refused."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "ChoiceBody",
    "ConsentBody",
    "ErrorAnswer",
    "ImageFacts",
    "NudgeBody",
    "PerceptionBody",
    "PlanBody",
    "PlanEdit",
    "RatingBody",
    "RewriteBody",
    "VersionBody",
    "Wishes",
]

_LARGEST = 2**63
_Id = Annotated[str, Field(max_length=64, pattern=r"^[0-9a-f]+$")]
_Text = Annotated[str, Field(max_length=400)]
_Seed = Annotated[int, Field(ge=0, lt=2**53)]
_Unit = Annotated[float, Field(ge=-1, le=1)]
_Locks = Annotated[list[_Text], Field(max_length=20)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _check_values(cls, data: Any) -> Any:
        """Refuse what Python's JSON reads and nothing after it can hold."""
        waiting = [data]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                waiting += [*value, *value.values()]
            elif isinstance(value, list):
                waiting += value
            elif isinstance(value, float) and not math.isfinite(value):
                raise ValueError("a number is not finite")
            elif isinstance(value, int) and abs(value) >= _LARGEST:
                raise ValueError("a whole number is too large")
            elif isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
                raise ValueError("a text holds half a character")
        return data


class ErrorData(BaseModel):
    """What was wrong: a code, one line, what to do, the field and the job that it concerns."""

    code: str
    message: str
    hint: str
    field: str | None
    job: str | None


class ErrorAnswer(BaseModel):
    """The body of every answer of 400 or above."""

    error: ErrorData


class Wishes(_Body):
    """What a person fixes of a plan; the values are checked where the plan is made."""

    bars: int | None = None
    duration_s: float | None = None
    tempo_bpm: float | None = None
    tonic: _Text | None = None
    mode: _Text | None = None
    meter: _Text | None = None
    instruments: _Text | None = None
    valence: float | None = None
    arousal: float | None = None
    level: _Text | None = None
    figure: _Text | None = None
    ornaments: _Text | None = None
    tradition: _Text | None = None


class ImageFacts(_Body):
    """What a client says of the picture that it read itself, for provenance, seed and log."""

    name: _Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    format: Annotated[str, Field(max_length=20)]
    size: Annotated[list[Annotated[int, Field(ge=1, le=10**6)]], Field(min_length=2, max_length=2)]


class PerceptionBody(_Body):
    """A picture to be read, or a reading that a client made itself."""

    picture: _Id | None = None
    perception: dict[str, Any] | None = None
    image: ImageFacts | None = None
    title: _Text | None = None
    artist: _Text | None = None
    year: Annotated[int, Field(ge=1, le=2100)] | None = None
    about: Annotated[str, Field(max_length=20000)] | None = None
    ignore_words: bool = False


class PlanBody(_Body):
    """What a plan starts from."""

    perception: _Id | None = None
    mood: _Text | None = None
    valence: _Unit | None = None
    arousal: _Unit | None = None
    journey: bool = False
    learnt: bool = False
    overrides: Wishes = Wishes()
    locks: _Locks = []
    seed: _Seed | None = None
    title: _Text | None = None


class PlanEdit(_Body):
    """A change of a plan."""

    overrides: Wishes | None = None
    locks: _Locks | None = None
    plan: dict[str, Any] | None = None


class VersionBody(_Body):
    """A plan to be composed."""

    plan: _Id
    seed: _Seed | None = None
    candidates: Annotated[int, Field(ge=1, le=8)] | None = None
    parent: _Id | None = None


class RewriteBody(_Body):
    """Bars to be written anew."""

    bars: Annotated[list[Annotated[int, Field(ge=1, le=512)]], Field(min_length=2, max_length=2)]
    tracks: Annotated[list[Annotated[int, Field(ge=0, le=15)] | _Text], Field(max_length=16)] = []
    seed: _Seed | None = None
    candidates: Annotated[int, Field(ge=1, le=8)] | None = None


class NudgeBody(_Body):
    """A wish in one word."""

    direction: Literal["calmer", "livelier", "brighter", "darker", "sparser", "richer"]
    amount: Annotated[float, Field(ge=0, le=1)] = 0.5
    locks: _Locks = []
    candidates: Annotated[int, Field(ge=1, le=8)] | None = None


class ChoiceBody(_Body):
    """Which of two versions somebody likes better."""

    a: _Id
    b: _Id
    winner: Literal["a", "b", "tie"]


class RatingBody(_Body):
    """How well somebody likes a version."""

    version: _Id
    stars: Annotated[int, Field(ge=1, le=5)]


class ConsentBody(_Body):
    """Whether choices may be kept."""

    consent: bool
