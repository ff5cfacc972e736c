"""Fit the reading of the caption's words from a picture's embedding.

    python -m composer.training.perception.fit_words --data DIR --cache runs/perception

Writes ``vocabulary.safetensors`` to ``composer/weights/painting-encoder``; `fit_heads` comes before it.

A term's logit is ``v . embedding + b``. The vectors v begin at the text tower's embedding of the term's sentence and
are then tuned, held near that beginning, on the training works whose title names a term of the group (for styles: on
their labelled style); b begins at the logarithm of how often it is named. A factor on all logits of a group is fitted
by maximum likelihood on validation works, so that a confidence says how often the term would be named there.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from composer.perception import vocabulary
from composer.perception.picture_heads import HEADS_FILE, gelu, load_picture_heads
from composer.perception.tensors import read_safetensors
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import Work, data_folder
from composer.training.perception.export_tower import WEIGHTS
from composer.training.perception.head_material import HeadMaterial, held_out, load_head_material
from composer.training.perception.split import clean_title
from composer.training.perception.texts import embed_sentences

__all__ = ["GroupFit", "fit_group", "image_embeddings", "named_terms", "vocabulary_embeddings"]

_START_SCALE = 14.0
_TUNING_STEPS = 80
_PULL = 1e-4


@dataclass(frozen=True, kw_only=True)
class GroupFit:
    """How a group's ranking does on the test works.

    `factor` is the fitted factor on the logits, `names` the number of test works that name a term, `top1` how often the
    first-ranked is named, `untuned` the same with the text tower's embeddings as they are, `chance` the same for
    always answering the commonest term, `calibration_error` the expected calibration error (10 bins).
    """

    factor: float
    names: int
    top1: float
    untuned: float
    chance: float
    calibration_error: float


def image_embeddings(x: NDArray[np.float32]) -> Tensor:
    """Return unit-length embeddings (n, D) of standardised picture vectors under the heads in place."""
    heads = load_picture_heads()
    parts = [gelu(part @ heads.first.T + heads.first_bias) @ heads.second.T for part in np.array_split(x, 20)]
    return functional.normalize(torch.from_numpy(np.concatenate(parts)), dim=1)


def vocabulary_embeddings() -> Tensor:
    """Return unit-length embeddings (N, D) of the vocabulary's sentences."""
    projection = torch.from_numpy(read_safetensors(HEADS_FILE)[0]["text"])
    sentences = torch.from_numpy(embed_sentences([vocabulary.prompt(term) for term in vocabulary.terms()]))
    return functional.normalize(sentences @ projection.T, dim=1)


def named_terms(work: Work, group: str) -> list[bool]:
    """Tell for each term of a group whether the work's title (for styles, its label) names it."""
    words = frozenset((work.style if group == "style" else clean_title(work.title)).replace("-", " ").split())
    return [any(cue <= words for cue in cues) for cues in _cues(group)]


@lru_cache(maxsize=8)
def _cues(group: str) -> list[list[frozenset[str]]]:
    found = [term for term in vocabulary.terms() if term.group == group]
    return [[frozenset(cue.split()) for cue in term.cues] for term in found]


def _labels(material: HeadMaterial, rows: NDArray[np.intp] | Tensor, group: str) -> tuple[Tensor, Tensor]:
    """Return the rows that name a term and their labels, bool (n, terms)."""
    rows = torch.as_tensor(rows)
    labels = torch.tensor([named_terms(material.works[int(row)], group) for row in rows])
    kept = labels.any(1)
    return rows[kept], labels[kept]


def fit_group(material: HeadMaterial, pictures: Tensor, texts: Tensor, group: str) -> tuple[GroupFit, Tensor, Tensor]:
    """Tune and calibrate a group; return its figures, the vectors (terms, D) and the biases (terms,)."""
    rows, labels = _labels(material, np.flatnonzero(material.split == "train"), group)
    start = _START_SCALE * texts
    prior = torch.log((labels.sum(0) + 0.5) / (labels.sum() + 0.5 * labels.shape[1]))
    vectors, bias = _tune(pictures[rows], labels, start, prior)
    fitting = np.flatnonzero((material.split == "validation") | (material.split == "rated"))
    rows, labels = _labels(material, fitting, group)
    factor = _factor(pictures[rows] @ vectors.T + bias, labels)
    rows, labels = _labels(material, held_out(material, "test"), group)
    confidence = functional.softmax(factor * (pictures[rows] @ vectors.T + bias), dim=1)
    best, place = confidence.max(1)
    hit = labels[torch.arange(len(rows)), place].float()
    untuned = (pictures[rows] @ start.T + prior).argmax(1)
    fit = GroupFit(
        factor=factor,
        names=len(rows),
        top1=float(hit.mean()),
        untuned=float(labels[torch.arange(len(rows)), untuned].float().mean()),
        chance=float(labels[:, int(prior.argmax())].float().mean()),
        calibration_error=_calibration_error(best, hit),
    )
    return fit, factor * vectors, factor * bias


def _likelihood_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean negative log of the probability that falls on any of the named terms."""
    return -functional.log_softmax(logits, dim=1).masked_fill(~labels, -1e9).logsumexp(1).mean()


def _tune(pictures: Tensor, labels: Tensor, start: Tensor, prior: Tensor) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    vectors, bias = start.clone().requires_grad_(), prior.clone().requires_grad_()
    optimiser = torch.optim.Adam([vectors, bias], lr=0.05)
    share = labels / labels.sum(1, keepdim=True)
    for _ in range(_TUNING_STEPS):
        batch = torch.randint(len(pictures), (2048,))
        logits = pictures[batch] @ vectors.T + bias
        loss = -(share[batch] * functional.log_softmax(logits, dim=1)).sum(1).mean()
        loss = loss + _PULL * ((vectors - start) ** 2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return vectors.detach(), bias.detach()


def _factor(logits: Tensor, labels: Tensor) -> float:
    candidates = torch.linspace(0.3, 2.0, 86)
    losses = torch.stack([_likelihood_loss(candidate * logits, labels) for candidate in candidates])
    return float(candidates[losses.argmin()])


def _calibration_error(confidence: Tensor, hit: Tensor) -> float:
    bins = (confidence * 10).long().clamp(max=9)
    parts = [(confidence[bins == b].mean() - hit[bins == b].mean()).abs() * (bins == b).sum() for b in bins.unique()]
    return float(torch.stack(parts).sum() / len(hit))


def main() -> None:
    """Run from the command line."""
    args = training_parser(__doc__, out=WEIGHTS, table=Path("benchmarks/perception/words.csv")).parse_args()
    material = load_head_material(data_folder(args.data), args.cache)
    pictures, texts = image_embeddings(material.x), vocabulary_embeddings()
    vectors, bias = torch.zeros_like(texts), torch.zeros(len(texts))
    known = vocabulary.terms()
    with args.table.open("w", newline="") as file:
        table = csv.DictWriter(file, ["group", *(field.name for field in fields(GroupFit))])
        table.writeheader()
        for group in ("subject", "setting", "light", "style"):
            places = [i for i, term in enumerate(known) if term.group == group]
            fit, vectors[places], bias[places] = fit_group(material, pictures, texts[places], group)
            table.writerow({"group": group} | {k: f"{v:.3f}" if v % 1 else int(v) for k, v in asdict(fit).items()})
            print(group, fit, flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    stored = {"embeddings": texts.half(), "vectors": vectors.half(), "bias": bias}
    save_file(stored, args.out / "vocabulary.safetensors", metadata={"fingerprint": vocabulary.fingerprint()})


if __name__ == "__main__":
    main()
