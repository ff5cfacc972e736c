"""The record of a profile: its events and posterior as values, and as plain JSON data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from composer.errors import UsageError
from composer.feedback.events import Choice, Event, Nudge, Rating
from composer.feedback.features import FEATURES
from composer.feedback.posterior import Posterior

__all__ = [
    "EVENT_KINDS",
    "ProfileRecord",
    "Row",
    "event_of",
    "event_to_json",
    "posterior_of",
    "posterior_to_json",
]

EVENT_KINDS: dict[str, Callable[..., Event]] = {"choice": Choice, "nudge": Nudge, "rating": Rating}
"""Kind as the file and the exchange name it -> its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An event as it is kept: `made_at` in UTC (ISO 8601), and the event."""

    made_at: str
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRecord:
    """All that is kept of one profile.

    Attributes
    ----------
    name, consented_at : when keeping was agreed to, in UTC (ISO 8601).
    rows : events in the order in which they came.
    posterior : as it was last learnt, or None.
    learnt_from : how many events it was learnt from.
    """

    name: str
    consented_at: str
    rows: tuple[Row, ...]
    posterior: Posterior | None
    learnt_from: int


def event_to_json(event: Event) -> tuple[str, dict[str, Any]]:
    """The kind of an event, and its fields as plain JSON data."""
    kind = next(kind for kind, made in EVENT_KINDS.items() if made is type(event))
    return kind, asdict(event)


def event_of(kind: str, data: Mapping[str, Any]) -> Event:
    """An event from its kind and its plain JSON data."""
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return EVENT_KINDS[kind](**values)


def posterior_to_json(posterior: Posterior) -> Mapping[str, Any]:
    """A posterior as plain JSON data; numbers come back to the last bit."""
    return {
        "features": list(FEATURES),
        "mean": posterior.mean.tolist(),
        "covariance": posterior.covariance.tolist(),
        "prior_width": posterior.prior_width,
        "curvature_width": posterior.curvature_width,
    }


def posterior_of(data: Mapping[str, Any]) -> Posterior | None:
    """A posterior from its plain JSON data; None for one of another form, which is to be learnt again."""
    if data["features"] != list(FEATURES) or "curvature_width" not in data:
        return None
    mean, covariance = (np.array(data[name], dtype=np.float64) for name in ("mean", "covariance"))
    size = 2 * len(FEATURES)
    if mean.shape != (size,) or covariance.shape != (size, size) or not np.isfinite(mean).all():
        raise UsageError("feedback: the posterior is damaged", hint="learn it again from its choices")
    return Posterior(
        mean=mean,
        covariance=covariance,
        prior_width=float(data["prior_width"]),
        curvature_width=float(data["curvature_width"]),
    )
