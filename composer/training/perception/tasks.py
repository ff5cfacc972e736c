"""Genre, style and the titles' feelings learned at once, on one hidden layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from composer.perception.picture_heads import GENRES, STYLES
from composer.training.perception.head_material import HeadMaterial

__all__ = ["TaskNetwork", "linear_titles", "train_tasks"]


class TaskNetwork(nn.Module):
    """The hidden layer and its three outputs.

    Parameters
    ----------
    inputs : width of the picture vector.
    recipe : the recipe's ``[tasks]``.
    """

    def __init__(self, inputs: int, recipe: Mapping[str, Any]) -> None:
        super().__init__()
        width = recipe["hidden"]
        self.drop_in, self.drop = nn.Dropout(recipe["dropout_input"]), nn.Dropout(recipe["dropout_hidden"])
        self.hidden = nn.Linear(inputs, width)
        self.genre, self.style = nn.Linear(width, len(GENRES)), nn.Linear(width, len(STYLES))
        self.feelings = nn.Linear(width, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map vectors (B, D) to logits of genres and styles and to feelings."""
        hidden = self.drop(functional.gelu(self.hidden(self.drop_in(x)), approximate="tanh"))
        return self.genre(hidden), self.style(hidden), self.feelings(hidden)


def train_tasks(material: HeadMaterial, feelings: NDArray[np.float32], recipe: Mapping[str, Any]) -> TaskNetwork:
    """Train on the training works; return the network with its outputs calibrated on the validation works."""
    torch.manual_seed(recipe["seed"])
    x, genre, style = (torch.from_numpy(a) for a in (material.x, material.genre, material.style))
    felt = torch.from_numpy((feelings - feelings.mean(0)) / feelings.std(0))
    rows, batch = torch.from_numpy(material.rows("train")), recipe["batch"]
    network = TaskNetwork(x.shape[1], recipe)
    steps = recipe["epochs"] * (len(rows) // batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe["learning_rate"], weight_decay=recipe["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe["learning_rate"], total_steps=steps, pct_start=0.1)
    for epoch in range(recipe["epochs"]):
        order = rows[torch.randperm(len(rows))]
        for at in range(0, len(rows) // batch * batch, batch):
            now = order[at : at + batch]
            genres, styles, guessed = network.train()(x[now])
            loss = functional.cross_entropy(genres, genre[now], ignore_index=-1)
            loss = loss + functional.cross_entropy(styles, style[now], ignore_index=-1)
            loss = loss + recipe["feelings"] * ((guessed - felt[now]) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {recipe['epochs']}: loss {loss.item():.3f}", flush=True)
    _calibrate(network.eval(), material)
    return network


@torch.inference_mode()
def _calibrate(network: TaskNetwork, material: HeadMaterial) -> None:
    """Scale each classification's logits by the factor that makes the validation labels likeliest."""
    rows = np.concatenate([material.rows("validation"), material.rows("rated")])
    genres, styles, _ = network(torch.from_numpy(material.x[rows]))
    for layer, logits, label in ((network.genre, genres, material.genre), (network.style, styles, material.style)):
        wanted = torch.from_numpy(label[rows])
        factors = torch.linspace(0.4, 1.6, 61)
        losses = [functional.cross_entropy(factor * logits, wanted, ignore_index=-1) for factor in factors]
        factor = factors[torch.stack(losses).argmin()]
        layer.weight.mul_(factor)
        layer.bias.mul_(factor)


def linear_titles(
    material: HeadMaterial, feelings: NDArray[np.float32], ridge: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit the titles' feelings linearly on the training works that nobody rated; return weights (4, D) and biases (4,).

    Its predictions are small but in the right order, and it is a block of the affect regression; a linear one keeps
    what a hidden layer of classes forgets.
    """
    rows = material.rows("train")
    x, y = material.x[rows] / np.float32(np.sqrt(material.x.shape[1])), feelings[rows]
    inner = x.T @ x / len(x) + ridge / 10 * np.eye(x.shape[1], dtype=np.float32)
    weights = np.linalg.solve(inner, x.T @ (y - y.mean(0)) / len(x)) / np.float32(np.sqrt(material.x.shape[1]))
    return weights.T.astype(np.float32), y.mean(0)
