"""Align pictures and sentences contrastively (InfoNCE): first two projections, then the image tower's last stages too.

    python -m composer.training.perception.align --data DIR --cache runs/perception
    torchrun --nproc-per-node 2 -m composer.training.perception.align --data DIR --cache runs/perception

Needs `composer.training.perception.features` to have run. Writes ``aligned.safetensors`` (the image tower, both
projections and the scale under open_clip's names) and ``features.npy`` (the trained tower's features of every picture)
to the cache; what the first step gives is kept there as ``start.pt``. Works that people rated for emotion are not
learned from, so that the affect regression is measured on pictures whose titles the encoder has never met.

A picture chooses among the sentences of thousands of works, a sentence among the pictures of the batch and those of
recent batches (cross-batch memory, Wang et al. 2020): small batches then teach as large ones do.
"""

from __future__ import annotations

import argparse
import math
import os
import time
import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn
from torch.nn import functional

from composer.training.perception.corpus import data_folder
from composer.training.perception.features import Tail, imagenet_tensors, load_activations, tail_features
from composer.training.perception.material import RECIPE, Material, held_out, load_material

__all__ = ["Encoder", "ImageProjection", "Loss", "recall_at", "save", "start", "tune"]


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


class Encoder(nn.Module):
    """What is trained: the tower's tail, both projections, the scale."""

    def __init__(self, tail: Tail, features: Tensor, recipe: Mapping[str, Any], sentence_width: int) -> None:
        super().__init__()
        self.tail = tail
        self.image = ImageProjection(features, recipe["projection"])
        self.text = nn.Linear(sentence_width, recipe["projection"]["width"], bias=False)
        nn.init.eye_(self.text.weight)
        self.log_scale = nn.Parameter(torch.tensor(math.log(recipe["start"]["initial_scale"])))

    def forward(self, activations: Tensor) -> Tensor:
        """Map activations (B, C, 14, 14) to embeddings (B, D), unit length."""
        return functional.normalize(self.image(self.tail(activations)), dim=1)

    def texts(self, sentences: Tensor) -> Tensor:
        """Map sentences (B, 384) to embeddings (B, D), unit length."""
        return functional.normalize(self.text(sentences), dim=1)


def recall_at(images: Tensor, texts: Tensor, ranks: Sequence[int]) -> list[float]:
    """Return the shares of texts whose own picture is among the `ranks` most similar; row i belongs to row i."""
    similarity = functional.normalize(texts, dim=1) @ functional.normalize(images, dim=1).T
    better = (similarity > similarity.diagonal()[:, None]).sum(1)
    return [float((better < rank).float().mean()) for rank in ranks]


# -------------------------------------------------------------------------------------------- the loss


class Loss:
    """Symmetric InfoNCE (van den Oord et al. 2018; Radford et al. 2021) against many sentences and remembered pictures.

    Parameters
    ----------
    material : works; other works of the same group or the same title count neither for nor against.
    rows : int64 (n,), the training works.
    odds : template -> how often.
    others : sentences of how many works are drawn as negatives.
    remembered : how many embeddings of recent pictures are kept.
    """

    def __init__(
        self, material: Material, rows: Tensor, odds: Mapping[str, float], *, others: int, remembered: int
    ) -> None:
        self._sentences = material.sentences[:, rows]
        self._groups, self._titles = material.groups[rows], material.titles[rows]
        self._odds = torch.tensor(list(odds.values()))
        self._others, self._remembered = others, remembered
        self._pictures = torch.zeros(0, 1)
        self._places = torch.zeros(0, dtype=torch.long)

    def _same(self, a: Tensor, b: Tensor) -> Tensor:
        groups, titles = self._groups, self._titles
        return (groups[a][:, None] == groups[b]) | (titles[a][:, None] == titles[b])

    def _choose(self, logits: Tensor, places: Tensor, offered: Tensor) -> Tensor:
        """Return the cross-entropy of row i choosing column i."""
        own = torch.arange(len(places))
        other = self._same(places, offered)
        other[own, own] = False
        return functional.cross_entropy(logits.masked_fill(other, -1e4), own)

    def __call__(self, model: Encoder, images: Tensor, places: Tensor) -> Tensor:
        """Return the loss of `images`, unit-length embeddings (B, D) of the training works `places` (B,)."""
        own = torch.arange(len(places))
        offered = torch.cat([places, torch.randperm(len(self._groups))[: self._others]])
        drawn = torch.multinomial(self._odds, len(offered), replacement=True)
        texts = model.texts(self._sentences[drawn, offered])  # (B + others, D)
        scale = model.log_scale.exp()
        loss = self._choose(scale * images @ texts.T, places, offered)
        pool = torch.cat([images, self._pictures]) if len(self._pictures) else images
        owners = torch.cat([places, self._places])
        loss = (loss + self._choose(scale * texts[own] @ pool.T, places, owners)) / 2
        self._pictures = pool[: self._remembered].detach()
        self._places = owners[: self._remembered]
        return loss


# ----------------------------------------------------------------------------------------- the two stages


def _groups_of(model: Encoder, choice: Mapping[str, Any]) -> list[dict[str, Any]]:
    decay = choice["weight_decay"]
    found = [
        {"params": list(model.image.parameters()), "weight_decay": decay, "lr": choice["image_learning_rate"]},
        {"params": list(model.text.parameters()), "weight_decay": 0.0, "lr": choice["text_learning_rate"]},
        {"params": [model.log_scale], "weight_decay": 0.0, "lr": choice["scale_learning_rate"]},
    ]
    if "tail_learning_rate" in choice:
        tail = list(model.tail.parameters())
        found.append({"params": tail, "weight_decay": decay, "lr": choice["tail_learning_rate"]})
    return found


def _optimiser(model: Encoder, choice: Mapping[str, Any], steps: int) -> tuple[Any, Any]:
    groups = _groups_of(model, choice)
    optimiser = torch.optim.AdamW(groups)
    rates = [group["lr"] for group in groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps, pct_start=choice["warm_up"])
    return optimiser, schedule


def start(model: Encoder, material: Material, features: Sequence[Tensor], recipe: Mapping[str, Any]) -> None:
    """Train the projections on the tower's features of the works, one float32 (n, 1280) per view."""
    choice = recipe["start"]
    torch.manual_seed(choice["seed"])
    rows = torch.from_numpy(np.flatnonzero(material.split == "train"))
    loss_of = Loss(material, rows, recipe["captions"], others=choice["others"], remembered=0)
    optimiser, schedule = _optimiser(model, choice, choice["steps"])
    size = min(choice["batch"], len(rows))
    for step in range(choice["steps"]):
        places = torch.randperm(len(rows))[:size]
        seen = features[step % len(features)][rows[places]]
        loss = loss_of(model, functional.normalize(model.image.train()(seen), dim=1), places)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 50 == 0 or step + 1 == choice["steps"]:
            report(material, model, features[0], f"start {step + 1}: loss {loss.item():.3f}")


@torch.inference_mode()
def report(material: Material, model: Encoder, features: Tensor, head: str) -> None:
    """Print how often a title of a validation work finds its painting."""
    rows = held_out(material, "validation")
    pictures = model.image.eval()(features[rows])
    found = [recall_at(pictures, model.text(sentences[rows]), (1, 5, 10)) for sentences in material.sentences]
    shown = " | ".join(" ".join(f"{value:.3f}" for value in values) for values in found)
    print(f"{head} validation ({len(rows)}) R@1,5,10 per template: {shown}", flush=True)


def _batch(activations: Sequence[NDArray[np.float16]], rows: NDArray[np.int64], rng: np.random.Generator) -> Tensor:
    """Return activations float32 (B, C, 14, 14), each of a view drawn at random."""
    views = rng.integers(0, len(activations), len(rows))
    picked = np.stack([activations[view][row] for view, row in zip(views, rows, strict=True)]).astype(np.float32)
    return torch.from_numpy(picked).permute(0, 3, 1, 2)


def tune(
    model: Encoder,
    material: Material,
    activations: Sequence[NDArray[np.float16]],
    recipe: Mapping[str, Any],
    checkpoint: Path | None = None,
) -> Encoder:
    """Train everything; return the moving average of the weights.

    With torch's process group running, every process takes its share of each epoch and gradients are averaged.
    ``checkpoint`` is where the average is written after every epoch.
    """
    choice = recipe["tune"]
    alone = not distributed.is_initialized()
    rank, processes = (0, 1) if alone else (distributed.get_rank(), distributed.get_world_size())
    rows = torch.from_numpy(np.flatnonzero(material.split == "train"))
    rng = np.random.default_rng(choice["seed"] + rank)
    torch.manual_seed(choice["seed"] + rank)
    loss_of = Loss(material, rows, recipe["captions"], others=choice["others"], remembered=choice["remembered"])
    per_epoch = len(rows) // (choice["batch"] * processes)
    steps = per_epoch * choice["epochs"]
    optimiser, schedule = _optimiser(model, choice, steps)
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    average = deepcopy(model)
    order_rng = np.random.default_rng(choice["seed"])
    began = time.monotonic()
    for step in range(steps):
        if step % per_epoch == 0:
            order = order_rng.permutation(len(rows))
        places = torch.from_numpy(
            order[step % per_epoch * processes + rank :: per_epoch * processes][: choice["batch"]]
        )
        batch = _batch(activations, material.rows[rows[places].numpy()], rng)
        model.image.train()
        loss = loss_of(model, model(batch), places)
        optimiser.zero_grad()
        loss.backward()
        if not alone:
            flat = torch.cat([p.grad.reshape(-1) for p in parameters if p.grad is not None])
            distributed.all_reduce(flat)
            at = 0
            for p in parameters:
                if p.grad is not None:
                    p.grad.copy_(flat[at : at + p.numel()].view_as(p) / processes)
                    at += p.numel()
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        schedule.step()
        decay = min(choice["average"], (step + 1) / (step + 10))
        with torch.no_grad():
            for mine, new in zip(average.parameters(), model.parameters(), strict=True):
                mine.lerp_(new, 1 - decay)
        if rank == 0 and (step + 1) % 20 == 0:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}, {time.monotonic() - began:.0f} s", flush=True)
        if rank == 0 and (step + 1) % per_epoch == 0:
            epoch = (step + 1) // per_epoch
            _report_tuned(material, average, activations, f"epoch {epoch}: loss {loss.item():.3f}")
            if checkpoint:
                save(checkpoint, average)
    return average.eval()


def _report_tuned(material: Material, model: Encoder, activations: Sequence[NDArray[np.float16]], head: str) -> None:
    features = torch.zeros(len(material.works), model.image.fc1.in_features)
    rows = held_out(material, "validation")
    features[rows] = torch.from_numpy(tail_features(model.tail, activations[0][np.sort(material.rows[rows])]))[
        torch.from_numpy(np.argsort(np.argsort(material.rows[rows])))
    ]
    report(material, model, features, head)


def save(path: Path, model: Encoder) -> None:
    """Write the open_clip tensors that are ours: float16, batch normalisation statistics and scale in float32."""
    from safetensors.torch import save_file

    tower = {k: v for k, v in imagenet_tensors().items() if not k.startswith("classifier.")}
    tower |= dict(model.tail.state_dict())
    tensors = {f"visual.trunk.{k}": v for k, v in tower.items()}
    tensors |= {f"visual.head.mlp.{name}": value for name, value in model.image.plain().items()}
    tensors |= {"text.proj.weight": model.text.weight, "logit_scale": model.log_scale}
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
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        distributed.init_process_group("gloo")
        torch.set_num_threads(1)
    rank = distributed.get_rank() if distributed.is_initialized() else 0
    material = load_material(data_folder(args.data), args.cache, recipe)
    _, activations = load_activations(args.cache)
    tail = Tail(imagenet_tensors())
    features = [
        torch.from_numpy(_published_features(tail, part, args.cache / f"published{view}.npy", write=rank == 0))
        for view, part in enumerate(activations)
    ]
    of_works = [part[torch.from_numpy(material.rows)] for part in features]
    trained = torch.from_numpy(np.flatnonzero(material.split == "train"))
    model = Encoder(tail, of_works[0][trained], recipe, material.sentences.shape[-1])
    begun = args.cache / "start.pt"
    if begun.exists():
        model.load_state_dict(torch.load(begun, weights_only=True))
    else:
        start(model, material, of_works, recipe)
        if rank == 0:
            torch.save(model.state_dict(), begun)
    model = tune(model, material, activations, recipe, args.cache / "aligned.safetensors")
    if rank == 0:
        save(args.cache / "aligned.safetensors", model)
        np.save(args.cache / "features.npy", tail_features(model.tail, activations[0]).astype(np.float16))
    if distributed.is_initialized():
        distributed.destroy_process_group()


def _published_features(
    tail: Tail, activations: NDArray[np.float16], path: Path, *, write: bool
) -> NDArray[np.float32]:
    """Return the published tower's features, float32 (n, 1280), kept on disk."""
    if path.exists():
        return np.load(path).astype(np.float32)
    features = tail_features(tail, activations)
    if write:
        np.save(path, features.astype(np.float16))
    return features


if __name__ == "__main__":
    main()
