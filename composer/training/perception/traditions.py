"""The read-out of traditions of painting, fitted on the few works that are there.

The collection that the encoder is aligned on is Western, and its text tower's words for other traditions have met no
picture: as they stand they tell a Hokusai from a Courbet no better than chance. So the read-out is learned from the
titled paintings whose culture is on record (column ``culture`` of ``paintings/manifest.csv``): some thirty works from
outside Europe against some seven hundred. That is thin. Traditions without a single work keep the lowest bias and are
never named by the embedded encoder.

Measured with the artist held out: ``benchmarks/captions/run.py``.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from composer.perception.vocabulary import DEFAULT_TRADITION

__all__ = ["TRADITION_OF", "Attributed", "fit_traditions", "read_attributed"]

TRADITION_OF = {
    "Japanese": "Japanese woodblock print",
    "Japanese (Rinpa)": "Japanese screen painting",
    "Chinese": "Chinese ink painting",
    "Korean (Joseon)": "Korean painting",
    "Indian (Rajput/Mughal)": "Indian miniature",
    "Indian (Ragamala)": "Indian miniature",
    "Indian (Bhagavata Purana)": "Indian miniature",
    "Indian (Kalighat/print)": "Indian miniature",
    "Nepalese/Tibetan": "Tibetan thangka",
    "Egyptian": "Egyptian wall painting",
}
"""Culture on record -> tradition. Every other culture there (New Spain too) painted in the European manner."""

_STEPS = 300
_PULL = 3e-4
_PRIOR = 0.15
"""Assumed share of paintings from outside Europe among those that people bring; in the collection it is .04."""
_NEVER = -20.0

Attributed = tuple[str, str, str]
"""Picture's key, group that must not be divided, tradition."""


def read_attributed(data: Path) -> list[Attributed]:
    """Read the paintings with their artist (anonymous works each count as one) and tradition."""
    with (data / "paintings" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        artist = row["artist"]
        group = row["file"] if artist.startswith(("Unknown", "Unidentified")) else artist
        found.append((f"paintings/{row['file']}", group, TRADITION_OF.get(row["culture"], DEFAULT_TRADITION)))
    return found


def fit_traditions(pictures: Tensor, labels: Sequence[str], names: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Fit a multinomial logistic regression with a ridge penalty.

    Parameters
    ----------
    pictures : float32 (n, D), unit length.
    labels : the tradition of each.
    names : all traditions, in the order of the rows that are returned.

    Returns
    -------
    vectors : (len(names), D).
    bias : (len(names),).
    """
    target = torch.tensor([names.index(label) for label in labels])
    away = target != names.index(DEFAULT_TRADITION)
    weight = torch.ones(len(target))
    weight[away] = _PRIOR / (1 - _PRIOR) * float((~away).sum()) / max(float(away.sum()), 1.0)
    seen = torch.tensor([name in set(labels) for name in names])
    mean = pictures.mean(0)
    vectors = torch.zeros(len(names), pictures.shape[1], requires_grad=True)
    bias = torch.zeros(len(names), requires_grad=True)
    optimiser = torch.optim.LBFGS([vectors, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        logits = ((pictures - mean) @ vectors.T + bias).masked_fill(~seen, _NEVER)
        losses = functional.cross_entropy(logits, target, reduction="none")
        loss = (weight * losses).sum() / weight.sum() + _PULL * (vectors**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    rows = vectors.detach() * seen[:, None]
    return rows, torch.where(seen, bias.detach() - rows @ mean, torch.tensor(_NEVER))
