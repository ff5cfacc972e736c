"""The student: a small network on our own sentence embedding and a table of hashed words, that imitates the teacher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from composer.sentences import ROWS, WIDTH
from composer.training.sentences.train import Features

__all__ = ["Lessons", "Student", "teach", "tensors_of"]

Array = NDArray[np.float32]
_LESSON = 4096


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """What students learn from, text by text.

    Attributes
    ----------
    texts : as they were gathered.
    features : of the texts.
    own : (n, 384) embeddings.
    weights : (n,): how much each text counts; 0 for texts that are kept apart.
    """

    texts: tuple[str, ...]
    features: Features
    own: Array
    weights: Array


class Student(nn.Module):
    """The network of `composer.perception.text_affect`."""

    def __init__(self, width: int, hidden: int, heads: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(ROWS, width) * 0.05)
        self.first = nn.Linear(WIDTH + width, hidden)
        self.second = nn.Linear(hidden, heads)
        self.skip = nn.Linear(WIDTH + width, heads, bias=False)

    def forward(self, own: Tensor, rows: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
        """Standardised heads, (B, heads)."""
        bag = functional.embedding_bag(rows, self.table, offsets, mode="sum", per_sample_weights=weights)  # (B, W)
        seen = torch.cat([own, torch.tanh(bag)], dim=1)
        heads: Tensor = self.second(functional.relu(self.first(seen))) + self.skip(seen)
        return heads


def teach(lessons: Lessons, targets: Array, recipe: Mapping[str, Any]) -> tuple[Student, Array]:
    """Train a student on what a teacher says, (n, heads); return it and what it says of every text."""
    torch.manual_seed(recipe["seed"])
    rng = np.random.default_rng(recipe["seed"])
    middle, spread = targets.mean(0), targets.std(0)
    wanted = torch.from_numpy((targets - middle) / spread)
    own, weights = torch.from_numpy(lessons.own), torch.from_numpy(lessons.weights)
    student = Student(recipe["width"], recipe["hidden"], targets.shape[1])
    optimiser = torch.optim.Adam(student.parameters(), lr=recipe["learning_rate"])
    learned = np.flatnonzero(lessons.weights > 0)
    size = min(recipe["batch"], len(learned))
    steps = recipe["epochs"] * (len(learned) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe["learning_rate"], total_steps=steps, pct_start=0.1)
    for _ in range(recipe["epochs"]):
        order = rng.permutation(learned)
        for at in range(0, len(order) - size + 1, size):
            chosen = order[at : at + size].tolist()
            made = student(own[chosen], *lessons.features.batch(chosen, dropout=recipe["dropout"]))
            loss = (weights[chosen, None] * (made - wanted[chosen]) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    with torch.no_grad():  # the units of the ratings, once and for all
        scale = torch.from_numpy(spread)
        student.second.weight *= scale[:, None]
        student.second.bias.copy_(student.second.bias * scale + torch.from_numpy(middle))
        student.skip.weight *= scale[:, None]
    return student.eval(), read_all(student, lessons)


@torch.inference_mode()
def read_all(student: Student, lessons: Lessons) -> Array:
    """Return a student's heads for every text, (n, heads)."""
    own = torch.from_numpy(lessons.own)
    parts: Sequence[NDArray[np.intp]] = np.array_split(np.arange(len(own)), 1 + len(own) // _LESSON)
    rows = [student(own[part], *lessons.features.batch(part.tolist())).numpy() for part in parts]
    return np.concatenate(rows)


def tensors_of(student: Student) -> dict[str, Any]:
    """Return the weights as they are stored: the table as int8 with a scale a row, the layers in float16."""
    table = student.table.detach().numpy()
    scale = np.maximum(np.abs(table).max(axis=1), 1e-8) / 127
    tensors: dict[str, Any] = {
        "table": np.rint(table / scale[:, None]).astype(np.int8),
        "scale": scale.astype(np.float16),
    }
    for name in ("first.weight", "first.bias", "second.weight", "second.bias", "skip.weight"):
        tensors[name] = student.get_parameter(name).detach().numpy().astype(np.float16)
    return tensors
