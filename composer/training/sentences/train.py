"""Train the Composer sentence encoder: let a small network imitate the teacher's sentence embeddings.

    python -m composer.training.sentences.train --data DIR --cache runs/sentences --out DIR

The loss is one minus the cosine to the teacher's embedding plus, in a small share, the task of telling a sentence's
teacher embedding from those of the other sentences of the batch, which is what retrieval asks for.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from composer.sentences import ROWS, WIDTH, sentence_features
from composer.training.perception.corpus import data_folder
from composer.training.sentences.texts import RECIPE, Sentences, load_sentences

__all__ = ["Features", "Student", "save", "train"]


class Features:
    """Features of many sentences in one array, ready for batches."""

    def __init__(self, texts: Sequence[str]) -> None:
        found = [sentence_features(text) for text in texts]
        self._starts = np.concatenate([[0], np.cumsum([len(rows) for rows, _ in found])])
        self._rows = np.concatenate([rows for rows, _ in found])
        self._weights = np.concatenate([weights for _, weights in found])

    def batch(self, chosen: Sequence[int], *, dropout: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
        """Rows, offsets and weights as `torch.nn.functional.embedding_bag` takes them."""
        spans = [(self._starts[i], self._starts[i + 1]) for i in chosen]
        index = np.concatenate([np.arange(low, high) for low, high in spans]) if spans else np.zeros(0, dtype=np.int64)
        offsets = np.concatenate([[0], np.cumsum([high - low for low, high in spans])[:-1]])
        weights = torch.from_numpy(self._weights[index])
        if dropout:
            weights = functional.dropout(weights, dropout)
        return torch.from_numpy(self._rows[index]), torch.from_numpy(offsets), weights


class Student(nn.Module):
    """The network of `composer.sentences`."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(ROWS, width) * 0.1)
        self.first = nn.Linear(width, hidden)
        self.second = nn.Linear(hidden, WIDTH)
        self.skip = nn.Linear(width, WIDTH, bias=False)

    def forward(self, rows: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
        """Embeddings (B, 384), unit length."""
        sums = functional.embedding_bag(rows, self.table, offsets, mode="sum", per_sample_weights=weights)  # (B, D)
        normed = functional.layer_norm(sums, sums.shape[1:])
        out = self.skip(normed) + self.second(functional.relu(self.first(normed)))
        return functional.normalize(out, dim=1)


def _loss(made: Tensor, teacher: Tensor, contrast: float, temperature: float) -> Tensor:
    cosine = (made * teacher).sum(1)
    logits = made @ teacher.T / temperature
    target = torch.arange(len(made))
    told = (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2
    return (1 - cosine).mean() + contrast * told / np.log(max(2, len(made)))


def train(material: Sentences, recipe: Mapping[str, Any]) -> Student:
    """Train a student; prints its held-out cosines after every few epochs."""
    choice = recipe["optimiser"]
    torch.manual_seed(choice["seed"])
    rng = np.random.default_rng(choice["seed"])
    student = Student(**recipe["student"])
    features = Features(material.texts)
    teacher = torch.from_numpy(material.teacher)
    learned = np.flatnonzero(~material.held_out)
    size = min(choice["batch"], len(learned))
    steps = choice["epochs"] * (len(learned) // size)
    optimiser = torch.optim.AdamW(student.parameters(), weight_decay=choice["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, choice["learning_rate"], total_steps=steps, pct_start=0.1)
    for epoch in range(choice["epochs"]):
        for chosen in _batches(learned, size, rng):
            made = student(*features.batch(chosen, dropout=choice["dropout"]))
            loss = _loss(made, teacher[chosen], choice["contrast"], choice["temperature"])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        if epoch % 2 == 1 or epoch + 1 == choice["epochs"]:
            print(f"epoch {epoch + 1}: loss {loss.item():.3f}; {report(student, features, material)}", flush=True)
    return student.eval()


def _batches(rows: np.ndarray[Any, Any], size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    order = rng.permutation(rows)
    for at in range(0, len(order) - size + 1, size):
        yield order[at : at + size].tolist()


@torch.inference_mode()
def report(student: Student, features: Features, material: Sentences) -> str:
    """Mean cosine to the teacher of held-out sentences, by kind."""
    rows = np.flatnonzero(material.held_out)
    made = torch.cat([student(*features.batch(part.tolist())) for part in np.array_split(rows, 1 + len(rows) // 2048)])
    cosine = (made * torch.from_numpy(material.teacher[rows])).sum(1).numpy()
    kinds = np.array(material.kinds)[rows]
    return ", ".join(
        f"{kind} {cosine[kinds == kind].mean():.3f}" for kind in dict.fromkeys(material.kinds) if (kinds == kind).any()
    )


def save(student: Student, path: Path) -> None:
    """Write the weights: the table as int8 with a scale a row, the layers in float16."""
    from safetensors.numpy import save_file

    table = student.table.detach().numpy()
    scale = np.maximum(np.abs(table).max(axis=1), 1e-8) / 127
    tensors = {"table": np.rint(table / scale[:, None]).astype(np.int8), "scale": scale.astype(np.float16)}
    for name in ("first.weight", "first.bias", "second.weight", "second.bias", "skip.weight"):
        tensors[name] = student.get_parameter(name).detach().numpy().astype(np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata={"format": "np"})


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/sentences"))
    parser.add_argument("--out", type=Path, required=True, help="folder for model.safetensors")
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    options = parser.parse_args()
    recipe = tomllib.loads(options.recipe.read_text(encoding="utf-8"))
    material = load_sentences(data_folder(options.data), options.cache, recipe["sentences"])
    save(train(material, recipe), options.out / "model.safetensors")


if __name__ == "__main__":
    main()
