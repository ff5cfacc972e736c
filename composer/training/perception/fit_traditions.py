"""Fit the reading of traditions of painting, on the few works that are there.

    python -m composer.training.perception.fit_traditions --data DIR --cache runs/perception

Writes ``traditions.safetensors`` to ``composer/weights/painting-encoder``; seconds, from the cache of `features`.

Japanese prints are read by the style head, which knows more than a thousand of them. All other traditions are learned
from the titled paintings whose culture is on record (column ``culture`` of ``paintings/manifest.csv``): some thirty
works from outside Europe against some six hundred. That is thin. Traditions without a single work keep the lowest bias
and are never named by the embedded encoder. Works by locked artists are left out.

Measured with the artist held out: ``benchmarks/captions/run.py``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch.nn import functional

from composer.perception.tradition_classifier import BLOCKS, TraditionModel
from composer.perception.vocabulary import DEFAULT_TRADITION, tradition_names
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import data_folder
from composer.training.perception.export_tower import WEIGHTS
from composer.training.perception.features import Features
from composer.training.perception.locked import read_locked_artists

__all__ = ["TRADITION_OF", "Attributed", "fit_traditions", "look_at", "read_attributed"]

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
_PRIOR = 0.25
"""Weight of all works from outside Europe together; in the collection they are .04."""
_NEVER = -20.0


@dataclass(frozen=True, kw_only=True)
class Attributed:
    """A painting: its `key`, the `group` that no fold may divide (its artist), its `tradition`."""

    key: str
    group: str
    tradition: str


def read_attributed(data: Path) -> list[Attributed]:
    """Read the paintings by artists who are not locked; anonymous works count as one artist each."""
    locked = read_locked_artists(data)
    with (data / "paintings" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Attributed(
            key=f"paintings/{row['file']}",
            group=row["file"] if row["artist"].startswith(("Unknown", "Unidentified")) else row["artist"],
            tradition=TRADITION_OF.get(row["culture"], DEFAULT_TRADITION),
        )
        for row in rows
        if not locked.holds(row["artist"])
    ]


def look_at(cache: Path, items: Sequence[Attributed]) -> NDArray[np.float32]:
    """Return what the embedded encoder sees of each painting, float32 (n, D), from the cache of `features`."""
    features = Features(cache)
    blocks = {name: features.block(name, [item.key for item in items]) for name in BLOCKS}
    return np.concatenate([blocks[name] for name in BLOCKS], axis=1)


def fit_traditions(pictures: NDArray[np.float32], labels: Sequence[str]) -> TraditionModel:
    """Fit a multinomial logistic regression with a ridge penalty.

    Parameters
    ----------
    pictures : float32 (n, D).
    labels : the tradition of each.
    """
    names = list(tradition_names())
    mean = pictures.mean(axis=0)
    spread = (pictures.std(axis=0) + 1e-3) * np.sqrt(pictures.shape[1] / 2)
    x = torch.from_numpy(((pictures - mean) / spread).astype(np.float32))
    target = torch.tensor([names.index(label) for label in labels])
    away = target != names.index(DEFAULT_TRADITION)
    weight = torch.ones(len(target))
    weight[away] = _PRIOR / (1 - _PRIOR) * float((~away).sum()) / max(float(away.sum()), 1.0)
    seen = torch.tensor([name in set(labels) for name in names])
    vectors = torch.zeros(len(names), pictures.shape[1], requires_grad=True)
    bias = torch.zeros(len(names), requires_grad=True)
    optimiser = torch.optim.LBFGS([vectors, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        logits = (x @ vectors.T + bias).masked_fill(~seen, _NEVER)
        losses = functional.cross_entropy(logits, target, reduction="none")
        loss = (weight * losses).sum() / weight.sum() + _PULL * (vectors**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return TraditionModel(
        mean=mean.astype(np.float32),
        spread=spread.astype(np.float32),
        vectors=(vectors.detach() * seen[:, None]).numpy(),
        bias=torch.where(seen, bias.detach(), torch.tensor(_NEVER)).numpy(),
    )


def main() -> None:
    """Run from the command line."""
    args = training_parser(__doc__, out=WEIGHTS).parse_args()
    data = data_folder(args.data)
    items = read_attributed(data)
    model = fit_traditions(look_at(args.cache, items), [item.tradition for item in items])
    stored = {name: torch.from_numpy(getattr(model, name)) for name in ("mean", "spread", "vectors", "bias")}
    metadata = {"traditions": json.dumps(tradition_names())}
    save_file(stored, args.out / "traditions.safetensors", metadata=metadata)


if __name__ == "__main__":
    main()
