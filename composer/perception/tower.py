"""The image tower on ONNX Runtime: what a network that was taught a thousand classes sees in a picture, at every depth.

EfficientNet-lite2 (Tan & Le, ICML 2019) with its published ImageNet weights, exported by
``composer.training.perception.export_tower``. The end of the tower knows what things are; its middle still knows how
they are painted, and says most about feeling.

Conventions
-----------
* Input: float32 (B, 3, 224, 224), RGB, ``(value - 127) / 128`` of 8-bit values; the whole picture squeezed into it.
* A *look* is the mean over the picture and its mirror image.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from composer.onnx_session import open_network

if TYPE_CHECKING:
    from composer.types import Painting

__all__ = ["OUTPUTS", "SIDE", "TOWER_FILE", "Blocks", "Tower", "load_tower", "square"]

TOWER_FILE = "painting-encoder/tower.onnx"
SIDE = 224
"""Side in pixels of the square that the tower sees."""

OUTPUTS = ("early", "middle", "middle_spread", "late", "features", "classes")
"""``early``: means and deviations of the channels after stages 4 and 5 (416); ``middle``, ``middle_spread``: means and
deviations after stage 6 (208 each); ``late``: means after stage 7 (352); ``features``: the pooled last feature map
(1280); ``classes``: logits of the ImageNet classes (1000)."""

Blocks = dict[str, NDArray[np.float32]]
"""Output -> float32 (D,)."""


def square(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the tower's input, float32 (1, 3, 224, 224), of uint8 (H, W, 3)."""
    from PIL import Image

    small = Image.fromarray(rgb).resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=3.0)
    scaled = (np.asarray(small, dtype=np.float32) - 127.0) / 128.0
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


class Tower:
    """The tower, opened.

    Raises
    ------
    AssetError
        The file is missing, damaged or not what the manifest says.
    """

    def __init__(self) -> None:
        self._network = open_network(TOWER_FILE)

    def run(self, pictures: NDArray[np.float32]) -> Blocks:
        """Return every output, float32 (B, D), of pictures (B, 3, 224, 224)."""
        return dict(zip(OUTPUTS, self._network(picture=pictures), strict=True))

    def look(self, painting: Painting) -> Blocks:
        """Return every output, float32 (D,), on average over the picture and its mirror image."""
        once = square(painting.rgb)
        both = self.run(np.concatenate([once, once[..., ::-1]]))
        return {name: value.mean(0) for name, value in both.items()}


@lru_cache(maxsize=1)
def load_tower() -> Tower:
    """Return the tower, ready to use; made once.

    Raises
    ------
    AssetError
        The file is missing, damaged or not what the manifest says.
    """
    return Tower()
