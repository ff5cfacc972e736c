"""The image tower's outputs for every picture, kept on disk; resumable.

    python -m composer.training.perception.features --data DIR --cache runs/perception

28,000 pictures take about ten minutes on one quiet core and 250 MB. Pictures that people rated, and those of
``paintings/``, are seen as they are and mirrored, as the package sees them; the others as they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.colour_statistics import COUNT, colour_statistics
from composer.perception.tower import OUTPUTS, load_tower, square
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import (
    Pictures,
    data_folder,
    read_rated_paintings,
    read_rated_photographs,
    read_works,
)

__all__ = ["WIDTHS", "Features", "all_keys", "extract"]

WIDTHS = dict(zip(OUTPUTS, (416, 208, 208, 352, 1280, 1000), strict=True))
_EVERY = 500


def all_keys(data: Path) -> tuple[list[str], int]:
    """Return the keys of all pictures, each once, and how many of the first are seen mirrored too."""
    first = [item.key for item in (*read_rated_paintings(data), *read_rated_photographs(data))]
    first += [f"paintings/{path.name}" for path in sorted((data / "paintings").iterdir()) if path.suffix != ".csv"]
    first = list(dict.fromkeys(first))
    return list(dict.fromkeys([*first, *(work.key for work in read_works(data))])), len(first)


def _open(path: Path, shape: tuple[int, int]) -> NDArray[np.float16]:
    if not path.exists():
        np.lib.format.open_memmap(path, "w+", dtype=np.float16, shape=shape).flush()
    found: NDArray[np.float16] = np.lib.format.open_memmap(path, "r+")
    return found


def extract(data: Path, cache: Path) -> None:
    """Write ``keys.json``, ``<block>.npy``, ``<block>_mirror.npy`` and ``colour.npy``."""
    cache.mkdir(parents=True, exist_ok=True)
    keys, mirrored = all_keys(data)
    (cache / "keys.json").write_text(json.dumps({"keys": keys, "two": mirrored}))
    plain = {name: _open(cache / f"{name}.npy", (len(keys), width)) for name, width in WIDTHS.items()}
    turned = {name: _open(cache / f"{name}_mirror.npy", (mirrored, width)) for name, width in WIDTHS.items()}
    colour = _open(cache / "colour.npy", (len(keys), COUNT))
    done, pictures, tower = cache / "done", Pictures(data), load_tower()
    for at in range(int(done.read_text()) if done.exists() else 0, len(keys)):
        rgb = np.asarray(pictures.open(keys[at]))
        colour[at] = colour_statistics(rgb)
        once = square(rgb)
        views = [once, once[..., ::-1]] if at < mirrored else [once]
        seen = tower.run(np.ascontiguousarray(np.concatenate(views)))
        for name, value in seen.items():
            plain[name][at] = value[0]
            if at < mirrored:
                turned[name][at] = value[1]
        if at % _EVERY == 0:
            done.write_text(str(at))
            print(f"{at} of {len(keys)}", flush=True)
    done.write_text(str(len(keys)))


class Features:
    """The cache, by key.

    Parameters
    ----------
    cache : folder that `extract` filled.
    """

    def __init__(self, cache: Path) -> None:
        stored = json.loads((cache / "keys.json").read_text())
        self._cache, self._mirrored = cache, int(stored["two"])
        self._rows = {key: row for row, key in enumerate(stored["keys"])}

    def block(self, name: str, keys: Sequence[str]) -> NDArray[np.float32]:
        """Return a block, float32 (n, D): the mean over both views where both were seen."""
        rows = np.array([self._rows[key] for key in keys])
        found = np.load(self._cache / f"{name}.npy", mmap_mode="r")[rows].astype(np.float32)
        both = rows < self._mirrored
        if name in WIDTHS and both.any():
            mirror = np.load(self._cache / f"{name}_mirror.npy", mmap_mode="r")
            found[both] = (found[both] + mirror[rows[both]].astype(np.float32)) / 2
        return found

    def blocks(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return every block and the colours."""
        return {name: self.block(name, keys) for name in (*WIDTHS, "colour")}


def main() -> None:
    """Run from the command line."""
    args = training_parser(__doc__).parse_args()
    extract(data_folder(args.data), args.cache)


if __name__ == "__main__":
    main()
