"""Align pictures and sentences contrastively (InfoNCE), both towers frozen, projections trained.

    python -m composer.training.perception.align --data DIR --cache runs/perception

Needs `composer.training.perception.features` to have run. Writes ``aligned.safetensors`` to the cache: the image
tower, both projections and the scale under open_clip's names. Works that people rated for emotion are not learned
from, so that the affect regression is measured on pictures whose titles the encoder has never met.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from composer.training.perception.corpus import Work, data_folder, read_rated_paintings, read_works
from composer.training.perception.features import imagenet_tensors, load_features
from composer.training.perception.split import clean_title, split_of, work_group
from composer.training.perception.texts import describe, embed_sentences

__all__ = ["ImageProjection", "Material", "held_out", "info_nce", "load_material", "recall_at", "save", "train"]

RECIPE = Path(__file__).parents[1] / "recipes" / "painting_encoder.toml"


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is learned from: row i of every array is work i.

    Attributes
    ----------
    works : the titled paintings.
    split : per work ``"train"``, ``"validation"``, ``"test"`` or ``"rated"``.
    groups : int64 (n,): same number, same work.
    features : float32 (n, 1280).
    sentences : float32 (templates, n, 384), unit length.
    """

    works: Sequence[Work]
    split: NDArray[np.str_]
    groups: Tensor
    features: Tensor
    sentences: Tensor


class ImageProjection(nn.Module):
    """The two-layer head as open_clip's ``timm_proj = "mlp"`` has it, on standardised features while training."""

    def __init__(self, features: Tensor, recipe: Mapping[str, Any]) -> None:
        super().__init__()
        width = recipe["width"]
        self.register_buffer("mean", features.mean(0))
        self.register_buffer("spread", features.std(0) + 1e-3)
        self.fc1 = nn.Linear(features.shape[1], 2 * width)
        self.fc2 = nn.Linear(2 * width, width, bias=False)
        self.drop_in, self.drop = nn.Dropout(recipe["dropout_input"]), nn.Dropout(recipe["dropout_hidden"])

    def forward(self, x: Tensor) -> Tensor:
        """Map features (B, 1280) to embeddings (B, width), not normalised."""
        x = self.drop_in((x - self.get_buffer("mean")) / self.get_buffer("spread"))
        projected: Tensor = self.fc2(self.drop(functional.gelu(self.fc1(x))))
        return projected

    def plain(self) -> dict[str, Tensor]:
        """Return the weights with the standardisation folded in."""
        mean, spread = self.get_buffer("mean"), self.get_buffer("spread")
        weight = self.fc1.weight / spread
        return {"fc1.weight": weight, "fc1.bias": self.fc1.bias - weight @ mean, "fc2.weight": self.fc2.weight}


def info_nce(images: Tensor, texts: Tensor, groups: Tensor, scale: Tensor) -> Tensor:
    """Symmetric InfoNCE over a batch (van den Oord et al. 2018; Radford et al. 2021).

    Parameters
    ----------
    images, texts : (B, D), row i of both belongs together.
    groups : (B,); other rows of the same work count neither for nor against.
    scale : factor on the cosine similarity.
    """
    logits = scale * functional.normalize(images, dim=1) @ functional.normalize(texts, dim=1).T
    same = (groups[:, None] == groups[None]) & ~torch.eye(len(groups), dtype=torch.bool)
    logits = logits.masked_fill(same, -1e4)
    target = torch.arange(len(groups))
    return (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2


def recall_at(images: Tensor, texts: Tensor, ranks: Sequence[int]) -> list[float]:
    """Return the shares of texts whose own picture is among the `ranks` most similar; row i belongs to row i."""
    similarity = functional.normalize(texts, dim=1) @ functional.normalize(images, dim=1).T
    better = (similarity > similarity.diagonal()[:, None]).sum(1)
    return [float((better < rank).float().mean()) for rank in ranks]


def held_out(material: Material, split: str, count: int = 1000) -> Tensor:
    """Return up to `count` works of a split, one per title, chosen by hash so that the set never changes."""
    rows = [i for i, name in enumerate(material.split) if name == split]
    rows.sort(key=lambda i: hashlib.sha256(material.works[i].key.encode()).hexdigest())
    chosen: dict[str, int] = {}
    for row in rows:
        title = clean_title(material.works[row].title)
        if len(title) >= 3:
            chosen.setdefault(title, row)
    return torch.tensor(list(chosen.values())[:count])


def load_material(data: Path, cache: Path, recipe: Mapping[str, Any]) -> Material:
    """Gather features, sentences and splits."""
    works = read_works(data)
    rows, features = load_features(cache)
    groups = [work_group(work.artist, work.title) for work in works]
    rated = {item.key for item in read_rated_paintings(data)}
    rated_groups = {group for group, work in zip(groups, works, strict=True) if work.key in rated}
    split = ["rated" if group in rated_groups else split_of(group) for group in groups]
    texts = [describe(work, template) for template in recipe["captions"] for work in works]
    sentences = embed_sentences(texts, cache, max_tokens=recipe["text"]["max_tokens"])
    return Material(
        works=works,
        split=np.array(split),
        groups=torch.from_numpy(np.unique(groups, return_inverse=True)[1]),
        features=torch.from_numpy(features[[rows[work.key] for work in works]]),
        sentences=torch.from_numpy(sentences).view(len(recipe["captions"]), len(works), -1),
    )


def train(material: Material, recipe: Mapping[str, Any]) -> tuple[ImageProjection, nn.Linear, Tensor]:
    """Train both projections; return them and the logarithm of the scale."""
    choice = recipe["optimiser"]
    torch.manual_seed(choice["seed"])
    rows = torch.from_numpy(np.flatnonzero(material.split == "train"))
    image = ImageProjection(material.features[rows], recipe["projection"])
    width = recipe["projection"]["width"]
    text = nn.Linear(material.sentences.shape[-1], width, bias=False)
    nn.init.eye_(text.weight)
    log_scale = nn.Parameter(torch.tensor(math.log(choice["initial_scale"])))
    rates = [choice[f"{name}_learning_rate"] for name in ("image", "text", "scale")]
    optimiser = torch.optim.AdamW(
        [
            {"params": image.parameters(), "weight_decay": choice["weight_decay"]},
            {"params": text.parameters(), "weight_decay": 0.0},
            {"params": [log_scale], "weight_decay": 0.0},
        ]
    )
    steps, size = choice["steps"], min(choice["batch"], len(rows))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps, pct_start=choice["warm_up"])
    odds = torch.tensor(list(recipe["captions"].values()))
    order = rows[torch.randperm(len(rows))]
    for step in range(steps):
        if len(order) < size:
            order = rows[torch.randperm(len(rows))]
        batch, order = order[:size], order[size:]
        sentences = material.sentences[torch.multinomial(odds, size, replacement=True), batch]
        loss = info_nce(image(material.features[batch]), text(sentences), material.groups[batch], log_scale.exp())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 40 == 0 or step + 1 == steps:
            image.eval()
            report(material, image, text, f"step {step + 1}: loss {loss.item():.3f}")
            image.train()
    return image.eval(), text, log_scale.detach()


@torch.inference_mode()
def report(material: Material, image: ImageProjection, text: nn.Linear, head: str) -> None:
    """Print how often a held-out title finds its painting."""
    for split in ("validation", "test"):
        rows = held_out(material, split)
        pictures = image(material.features[rows])
        found = [recall_at(pictures, text(sentences[rows]), (1, 5, 10)) for sentences in material.sentences]
        shown = " | ".join(" ".join(f"{value:.3f}" for value in values) for values in found)
        print(f"{head} {split} ({len(rows)}) R@1,5,10 per template: {shown}", flush=True)


def save(path: Path, image: ImageProjection, text: nn.Linear, log_scale: Tensor) -> None:
    """Write the open_clip tensors that are ours: float16, batch normalisation statistics and scale in float32."""
    from safetensors.torch import save_file

    tensors = {f"visual.trunk.{k}": v for k, v in imagenet_tensors().items() if not k.startswith("classifier.")}
    tensors |= {f"visual.head.mlp.{name}": value for name, value in image.plain().items()}
    tensors |= {"text.proj.weight": text.weight, "logit_scale": log_scale}
    exact = ("running_mean", "running_var", "num_batches_tracked", "logit_scale")
    stored = {
        k: v.detach().clone() if k.endswith(exact) else v.detach().half().contiguous() for k, v in tensors.items()
    }
    save_file(stored, path, metadata={"format": "pt"})


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/perception"))
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    args = parser.parse_args()
    recipe = tomllib.loads(args.recipe.read_text())
    image, text, log_scale = train(load_material(data_folder(args.data), args.cache, recipe), recipe)
    save(args.cache / "aligned.safetensors", image, text, log_scale)


if __name__ == "__main__":
    main()
