"""The embedding of pictures beside sentences: a two-layer projection on the picture vector, trained by contrast.

Symmetric InfoNCE (van den Oord et al. 2018; Radford et al. 2021): a picture finds its sentence among those of other
works, a sentence its picture. Other versions of a work and works of the same title count neither for nor against.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from composer.training.perception.corpus import Work
from composer.training.perception.head_material import HeadMaterial, held_out
from composer.training.perception.split import clean_title
from composer.training.perception.texts import embed_sentences

__all__ = ["Projection", "recall_at", "sentences_of", "train_projection"]


def style_name(work: Work) -> str:
    """Return the style as one would write it in a sentence."""
    return "japanese woodblock print" if work.style == "ukiyo e" else f"{work.style} painting"


def sentences_of(works: Sequence[Work], cache: Path | None = None) -> dict[str, NDArray[np.float32]]:
    """Return template -> embeddings, float32 (n, 384), unit length.

    «Title, style» is the sum of the two sentences' embeddings, which is close to the whole sentence's own.
    """
    title = embed_sentences([clean_title(work.title) or "untitled" for work in works], cache)
    by_style = _distinct([style_name(work) for work in works], cache)
    by_artist = _distinct([f"{style_name(work)} by {work.artist}" for work in works], cache)
    both = title + by_style
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    return {"{title}": title, "{title}, {style}": both, "{style}": by_style, "{style} by {artist}": by_artist}


def _distinct(texts: Sequence[str], cache: Path | None) -> NDArray[np.float32]:
    names, places = np.unique(texts, return_inverse=True)
    found: NDArray[np.float32] = embed_sentences(names.tolist(), cache)[places]
    return found


class Projection(nn.Module):
    """Both projections and the scale."""

    def __init__(self, inputs: int, sentence_width: int, recipe: Mapping[str, Any]) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, recipe["hidden"])
        self.second = nn.Linear(recipe["hidden"], recipe["width"], bias=False)
        self.drop_in, self.drop = nn.Dropout(recipe["dropout_input"]), nn.Dropout(recipe["dropout_hidden"])
        self.text = nn.Linear(sentence_width, recipe["width"], bias=False)
        nn.init.eye_(self.text.weight)
        self.log_scale = nn.Parameter(torch.tensor(math.log(recipe["initial_scale"])))

    def forward(self, x: Tensor) -> Tensor:
        """Map standardised picture vectors (B, D) to embeddings (B, E), unit length."""
        hidden = self.drop(functional.gelu(self.first(self.drop_in(x)), approximate="tanh"))
        return functional.normalize(self.second(hidden), dim=1)

    def texts(self, sentences: Tensor) -> Tensor:
        """Map sentences (B, 384) to embeddings (B, E), unit length."""
        return functional.normalize(self.text(sentences), dim=1)


def recall_at(images: Tensor, texts: Tensor, ranks: Sequence[int]) -> list[float]:
    """Return the shares of texts whose own picture is among the `ranks` most similar; row i belongs to row i."""
    similarity = functional.normalize(texts, dim=1) @ functional.normalize(images, dim=1).T
    better = (similarity > similarity.diagonal()[:, None]).sum(1)
    return [float((better < rank).float().mean()) for rank in ranks]


def train_projection(
    material: HeadMaterial,
    sentences: Mapping[str, NDArray[np.float32]],
    odds: Mapping[str, float],
    recipe: Mapping[str, Any],
) -> Projection:
    """Train on the training works; `odds` says how often a work is described by which of `sentences`."""
    torch.manual_seed(recipe["seed"])
    x, titles = torch.from_numpy(material.x), torch.from_numpy(material.titles)
    texts = torch.from_numpy(np.stack([sentences[name] for name in odds]))
    weights, rows = torch.tensor(list(odds.values())), torch.from_numpy(material.rows("train"))
    model = Projection(x.shape[1], texts.shape[2], recipe)
    optimiser, schedule = _optimiser(model, recipe)
    for step in range(recipe["steps"]):
        own = rows[torch.randperm(len(rows))[: recipe["batch"]]]
        offered = torch.cat([own, rows[torch.randperm(len(rows))[: recipe["others"]]]])
        drawn = torch.multinomial(weights, len(offered), replacement=True)
        loss = _contrast(model, model.train()(x[own]), model.texts(texts[drawn, offered]), titles[own], titles[offered])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 50 == 0 or step + 1 == recipe["steps"]:
            held = torch.from_numpy(held_out(material, "validation"))
            with torch.inference_mode():
                found = recall_at(model.eval()(x[held]), model.text(texts[0, held]), (1, 5, 10))
            shown = " ".join(f"{value:.3f}" for value in found)
            print(f"step {step + 1}: loss {loss.item():.3f}, validation R@1,5,10 {shown}", flush=True)
    return model.eval()


def _contrast(model: Projection, images: Tensor, texts: Tensor, own: Tensor, offered: Tensor) -> Tensor:
    """Return the loss of images (B, E) whose sentences are the first B of texts (B + others, E); titles of both."""
    places = torch.arange(len(images))
    same = own[:, None] == offered[None]
    same[places, places] = False
    logits = (model.log_scale.exp() * images @ texts.T).masked_fill(same, -1e4)
    back = logits[:, : len(images)].T
    return (functional.cross_entropy(logits, places) + functional.cross_entropy(back, places)) / 2


def _optimiser(model: Projection, recipe: Mapping[str, Any]) -> tuple[Any, Any]:
    picture = [*model.first.parameters(), *model.second.parameters()]
    groups: list[dict[str, Any]] = [
        {"params": picture, "weight_decay": recipe["weight_decay"], "lr": recipe["learning_rate"]},
        {"params": list(model.text.parameters()), "weight_decay": 0.0, "lr": recipe["text_learning_rate"]},
        {"params": [model.log_scale], "weight_decay": 0.0, "lr": recipe["scale_learning_rate"]},
    ]
    rates = [group["lr"] for group in groups]
    optimiser = torch.optim.AdamW(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, total_steps=recipe["steps"], pct_start=recipe["warm_up"]
    )
    return optimiser, schedule
