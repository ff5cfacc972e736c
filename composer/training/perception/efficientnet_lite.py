"""EfficientNet-lite for inference, in one file, with batch normalisation folded into the convolutions.

The network is that of Tan & Le, "EfficientNet" (ICML 2019) in TensorFlow's *lite* form (no squeeze-and-excitation,
ReLU6, stem and head not scaled). It reads tensors under timm's names for ``tf_efficientnet_lite0`` to ``lite4`` and
computes the same numbers without importing timm, which takes seconds.

Conventions
-----------
* Input: float32 (B, 3, 224, 224), RGB, ``(value - 127) / 128`` of 8-bit values.
* Padding is TensorFlow's *same*: with stride 2 the right and the bottom get the odd pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["FEATURES", "EfficientNetLite", "fold"]

FEATURES = 1280
"""Channels of the last feature map."""

_BATCH_NORM_EPS = 1e-3
_STRIDES = (1, 2, 2, 2, 1, 2, 1)
"""Stride of each stage's first block, table 1 of the paper; depth, kernels and channels follow from the weights."""


def fold(tensors: Mapping[str, Tensor], conv: str, norm: str) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a convolution with the batch normalisation after it folded in.

    Parameters
    ----------
    tensors : state dict; read are ``<conv>.weight`` and ``<norm>.{weight,bias,running_mean,running_var}``.
    conv, norm : names of the two layers.
    """
    weight = tensors[f"{conv}.weight"].float()
    gain = tensors[f"{norm}.weight"].float() * torch.rsqrt(tensors[f"{norm}.running_var"].float() + _BATCH_NORM_EPS)
    bias = tensors[f"{norm}.bias"].float() - tensors[f"{norm}.running_mean"].float() * gain
    return weight * gain[:, None, None, None], bias


class _Conv(nn.Module):
    """Convolution with *same* padding, optionally followed by ReLU6."""

    def __init__(self, weight: Tensor, bias: Tensor, *, stride: int = 1, depthwise: bool = False, relu: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last), requires_grad=False)
        self.bias = nn.Parameter(bias, requires_grad=False)
        self.kernel, self.stride, self.relu = weight.shape[-1], stride, relu
        self.groups = weight.shape[0] if depthwise else 1

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C', ceil(H / stride), ceil(W / stride))."""
        padding: int | str = self.kernel // 2
        if self.stride == 2:
            rows, columns = (max(self.kernel - 2 + side % 2, 0) for side in x.shape[-2:])
            x = functional.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
            padding = 0
        x = functional.conv2d(x, self.weight, self.bias, self.stride, padding, groups=self.groups)
        return functional.relu6(x, inplace=True) if self.relu else x


class _Block(nn.Module):
    """Inverted residual: expand 1x1, depthwise, project 1x1; the first stage has no expansion."""

    def __init__(self, tensors: Mapping[str, Tensor], name: str, *, stride: int) -> None:
        super().__init__()
        layers = [("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3")]
        if f"{name}.conv_pwl.weight" not in tensors:
            layers = [("conv_dw", "bn1"), ("conv_pw", "bn2")]
        convs = []
        for conv, norm in layers:
            weight, bias = fold(tensors, f"{name}.{conv}", f"{name}.{norm}")
            depthwise = conv == "conv_dw"
            last = (conv, norm) == layers[-1]
            convs.append(_Conv(weight, bias, stride=stride if depthwise else 1, depthwise=depthwise, relu=not last))
        self.convs = nn.Sequential(*convs)
        inputs = convs[0].weight.shape[0 if convs[0].groups > 1 else 1]
        self.residual = stride == 1 and inputs == convs[-1].weight.shape[0]

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C', H / stride, W / stride)."""
        y: Tensor = self.convs(x)
        return x + y if self.residual else y


class EfficientNetLite(nn.Module):
    """The network up to its pooled feature map.

    Parameters
    ----------
    tensors : state dict of one of timm's ``tf_efficientnet_lite*``; the classifier is not read.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.stem = _Conv(*fold(tensors, "conv_stem", "bn1"), stride=2, relu=True)
        blocks, ends = [], []
        for stage, stride in enumerate(_STRIDES):
            places = {int(name.split(".")[2]) for name in tensors if name.startswith(f"blocks.{stage}.")}
            blocks += [
                _Block(tensors, f"blocks.{stage}.{place}", stride=stride if place == 0 else 1)
                for place in sorted(places)
            ]
            ends.append(len(blocks))
        self.blocks = nn.Sequential(*blocks)
        self.ends = tuple(ends)
        self.head = _Conv(*fold(tensors, "conv_head", "bn2"), relu=True)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of the last feature map.

        Parameters
        ----------
        x : float32 (B, 3, 224, 224), see the module's conventions.

        Returns
        -------
        Tensor
            float32 (B, 1280).
        """
        x = self.stem(x.contiguous(memory_format=torch.channels_last))  # (B, 32, 112, 112)
        x = self.blocks(x)  # (B, 320, 7, 7)
        return self.head(x).mean(dim=(2, 3))  # (B, 1280)

    def stages(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return each of the seven stages' output, (B, C, H, W), and the mean of the last feature map, (B, 1280)."""
        x = self.stem(x.contiguous(memory_format=torch.channels_last))  # (B, 32, 112, 112)
        found = []
        for start, end in pairwise((0, *self.ends)):
            x = self.blocks[start:end](x)
            found.append(x)
        return found, self.head(x).mean(dim=(2, 3))
