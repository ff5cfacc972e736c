"""The graphs of the painting encoder for ONNX Runtime: ``python -m composer.training.perception.tower_graph``.

Run it after the weights were trained anew; ``scripts/hash_weights.py`` then lists the files. The tower is timm's
EfficientNet-lite2 (Tan & Le, "EfficientNet", ICML 2019, in TensorFlow's *lite* form), the head that of open_clip.

Conventions
-----------
* Input: float32 (B, 3, 224, 224), RGB, ``(value - 127) / 128`` of 8-bit values.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from composer.perception.encoder import HEAD_GRAPH, INPUT_SIDE, TOWER_GRAPH, TOWER_OUTPUTS, WEIGHTS
from composer.training.onnx_graph import write_graph

__all__ = ["FEATURES", "Head", "Tower", "export", "read_modules"]

FEATURES = 1280
"""Channels of the last feature map."""
_EMBEDDED = Path(__file__).parents[2] / "weights" / "painting-encoder"


class Tower(nn.Module):
    """The image tower at several depths; its tensors are named as in the weights file."""

    def __init__(self) -> None:
        import timm

        super().__init__()
        trunk = timm.create_model("tf_efficientnet_lite2", pretrained=False, num_classes=0)
        self.visual = nn.ModuleDict({"trunk": trunk})

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """Map pictures to what `composer.perception.encoder.Look` names: early, middle, late, features."""
        trunk: Any = self.visual["trunk"]
        x = trunk.bn1(trunk.conv_stem(picture))  # (B, 32, 112, 112)
        stages = []
        for stage in trunk.blocks:
            x = stage(x)
            stages.append(x)
        early = torch.cat([part for x in stages[3:5] for part in (x.mean((2, 3)), x.std((2, 3)))], dim=1)
        features = trunk.bn2(trunk.conv_head(x)).mean((2, 3))  # (B, 1280)
        return early, stages[5].mean((2, 3)), stages[6].mean((2, 3)), features


class Head(nn.Module):
    """The projection of the tower's features into the common space."""

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        layers = {"fc1": nn.Linear(FEATURES, hidden), "fc2": nn.Linear(hidden, width, bias=False)}
        self.visual = nn.ModuleDict({"head": nn.ModuleDict({"mlp": nn.ModuleDict(layers)})})

    def forward(self, features: Tensor) -> Tensor:
        """Map (B, 1280) to embeddings (B, D) of unit length."""
        layers = self.get_submodule("visual.head.mlp")
        hidden = functional.gelu(layers.get_submodule("fc1")(features))
        return functional.normalize(layers.get_submodule("fc2")(hidden), dim=1)


def read_modules(weights: Path) -> tuple[Tower, Head]:
    """Tower and head with the weights of a safetensors file, in evaluation mode."""
    from safetensors.torch import load_file

    tensors = {name: tensor.float() for name, tensor in load_file(weights).items() if name.startswith("visual.")}
    trunk = {name: tensor for name, tensor in tensors.items() if name.startswith("visual.trunk.")}
    mlp = {name: tensor for name, tensor in tensors.items() if name.startswith("visual.head.")}
    width, hidden = mlp["visual.head.mlp.fc2.weight"].shape
    tower, head = Tower(), Head(hidden, width)
    tower.load_state_dict(trunk)
    head.load_state_dict(mlp)
    return tower.eval(), head.eval()


def export(folder: Path) -> None:
    """Write the two graphs beside the weights in a folder."""
    weights = folder / Path(WEIGHTS).name
    tower, head = read_modules(weights)
    picture = torch.zeros(2, 3, INPUT_SIDE, INPUT_SIDE)
    write_graph(tower, {"picture": picture}, TOWER_OUTPUTS, folder / Path(TOWER_GRAPH).name, weights=weights)
    features = torch.ones(2, FEATURES)
    write_graph(head, {"features": features}, ("embedding",), folder / Path(HEAD_GRAPH).name, weights=weights)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--folder", type=Path, default=_EMBEDDED, help="with model.safetensors  [default: the embedded one]"
    )
    export(parser.parse_args().folder)


if __name__ == "__main__":
    main()
