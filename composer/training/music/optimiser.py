"""The optimisers of the music transformer: Muon for the backbone's matrices, AdamW for all else.

Muon (K. Jordan et al. 2024) takes the momentum's nearest orthogonal matrix as the direction of a step. torch's own
orthogonalises in bfloat16 whatever the machine; on a processor without instructions for it that takes twenty times as
long as float32, so the precision is chosen here.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

__all__ = ["Muon", "Optimisers", "optimisers_of", "orthogonal"]

_NEWTON_SCHULZ = (3.4445, -4.775, 2.0315)
"""Coefficients of the quintic iteration (Jordan et al. 2024)."""
_ITERATIONS = 5


def orthogonal(matrix: Tensor, dtype: torch.dtype) -> Tensor:
    """Nearest orthogonal matrix, about, by Newton-Schulz iteration in ``dtype``; shape as given."""
    a, b, c = _NEWTON_SCHULZ
    x = matrix.to(dtype)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.T


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov momentum, at AdamW's scale (.2 of the root of the longer side, Liu et al. 2025)."""

    def __init__(
        self,
        matrices: Iterable[nn.Parameter],
        *,
        lr: float,
        weight_decay: float,
        momentum: float = 0.95,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002 - torch's signature
        """Take one step along the orthogonalised momentum."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(parameter)
                momentum = state["momentum_buffer"].lerp_(parameter.grad, 1 - group["momentum"])
                direction = orthogonal(parameter.grad.lerp(momentum, group["momentum"]), self.dtype)
                scale = 0.2 * max(parameter.shape) ** 0.5
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(direction.to(parameter.dtype), alpha=-group["lr"] * scale)


Optimisers = tuple[Muon, torch.optim.AdamW]


def optimisers_of(network: nn.Module, *, learning_rate: float, weight_decay: float, dtype: torch.dtype) -> Optimisers:
    """Muon for the matrices of the backbone's layers, orthogonalised in ``dtype``; AdamW for all other parameters."""
    matrices = [p for n, p in network.named_parameters() if p.dim() == 2 and "backbone.layers" in n]
    chosen = {id(p) for p in matrices}
    others = [p for p in network.parameters() if id(p) not in chosen]
    return (
        Muon(matrices, lr=learning_rate, weight_decay=weight_decay, dtype=dtype),
        torch.optim.AdamW(others, lr=learning_rate, weight_decay=0.0, betas=(0.9, 0.95), fused=True),
    )
