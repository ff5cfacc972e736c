"""Genre, style and the titles' feelings learned at once, on one hidden layer; the titles' feelings on their own."""

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

__all__ = ["TaskNetwork", "train_tasks", "train_titles"]

_TOLD = 4
"""How many of the feelings are learned beside genre and style."""


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
        self.feelings = nn.Linear(width, _TOLD)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map vectors (B, D) to logits of genres and styles and to feelings."""
        hidden = self.drop(functional.gelu(self.hidden(self.drop_in(x)), approximate="tanh"))
        return self.genre(hidden), self.style(hidden), self.feelings(hidden)


def train_tasks(material: HeadMaterial, feelings: NDArray[np.float32], recipe: Mapping[str, Any]) -> TaskNetwork:
    """Train on the training works; return the network with its outputs calibrated on the validation works."""
    torch.manual_seed(recipe["seed"])
    x, genre, style = (torch.from_numpy(a) for a in (material.x, material.genre, material.style))
    felt = torch.from_numpy(((feelings - feelings.mean(0)) / feelings.std(0))[:, :_TOLD])
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


def train_titles(
    material: HeadMaterial, feelings: NDArray[np.float32], recipe: Mapping[str, Any]
) -> dict[str, NDArray[np.float32]]:
    """Train the titles' feelings, a network of its own, on the training works that nobody rated.

    Titles say little of what is to be seen, so its input and hidden layer are dropped out heavily: its predictions are
    small but in the right order. A hidden layer shared with genre and style forgets what they do not need.

    Returns
    -------
    dict
        ``titles_hidden_weight``, ``titles_hidden_bias``, ``titles_weight``, ``titles_bias``; outputs are in units of
        the feelings' deviations.
    """
    torch.manual_seed(recipe["seed"])
    learned, batch = feelings[material.rows("train")], recipe["batch"]
    felt = torch.from_numpy((feelings - learned.mean(0)) / learned.std(0))
    x, rows = torch.from_numpy(material.x), torch.from_numpy(material.rows("train"))
    hidden, last = nn.Linear(x.shape[1], recipe["hidden"]), nn.Linear(recipe["hidden"], felt.shape[1])
    into, between = nn.Dropout(recipe["dropout_input"]), nn.Dropout(recipe["dropout_hidden"])
    network = nn.Sequential(into, hidden, nn.GELU(approximate="tanh"), between, last).train()
    steps = recipe["epochs"] * (len(rows) // batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe["learning_rate"], weight_decay=recipe["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe["learning_rate"], total_steps=steps, pct_start=0.1)
    for epoch in range(recipe["epochs"]):
        order, total = rows[torch.randperm(len(rows))], 0.0
        for at in range(0, len(rows) // batch * batch, batch):
            now = order[at : at + batch]
            loss = ((network(x[now]) - felt[now]) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"titles, epoch {epoch + 1} of {recipe['epochs']}: loss {total / (len(rows) // batch):.3f}", flush=True)
    return {
        f"titles{name}_{part}": getattr(layer, part).detach().numpy()
        for name, layer in (("_hidden", hidden), ("", last))
        for part in ("weight", "bias")
    }
